//! A session's transactions: who opened one, what it has changed, and how it ends.

use std::sync::Arc;

use hatidata_engine::Connection;
use hatidata_sql::{Kind, TableKey, Transaction as Command};

use super::Session;
use super::notify::Signal;
use super::savepoint::Savepoint;
use crate::audit::{Outcome, Record};
use crate::branch::{self, Alteration, Branch, Object, Registry, State, TransactionId};
use crate::error::{Error, ErrorKind, Result};
use crate::op::Operation;
use crate::query::Query;
use crate::settings::Settings;

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
pub(super) enum Opened {
    /// A statement for itself.
    Statement,
    /// The door, around several statements that the client sent together.
    Together,
    /// The client, with BEGIN.
    Client,
}

/// A transaction of a session. The engine's own begins with the first statement that needs it.
pub(super) struct Transaction {
    pub(super) id: TransactionId,
    pub(super) opened: Opened,
    pub(super) started: bool,
    pub(super) wrote: bool,
    pub(super) failed: bool,
    pub(super) read_only: bool,
    /// Statements that may have changed something, successful or not.
    pub(super) changes: u64,
    pub(super) savepoints: Vec<Savepoint>,
    /// What LISTEN and NOTIFY do when it commits.
    pub(super) signals: Vec<Signal>,
    /// Records of its changes, as they stand in the transaction: a rollback takes them with it.
    pub(super) records: Vec<Record>,
    /// The settings before the first that the transaction changed: ROLLBACK returns to them.
    pub(super) settings: Option<Settings>,
    /// In a branch: the registry as of the transaction's snapshot, and the branch with the
    /// transaction's own changes.
    pub(super) view: Option<(Arc<State>, Arc<Branch>)>,
    /// Objects of the branch to publish at commit; `None` removes one.
    pub(super) objects: Vec<(TableKey, Option<Object>)>,
    pub(super) alterations: Vec<(TableKey, Alteration)>,
    /// Whether views or macros of main changed.
    pub(super) definitions: bool,
}

impl Session {
    /// Where the session stands.
    pub fn transaction_status(&self) -> TransactionStatus {
        match &self.transaction {
            Some(t) if t.opened == Opened::Client && t.failed => TransactionStatus::Failed,
            Some(t) if t.opened == Opened::Client => TransactionStatus::Open,
            _ => TransactionStatus::Idle,
        }
    }

    /// Whether everything but the transaction's end is refused.
    pub(crate) fn is_failed(&self) -> bool {
        self.transaction.as_ref().is_some_and(|t| t.failed)
    }

    /// Whether statements run in a transaction that outlives them.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transaction.as_ref().is_some_and(|t| t.opened != Opened::Statement)
    }

    pub(super) fn open_transaction(&mut self, opened: Opened) {
        self.transaction = Some(Transaction {
            id: self.platform.registry.new_transaction(),
            opened,
            started: false,
            wrote: false,
            failed: false,
            read_only: false,
            changes: 0,
            savepoints: Vec::new(),
            signals: Vec::new(),
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

    /// `SET TRANSACTION READ ONLY` and `READ WRITE`
    pub(crate) fn set_read_only(&mut self, read_only: bool) -> Result<()> {
        match self.transaction.as_mut().filter(|t| t.opened != Opened::Statement) {
            None => self.notice("WARNING", "25P01", "SET TRANSACTION can only be used in transaction blocks"),
            Some(transaction) if transaction.read_only && transaction.started && !read_only => {
                return Err(Error::new(ErrorKind::State, "transaction read-write mode must be set before any query")
                    .state("25001")
                    .hint("COMMIT, then BEGIN READ WRITE"));
            }
            Some(transaction) => transaction.read_only = read_only,
        }
        Ok(())
    }

    /// Remembers the settings that a rollback of the open transaction returns to.
    pub(super) fn keep_settings(&mut self) {
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
        if let Err(error) = self.hold_cursors() {
            self.roll_back();
            return Err(error);
        }
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
        if result.is_ok() {
            self.send(transaction.signals);
        }
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
        self.cursors.retain(|_, cursor| cursor.is_held());
        // The first value that was replaced is the one to go back to.
        for (name, value) in std::mem::take(&mut self.local).into_iter().rev() {
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
        let ends = matches!(
            query.statement.kind,
            Kind::Transaction(Command::Commit | Command::Rollback | Command::RollbackTo)
        );
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

pub(super) fn failed_transaction() -> Error {
    Error::new(ErrorKind::State, "current transaction is aborted, commands ignored until end of transaction block")
        .state("25P02")
        .hint("ROLLBACK, then run the transaction again")
}
