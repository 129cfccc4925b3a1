//! What all sessions share about branches: the state, the locks on tables, preservation and forks.
//!
//! * The state changes by replacing an immutable snapshot, after the database has committed it.
//! * A transaction that writes a table of main holds a shared lock on it until it ends; preserving
//!   happens under that table's latch before the lock is given. A merge takes tables exclusively.
//! * A fork excludes commits and first writes only for the moment in which it takes its number.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hatidata_engine::{Connection, Database};
use hatidata_sql::{ObjectName, TableKey};
use parking_lot::{Condvar, Mutex, RwLock};

use super::copy::copy_table;
use super::definition::Definition;
use super::model::{Branch, Preserved, State, VERSIONS_SCHEMA, Version};
use super::store;
use crate::error::{Error, ErrorKind, Result};

/// A transaction, as the holder of locks.
pub(crate) type TransactionId = u64;

/// What a lock is on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LockKey {
    /// `None` for main, else the branch's id.
    pub(crate) branch: Option<String>,
    pub(crate) table: TableKey,
}

/// How a transaction changes rows of a table. DuckDB notices that two transactions change one row
/// only if both do it in the same way, so the ways are kept apart here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Updates rows where they are.
    pub(crate) in_place: bool,
    /// Deletes rows, or updates them by deleting and inserting (RETURNING, indexed columns).
    pub(crate) moving: bool,
}

impl Ways {
    fn collides(self, other: Ways) -> bool {
        self.in_place && other.moving || self.moving && other.in_place
    }
}

/// A transaction that wants to write a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer {
    pub(crate) transaction: TransactionId,
    pub(crate) ways: Ways,
    /// It has a snapshot already, so waiting for another writer cannot help it.
    pub(crate) has_snapshot: bool,
}

#[derive(Debug, Default)]
struct Holders {
    writers: HashMap<TransactionId, Ways>,
    exclusive: Option<TransactionId>,
}

/// How long a lock is waited for, and when to give up before.
pub(crate) struct Patience<'a> {
    pub(crate) until: Instant,
    pub(crate) cancelled: &'a dyn Fn() -> bool,
}

impl Patience<'_> {
    /// How long a merge or a writer waits for the other by default.
    pub(crate) const DEFAULT: Duration = Duration::from_secs(3);
}

impl Holders {
    fn collides(&self, writer: &Writer) -> bool {
        self.writers.iter().any(|(id, ways)| *id != writer.transaction && ways.collides(writer.ways))
    }

    fn add(&mut self, writer: &Writer) {
        let ways = self.writers.entry(writer.transaction).or_default();
        ways.in_place |= writer.ways.in_place;
        ways.moving |= writer.ways.moving;
    }
}

pub(crate) struct Registry {
    database: Database,
    state: RwLock<Arc<State>>,
    /// Commits of transactions that wrote main share it; a fork has it alone.
    commits: RwLock<()>,
    locks: Mutex<HashMap<LockKey, Holders>>,
    released: Condvar,
    idle: Mutex<Vec<Connection>>,
    transactions: AtomicU64,
    /// Whether data was dropped whose space the file has not got back yet.
    pub(crate) dropped: AtomicBool,
}

impl Registry {
    /// Reads the registry from the database.
    pub(crate) fn open(database: &Database) -> Result<Registry> {
        let connection = database.connect()?;
        let state = store::load(&connection)?;
        Ok(Registry {
            database: database.clone(),
            state: RwLock::new(Arc::new(state)),
            commits: RwLock::new(()),
            locks: Mutex::default(),
            released: Condvar::new(),
            idle: Mutex::new(vec![connection]),
            transactions: AtomicU64::new(1),
            dropped: AtomicBool::new(true),
        })
    }

    /// Bytes in the database's write-ahead log.
    pub(crate) fn log_size(&self) -> u64 {
        self.database.log_size()
    }

    /// The state at this moment.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read())
    }

    /// Replaces the state. The change must already be committed in the database.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write();
        let mut next = State::clone(&state);
        change(&mut next);
        next.version += 1;
        if !Arc::ptr_eq(&next.branches, &state.branches) {
            next.derive();
        }
        *state = Arc::new(next);
    }

    pub(crate) fn new_transaction(&self) -> TransactionId {
        self.transactions.fetch_add(1, Ordering::Relaxed)
    }

    /// Runs `work` in a transaction of its own on an internal connection.
    pub(crate) fn transact<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with_connection(|connection| {
            connection.execute("BEGIN TRANSACTION")?;
            let result = work(connection).and_then(|value| {
                connection.execute("COMMIT")?;
                Ok(value)
            });
            if result.is_err() {
                // A failed COMMIT has ended the transaction already.
                let _ = connection.execute("ROLLBACK");
            }
            result
        })
    }

    /// Lends an internal connection.
    pub(crate) fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let pooled = self.idle.lock().pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => self.database.connect()?,
        };
        let result = work(&connection);
        self.idle.lock().push(connection);
        result
    }

    /// Commits a transaction that changed main; `publish` replaces the state in the same moment.
    pub(crate) fn commit_main(&self, connection: &Connection, publish: impl FnOnce() -> Result<()>) -> Result<()> {
        let _no_fork = self.commits.read();
        connection.execute("COMMIT")?;
        publish()
    }

    /// Commits a transaction that gave a branch objects of its own: no session may see the database
    /// after this commit with the state before it, or it would read some tables old and some new.
    pub(crate) fn commit_branch(&self, connection: &Connection, change: impl FnOnce(&mut State)) -> Result<()> {
        let _alone = self.commits.write();
        connection.execute("COMMIT")?;
        self.publish(change);
        Ok(())
    }

    /// Begins a transaction of a branch session: gives the state that belongs to its snapshot.
    ///
    /// If nothing was published while the snapshot was taken, then no write to main that the state
    /// does not know of is in the snapshot: such a write publishes its preserved version first.
    pub(crate) fn begin_branch(&self, connection: &Connection) -> Result<Arc<State>> {
        let _no_branch_commit = self.commits.read();
        loop {
            let before = self.state();
            connection.execute("BEGIN TRANSACTION")?;
            // The snapshot is taken when the transaction first touches the database.
            connection.prepare("SELECT id FROM _hatidata_branches.branches LIMIT 0")?;
            if self.state().version == before.version {
                return Ok(before);
            }
            connection.execute("ROLLBACK")?;
        }
    }

    /// Waits on the locks until `ready` says so.
    fn wait_for(
        &self,
        locks: &mut parking_lot::MutexGuard<'_, HashMap<LockKey, Holders>>,
        patience: &Patience<'_>,
        what: &LockKey,
    ) -> Result<()> {
        if (patience.cancelled)() {
            return Err(Error::new(ErrorKind::Cancelled, "canceling statement due to user request"));
        }
        let now = Instant::now();
        if now >= patience.until {
            return Err(Error::new(
                ErrorKind::Locked,
                format!("could not obtain the lock on table {} in time", what.table),
            )
            .hint("another transaction is writing it; end that transaction or try again in a moment"));
        }
        let slice = (patience.until - now).min(Duration::from_millis(50));
        self.released.wait_for(locks, slice);
        Ok(())
    }

    /// Waits for a writer of another kind, or reports the conflict if waiting cannot help.
    fn wait_or_conflict(
        &self,
        locks: &mut parking_lot::MutexGuard<'_, HashMap<LockKey, Holders>>,
        writer: &Writer,
        patience: &Patience<'_>,
        key: &LockKey,
    ) -> Result<()> {
        if writer.has_snapshot {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("another transaction is changing rows of table {}", key.table),
            )
            .hint("roll back and run the transaction again"));
        }
        self.wait_for(locks, patience, key)
    }

    /// Registers a writer of main's `table`, preserving its present version first
    /// if an open branch still needs it.
    pub(crate) fn write_main(&self, writer: Writer, table: &TableKey, patience: &Patience<'_>) -> Result<()> {
        let transaction = writer.transaction;
        let key = LockKey { branch: None, table: table.clone() };
        let mut locks = self.locks.lock();
        loop {
            let holders = locks.entry(key.clone()).or_default();
            if holders.exclusive == Some(transaction) {
                return Ok(());
            }
            if holders.exclusive.is_some() {
                self.wait_for(&mut locks, patience, &key)?;
                continue;
            }
            if holders.collides(&writer) {
                self.wait_or_conflict(&mut locks, &writer, patience, &key)?;
                continue;
            }
            if holders.writers.contains_key(&transaction) {
                // Registered before; a fork since then has preserved the table itself.
                holders.add(&writer);
                return Ok(());
            }
            if !self.state().must_preserve(table) {
                holders.add(&writer);
                return Ok(());
            }
            holders.exclusive = Some(transaction);
            drop(locks);
            let fork = self.state().fork;
            let preserved = self.transact(|connection| self.preserve(connection, table, fork)).map(|version| {
                self.publish(|state| add_version(state, table, Arc::new(version)));
            });
            locks = self.locks.lock();
            if let Some(holders) = locks.get_mut(&key) {
                holders.exclusive = None;
            }
            self.released.notify_all();
            preserved?;
        }
    }

    /// Registers `transaction` as a writer of a branch's table.
    pub(crate) fn write_branch(
        &self,
        writer: Writer,
        branch: &str,
        table: &TableKey,
        patience: &Patience<'_>,
    ) -> Result<()> {
        let key = LockKey { branch: Some(branch.to_owned()), table: table.clone() };
        let mut locks = self.locks.lock();
        loop {
            let holders = locks.entry(key.clone()).or_default();
            match holders.exclusive {
                Some(holder) if holder != writer.transaction => self.wait_for(&mut locks, patience, &key)?,
                _ if holders.collides(&writer) => self.wait_or_conflict(&mut locks, &writer, patience, &key)?,
                _ => {
                    // Looked at after all waiting: from here on the branch's data is not dropped
                    // before this transaction has ended.
                    self.state().open(branch)?;
                    holders.add(&writer);
                    return Ok(());
                }
            }
        }
    }

    /// Takes all of `keys` exclusively, once no other transaction holds any of them.
    pub(crate) fn take(&self, transaction: TransactionId, keys: &[LockKey], patience: &Patience<'_>) -> Result<()> {
        let mut locks = self.locks.lock();
        loop {
            let busy = keys.iter().find(|key| {
                locks.get(key).is_some_and(|h| {
                    h.exclusive.is_some_and(|t| t != transaction) || h.writers.keys().any(|t| *t != transaction)
                })
            });
            match busy {
                Some(key) => self.wait_for(&mut locks, patience, key)?,
                None => {
                    for key in keys {
                        locks.entry(key.clone()).or_default().exclusive = Some(transaction);
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Waits until no other transaction writes in a branch, and keeps new ones out of its tables.
    pub(crate) fn take_branch(&self, transaction: TransactionId, branch: &str, patience: &Patience<'_>) -> Result<()> {
        loop {
            let mut keys: Vec<LockKey> =
                self.locks.lock().keys().filter(|key| key.branch.as_deref() == Some(branch)).cloned().collect();
            if let Some(known) = self.state().branches.get(branch) {
                keys.extend(
                    known.objects.keys().map(|t| LockKey { branch: Some(branch.to_owned()), table: t.clone() }),
                );
            }
            self.take(transaction, &keys, patience)?;
            let locks = self.locks.lock();
            let others = locks.iter().any(|(key, holders)| {
                key.branch.as_deref() == Some(branch) && holders.writers.keys().any(|t| *t != transaction)
            });
            if !others {
                return Ok(());
            }
        }
    }

    /// Preserves main's `table` for the open branches other than `branch`, which is being merged.
    pub(crate) fn preserve_for_others(&self, table: &TableKey, branch: &str) -> Result<()> {
        let state = self.state();
        let needed =
            state.branches.values().filter(|b| b.needs_data() && b.id != branch).map(|b| b.fork).max().unwrap_or(0);
        let preserved = state.versions.get(table).and_then(|v| v.last()).map_or(0, |v| v.fork);
        if needed > preserved {
            let version = self.transact(|connection| self.preserve(connection, table, state.fork))?;
            self.publish(|state| add_version(state, table, Arc::new(version)));
        }
        Ok(())
    }

    /// Commits a merge: main's rows and definitions, and the end of the branch, in one moment.
    pub(crate) fn commit_merge(
        &self,
        connection: &Connection,
        ended: Branch,
        alterations: Vec<(TableKey, super::model::Alteration)>,
    ) -> Result<()> {
        self.commit_main(connection, || {
            let views = Arc::new(store::load_views(connection)?);
            let macros = Arc::new(store::load_macros(connection)?);
            self.publish(|state| {
                state.views = views;
                state.macros = macros;
                for (key, alteration) in alterations {
                    state.add_alteration(key, alteration);
                }
                state.branches_mut().insert(ended.id.clone(), Arc::new(ended));
            });
            Ok(())
        })
    }

    /// Takes one table of a branch exclusively: until the transaction that copies it has ended.
    pub(crate) fn take_branch_table(
        &self,
        transaction: TransactionId,
        branch: &str,
        table: &TableKey,
        patience: &Patience<'_>,
    ) -> Result<()> {
        let key = LockKey { branch: Some(branch.to_owned()), table: table.clone() };
        self.take(transaction, std::slice::from_ref(&key), patience)?;
        self.state().open(branch).map(drop).inspect_err(|_| {
            if let Some(holders) = self.locks.lock().get_mut(&key) {
                holders.exclusive = None;
            }
        })
    }

    /// The first write of a branch to `table`: copies what the branch sees, in a short transaction
    /// of its own. A second session waits for the copy and then shares it.
    pub(crate) fn copy_into_branch(&self, branch: &str, table: &TableKey, patience: &Patience<'_>) -> Result<()> {
        let transaction = self.new_transaction();
        self.take_branch_table(transaction, branch, table, patience)?;
        let copied = self.with_connection(|connection| {
            let state = self.begin_branch(connection)?;
            let result = state.open(branch).cloned().and_then(|branch| {
                if branch.objects.contains_key(table) {
                    return Ok(None);
                }
                copy_table(connection, &state, &branch, table).map(Some)
            });
            match result {
                Ok(Some(object)) => self.commit_branch(connection, |state| {
                    if let Some(branch) = state.branch_mut(branch) {
                        branch.objects.insert(table.clone(), Arc::new(object));
                    }
                }),
                Ok(None) => {
                    connection.execute("ROLLBACK")?;
                    Ok(())
                }
                Err(error) => {
                    // The error that matters is the first one.
                    let _ = connection.execute("ROLLBACK");
                    Err(error)
                }
            }
        });
        self.release(transaction);
        copied
    }

    /// Gives back everything that `transaction` holds.
    pub(crate) fn release(&self, transaction: TransactionId) {
        let mut locks = self.locks.lock();
        locks.retain(|_, holders| {
            holders.writers.remove(&transaction);
            if holders.exclusive == Some(transaction) {
                holders.exclusive = None;
            }
            !holders.writers.is_empty() || holders.exclusive.is_some()
        });
        drop(locks);
        self.released.notify_all();
    }

    /// Whether an open transaction writes a table of this branch, or of main for `None`.
    pub(crate) fn has_writers(&self, branch: Option<&str>) -> bool {
        let in_use = |holders: &Holders| !holders.writers.is_empty() || holders.exclusive.is_some();
        self.locks.lock().iter().any(|(key, holders)| key.branch.as_deref() == branch && in_use(holders))
    }

    /// Takes the next fork number and lets `create` store the branch that sees it. Tables that open
    /// transactions are writing are preserved from their committed state before it returns.
    pub(crate) fn fork(&self, create: impl FnOnce(&Connection, u64) -> Result<Branch>) -> Result<Arc<Branch>> {
        let _no_commit = self.commits.write();
        let locks = self.locks.lock();
        let fork = self.state().fork + 1;
        let written: Vec<TableKey> = locks
            .iter()
            .filter(|(key, holders)| {
                key.branch.is_none() && (!holders.writers.is_empty() || holders.exclusive.is_some())
            })
            .map(|(key, _)| key.table.clone())
            .collect();
        let (branch, versions) = self.transact(|connection| {
            let branch = create(connection, fork)?;
            let versions = written.iter().map(|t| self.preserve(connection, t, fork)).collect::<Result<Vec<_>>>()?;
            Ok((Arc::new(branch), versions))
        })?;
        self.publish(|state| {
            for (table, version) in written.iter().zip(versions) {
                add_version(state, table, Arc::new(version));
            }
            state.fork = fork;
            state.branches_mut().insert(branch.id.clone(), Arc::clone(&branch));
        });
        Ok(branch)
    }

    /// Keeps what main's `table` is now for the branches up to `fork`. Runs in the transaction of
    /// `connection`, which is not the writer's: that would make every other writer fail.
    fn preserve(&self, connection: &Connection, table: &TableKey, fork: u64) -> Result<Version> {
        let state = self.state();
        let (schema, name, preserved) = match Definition::of_main(connection, table)? {
            Some(definition) => {
                let stored = format!("{}.{}@{fork}", definition.schema, definition.name);
                let target = ObjectName::in_schema(VERSIONS_SCHEMA, stored.as_str());
                connection
                    .execute(&format!("CREATE OR REPLACE TABLE {target} AS SELECT * FROM {}", definition.quoted()))?;
                let Definition { schema, name, ddl, indexes } = definition;
                (schema, name, Preserved::Table { stored, ddl, indexes })
            }
            None => {
                let preserved = match (state.views.get(table), state.macros.get(table)) {
                    (Some(sql), _) => Preserved::View { sql: sql.clone() },
                    (None, Some(sql)) => Preserved::Macro { sql: sql.clone() },
                    (None, None) => Preserved::Absent,
                };
                (table.schema.clone(), table.name.clone(), preserved)
            }
        };
        let version = Version { fork, schema, name, preserved };
        store::insert_version(connection, &version)?;
        Ok(version)
    }
}

fn add_version(state: &mut State, table: &TableKey, version: Arc<Version>) {
    let versions = state.versions_mut(table);
    versions.retain(|v| v.fork != version.fork);
    versions.push(version);
    versions.sort_by_key(|v| v.fork);
}
