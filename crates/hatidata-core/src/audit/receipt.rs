//! The open record of an operation that is running.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use hatidata_engine::Connection;
use serde::Serialize;

use super::store::AuditLog;
use crate::error::Error;

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Ok,
    Error,
    Cancelled,
    /// It was done, and its transaction was rolled back.
    RolledBack,
}

/// A record as it is stored.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Record {
    /// Microseconds since 1970.
    pub(crate) started_at: i64,
    pub(crate) session_id: String,
    pub(crate) agent_id: String,
    pub(crate) framework: String,
    pub(crate) user_name: String,
    pub(crate) door: String,
    pub(crate) request_id: String,
    pub(crate) reasoning_step: String,
    pub(crate) branch: String,
    pub(crate) operation: String,
    pub(crate) statement: String,
    pub(crate) tables: String,
    pub(crate) outcome: Outcome,
    pub(crate) sqlstate: String,
    pub(crate) row_count: u64,
    pub(crate) duration_us: u64,
}

/// The record of an operation that commits by itself: written by the operation in its transaction.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    record: RefCell<Option<Box<Record>>>,
}

impl Entry {
    pub(crate) fn new(record: Option<Box<Record>>) -> Entry {
        Entry { record: RefCell::new(record) }
    }

    /// Writes the record in the transaction of `connection`, which is about to commit.
    pub(crate) fn write(&self, connection: &Connection) -> Result<(), Error> {
        match self.record.borrow_mut().take() {
            Some(record) => record.insert(&connection.prepare(Record::INSERT)?),
            None => Ok(()),
        }
    }

    /// Whether the operation has written it.
    pub(crate) fn is_written(&self) -> bool {
        self.record.borrow().is_none()
    }
}

/// Follows one operation from its start to its end.
#[derive(Debug)]
pub(crate) struct Receipt {
    log: Arc<AuditLog>,
    open: Option<Box<Open>>,
}

/// What a receipt follows: kept apart, so that receipts are cheap to hand on.
#[derive(Debug)]
struct Open {
    record: Record,
    began: Instant,
}

impl Open {
    /// The record as of now.
    fn ended(self, outcome: Outcome, rows: u64) -> Record {
        Record { outcome, row_count: rows, duration_us: self.began.elapsed().as_micros() as u64, ..self.record }
    }
}

impl Receipt {
    pub(crate) fn open(log: &Arc<AuditLog>, mut record: Record) -> Receipt {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        record.started_at = now.as_micros() as i64;
        Receipt { log: Arc::clone(log), open: Some(Box::new(Open { record, began: Instant::now() })) }
    }

    /// A copy of the record, to be written in the operation's own transaction. The receipt stays
    /// open until that transaction has committed ([`Receipt::settle`]) or failed.
    pub(crate) fn snapshot(self, outcome: Outcome, rows: u64) -> (Option<Box<Record>>, Receipt) {
        let copy = self.open.as_ref().map(|open| {
            let copy = Open { record: open.record.clone(), began: open.began };
            Box::new(copy.ended(outcome, rows))
        });
        (copy, self)
    }

    /// The record is in the database already.
    pub(crate) fn settle(mut self) {
        self.open = None;
    }

    /// Queues the record.
    pub(crate) fn close(mut self, outcome: Outcome, rows: u64) {
        if let Some(open) = self.open.take() {
            self.log.queue(open.ended(outcome, rows));
        }
    }

    /// Queues the record of an operation that failed.
    pub(crate) fn fail(mut self, error: &Error) {
        if let Some(open) = &mut self.open {
            open.record.sqlstate = error.sqlstate.to_owned();
        }
        let outcome =
            if error.kind == crate::error::ErrorKind::Cancelled { Outcome::Cancelled } else { Outcome::Error };
        self.close(outcome, 0);
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let rows = open.record.row_count;
            self.log.queue(open.ended(Outcome::Cancelled, rows));
        }
    }
}
