//! Opening a database, running statements on a connection, and stopping them.

use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libduckdb_sys as ffi;
use parking_lot::Mutex;

use crate::batch::Batch;
use crate::error::EngineError;
use crate::load::Loader;
use crate::logical::Layout;
use crate::types::{Column, SqlType, Value};

/// The size of the log at which DuckDB makes a commit wait for a checkpoint. It is a last resort: whoever
/// opens the database is expected to run CHECKPOINT long before, where no client waits (see [`Database::log_size`]).
const CHECKPOINT_AT_COMMIT: &str = "1GB";

/// What makes functions known to a database before anything in it is read.
pub type Prelude = fn(&Connection) -> Result<(), EngineError>;

/// How a database is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Memory DuckDB may use, in its own spelling (`4GB`); its default is 80 % of the machine.
    pub memory_limit: Option<String>,
    /// Worker threads; its default is one per core.
    pub threads: Option<u32>,
    /// Whether statements may read and write files and other databases.
    pub external_access: bool,
    /// Makes known what definitions in the file may call, before its log is replayed.
    pub prelude: Option<Prelude>,
}

/// An open database file, or one in memory.
#[derive(Debug, Clone)]
pub struct Database {
    inner: Arc<DatabaseInner>,
    /// The write-ahead log; none in memory.
    log: Option<PathBuf>,
}

#[derive(Debug)]
struct DatabaseInner(ffi::duckdb_database);

// SAFETY: DuckDB's database object is thread-safe.
unsafe impl Send for DatabaseInner {}
// SAFETY: as above.
unsafe impl Sync for DatabaseInner {}

impl Drop for DatabaseInner {
    fn drop(&mut self) {
        // SAFETY: owned, closed once; connections hold this alive until they are gone.
        unsafe { ffi::duckdb_close(&mut self.0) }
    }
}

pub(crate) fn text(raw: *const c_char) -> String {
    if raw.is_null() {
        return String::new();
    }
    // SAFETY: DuckDB's strings are terminated.
    unsafe { CStr::from_ptr(raw) }.to_string_lossy().into_owned()
}

pub(crate) fn c_string(value: &str) -> Result<CString, EngineError> {
    CString::new(value).map_err(|_| EngineError {
        class: crate::ErrorClass::Statement,
        sqlstate: "22021",
        message: "text contains a zero byte".into(),
        hint: Some("remove the zero byte; binary data belongs into a BLOB".into()),
        position: None,
    })
}

impl Database {
    /// Opens the file at `path`, creating it when absent; `None` opens one in memory.
    ///
    /// A log that DuckDB cannot replay while it opens its first database is replayed by attaching it:
    /// 1.5.5 looks functions in column defaults up in the default database, which is not there yet
    /// (`docs/decisions/0008-log-replay.md`).
    pub fn open(path: Option<&Path>, options: &Options) -> Result<Database, EngineError> {
        match (Self::open_once(path, options), path) {
            (Err(failed), Some(file)) if failed.message.contains("no default database set") => {
                Self::replay_attached(file, options).map_err(|_| failed)?;
                Self::open_once(path, options)
            }
            (opened, _) => opened,
        }
    }

    /// Attaches `file` to a database in memory, which replays its log, and writes it into the file.
    fn replay_attached(file: &Path, options: &Options) -> Result<(), EngineError> {
        let memory = Self::open_once(None, &Options { external_access: true, ..options.clone() })?;
        let connection = memory.connect()?;
        if let Some(prelude) = options.prelude {
            prelude(&connection)?;
        }
        // The name is the one the file has when it is opened: definitions in it may say it.
        connection.execute(&format!("ATTACH '{}'", file.to_string_lossy().replace('\'', "''")))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().replace('"', "\"\"");
        connection.execute(&format!("CHECKPOINT \"{name}\""))?;
        connection.execute(&format!("DETACH \"{name}\""))?;
        Ok(())
    }

    fn open_once(path: Option<&Path>, options: &Options) -> Result<Database, EngineError> {
        let log = path.map(|p| PathBuf::from(format!("{}.wal", p.display())));
        let path = c_string(&path.map_or(":memory:".into(), |p| p.to_string_lossy()))?;
        let mut settings = vec![
            ("autoinstall_known_extensions", "false".to_owned()),
            ("autoload_known_extensions", "false".to_owned()),
            ("allow_community_extensions", "false".to_owned()),
            ("checkpoint_threshold", CHECKPOINT_AT_COMMIT.to_owned()),
            // Full row groups are written while a transaction goes on, not all at once by its commit.
            ("write_buffer_row_group_count", "1".to_owned()),
            ("enable_external_access", options.external_access.to_string()),
        ];
        settings.extend(options.memory_limit.clone().map(|v| ("memory_limit", v)));
        settings.extend(options.threads.map(|v| ("threads", v.to_string())));
        // SAFETY: out-parameters are initialised by DuckDB; the configuration is destroyed on every way out.
        unsafe {
            let mut config: ffi::duckdb_config = std::ptr::null_mut();
            ffi::duckdb_create_config(&mut config);
            for (name, value) in settings {
                let (c_name, c_value) = (c_string(name)?, c_string(&value)?);
                if ffi::duckdb_set_config(config, c_name.as_ptr(), c_value.as_ptr()) != ffi::DuckDBSuccess {
                    ffi::duckdb_destroy_config(&mut config);
                    return Err(EngineError::parse(&format!("Invalid Input Error: {value:?} is not a valid {name}")));
                }
            }
            let mut raw: ffi::duckdb_database = std::ptr::null_mut();
            let mut error: *mut c_char = std::ptr::null_mut();
            let state = ffi::duckdb_open_ext(path.as_ptr(), &mut raw, config, &mut error);
            ffi::duckdb_destroy_config(&mut config);
            if state != ffi::DuckDBSuccess {
                let message = text(error);
                ffi::duckdb_free(error.cast());
                return Err(EngineError::parse(&message));
            }
            Ok(Database { inner: Arc::new(DatabaseInner(raw)), log })
        }
    }

    /// Bytes in the write-ahead log, which a CHECKPOINT moves into the file.
    pub fn log_size(&self) -> u64 {
        self.log.as_ref().and_then(|log| log.metadata().ok()).map_or(0, |metadata| metadata.len())
    }

    /// A new connection: a session of its own with its own transaction.
    pub fn connect(&self) -> Result<Connection, EngineError> {
        let mut raw: ffi::duckdb_connection = std::ptr::null_mut();
        // SAFETY: the database is open; `raw` is initialised on success.
        if unsafe { ffi::duckdb_connect(self.inner.0, &mut raw) } != ffi::DuckDBSuccess {
            return Err(EngineError::internal("DuckDB refused a new connection"));
        }
        let inner =
            Arc::new(ConnectionInner { raw, cancelled: AtomicBool::new(false), _database: Arc::clone(&self.inner) });
        let connection = Connection { inner, busy: Mutex::new(()) };
        connection.execute("SET errors_as_json = true")?;
        // DuckDB counts the vectors of waiting rows but not their texts: of wide rows, this many
        // bytes of vectors are already hundreds of megabytes.
        connection.execute("SET streaming_buffer_size = '256KB'")?;
        Ok(connection)
    }
}

#[derive(Debug)]
pub(crate) struct ConnectionInner {
    pub(crate) raw: ffi::duckdb_connection,
    /// Set by [`Interrupt`], cleared by the owner before a statement: closes the gap between
    /// a cancel and a statement that has not begun to run.
    pub(crate) cancelled: AtomicBool,
    _database: Arc<DatabaseInner>,
}

// SAFETY: a connection may move between threads; DuckDB serialises calls on it.
unsafe impl Send for ConnectionInner {}
// SAFETY: shared only to interrupt (documented as thread-safe) and to keep it alive.
unsafe impl Sync for ConnectionInner {}

impl Drop for ConnectionInner {
    fn drop(&mut self) {
        // SAFETY: owned, disconnected once, after all statements and results (they hold an `Arc`).
        unsafe { ffi::duckdb_disconnect(&mut self.raw) }
    }
}

/// Stops whatever a connection is running. Cheap to clone, callable from any thread.
#[derive(Debug, Clone)]
pub struct Interrupt(Arc<ConnectionInner>);

impl Interrupt {
    /// Stops the running statement, or the next one if none runs before [`Connection::arm`].
    pub fn interrupt(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        // SAFETY: the connection is alive; the call is thread-safe.
        unsafe { ffi::duckdb_interrupt(self.0.raw) }
    }
}

/// A session of the engine with a transaction of its own.
#[derive(Debug)]
pub struct Connection {
    inner: Arc<ConnectionInner>,
    busy: Mutex<()>,
}

/// Whether the rows of a statement are produced while they are fetched or all before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rows are produced as they are fetched; the connection's next statement ends them.
    Stream,
    /// All rows are computed first: what a statement that changes data needs.
    Collect,
}

impl Connection {
    /// A handle that can stop this connection's statements.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(Arc::clone(&self.inner))
    }

    /// Forgets an interrupt that arrived before now: called when a new operation starts.
    pub fn arm(&self) {
        self.inner.cancelled.store(false, Ordering::SeqCst);
    }

    /// Whether an interrupt has arrived since [`Connection::arm`].
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::SeqCst)
    }

    /// Prepares one statement. Text that DuckDB turns into several (`PIVOT`) runs all but the last.
    pub fn prepare(&self, sql: &str) -> Result<Prepared, EngineError> {
        let _busy = self.busy.lock();
        let sql = c_string(sql)?;
        let mut extracted: ffi::duckdb_extracted_statements = std::ptr::null_mut();
        // SAFETY: handles are initialised by DuckDB and destroyed on every way out.
        unsafe {
            let count = ffi::duckdb_extract_statements(self.inner.raw, sql.as_ptr(), &mut extracted);
            let result = self.prepare_extracted(extracted, count);
            ffi::duckdb_destroy_extracted(&mut extracted);
            result
        }
    }

    /// # Safety
    /// `extracted` holds `count` statements of this connection.
    unsafe fn prepare_extracted(
        &self,
        extracted: ffi::duckdb_extracted_statements,
        count: u64,
    ) -> Result<Prepared, EngineError> {
        // SAFETY: promised by the caller; indexes stay below `count`.
        unsafe {
            if count == 0 {
                let message = text(ffi::duckdb_extract_statements_error(extracted));
                return Err(match message.is_empty() {
                    true => EngineError::parse("Parser Error: no statement in the text"),
                    false => EngineError::parse(&message),
                });
            }
            for index in 0..count {
                let mut raw: ffi::duckdb_prepared_statement = std::ptr::null_mut();
                let state = ffi::duckdb_prepare_extracted_statement(self.inner.raw, extracted, index, &mut raw);
                let prepared = Prepared::new(raw, Arc::clone(&self.inner));
                if state != ffi::DuckDBSuccess {
                    return Err(EngineError::parse(&text(ffi::duckdb_prepare_error(raw))));
                }
                if index + 1 == count {
                    return Ok(prepared);
                }
                prepared.run(&[], Mode::Collect)?;
            }
        }
        Err(EngineError::internal("DuckDB extracted no statement"))
    }

    /// Whether DuckDB's parser can read a text; nothing is bound or run.
    pub fn check_syntax(&self, sql: &str) -> Result<(), EngineError> {
        let sql = c_string(sql)?;
        let mut extracted: ffi::duckdb_extracted_statements = std::ptr::null_mut();
        // SAFETY: the handle is initialised by DuckDB and destroyed once.
        unsafe {
            let count = ffi::duckdb_extract_statements(self.inner.raw, sql.as_ptr(), &mut extracted);
            let message =
                if count == 0 { text(ffi::duckdb_extract_statements_error(extracted)) } else { String::new() };
            ffi::duckdb_destroy_extracted(&mut extracted);
            if message.is_empty() { Ok(()) } else { Err(EngineError::parse(&message)) }
        }
    }

    /// Takes rows of `columns` and runs `query` over them, a part at a time; in it they are the table `source`.
    pub fn load(&self, query: &str, source: &str, columns: &[(String, SqlType)]) -> Result<Loader, EngineError> {
        // SAFETY: the loader keeps the connection alive.
        unsafe { Loader::new(Arc::clone(&self.inner), query, source, columns) }
    }

    /// Runs one statement for its effect and gives the number of rows it changed.
    pub fn execute(&self, sql: &str) -> Result<u64, EngineError> {
        self.execute_with(sql, &[])
    }

    /// As [`Connection::execute`], with parameters.
    pub fn execute_with(&self, sql: &str, params: &[Value]) -> Result<u64, EngineError> {
        Ok(self.prepare(sql)?.run(params, Mode::Collect)?.rows_changed())
    }

    /// The connection in DuckDB's C API.
    pub(crate) fn raw(&self) -> ffi::duckdb_connection {
        self.inner.raw
    }

    /// Runs a query and gives every row as text, `None` for `NULL`: for small internal results.
    ///
    /// Columns must be of type `VARCHAR`, `BOOLEAN` or an integer.
    pub fn query_text(&self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Option<String>>>, EngineError> {
        use crate::Scalar;
        let mut rows = self.prepare(sql)?.run(params, Mode::Collect)?;
        let mut out = Vec::new();
        while let Some(batch) = rows.next_batch()? {
            for row in 0..batch.rows() {
                out.push(
                    (0..batch.columns())
                        .map(|column| match batch.get(column, row) {
                            Scalar::Text(value) => Some(value.to_owned()),
                            Scalar::Int(value) => Some(value.to_string()),
                            Scalar::UInt(value) => Some(value.to_string()),
                            Scalar::HugeInt(value) => Some(value.to_string()),
                            Scalar::Bool(value) => Some(value.to_string()),
                            _ => None,
                        })
                        .collect(),
                );
            }
        }
        Ok(out)
    }
}

/// A statement whose parameters and columns are known.
#[derive(Debug)]
pub struct Prepared {
    raw: ffi::duckdb_prepared_statement,
    connection: Arc<ConnectionInner>,
    params: Vec<SqlType>,
    columns: Vec<Column>,
}

// SAFETY: a prepared statement may move between threads; it is not used from two at once.
unsafe impl Send for Prepared {}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: owned, destroyed once, while its connection is alive.
        unsafe { ffi::duckdb_destroy_prepare(&mut self.raw) }
    }
}

impl Prepared {
    /// # Safety
    /// `raw` is a prepared statement of `connection` (possibly a failed one), owned by nobody else.
    unsafe fn new(raw: ffi::duckdb_prepared_statement, connection: Arc<ConnectionInner>) -> Prepared {
        let mut prepared = Prepared { raw, connection, params: Vec::new(), columns: Vec::new() };
        if raw.is_null() {
            return prepared;
        }
        // SAFETY: promised by the caller; a failed statement has neither parameters nor columns.
        unsafe {
            for index in 1..=ffi::duckdb_nparams(raw) {
                prepared.params.push(Layout::take(ffi::duckdb_param_logical_type(raw, index)).sql_type);
            }
            for index in 0..ffi::duckdb_prepared_statement_column_count(raw) {
                let name = ffi::duckdb_prepared_statement_column_name(raw, index);
                let sql_type = Layout::take(ffi::duckdb_prepared_statement_column_logical_type(raw, index)).sql_type;
                prepared.columns.push(Column { name: text(name), sql_type });
                ffi::duckdb_free(name.cast_mut().cast());
            }
        }
        prepared
    }

    /// The types of `$1`, `$2`, …; `Unknown` where DuckDB cannot tell.
    pub fn params(&self) -> &[SqlType] {
        &self.params
    }

    /// The columns of the result as far as they are known before running.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Runs the statement with `params` bound to `$1`, `$2`, ….
    pub fn run(&self, params: &[Value], mode: Mode) -> Result<Rows, EngineError> {
        if params.len() != self.params.len() {
            return Err(EngineError {
                sqlstate: "08P01",
                hint: Some("give one value for every parameter of the statement".into()),
                ..EngineError::parse(&format!(
                    "Invalid Input Error: {} values were given for {} parameters",
                    params.len(),
                    self.params.len()
                ))
            });
        }
        if let Some(column) = self.columns.iter().find(|c| matches!(c.sql_type, SqlType::Other(_))) {
            return Err(EngineError::unsupported(
                format!("column \"{}\" has a type that cannot be sent", column.name),
                format!("cast it: \"{}\"::VARCHAR", column.name),
            ));
        }
        // SAFETY: the statement is alive; values live until DuckDB has copied them; the result is owned by `Rows`.
        unsafe {
            for (index, value) in params.iter().enumerate() {
                let handle = value.to_duckdb()?;
                if ffi::duckdb_bind_value(self.raw, index as u64 + 1, handle.0) != ffi::DuckDBSuccess {
                    return Err(EngineError::parse(&text(ffi::duckdb_prepare_error(self.raw))));
                }
            }
            if self.connection.cancelled.load(Ordering::SeqCst) {
                return Err(EngineError::parse("INTERRUPT Error: Interrupted!"));
            }
            let mut result: ffi::duckdb_result = std::mem::zeroed();
            let state = match mode {
                Mode::Stream => ffi::duckdb_execute_prepared_streaming(self.raw, &mut result),
                Mode::Collect => ffi::duckdb_execute_prepared(self.raw, &mut result),
            };
            let rows = Rows::new(result, Arc::clone(&self.connection));
            if state != ffi::DuckDBSuccess {
                return Err(rows.error());
            }
            Ok(rows)
        }
    }
}

/// The result of a statement, fetched batch by batch.
#[derive(Debug)]
pub struct Rows {
    result: ffi::duckdb_result,
    connection: Arc<ConnectionInner>,
    columns: Vec<Column>,
    layouts: Vec<Layout>,
    ended: bool,
}

// SAFETY: a result may move between threads; it is not used from two at once.
unsafe impl Send for Rows {}

impl Drop for Rows {
    fn drop(&mut self) {
        // SAFETY: owned, destroyed once, while its connection is alive.
        unsafe { ffi::duckdb_destroy_result(&mut self.result) }
    }
}

impl Rows {
    /// # Safety
    /// `result` was initialised by DuckDB on `connection` and is owned by nobody else.
    unsafe fn new(result: ffi::duckdb_result, connection: Arc<ConnectionInner>) -> Rows {
        let mut rows = Rows { result, connection, columns: Vec::new(), layouts: Vec::new(), ended: false };
        // SAFETY: promised by the caller; a failed result has no columns.
        unsafe {
            for index in 0..ffi::duckdb_column_count(&mut rows.result) {
                let layout = Layout::take(ffi::duckdb_column_logical_type(&mut rows.result, index));
                let name = text(ffi::duckdb_column_name(&mut rows.result, index));
                rows.columns.push(Column { name, sql_type: layout.sql_type.clone() });
                rows.layouts.push(layout);
            }
        }
        rows
    }

    fn error(mut self) -> EngineError {
        self.take_error().unwrap_or_else(|| EngineError::internal("DuckDB failed without saying why"))
    }

    fn take_error(&mut self) -> Option<EngineError> {
        // SAFETY: the result is alive.
        let message = text(unsafe { ffi::duckdb_result_error(&mut self.result) });
        (!message.is_empty()).then(|| EngineError::parse(&message))
    }

    /// The columns of the result.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether this is a set of rows, rather than a count of changed rows or nothing.
    pub fn returns_rows(&self) -> bool {
        // SAFETY: the result is alive; it is passed by value but not consumed.
        let kind = unsafe { ffi::duckdb_result_return_type(self.result) };
        kind == ffi::duckdb_result_type_DUCKDB_RESULT_TYPE_QUERY_RESULT
    }

    /// Rows changed by an INSERT, UPDATE, DELETE, MERGE, COPY FROM or CREATE TABLE AS.
    pub fn rows_changed(&self) -> u64 {
        let mut result = self.result;
        // SAFETY: the result is alive; the copy shares its internals and is not destroyed.
        unsafe { ffi::duckdb_rows_changed(&mut result) }
    }

    /// The next batch, or `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, EngineError> {
        if self.ended {
            return Ok(None);
        }
        if let Some(column) = self.columns.iter().find(|c| matches!(c.sql_type, SqlType::Other(_))) {
            self.ended = true;
            return Err(EngineError::unsupported(
                format!("column \"{}\" has a type that cannot be sent", column.name),
                format!("cast it: \"{}\"::VARCHAR", column.name),
            ));
        }
        // SAFETY: the result is alive; a fetched chunk is owned by the batch.
        unsafe {
            let chunk = ffi::duckdb_fetch_chunk(self.result);
            if chunk.is_null() {
                self.ended = true;
                if let Some(error) = self.take_error() {
                    return Err(error);
                }
                if self.connection.cancelled.load(Ordering::SeqCst) {
                    return Err(EngineError::parse("INTERRUPT Error: Interrupted!"));
                }
                return Ok(None);
            }
            let batch = Batch::take(chunk, &self.layouts);
            if batch.rows() == 0 {
                self.ended = true;
                return Ok(None);
            }
            Ok(Some(batch))
        }
    }
}
