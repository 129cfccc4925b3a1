//! A session: one client's connection to the platform, with its identity, settings, branch and
//! transaction.

mod activity;
mod notify;
mod savepoint;
mod setting;
mod transaction;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use hatidata_engine::{Connection, Interrupt, Mode, Prepared, Rows, Value};
use hatidata_sql::Kind;

use crate::audit::Record;
use crate::branch::{Branch, Patience, Registry, State};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::Identity;
use crate::platform::Platform;
use crate::query::{Cursor, Query, Stored, Stream, StreamId, Verified};
use crate::settings::Settings;

pub(crate) use activity::Activities;
use notify::Inbox;
pub use notify::Notification;
pub(crate) use notify::{Channels, Signal};
pub use transaction::TransactionStatus;
use transaction::{Opened, Transaction};

/// What a client is told beside its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `WARNING` or `NOTICE`.
    pub severity: &'static str,
    /// SQLSTATE.
    pub sqlstate: &'static str,
    /// One sentence.
    pub message: String,
}

/// Why a session's statement was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CancelReason {
    /// Nobody asked.
    None,
    /// The user did.
    User,
    /// `statement_timeout` was over.
    Timeout,
    /// The server is shutting down.
    Shutdown,
}

/// Stops what a session is running, from any thread.
#[derive(Debug, Clone)]
pub struct Canceller {
    interrupt: Interrupt,
    reason: Arc<AtomicU8>,
}

impl Canceller {
    /// Stops the running statement, if any.
    pub fn cancel(&self, reason: CancelReason) {
        self.reason.store(reason as u8, Ordering::SeqCst);
        self.interrupt.interrupt();
    }
}

/// One client's connection to the platform.
pub struct Session {
    platform: Arc<Platform>,
    connection: Connection,
    id: String,
    identity: Identity,
    settings: Settings,
    /// Values that `SET LOCAL` replaced, to be put back at the end of the transaction.
    local: Vec<(String, Option<String>)>,
    /// The id of the branch that the session is on.
    branch: Option<String>,
    /// The one that its connection was opened on: RESET returns there.
    home: Option<String>,
    transaction: Option<Transaction>,
    streams: HashMap<u64, Stream>,
    next_stream: u64,
    prepared: HashMap<String, Prepared>,
    /// The dialect that the engine's own settings fit now.
    pub(crate) spoken: hatidata_sql::Dialect,
    audit_insert: Option<Prepared>,
    /// Statements that SQL has prepared, by name.
    pub(crate) stored: HashMap<String, Arc<Stored>>,
    /// Cursors that SQL has declared, by name.
    pub(crate) cursors: HashMap<String, Cursor>,
    inbox: Arc<Inbox>,
    activity: Option<Arc<activity::Activity>>,
    number: i32,
    temporary: Vec<String>,
    notices: Vec<Notice>,
    reason: Arc<AtomicU8>,
    random: AtomicU64,
}

/// Prepared statements that a session keeps.
const PREPARED_MAX: usize = 256;

impl Session {
    pub(crate) fn open(platform: Arc<Platform>, identity: Identity, given: &[(String, String)]) -> Result<Session> {
        let mut settings = Settings::new(given)?;
        let connection = platform.database.connect()?;
        let id = uuid::Uuid::now_v7().to_string();
        let seed = identity.agent_id.len() as u64 ^ uuid::Uuid::new_v4().as_u128() as u64 | 1;
        let on_branch = settings.get("hatidata_branch").unwrap_or_default().to_owned();
        settings.set("hatidata_branch", String::new());
        let mut session = Session {
            platform,
            connection,
            id,
            identity,
            settings,
            local: Vec::new(),
            branch: None,
            home: None,
            transaction: None,
            streams: HashMap::new(),
            next_stream: 0,
            prepared: HashMap::new(),
            spoken: hatidata_sql::Dialect::DuckDb,
            audit_insert: None,
            stored: HashMap::new(),
            cursors: HashMap::new(),
            inbox: Arc::default(),
            activity: None,
            number: 0,
            temporary: Vec::new(),
            notices: Vec::new(),
            reason: Arc::new(AtomicU8::new(0)),
            random: AtomicU64::new(seed),
        };
        session.apply_timezone()?;
        if !on_branch.is_empty() {
            session.switch_branch(&on_branch)?;
            session.home = session.branch.clone();
        }
        Ok(session)
    }

    // What the rest of the crate asks of a session.

    pub(crate) fn platform(&self) -> Arc<Platform> {
        Arc::clone(&self.platform)
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.platform.registry
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn verified(&self) -> &Verified {
        &self.platform.verified
    }

    /// The database name that the client asked for; any name means the one database.
    pub(crate) fn database(&self) -> &str {
        &self.identity.database
    }

    /// Reads the statements of a text that are sent to the engine, without running any: a text with
    /// a syntax error runs none of its statements.
    pub fn check_syntax(&self, queries: &[Arc<Query>]) -> Result<()> {
        for query in queries {
            let own = query.call.is_some()
                || matches!(
                    query.statement.kind,
                    Kind::Set | Kind::Reset | Kind::Show | Kind::Session(_) | Kind::Transaction(_) | Kind::Empty
                );
            if !own {
                self.check_syntax_of(&query.statement.sql).map_err(|e| {
                    let error = Error::from(e);
                    Error { position: error.position.map(|p| p + query.offset), ..error }
                })?;
            }
        }
        Ok(())
    }

    /// Names this session in the audit.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The value of a setting.
    pub fn setting(&self, name: &str) -> Option<&str> {
        match name {
            "hatidata_branch" => None,
            name => self.settings.get(name),
        }
    }

    /// What to tell the client beside the result of the last statement.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    pub(crate) fn notice(&mut self, severity: &'static str, sqlstate: &'static str, message: impl Into<String>) {
        self.notices.push(Notice { severity, sqlstate, message: message.into() });
    }

    /// A handle that stops this session's statements.
    pub fn canceller(&self) -> Canceller {
        Canceller { interrupt: self.connection.interrupt(), reason: Arc::clone(&self.reason) }
    }

    pub(crate) fn jitter(&self) -> u64 {
        // xorshift: enough to keep colliding sessions from colliding again.
        let mut x = self.random.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.store(x, Ordering::Relaxed);
        x
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let ms = self.settings.timeout_ms("statement_timeout");
        (ms > 0).then(|| self.platform.watchdog.watch(Duration::from_millis(ms), self.canceller()))
    }

    pub(crate) fn lock_patience(&self) -> Duration {
        match self.settings.timeout_ms("lock_timeout") {
            0 => Patience::DEFAULT,
            ms => Duration::from_millis(ms),
        }
    }

    /// Says why a statement was interrupted.
    pub(crate) fn explain_cancel(&self, error: Error) -> Error {
        if error.kind != ErrorKind::Cancelled {
            return error;
        }
        match self.reason.swap(0, Ordering::SeqCst) {
            r if r == CancelReason::Timeout as u8 => {
                Error::new(ErrorKind::Cancelled, "canceling statement due to statement timeout")
                    .hint("raise statement_timeout, or make the statement smaller")
            }
            r if r == CancelReason::Shutdown as u8 => {
                Error::new(ErrorKind::Unavailable, "terminating connection due to administrator command").state("57P01")
            }
            _ => Error::new(ErrorKind::Cancelled, "canceling statement due to user request"),
        }
    }

    // Statements on the engine.

    pub(crate) fn execute(
        &mut self,
        sql: &str,
        params: &[Value],
        mode: Mode,
    ) -> std::result::Result<Rows, hatidata_engine::EngineError> {
        if let Some(prepared) = self.prepared.get(sql) {
            return prepared.run(params, mode);
        }
        let prepared = self.connection.prepare(sql)?;
        let rows = prepared.run(params, mode)?;
        // Only statements with parameters are sure to come again.
        if !params.is_empty() {
            if self.prepared.len() >= PREPARED_MAX {
                self.prepared.clear();
            }
            self.prepared.insert(sql.to_owned(), prepared);
        }
        Ok(rows)
    }

    pub(crate) fn write_record(&mut self, record: Option<Box<Record>>) -> Result<()> {
        let Some(record) = record else { return Ok(()) };
        if let Some(transaction) = self.transaction.as_mut().filter(|t| t.opened != Opened::Statement) {
            transaction.records.push(Record::clone(&record));
        }
        if self.audit_insert.is_none() {
            self.audit_insert = Some(self.connection.prepare(Record::INSERT)?);
        }
        match &self.audit_insert {
            Some(prepared) => record.insert(prepared),
            None => Ok(()),
        }
    }

    /// Columns of a stored table that have an index, lower case; remembered until a definition changes.
    pub(crate) fn indexed_columns(&self, schema: &str, name: &str) -> Result<Arc<Vec<String>>> {
        let key = (schema.to_lowercase(), name.to_lowercase());
        if let Some(known) = self.platform.indexed.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let rows = self.connection.query_text(
            "SELECT lower(unnest(constraint_column_names)) FROM duckdb_constraints() \
             WHERE lower(schema_name) = $1 AND lower(table_name) = $2 AND constraint_type IN ('PRIMARY KEY', 'UNIQUE') \
             UNION ALL SELECT lower(trim(unnest(string_split(trim(expressions, '[]'), ',')), ' \"''')) FROM duckdb_indexes() \
             WHERE lower(schema_name) = $1 AND lower(table_name) = $2",
            &[Value::Text(key.0.clone()), Value::Text(key.1.clone())],
        )?;
        let columns: Arc<Vec<String>> = Arc::new(rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect());
        self.platform.indexed.lock().insert(key, Arc::clone(&columns));
        Ok(columns)
    }

    pub(crate) fn forget_indexed_columns(&self) {
        self.platform.indexed.lock().clear();
    }

    pub(crate) fn wake_collector(&self) {
        self.platform.collector.wake();
    }

    // Streams of rows.

    pub(crate) fn add_stream(&mut self, stream: Stream) -> StreamId {
        self.next_stream += 1;
        self.streams.insert(self.next_stream, stream);
        StreamId(self.next_stream)
    }

    pub(crate) fn take_stream(&mut self, id: StreamId) -> Option<Stream> {
        self.streams.remove(&id.0)
    }

    pub(crate) fn put_stream(&mut self, id: StreamId, stream: Stream) {
        self.streams.insert(id.0, stream);
    }

    pub(crate) fn stream_ref(&self, id: StreamId) -> Option<&Stream> {
        self.streams.get(&id.0)
    }

    pub(crate) fn drop_streams(&mut self) {
        self.streams.clear();
        self.abandon_own_transaction();
    }

    pub(crate) fn streams_mut(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.streams.values_mut()
    }

    // The branch.

    /// The id of the session's branch; none on main.
    pub(crate) fn branch_id(&self) -> Option<&str> {
        self.branch.as_deref()
    }

    pub(crate) fn is_on_branch(&self) -> bool {
        self.branch.is_some()
    }

    /// The name of the session's branch, or nothing on main.
    pub fn branch_name(&self) -> String {
        let state = self.registry().state();
        self.branch.as_ref().and_then(|id| state.branches.get(id)).map(|b| b.name.clone()).unwrap_or_default()
    }

    /// The session's branch as an open transaction sees it, else as it is now.
    pub(crate) fn visible_branch(&self, state: &State) -> Result<Arc<Branch>> {
        if let Some((_, branch)) = self.transaction.as_ref().and_then(|t| t.view.as_ref()) {
            return Ok(Arc::clone(branch));
        }
        match &self.branch {
            Some(id) => state.open(id).cloned(),
            None => Err(Error::internal("the session is not on a branch")),
        }
    }

    /// Puts the session on a branch, or on main with an empty name.
    pub(crate) fn switch_branch(&mut self, name: &str) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::new(ErrorKind::State, "the branch cannot be switched inside a transaction")
                .state("25001")
                .hint("COMMIT or ROLLBACK first"));
        }
        self.end_abandoned();
        self.branch = match name {
            "" => None,
            name if name.eq_ignore_ascii_case("main") => None,
            name => Some(self.registry().state().open(name)?.id.clone()),
        };
        Ok(())
    }

    /// Runs `work` with the session on another branch for the time of it. A transaction stays on
    /// its branch, so inside one only its own branch can be queried.
    pub(crate) fn on_branch<T>(&mut self, name: &str, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let id = self.registry().state().open(name)?.id.clone();
        if self.branch.as_deref() == Some(&id) {
            return work(self);
        }
        if self.transaction.as_ref().is_some_and(|t| t.opened == Opened::Client || t.started) {
            return Err(Error::new(ErrorKind::State, "another branch cannot be queried inside a transaction")
                .state("25001")
                .hint("COMMIT or ROLLBACK first, or run the transaction on a connection to dbname/branch"));
        }
        let before = self.branch.replace(id);
        let outer = self.transaction.take();
        let mut result = work(self);
        if outer.is_some() {
            if let Err(error) = self.buffer_open_streams() {
                self.drop_streams();
                result = Err(error);
            }
            self.transaction = outer;
        }
        // Otherwise a read transaction may go on until its rows are fetched.
        self.branch = before;
        result
    }

    // Temporary tables.

    pub(crate) fn temporary_names(&self) -> &[String] {
        &self.temporary
    }

    pub(crate) fn is_temporary(&self, name: &hatidata_sql::ObjectName) -> bool {
        name.catalog.as_deref() == Some("temp")
            || name.schema.as_deref() == Some("temp")
            || name.schema.is_none() && self.temporary.contains(&name.name.to_lowercase())
    }

    /// Reads again which temporary tables and views the session has.
    pub(crate) fn refresh_temporary(&mut self) -> Result<()> {
        let rows = self.connection.query_text(
            "SELECT lower(table_name) FROM duckdb_tables() WHERE temporary \
             UNION ALL SELECT lower(view_name) FROM duckdb_views() WHERE temporary AND NOT internal",
            &[],
        )?;
        self.temporary = rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect();
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.hide_activity();
        self.unlisten_all();
        self.streams.clear();
        self.roll_back();
    }
}
