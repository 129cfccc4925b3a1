//! A session: one client's connection to the platform, with its identity, settings, branch and
//! transaction.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use hatidata_engine::{Connection, Interrupt, Mode, Prepared, Rows, Value};
use hatidata_sql::{Kind, TableKey, Transaction as Command};

use crate::audit::{Outcome, Record};
use crate::branch::{self, Alteration, Branch, Object, Patience, Registry, State, TransactionId};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::Identity;
use crate::op::Operation;
use crate::platform::Platform;
use crate::query::{Query, Stream, StreamId, Verified};
use crate::settings::Settings;

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

/// Where a session stands, as clients are told after every statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Not in a transaction.
    Idle,
    /// In one.
    Open,
    /// In one that has failed.
    Failed,
}

/// Who opened a transaction and so who ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// A statement for itself.
    Statement,
    /// The door, around several statements that the client sent together.
    Together,
    /// The client, with BEGIN.
    Client,
}

/// A transaction of a session. The engine's own begins with the first statement that needs it.
struct Transaction {
    id: TransactionId,
    opened: Opened,
    started: bool,
    wrote: bool,
    failed: bool,
    read_only: bool,
    /// Records of its changes, as they stand in the transaction: a rollback takes them with it.
    records: Vec<Record>,
    /// The settings before the first that the transaction changed: ROLLBACK returns to them.
    settings: Option<Settings>,
    /// In a branch: the registry as of the transaction's snapshot, and the branch with the
    /// transaction's own changes.
    view: Option<(Arc<State>, Arc<Branch>)>,
    /// Objects of the branch to publish at commit; `None` removes one.
    objects: Vec<(TableKey, Option<Object>)>,
    alterations: Vec<(TableKey, Alteration)>,
    /// Whether views or macros of main changed.
    definitions: bool,
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
    audit_insert: Option<Prepared>,
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
            audit_insert: None,
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
                self.connection.check_syntax(&query.statement.sql).map_err(|e| {
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

    // Transactions.

    /// Where the session stands.
    pub fn transaction_status(&self) -> TransactionStatus {
        match &self.transaction {
            Some(t) if t.opened == Opened::Client && t.failed => TransactionStatus::Failed,
            Some(t) if t.opened == Opened::Client => TransactionStatus::Open,
            _ => TransactionStatus::Idle,
        }
    }

    /// Whether statements run in a transaction that outlives them.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.as_ref().is_some_and(|t| t.opened != Opened::Statement)
    }

    fn open_transaction(&mut self, opened: Opened) {
        self.transaction = Some(Transaction {
            id: self.platform.registry.new_transaction(),
            opened,
            started: false,
            wrote: false,
            failed: false,
            read_only: false,
            records: Vec::new(),
            settings: None,
            view: None,
            objects: Vec::new(),
            alterations: Vec::new(),
            definitions: false,
        });
    }

    pub(crate) fn open_own_transaction(&mut self) {
        if self.transaction.is_none() {
            self.open_transaction(Opened::Statement);
        }
    }

    /// Rolls back the transaction of a statement that stands alone.
    pub(crate) fn abandon_own_transaction(&mut self) {
        if self.transaction.as_ref().is_some_and(|t| t.opened == Opened::Statement) {
            self.roll_back();
        }
    }

    /// Ends what an abandoned stream of rows left open.
    pub(crate) fn end_abandoned(&mut self) {
        let streaming = self.streams.values().any(|s| s.is_open_transaction());
        if !streaming {
            self.abandon_own_transaction();
        }
    }

    /// Groups the following statements into one transaction until [`Session::end_together`]: what
    /// Postgres does with statements that are sent together.
    pub fn begin_together(&mut self) {
        if self.transaction.is_none() {
            self.open_transaction(Opened::Together);
        }
    }

    /// Ends such a group: commits, or rolls back if a statement failed.
    pub fn end_together(&mut self) -> Result<()> {
        match &self.transaction {
            Some(t) if t.opened == Opened::Together && t.failed => {
                self.roll_back();
                Ok(())
            }
            Some(t) if t.opened == Opened::Together => self.commit(),
            _ => Ok(()),
        }
    }

    /// `BEGIN`
    pub(crate) fn begin(&mut self, read_only: bool) -> Result<String> {
        match &mut self.transaction {
            Some(t) if t.opened == Opened::Client => {
                if t.failed {
                    return Err(failed_transaction());
                }
                self.notice("WARNING", "25001", "there is already a transaction in progress");
            }
            Some(t) => t.opened = Opened::Client,
            None => self.open_transaction(Opened::Client),
        }
        if let Some(transaction) = &mut self.transaction {
            transaction.read_only = read_only;
        }
        Ok("BEGIN".into())
    }

    /// `COMMIT` and `ROLLBACK`
    pub(crate) fn end(&mut self, commit: bool) -> Result<String> {
        let tag = if commit { "COMMIT" } else { "ROLLBACK" };
        match &self.transaction {
            None => {
                self.notice("WARNING", "25P01", "there is no transaction in progress");
                Ok(tag.into())
            }
            Some(t) if t.failed || !commit => {
                self.roll_back();
                Ok("ROLLBACK".into())
            }
            Some(_) => self.commit().map(|()| tag.into()),
        }
    }

    /// Begins the engine's transaction if the session's has none yet.
    pub(crate) fn start_transaction(&mut self) -> Result<()> {
        let Some(transaction) = &mut self.transaction else { return Ok(()) };
        if transaction.started {
            return Ok(());
        }
        match &self.branch {
            None => {
                self.connection.execute("BEGIN TRANSACTION")?;
            }
            Some(id) => {
                let state = self.platform.registry.begin_branch(&self.connection)?;
                match state.open(id).cloned() {
                    Ok(branch) => transaction.view = Some((state, branch)),
                    Err(error) => {
                        self.connection.execute("ROLLBACK")?;
                        return Err(error);
                    }
                }
            }
        }
        transaction.started = true;
        Ok(())
    }

    /// Gives the transaction a new snapshot; possible as long as it has written nothing.
    pub(crate) fn restart_transaction(&mut self) -> Result<()> {
        if let Some(transaction) = &mut self.transaction
            && transaction.started
        {
            transaction.started = false;
            transaction.view = None;
            self.connection.execute("ROLLBACK")?;
        }
        Ok(())
    }

    /// The registry's state and the branch as the open transaction sees them.
    pub(crate) fn transaction_view(&self) -> Result<(Arc<State>, Arc<Branch>)> {
        self.transaction
            .as_ref()
            .and_then(|t| t.view.clone())
            .ok_or_else(|| Error::internal("a branch transaction without a view"))
    }

    pub(crate) fn transaction_id(&self) -> TransactionId {
        self.transaction.as_ref().map_or(0, |t| t.id)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        let by_default =
            || self.settings.get("default_transaction_read_only").is_some_and(|v| matches!(v, "on" | "true" | "1"));
        self.transaction.as_ref().is_some_and(|t| t.read_only) || by_default()
    }

    /// Remembers the settings that a rollback of the open transaction returns to.
    fn keep_settings(&mut self) {
        let settings = &self.settings;
        if let Some(transaction) = self.transaction.as_mut().filter(|t| t.settings.is_none()) {
            transaction.settings = Some(settings.clone());
        }
    }

    pub(crate) fn has_started(&self) -> bool {
        self.transaction.as_ref().is_some_and(|t| t.started)
    }

    pub(crate) fn has_written(&self) -> bool {
        self.transaction.as_ref().is_some_and(|t| t.wrote)
    }

    pub(crate) fn note_change(&mut self) {
        if let Some(transaction) = &mut self.transaction {
            transaction.wrote = true;
        }
    }

    pub(crate) fn note_definitions(&mut self) {
        if let Some(transaction) = &mut self.transaction {
            transaction.definitions = true;
        }
    }

    pub(crate) fn note_alteration(&mut self, key: TableKey, alteration: Alteration) {
        if let Some(transaction) = &mut self.transaction {
            transaction.alterations.push((key, alteration));
        }
    }

    /// Changes an object of the transaction's branch: stored now, published at commit.
    pub(crate) fn set_object(&mut self, key: &TableKey, object: Option<Object>) -> Result<()> {
        let Some(transaction) = &mut self.transaction else { return Ok(()) };
        let Some((_, branch)) = &mut transaction.view else { return Ok(()) };
        branch::save_object(&self.connection, &branch.id, key, object.as_ref())?;
        let branch = Arc::make_mut(branch);
        match &object {
            Some(object) => branch.objects.insert(key.clone(), Arc::new(object.clone())),
            None => branch.objects.remove(key),
        };
        transaction.objects.push((key.clone(), object));
        Ok(())
    }

    pub(crate) fn commit(&mut self) -> Result<()> {
        let Some(transaction) = self.transaction.take() else { return Ok(()) };
        let registry = &self.platform.registry;
        let mut result = Ok(());
        if transaction.started {
            result = if !transaction.objects.is_empty() {
                let id = self.branch.clone().unwrap_or_default();
                registry.commit_branch(&self.connection, |state| {
                    if let Some(branch) = state.branch_mut(&id) {
                        for (key, object) in transaction.objects {
                            match object {
                                Some(object) => branch.objects.insert(key, Arc::new(object)),
                                None => branch.objects.remove(&key),
                            };
                        }
                    }
                })
            } else if self.branch.is_none() && transaction.wrote {
                registry.commit_main(&self.connection, || {
                    publish_definitions(registry, &self.connection, transaction.definitions, transaction.alterations)
                })
            } else {
                self.connection.execute("COMMIT").map(|_| ()).map_err(Error::from)
            };
            if result.is_err() {
                // A failed COMMIT has usually ended the transaction already.
                let _ = self.connection.execute("ROLLBACK");
            }
        }
        registry.release(transaction.id);
        self.after_transaction();
        result.map_err(|e| Error { position: None, ..e })
    }

    pub(crate) fn roll_back(&mut self) {
        if let Some(transaction) = self.transaction.take() {
            if transaction.started {
                // An interrupt that ended the statement must not keep its transaction from ending.
                self.connection.arm();
                // An engine transaction that an error has ended cannot be rolled back again.
                let _ = self.connection.execute("ROLLBACK");
            }
            for mut record in transaction.records {
                record.outcome = Outcome::RolledBack;
                self.platform.audit.queue(record);
            }
            self.platform.registry.release(transaction.id);
            self.after_transaction();
            if let Some(settings) = transaction.settings {
                self.settings = settings;
                let _ = self.apply_timezone();
            }
            if !self.temporary.is_empty() {
                let _ = self.refresh_temporary();
            }
        }
    }

    fn after_transaction(&mut self) {
        for (name, value) in std::mem::take(&mut self.local) {
            match value {
                Some(value) => self.settings.set(&name, value),
                None => drop(self.settings.reset(&name)),
            }
            if name == "timezone" {
                let _ = self.apply_timezone();
            }
        }
    }

    /// Marks the transaction failed: everything but its end is refused from now on.
    pub(crate) fn fail_transaction(&mut self) {
        self.abandon_own_transaction();
        if let Some(transaction) = &mut self.transaction {
            transaction.failed = true;
        }
    }

    /// Tells the session that its client's current group of statements has failed at the door.
    pub fn fail(&mut self) {
        self.fail_transaction();
    }

    pub(crate) fn refuse_in_failed_transaction(&self, query: &Query) -> Result<()> {
        let ends = matches!(query.statement.kind, Kind::Transaction(Command::Commit | Command::Rollback));
        match &self.transaction {
            Some(t) if t.failed && !ends => Err(failed_transaction()),
            _ => Ok(()),
        }
    }

    pub(crate) fn refuse_operation_in_transaction(&mut self, op: &Operation) -> Result<()> {
        match &self.transaction {
            Some(t) if t.opened == Opened::Client || t.wrote => {
                Err(Error::new(ErrorKind::State, format!("{} cannot run inside a transaction", op.function))
                    .state("25001")
                    .hint("COMMIT or ROLLBACK first"))
            }
            _ => Ok(()),
        }
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

    // Settings.

    fn apply_timezone(&mut self) -> Result<()> {
        let zone = self.settings.get("timezone").unwrap_or("UTC").to_owned();
        self.connection.execute(&format!("SET TimeZone = {}", hatidata_sql::literal(&zone))).map_err(|e| {
            Error::new(ErrorKind::InvalidInput, format!("invalid value for parameter \"TimeZone\": \"{zone}\"")).hint(
                if e.message.contains("icu") {
                    "time zones need the ICU extension"
                } else {
                    "use a name such as Europe/Berlin or UTC"
                },
            )
        })?;
        Ok(())
    }

    pub(crate) fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<()> {
        let Some(value) = value else { return self.reset(name) };
        if name == "hatidata_branch" {
            return self.switch_branch(value);
        }
        let value = self.settings.checked(name, value)?;
        self.keep_settings();
        let before = self.settings.get(name).map(str::to_owned);
        self.settings.set(name, value);
        if name == "timezone"
            && let Err(error) = self.apply_timezone()
        {
            self.settings.set(name, before.unwrap_or_default());
            return Err(error);
        }
        if local {
            if self.in_transaction() {
                self.local.push((name.to_owned(), before));
            } else {
                self.settings.set(name, before.unwrap_or_default());
                self.notice("WARNING", "25P01", "SET LOCAL can only be used in transaction blocks");
            }
        }
        Ok(())
    }

    pub(crate) fn reset(&mut self, name: &str) -> Result<()> {
        if name == "hatidata_branch" {
            return self.return_home();
        }
        self.keep_settings();
        self.settings.reset(name)?;
        if name == "timezone" { self.apply_timezone() } else { Ok(()) }
    }

    pub(crate) fn reset_all(&mut self) -> Result<()> {
        self.keep_settings();
        self.settings.reset_all();
        self.apply_timezone()?;
        self.return_home()
    }

    fn return_home(&mut self) -> Result<()> {
        if self.branch == self.home {
            return Ok(());
        }
        self.switch_branch("")?;
        // A home that has ended meanwhile says so when it is used.
        self.branch = self.home.clone();
        Ok(())
    }

    pub(crate) fn show(&self, name: &str) -> Result<String> {
        match name {
            "hatidata_branch" => Ok(self.branch_name()),
            name => self.settings.show(name).map(str::to_owned),
        }
    }

    pub(crate) fn show_all(&self) -> Vec<Vec<Option<String>>> {
        self.settings
            .all()
            .map(|(name, value)| vec![Some(name.to_owned()), Some(value.to_owned()), Some(String::new())])
            .collect()
    }

    /// `DISCARD`, `CLOSE`, `DEALLOCATE`, `LISTEN` and their kin.
    pub(crate) fn session_command(&mut self, word: &str, sql: &str) -> Result<()> {
        match word {
            "DISCARD" if sql.to_ascii_uppercase().contains("ALL") => {
                if self.in_transaction() {
                    return Err(Error::new(ErrorKind::State, "DISCARD ALL cannot run inside a transaction block")
                        .state("25001"));
                }
                self.prepared.clear();
                for name in std::mem::take(&mut self.temporary) {
                    let name = hatidata_sql::quote(&name);
                    // The list does not say which of them are views.
                    if self.connection.execute(&format!("DROP TABLE temp.main.{name}")).is_err() {
                        self.connection.execute(&format!("DROP VIEW temp.main.{name}"))?;
                    }
                }
                self.reset_all()
            }
            "LISTEN" | "NOTIFY" => {
                Err(Error::new(ErrorKind::Unsupported, format!("{word} is not offered yet"))
                    .hint("poll a table instead"))
            }
            _ => Ok(()),
        }
    }
}

/// Publishes what a committed transaction changed in main's definitions.
fn publish_definitions(
    registry: &Registry,
    connection: &Connection,
    definitions: bool,
    alterations: Vec<(TableKey, Alteration)>,
) -> Result<()> {
    if !definitions && alterations.is_empty() {
        return Ok(());
    }
    let (views, macros, keys) = match definitions {
        true => (
            Some(branch::load_views(connection)?),
            Some(branch::load_macros(connection)?),
            Some(branch::load_keys(connection)?),
        ),
        false => (None, None, None),
    };
    registry.publish(|state| {
        if let Some(views) = views {
            state.views = Arc::new(views);
        }
        if let Some(macros) = macros {
            state.macros = Arc::new(macros);
        }
        if let Some(keys) = keys {
            state.keys = Arc::new(keys);
        }
        for (key, alteration) in alterations {
            state.add_alteration(key, alteration);
        }
    });
    Ok(())
}

fn failed_transaction() -> Error {
    Error::new(ErrorKind::State, "current transaction is aborted, commands ignored until end of transaction block")
        .state("25P02")
        .hint("ROLLBACK, then run the transaction again")
}

impl Drop for Session {
    fn drop(&mut self) {
        self.streams.clear();
        self.roll_back();
    }
}
