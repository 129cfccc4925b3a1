//! What stands beside a parameter: enough to give it the type that Postgres would.

use crate::lexer::{TokenKind, tokenize};
use crate::name::unquote;
use crate::splice::{Splice, apply};

/// The operand on the other side of a parameter's operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Neighbour {
    /// A column, by its last name.
    Column(String),
    /// A whole number.
    Integer,
    /// A number with a point or an exponent.
    Decimal,
    /// A column that is compared with the parameter's elements: `c = ANY($1)`.
    ElementOf(String),
}

/// The text with `$n` cast to the type that `type_of` gives, or replaced by a value where it gives
/// `TYPE:value`. Parameters that are cast already, or have no type, stay.
pub fn typed_params(sql: &str, type_of: impl Fn(usize) -> Option<String>) -> String {
    let tokens = tokenize(sql).unwrap_or_default();
    let splices = tokens
        .iter()
        .filter(|t| t.kind == TokenKind::Param)
        .filter_map(|t| {
            let n = sql[t.start + 1..t.end].parse().ok()?;
            let named = type_of(n).filter(|name| name != "UNKNOWN" && name != "NULL")?;
            let text = match named.split_once(':') {
                Some((name, value)) => format!("CAST({value} AS {name})"),
                None => format!("CAST({} AS {named})", &sql[t.start..t.end]),
            };
            Some(Splice { range: t.start..t.end, text })
        })
        .collect();
    apply(sql, splices).sql
}

/// The columns that an `INSERT … SELECT` gives a bare parameter: `(n, position)` counted from 1 and 0,
/// and the columns that the statement names, if it does.
pub fn inserted_params(sql: &str) -> (Vec<(usize, usize)>, Vec<String>) {
    let tokens = tokenize(sql).unwrap_or_default();
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    let Some(select) = (0..tokens.len()).find(|&at| text(at).eq_ignore_ascii_case("SELECT")) else {
        return Default::default();
    };
    let mut named = Vec::new();
    if text(select - 1) == ")" {
        let open = (0..select).rev().find(|&at| text(at) == "(").unwrap_or(select);
        named = (open + 1..select - 1).filter(|&at| text(at) != ",").map(|at| unquote(text(at))).collect();
    }
    let mut found = Vec::new();
    let (mut depth, mut position, mut start) = (0, 0, select + 1);
    for at in select + 1..=tokens.len() {
        let word = text(at);
        let ends = at == tokens.len() || depth == 0 && (word == "," || word.eq_ignore_ascii_case("FROM"));
        if ends {
            if at == start + 1
                && let Some(n) = text(start).strip_prefix('$').and_then(|n| n.parse().ok())
            {
                found.push((n, position));
            }
            if word != "," {
                break;
            }
            (position, start) = (position + 1, at + 1);
        }
        match word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    (found, named)
}

/// The columns that `SET` of an UPDATE gives new values.
pub fn updated_columns(sql: &str) -> Vec<String> {
    let tokens = tokenize(sql).unwrap_or_default();
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    let Some(set) = (0..tokens.len()).find(|&at| text(at).eq_ignore_ascii_case("SET")) else { return Vec::new() };
    let mut depth = 0;
    let mut columns = Vec::new();
    for at in set..tokens.len() {
        match text(at) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            word if depth == 0 && ["WHERE", "FROM", "RETURNING"].iter().any(|w| word.eq_ignore_ascii_case(w)) => break,
            _ => {}
        }
        if depth == 0 && (at == set || text(at) == ",") {
            columns.push(unquote(text(at + 1)));
        }
    }
    columns
}

/// The type that `$n` is cast to where it stands: `$1::INTEGER[]`, `CAST($1 AS DOUBLE PRECISION)`.
pub fn param_cast(sql: &str, n: usize) -> Option<&str> {
    let tokens = tokenize(sql).ok()?;
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    let wanted = format!("${n}");
    let is_word = |at: usize, word: &str| text(at).eq_ignore_ascii_case(word);
    let param = (0..tokens.len()).find(|&at| {
        text(at) == wanted
            && (text(at + 1) == "::"
                || at >= 2 && text(at - 1) == "(" && is_word(at - 2, "CAST") && is_word(at + 1, "AS"))
    })?;
    let start = param + 2;
    let mut end = start + 1;
    if is_word(start, "DOUBLE") && is_word(end, "PRECISION") || is_word(start, "CHARACTER") && is_word(end, "VARYING") {
        end += 1;
    }
    while text(end) == "." {
        end += 2;
    }
    if text(end) == "(" {
        end = (end..tokens.len()).find(|&at| text(at) == ")")? + 1;
    }
    if is_word(end + 1, "TIME") && is_word(end + 2, "ZONE") {
        end += 3;
    }
    while text(end) == "[" {
        end = (end..tokens.len()).find(|&at| text(at) == "]")? + 1;
    }
    Some(&sql[tokens.get(start)?.start..tokens.get(end - 1)?.end])
}

/// What `$n` is computed with: `n + $1`, `$1 * 2`. `None` when it is not an operand of arithmetic.
pub fn param_neighbour(sql: &str, n: usize) -> Option<Neighbour> {
    let tokens = tokenize(sql).ok()?;
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    let is_operator = |at: usize| matches!(text(at), "+" | "-" | "*" | "/" | "%");
    let mut anonymous = 0;
    for at in 0..tokens.len() {
        if tokens[at].kind != TokenKind::Param {
            continue;
        }
        let number = text(at)[1..].parse().unwrap_or_else(|_| {
            anonymous += 1;
            anonymous
        });
        if number != n || text(at + 1) == "::" {
            continue;
        }
        let operand = |at: usize| -> Option<Neighbour> {
            let token = tokens.get(at)?;
            match token.kind {
                TokenKind::Number if text(at).contains(['.', 'e', 'E']) => Some(Neighbour::Decimal),
                TokenKind::Number => Some(Neighbour::Integer),
                TokenKind::Word | TokenKind::Quoted => Some(Neighbour::Column(unquote(text(at)))),
                _ => None,
            }
        };
        if at >= 3 && text(at - 1) == "(" && text(at - 2).eq_ignore_ascii_case("ANY") && text(at + 1) == ")" {
            let operator =
                (0..at - 2).rev().take(2).take_while(|&at| matches!(text(at), "=" | "<" | ">" | "!")).last()?;
            return match operand(operator.checked_sub(1)?)? {
                Neighbour::Column(column) => Some(Neighbour::ElementOf(column)),
                _ => None,
            };
        }
        if at >= 2 && is_operator(at - 1) {
            return operand(at - 2);
        }
        if is_operator(at + 1) {
            // `$1 + a.b`: the last name counts.
            let mut last = at + 2;
            while text(last + 1) == "." {
                last += 2;
            }
            return operand(last);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_cast_and_inserted_ones_found() {
        let typed = typed_params("SELECT $1 + $2, f($1)", |n| (n == 1).then(|| "INTEGER".into()));
        assert_eq!(typed, "SELECT CAST($1 AS INTEGER) + $2, f(CAST($1 AS INTEGER))");
        assert_eq!(
            inserted_params("INSERT INTO t (b, a) SELECT $2, f($1), $3 FROM u"),
            (vec![(2, 0), (3, 2)], vec!["b".into(), "a".into()])
        );
        assert_eq!(inserted_params("INSERT INTO t SELECT $1, $2"), (vec![(1, 0), (2, 1)], vec![]));
    }

    #[test]
    fn the_columns_of_an_update_are_found() {
        assert_eq!(updated_columns("UPDATE t SET a = f(1, 2), \"B\" = [1, 2] FROM u, v WHERE c = 3"), ["a", "B"]);
    }

    #[test]
    fn the_other_operand_is_found() {
        let column = |name: &str| Some(Neighbour::Column(name.into()));
        assert_eq!(param_neighbour("UPDATE t SET n = n + $1 WHERE id = $2", 1), column("n"));
        assert_eq!(param_neighbour("UPDATE t SET n = n + $1 WHERE id = $2", 2), None);
        assert_eq!(param_neighbour("SELECT $1 * t.\"A b\" FROM t", 1), column("A b"));
        assert_eq!(param_neighbour("SELECT 1 + ?, 2.5 - ?", 1), Some(Neighbour::Integer));
        assert_eq!(param_neighbour("SELECT 1 + ?, 2.5 - ?", 2), Some(Neighbour::Decimal));
        assert_eq!(param_neighbour("SELECT 1 + $1::int", 1), None);
        let element = |name: &str| Some(Neighbour::ElementOf(name.into()));
        assert_eq!(param_neighbour("SELECT * FROM t WHERE t.\"I d\" = ANY($1)", 1), element("I d"));
        assert_eq!(param_neighbour("SELECT * FROM t WHERE a <> any ( $1 )", 1), element("a"));
        assert_eq!(param_neighbour("SELECT * FROM t WHERE f(a) = ANY($1)", 1), None);
    }

    #[test]
    fn the_type_of_a_cast_is_read() {
        for (sql, sql_type) in [
            ("SELECT $1::INTEGER + 1", Some("INTEGER")),
            ("SELECT $1 :: decimal(10, 2)[] , 2", Some("decimal(10, 2)[]")),
            ("SELECT cast($1 AS double precision) x", Some("double precision")),
            ("SELECT $1::timestamp(3) with time zone AT TIME ZONE 'UTC'", Some("timestamp(3) with time zone")),
            ("SELECT $1, $1::pg_catalog.int4[][3])", Some("pg_catalog.int4[][3]")),
            ("SELECT $1::\"My Type\"", Some("\"My Type\"")),
            ("SELECT $10::INTEGER, '$1::DATE', $1", None),
        ] {
            assert_eq!(param_cast(sql, 1), sql_type, "{sql}");
        }
    }
}
