//! What a merge will do: for every object of the branch the row of the merge table that fits it, and
//! for tables that both sides changed the comparison of their rows.

use std::sync::Arc;

use hatidata_engine::Connection;
use hatidata_sql::{
    ObjectName, TableKey, add_constraints, parse_one, quote, rename_object, split_foreign_keys, table_columns,
    view_parts,
};

use super::compare::{self, Identity};
use super::copy::base_of;
use super::definition::{Definition, columns_text};
use super::merge::explain_failure;
use super::model::{Branch, Content, Object, Preserved, State, VERSIONS_SCHEMA};
use super::rows::{Conflict, Counts, RowPlan, Versions};
use crate::error::{Error, Result};

/// What a merge will do, table by table.
#[derive(Default)]
pub(super) struct Plan {
    /// Statements that change definitions, in order; run before any rows move.
    pub(super) definitions: Vec<String>,
    /// Row changes by table.
    pub(super) rows: Vec<(TableKey, RowPlan)>,
    /// Statements after the rows: indexes that had to go for a change of definition.
    pub(super) after: Vec<String>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) counts: Counts,
    pub(super) tables: Vec<TableKey>,
    pub(super) keys: Vec<String>,
    pub(super) alterations: Vec<(TableKey, Option<String>)>,
    pub(super) macros: Vec<(TableKey, Option<String>)>,
    /// Tables compared by key, with what `apply_keyed` needs once conflicts are decided.
    pub(super) keyed: Vec<Keyed>,
    /// How many conflicts a manual merge leaves to decide.
    pub(super) open: Option<usize>,
    /// Changes of a whole object that wait for the decision of their conflict.
    pub(super) pending: Vec<(usize, Vec<String>, TableKey)>,
}

pub(super) struct Keyed {
    pub(super) table: TableKey,
    pub(super) base: String,
    pub(super) main: String,
    pub(super) branch: String,
    pub(super) columns: Vec<String>,
    pub(super) identity: Identity,
    pub(super) changes: String,
}

impl Keyed {
    pub(super) fn versions<'a>(&'a self, name: &'a str) -> Versions<'a> {
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

/// Works out what happens to each object of the branch.
pub(super) struct Planner<'a> {
    pub(super) connection: &'a Connection,
    pub(super) state: &'a State,
    pub(super) branch: &'a Arc<Branch>,
    pub(super) plan: &'a mut Plan,
}

impl Planner<'_> {
    pub(super) fn object(&mut self, key: &TableKey, object: &Object) -> Result<()> {
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
