//! What Postgres' clients write in statements about catalogs and DuckDB reads differently: casts to `regclass` and its
//! like, types and operators with a schema, patterns.
//!
//! A cast to `regclass` gives a number wherever it is compared or computed with, and the name where it is shown:
//! as an item of a SELECT list, or cast on to a text.

use std::ops::Range;

use crate::lexer::{Token, TokenKind, text_value, tokenize};
use crate::name::{literal, quote, unquote};
use crate::splice::Splice;

/// The types whose values are numbers that stand for names.
const REG: [&str; 6] = ["regclass", "regtype", "regnamespace", "regproc", "regprocedure", "regrole"];
const TEXTS: [&str; 5] = ["text", "varchar", "name", "character", "bpchar"];
/// Types that only catalogs have.
const RENAMED: [(&str, &str); 10] = [
    ("name", "VARCHAR"),
    ("\"char\"", "VARCHAR"),
    ("cstring", "VARCHAR"),
    ("pg_node_tree", "VARCHAR"),
    ("aclitem", "VARCHAR"),
    ("sql_identifier", "VARCHAR"),
    ("character_data", "VARCHAR"),
    ("int2vector", "SMALLINT[]"),
    ("oidvector", "BIGINT[]"),
    ("xid", "BIGINT"),
];
/// Words before a parenthesis whose query gives something to compare with, or rows to go on with.
const NOT_SHOWN: [&str; 10] = ["IN", "ANY", "ALL", "SOME", "EXISTS", "FROM", "JOIN", "AS", "MATERIALIZED", "LATERAL"];
/// Words that begin another clause than the SELECT list.
const CLAUSES: [&str; 14] = [
    "FROM",
    "WHERE",
    "ON",
    "BY",
    "VALUES",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "RETURNING",
    "SET",
    "USING",
    "QUALIFY",
    "WHEN",
    "THEN",
];

/// The tokens of a statement.
struct Text<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Text<'a> {
    fn at(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| &self.sql[t.start..t.end])
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.at(at).eq_ignore_ascii_case(word)
    }

    fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|t| t.kind)
    }

    fn is_name(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Quoted))
    }

    fn range(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.sql.len(), |t| t.start);
        start..self.tokens.get(to).map_or(start, |t| t.end)
    }

    /// The opening bracket that the closing one at `at` belongs to.
    fn opening(&self, at: usize) -> Option<usize> {
        let mut depth = 0usize;
        for index in (0..=at).rev() {
            match self.at(index) {
                ")" | "]" | "}" => depth += 1,
                "(" | "[" | "{" => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(index);
            }
        }
        None
    }

    /// The first token of the operand that ends before the `::` at `cast`.
    fn operand(&self, cast: usize) -> Option<usize> {
        let mut at = cast.checked_sub(1)?;
        loop {
            match self.at(at) {
                ")" => {
                    at = self.opening(at)?;
                    // A function's name, perhaps with schemas; `IN (…)` and the like are no calls.
                    let named = at > 0
                        && self.is_name(at - 1)
                        && !self.is_any(at - 1, &["IN", "ANY", "AND", "OR", "NOT", "SELECT"]);
                    if !named {
                        return Some(at);
                    }
                    at -= 1;
                }
                "]" => {
                    at = self.opening(at)?.checked_sub(1)?;
                    continue;
                }
                _ => {}
            }
            while at >= 2 && self.at(at - 1) == "." && self.is_name(at - 2) {
                at -= 2;
            }
            // `x::oid::regclass`: the operand is the whole chain.
            match at.checked_sub(1) {
                Some(before) if self.at(before) == "::" => at = before.checked_sub(1)?,
                _ => return Some(at),
            }
        }
    }

    /// The SELECT in whose list the tokens from `from` to `to` are an item as a whole.
    fn select_of(&self, from: usize, to: usize) -> Option<usize> {
        let ends = matches!(self.at(to + 1), "" | "," | ")" | ";")
            || self.is_any(to + 1, &["AS", "FROM", "UNION", "INTERSECT", "EXCEPT", "WHERE", "ORDER", "LIMIT"])
            || self.kind(to + 1) == Some(TokenKind::Quoted);
        let mut at = from.checked_sub(1)?;
        if !ends || !(self.at(at) == "," || self.is_any(at, &["SELECT", "DISTINCT", "ALL"])) {
            return None;
        }
        loop {
            match self.at(at) {
                ")" | "]" | "}" => at = self.opening(at)?,
                "(" | "[" | "{" => return None,
                _ if self.is(at, "SELECT") => return Some(at),
                _ if self.is_any(at, &CLAUSES) => return None,
                _ => {}
            }
            at = at.checked_sub(1)?;
        }
    }

    /// Whether the comma at `at` is one of a FROM list.
    fn in_from(&self, at: usize) -> bool {
        let mut at = at;
        while let Some(before) = at.checked_sub(1) {
            at = before;
            match self.at(at) {
                ")" | "]" | "}" => match self.opening(at) {
                    Some(open) => at = open,
                    None => return false,
                },
                "(" | "[" | "{" => return false,
                _ if self.is(at, "FROM") => return true,
                _ if self.is(at, "SELECT") => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether the values of such an item are shown, rather than compared or gone on with.
    fn is_shown(&self, from: usize, to: usize) -> bool {
        let Some(select) = self.select_of(from, to) else { return false };
        // The parenthesis around the query, if any.
        let mut depth = 0usize;
        for index in (0..select).rev() {
            match self.at(index) {
                ")" => depth += 1,
                "(" if depth > 0 => depth -= 1,
                "(" => {
                    let Some(before) = index.checked_sub(1) else { return true };
                    return !self.is_any(before, &NOT_SHOWN) && !matches!(self.at(before), "=" | ">" | "<");
                }
                _ => {}
            }
        }
        true
    }

    /// Whether such an item has no name of its own.
    fn is_unnamed(&self, from: usize, to: usize) -> bool {
        self.select_of(from, to).is_some() && !self.is(to + 1, "AS") && self.kind(to + 1) != Some(TokenKind::Quoted)
    }

    /// The type named at `at`, past `pg_catalog.`: its name's index and the words skipped before it.
    fn type_at(&self, at: usize) -> (usize, bool) {
        let qualified = self.is_any(at, &["pg_catalog", "information_schema"]) && self.at(at + 1) == ".";
        (if qualified { at + 2 } else { at }, qualified)
    }
}

/// The alias that gives a replaced call the name that Postgres gives it: that of the function.
pub(crate) fn call_alias(sql: &str, call: &Range<usize>, name: &str) -> Option<Splice> {
    let text = Text { sql, tokens: tokenize(sql).unwrap_or_default() };
    let from = text.tokens.iter().position(|t| t.start == call.start)?;
    let to = text.tokens.iter().position(|t| t.end == call.end)?;
    text.is_unnamed(from, to)
        .then(|| Splice { range: call.end..call.end, text: format!(" AS {}", quote(&name.to_ascii_lowercase())) })
}

/// The replacements for one statement. `catalog` says whether it reads a catalog; `call` gives the beginning of a call of
/// one of the functions for casts.
pub(crate) fn splices<E>(
    sql: &str,
    catalog: bool,
    call: &mut dyn FnMut(&str) -> Result<Option<String>, E>,
) -> Result<Vec<Splice>, E> {
    let lower = sql.to_ascii_lowercase();
    if !catalog && !lower.contains("pg_catalog") && !lower.contains("reg") && !lower.contains("name") {
        return Ok(Vec::new());
    }
    let text = Text { sql, tokens: tokenize(sql).unwrap_or_default() };
    let mut out = Vec::new();
    for at in 0..text.tokens.len() {
        if text.at(at) == "::" {
            cast(&text, at, call, &mut out)?;
        } else if text.is(at, "AS")
            && (text.is(at + 1, "pg_catalog") && text.at(at + 2) == "." || text.at(at + 2) == ")")
        {
            cast_as(&text, at, call, &mut out)?;
        } else if text.is(at, "OPERATOR") && text.at(at + 1) == "(" {
            operator(&text, at, &mut out);
        } else if catalog {
            pattern(&text, at, &mut out);
        }
    }
    Ok(out)
}

/// `x::regclass`, `x::pg_catalog.text`, `x::name`.
fn cast<E>(
    text: &Text<'_>,
    at: usize,
    call: &mut dyn FnMut(&str) -> Result<Option<String>, E>,
    out: &mut Vec<Splice>,
) -> Result<(), E> {
    let (name, qualified) = text.type_at(at + 1);
    let Some(reg) = REG.iter().find(|reg| text.is(name, reg)).filter(|_| text.at(name + 1) != "[") else {
        if let Some((_, ours)) = RENAMED.iter().find(|(theirs, _)| text.is(name, theirs)) {
            out.push(Splice { range: text.range(at + 1, name), text: (*ours).to_owned() });
        } else if qualified {
            out.push(Splice { range: text.range(at + 1, at + 2), text: String::new() });
        }
        return Ok(());
    };
    let Some(start) = text.operand(at) else { return Ok(()) };
    let onward = text.at(name + 1) == "::" && text.is_any(text.type_at(name + 2).0, &TEXTS);
    let shown = onward || text.is_shown(start, name);
    let function = if shown { format!("{reg}_name") } else { (*reg).to_owned() };
    if let Some(call) = call(&function)? {
        let before = text.range(start, start).start;
        out.push(Splice { range: before..before, text: call });
        out.push(Splice { range: text.range(at, name), text: ")".into() });
        let mut last = name;
        while text.at(last + 1) == "::" {
            last = text.type_at(last + 2).0;
        }
        if text.is_unnamed(start, last) {
            // Postgres calls it like the column, else like the type.
            let column = (start..at).all(|i| text.is_name(i) || text.at(i) == ".");
            let alias = unquote(text.at(if column { at - 1 } else { last }));
            let end = text.range(last, last).end;
            out.push(Splice { range: end..end, text: format!(" AS {}", quote(&alias)) });
        }
    }
    Ok(())
}

/// `CAST(x AS regclass)`, `CAST(x AS pg_catalog.text)`.
fn cast_as<E>(
    text: &Text<'_>,
    at: usize,
    call: &mut dyn FnMut(&str) -> Result<Option<String>, E>,
    out: &mut Vec<Splice>,
) -> Result<(), E> {
    let (name, qualified) = text.type_at(at + 1);
    // The parenthesis that belongs to CAST: the first unmatched one before.
    let mut depth = 0usize;
    let open = (0..at).rev().find(|&index| match text.at(index) {
        ")" => {
            depth += 1;
            false
        }
        "(" if depth > 0 => {
            depth -= 1;
            false
        }
        symbol => symbol == "(",
    });
    let Some(open) = open.filter(|&open| open > 0 && text.is_any(open - 1, &["CAST", "TRY_CAST"])) else {
        return Ok(());
    };
    match REG.iter().find(|reg| text.is(name, reg)) {
        Some(reg) => {
            let onward = text.at(name + 2) == "::" && text.is_any(text.type_at(name + 3).0, &TEXTS);
            let shown = onward || text.is_shown(open - 1, name + 1);
            let function = if shown { format!("{reg}_name") } else { (*reg).to_owned() };
            if let Some(call) = call(&function)? {
                if text.is_unnamed(open - 1, name + 1) {
                    let end = text.range(name + 1, name + 1).end;
                    out.push(Splice { range: end..end, text: format!(" AS {}", quote(reg)) });
                }
                out.push(Splice { range: text.range(open - 1, open), text: call });
                out.push(Splice { range: text.range(at, name), text: String::new() });
            }
        }
        None => {
            if let Some((_, ours)) = RENAMED.iter().find(|(theirs, _)| text.is(name, theirs)) {
                out.push(Splice { range: text.range(at + 1, name), text: (*ours).to_owned() });
            } else if qualified {
                out.push(Splice { range: text.range(at + 1, at + 2), text: String::new() });
            }
        }
    }
    Ok(())
}

/// `a OPERATOR(pg_catalog.~) b` is `a ~ b`.
fn operator(text: &Text<'_>, at: usize, out: &mut Vec<Splice>) {
    let Some(close) = (at..text.tokens.len()).find(|&i| text.at(i) == ")") else { return };
    let from = if text.is(at + 2, "pg_catalog") { at + 4 } else { at + 2 };
    let symbols = &text.sql[text.range(from, close - 1)];
    match matching(symbols).map(|m| (m, pattern_text(text, close + 1, m))) {
        Some(((negated, _), Some(pattern))) => {
            out.push(Splice {
                range: text.range(at, close + 1),
                text: format!("{}~ {pattern}", if negated { "!" } else { "" }),
            });
        }
        _ => out.push(Splice { range: text.range(at, close), text: symbols.to_owned() }),
    }
}

/// Whether an operator matches a regular expression: negated, ignoring case.
fn matching(symbols: &str) -> Option<(bool, bool)> {
    match symbols {
        "~" => Some((false, false)),
        "!~" => Some((true, false)),
        "~*" => Some((false, true)),
        "!~*" => Some((true, true)),
        _ => None,
    }
}

/// A regular expression written as a literal, for an operator that matches whole texts: Postgres' match anywhere.
fn pattern_text(text: &Text<'_>, at: usize, (_, ignores_case): (bool, bool)) -> Option<String> {
    (text.kind(at) == Some(TokenKind::Text)).then(|| {
        let flags = if ignores_case { "(?si)" } else { "(?s)" };
        literal(&format!("{flags}.*(?:{}).*", text_value(text.at(at))))
    })
}

/// `FROM generate_series(0, 3) s`: in Postgres the alias names the column as well.
fn series(text: &Text<'_>, at: usize, out: &mut Vec<Splice>) {
    let first = if at >= 2 && text.at(at - 1) == "." { at - 2 } else { at };
    let in_from = first > 0
        && (text.at(first - 1) == "," && text.in_from(first - 1)
            || text.is_any(first - 1, &["FROM", "JOIN", "LATERAL"]));
    let close = (at + 1..text.tokens.len()).find(|&i| text.at(i) == ")" && text.opening(i) == Some(at + 1));
    let Some(alias) =
        close.filter(|_| in_from).map(|close| if text.is(close + 1, "AS") { close + 2 } else { close + 1 })
    else {
        return;
    };
    let ends = text.is_any(alias + 1, &["ON", "WHERE", "JOIN", "LEFT", "CROSS", "INNER", "ORDER", "GROUP", "LIMIT"]);
    if text.is_name(alias) && (ends || matches!(text.at(alias + 1), "" | "," | ")")) {
        let end = text.range(alias, alias).end;
        out.push(Splice { range: end..end, text: format!("({})", text.at(alias)) });
    }
}

/// `SELECT i.indkey, …`: as a column of the result a vector is the text `1 2`.
fn vector_as_column(text: &Text<'_>, at: usize, out: &mut Vec<Splice>) {
    let depth = (0..at).fold(0_i32, |depth, i| match text.at(i) {
        "(" => depth + 1,
        ")" => depth - 1,
        _ => depth,
    });
    let mut first = at;
    while first >= 2 && text.at(first - 1) == "." {
        first -= 2;
    }
    let begins = first > 0 && (text.at(first - 1) == "," && !text.in_from(first - 1) || text.is(first - 1, "SELECT"));
    let ends = matches!(text.at(at + 1), "," | "") || text.is_any(at + 1, &["AS", "FROM"]);
    if depth == 0 && begins && ends {
        let column = text.range(first, at);
        let alias = if text.is(at + 1, "AS") { String::new() } else { format!(" AS {}", text.at(at)) };
        out.push(Splice { range: column.start..column.start, text: "array_to_string(".into() });
        out.push(Splice { range: column.end..column.end, text: format!(", ' '){alias}") });
    }
}

/// `indkey[0]` and `generate_subscripts(indkey, 1)`: the vectors of Postgres count from 0, lists from 1.
fn vector(text: &Text<'_>, at: usize, out: &mut Vec<Splice>) {
    vector_as_column(text, at, out);
    let close = |open: usize| (open..text.tokens.len()).find(|&i| text.opening(i) == Some(open) && i > open);
    if text.at(at + 1) == "[" {
        if let Some(close) = close(at + 1) {
            let place = text.range(close, close).start;
            out.push(Splice { range: place..place, text: " + 1".into() });
        }
    } else if text.at(at + 1) == "," {
        let open = (0..at).rev().find(|&i| text.at(i) == "(");
        if let Some(open) = open.filter(|&open| open > 0 && text.is(open - 1, "generate_subscripts"))
            && let Some(close) = close(open)
        {
            let end = text.range(close, close).end;
            out.push(Splice { range: end..end, text: " - 1".into() });
        }
    }
}

/// Patterns, collations and array literals where a catalog is read.
fn pattern(text: &Text<'_>, at: usize, out: &mut Vec<Splice>) {
    if text.is_any(at, &["indkey", "indclass", "indoption", "indcollation", "proargtypes"]) {
        vector(text, at, out);
    } else if text.is_any(at, &["generate_series", "unnest", "generate_subscripts"]) && text.at(at + 1) == "(" {
        series(text, at, out);
    } else if text.is(at, "pg_partition_ancestors") && text.at(at + 1) == "(" {
        // It gives the place as a column.
        let close = (at + 2..text.tokens.len()).find(|&i| text.at(i) == ")" && text.opening(i) == Some(at + 1));
        if let Some(close) = close.filter(|&close| text.is(close + 1, "WITH") && text.is(close + 2, "ORDINALITY")) {
            out.push(Splice { range: text.range(close + 1, close + 2), text: String::new() });
        }
    } else if text.is(at, "COLLATE") && text.is_name(at + 1) {
        let end = if text.at(at + 2) == "." { at + 3 } else { at + 1 };
        out.push(Splice { range: text.range(at, end), text: String::new() });
    } else if text.is_any(at, &["LIKE", "ILIKE"]) {
        // Backslash is Postgres' escape unless the statement names another.
        let is_pattern = matches!(text.kind(at + 1), Some(TokenKind::Text | TokenKind::Param));
        if is_pattern
            && (text.kind(at + 1) == Some(TokenKind::Param) || text.at(at + 1).contains('\\'))
            && !text.is(at + 2, "ESCAPE")
        {
            let end = text.range(at + 1, at + 1).end;
            out.push(Splice { range: end..end, text: " ESCAPE '\\'".into() });
        }
    } else if matches!(text.at(at), "~" | "!") && at > 0 && !matches!(text.at(at - 1), "!" | "~" | "." | "(") {
        let symbols: String = (at..at + 3).map(|i| text.at(i)).take_while(|s| matches!(*s, "~" | "!" | "*")).collect();
        let literal_at = at + symbols.len();
        if let Some(found) = matching(&symbols)
            && let Some(pattern) = pattern_text(text, literal_at, found)
        {
            let negation = if found.0 { "!" } else { "" };
            out.push(Splice { range: text.range(at, literal_at), text: format!("{negation}~ {pattern}") });
        }
    } else if text.kind(at) == Some(TokenKind::Text) {
        // '{1,2}' is an array in Postgres' form.
        let value = text.at(at);
        if let Some(items) = value.strip_prefix("'{").and_then(|v| v.strip_suffix("}'"))
            && !items.contains(['{', '}', '"', '\\', ':', '\''])
        {
            out.push(Splice { range: text.range(at, at), text: format!("'[{items}]'") });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splice::apply;

    fn check(sql: &str, expected: &str) {
        let mut call = |name: &str| Ok::<_, ()>(Some(format!("{name}(")));
        let catalog = sql.contains("FROM pg_");
        assert_eq!(apply(sql, splices(sql, catalog, &mut call).unwrap()).sql, expected);
    }

    #[test]
    fn a_cast_to_regclass_is_a_number_where_it_is_compared_and_a_name_where_it_is_shown() {
        check("SELECT 1 WHERE x = 't'::regclass", "SELECT 1 WHERE x = regclass('t')");
        check("SELECT 't'::regclass::oid", "SELECT regclass('t')::oid AS \"oid\"");
        check("SELECT 't'::regclass", "SELECT regclass_name('t') AS \"regclass\"");
        check("SELECT c.oid::regclass, 1", "SELECT regclass_name(c.oid) AS \"oid\", 1");
        check("SELECT c.oid::pg_catalog.regclass AS n, 1", "SELECT regclass_name(c.oid) AS n, 1");
        check("SELECT f(x::regclass::text)", "SELECT f(regclass_name(x)::text)");
        check(
            "SELECT 1 WHERE o IN (SELECT 't'::regclass)",
            "SELECT 1 WHERE o IN (SELECT regclass('t') AS \"regclass\")",
        );
        check("SELECT (SELECT u.o::regclass FROM u)", "SELECT (SELECT regclass_name(u.o) AS \"o\" FROM u)");
        check("SELECT 1 WHERE a = s.f(1, (2))::regclass", "SELECT 1 WHERE a = regclass(s.f(1, (2)))");
        check(
            "SELECT CAST('t' AS regclass), CAST($1 AS pg_catalog.text)",
            "SELECT regclass_name('t' ) AS \"regclass\", CAST($1 AS text)",
        );
        check("SELECT 1 WHERE x = $1::regclass", "SELECT 1 WHERE x = regclass($1)");
        check("SELECT x::int::regtype::text", "SELECT regtype_name(x::int)::text AS \"text\"");
    }

    #[test]
    fn types_and_operators_lose_the_schema() {
        check("SELECT x::pg_catalog.int4, y::name[], z::\"char\"", "SELECT x::int4, y::VARCHAR[], z::VARCHAR");
        check(
            "SELECT 1 FROM pg_class WHERE a OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default",
            "SELECT 1 FROM pg_class WHERE a ~ '(?s).*(?:^(t)$).*' ",
        );
        check("SELECT 1 FROM pg_class WHERE a !~ '^pg_'", "SELECT 1 FROM pg_class WHERE a !~ '(?s).*(?:^pg_).*'");
        check("SELECT 1 FROM pg_class WHERE a ~* 'x'", "SELECT 1 FROM pg_class WHERE a ~ '(?si).*(?:x).*'");
    }

    #[test]
    fn backslash_escapes_in_patterns_of_catalog_queries_only() {
        check(
            "SELECT 1 FROM pg_class WHERE a LIKE 'pg\\_%'",
            "SELECT 1 FROM pg_class WHERE a LIKE 'pg\\_%' ESCAPE '\\'",
        );
        check("SELECT 1 FROM pg_class WHERE a LIKE 'x%'", "SELECT 1 FROM pg_class WHERE a LIKE 'x%'");
        check("SELECT regexp FROM t WHERE a LIKE 'pg\\_%'", "SELECT regexp FROM t WHERE a LIKE 'pg\\_%'");
        check("SELECT 1 FROM pg_class WHERE a = '{0}'", "SELECT 1 FROM pg_class WHERE a = '[0]'");
    }

    #[test]
    fn vectors_count_from_zero() {
        check(
            "SELECT i.indkey[0], generate_subscripts(i.indkey, 1) AS ord FROM pg_index i",
            "SELECT i.indkey[0 + 1], generate_subscripts(i.indkey, 1) - 1 AS ord FROM pg_index i",
        );
        check(
            "SELECT i.indoption, x FROM pg_index i WHERE i.indkey = y",
            "SELECT array_to_string(i.indoption, ' ') AS indoption, x FROM pg_index i WHERE i.indkey = y",
        );
        check(
            "SELECT unnest(x) AS a, unnest(y) AS b FROM pg_index",
            "SELECT unnest(x) AS a, unnest(y) AS b FROM pg_index",
        );
    }

    #[test]
    fn the_alias_of_a_series_names_its_column() {
        check(
            "SELECT s FROM pg_class, generate_series(0, len(x)) s WHERE a[s] = 1",
            "SELECT s FROM pg_class, generate_series(0, len(x)) s(s) WHERE a[s] = 1",
        );
        check("SELECT s FROM pg_class, unnest(x) AS t(s)", "SELECT s FROM pg_class, unnest(x) AS t(s)");
    }

    #[test]
    fn columns_and_names_that_only_look_alike_stay() {
        for sql in
            ["SELECT regclass FROM t", "SELECT name AS regtype FROM t", "SELECT '::regclass'", "SELECT t.name FROM t"]
        {
            check(sql, sql);
        }
    }
}
