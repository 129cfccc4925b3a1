//! The whole API that a door sees: open the platform, connect sessions, shut it down.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hatidata_engine::{Database, Options};
use parking_lot::{Condvar, Mutex};

use crate::audit::{self, AuditLog};
use crate::branch::{self, Registry};
use crate::deadline::Watchdog;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::Identity;
use crate::policy::DecisionCache;
use crate::query::{Catalogs, Dialects, Verified, install_dialects};
use crate::session::{Activities, Channels, Session};

/// An open database with everything that works on it.
pub struct Platform {
    pub(crate) database: Database,
    pub(crate) registry: Registry,
    pub(crate) audit: Arc<AuditLog>,
    pub(crate) decisions: DecisionCache,
    pub(crate) verified: Verified,
    pub(crate) dialects: Dialects,
    pub(crate) catalogs: Catalogs,
    /// Indexed columns of stored tables by schema and name.
    pub(crate) indexed: Mutex<IndexedColumns>,
    pub(crate) watchdog: Arc<Watchdog>,
    pub(crate) collector: Signal,
    pub(crate) channels: Channels,
    pub(crate) activities: Activities,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Columns by schema and name of their table, lower case.
pub(crate) type IndexedColumns = HashMap<(String, String), Arc<Vec<String>>>;

/// Wakes a background task.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Signal {
    pub(crate) fn wake(&self) {
        self.state.lock().0 = true;
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state.lock().1 = true;
        self.changed.notify_all();
    }

    /// Waits for a signal or the time; `false` when closed.
    fn wait(&self, time: Duration) -> bool {
        let mut state = self.state.lock();
        if !state.0 && !state.1 {
            self.changed.wait_for(&mut state, time);
        }
        state.0 = false;
        !state.1
    }
}

/// How often the collector looks even if nobody wakes it.
const COLLECT_EVERY: Duration = Duration::from_millis(500);

impl Platform {
    /// Opens the database file at `path` (in memory for `None`), creating it when absent.
    pub fn open(path: Option<&Path>, options: &Options) -> Result<Arc<Platform>> {
        let options = Options { prelude: Some(install_dialects), ..options.clone() };
        let database = Database::open(path, &options).map_err(|e| cannot_open(path, &e.message))?;
        let connection = database.connect()?;
        for statement in audit::CREATE_TABLES.split(';').chain(branch::CREATE_TABLES.split(';')) {
            connection.execute(statement).map_err(|e| cannot_open(path, &e.message))?;
        }
        install_dialects(&connection).map_err(|e| cannot_open(path, &e.message))?;
        let registry = Registry::open(&database)?;
        branch::expire(&registry)?;
        branch::drop_leftovers(&registry)?;
        let platform = Arc::new(Platform {
            database,
            registry,
            audit: Arc::default(),
            decisions: DecisionCache::default(),
            verified: Verified::default(),
            dialects: Dialects::default(),
            catalogs: Catalogs::default(),
            indexed: Mutex::default(),
            watchdog: Arc::default(),
            collector: Signal::default(),
            channels: Channels::default(),
            activities: Activities::default(),
            threads: Mutex::default(),
        });
        platform.start_threads(connection)?;
        Ok(platform)
    }

    /// Copies the database at `path` into a fresh file without free space and puts it in its place.
    pub fn compact(path: &Path, options: &Options) -> Result<()> {
        let fresh = path.with_extension("compact");
        let failed = |what: &str, e: std::io::Error| {
            Error::new(ErrorKind::Resource, format!("cannot {what} {}: {e}", fresh.display()))
                .hint("the database was not changed")
        };
        if fresh.exists() {
            std::fs::remove_file(&fresh).map_err(|e| failed("remove", e))?;
        }
        let options = Options { external_access: true, ..options.clone() };
        let database = Database::open(None, &options)?;
        let connection = database.connect()?;
        // What definitions call must be known where they are copied.
        install_dialects(&connection)?;
        let attach = |path: &Path, name: &str| {
            connection.execute(&format!("ATTACH {} AS {name}", hatidata_sql::literal(&path.to_string_lossy())))
        };
        attach(path, "source").map_err(|e| cannot_open(Some(path), &e.message))?;
        attach(&fresh, "target")?;
        connection.execute("COPY FROM DATABASE source TO target")?;
        connection.execute("DETACH source")?;
        connection.execute("CHECKPOINT target")?;
        connection.execute("DETACH target")?;
        std::fs::rename(&fresh, path).map_err(|e| failed("rename", e))
    }

    fn start_threads(self: &Arc<Self>, connection: hatidata_engine::Connection) -> Result<()> {
        let audit = Arc::clone(&self.audit);
        self.spawn("audit", move || audit.write_groups(&connection))?;
        let watchdog = Arc::clone(&self.watchdog);
        self.spawn("watchdog", move || watchdog.run())?;
        let platform = Arc::downgrade(self);
        self.spawn("collector", move || {
            while let Some(platform) = platform.upgrade() {
                // What fails now is tried again at the next turn.
                let _ = branch::expire(&platform.registry).and_then(|()| branch::collect(&platform.registry));
                if !platform.collector.wait(COLLECT_EVERY) {
                    return;
                }
            }
        })
    }

    fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .map_err(|e| Error::new(ErrorKind::Resource, format!("cannot start a thread: {e}")))?;
        self.threads.lock().push(thread);
        Ok(())
    }

    /// Opens a session for `identity` with the settings given at connection time.
    pub fn connect(self: &Arc<Self>, identity: Identity, settings: &[(String, String)]) -> Result<Session> {
        Session::open(Arc::clone(self), identity, settings)
    }

    /// Writes what is queued, stops the background tasks and writes a checkpoint.
    pub fn shut_down(&self) {
        self.collector.close();
        self.watchdog.close();
        self.audit.close();
        for thread in self.threads.lock().drain(..) {
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
        // Without it the next start replays the log, which is only slower.
        let _ = self.database.connect().and_then(|connection| connection.execute("CHECKPOINT"));
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Why a database file cannot be opened, with the next step.
fn cannot_open(path: Option<&Path>, message: &str) -> Error {
    let path = path.map_or("in memory".into(), |p| p.display().to_string());
    let lower = message.to_lowercase();
    let (what, hint) = if lower.contains("lock") {
        ("another process has it open", "stop that process (hati stop), or use another folder with --data-dir")
    } else if lower.contains("permission") || lower.contains("read-only") || lower.contains("read only") {
        ("it may not be written", "check the owner and permissions of the folder, or use another one with --data-dir")
    } else if lower.contains("no space") {
        ("the disk is full", "free some space; nothing was changed")
    } else if lower.contains("no such file") || lower.contains("cannot open file") {
        ("its folder does not exist or cannot be read", "create it with hati init")
    } else {
        ("it is damaged, or not a database of this version", "restore it from a backup; the file was not changed")
    };
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot open the database {path}: {what} ({})", message.lines().next().unwrap_or_default()),
    )
    .hint(hint)
}
