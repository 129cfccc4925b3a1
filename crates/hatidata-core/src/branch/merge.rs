//! `branch.merge`: the branch's changes become main's, in one transaction.
//!
//! 1. Lock the branch's tables and main's tables of the same names; preserve what other branches need.
//! 2. In one transaction: bring both sides to one definition, compare (`rows`), collect conflicts.
//! 3. Decide conflicts by the strategy; apply by phases; end the branch; commit. Or roll back.

use std::collections::HashMap;
use std::sync::Arc;

use hatidata_engine::Connection;
use hatidata_sql::{
    ObjectName, TableKey, add_constraints, parse_one, quote, rename_object, split_foreign_keys, table_columns,
    view_parts,
};

use super::compare::{self, Identity};
use super::conflicts::{self, Resolution};
use super::copy::base_of;
use super::definition::{Definition, columns_text};
use super::model::{Alteration, Branch, Content, Object, Preserved, State, Status, VERSIONS_SCHEMA};
use super::registry::{LockKey, Patience, Registry, TransactionId};
use super::rows::{Conflict, Counts, RowPlan, Side, Versions};
use super::{columns, store};
use crate::answer::Answer;
use crate::audit::Entry;
use crate::clock::now_micros;
use crate::error::{Error, ErrorKind, Result};

/// Who wins a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    BranchWins,
    MainWins,
    Abort,
    Manual,
}

impl Strategy {
    pub(crate) fn parse(text: Option<&str>) -> Result<Strategy> {
        match text.unwrap_or("branch_wins").to_ascii_lowercase().as_str() {
            "branch_wins" | "main" => Ok(Strategy::BranchWins),
            "main_wins" => Ok(Strategy::MainWins),
            "abort" => Ok(Strategy::Abort),
            "manual" => Ok(Strategy::Manual),
            other => Err(Error::new(ErrorKind::InvalidInput, format!("there is no merge strategy \"{other}\""))
                .hint("the strategies are branch_wins, main_wins, abort and manual")),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Strategy::BranchWins => "branch_wins",
            Strategy::MainWins => "main_wins",
            Strategy::Abort => "abort",
            Strategy::Manual => "manual",
        }
    }
}

/// A request to merge.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub(crate) branch: String,
    pub(crate) strategy: Strategy,
    pub(crate) dry_run: bool,
}

/// What a merge will do, table by table.
#[derive(Default)]
struct Plan {
    /// Statements that change definitions, in order; run before any rows move.
    definitions: Vec<String>,
    /// Row changes by table.
    rows: Vec<(TableKey, RowPlan)>,
    /// Statements after the rows: indexes that had to go for a change of definition.
    after: Vec<String>,
    conflicts: Vec<Conflict>,
    counts: Counts,
    tables: Vec<TableKey>,
    keys: Vec<String>,
    alterations: Vec<(TableKey, Option<String>)>,
    macros: Vec<(TableKey, Option<String>)>,
    /// Tables compared by key, with what `apply_keyed` needs once conflicts are decided.
    keyed: Vec<Keyed>,
    /// How many conflicts a manual merge leaves to decide.
    open: Option<usize>,
    /// Changes of a whole object that wait for the decision of their conflict.
    pending: Vec<(usize, Vec<String>, TableKey)>,
}

struct Keyed {
    table: TableKey,
    base: String,
    main: String,
    branch: String,
    columns: Vec<String>,
    identity: Identity,
    changes: String,
}

impl Keyed {
    fn versions<'a>(&'a self, name: &'a str) -> Versions<'a> {
        Versions {
            table: name,
            base: &self.base,
            main: &self.main,
            branch: &self.branch,
            columns: &self.columns,
            identity: &self.identity,
            changes: &self.changes,
        }
    }
}

enum Verdict {
    Merged(Answer, Vec<(TableKey, Alteration)>),
    /// Nothing changes; conflicts of a manual merge are stored for later.
    NotNow(Answer, Option<Vec<Resolution>>),
}

/// Merges a branch into main.
pub(crate) fn merge(
    registry: &Registry,
    transaction: TransactionId,
    request: &Merge,
    patience: &Patience<'_>,
    entry: &Entry,
) -> Result<Answer> {
    let state = registry.state();
    let id = state.open(&request.branch)?.id.clone();
    let result = locked(registry, transaction, &id, request, patience, entry);
    registry.release(transaction);
    result
}

fn locked(
    registry: &Registry,
    transaction: TransactionId,
    id: &str,
    request: &Merge,
    patience: &Patience<'_>,
    entry: &Entry,
) -> Result<Answer> {
    registry.take_branch(transaction, id, patience)?;
    let state = registry.state();
    let branch = Arc::clone(state.open(id)?);
    let keys: Vec<LockKey> =
        branch.objects.keys().map(|table| LockKey { branch: None, table: table.clone() }).collect();
    registry.take(transaction, &keys, patience)?;
    let state = registry.state();
    let branch = Arc::clone(state.open(id)?);
    if !request.dry_run {
        for table in branch.objects.keys() {
            registry.preserve_for_others(table, id)?;
        }
    }
    registry.with_connection(|connection| {
        connection.execute("BEGIN TRANSACTION")?;
        let result = plan_and_apply(registry, connection, &state, &branch, request, entry);
        let verdict = match result {
            Ok(verdict) => verdict,
            Err(error) => {
                // The first error is the one that matters.
                let _ = connection.execute("ROLLBACK");
                return Err(error);
            }
        };
        match verdict {
            Verdict::NotNow(answer, conflicts) => {
                connection.execute("ROLLBACK")?;
                if let Some(conflicts) = conflicts {
                    registry.transact(|connection| conflicts::store(connection, id, &conflicts))?;
                }
                Ok(answer)
            }
            Verdict::Merged(answer, alterations) => {
                let ended = Branch { status: Status::Merged, ended_at: Some(now_micros()), ..Branch::clone(&branch) };
                let committed = registry.commit_merge(connection, ended, alterations);
                if committed.is_err() {
                    let _ = connection.execute("ROLLBACK");
                }
                committed.map_err(explain_failure)?;
                Ok(answer)
            }
        }
    })
}

fn plan_and_apply(
    registry: &Registry,
    connection: &Connection,
    state: &State,
    branch: &Arc<Branch>,
    request: &Merge,
    entry: &Entry,
) -> Result<Verdict> {
    let mut plan = Plan::default();
    let mut planner = Planner { connection, state, branch, plan: &mut plan };
    for (key, object) in &branch.objects {
        planner.object(key, object)?;
    }
    let known = conflicts::resolutions(connection, &branch.id)?;
    let open = decide(connection, &mut plan, request.strategy, &known)?;
    if request.strategy == Strategy::Abort && !plan.conflicts.is_empty() && !request.dry_run {
        return Err(aborted(branch, &plan.conflicts));
    }
    if open > 0 {
        let status = if request.dry_run { "dry_run" } else { "conflicts" };
        if request.strategy == Strategy::Manual {
            plan.open = Some(open);
        }
        let stored = (!request.dry_run).then(|| conflicts::with_decisions(&plan.conflicts, &known));
        return Ok(Verdict::NotNow(answer(branch, request, status, &plan), stored));
    }
    apply_keyed(connection, &mut plan)?;
    if request.dry_run {
        return Ok(Verdict::NotNow(answer(branch, request, "dry_run", &plan), None));
    }
    apply(connection, &plan).map_err(explain_failure)?;
    apply_given(connection, &plan, &known)?;
    let fork = registry.state().fork;
    let mut alterations = Vec::new();
    for (key, sql) in &plan.alterations {
        let alteration = Alteration { fork, sql: sql.clone() };
        store::insert_alteration(connection, key, &alteration)?;
        alterations.push((key.clone(), alteration));
    }
    for (key, sql) in &plan.macros {
        store::save_macro(connection, key, sql.as_deref())?;
    }
    drop_temporary(connection)?;
    let ended = Branch { status: Status::Merged, ended_at: Some(now_micros()), ..Branch::clone(branch) };
    store::update_branch(connection, &ended)?;
    entry.write(connection)?;
    Ok(Verdict::Merged(answer(branch, request, "merged", &plan), alterations))
}

fn answer(branch: &Branch, request: &Merge, status: &str, plan: &Plan) -> Answer {
    Answer::row(
        columns::MERGE,
        vec![
            Some(branch.id.clone()),
            Some(request.strategy.as_str().into()),
            Some(status.into()),
            Some(plan.tables.len().to_string()),
            Some(plan.counts.inserted.to_string()),
            Some(plan.counts.updated.to_string()),
            Some(plan.counts.deleted.to_string()),
            Some(plan.open.unwrap_or(plan.conflicts.len()).to_string()),
            Some(plan.keys.join("; ")),
        ],
    )
}

fn aborted(branch: &Branch, conflicts: &[Conflict]) -> Error {
    let keyless = conflicts.iter().any(|c| c.kind.starts_with("rows without a key"));
    let hint = match keyless {
        true => {
            "nothing was changed and the branch is still open; declare a key with branch_key('table', 'column') to merge row by row, or merge with branch_wins, main_wins or manual"
        }
        false => {
            "nothing was changed and the branch is still open; merge with branch_wins or main_wins, or with manual to decide each one"
        }
    };
    const SHOWN: usize = 10;
    let shown: Vec<String> = conflicts
        .iter()
        .take(SHOWN)
        .map(|c| format!("{} {}: {}", c.table, c.key.as_deref().unwrap_or("(table)"), c.kind))
        .collect();
    let more = conflicts.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::new(
        ErrorKind::Conflict,
        format!(
            "the merge of \"{}\" has {} conflict{}: {}{more}",
            branch.name,
            conflicts.len(),
            if conflicts.len() == 1 { "" } else { "s" },
            shown.join("; ")
        ),
    )
    .hint(hint)
}

/// A failure while main's constraints are checked ends the merge; the branch stays open.
fn explain_failure(error: Error) -> Error {
    match error.kind {
        ErrorKind::Constraint => {
            let message = format!("the merge would violate a constraint of main: {}", error.message);
            Error { message, position: None, ..error }
                .hint("nothing was merged and the branch is still open; correct the rows named above in the branch or in main and merge again")
        }
        _ => Error { position: None, ..error },
    }
}

/// Works out what happens to each object of the branch.
struct Planner<'a> {
    connection: &'a Connection,
    state: &'a State,
    branch: &'a Arc<Branch>,
    plan: &'a mut Plan,
}

impl Planner<'_> {
    fn object(&mut self, key: &TableKey, object: &Object) -> Result<()> {
        match &object.content {
            Content::Macro { sql } => self.definition(key, object, Some(sql), true),
            Content::View { sql } => self.definition(key, object, Some(sql), false),
            Content::Dropped => self.dropped(key, object),
            Content::Table { created: true, foreign_keys, .. } => self.created(key, object, foreign_keys),
            Content::Table { created: false, alterations, .. } => self.copied(key, object, alterations),
        }
    }

    fn main_name(object: &Object) -> String {
        ObjectName::in_schema(object.schema.as_str(), object.name.as_str()).to_string()
    }

    /// Whether main's meaning of `key` is another than when the branch was created. A preserved
    /// version alone does not say so: its writer may have rolled back, or changed nothing.
    fn main_changed(&self, key: &TableKey) -> Result<bool> {
        let Some(version) = self.state.version_at(key, self.branch.fork) else { return Ok(false) };
        let now = || Definition::of_main(self.connection, key);
        Ok(match &version.preserved {
            Preserved::Absent => {
                now()?.is_some() || self.state.views.contains_key(key) || self.state.macros.contains_key(key)
            }
            Preserved::View { sql } => self.state.views.get(key) != Some(sql),
            Preserved::Macro { sql } => self.state.macros.get(key) != Some(sql),
            Preserved::Table { stored, ddl, .. } => match now()? {
                Some(main) if main.ddl == *ddl => {
                    let columns: Vec<String> =
                        table_columns(ddl).iter().filter(|c| !c.generated).map(|c| c.name.clone()).collect();
                    let stored = ObjectName::in_schema(VERSIONS_SCHEMA, stored.as_str()).to_string();
                    !compare::is_same(self.connection, &columns, &stored, &main.quoted())?
                }
                _ => true,
            },
        })
    }

    fn conflict(&mut self, key: &TableKey, kind: &str) -> usize {
        self.plan.conflicts.push(Conflict {
            table: key.to_string(),
            key: None,
            kind: kind.to_owned(),
            base: None,
            main: None,
            branch: None,
        });
        self.plan.conflicts.len() - 1
    }

    /// Does `statements` now, or when the conflict `kind` is decided for the branch.
    fn do_or_conflict(&mut self, key: &TableKey, conflict: Option<&str>, statements: Vec<String>) {
        match conflict {
            Some(kind) => {
                let at = self.conflict(key, kind);
                self.plan.pending.push((at, statements, key.clone()));
            }
            None => {
                self.plan.definitions.extend(statements);
                self.touch(key);
                self.plan.alterations.push((key.clone(), None));
            }
        }
    }

    fn touch(&mut self, key: &TableKey) {
        if !self.plan.tables.contains(key) {
            self.plan.tables.push(key.clone());
        }
    }

    /// A view or macro that the branch created or replaced.
    fn definition(&mut self, key: &TableKey, object: &Object, sql: Option<&String>, is_macro: bool) -> Result<()> {
        let Some(sql) = sql else { return Ok(()) };
        let now = if is_macro { self.state.macros.get(key) } else { self.state.views.get(key) };
        let changed = self.main_changed(key)? && now != Some(sql);
        let table_there = !is_macro && Definition::of_main(self.connection, key)?.is_some();
        let name = Self::main_name(object);
        let create = if is_macro {
            let text = parse_one(sql).map_err(|e| Error::internal(format!("a stored macro cannot be read: {e}")))?;
            let rest = text.tables.first().map_or("", |t| &text.sql[t.span.end..]);
            format!("CREATE OR REPLACE MACRO {name}{rest}")
        } else {
            let (columns, query) = view_parts(sql).ok_or_else(|| Error::internal("a stored view cannot be read"))?;
            format!("CREATE OR REPLACE VIEW {name} {columns} AS {query}")
        };
        let mut statements = Vec::new();
        if table_there {
            statements.push(format!("DROP TABLE {name}"));
        }
        statements.push(create);
        if is_macro {
            self.plan.macros.push((key.clone(), Some(sql.clone())));
        }
        let conflict = changed.then_some("changed in main and in the branch");
        self.do_or_conflict(key, conflict, statements);
        Ok(())
    }

    fn dropped(&mut self, key: &TableKey, object: &Object) -> Result<()> {
        let name = Self::main_name(object);
        let conflict = self.main_changed(key)?.then_some("dropped in the branch, changed in main");
        if key.name.ends_with("()") {
            if self.state.macros.contains_key(key) {
                self.plan.macros.push((key.clone(), None));
                self.do_or_conflict(key, conflict, vec![format!("DROP MACRO {name}")]);
            }
        } else if self.state.views.contains_key(key) {
            self.do_or_conflict(key, conflict, vec![format!("DROP VIEW {name}")]);
        } else if Definition::of_main(self.connection, key)?.is_some() {
            self.do_or_conflict(key, conflict, vec![format!("DROP TABLE {name}")]);
        }
        Ok(())
    }

    /// The statements that make main's table of this name the branch's table.
    fn take_table(&self, object: &Object, foreign_keys: &[String], replaces: bool) -> Result<Vec<String>> {
        let (schema, name) = (self.branch.schema(&object.schema), Self::main_name(object));
        let Some(definition) = Definition::read(self.connection, &schema, &object.name)? else {
            return Err(Error::internal(format!("the branch's table {} is missing", object.name)));
        };
        let ddl = add_constraints(&rename_object(&definition.ddl, &name), foreign_keys);
        let columns = columns_text(&definition.ddl);
        let mut statements = Vec::new();
        if replaces {
            statements.push(format!("DROP TABLE {name}"));
        }
        statements.push(ddl);
        statements.push(format!(
            "INSERT INTO {name} ({columns}) SELECT {columns} FROM {} ORDER BY rowid",
            definition.quoted()
        ));
        statements.extend(definition.indexes.iter().map(|index| rename_object(index, &name)));
        Ok(statements)
    }

    /// A table that the branch created, or dropped and created again.
    fn created(&mut self, key: &TableKey, object: &Object, foreign_keys: &[String]) -> Result<()> {
        let now = Definition::of_main(self.connection, key)?;
        let existed = base_of(self.connection, self.state, self.branch, key)?.is_some();
        let stored = self.branch.stored(&object.schema, &object.name);
        let rows = compare::count(self.connection, &format!("SELECT count(*) FROM {stored}"))?;
        let counts = Counts { inserted: rows, ..Counts::default() };
        match now {
            None if !existed && !self.state.views.contains_key(key) => {
                self.plan.counts.add(counts);
                let statements = self.take_table(object, foreign_keys, false)?;
                self.plan.keys.push(format!("{key}: new"));
                self.do_or_conflict(key, None, statements);
            }
            None => {
                let statements = self.take_table(object, foreign_keys, false)?;
                self.do_or_conflict(key, Some("dropped in main, created again in the branch"), statements);
            }
            Some(definition) => {
                let branch_schema = self.branch.schema(&object.schema);
                let own = Definition::read(self.connection, &branch_schema, &object.name)?;
                let columns: Vec<String> =
                    table_columns(&definition.ddl).iter().filter(|c| !c.generated).map(|c| c.name.clone()).collect();
                let alike = own.is_some_and(|own| {
                    split_foreign_keys(&rename_object(&own.ddl, "t")).sql.trim_end_matches(';')
                        == split_foreign_keys(&rename_object(&definition.ddl, "t")).sql.trim_end_matches(';')
                });
                if alike && compare::is_same(self.connection, &columns, &definition.quoted(), &stored)? {
                    return Ok(());
                }
                let statements = self.take_table(object, foreign_keys, true)?;
                let conflict = match (existed, self.main_changed(key)?) {
                    (true, false) => None,
                    (true, true) => Some("replaced in the branch, changed in main"),
                    (false, _) => Some("created on both sides with other content"),
                };
                if conflict.is_none() {
                    self.plan.counts.add(counts);
                }
                self.do_or_conflict(key, conflict, statements);
            }
        }
        Ok(())
    }

    /// A table that the branch copied and changed.
    fn copied(&mut self, key: &TableKey, object: &Object, branch_changes: &[String]) -> Result<()> {
        let Some((base_definition, base)) = base_of(self.connection, self.state, self.branch, key)? else {
            return Err(Error::internal(format!("the version of {key} that the branch was made from is missing")));
        };
        let stored = self.branch.stored(&object.schema, &object.name);
        let writable = |ddl: &str| -> Vec<String> {
            table_columns(ddl).iter().filter(|c| !c.generated).map(|c| c.name.clone()).collect()
        };
        let base_columns = writable(&base_definition.ddl);
        let main_changes: Vec<Option<String>> = self
            .state
            .alterations
            .get(key)
            .map(|list| list.iter().filter(|a| a.fork >= self.branch.fork).map(|a| a.sql.clone()).collect())
            .unwrap_or_default();
        let replaced = main_changes.iter().any(Option::is_none) && self.main_changed(key)?;
        let main = Definition::of_main(self.connection, key)?;
        let unchanged = || -> Result<bool> {
            Ok(branch_changes.is_empty() && compare::is_same(self.connection, &base_columns, &base, &stored)?)
        };
        let Some(main) = main else {
            if !unchanged()? {
                let statements = self.take_table(object, foreign_keys_of(object), false)?;
                self.do_or_conflict(key, Some("changed in the branch, dropped in main"), statements);
            }
            return Ok(());
        };
        if replaced {
            if !unchanged()? {
                let statements = self.take_table(object, foreign_keys_of(object), true)?;
                self.do_or_conflict(key, Some("changed in the branch, replaced in main"), statements);
            }
            return Ok(());
        }
        let main_changes: Vec<String> = main_changes.into_iter().flatten().collect();
        let schema_changes = |list: &[String]| -> Vec<String> { list.iter().map(|sql| normal(sql)).collect() };
        let (ours, theirs) = (alters(branch_changes), alters(&main_changes));
        if !ours.is_empty() && !theirs.is_empty() && schema_changes(&ours) != schema_changes(&theirs) {
            let statements = self.take_table(object, foreign_keys_of(object), true)?;
            self.do_or_conflict(key, Some("definition changed on both sides"), statements);
            return Ok(());
        }
        let one_sided = if ours.is_empty() { &theirs } else { &ours };
        // A column whose values one side changed while the other dropped it.
        let (kept, other) = if ours.is_empty() { (stored.clone(), "the branch") } else { (main.quoted(), "main") };
        if (ours.is_empty() != theirs.is_empty()) && self.lost_values(key, &base_columns, one_sided, &base, &kept)? {
            let statements = self.take_table(object, foreign_keys_of(object), true)?;
            self.do_or_conflict(
                key,
                Some(&format!("a column with values changed in {other} was dropped on the other side")),
                statements,
            );
            return Ok(());
        }
        self.rows(key, object, &main, &base, &stored, branch_changes, &ours, &theirs)
    }

    /// Whether a column that `changes` drop has other values in `kept` than in `base`.
    fn lost_values(
        &self,
        key: &TableKey,
        columns: &[String],
        changes: &[String],
        base: &str,
        kept: &str,
    ) -> Result<bool> {
        for sql in changes {
            let Some(column) = dropped_column(sql) else { continue };
            let Some(column) = columns.iter().find(|c| c.eq_ignore_ascii_case(&column)) else { continue };
            let identity =
                compare::identify(self.connection, self.state, key, (&key.schema, &key.name), columns, &[base, kept])?;
            let lost = if identity.is_none() || identity.columns.iter().any(|c| c.eq_ignore_ascii_case(column)) {
                !compare::is_same(self.connection, std::slice::from_ref(column), base, kept)?
            } else {
                let sql = format!(
                    "SELECT count(*) FROM {base} b JOIN {kept} k ON {} WHERE b.{c} IS DISTINCT FROM k.{c}",
                    identity.equal("b", "k"),
                    c = quote(column)
                );
                compare::count(self.connection, &sql)? > 0
            };
            if lost {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Brings base, main and branch to one definition and compares their rows.
    #[allow(clippy::too_many_arguments)]
    fn rows(
        &mut self,
        key: &TableKey,
        object: &Object,
        main: &Definition,
        base: &str,
        stored: &str,
        branch_changes: &[String],
        ours: &[String],
        theirs: &[String],
    ) -> Result<()> {
        let number = self.plan.rows.len() + self.plan.keyed.len();
        let name = Self::main_name(object);
        let main_changed = self.state.version_at(key, self.branch.fork).is_some();
        let mut branch_table = stored.to_owned();
        let mut base_table = base.to_owned();
        // Main takes the branch's changes of definition before any of its rows move.
        let only_ours = !ours.is_empty() && theirs.is_empty();
        if only_ours {
            for index in &main.indexes {
                if let Some(index_name) = index_name(index) {
                    let schema = quote(&object.schema);
                    self.connection.execute(&format!("DROP INDEX {schema}.{}", quote(&index_name)))?;
                }
            }
        }
        let final_definition = if only_ours || !branch_changes.is_empty() && theirs.is_empty() {
            for sql in branch_changes {
                if is_drop_index(sql) {
                    if !only_ours {
                        self.connection.execute(sql)?;
                    }
                } else if is_index(sql) && !only_ours {
                    self.connection.execute(&rename_object(sql, &name)).map_err(|e| explain_failure(e.into()))?;
                } else if !is_index(sql) {
                    self.connection.execute(&rename_object(sql, &name)).map_err(|e| explain_failure(e.into()))?;
                    self.plan.alterations.push((key.clone(), Some(sql.clone())));
                }
            }
            self.touch(key);
            let branch_schema = self.branch.schema(&object.schema);
            if only_ours && let Some(own) = Definition::read(self.connection, &branch_schema, &object.name)? {
                self.plan.after.extend(own.indexes.iter().map(|index| rename_object(index, &name)));
            }
            Definition::of_main(self.connection, key)?.unwrap_or_else(|| main.clone())
        } else {
            main.clone()
        };
        let changed_definition = !ours.is_empty() || !theirs.is_empty();
        if changed_definition {
            let changes = if ours.is_empty() { theirs } else { ours };
            base_table = self.altered_copy(&format!("_hatidata_base_{number}"), base, changes)?;
            if ours.is_empty() {
                branch_table = self.altered_copy(&format!("_hatidata_branch_{number}"), stored, changes)?;
            }
        }
        let columns: Vec<String> =
            table_columns(&final_definition.ddl).iter().filter(|c| !c.generated).map(|c| c.name.clone()).collect();
        let compared_main = name.clone();
        let mut versions: Vec<&str> = vec![&base_table, &branch_table];
        if main_changed {
            versions.push(&compared_main);
        }
        let identity =
            compare::identify(self.connection, self.state, key, (&object.schema, &object.name), &columns, &versions)?;
        let constrained = matches!(identity.how, "primary key" | "unique");
        let changes = format!("_hatidata_changes_{number}");
        let keyed = Keyed {
            table: key.clone(),
            base: base_table,
            main: name,
            branch: branch_table,
            columns,
            identity,
            changes,
        };
        let label = key.to_string();
        self.plan.keys.push(format!("{label}: {}", keyed.identity.describe()));
        let is_main_same =
            !main_changed || compare::is_same(self.connection, &keyed.columns, &keyed.base, &keyed.main)?;
        if is_main_same {
            // An altered main equals its altered base; rows are taken as they are in the branch.
            let versions = keyed.versions(&label);
            let referenced =
                constrained && (main_is_referenced(self.connection, key)? || !final_definition.indexes.is_empty());
            let row_plan = versions.take_branch(self.connection, constrained || referenced)?;
            self.add_rows(key, row_plan);
            return Ok(());
        }
        if keyed.identity.is_none() {
            match keyed.versions(&label).merge_multisets(self.connection)? {
                Some(row_plan) => self.add_rows(key, row_plan),
                None => {
                    let columns = compare::list(&keyed.columns, "");
                    let statements = vec![
                        format!("DELETE FROM {}", keyed.main),
                        format!(
                            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} ORDER BY rowid",
                            keyed.main, keyed.branch
                        ),
                    ];
                    let at =
                        self.conflict(key, "rows without a key changed on both sides; declare one with branch_key");
                    self.plan.pending.push((at, statements, key.clone()));
                }
            }
            return Ok(());
        }
        let found = keyed.versions(&label).compare_keyed(self.connection)?;
        self.plan.conflicts.extend(found);
        self.plan.keyed.push(keyed);
        Ok(())
    }

    fn add_rows(&mut self, key: &TableKey, rows: RowPlan) {
        if !rows.counts.is_zero() || !rows.delete.is_empty() && !rows.insert.is_empty() {
            self.touch(key);
        }
        self.plan.counts.add(rows.counts);
        self.plan.rows.push((key.clone(), rows));
    }

    /// A temporary copy of `source` with changes of definition replayed on it.
    fn altered_copy(&self, copy: &str, source: &str, changes: &[String]) -> Result<String> {
        self.connection
            .execute(&format!("CREATE OR REPLACE TEMP TABLE {copy} AS SELECT * FROM {source} ORDER BY rowid"))?;
        for sql in changes {
            // Constraints and defaults of the change do not matter for comparing, so what a plain
            // copy cannot take (a check, a key) is left out.
            let _ = self.connection.execute(&rename_object(sql, copy));
        }
        Ok(copy.to_owned())
    }
}

fn foreign_keys_of(object: &Object) -> &[String] {
    match &object.content {
        Content::Table { foreign_keys, .. } => foreign_keys,
        _ => &[],
    }
}

/// The changes of definition among a table's alterations; indexes and comments move no rows.
fn alters(changes: &[String]) -> Vec<String> {
    changes
        .iter()
        .filter(|sql| sql.trim_start().get(..5).is_some_and(|w| w.eq_ignore_ascii_case("ALTER")))
        .cloned()
        .collect()
}

fn is_index(sql: &str) -> bool {
    sql.trim_start().get(..6).is_some_and(|w| w.eq_ignore_ascii_case("CREATE"))
}

fn is_drop_index(sql: &str) -> bool {
    sql.trim_start().get(..4).is_some_and(|w| w.eq_ignore_ascii_case("DROP"))
}

/// A statement without differences in case, white space and the way its table is named.
fn normal(sql: &str) -> String {
    let renamed = rename_object(sql, "t");
    renamed.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The column that an ALTER TABLE … DROP removes.
fn dropped_column(sql: &str) -> Option<String> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let at = words.iter().position(|w| w.eq_ignore_ascii_case("DROP"))?;
    let mut rest =
        words[at + 1..].iter().filter(|w| !["COLUMN", "IF", "EXISTS"].contains(&w.to_ascii_uppercase().as_str()));
    let name = rest.next()?.trim_end_matches(';');
    // ALTER COLUMN … DROP NOT NULL and DROP DEFAULT drop no column.
    (!["NOT", "DEFAULT", "CONSTRAINT"].contains(&name.to_ascii_uppercase().as_str()))
        .then(|| hatidata_sql::unquote(name))
}

/// The name of the index that a CREATE INDEX statement makes.
fn index_name(sql: &str) -> Option<String> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let on = words.iter().position(|w| w.eq_ignore_ascii_case("ON"))?;
    words.get(on.checked_sub(1)?).map(|name| hatidata_sql::unquote(name))
}

fn main_is_referenced(connection: &Connection, key: &TableKey) -> Result<bool> {
    let sql = format!(
        "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' AND lower(referenced_table) = {}",
        hatidata_sql::literal(&key.name)
    );
    Ok(compare::count(connection, &sql)? > 0)
}

/// Gives every conflict its side; says how many stay open.
fn decide(connection: &Connection, plan: &mut Plan, strategy: Strategy, known: &[Resolution]) -> Result<usize> {
    let mut open = 0;
    let mut chosen: HashMap<usize, Side> = HashMap::new();
    for (at, conflict) in plan.conflicts.iter().enumerate() {
        let side = match strategy {
            Strategy::BranchWins => Some(Side::Branch),
            Strategy::MainWins => Some(Side::Main),
            Strategy::Abort => None,
            Strategy::Manual => known.iter().find(|r| r.is_about(conflict)).and_then(Resolution::side),
        };
        match side {
            Some(side) => drop(chosen.insert(at, side)),
            None => open += 1,
        }
    }
    for (at, conflict) in plan.conflicts.iter().enumerate() {
        let (Some(side), Some(key)) = (chosen.get(&at), &conflict.key) else { continue };
        let Some(keyed) = plan.keyed.iter().find(|k| k.table.to_string() == conflict.table) else { continue };
        if strategy == Strategy::Manual {
            let side = if *side == Side::Branch { "branch" } else { "main" };
            connection.execute_with(
                &format!("UPDATE {} SET side = $1 WHERE key_json = $2", keyed.changes),
                &[hatidata_engine::Value::Text(side.into()), hatidata_engine::Value::Text(key.clone())],
            )?;
        }
    }
    if let Strategy::BranchWins | Strategy::MainWins = strategy {
        let side = if strategy == Strategy::BranchWins { "branch" } else { "main" };
        for keyed in &plan.keyed {
            connection.execute(&format!("UPDATE {} SET side = '{side}'", keyed.changes))?;
        }
    }
    for (at, statements, key) in std::mem::take(&mut plan.pending) {
        if chosen.get(&at) == Some(&Side::Branch) {
            plan.definitions.extend(statements);
            plan.tables.push(key.clone());
            plan.alterations.push((key, None));
        }
    }
    plan.macros.retain(|(key, _)| {
        plan.conflicts
            .iter()
            .enumerate()
            .all(|(at, c)| c.table != key.to_string() || chosen.get(&at) == Some(&Side::Branch))
    });
    Ok(open)
}

/// Names the row that breaks a CHECK only after the merge; DuckDB's own message does not.
fn refuse_violations(connection: &Connection, keyed: &Keyed, label: &str) -> Result<()> {
    let rows = connection.query_text(
        "SELECT expression FROM duckdb_constraints() WHERE constraint_type = 'CHECK' AND lower(schema_name) = $1 AND lower(table_name) = $2",
        &[
            hatidata_engine::Value::Text(keyed.table.schema.clone()),
            hatidata_engine::Value::Text(keyed.table.name.clone()),
        ],
    )?;
    let checks: Vec<String> = rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect();
    match keyed.versions(label).find_violation(connection, &checks)? {
        None => Ok(()),
        Some((check, key)) => Err(explain_failure(
            Error::new(ErrorKind::Constraint, format!("CHECK {check} fails for the row {key} of {label}"))
                .state("23514"),
        )),
    }
}

fn apply_keyed(connection: &Connection, plan: &mut Plan) -> Result<()> {
    for at in 0..plan.keyed.len() {
        let keyed = &plan.keyed[at];
        let label = keyed.table.to_string();
        refuse_violations(connection, keyed, &label)?;
        let rows = keyed.versions(&label).apply_keyed(connection)?;
        let key = keyed.table.clone();
        if !rows.counts.is_zero() && !plan.tables.contains(&key) {
            plan.tables.push(key.clone());
        }
        plan.counts.add(rows.counts);
        plan.rows.push((key, rows));
    }
    Ok(())
}

/// Runs the plan by phases: definitions, then rows leave children first and enter parents first.
fn apply(connection: &Connection, plan: &Plan) -> Result<()> {
    for sql in &plan.definitions {
        connection.execute(sql)?;
    }
    let order = parents_first(connection, &plan.rows.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())?;
    fn of<'a>(plan: &'a Plan, key: &'a TableKey) -> impl Iterator<Item = &'a RowPlan> {
        plan.rows.iter().filter(move |(k, _)| k == key).map(|(_, rows)| rows)
    }
    for key in order.iter().rev() {
        for sql in of(plan, key).flat_map(|rows| &rows.delete) {
            connection.execute(sql)?;
        }
    }
    for key in &order {
        for sql in of(plan, key).flat_map(|rows| rows.update.iter().chain(&rows.insert)) {
            connection.execute(sql)?;
        }
    }
    for sql in &plan.after {
        connection.execute(sql)?;
    }
    Ok(())
}

/// Rows that were decided by giving their values.
fn apply_given(connection: &Connection, plan: &Plan, known: &[Resolution]) -> Result<()> {
    for conflict in &plan.conflicts {
        let Some(given) = known.iter().find(|r| r.is_about(conflict)).and_then(Resolution::values) else { continue };
        let Some(keyed) = plan.keyed.iter().find(|k| k.table.to_string() == conflict.table) else { continue };
        let sets: Vec<String> = given
            .iter()
            .filter(|(column, _)| keyed.columns.iter().any(|c| c.eq_ignore_ascii_case(column)))
            .map(|(column, value)| format!("{} = {}", quote(column), json_literal(value)))
            .collect();
        if sets.is_empty() {
            continue;
        }
        let key_json = conflict.key.clone().unwrap_or_default();
        connection
            .execute_with(
                &format!("UPDATE {} AS m SET {} WHERE {} = $1", keyed.main, sets.join(", "), keyed.identity.json("m")),
                &[hatidata_engine::Value::Text(key_json)],
            )
            .map_err(|e| explain_failure(Error::from(e)))?;
    }
    Ok(())
}

fn json_literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "NULL".into(),
        serde_json::Value::String(text) => hatidata_sql::literal(text),
        other => hatidata_sql::literal(&other.to_string()),
    }
}

/// Tables ordered so that every parent of a foreign key comes before its children.
fn parents_first(connection: &Connection, tables: &[TableKey]) -> Result<Vec<TableKey>> {
    let rows = connection.query_text(
        "SELECT lower(schema_name), lower(table_name), lower(referenced_table) FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'",
        &[],
    )?;
    let mut ordered: Vec<TableKey> = Vec::new();
    let mut left: Vec<TableKey> = tables.to_vec();
    left.dedup();
    while !left.is_empty() {
        let waits = |key: &TableKey| {
            rows.iter().any(|row| {
                row[0].as_deref() == Some(&key.schema)
                    && row[1].as_deref() == Some(&key.name)
                    && left.iter().any(|other| other != key && row[2].as_deref() == Some(&other.name))
            })
        };
        let at = left.iter().position(|key| !waits(key)).unwrap_or(0);
        ordered.push(left.remove(at));
    }
    Ok(ordered)
}

fn drop_temporary(connection: &Connection) -> Result<()> {
    let rows = connection.query_text(
        "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, '_hatidata_')",
        &[],
    )?;
    for name in rows.into_iter().filter_map(|mut row| row.swap_remove(0)) {
        connection.execute(&format!("DROP TABLE temp.{}", quote(&name)))?;
    }
    Ok(())
}
