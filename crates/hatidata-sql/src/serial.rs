//! Columns of a CREATE TABLE whose values come from a sequence: `SERIAL` and `GENERATED … AS IDENTITY`,
//! which DuckDB does not have. They become a default; the sequence is the caller's to make.

use std::ops::Range;

use crate::lexer::tokenize;
use crate::name::{literal, unquote};
use crate::scan::Scanner;
use crate::splice::{Splice, Spliced, apply};
use crate::statement::{Kind, Statement};

/// A column that takes its value from a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialColumn {
    /// Its name.
    pub name: String,
    /// What the sequence must have: `START WITH 10 MAXVALUE 32767`.
    pub options: String,
    /// The bytes that ask for the sequence.
    span: Range<usize>,
    /// The type to write in their place; empty where the column has one.
    sql_type: &'static str,
}

/// The types that are short for an integer with a sequence: with it, and its greatest value.
const SERIAL_TYPES: [(&[&str], &str, &str); 3] = [
    (&["SERIAL", "SERIAL4"], "INTEGER", "2147483647"),
    (&["BIGSERIAL", "SERIAL8"], "BIGINT", "9223372036854775807"),
    (&["SMALLSERIAL", "SERIAL2"], "SMALLINT", "32767"),
];

/// The columns of `statement` that take their values from sequences.
pub fn serial_columns(statement: &Statement) -> Vec<SerialColumn> {
    let sql = &statement.sql;
    if !matches!(statement.kind, Kind::CreateTable { as_query: false, .. }) {
        return Vec::new();
    }
    let Ok(tokens) = tokenize(sql) else { return Vec::new() };
    let Ok(s) = Scanner::new(sql, &tokens) else { return Vec::new() };
    let Some(open) = (0..tokens.len()).find(|&i| s.symbol(i, "(")) else { return Vec::new() };
    let close = s.partner(open);
    let mut columns = Vec::new();
    let (mut start, mut at) = (open + 1, open + 1);
    while at <= close {
        if at == close || s.symbol(at, ",") {
            columns.extend(serial_column(&s, start, at));
            start = at + 1;
        }
        at = s.partner(at).max(at) + 1;
    }
    columns
}

/// The column that is defined by the tokens `from..to`, if it has a sequence.
fn serial_column(s: &Scanner<'_>, from: usize, to: usize) -> Option<SerialColumn> {
    let name = unquote(s.text(from));
    let kind = SERIAL_TYPES.iter().find(|(names, ..)| from + 1 < to && s.is_any(from + 1, names));
    if let Some((_, sql_type, max)) = kind {
        let options = format!("MAXVALUE {max}");
        return Some(SerialColumn { name, options, span: s.span(from + 1, from + 2), sql_type });
    }
    let identity = (from..to).find(|&i| s.is(i, "IDENTITY") && s.is(i.wrapping_sub(1), "AS"))?;
    let generated = (from..identity).find(|&i| s.is(i, "GENERATED"))?;
    let mut end = identity + 1;
    let mut options = String::new();
    if s.symbol(end, "(") {
        let close = s.partner(end);
        options = sequence_options(s, end + 1, close);
        end = close + 1;
    }
    Some(SerialColumn { name, options, span: s.span(generated, end), sql_type: "" })
}

/// The options in `from..to` without those that DuckDB's sequences do not have.
fn sequence_options(s: &Scanner<'_>, from: usize, to: usize) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut at = from;
    while at < to {
        match s.is(at, "CACHE") {
            true => at += 2,
            false => {
                kept.push(s.text(at));
                at += 1;
            }
        }
    }
    kept.join(" ").replace("- ", "-")
}

/// The statement's text with a default in place of what asked for sequences: `sequences` are their
/// names, qualified and quoted, in the order of `columns`.
pub fn with_sequences(sql: &str, columns: &[SerialColumn], sequences: &[String]) -> Spliced {
    let splice = |(column, sequence): (&SerialColumn, &String)| {
        let text = format!("{} NOT NULL DEFAULT {}", column.sql_type, next_value(sequence));
        Splice { range: column.span.clone(), text: text.trim_start().to_owned() }
    };
    apply(sql, columns.iter().zip(sequences).map(splice).collect())
}

/// The default that takes the next value of a sequence, as DuckDB shows it as well.
pub fn next_value(sequence: &str) -> String {
    format!("nextval({})", literal(sequence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_one;

    fn rewritten(sql: &str) -> String {
        let columns = serial_columns(&parse_one(sql).unwrap());
        let names: Vec<String> = columns.iter().map(|c| format!("main.t_{}_seq", c.name)).collect();
        with_sequences(sql, &columns, &names).sql
    }

    #[test]
    fn serial_columns_get_a_default_from_their_sequence() {
        assert_eq!(
            rewritten("CREATE TABLE t(id SERIAL PRIMARY KEY, \"N o\" bigserial NOT NULL, c TEXT, UNIQUE (c))"),
            "CREATE TABLE t(id INTEGER NOT NULL DEFAULT nextval('main.t_id_seq') PRIMARY KEY, \
             \"N o\" BIGINT NOT NULL DEFAULT nextval('main.t_N o_seq') NOT NULL, c TEXT, UNIQUE (c))"
        );
        assert_eq!(
            rewritten("CREATE TABLE t(id INT GENERATED BY DEFAULT AS IDENTITY (START WITH 5 CACHE 2) PRIMARY KEY)"),
            "CREATE TABLE t(id INT NOT NULL DEFAULT nextval('main.t_id_seq') PRIMARY KEY)"
        );
    }

    #[test]
    fn other_columns_are_left_alone() {
        for sql in [
            "CREATE TABLE t(serial INTEGER, a INT GENERATED ALWAYS AS (serial + 1))",
            "CREATE TABLE t AS SELECT 1 AS serial",
            "CREATE TABLE t(id INTEGER DEFAULT 1, s TEXT CHECK (s <> 'AS IDENTITY'))",
            "SELECT 1",
        ] {
            assert_eq!(rewritten(sql), sql);
        }
    }

    #[test]
    fn options_of_the_sequence_are_read() {
        let options = |sql: &str| serial_columns(&parse_one(sql).unwrap())[0].options.clone();
        assert_eq!(options("CREATE TABLE t(id SMALLSERIAL)"), "MAXVALUE 32767");
        assert_eq!(
            options(
                "CREATE TABLE t(id INT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY -2 CACHE 5 NO CYCLE))"
            ),
            "START WITH 10 INCREMENT BY -2 NO CYCLE"
        );
    }
}
