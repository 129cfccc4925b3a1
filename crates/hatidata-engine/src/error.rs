//! DuckDB's errors as values: class, message, position and SQLSTATE, from one table.
//!
//! Connections run with `errors_as_json`, so class and position come from DuckDB itself and only
//! the finer SQLSTATE is read off the message.

use std::fmt;

/// What went wrong, as coarse as callers need it to decide what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The text or a value in it is wrong; the caller can mend it.
    Statement,
    /// A unique, not-null, check or foreign-key constraint was violated.
    Constraint,
    /// Two transactions wrote the same thing; trying again may work.
    WriteConflict,
    /// The statement was interrupted.
    Interrupted,
    /// The file is locked, damaged, missing or the disk is full.
    Io,
    /// Memory or another resource ran out.
    Resource,
    /// DuckDB failed in itself.
    Internal,
    /// The database was invalidated by an earlier failure and must be opened again.
    Fatal,
}

/// An error reported by DuckDB.
#[derive(Debug, Clone, thiserror::Error)]
pub struct EngineError {
    /// What kind of failure it is.
    pub class: ErrorClass,
    /// Five-character SQLSTATE.
    pub sqlstate: &'static str,
    /// One sentence, without DuckDB's prefix.
    pub message: String,
    /// What might be meant instead, if DuckDB had a suggestion.
    pub hint: Option<String>,
    /// Byte offset into the text that was executed.
    pub position: Option<usize>,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl EngineError {
    /// An error of this crate itself rather than of DuckDB.
    pub fn internal(message: impl Into<String>) -> Self {
        EngineError {
            class: ErrorClass::Internal,
            sqlstate: "XX000",
            message: message.into(),
            hint: None,
            position: None,
        }
    }

    /// A value or type that cannot be carried.
    pub fn unsupported(message: impl Into<String>, hint: impl Into<String>) -> Self {
        EngineError {
            class: ErrorClass::Statement,
            sqlstate: "0A000",
            message: message.into(),
            hint: Some(hint.into()),
            position: None,
        }
    }

    /// Reads one of DuckDB's messages: `<Type> Error: <text or JSON>`.
    pub fn parse(raw: &str) -> Self {
        let (exception, text, position) = match split_json(raw) {
            Some(parts) => parts,
            None => {
                let (kind, text) = raw.split_once(" Error: ").unwrap_or(("", raw));
                (kind.to_owned(), text.to_owned(), None)
            }
        };
        let (text, own_state) = own_state(text);
        let (class, sqlstate) = match own_state {
            Some(state) => (ErrorClass::Statement, state),
            None => classify(&exception, &text),
        };
        let (message, hint) = split_hint(&text);
        EngineError { class, sqlstate, message, hint, position }
    }
}

/// SQLSTATEs that functions of ours raise by beginning an error's text with them: `[22012] division by zero`.
const OWN_STATES: [&str; 15] = [
    "0A000", "22003", "22004", "22007", "22008", "22011", "22012", "22018", "22023", "22P02", "3F000", "42704",
    "42883", "42P01", "54000",
];

fn own_state(text: String) -> (String, Option<&'static str>) {
    let state =
        text.strip_prefix('[').and_then(|rest| OWN_STATES.into_iter().find(|s| rest.starts_with(&format!("{s}] "))));
    match state {
        Some(state) => (text[state.len() + 3..].to_owned(), Some(state)),
        None => (text, None),
    }
}

/// `Catalog Error: {"exception_type":"Catalog","exception_message":"…","position":"14",…}`
fn split_json(raw: &str) -> Option<(String, String, Option<usize>)> {
    let json = &raw[raw.find("{\"exception_type\"")?..];
    let exception = json_text(json, "exception_type")?;
    let message = json_text(json, "exception_message")?;
    let position = json_text(json, "position").and_then(|p| p.parse().ok());
    Some((exception, message, position))
}

/// The string value of one key of a flat JSON object. The engine needs no more of JSON than this.
fn json_text(json: &str, key: &str) -> Option<String> {
    let start = json.find(&format!("\"{key}\":\""))? + key.len() + 4;
    let mut out = String::new();
    let mut chars = json[start..].chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'u' => {
                    let code: String = chars.by_ref().take(4).collect();
                    out.push(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
}

/// DuckDB appends its suggestions to the message; they belong into the hint.
fn split_hint(text: &str) -> (String, Option<String>) {
    const STARTS: [&str; 6] =
        ["\nDid you mean", "\nCandidate bindings", "\n\tCandidate", "\nEither add", "\n\nUse \"SET", "\nCandidate"];
    let cut = STARTS.iter().filter_map(|s| text.find(s)).min();
    let (message, hint) = match cut {
        Some(at) => (&text[..at], Some(text[at..].trim().replace("\n\t", " "))),
        None => (text, None),
    };
    let message = message.split("\n\nLINE ").next().unwrap_or(message).trim();
    (message.to_owned(), hint.filter(|h| !h.is_empty()))
}

/// The one table from DuckDB's exception types and messages to class and SQLSTATE.
///
/// Rows are tried in order; an empty needle matches every message of that type.
const TABLE: &[(&str, &str, ErrorClass, &str)] = {
    use ErrorClass::{Constraint, Fatal, Internal, Interrupted, Io, Resource, Statement, WriteConflict};
    &[
        ("Parser", "more than one primary key", Statement, "42P16"),
        ("Parser", "Duplicate CTE name", Statement, "42712"),
        ("Parser", "window \"", Statement, "42704"),
        ("Parser", "", Statement, "42601"),
        ("Syntax", "", Statement, "42601"),
        ("Catalog", "write-write conflict", WriteConflict, "40001"),
        ("Catalog", "Could not commit", WriteConflict, "40001"),
        ("Catalog", "because schema", Statement, "42P01"),
        ("Catalog", "Column with name", Statement, "42701"),
        ("Catalog", "Index with name \"", Statement, "42P07"),
        ("Catalog", "Sequence with name \"", Statement, "42P07"),
        ("Catalog", "main key table", Statement, "2BP01"),
        ("Catalog", "Table with name \"", Statement, "42P07"),
        ("Catalog", "View with name \"", Statement, "42P07"),
        ("Catalog", "Schema with name \"", Statement, "42P06"),
        ("Catalog", "already exists", Statement, "42710"),
        ("Catalog", "Table with name", Statement, "42P01"),
        ("Catalog", "View with name", Statement, "42P01"),
        ("Catalog", "Schema with name", Statement, "3F000"),
        ("Catalog", "Function with name", Statement, "42883"),
        ("Catalog", "Macro with name", Statement, "42883"),
        ("Catalog", "Type with name", Statement, "42704"),
        ("Catalog", "Sequence with name", Statement, "42P01"),
        ("Catalog", "trying to", Statement, "42809"),
        ("Catalog", "", Statement, "42704"),
        ("Dependency", "", Statement, "2BP01"),
        ("Binder", "Duplicate alias", Statement, "42712"),
        ("Binder", "duplicate alias", Statement, "42712"),
        ("Binder", "Duplicate column name", Statement, "42701"),
        ("Binder", "Multiple assignments", Statement, "42601"),
        ("Binder", "Subquery returns", Statement, "42601"),
        ("Binder", "same number of result columns", Statement, "42601"),
        ("Binder", "cannot be nested", Statement, "42803"),
        ("Binder", "cannot contain window functions", Statement, "42P20"),
        ("Binder", "cannot be negative", Statement, "2201W"),
        ("Binder", "Failed to create foreign key", Statement, "42830"),
        ("Binder", "Cannot concatenate", Statement, "42883"),
        ("Binder", "Cannot deduce template", Statement, "42883"),
        ("Binder", "Could not choose a best candidate", Statement, "42725"),
        ("Binder", "Ambiguous", Statement, "42702"),
        ("Binder", "must appear in the GROUP BY", Statement, "42803"),
        ("Binder", "cannot contain aggregates", Statement, "42803"),
        ("Binder", "No function matches", Statement, "42883"),
        ("Binder", "does not have a column", Statement, "42703"),
        ("Binder", "Referenced column", Statement, "42703"),
        ("Binder", "Referenced update column", Statement, "42703"),
        ("Binder", "Referenced table", Statement, "42P01"),
        ("Binder", "values were supplied", Statement, "42601"),
        ("Binder", "Catalog \"", Statement, "3D000"),
        ("Binder", "Cannot create entry in system catalog", Statement, "42501"),
        ("Binder", "", Statement, "42P10"),
        ("Constraint", "NOT NULL", Constraint, "23502"),
        ("Constraint", "foreign key", Constraint, "23503"),
        ("Constraint", "CHECK", Constraint, "23514"),
        ("Constraint", "Duplicate key", Constraint, "23505"),
        ("Constraint", "duplicate key", Constraint, "23505"),
        ("Constraint", "", Constraint, "23000"),
        ("TransactionContext", "Cannot CHECKPOINT", WriteConflict, "40001"),
        ("TransactionContext", "onflict", WriteConflict, "40001"),
        ("TransactionContext", "write-write", WriteConflict, "40001"),
        ("TransactionContext", "Failed to commit: PRIMARY KEY", Constraint, "23505"),
        ("TransactionContext", "failed to pin block", Resource, "53200"),
        ("TransactionContext", "failed to allocate", Resource, "53200"),
        ("TransactionContext", "Failed to commit", WriteConflict, "40001"),
        ("TransactionContext", "Current transaction is aborted", Statement, "25P02"),
        ("TransactionContext", "", Statement, "25000"),
        ("Conversion", "extract specifier", Statement, "22023"),
        ("Conversion", "Unknown TimeZone", Statement, "22023"),
        ("Conversion", "to INTERVAL", Statement, "22007"),
        ("Conversion", "timestamp field value out of range", Statement, "22008"),
        ("Conversion", "date field value out of range", Statement, "22008"),
        ("Conversion", "timestamp", Statement, "22007"),
        ("Conversion", "date", Statement, "22007"),
        ("Conversion", "out of range", Statement, "22003"),
        ("Conversion", "Could not cast value", Statement, "22003"),
        ("Conversion", "", Statement, "22P02"),
        ("Out of Range", "square root of a negative", Statement, "2201F"),
        ("Out of Range", "logarithm", Statement, "2201E"),
        ("Out of Range", "", Statement, "22003"),
        ("Mismatch Type", "", Statement, "42804"),
        ("Invalid Type", "", Statement, "42804"),
        ("Divide by Zero", "", Statement, "22012"),
        ("Invalid Input", "not supported in storage versions", Statement, "0A000"),
        ("Invalid Input", "More than one row returned", Statement, "21000"),
        ("Invalid Input", "Values were not provided", Statement, "08P01"),
        ("Invalid Input", "only applicable to aggregate functions", Statement, "42809"),
        ("Invalid Input", "missing ]", Statement, "2201B"),
        ("Invalid Input", "missing )", Statement, "2201B"),
        ("Invalid Input", "statement parameters", Statement, "42P02"),
        ("Invalid Input", "", Statement, "22023"),
        ("Sequence", "", Statement, "2200H"),
        ("Parameter Not Allowed", "", Statement, "22023"),
        ("Parameter Not Resolved", "", Statement, "42P18"),
        ("Not implemented", "Unknown TimeZone", Statement, "22023"),
        ("Not implemented", "", Statement, "0A000"),
        ("Permission", "", Statement, "42501"),
        ("INTERRUPT", "", Interrupted, "57014"),
        ("IO", "No space left", Io, "53100"),
        ("IO", "lock", Io, "55006"),
        ("IO", "", Io, "58030"),
        ("Out of Memory", "", Resource, "53200"),
        ("FATAL", "", Fatal, "58000"),
        ("INTERNAL", "", Internal, "XX000"),
        ("Serialization", "", Internal, "XX000"),
    ]
};

fn classify(exception: &str, text: &str) -> (ErrorClass, &'static str) {
    if text.contains("is not in allow-list") || text.contains("disabled by configuration") {
        return (ErrorClass::Statement, "42501");
    }
    if exception.eq_ignore_ascii_case("Conversion")
        && let Some(state) = out_of_range(text)
    {
        return (ErrorClass::Statement, state);
    }
    TABLE
        .iter()
        .find(|(kind, needle, ..)| exception.eq_ignore_ascii_case(kind) && text.contains(needle))
        .map_or((ErrorClass::Internal, "XX000"), |(_, _, class, state)| (*class, state))
}

/// Values that are well formed but too large: DuckDB's messages do not tell them from garbage.
fn out_of_range(text: &str) -> Option<&'static str> {
    let value = |prefix: &str, quote: char| text.strip_prefix(prefix).and_then(|rest| rest.split(quote).next());
    if text.starts_with("Date out of range") || text.starts_with("Time out of range") {
        return Some("22008");
    }
    if let Some(time) = value("time field value out of range: \"", '"') {
        let well_formed = time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'));
        return Some(if well_formed { "22008" } else { "22007" });
    }
    let number = value("Could not convert string '", '\'')?.trim().trim_start_matches(['-', '+']);
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (is_number && text.contains("to INT")).then_some("22003")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_errors_give_position_hint_and_sqlstate() {
        let error = EngineError::parse(
            r#"Catalog Error: {"exception_type":"Catalog","exception_message":"Table with name nosuch does not exist!\nDid you mean \"pg_sequences\"?","candidates":"pg_sequences","position":"14"}"#,
        );
        assert_eq!(error.message, "Table with name nosuch does not exist!");
        assert_eq!(error.hint.as_deref(), Some("Did you mean \"pg_sequences\"?"));
        assert_eq!((error.sqlstate, error.position), ("42P01", Some(14)));
    }

    #[test]
    fn sqlstates_follow_the_table() {
        for (raw, state) in [
            ("Parser Error: syntax error at or near \"selec\"", "42601"),
            ("Catalog Error: Table with name \"t\" already exists!", "42P07"),
            ("Constraint Error: Duplicate key \"a: 1\" violates primary key constraint.", "23505"),
            ("Constraint Error: NOT NULL constraint failed: t.b", "23502"),
            ("Constraint Error: CHECK constraint failed on table t", "23514"),
            ("Constraint Error: Violates foreign key constraint because key", "23503"),
            ("TransactionContext Error: Conflict on update!", "40001"),
            ("TransactionContext Error: Failed to commit: failed to pin block of size 980.0 KiB", "53200"),
            ("INTERRUPT Error: Interrupted!", "57014"),
            ("Conversion Error: Could not convert string 'x' to INT32", "22P02"),
            ("Conversion Error: Could not convert string '99999999999' to INT32", "22003"),
            ("Conversion Error: time field value out of range: \"25:00:00\", expected format", "22008"),
            ("Conversion Error: time field value out of range: \"noon\", expected format", "22007"),
            ("Conversion Error: Date out of range: 2024-2-30", "22008"),
            ("something unheard of", "XX000"),
        ] {
            assert_eq!(EngineError::parse(raw).sqlstate, state, "{raw}");
        }
    }
}
