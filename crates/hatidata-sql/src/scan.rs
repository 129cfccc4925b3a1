//! Finding the tables, functions and parameters that a statement names, with their places.
//!
//! This is not a grammar of SQL. It follows only what decides whether a name is a table: clauses,
//! parentheses, commas in FROM lists, CTE scopes. Expressions are skipped whatever their syntax,
//! so new syntax in DuckDB does not become unreadable here. Where a branch or a policy depends on
//! the answer, DuckDB's own plan is asked as well (see `docs/decisions/0002-scanner.md`).

use std::ops::Range;

use crate::catalog::{SHOW_ALL_TABLES, SHOW_TABLES};
use crate::lexer::{Token, TokenKind, text_value};
use crate::name::{ObjectName, unquote};
use crate::statement::{Access, FunctionRef, TableRef};

/// Words that end a table in a FROM list and so are never its alias.
const NOT_AN_ALIAS: &[&str] = &[
    "ON",
    "USING",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "WINDOW",
    "QUALIFY",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "JOIN",
    "LEFT",
    "RIGHT",
    "FULL",
    "INNER",
    "OUTER",
    "CROSS",
    "NATURAL",
    "SEMI",
    "ANTI",
    "ASOF",
    "POSITIONAL",
    "LATERAL",
    "SELECT",
    "SET",
    "WHEN",
    "RETURNING",
    "TABLESAMPLE",
    "PIVOT",
    "UNPIVOT",
    "AT",
    "FOR",
    "VALUES",
    "DEFAULT",
    "FROM",
    "INTO",
    "WITH",
    "BY",
    "DO",
];

/// Words that end a FROM list.
const AFTER_FROM: &[&str] = &[
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "WINDOW",
    "QUALIFY",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "SELECT",
    "SET",
    "RETURNING",
    "VALUES",
];

/// Words that start a query inside parentheses.
const QUERY_START: &[&str] = &[
    "SELECT",
    "WITH",
    "VALUES",
    "FROM",
    "TABLE",
    "PIVOT",
    "UNPIVOT",
    "PIVOT_WIDER",
    "PIVOT_LONGER",
    "DESCRIBE",
    "SUMMARIZE",
    "SHOW",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
];

/// Words that may stand before a parenthesis without being a function.
const NOT_A_FUNCTION: &[&str] = &[
    "IN",
    "AS",
    "AND",
    "OR",
    "NOT",
    "ON",
    "USING",
    "VALUES",
    "SELECT",
    "FROM",
    "WHERE",
    "EXISTS",
    "ANY",
    "ALL",
    "SOME",
    "OVER",
    "FILTER",
    "BY",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "THEN",
    "ELSE",
    "WHEN",
    "CASE",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "INTO",
    "SET",
    "RETURNING",
    "LIMIT",
    "OFFSET",
    "HAVING",
    "WITH",
    "MATERIALIZED",
    "KEY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "DEFAULT",
    "EXCLUDE",
    "REPLACE",
    "RENAME",
    "PIVOT",
    "UNPIVOT",
    "GROUP",
    "ORDER",
    "SETS",
    "CUBE",
    "ROLLUP",
    "CONFLICT",
    "DISTINCT",
    "LATERAL",
    "JOIN",
    "TABLE",
    "WITHIN",
    "IS",
    "QUALIFY",
    "WINDOW",
    "RECURSIVE",
];

/// Brackets nest at most this deep: more is refused before anything recurses into them.
const DEPTH_MAX: usize = 400;

/// Words without parentheses that ask for something of the session.
const SESSION_WORDS: &[&str] = &["CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "CURRENT_CATALOG"];

/// What keeps brackets from being read.
pub(crate) enum BracketError {
    /// One without a partner, by its token.
    Unbalanced(usize),
    /// Too many in each other.
    TooDeep(usize),
}

/// The names of the CTEs that are visible at a place.
pub(crate) struct Scope<'s> {
    names: Vec<String>,
    parent: Option<&'s Scope<'s>>,
}

impl<'s> Scope<'s> {
    pub(crate) fn root() -> Scope<'static> {
        Scope { names: Vec::new(), parent: None }
    }

    pub(crate) fn child(&'s self) -> Scope<'s> {
        Scope { names: Vec::new(), parent: Some(self) }
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n.eq_ignore_ascii_case(name)) || self.parent.is_some_and(|p| p.has(name))
    }
}

/// The tokens of one statement and what has been found in them so far.
pub(crate) struct Scanner<'a> {
    pub(crate) sql: &'a str,
    pub(crate) tokens: &'a [Token],
    /// For every opening bracket the index of its partner, else its own index.
    partner: Vec<usize>,
    pub(crate) tables: Vec<TableRef>,
    pub(crate) functions: Vec<FunctionRef>,
    pub(crate) qualified_columns: Vec<(Range<usize>, ObjectName)>,
    pub(crate) files: Vec<Range<usize>>,
    /// Set while a table stands where no alias may follow.
    bare: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(sql: &'a str, tokens: &'a [Token]) -> Result<Scanner<'a>, BracketError> {
        let mut partner: Vec<usize> = (0..tokens.len()).collect();
        let mut open: Vec<usize> = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            if token.kind != TokenKind::Symbol {
                continue;
            }
            match sql.as_bytes()[token.start] {
                b'(' | b'[' | b'{' if open.len() >= DEPTH_MAX => return Err(BracketError::TooDeep(index)),
                b'(' | b'[' | b'{' => open.push(index),
                b')' | b']' | b'}' => {
                    let start = open.pop().ok_or(BracketError::Unbalanced(index))?;
                    partner[start] = index;
                }
                _ => {}
            }
        }
        match open.pop() {
            Some(index) => Err(BracketError::Unbalanced(index)),
            None => Ok(Scanner {
                sql,
                tokens,
                partner,
                tables: Vec::new(),
                functions: Vec::new(),
                qualified_columns: Vec::new(),
                files: Vec::new(),
                bare: false,
            }),
        }
    }

    pub(crate) fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| &self.sql[t.start..t.end])
    }

    pub(crate) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|t| t.kind)
    }

    /// Whether the token at `at` is this keyword.
    pub(crate) fn is(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.text(at).eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Whether the token at `at` is this symbol.
    pub(crate) fn symbol(&self, at: usize, symbol: &str) -> bool {
        self.kind(at) == Some(TokenKind::Symbol) && self.text(at) == symbol
    }

    pub(crate) fn partner(&self, at: usize) -> usize {
        self.partner.get(at).copied().unwrap_or(at)
    }

    fn is_name(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Quoted))
    }

    /// The bytes from token `from` up to and excluding token `to`.
    pub(crate) fn span(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.tokens.get(from).map_or(self.sql.len(), |t| t.start);
        let end = if to > from { self.tokens.get(to - 1).map_or(start, |t| t.end) } else { start };
        start..end
    }

    /// A dotted name at `at`: the name and the index after it.
    pub(crate) fn name(&self, at: usize) -> Option<(ObjectName, usize)> {
        let mut parts = Vec::new();
        let mut next = at;
        while self.is_name(next) {
            parts.push(unquote(self.text(next)));
            next += 1;
            if self.symbol(next, ".") && self.is_name(next + 1) {
                next += 1;
            } else {
                break;
            }
        }
        let name = parts.pop()?;
        let schema = parts.pop();
        let catalog = parts.pop();
        Some((ObjectName { catalog, schema, name }, next))
    }

    /// Records the object named at `at`; gives the index after the name.
    pub(crate) fn object(&mut self, at: usize, access: Access) -> usize {
        let Some((name, next)) = self.name(at) else { return at };
        let span = self.span(at, next);
        self.tables.push(TableRef { name, span, access, has_alias: false, can_alias: false });
        next
    }

    /// Records the table of the column named at `at`: all parts of the name but the last.
    pub(crate) fn object_of_column(&mut self, at: usize, access: Access) {
        let mut parts = 0;
        while self.is_name(at + 2 * parts) && self.symbol(at + 2 * parts + 1, ".") {
            parts += 1;
        }
        let Some(last) = parts.checked_sub(1) else { return };
        let part = |n: usize| last.checked_sub(n).map(|n| unquote(self.text(at + 2 * n)));
        let name = ObjectName { catalog: part(2), schema: part(1), name: part(0).unwrap_or_default() };
        let span = self.span(at, at + 2 * last + 1);
        self.tables.push(TableRef { name, span, access, has_alias: false, can_alias: false });
    }

    /// `WITH [RECURSIVE] name AS (…), …`: fills `scope` and gives the index after the list.
    pub(crate) fn ctes(&mut self, at: usize, scope: &mut Scope<'_>) -> usize {
        let mut next = at + 1;
        let recursive = self.is(next, "RECURSIVE");
        if recursive {
            next += 1;
        }
        while self.is_name(next) {
            let name = unquote(self.text(next));
            next += 1;
            if self.symbol(next, "(") {
                next = self.partner(next) + 1;
            }
            if self.is(next, "USING") && self.is(next + 1, "KEY") {
                next = self.partner(next + 2) + 1;
            }
            if self.is(next, "AS") {
                next += 1;
            }
            while self.is_any(next, &["NOT", "MATERIALIZED"]) {
                next += 1;
            }
            if !self.symbol(next, "(") {
                break;
            }
            let end = self.partner(next);
            if recursive {
                scope.names.push(name.clone());
            }
            self.query(next + 1, end, scope);
            if !recursive {
                scope.names.push(name);
            }
            next = end + 1;
            if !self.symbol(next, ",") {
                break;
            }
            next += 1;
        }
        next
    }

    fn starts_query(&self, at: usize) -> bool {
        if self.is(at, "TABLE")
            || self.is(at, "SHOW")
            || self.is(at, "UPDATE")
            || self.is(at, "DELETE")
            || self.is(at, "INSERT")
        {
            return self.is_name(at + 1) || self.is(at + 1, "FROM");
        }
        if self.is(at, "VALUES") || self.is(at, "FROM") || self.is(at, "SELECT") || self.is(at, "WITH") {
            return !self.symbol(at + 1, ".") && !self.symbol(at + 1, ",");
        }
        self.is_any(at, QUERY_START) && (self.is_name(at + 1) || self.symbol(at + 1, "("))
    }

    /// Scans a query between two tokens.
    pub(crate) fn query(&mut self, from: usize, to: usize, scope: &Scope<'_>) {
        let mut scope = scope.child();
        let mut at = from;
        if self.is(at, "WITH") {
            at = self.ctes(at, &mut scope);
        }
        if self.show_tables(at) {
            return;
        }
        let starts_with_table = self
            .is_any(at, &["PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER", "DESCRIBE", "DESC", "SUMMARIZE", "TABLE"])
            && !self.starts_query(at + 1);
        if starts_with_table && !self.is(at, "PIVOT") && !self.is(at, "UNPIVOT") {
            return self.bare_table(at + 1, to, &scope);
        }
        self.clauses(if starts_with_table { at + 1 } else { at }, to, &scope, starts_with_table);
    }

    /// `SHOW [ALL] TABLES`, recorded as a function that stands for its rows.
    pub(crate) fn show_tables(&mut self, at: usize) -> bool {
        let (name, end) = match () {
            () if !self.is(at, "SHOW") => return false,
            () if self.is(at + 1, "TABLES") => (SHOW_TABLES, at + 2),
            () if self.is(at + 1, "ALL") && self.is(at + 2, "TABLES") => (SHOW_ALL_TABLES, at + 3),
            () => return false,
        };
        let span = self.span(at, end);
        let args = span.end..span.end;
        let name = ObjectName::bare(name);
        self.functions.push(FunctionRef {
            name,
            call: span.clone(),
            span,
            args,
            as_table: true,
            has_alias: false,
            name_argument: None,
        });
        true
    }

    /// Scans a query whose first token is a table without an alias: after TABLE, DESCRIBE, SUMMARIZE.
    pub(crate) fn bare_table(&mut self, from: usize, to: usize, scope: &Scope<'_>) {
        self.bare = true;
        let next = self.table_factor(from, to, scope).unwrap_or(from);
        self.bare = false;
        self.clauses(next, to, scope, false);
    }

    /// Scans the clauses of a query; with `in_from` the first token is where a table stands.
    pub(crate) fn clauses(&mut self, from: usize, to: usize, scope: &Scope<'_>, in_from: bool) {
        let mut in_from = in_from;
        let mut expect_table = in_from;
        let mut at = from;
        while at < to {
            if expect_table {
                match self.table_factor(at, to, scope) {
                    Some(next) => {
                        at = next;
                        // A skipped word such as LATERAL leaves the table still to come.
                        expect_table = self.is_any(at.wrapping_sub(1), &["LATERAL", "ONLY"])
                            || self.symbol(at.wrapping_sub(1), ":");
                        continue;
                    }
                    None => expect_table = false,
                }
            }
            if self.is(at, "FROM") && !self.is_distinct_from(at) || self.is(at, "JOIN") {
                in_from = true;
                expect_table = true;
                at += 1;
            } else if self.symbol(at, ",") && in_from {
                expect_table = true;
                at += 1;
            } else if self.is_any(at, AFTER_FROM) && !self.symbol(at.wrapping_sub(1), ".") {
                in_from = false;
                at += 1;
                if self.is(at, "ALL") {
                    at += 1;
                }
                if self.is(at, "TABLE") && self.is_name(at + 1) {
                    self.bare = true;
                    at = self.table_factor(at + 1, to, scope).unwrap_or(at + 1);
                    self.bare = false;
                }
            } else {
                at = self.expression_token(at, scope);
            }
        }
    }

    /// `IS [NOT] DISTINCT FROM` is a comparison.
    fn is_distinct_from(&self, at: usize) -> bool {
        at >= 2 && self.is(at - 1, "DISTINCT") && self.is_any(at - 2, &["IS", "NOT"])
    }

    /// One table of a FROM list; gives the index after it and its alias, or `None` if there is none.
    fn table_factor(&mut self, at: usize, to: usize, scope: &Scope<'_>) -> Option<usize> {
        if self.symbol(at, "(") {
            let end = self.partner(at);
            if self.starts_query(at + 1) {
                self.query(at + 1, end, scope);
            } else {
                self.clauses(at + 1, end, scope, true);
            }
            return Some(self.alias(end + 1).0);
        }
        if self.is_any(at, &["LATERAL", "ONLY"]) && at + 1 < to {
            return Some(at + 1);
        }
        if self.kind(at) == Some(TokenKind::Text) {
            self.files.push(self.span(at, at + 1));
            return Some(self.alias(at + 1).0);
        }
        if self.is_any(at, &["VALUES", "SELECT"]) {
            return None;
        }
        if self.is_name(at) && self.symbol(at + 1, ":") {
            return Some(at + 2);
        }
        let (name, next) = self.name(at)?;
        if self.symbol(next, "(") {
            let end = self.partner(next);
            let args = self.span(next + 1, end);
            let (after, has_alias) = self.alias(end + 1);
            let span = self.span(at, next);
            let call = self.span(at, end + 1);
            self.functions.push(FunctionRef {
                name,
                span,
                args,
                call,
                as_table: true,
                has_alias,
                name_argument: self.only_text(next + 1, end),
            });
            self.expressions(next + 1, end, scope);
            return Some(after);
        }
        let (after, has_alias) = self.alias(next);
        let is_cte = name.schema.is_none() && scope.has(&name.name);
        if !is_cte {
            let span = self.span(at, next);
            self.tables.push(TableRef { name, span, access: Access::Read, has_alias, can_alias: !self.bare });
        }
        Some(after)
    }

    /// The value of a text that is all there is between two tokens.
    fn only_text(&self, from: usize, to: usize) -> Option<String> {
        (to == from + 1 && self.kind(from) == Some(TokenKind::Text)).then(|| text_value(self.text(from)))
    }

    /// Skips `[AS] alias [(columns)]`; says whether there was one.
    pub(crate) fn alias(&self, at: usize) -> (usize, bool) {
        let mut next = at;
        if self.is(next, "WITH") && self.is(next + 1, "ORDINALITY") {
            next += 2;
        }
        let explicit = self.is(next, "AS");
        if explicit {
            next += 1;
        } else if !self.is_name(next) || self.is_any(next, NOT_AN_ALIAS) && self.kind(next) == Some(TokenKind::Word) {
            return (next, false);
        }
        next += 1;
        if self.symbol(next, "(") {
            next = self.partner(next) + 1;
        }
        (next, true)
    }

    /// Scans expressions between two tokens: the inside of a parenthesis that is not a query.
    pub(crate) fn expressions(&mut self, from: usize, to: usize, scope: &Scope<'_>) {
        if self.starts_query(from) {
            return self.query(from, to, scope);
        }
        let mut at = from;
        while at < to {
            at = self.expression_token(at, scope);
        }
    }

    /// One token of an expression, with whatever its brackets hold.
    fn expression_token(&mut self, at: usize, scope: &Scope<'_>) -> usize {
        if self.symbol(at, "(") || self.symbol(at, "[") || self.symbol(at, "{") {
            let end = self.partner(at);
            self.expressions(at + 1, end, scope);
            return end + 1;
        }
        let Some((name, next)) = self.name(at) else { return at + 1 };
        if self.symbol(next, "(") && !(next == at + 1 && self.is_any(at, NOT_A_FUNCTION)) {
            let end = self.partner(next);
            let (span, args) = (self.span(at, next), self.span(next + 1, end));
            let call = self.span(at, end + 1);
            self.functions.push(FunctionRef {
                name,
                span,
                args,
                call,
                as_table: false,
                has_alias: false,
                name_argument: None,
            });
            self.expressions(next + 1, end, scope);
            return end + 1;
        }
        if next == at + 1 && self.is_any(at, SESSION_WORDS) {
            let span = self.span(at, next);
            let args = span.end..span.end;
            self.functions.push(FunctionRef {
                name,
                call: span.clone(),
                span,
                args,
                as_table: false,
                has_alias: false,
                name_argument: None,
            });
            return next;
        }
        // `main.t.column` and `main.t.*`
        let star = usize::from(self.symbol(next, ".") && self.symbol(next + 1, "*"));
        let parts = (next - at).div_ceil(2) + star;
        if parts >= 3 {
            let dropped = self.span(at, at + 2 * (parts - 2));
            let table = at + 2 * (parts - 2);
            let table_name = unquote(self.text(table));
            let schema = unquote(self.text(table - 2));
            self.qualified_columns.push((dropped, ObjectName::in_schema(schema, table_name)));
        }
        next.max(at + 1)
    }
}
