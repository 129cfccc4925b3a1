//! Changes of data and definitions: what must happen before and after them, on main and in a branch.

use std::time::Instant;

use hatidata_engine::{Mode, Value};
use hatidata_sql::{
    Access, FunctionRef, Kind, ObjectName, Statement, TableKey, TableRef, lower, parse_one, quote, split_foreign_keys,
    updated_columns,
};

use super::meaning::BranchMeaning;
use super::parse::Query;
use super::postgres::Configured;
use super::run::{Changed, changed_rows, placed_error};
use crate::branch::{
    self, Alteration, Branch, Content, Definition, Object, Patience, Seen, State, Ways, Writer, macro_key,
    no_such_table,
};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::Decision;
use crate::session::Session;

/// The names whose meaning on main a statement changes, as far as the statement names them.
fn changed_names(statement: &Statement) -> impl Iterator<Item = &TableRef> {
    let counts = !matches!(statement.kind, Kind::CreateIndex | Kind::Comment | Kind::DropIndex | Kind::DropSchema);
    statement.tables.iter().filter(move |table| {
        counts && matches!(table.access, Access::Write | Access::Create | Access::Drop | Access::Alter)
    })
}

fn is_macro_kind(kind: &Kind) -> bool {
    matches!(kind, Kind::CreateMacro { .. } | Kind::DropMacro { .. })
}

fn is_temporary_creation(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::CreateTable { temporary: true, .. }
            | Kind::CreateView { temporary: true, .. }
            | Kind::CreateMacro { temporary: true, .. }
    )
}

fn key_of(statement: &Statement, table: &TableRef) -> TableKey {
    let key = table.name.key();
    if is_macro_kind(&statement.kind) { macro_key(&key) } else { key }
}

impl Session {
    fn with_patience<T>(&self, work: impl FnOnce(&Patience<'_>) -> Result<T>) -> Result<T> {
        let cancelled = || self.connection().is_cancelled();
        work(&Patience { until: Instant::now() + self.lock_patience(), cancelled: &cancelled })
    }

    /// Registers the writer and preserves what open branches still need.
    pub(super) fn before_change_on_main(&mut self, statement: &Statement) -> Result<()> {
        if is_temporary_creation(&statement.kind) {
            return Ok(());
        }
        let mut keys: Vec<TableKey> = changed_names(statement)
            .filter(|table| !self.is_temporary(&table.name))
            .map(|table| key_of(statement, table))
            .collect();
        if statement.kind == Kind::DropSchema {
            for schema in statement.named(Access::Drop) {
                keys.extend(self.names_in_schema(&schema.name.name)?);
            }
        }
        for key in keys {
            let writer = self.writer(statement, &key.schema, &key.name)?;
            self.with_patience(|patience| self.registry().write_main(writer, &key, patience))?;
        }
        Ok(())
    }

    /// How `statement` changes rows of the table stored as `schema`.`name`.
    fn writer(&self, statement: &Statement, schema: &str, name: &str) -> Result<Writer> {
        let kind = match &statement.kind {
            Kind::Explain { inner, .. } => inner.as_ref(),
            kind => kind,
        };
        let both = Ways { in_place: true, moving: true };
        let ways = match kind {
            Kind::Insert => match statement.sql.to_ascii_uppercase() {
                sql if sql.contains("CONFLICT") || sql.contains(" OR ") => both,
                _ => Ways::default(),
            },
            Kind::Update if statement.returning => Ways { in_place: false, moving: true },
            Kind::Update => {
                let indexed = self.indexed_columns(schema, name)?;
                let moving = updated_columns(&statement.sql).iter().any(|c| indexed.contains(&c.to_lowercase()));
                Ways { in_place: !moving, moving }
            }
            Kind::Delete | Kind::Truncate => Ways { in_place: false, moving: true },
            Kind::Merge => both,
            _ => Ways::default(),
        };
        let has_snapshot = self.in_transaction() && self.has_started();
        Ok(Writer { transaction: self.transaction_id(), ways, has_snapshot })
    }

    fn names_in_schema(&self, schema: &str) -> Result<Vec<TableKey>> {
        let rows = self.connection().query_text(
            "SELECT table_name FROM duckdb_tables() WHERE lower(schema_name) = $1 \
             UNION ALL SELECT view_name FROM duckdb_views() WHERE lower(schema_name) = $1 AND NOT internal",
            &[Value::Text(schema.to_lowercase())],
        )?;
        Ok(rows
            .into_iter()
            .filter_map(|mut row| row.swap_remove(0))
            .map(|name| ObjectName::in_schema(schema, name).key())
            .collect())
    }

    /// Remembers changes of definition for merges, and for sessions on branches.
    pub(super) fn after_change_on_main(&mut self, statement: &Statement) -> Result<()> {
        let kind = match &statement.kind {
            Kind::Explain { inner, .. } => inner.as_ref().clone(),
            kind => kind.clone(),
        };
        match &kind {
            kind if is_temporary_creation(kind) => return self.refresh_temporary(),
            Kind::CreateView { .. } | Kind::DropView { .. } | Kind::AlterView | Kind::DropSchema => {
                self.note_definitions()
            }
            Kind::CreateMacro { .. } | Kind::DropMacro { .. } => {
                self.note_definitions();
                for table in &statement.tables {
                    if matches!(table.access, Access::Create | Access::Drop) {
                        let text = matches!(table.access, Access::Create).then_some(statement.sql.as_str());
                        branch::save_macro(self.connection(), &key_of(statement, table), text)?;
                    }
                }
            }
            _ => {}
        }
        if statement.tables.iter().any(|t| t.access == Access::Drop && self.is_temporary(&t.name)) {
            self.refresh_temporary()?;
        }
        if matches!(kind, Kind::DropTable { .. } | Kind::CreateTable { or_replace: true, .. }) {
            for table in &statement.tables {
                let key = table.name.key();
                if table.access != Access::Read && self.registry().state().keys.contains_key(&key) {
                    branch::forget_key(self.connection(), &key)?;
                    self.note_definitions();
                }
            }
        }
        if matches!(
            kind,
            Kind::DropTable { .. } | Kind::DropSchema | Kind::AlterTable | Kind::CreateTable { or_replace: true, .. }
        ) {
            branch::drop_unused_sequences(self.connection(), &self.registry().state())?;
        }
        if !kind.is_dml() {
            self.forget_indexed_columns();
        }
        let fork = match self.registry().state() {
            state if state.fork_needed > 0 => state.fork,
            _ => return Ok(()),
        };
        let replaces = matches!(
            kind,
            Kind::DropTable { .. }
                | Kind::CreateTable { .. }
                | Kind::DropSchema
                | Kind::CreateView { .. }
                | Kind::DropView { .. }
        );
        let renames = kind == Kind::AlterTable && statement.named(Access::Create).next().is_some();
        if !(replaces || kind == Kind::AlterTable) {
            return Ok(());
        }
        for table in changed_names(statement) {
            let sql = (kind == Kind::AlterTable && !renames).then(|| statement.sql.clone());
            let alteration = Alteration { fork, sql };
            branch::insert_alteration(self.connection(), &table.name.key(), &alteration)?;
            self.note_alteration(table.name.key(), alteration);
        }
        Ok(())
    }

    /// Gives the branch its own copy of every table that the statement writes.
    pub(super) fn before_change_on_branch(&mut self, statement: &Statement) -> Result<()> {
        if is_temporary_creation(&statement.kind) {
            return Ok(());
        }
        let tables: Vec<TableRef> = statement.tables.clone();
        for table in tables {
            if self.is_temporary(&table.name) || table.access == Access::Read || table.access == Access::Reference {
                continue;
            }
            let key = key_of(statement, &table);
            let state = self.registry().state();
            let id = self.visible_branch(&state)?.id.clone();
            let branch = state.open(&id)?;
            refuse_other_tables(branch, &key)?;
            let needs_copy = match table.access {
                Access::Write => true,
                Access::Alter => matches!(statement.kind, Kind::AlterTable | Kind::CreateIndex | Kind::Comment),
                _ => false,
            };
            if needs_copy {
                self.own_table(&key, table.span.start)?;
            }
            let stored = state.branches.get(&id).map(|b| b.schema(&key.schema)).unwrap_or_default();
            let writer = self.writer(statement, &stored, &key.name)?;
            self.with_patience(|patience| self.registry().write_branch(writer, &id, &key, patience))?;
        }
        Ok(())
    }

    /// Makes sure that the branch has its own copy of `key` that the transaction can see.
    fn own_table(&mut self, key: &TableKey, position: usize) -> Result<()> {
        let owns = |branch: &Branch| branch.objects.contains_key(key);
        let state = self.registry().state();
        let seen_branch = self.visible_branch(&state)?;
        if self.has_started() && owns(&seen_branch) {
            return Ok(());
        }
        let branch = state.open(&seen_branch.id)?;
        let started = self.has_started() && self.has_written();
        if owns(branch) {
            if started {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("table {key} was first written by another session after this transaction began"),
                )
                .hint("roll back and run the transaction again"));
            }
            return self.restart_transaction();
        }
        match state.seen(branch, key) {
            Seen::Nothing => return Err(no_such_table(key).at(position)),
            Seen::View(_) => {
                return Err(Error::new(ErrorKind::InvalidInput, format!("{key} is a view and cannot be written"))
                    .state("42809")
                    .at(position));
            }
            _ => {}
        }
        if started {
            let (state, branch) = self.transaction_view()?;
            self.with_patience(|patience| {
                self.registry().take_branch_table(self.transaction_id(), &branch.id, key, patience)
            })?;
            let object = branch::copy_table(self.connection(), &state, &branch, key).map_err(|e| e.at(position))?;
            return self.set_object(key, Some(object));
        }
        self.restart_transaction()?;
        let id = branch.id.clone();
        self.with_patience(|patience| self.registry().copy_into_branch(&id, key, patience)).map_err(|e| e.at(position))
    }

    /// Runs statements that create, drop or rename objects of a branch; `None` for all others.
    pub(super) fn define_on_branch(&mut self, query: &Query) -> Result<Option<Changed>> {
        let statement = &query.statement;
        let Some(table) = statement.tables.first() else { return Ok(None) };
        if is_temporary_creation(&statement.kind) {
            let changed = self.create_temporary(statement)?;
            return Ok(Some(changed));
        }
        if self.is_temporary(&table.name) {
            return Ok(None);
        }
        let done = |rows: u64| Ok(Some(Changed::Count { tag: statement.kind.tag(rows), rows }));
        match &statement.kind {
            Kind::CreateTable { or_replace, if_not_exists, .. } => {
                if !self.may_create(table, *or_replace, *if_not_exists)? {
                    return done(0);
                }
                let rows = self.create_table(statement, table)?;
                done(rows)
            }
            Kind::CreateView { or_replace, if_not_exists, .. } => {
                if self.may_create(table, *or_replace, *if_not_exists)? {
                    self.create_view(statement, table)?;
                }
                done(0)
            }
            Kind::CreateMacro { or_replace, .. } => {
                self.create_macro(statement, table, *or_replace)?;
                done(0)
            }
            Kind::DropTable { if_exists } | Kind::DropView { if_exists } | Kind::DropMacro { if_exists } => {
                for table in statement.named(Access::Drop) {
                    self.drop_object(statement, table, *if_exists)?;
                }
                done(0)
            }
            Kind::AlterTable if statement.named(Access::Create).next().is_some() => {
                self.rename_table(statement)?;
                done(0)
            }
            Kind::AlterView => {
                self.rename_view_in_branch(statement)?;
                done(0)
            }
            Kind::DropIndex => {
                self.drop_index(statement, table)?;
                done(0)
            }
            _ => Ok(None),
        }
    }

    fn create_temporary(&mut self, statement: &Statement) -> Result<Changed> {
        let (state, branch) = self.transaction_view()?;
        let (decision, temporary) = (Decision::default(), self.temporary_names().to_vec());
        let spliced = {
            let operations = |f: &FunctionRef| self.own_function(statement, f, &[], &Configured::default());
            let mut meaning = BranchMeaning::new(&state, &branch, &decision, &temporary, &operations, self);
            let name = &statement.tables[0].name;
            meaning.creates = Some((name.key(), name.to_string()));
            let spliced = lower(statement, &mut meaning)?;
            for (_, create) in &meaning.macros {
                self.connection().execute(create)?;
            }
            spliced
        };
        let rows = self.execute(&spliced.sql, &[], Mode::Collect).map_err(|e| placed_error(e, &spliced))?;
        let count = changed_rows(statement, rows)?;
        let changed = Changed::Count { tag: statement.kind.tag(count), rows: count };
        self.refresh_temporary()?;
        Ok(changed)
    }

    /// Whether the branch sees something under `key`, reading main where it is unchanged.
    pub(super) fn exists(&self, state: &State, branch: &Branch, key: &TableKey) -> Result<bool> {
        Ok(match state.seen(branch, key) {
            Seen::Own(_) | Seen::Kept(_) | Seen::View(_) | Seen::Macro(_) => true,
            Seen::Nothing => false,
            Seen::Main => Definition::of_main(self.connection(), key)?.is_some(),
        })
    }

    /// Whether main had something under `key` when the branch was created.
    fn existed(&self, state: &State, branch: &Branch, key: &TableKey) -> Result<bool> {
        Ok(match state.seen_of_main(key, branch.fork) {
            Seen::Nothing => false,
            Seen::Main => Definition::of_main(self.connection(), key)?.is_some(),
            _ => true,
        })
    }

    fn may_create(&mut self, table: &TableRef, or_replace: bool, if_not_exists: bool) -> Result<bool> {
        let (state, branch) = self.transaction_view()?;
        let key = table.name.key();
        if !self.exists(&state, &branch, &key)? || or_replace {
            return Ok(true);
        }
        if if_not_exists {
            self.notice("NOTICE", "42P07", format!("relation \"{}\" already exists, skipping", table.name.name));
            return Ok(false);
        }
        Err(Error::new(ErrorKind::AlreadyExists, format!("Table with name \"{}\" already exists!", table.name.name))
            .state("42P07")
            .hint("use CREATE OR REPLACE or IF NOT EXISTS")
            .at(table.span.start))
    }

    /// Frees the name in the branch's schema.
    fn drop_stored(&mut self, branch: &Branch, key: &TableKey) -> Result<()> {
        if let Some(object) = branch.objects.get(key) {
            let stored = branch.stored(&object.schema, &object.name);
            match object.content {
                Content::Table { .. } => self.connection().execute(&format!("DROP TABLE {stored}"))?,
                Content::View { .. } => self.connection().execute(&format!("DROP VIEW IF EXISTS {stored}"))?,
                _ => 0,
            };
        }
        Ok(())
    }

    fn schema_of(&self, name: &ObjectName) -> Result<String> {
        let schema = name.schema.clone().unwrap_or_else(|| hatidata_sql::DEFAULT_SCHEMA.to_owned());
        let known = self.connection().query_text(
            "SELECT 1 FROM duckdb_schemas() WHERE lower(schema_name) = $1",
            &[Value::Text(schema.to_lowercase())],
        )?;
        if known.is_empty() {
            return Err(
                Error::new(ErrorKind::NotFound, format!("Schema with name {schema} does not exist!")).state("3F000")
            );
        }
        Ok(schema)
    }

    /// Runs `statement` with the object it creates stored in the branch's schema.
    fn create_stored(&mut self, statement: &Statement, table: &TableRef, stored: &str) -> Result<u64> {
        let (state, branch) = self.transaction_view()?;
        let (decision, temporary) = (Decision::default(), self.temporary_names().to_vec());
        let spliced = {
            let operations = |f: &FunctionRef| self.own_function(statement, f, &[], &Configured::default());
            let mut meaning = BranchMeaning::new(&state, &branch, &decision, &temporary, &operations, self);
            meaning.creates = Some((table.name.key(), stored.to_owned()));
            meaning.keeps_calls = matches!(statement.kind, Kind::CreateTable { as_query: false, .. });
            let spliced = lower(statement, &mut meaning)?;
            for (_, create) in &meaning.macros {
                self.connection().execute(create)?;
            }
            if matches!(statement.kind, Kind::CreateTable { as_query: true, .. }) {
                self.verified().check(self.connection(), statement, &spliced.sql, &meaning)?;
            }
            spliced
        };
        let rows = self.execute(&spliced.sql, &[], Mode::Collect).map_err(|e| placed_error(e, &spliced))?;
        self.note_change();
        changed_rows(statement, rows)
    }

    fn create_table(&mut self, statement: &Statement, table: &TableRef) -> Result<u64> {
        let (_, branch) = self.transaction_view()?;
        let (key, schema) = (table.name.key(), self.schema_of(&table.name)?);
        self.drop_stored(&branch, &key)?;
        branch::ensure_schema(self.connection(), &branch, &schema)?;
        // Keys into other tables cannot cross schemas; main enforces them at the merge.
        let bare = split_foreign_keys(&statement.sql);
        let bare_statement =
            parse_one(&bare.sql).map_err(|e| Error::internal(format!("CREATE TABLE without keys: {e}")))?;
        let (statement, table) = match bare.foreign_keys.is_empty() {
            true => (statement, table),
            false => (&bare_statement, &bare_statement.tables[0]),
        };
        let rows = self.create_stored(statement, table, &branch.stored(&schema, &table.name.name))?;
        let content = Content::Table { created: true, foreign_keys: bare.foreign_keys, alterations: Vec::new() };
        self.set_object(&key, Some(Object { schema, name: table.name.name.clone(), content }))?;
        Ok(rows)
    }

    pub(super) fn create_view(&mut self, statement: &Statement, table: &TableRef) -> Result<()> {
        let (_, branch) = self.transaction_view()?;
        let (key, schema) = (table.name.key(), self.schema_of(&table.name)?);
        self.drop_stored(&branch, &key)?;
        branch::ensure_schema(self.connection(), &branch, &schema)?;
        self.create_stored(statement, table, &branch.stored(&schema, &table.name.name))?;
        let content = Content::View { sql: statement.sql.clone() };
        self.set_object(&key, Some(Object { schema, name: table.name.name.clone(), content }))
    }

    fn create_macro(&mut self, statement: &Statement, table: &TableRef, or_replace: bool) -> Result<()> {
        let (state, branch) = self.transaction_view()?;
        let key = macro_key(&table.name.key());
        if !or_replace && matches!(state.seen(&branch, &key), Seen::Macro(_)) {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("Macro with name \"{}\" already exists!", table.name.name),
            )
            .hint("use CREATE OR REPLACE MACRO"));
        }
        let schema = self.schema_of(&table.name)?;
        let content = Content::Macro { sql: statement.sql.clone() };
        self.set_object(&key, Some(Object { schema, name: table.name.name.clone(), content }))?;
        self.note_change();
        // Creating it once for this session shows whether its body makes sense.
        let probe = FunctionRef {
            name: ObjectName::bare(table.name.name.as_str()),
            span: 0..0,
            args: 0..0,
            call: 0..0,
            as_table: false,
            has_alias: false,
            name_argument: None,
        };
        let (state, branch) = self.transaction_view()?;
        let (decision, temporary) = (Decision::default(), self.temporary_names().to_vec());
        let operations = |f: &FunctionRef| self.own_function(statement, f, &[], &Configured::default());
        let mut meaning = BranchMeaning::new(&state, &branch, &decision, &temporary, &operations, self);
        hatidata_sql::Meaning::function(&mut meaning, &probe)?;
        for (_, create) in &meaning.macros {
            self.connection().execute(create)?;
        }
        Ok(())
    }

    pub(super) fn drop_object(&mut self, statement: &Statement, table: &TableRef, if_exists: bool) -> Result<()> {
        let (state, branch) = self.transaction_view()?;
        let key = key_of(statement, table);
        let what = match statement.kind {
            Kind::DropTable { .. } => "Table",
            Kind::DropView { .. } => "View",
            _ => "Macro",
        };
        let is_view = matches!(state.seen(&branch, &key), Seen::View(_));
        if !self.exists(&state, &branch, &key)? {
            if if_exists {
                self.notice(
                    "NOTICE",
                    "00000",
                    format!("{} \"{}\" does not exist, skipping", what.to_lowercase(), table.name.name),
                );
                return Ok(());
            }
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("{what} with name {} does not exist!", table.name.name),
            )
            .state(if what == "Macro" { "42883" } else { "42P01" })
            .hint("list the tables: SELECT table_name FROM information_schema.tables")
            .at(table.span.start));
        }
        if (what == "View") != is_view && what != "Macro" {
            let is = if is_view { "View" } else { "Table" };
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("Existing object {} is of type {is}, trying to drop type {what}", table.name.name),
            )
            .state("42809")
            .at(table.span.start));
        }
        self.drop_stored(&branch, &key)?;
        let object = if self.existed(&state, &branch, &key)? {
            let schema = table.name.schema.clone().unwrap_or_else(|| hatidata_sql::DEFAULT_SCHEMA.to_owned());
            Some(Object { schema, name: table.name.name.clone(), content: Content::Dropped })
        } else {
            None
        };
        self.note_change();
        self.set_object(&key, object)
    }

    /// Drops an index of a table, which becomes the branch's own for it.
    fn drop_index(&mut self, statement: &Statement, index: &TableRef) -> Result<()> {
        let (state, branch) = self.transaction_view()?;
        let schema = index.name.schema.clone().unwrap_or_else(|| hatidata_sql::DEFAULT_SCHEMA.to_owned());
        let table_of = |schema: &str| -> Result<Option<String>> {
            let rows = self.connection().query_text(
                "SELECT table_name FROM duckdb_indexes() WHERE lower(schema_name) = $1 AND lower(index_name) = $2",
                &[Value::Text(schema.to_lowercase()), Value::Text(index.name.name.to_lowercase())],
            )?;
            Ok(rows.into_iter().next().and_then(|mut row| row.swap_remove(0)))
        };
        let own = table_of(&branch.schema(&schema))?;
        let found = match own {
            Some(table) => Some(table),
            None => table_of(&schema)?,
        };
        let Some(table) = found else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("Index with name {} does not exist!", index.name.name),
            )
            .at(index.span.start));
        };
        let key = ObjectName::in_schema(schema.as_str(), table).key();
        refuse_other_tables(&branch, &key)?;
        drop(state);
        self.own_table(&key, index.span.start)?;
        self.start_transaction()?;
        let (_, branch) = self.transaction_view()?;
        let own_schema = branch.schema(&schema);
        self.connection().execute(&format!("DROP INDEX {}.{}", quote(&own_schema), quote(&index.name.name)))?;
        self.note_change();
        self.note_alteration_of(&key, statement)
    }

    fn note_alteration_of(&mut self, key: &TableKey, statement: &Statement) -> Result<()> {
        let (_, branch) = self.transaction_view()?;
        let Some(object) = branch.objects.get(key) else { return Ok(()) };
        let mut object = Object::clone(object);
        if let Content::Table { alterations, .. } = &mut object.content {
            alterations.push(statement.sql.clone());
        }
        self.set_object(key, Some(object))
    }

    fn rename_table(&mut self, statement: &Statement) -> Result<()> {
        let (state, branch) = self.transaction_view()?;
        let (from, to) = (&statement.tables[0].name, &statement.tables[1].name);
        let new_name = ObjectName { catalog: None, schema: from.schema.clone(), name: to.name.clone() };
        if self.exists(&state, &branch, &new_name.key())? {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("Table with name \"{}\" already exists!", to.name),
            )
            .state("42P07"));
        }
        let Some(object) = branch.objects.get(&from.key()) else { return Err(no_such_table(&from.key())) };
        let stored = branch.stored(&object.schema, &object.name);
        self.connection().execute(&format!("ALTER TABLE {stored} RENAME TO {}", quote(&to.name)))?;
        self.note_change();
        let content = match &object.content {
            Content::Table { foreign_keys, .. } => {
                Content::Table { created: true, foreign_keys: foreign_keys.clone(), alterations: Vec::new() }
            }
            other => other.clone(),
        };
        let renamed = Object { schema: object.schema.clone(), name: to.name.clone(), content };
        let gone = self.existed(&state, &branch, &from.key())?.then(|| Object {
            schema: object.schema.clone(),
            name: object.name.clone(),
            content: Content::Dropped,
        });
        self.set_object(&from.key(), gone)?;
        self.set_object(&new_name.key(), Some(renamed))
    }

    /// Remembers changes of definition for the merge.
    pub(super) fn after_change_on_branch(&mut self, statement: &Statement) -> Result<()> {
        if !statement.kind.is_dml() {
            self.forget_indexed_columns();
        }
        if !matches!(statement.kind, Kind::AlterTable | Kind::CreateIndex | Kind::Comment) {
            return Ok(());
        }
        let Some(table) = statement.named(Access::Alter).next() else { return Ok(()) };
        if self.is_temporary(&table.name) {
            return Ok(());
        }
        let key = table.name.key();
        self.note_alteration_of(&key, statement)
    }

    /// Whether `name` is a macro that a branch session may call in place of a table.
    pub(super) fn is_branch_macro(&self, state: &State, branch: &Branch, name: &str) -> bool {
        matches!(state.seen(branch, &macro_key(&ObjectName::bare(name).key())), Seen::Macro(_))
            || crate::op::operation(name).is_some()
    }
}

/// A branch that was created for some tables writes no other.
fn refuse_other_tables(branch: &Branch, key: &TableKey) -> Result<()> {
    let name = key.to_string();
    let allowed = |table: &String| {
        table.eq_ignore_ascii_case(&name) || table.to_lowercase() == format!("{}.{}", key.schema, key.name)
    };
    if branch.tables.is_empty() || branch.tables.iter().any(allowed) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Denied, format!("branch \"{}\" may not write table {name}", branch.name))
        .hint(format!("it was created for {}; create a branch without the list of tables", branch.tables.join(", "))))
}
