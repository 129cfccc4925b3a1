//! Running one statement: the path from its text to rows.

use std::sync::Arc;
use std::time::Duration;

use hatidata_engine::{Column, EngineError, Mode, Rows, SqlType, Value};
use hatidata_sql::{
    Access, CallError, CatalogOf, CopyOptions, FunctionRef, Kind, Spliced, Statement, Transaction, lower,
};

use super::command::StandsFor;
use super::copy::{Load, moved, read_copy};
use super::meaning::{BranchMeaning, MainMeaning, refuse_internal};
use super::parse::Query;
use super::postgres::{self, Configured, Effect};
use super::stream::StreamId;
use super::verify::check_dynamic;
use crate::answer::Answer;
use crate::audit::{Entry, Outcome as Ending, Receipt};
use crate::error::{Error, ErrorKind, Result};
use crate::op::operation;
use crate::policy::{Decision, refused_in_branch};
use crate::session::Session;

/// What running a statement gave.
#[derive(Debug)]
pub enum Outcome {
    /// Rows, to be fetched with [`Session::fetch`].
    Rows {
        /// Their stream.
        stream: StreamId,
        /// Their columns.
        columns: Vec<Column>,
    },
    /// Rows that the client has asked for as copied data.
    Copied {
        /// Their stream.
        stream: StreamId,
        /// Their columns.
        columns: Vec<Column>,
        /// How they are written.
        options: CopyOptions,
    },
    /// The client sends rows now; [`Session::finish_load`] or [`Session::fail_load`] ends the statement.
    Load(Box<Load>),
    /// No rows; so many were changed.
    Done {
        /// The command tag.
        tag: String,
    },
}

/// An outcome or an error, with the receipt if it is still open.
type Ran = std::result::Result<(Outcome, Option<Receipt>), (Error, Option<Receipt>)>;

/// How often a statement that is alone in its transaction is run again after a write conflict.
const RETRIES_MAX: u32 = 50;

pub(crate) fn call_error(error: &CallError) -> Error {
    Error::new(ErrorKind::InvalidInput, error.message.clone())
        .at(error.position)
        .hint("give literals or parameters as arguments")
}

/// An engine's error with its position brought back into the client's text.
pub(crate) fn placed_error(error: EngineError, spliced: &Spliced) -> Error {
    let mut error = Error::from(error);
    error.position = error.position.map(|p| spliced.original(p));
    error.message = without_internal_names(&error.message);
    // A suggestion that names internal tables is no help.
    let useful = |hint: &String| !hint.contains(hatidata_sql::INTERNAL_PREFIX);
    error.hint = error
        .hint
        .map(|h| without_internal_names(&h))
        .filter(useful)
        .or_else(|| crate::error::default_hint(error.sqlstate, &error.message));
    error
}

/// Messages speak of the names that the client knows.
fn without_internal_names(message: &str) -> String {
    let mut out = message.to_owned();
    while let Some(start) = out.find("_hatidata_branch_").or_else(|| out.find("_hatidata_versions")) {
        let end = out[start..].find('.').map_or(out.len(), |i| start + i + 1);
        let start = if start > 0 && out.as_bytes()[start - 1] == b'"' { start - 1 } else { start };
        out.replace_range(start..end, "");
    }
    out
}

impl Session {
    /// Runs `query` with `params`. This is the way of every statement from every door.
    pub fn run(&mut self, query: &Query, params: &[Value]) -> Result<Outcome> {
        let statement = &query.statement;
        match if self.is_failed() { Ok(None) } else { self.stands_for(query) } {
            Ok(None) => {}
            Ok(Some(inner)) => return self.run_in_place(query, inner, params),
            Err(error) => return Err(self.refuse(query, error)),
        }
        match statement.kind {
            // Rows that nobody fetched end with their transaction.
            Kind::Transaction(Transaction::Commit) if !self.is_failed() => {
                self.hold_cursors()?;
                self.drop_streams();
            }
            Kind::Transaction(Transaction::Commit | Transaction::Rollback) => self.drop_streams(),
            // These leave the engine alone.
            Kind::Session(_) => {}
            _ => self.buffer_open_streams()?,
        }
        self.connection().arm();
        self.begin_activity(&statement.sql);
        let name = match &query.call {
            Some(Ok(call)) => operation(&call.name).map_or("query.run", |op| op.name),
            _ => "query.run",
        };
        let (receipt, decision) = self.pass(name, Some(query))?;
        let deadline = self.deadline();
        let result = match &statement.kind {
            Kind::Empty => Ok((Outcome::Done { tag: String::new() }, Some(receipt))),
            Kind::Transaction(command) => match self.transaction_command(*command, &statement.sql) {
                Ok(tag) => Ok((Outcome::Done { tag }, Some(receipt))),
                Err(error) => Err((error, Some(receipt))),
            },
            _ => match self.refuse_in_failed_transaction(query) {
                Err(error) => Err((error, Some(receipt))),
                Ok(()) => self.run_in_its_dialect(query, params, &decision, receipt),
            },
        };
        let result = result.map_err(|(error, receipt)| self.finish_failed(error, receipt));
        drop(deadline);
        match result {
            Ok((outcome, receipt)) => {
                if let Some(receipt) = receipt {
                    receipt.close(Ending::Ok, 0);
                }
                if let Outcome::Done { .. } = outcome {
                    self.end_activity();
                }
                Ok(outcome)
            }
            Err(error) => {
                self.fail_transaction();
                self.end_activity();
                Err(self.explain_cancel(error))
            }
        }
    }

    /// Runs what an EXECUTE or a DECLARE stands for.
    fn run_in_place(&mut self, query: &Query, inner: StandsFor, params: &[Value]) -> Result<Outcome> {
        let StandsFor { query: inner, offset, declare } = inner;
        if let Some(Err(error)) = declare.as_ref().map(|declare| self.check_declare(declare)) {
            return Err(self.refuse(query, error));
        }
        let outcome = self.run(&inner, params).map_err(|e| moved(e, offset))?;
        match declare {
            Some(declare) => self.declare(declare, outcome),
            None => Ok(outcome),
        }
    }

    /// Records a statement that is refused before it runs.
    fn refuse(&mut self, query: &Query, error: Error) -> Error {
        match self.pass("query.run", Some(query)) {
            Ok((receipt, _)) => receipt.fail(&error),
            Err(refused) => return refused,
        }
        self.fail_transaction();
        error
    }

    pub(super) fn finish_failed(&self, error: Error, receipt: Option<Receipt>) -> Error {
        if let Some(receipt) = receipt {
            receipt.fail(&error);
        }
        error
    }

    /// Runs `query`, translated where its dialect is not the engine's. A translation is judged like what was written.
    fn run_in_its_dialect(
        &mut self,
        query: &Query,
        params: &[Value],
        decision: &Arc<Decision>,
        receipt: Receipt,
    ) -> Ran {
        let mut receipt = Some(receipt);
        let outcome = self.in_its_dialect(query, |session, reading| {
            let decision = match std::ptr::eq(reading, query) {
                true => Arc::clone(decision),
                false => session.decide("query.run", reading)?,
            };
            let Some(open) = receipt.take() else { return Err(Error::internal("a statement lost its receipt")) };
            match session.run_in_transaction(reading, params, &decision, open) {
                Ok((outcome, open)) => {
                    receipt = open;
                    Ok(outcome)
                }
                Err((error, open)) => {
                    receipt = open;
                    Err(error)
                }
            }
        });
        match outcome {
            Ok(outcome) => Ok((outcome, receipt)),
            Err(error) => Err((error, receipt)),
        }
    }

    /// Runs everything but transaction commands, again after a write conflict where that is safe.
    fn run_in_transaction(&mut self, query: &Query, params: &[Value], decision: &Decision, receipt: Receipt) -> Ran {
        if let Some(call) = &query.call {
            self.note_attempt();
            let (record, receipt) = receipt.snapshot(Ending::Ok, 0);
            let entry = Entry::new(record);
            let outcome = call.as_ref().map_err(call_error).and_then(|call| self.run_operation(call, params, &entry));
            return match outcome {
                Ok(outcome) if entry.is_written() => {
                    receipt.settle();
                    Ok((outcome, None))
                }
                Ok(outcome) => Ok((outcome, Some(receipt))),
                Err(error) => Err((error, Some(receipt))),
            };
        }
        if let Some(described) = self.shown_table(query) {
            let described = match super::parse(&described).map(|mut queries| queries.pop()) {
                Ok(Some(described)) => described,
                Ok(None) => return Err((Error::internal("SHOW of a table"), Some(receipt))),
                Err(error) => return Err((error, Some(receipt))),
            };
            return self.run_in_transaction(&described, params, decision, receipt);
        }
        if matches!(query.statement.kind, Kind::Set | Kind::Reset | Kind::Show | Kind::Session(_)) {
            return match self.run_setting(query) {
                Ok(outcome) => Ok((outcome, Some(receipt))),
                Err(error) => Err((error, Some(receipt))),
            };
        }
        if postgres::asks_for_types(&query.statement) {
            let answered = self.execute(&postgres::types(params).query(), &[], Mode::Collect);
            return match answered {
                Ok(rows) => Ok((self.open_stream(rows, true, false, None), Some(receipt))),
                Err(error) => Err((error.into(), Some(receipt))),
            };
        }
        match read_copy(&query.statement) {
            Err(error) => return Err((error, Some(receipt))),
            Ok(Some(copy)) if !copy.is_load => {
                let (inner, offset) = match self.copied_query(&query.statement, &copy) {
                    Ok(inner) => inner,
                    Err(error) => return Err((error, Some(receipt))),
                };
                return match self.run_in_transaction(&inner, params, decision, receipt) {
                    Ok((Outcome::Rows { stream, columns }, receipt)) => {
                        Ok((Outcome::Copied { stream, columns, options: copy.options }, receipt))
                    }
                    Ok(other) => Ok(other),
                    Err((error, receipt)) => Err((moved(error, offset), receipt)),
                };
            }
            Ok(_) => {}
        }
        let alone = !self.in_transaction();
        let mut receipt = Some(receipt);
        let mut attempt = 0;
        loop {
            match self.run_sql(query, params, decision, &mut receipt) {
                Ok(outcome) => return Ok((outcome, receipt)),
                Err(error) => {
                    if alone {
                        self.abandon_own_transaction();
                    }
                    if !(alone && error.is_write_conflict() && attempt < RETRIES_MAX)
                        || self.connection().is_cancelled()
                    {
                        return Err((error, receipt));
                    }
                    attempt += 1;
                    // Spread out what collided: up to a few dozen milliseconds, longer each time.
                    let jitter = self.jitter() % (1 + u64::from(attempt.min(20)) * 2);
                    std::thread::sleep(Duration::from_millis(jitter));
                }
            }
        }
    }

    fn run_sql(
        &mut self,
        query: &Query,
        params: &[Value],
        decision: &Decision,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        self.end_abandoned();
        let statement = &query.statement;
        if statement.is_change() {
            self.note_attempt();
        }
        refuse_unsupported(statement)?;
        if statement.is_change() && self.is_read_only() {
            return Err(Error::new(ErrorKind::State, "cannot change anything in a read-only transaction")
                .state("25006")
                .hint("COMMIT, then BEGIN without READ ONLY"));
        }
        if let Some(copy) = read_copy(statement)? {
            return self.begin_load(query, copy, receipt);
        }
        if let Some(renamed) = self.as_alter_view(query)? {
            return self.run_where_it_is(&renamed, params, decision, receipt);
        }
        let Some((query, spliced)) = self.make_sequences(query)? else {
            return self.run_where_it_is(query, params, decision, receipt);
        };
        let outcome = self.run_where_it_is(&query, params, decision, receipt);
        if let (Kind::CreateTable { if_not_exists: true, .. }, Ok(_)) = (&query.statement.kind, &outcome) {
            // The table may have been there.
            crate::branch::drop_unused_sequences(self.connection(), &self.registry().state())?;
        }
        outcome.map_err(|e| Error { position: e.position.map(|p| spliced.original(p)), ..e })
    }

    fn run_where_it_is(
        &mut self,
        query: &Query,
        params: &[Value],
        decision: &Decision,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        if self.is_on_branch() {
            self.run_on_branch(query, params, decision, receipt)
        } else {
            self.run_on_main(query, params, decision, receipt)
        }
    }

    fn run_on_main(
        &mut self,
        query: &Query,
        params: &[Value],
        decision: &Decision,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        let statement = &query.statement;
        let configured = Configured::default();
        let spliced = {
            let operations = |f: &FunctionRef| self.own_function(statement, f, params, &configured);
            lower(statement, &mut MainMeaning { decision, operations: &operations, session: self })?
        };
        self.apply_configured(configured)?;
        let sql = spliced.sql.clone();
        check_dynamic(self.connection(), statement, &sql)?;
        if !statement.is_change() {
            if self.in_transaction() {
                self.start_transaction()?;
            }
            return self.stream(&sql, &spliced, params, false, receipt);
        }
        let alone = !self.in_transaction();
        if alone {
            self.open_own_transaction();
        }
        self.before_change_on_main(statement)?;
        self.start_transaction()?;
        if statement.kind == Kind::DropSchema && statement.sql.to_ascii_uppercase().contains("CASCADE") {
            for schema in statement.named(Access::Drop) {
                crate::branch::empty_schema(self.connection(), &schema.name.name)?;
            }
        }
        let outcome = self.change(statement, &sql, &spliced, params)?;
        self.after_change_on_main(statement)?;
        self.finish_change(alone, outcome, receipt)
    }

    fn run_on_branch(
        &mut self,
        query: &Query,
        params: &[Value],
        decision: &Decision,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        let statement = &query.statement;
        for table in &statement.tables {
            refuse_internal(&table.name, table.span.start)?;
        }
        {
            let state = self.registry().state();
            let branch = self.visible_branch(&state)?;
            refused_in_branch(statement, |name| self.is_branch_macro(&state, &branch, name))?;
        }
        let alone = !self.in_transaction();
        if alone {
            self.open_own_transaction();
        }
        if statement.is_change() {
            self.before_change_on_branch(statement)?;
        }
        self.start_transaction()?;
        if let Some(outcome) = self.define_on_branch(query)? {
            return self.finish_change(alone, outcome, receipt);
        }
        let configured = Configured::default();
        let lowered = {
            let (state, branch) = self.transaction_view()?;
            let temporary = self.temporary_names().to_vec();
            let operations = |f: &FunctionRef| self.own_function(statement, f, params, &configured);
            let mut meaning = BranchMeaning::new(&state, &branch, decision, &temporary, &operations, self);
            meaning.keeps_calls = statement.kind == Kind::AlterTable;
            let spliced = lower(statement, &mut meaning)?;
            for (_, create) in &meaning.macros {
                self.connection().execute(create)?;
            }
            // These reach nothing but their target, which is the branch's own.
            if !matches!(statement.kind, Kind::AlterTable | Kind::CreateIndex | Kind::Comment | Kind::CopyFrom) {
                self.verified().check(self.connection(), statement, &spliced.sql, &meaning)?;
            }
            (spliced, meaning.sources)
        };
        self.apply_configured(configured)?;
        let (spliced, sources) = lowered;
        let sql = spliced.sql.clone();
        if let Kind::Explain { .. } = statement.kind {
            return self.explain_in_branch(&sql, &spliced, params, &sources, alone, receipt);
        }
        if !statement.is_change() {
            return self.stream(&sql, &spliced, params, alone, receipt);
        }
        let outcome = self.change(statement, &sql, &spliced, params)?;
        self.after_change_on_branch(statement)?;
        self.finish_change(alone, outcome, receipt)
    }

    /// Starts a statement whose rows are produced while the client reads them.
    fn stream(
        &mut self,
        sql: &str,
        spliced: &Spliced,
        params: &[Value],
        ends_transaction: bool,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        // DuckDB 1.5.5 can wait for itself for ever when it streams the many unions of a catalog; their rows are few.
        let collected = CatalogOf::is_read_by(sql);
        let mode = if collected { Mode::Collect } else { Mode::Stream };
        let rows = self.execute(sql, params, mode).map_err(|e| placed_error(e, spliced))?;
        Ok(self.open_stream(rows, collected, ends_transaction, receipt.take()))
    }

    /// Runs a statement that changes something; rows it returns are complete before it commits.
    fn change(&mut self, statement: &Statement, sql: &str, spliced: &Spliced, params: &[Value]) -> Result<Changed> {
        let rows = self.execute(sql, params, Mode::Collect).map_err(|e| placed_error(e, spliced))?;
        self.note_change();
        if statement.returning || matches!(statement.kind, Kind::Explain { .. }) {
            return Ok(Changed::Rows(rows));
        }
        let changed = changed_rows(statement, rows)?;
        Ok(Changed::Count { tag: statement.kind.tag(changed), rows: changed })
    }

    /// Writes the change's audit record in its transaction and commits if the statement is alone.
    pub(super) fn finish_change(
        &mut self,
        alone: bool,
        outcome: Changed,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        let rows = match &outcome {
            Changed::Count { rows, .. } => *rows,
            Changed::Rows(_) => 0,
        };
        if let Some(taken) = receipt.take() {
            let (record, taken) = taken.snapshot(Ending::Ok, rows);
            if let Err(error) = self.write_record(record).and_then(|()| if alone { self.commit() } else { Ok(()) }) {
                *receipt = Some(taken);
                return Err(error);
            }
            taken.settle();
        }
        Ok(match outcome {
            Changed::Count { tag, .. } => Outcome::Done { tag },
            Changed::Rows(rows) => self.open_stream(rows, true, false, None),
        })
    }

    fn explain_in_branch(
        &mut self,
        sql: &str,
        spliced: &Spliced,
        params: &[Value],
        sources: &[(String, String)],
        alone: bool,
        receipt: &mut Option<Receipt>,
    ) -> Result<Outcome> {
        let mut rows = self.execute(sql, params, Mode::Collect).map_err(|e| placed_error(e, spliced))?;
        let mut lines = Vec::new();
        for (table, source) in sources {
            let line = format!("{table}: {source}");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let mut answer = Answer {
            columns: vec![("explain_key", SqlType::Varchar), ("explain_value", SqlType::Varchar)],
            rows: vec![vec![Some("branch_sources".into()), Some(lines.join("\n"))]],
        };
        while let Some(batch) = rows.next_batch()? {
            for row in 0..batch.rows() {
                let cell = |column| match batch.get(column, row) {
                    hatidata_engine::Scalar::Text(text) => Some(without_internal_names(text)),
                    _ => None,
                };
                answer.rows.push(vec![cell(0), cell(1)]);
            }
        }
        drop(rows);
        if alone {
            self.abandon_own_transaction();
        }
        let rows = self.execute(&answer.query(), &[], Mode::Collect)?;
        Ok(self.open_stream(rows, true, false, receipt.take()))
    }

    fn apply_configured(&mut self, configured: Configured) -> Result<()> {
        for effect in configured.into_inner() {
            match effect {
                Effect::Set(name, value) => self.set(&name, Some(&value), false)?,
                Effect::Cancel(number) => {
                    self.platform().activities.cancel(number);
                }
                Effect::Notify(channel, payload) => {
                    let signal = self.notification(&channel, &payload)?;
                    self.signal(signal);
                }
            }
        }
        Ok(())
    }

    fn transaction_command(&mut self, command: Transaction, sql: &str) -> Result<String> {
        match command {
            Transaction::Begin => {
                let sql = sql.to_ascii_uppercase();
                let tag = self.begin(sql.contains("READ ONLY"))?;
                Ok(if sql.starts_with("START") { "START TRANSACTION".into() } else { tag })
            }
            Transaction::Commit => self.end(true),
            Transaction::Rollback => self.end(false),
            command => self.savepoint(command, sql),
        }
    }
}

pub(super) enum Changed {
    Count { tag: String, rows: u64 },
    Rows(Rows),
}

/// Rows changed; CREATE TABLE AS gives its count as a row.
pub(super) fn changed_rows(statement: &Statement, mut rows: Rows) -> Result<u64> {
    if let Kind::CreateTable { as_query: true, .. } = statement.kind
        && let Some(batch) = rows.next_batch()?
        && let hatidata_engine::Scalar::Int(count) = batch.get(0, 0)
    {
        return Ok(count.unsigned_abs());
    }
    Ok(rows.rows_changed())
}

/// Commands that DuckDB would run but that change more than this session's data, or that come later.
fn refuse_unsupported(statement: &Statement) -> Result<()> {
    /// What `max_identifier_length` says.
    const NAME_CHARACTERS_MAX: usize = 128;
    if let Some(table) = statement.named(Access::Create).find(|t| t.name.name.chars().count() > NAME_CHARACTERS_MAX) {
        return Err(Error::new(ErrorKind::InvalidInput, "the name is too long")
            .state("42622")
            .at(table.span.start)
            .hint(format!("names have at most {NAME_CHARACTERS_MAX} characters")));
    }
    let unsupported =
        |what: &str, hint: &str| Err(Error::new(ErrorKind::Unsupported, format!("{what} is not offered")).hint(hint));
    match &statement.kind {
        Kind::Other(word) => match word.as_str() {
            "ATTACH" | "DETACH" | "USE" => unsupported(word, "one database is served; tables can be put into schemas"),
            "INSTALL" | "LOAD" => unsupported(word, "extensions are not loaded at run time"),
            "GRANT" | "REVOKE" => unsupported(word, "access is governed by policy, not by GRANT"),
            "LOCK" => unsupported(word, "transactions are isolated without table locks; retry on 40001"),
            "EXPORT" | "IMPORT" => unsupported(word, "COPY (SELECT …) TO a file instead"),
            "CALL" | "CHECKPOINT" | "FORCE" | "VACUUM" | "ANALYZE" => Ok(()),
            word => Err(Error::new(ErrorKind::Syntax, format!("syntax error at or near \"{}\"", word.to_lowercase()))
                .at(0)
                .hint("statements start with SELECT, INSERT, UPDATE, DELETE, CREATE and so on")),
        },
        Kind::CreateOther(word)
            if matches!(
                word.as_str(),
                "ROLE" | "USER" | "DATABASE" | "EXTENSION" | "TRIGGER" | "PROCEDURE" | "SECRET"
            ) =>
        {
            unsupported(&format!("CREATE {word}"), "see docs/sql.md for what is offered")
        }
        Kind::CreateOther(word)
            if word == "SCHEMA" && statement.sql.to_ascii_lowercase().contains(hatidata_sql::INTERNAL_PREFIX) =>
        {
            Err(Error::new(ErrorKind::Denied, "names that start with _hatidata_ are the server's own")
                .hint("choose another name"))
        }
        Kind::DropSchema
            if statement
                .named(Access::Drop)
                .any(|t| t.name.name.to_ascii_lowercase().starts_with(hatidata_sql::INTERNAL_PREFIX)) =>
        {
            Err(Error::new(ErrorKind::NotFound, "there is no such schema").state("3F000"))
        }
        _ => Ok(()),
    }
}
