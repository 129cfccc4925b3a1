//! The one public error, and the one table from its kind to every door's code.

use std::fmt;

use hatidata_engine::{EngineError, ErrorClass};

/// What went wrong, as callers need to tell it apart. Closed: doors map every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text cannot be read.
    Syntax,
    /// A value, name or option is wrong.
    InvalidInput,
    /// Something named does not exist.
    NotFound,
    /// Something to be created exists.
    AlreadyExists,
    /// Two changes contradict each other; trying again, or deciding, helps.
    Conflict,
    /// A constraint of the data was violated.
    Constraint,
    /// The caller may not do this.
    Denied,
    /// Not possible in the present state: a failed transaction, an ended branch.
    State,
    /// A lock was not obtained in time.
    Locked,
    /// Stopped on request, or because its time was up.
    Cancelled,
    /// Not offered.
    Unsupported,
    /// A limit of this machine: memory, disk, connections.
    Resource,
    /// The database cannot be opened, or is shutting down.
    Unavailable,
    /// A defect.
    Internal,
}

/// Every kind with its default SQLSTATE and the exit code of the command line.
pub const ERROR_TABLE: &[(ErrorKind, &str, u8)] = &[
    (ErrorKind::Syntax, "42601", 1),
    (ErrorKind::InvalidInput, "22023", 1),
    (ErrorKind::NotFound, "42704", 1),
    (ErrorKind::AlreadyExists, "42710", 1),
    (ErrorKind::Conflict, "40001", 4),
    (ErrorKind::Constraint, "23000", 1),
    (ErrorKind::Denied, "42501", 3),
    (ErrorKind::State, "55000", 1),
    (ErrorKind::Locked, "55P03", 4),
    (ErrorKind::Cancelled, "57014", 130),
    (ErrorKind::Unsupported, "0A000", 1),
    (ErrorKind::Resource, "53000", 5),
    (ErrorKind::Unavailable, "57P03", 5),
    (ErrorKind::Internal, "XX000", 70),
];

/// What a caller is told: kind, sentence, next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// SQLSTATE; finer than the kind's default where one fits.
    pub sqlstate: &'static str,
    /// One sentence: what was wrong, and where.
    pub message: String,
    /// The caller's next step.
    pub hint: Option<String>,
    /// Byte position in the statement's text, where one is to blame.
    pub position: Option<usize>,
    /// Where in the data, where data are to blame.
    pub context: Option<Box<str>>,
}

impl Error {
    /// An error of this kind with the kind's own SQLSTATE.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let sqlstate = ERROR_TABLE.iter().find(|row| row.0 == kind).map_or("XX000", |row| row.1);
        Error { kind, sqlstate, message: message.into(), hint: None, position: None, context: None }
    }

    /// With the caller's next step.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a finer SQLSTATE.
    pub fn state(mut self, sqlstate: &'static str) -> Self {
        self.sqlstate = sqlstate;
        self
    }

    /// With the byte position in the statement.
    pub fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// With the place in the data.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into().into_boxed_str());
        self
    }

    /// Whether running the same again may succeed without any change by the caller.
    pub fn is_write_conflict(&self) -> bool {
        self.kind == ErrorKind::Conflict && self.sqlstate == "40001"
    }

    /// A defect of ours: an invariant that did not hold.
    pub fn internal(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Internal, message)
            .hint("this is a defect of HatiData; please report it with the statement")
    }

    /// The exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        ERROR_TABLE.iter().find(|row| row.0 == self.kind).map_or(70, |row| row.2)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<EngineError> for Error {
    fn from(e: EngineError) -> Self {
        let kind = match (e.class, e.sqlstate) {
            (ErrorClass::Constraint, _) => ErrorKind::Constraint,
            (ErrorClass::WriteConflict, _) => ErrorKind::Conflict,
            (ErrorClass::Interrupted, _) => ErrorKind::Cancelled,
            (ErrorClass::Io | ErrorClass::Resource, _) => ErrorKind::Resource,
            (ErrorClass::Internal | ErrorClass::Fatal, _) => ErrorKind::Internal,
            (ErrorClass::Statement, "42601") => ErrorKind::Syntax,
            (ErrorClass::Statement, "42P01" | "42703" | "42883" | "42704" | "3F000") => ErrorKind::NotFound,
            (ErrorClass::Statement, "42P07" | "42710" | "42P06" | "42701") => ErrorKind::AlreadyExists,
            (ErrorClass::Statement, "42501") => ErrorKind::Denied,
            (ErrorClass::Statement, "0A000") => ErrorKind::Unsupported,
            (ErrorClass::Statement, _) => ErrorKind::InvalidInput,
        };
        let hint = e.hint.or_else(|| default_hint(e.sqlstate, &e.message));
        Error { kind, sqlstate: e.sqlstate, message: e.message, hint, position: e.position, context: None }
    }
}

/// Next steps that follow from the code alone.
pub(crate) fn default_hint(sqlstate: &str, message: &str) -> Option<String> {
    let hint = match sqlstate {
        "40001" => "another transaction changed the same rows; roll back and run the transaction again",
        "42703" => "check the column names: DESCRIBE the table",
        "42601" => "correct the statement at this place",
        "42883" => "check the function's name and the types of its arguments",
        "42P07" | "42710" => "use another name, or CREATE OR REPLACE / IF NOT EXISTS",
        "23505" => "a row with this key exists: UPDATE it, or INSERT … ON CONFLICT",
        "23502" => "give a value for this column, or a default",
        "23514" => "give values that fulfil the table's CHECK",
        "23503" => "insert the parent row first, or remove the children first",
        "22P02" | "22007" | "22008" => "give the value in the form of its type, or use TRY_CAST",
        "22012" => "divide by NULLIF(x, 0) to get NULL instead",
        "22003" => "use a wider type, such as BIGINT or DECIMAL(38, 2)",
        "42P01" => "list the tables: SELECT table_name FROM information_schema.tables",
        "42501" if message.contains("disabled by configuration") => {
            "file access is closed; open it with external_access = true under [database] in config.toml and restart"
        }
        "53200" => "make the query smaller, or raise memory_limit under [database] in config.toml",
        "53100" => "free disk space; nothing was changed",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_once_in_the_table() {
        for (kind, state, _) in ERROR_TABLE {
            assert_eq!(ERROR_TABLE.iter().filter(|row| row.0 == *kind).count(), 1);
            assert_eq!(state.len(), 5);
            assert_eq!(Error::new(*kind, "x").sqlstate, *state);
        }
    }
}
