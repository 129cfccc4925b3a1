//! Savepoints as far as DuckDB allows: it cannot undo a part of a transaction.
//!
//! Drivers set savepoints around what they only read (SQLAlchemy does at every connection), and release most of
//! the others. Both are served. Going back is possible as long as nothing was changed since; otherwise it
//! is refused, and the transaction has failed.

use hatidata_sql::{Transaction as Command, text_of_name};

use super::Session;
use super::transaction::{Opened, failed_transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Settings;

/// A place in a transaction to which its client may want to return.
pub(super) struct Savepoint {
    name: String,
    /// How many changes the transaction had tried.
    changes: u64,
    settings: Settings,
}

impl Session {
    /// `SAVEPOINT`, `RELEASE` and `ROLLBACK TO`
    pub(crate) fn savepoint(&mut self, command: Command, sql: &str) -> Result<String> {
        let name = text_of_name(sql).ok_or_else(|| {
            Error::new(ErrorKind::Syntax, "a savepoint needs a name").hint("write SAVEPOINT and a name")
        })?;
        let settings = self.settings.clone();
        let Some(transaction) = self.transaction.as_mut().filter(|t| t.opened == Opened::Client) else {
            return Err(Error::new(ErrorKind::State, "savepoints can only be used in transaction blocks")
                .state("25P01")
                .hint("BEGIN first"));
        };
        if transaction.failed && command != Command::RollbackTo {
            return Err(failed_transaction());
        }
        if command == Command::Savepoint {
            transaction.savepoints.push(Savepoint { name, changes: transaction.changes, settings });
            return Ok("SAVEPOINT".into());
        }
        let Some(at) = transaction.savepoints.iter().rposition(|s| s.name == name) else {
            return Err(Error::new(ErrorKind::NotFound, format!("savepoint \"{name}\" does not exist"))
                .state("3B001")
                .hint("it was never set, or has been released"));
        };
        if command == Command::Release {
            transaction.savepoints.truncate(at);
            return Ok("RELEASE".into());
        }
        let savepoint = &transaction.savepoints[at];
        let (unchanged, settings) = (savepoint.changes == transaction.changes, savepoint.settings.clone());
        if !unchanged || self.has_started() && self.connection.execute("SELECT 1").is_err() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("cannot go back to savepoint \"{name}\": what happened since cannot be undone by itself"),
            )
            .hint(
                "ROLLBACK the whole transaction; to try changes and drop them, use a branch: branch_create('what-if')",
            ));
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.savepoints.truncate(at + 1);
            transaction.failed = false;
        }
        self.settings = settings;
        self.apply_timezone()?;
        Ok("ROLLBACK".into())
    }

    /// Counts a statement that may change something, whether or not it succeeds.
    pub(crate) fn note_attempt(&mut self) {
        if let Some(transaction) = &mut self.transaction {
            transaction.changes += 1;
        }
    }
}
