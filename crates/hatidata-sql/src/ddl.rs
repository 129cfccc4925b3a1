//! Reworking stored definitions: another name, foreign keys taken out and put back.

use std::ops::Range;

use crate::lexer::tokenize;
use crate::parse::parse_one;
use crate::scan::Scanner;
use crate::splice::{Splice, apply};

/// A CREATE TABLE statement with its foreign keys apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDdl {
    /// The statement without foreign keys.
    pub sql: String,
    /// Each foreign key as a table constraint: `FOREIGN KEY (a) REFERENCES p(id)`.
    pub foreign_keys: Vec<String>,
}

/// Takes the foreign keys out of a CREATE TABLE statement.
pub fn split_foreign_keys(sql: &str) -> TableDdl {
    let whole = || TableDdl { sql: sql.to_owned(), foreign_keys: Vec::new() };
    let Ok(tokens) = tokenize(sql) else { return whole() };
    let Ok(scanner) = Scanner::new(sql, &tokens) else { return whole() };
    let Some(open) = (0..tokens.len()).find(|&i| scanner.symbol(i, "(")) else { return whole() };
    let close = scanner.partner(open);
    let mut kept: Vec<String> = Vec::new();
    let mut foreign_keys = Vec::new();
    let mut start = open + 1;
    let mut at = start;
    while at <= close {
        if at == close || scanner.symbol(at, ",") {
            element(&scanner, start, at, &mut kept, &mut foreign_keys);
            start = at + 1;
        }
        at = scanner.partner(at).max(at) + 1;
    }
    if foreign_keys.is_empty() {
        return whole();
    }
    let list = tokens[open].end..tokens[close].start;
    TableDdl { sql: apply(sql, vec![Splice { range: list, text: kept.join(", ") }]).sql, foreign_keys }
}

/// One element of the column list: a column, perhaps with REFERENCES, or a table constraint.
fn element(s: &Scanner<'_>, from: usize, to: usize, kept: &mut Vec<String>, foreign_keys: &mut Vec<String>) {
    let text = |span: Range<usize>| s.sql[span].to_owned();
    let named = if s.is(from, "CONSTRAINT") { from + 2 } else { from };
    if s.is(named, "FOREIGN") {
        foreign_keys.push(text(s.span(named, to)));
        return;
    }
    match (from..to).find(|&i| s.is(i, "REFERENCES")) {
        None => kept.push(text(s.span(from, to))),
        Some(at) => {
            let (_, mut end) = s.name(at + 1).unwrap_or_default();
            if s.symbol(end, "(") {
                end = s.partner(end) + 1;
            }
            foreign_keys.push(format!("FOREIGN KEY ({}) {}", s.text(from), text(s.span(at, end))));
            kept.push(format!("{} {}", text(s.span(from, at)), text(s.span(end, to))).trim_end().to_owned());
        }
    }
}

/// A column of a CREATE TABLE statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDdl {
    /// Its name.
    pub name: String,
    /// Whether its value is computed from others and cannot be written.
    pub generated: bool,
}

/// The columns of a CREATE TABLE statement with a column list.
pub fn table_columns(sql: &str) -> Vec<ColumnDdl> {
    let Ok(tokens) = tokenize(sql) else { return Vec::new() };
    let Ok(s) = Scanner::new(sql, &tokens) else { return Vec::new() };
    let Some(open) = (0..tokens.len()).find(|&i| s.symbol(i, "(")) else { return Vec::new() };
    let close = s.partner(open);
    let mut columns = Vec::new();
    let mut start = open + 1;
    let mut at = start;
    while at <= close {
        if at == close || s.symbol(at, ",") {
            if start < at && !s.is_any(start, &["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]) {
                let generated = (start..at).any(|i| s.is(i, "GENERATED"));
                columns.push(ColumnDdl { name: crate::name::unquote(s.text(start)), generated });
            }
            start = at + 1;
        }
        at = s.partner(at).max(at) + 1;
    }
    columns
}

/// Adds table constraints to a CREATE TABLE statement.
pub fn add_constraints(sql: &str, constraints: &[String]) -> String {
    let Some(at) = tokenize(sql).ok().and_then(|tokens| {
        let scanner = Scanner::new(sql, &tokens).ok()?;
        let open = (0..tokens.len()).find(|&i| scanner.symbol(i, "("))?;
        Some(tokens[scanner.partner(open)].start)
    }) else {
        return sql.to_owned();
    };
    let text: String = constraints.iter().map(|c| format!(", {c}")).collect();
    apply(sql, vec![Splice { range: at..at, text }]).sql
}

/// The statement with the object it creates, alters or indexes renamed to `name` (already quoted).
pub fn rename_object(sql: &str, name: &str) -> String {
    let sql = sql.trim().trim_end_matches(';');
    match parse_one(sql).ok().and_then(|s| s.tables.first().map(|t| t.span.clone())) {
        Some(range) => apply(sql, vec![Splice { range, text: name.to_owned() }]).sql,
        None => sql.to_owned(),
    }
}

/// A view's parts: its column list (with parentheses, or empty) and its query.
pub fn view_parts(sql: &str) -> Option<(String, String)> {
    let sql = sql.trim().trim_end_matches(';');
    let statement = parse_one(sql).ok()?;
    let after = statement.tables.first()?.span.end;
    let tokens = tokenize(sql).ok()?;
    let scanner = Scanner::new(sql, &tokens).ok()?;
    let mut next = tokens.iter().position(|t| t.start >= after)?;
    let mut columns = String::new();
    if scanner.symbol(next, "(") {
        let end = scanner.partner(next) + 1;
        columns = sql[scanner.span(next, end)].to_owned();
        next = end;
    }
    next += usize::from(scanner.is(next, "AS"));
    Some((columns, sql[scanner.span(next, tokens.len())].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_are_taken_out_and_put_back() {
        let ddl = split_foreign_keys(
            "CREATE TABLE ch(id INTEGER, p INT NOT NULL REFERENCES p(id) CHECK (p > 0), FOREIGN KEY (id) REFERENCES q(id, x));",
        );
        assert_eq!(ddl.sql, "CREATE TABLE ch(id INTEGER, p INT NOT NULL CHECK (p > 0));");
        assert_eq!(ddl.foreign_keys, ["FOREIGN KEY (p) REFERENCES p(id)", "FOREIGN KEY (id) REFERENCES q(id, x)"]);
        assert_eq!(
            add_constraints("CREATE TABLE ch(id INTEGER);", &ddl.foreign_keys[1..]),
            "CREATE TABLE ch(id INTEGER, FOREIGN KEY (id) REFERENCES q(id, x));"
        );
    }

    #[test]
    fn columns_are_listed_without_constraints() {
        let columns = table_columns(
            "CREATE TABLE q(id INTEGER DEFAULT(nextval('s')), \"G h\" INTEGER GENERATED ALWAYS AS((id * 2)), d DECIMAL(10,2), CHECK((d > 1)), UNIQUE(id, d), PRIMARY KEY(id));",
        );
        let names: Vec<_> = columns.iter().map(|c| (c.name.as_str(), c.generated)).collect();
        assert_eq!(names, [("id", false), ("G h", true), ("d", false)]);
    }

    #[test]
    fn objects_are_renamed_in_their_definition() {
        assert_eq!(
            rename_object("CREATE TABLE s2.\"We ird\"(a INTEGER);", "\"x\".\"t\""),
            "CREATE TABLE \"x\".\"t\"(a INTEGER)"
        );
        assert_eq!(rename_object("CREATE INDEX qi ON q(m);", "x.q"), "CREATE INDEX qi ON x.q(m)");
        assert_eq!(rename_object("ALTER TABLE t ADD COLUMN c INT", "x.t"), "ALTER TABLE x.t ADD COLUMN c INT");
    }

    #[test]
    fn views_are_taken_apart() {
        assert_eq!(
            view_parts("CREATE VIEW v2 (z) AS SELECT * FROM v;"),
            Some(("(z)".into(), "SELECT * FROM v".into()))
        );
        assert_eq!(view_parts("CREATE OR REPLACE VIEW v AS FROM t"), Some((String::new(), "FROM t".into())));
    }
}
