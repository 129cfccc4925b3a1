//! The audit's table, and the queue that fills it in groups.

use hatidata_engine::{Connection, Value};
use parking_lot::{Condvar, Mutex};

use super::receipt::Record;
use crate::error::{Error, ErrorKind, Result};

/// The audit's own schema.
pub(crate) const CREATE_TABLES: &str = "
    CREATE SCHEMA IF NOT EXISTS _hatidata_audit;
    CREATE TABLE IF NOT EXISTS _hatidata_audit.operations (
        started_at TIMESTAMPTZ, session_id VARCHAR, agent_id VARCHAR, framework VARCHAR, user_name VARCHAR,
        door VARCHAR, request_id VARCHAR, reasoning_step VARCHAR, branch VARCHAR, operation VARCHAR,
        statement VARCHAR, tables VARCHAR, outcome VARCHAR, sqlstate VARCHAR, row_count BIGINT, duration_us BIGINT)";

const INSERT: &str = "INSERT INTO _hatidata_audit.operations SELECT make_timestamptz(r.started_at), r.session_id, \
    r.agent_id, r.framework, r.user_name, r.door, r.request_id, r.reasoning_step, r.branch, r.operation, r.statement, \
    r.tables, r.outcome, r.sqlstate, r.row_count, r.duration_us FROM (SELECT unnest(from_json($1::JSON, \
    '[{\"started_at\":\"BIGINT\",\"session_id\":\"VARCHAR\",\"agent_id\":\"VARCHAR\",\"framework\":\"VARCHAR\",\
    \"user_name\":\"VARCHAR\",\"door\":\"VARCHAR\",\"request_id\":\"VARCHAR\",\"reasoning_step\":\"VARCHAR\",\
    \"branch\":\"VARCHAR\",\"operation\":\"VARCHAR\",\"statement\":\"VARCHAR\",\"tables\":\"VARCHAR\",\
    \"outcome\":\"VARCHAR\",\"sqlstate\":\"VARCHAR\",\"row_count\":\"BIGINT\",\"duration_us\":\"BIGINT\"}]')) AS r)";

const INSERT_ONE: &str = "INSERT INTO _hatidata_audit.operations VALUES (make_timestamptz($1::BIGINT), $2, $3, $4, $5, $6, $7, \
    $8, $9, $10, $11, $12, $13, $14, $15, $16)";

/// Records waiting to be written.
#[derive(Debug, Default)]
pub(crate) struct AuditLog {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    records: Vec<Record>,
    failure: Option<String>,
    closed: bool,
}

impl AuditLog {
    /// More than this many unwritten records mean that writing fails: operations are refused.
    const QUEUE_MAX: usize = 200_000;

    pub(crate) fn queue(&self, record: Record) {
        self.queue.lock().records.push(record);
        self.wake.notify_one();
    }

    /// Refuses operations while records cannot be written.
    pub(crate) fn check(&self) -> Result<()> {
        let queue = self.queue.lock();
        match &queue.failure {
            Some(reason) => Err(Error::new(ErrorKind::Unavailable, format!("the audit cannot be written: {reason}"))
                .hint("operations are refused until it can; check disk space and the server's log")),
            None if queue.records.len() > Self::QUEUE_MAX => {
                Err(Error::new(ErrorKind::Resource, "the audit cannot keep up with the operations")
                    .hint("try again in a moment"))
            }
            None => Ok(()),
        }
    }

    /// Ends [`AuditLog::write_groups`] after it has written what is queued.
    pub(crate) fn close(&self) {
        self.queue.lock().closed = true;
        self.wake.notify_all();
    }

    /// Writes queued records in groups until the log is closed.
    pub(crate) fn write_groups(&self, connection: &Connection) {
        loop {
            let (records, closed) = {
                let mut queue = self.queue.lock();
                if queue.records.is_empty() && !queue.closed {
                    self.wake.wait(&mut queue);
                }
                (std::mem::take(&mut queue.records), queue.closed)
            };
            if !records.is_empty() {
                let failure = insert_all(connection, &records).err().map(|e| e.message);
                let mut queue = self.queue.lock();
                if failure.is_some() {
                    queue.records.splice(0..0, records);
                }
                queue.failure = failure;
                if queue.failure.is_some() && queue.closed {
                    return;
                }
            } else if closed {
                return;
            }
            if !closed {
                // A group is what arrives in this time.
                std::thread::sleep(std::time::Duration::from_millis(40));
            }
        }
    }
}

fn insert_all(connection: &Connection, records: &[Record]) -> Result<()> {
    let json = serde_json::to_string(records).map_err(|e| Error::internal(format!("audit record: {e}")))?;
    connection.execute_with(INSERT, &[Value::Text(json)])?;
    Ok(())
}

impl Record {
    /// Writes this record in the transaction of `connection`.
    pub(crate) fn insert(self, prepared: &hatidata_engine::Prepared) -> Result<()> {
        let outcome = match self.outcome {
            super::Outcome::Ok => "ok",
            super::Outcome::Error => "error",
            super::Outcome::Cancelled => "cancelled",
            super::Outcome::RolledBack => "rolled_back",
        };
        let values = [
            Value::Int(self.started_at),
            Value::Text(self.session_id),
            Value::Text(self.agent_id),
            Value::Text(self.framework),
            Value::Text(self.user_name),
            Value::Text(self.door),
            Value::Text(self.request_id),
            Value::Text(self.reasoning_step),
            Value::Text(self.branch),
            Value::Text(self.operation),
            Value::Text(self.statement),
            Value::Text(self.tables),
            Value::Text(outcome.into()),
            Value::Text(self.sqlstate),
            Value::Int(self.row_count as i64),
            Value::Int(self.duration_us as i64),
        ];
        prepared.run(&values, hatidata_engine::Mode::Collect)?;
        Ok(())
    }

    /// The statement that [`Record::insert`] runs, to be prepared once per connection.
    pub(crate) const INSERT: &'static str = INSERT_ONE;
}
