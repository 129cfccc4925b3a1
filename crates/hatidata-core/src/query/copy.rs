//! COPY through the connection.
//!
//! `COPY … TO STDOUT` is a query whose rows the door writes in another form. `COPY … FROM STDIN` opens
//! the change and gives a [`Load`]: the door reads rows off the connection and puts their values into
//! it, the engine inserts them a part at a time in the statement's transaction, and
//! [`Session::finish_load`] ends the statement like any other change.

use std::sync::Arc;

use hatidata_engine::{Column, EngineError, Loader, Misfit, Mode, Scalar, SqlType, Value};
use hatidata_sql::{
    Copy, CopyError, CopyOptions, CopySubject, Kind, Meaning, Source, Statement, TableRef, apply, literal, parse_copy,
    parse_one, quote, table_columns,
};

use super::meaning::{BranchMeaning, MainMeaning};
use super::parse::Query;
use super::postgres::Configured;
use super::run::{Changed, Outcome, placed_error};
use crate::audit::Receipt;
use crate::error::{Error, ErrorKind, Result};
use crate::policy::{Decision, refused_in_branch};
use crate::session::Session;

/// The name under which the engine's query finds collected rows.
const COLLECTED: &str = "_hatidata_copied";
/// The column of their lines.
const LINE: &str = "_hatidata_line";
/// Stands between the parts of the message by which DuckDB says which value it could not cast.
const MARK: char = '\u{1}';

/// Rows on their way into a table. Dropped without [`Session::finish_load`], it loads nothing.
#[derive(Debug)]
pub struct Load {
    loader: Loader,
    table: String,
    columns: Vec<Column>,
    /// DuckDB's names of the columns' types.
    types: Vec<String>,
    options: CopyOptions,
    /// Whether lines are collected, for values that DuckDB casts.
    has_lines: bool,
    alone: bool,
    receipt: Option<Receipt>,
}

impl Load {
    /// The columns that every row has a value for.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How rows are written on the connection.
    pub fn options(&self) -> &CopyOptions {
        &self.options
    }

    /// The table's name, for messages.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Gives the current row a value. Text stands for any type, in DuckDB's form.
    pub fn put(&mut self, session: &Session, column: usize, value: &Value) -> Result<()> {
        let misfit = match self.loader.put(column, value) {
            Ok(()) => return Ok(()),
            Err(misfit) => misfit,
        };
        let name = self.types.get(column).map_or("", String::as_str);
        match (misfit, value) {
            (Misfit::Range, _) => {
                Err(Error::new(ErrorKind::InvalidInput, format!("value out of range for type {name}")).state("22003"))
            }
            (Misfit::Type, Value::Text(text)) => {
                let collected = Loader::collected(&self.columns[column].sql_type);
                let cast = cast(session, text, &collected)?;
                self.loader.put(column, &cast).map_err(|_| not_of_type(name, text))
            }
            (Misfit::Type, _) => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("this value cannot be loaded into a column of type {name}"),
            )
            .state("42804")
            .hint("send it as text")),
        }
    }

    /// As [`Load::put`], without a copy of the text where the column holds texts.
    pub fn put_text(&mut self, session: &Session, column: usize, text: &str) -> Result<()> {
        match self.loader.put_text(column, text) {
            Ok(()) => Ok(()),
            Err(_) => self.put(session, column, &Value::Text(text.to_owned())),
        }
    }

    /// Ends the current row, which is on this line of the data.
    pub fn end_row(&mut self, line: u64) -> Result<()> {
        if self.has_lines {
            let line = Value::Int(i64::try_from(line).unwrap_or(i64::MAX));
            self.loader.put(self.columns.len(), &line).map_err(|_| Error::internal("a line's number"))?;
        }
        self.loader.end_row().map_err(|e| located(&self.table, &self.columns, &self.types, e))
    }
}

/// What went wrong while rows were inserted, with the place of a value that could not be cast.
fn located(table: &str, columns: &[Column], types: &[String], error: EngineError) -> Error {
    let mut parts = error.message.splitn(4, MARK).skip(1);
    if let (Some(line), Some(column), Some(value)) = (parts.next(), parts.next(), parts.next()) {
        let at = column.parse().unwrap_or(usize::MAX);
        let name = columns.get(at).map_or("", |column| column.name.as_str());
        return not_of_type(types.get(at).map_or("", String::as_str), value)
            .context(format!("COPY {table}, line {line}, column {name}: \"{value}\""));
    }
    let error = placed_error(error, &apply("", Vec::new()));
    Error { position: None, ..error }.context(format!("COPY {table}"))
}

fn not_of_type(name: &str, value: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("invalid input syntax for type {name}: \"{value}\"")).state("22P02")
}

/// One of the rare forms of a value that only DuckDB reads.
fn cast(session: &Session, text: &str, sql_type: &SqlType) -> Result<Value> {
    let batch = session
        .connection()
        .prepare(&format!("SELECT CAST($1::VARCHAR AS {sql_type})"))
        .and_then(|prepared| prepared.run(&[Value::Text(text.to_owned())], Mode::Collect))
        .and_then(|mut rows| rows.next_batch())
        .map_err(|e| Error { position: None, ..e.into() })?;
    let value = match batch.as_ref().map_or(Scalar::Null, |batch| batch.get(0, 0)) {
        Scalar::Bool(v) => Value::Bool(v),
        Scalar::Int(v) => Value::Int(v),
        Scalar::UInt(v) => Value::HugeInt(v.into()),
        Scalar::HugeInt(v) => Value::HugeInt(v),
        Scalar::Float(v) => Value::Float(v),
        Scalar::Double(v) => Value::Double(v),
        Scalar::Decimal { unscaled, scale } => Value::Decimal(unscaled, 38, scale),
        Scalar::Uuid(v) => Value::Uuid(v),
        Scalar::Date(v) => Value::Date(v),
        Scalar::Time(v) => Value::Time(v),
        Scalar::Timestamp(v) => Value::Timestamp(v),
        Scalar::TimestampTz(v) => Value::TimestampTz(v),
        Scalar::Interval { months, days, micros } => Value::Interval { months, days, micros },
        _ => return Err(not_of_type(&sql_type.to_string(), text)),
    };
    Ok(value)
}

/// A statement's COPY through the connection; `None` when it is something else.
pub(super) fn read_copy(statement: &Statement) -> Result<Option<Copy>> {
    if !matches!(statement.kind, Kind::CopyFrom | Kind::CopyTo) || !statement.files.is_empty() {
        return Ok(None);
    }
    let error = |e: CopyError| {
        let kind = match e.sqlstate {
            "42601" => ErrorKind::Syntax,
            "0A000" => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidInput,
        };
        let hint = match e.message.starts_with("WHERE") {
            true => "load into a temporary table, then INSERT … SELECT … WHERE",
            false => "docs/copy.md lists the options",
        };
        Error::new(kind, e.message).state(e.sqlstate).at(e.position).hint(hint)
    };
    parse_copy(&statement.sql).map_err(error)
}

impl Session {
    /// The query whose rows a `COPY … TO STDOUT` sends, and where it stands in the statement's text.
    pub(super) fn copied_query(&mut self, statement: &Statement, copy: &Copy) -> Result<(Arc<Query>, Option<usize>)> {
        let (sql, offset) = match &copy.subject {
            CopySubject::Query(span) => (statement.sql[span.clone()].to_owned(), Some(span.start)),
            CopySubject::Table { name, columns } => {
                let columns = match (columns.as_slice(), statement.tables.first()) {
                    ([], Some(table)) => {
                        let target = self.meant(statement, table)?;
                        writable(&self.defined(&target)?.unwrap_or_default())
                    }
                    (columns, _) => columns.iter().map(|(name, _)| quote(name)).collect(),
                };
                let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
                (format!("SELECT {columns} FROM {}", &statement.sql[name.clone()]), None)
            }
        };
        let mut queries = super::parse(&sql).map_err(|e| moved(e, offset))?;
        let query = match (queries.pop(), queries.is_empty()) {
            (Some(query), true) if query.statement.kind == Kind::Query && query.call.is_none() => query,
            _ => {
                return Err(Error::new(ErrorKind::Unsupported, "COPY sends the rows of a table or of one query")
                    .at(offset.unwrap_or(0))
                    .hint("run a change with RETURNING as a statement of its own"));
            }
        };
        Ok((query, offset))
    }

    /// What `table` is stored as for this session, quoted and qualified.
    fn meant(&mut self, statement: &Statement, table: &TableRef) -> Result<String> {
        let decision = Decision::default();
        let configured = Configured::default();
        let operations = |f: &hatidata_sql::FunctionRef| self.own_function(statement, f, &[], &configured);
        let source = if self.is_on_branch() {
            let (state, branch) = match self.transaction_view() {
                Ok(view) => view,
                Err(_) => {
                    let state = self.registry().state();
                    let branch = self.visible_branch(&state)?;
                    (state, branch)
                }
            };
            let temporary = self.temporary_names().to_vec();
            BranchMeaning::new(&state, &branch, &decision, &temporary, &operations, self).table(table)?
        } else {
            MainMeaning { decision: &decision, operations: &operations, session: self }.table(table)?
        };
        Ok(match source {
            Source::AsWritten => table.name.to_string(),
            Source::Table(stored) => stored,
            // A view or a catalog: it has no definition to look at.
            Source::Query(_) => String::new(),
        })
    }

    /// The definition of a stored table.
    fn defined(&self, stored: &str) -> Result<Option<String>> {
        let named = parse_one(&format!("TABLE {stored}")).ok().and_then(|s| s.tables.first().map(|t| t.name.clone()));
        let Some(name) = named else { return Ok(None) };
        let key = name.key();
        let rows = self.connection().query_text(
            "SELECT sql FROM duckdb_tables() WHERE lower(schema_name) = $1 AND lower(table_name) = $2 AND temporary = $3",
            &[
                Value::Text(key.schema.replace("temp", "main")),
                Value::Text(key.name),
                Value::Bool(self.is_temporary(&name)),
            ],
        )?;
        Ok(rows.into_iter().next().and_then(|mut row| row.swap_remove(0)))
    }

    /// Opens the change of a `COPY … FROM STDIN`.
    pub(super) fn begin_load(&mut self, query: &Query, copy: Copy, receipt: &mut Option<Receipt>) -> Result<Outcome> {
        let statement = &query.statement;
        let (Some(table), CopySubject::Table { columns: named, .. }) = (statement.tables.first(), &copy.subject) else {
            return Err(Error::internal("COPY FROM without a table"));
        };
        if self.is_on_branch() {
            refused_in_branch(statement, |_| false)?;
        }
        super::meaning::refuse_internal(&table.name, table.span.start)?;
        let alone = !self.in_transaction();
        if alone {
            self.open_own_transaction();
        }
        if self.is_on_branch() {
            self.before_change_on_branch(statement)?;
        } else {
            self.before_change_on_main(statement)?;
        }
        self.start_transaction()?;
        let target = self.meant(statement, table)?;
        let columns = self.loaded_columns(table, &target, named)?;
        let list = columns.join(", ");
        let read = format!("SELECT {list} FROM {target}");
        let described =
            self.connection().prepare(&read).map_err(|e| Error { position: Some(table.span.start), ..e.into() })?;
        let columns = described.columns().to_vec();
        drop(described);
        let types: Vec<String> = self
            .connection()
            .query_text(&format!("SELECT column_type FROM (DESCRIBE {read})"), &[])?
            .into_iter()
            .map(|mut row| row.swap_remove(0).unwrap_or_default())
            .collect();
        let (values, has_lines) = inserted(&columns, &types);
        let mut collected: Vec<(String, SqlType)> =
            columns.iter().enumerate().map(|(at, c)| (format!("c{at}"), Loader::collected(&c.sql_type))).collect();
        if has_lines {
            collected.push((LINE.to_owned(), SqlType::BigInt));
        }
        let insert = format!("INSERT INTO {target} ({list}) SELECT {values} FROM {COLLECTED}");
        let table = table.name.name.clone();
        let loader =
            self.connection().load(&insert, COLLECTED, &collected).map_err(|e| located(&table, &columns, &types, e))?;
        self.note_change();
        let receipt = receipt.take();
        let load = Load { loader, table, columns, types, options: copy.options, has_lines, alone, receipt };
        Ok(Outcome::Load(Box::new(load)))
    }

    /// The columns that rows are loaded into, quoted: those that are named, or all that can be written.
    fn loaded_columns(&self, table: &TableRef, target: &str, named: &[(String, usize)]) -> Result<Vec<String>> {
        let Some(ddl) = self.defined(target)? else {
            // A name without a table: DuckDB's own error is the best one.
            self.connection().prepare(&format!("SELECT * FROM {target}")).map_err(|e| {
                let error = placed_error(e, &apply("", Vec::new()));
                Error { position: Some(table.span.start), ..error }
            })?;
            return Err(Error::new(ErrorKind::InvalidInput, format!("cannot copy to view \"{}\"", table.name.name))
                .state("42809")
                .at(table.span.start)
                .hint("copy into the table below it"));
        };
        let known = table_columns(&ddl);
        for (at, (name, position)) in named.iter().enumerate() {
            let relation = &table.name.name;
            let error = match known.iter().find(|c| c.name.eq_ignore_ascii_case(name)) {
                None => Error::new(
                    ErrorKind::NotFound,
                    format!("column \"{name}\" of relation \"{relation}\" does not exist"),
                )
                .state("42703")
                .hint("check the column names: DESCRIBE the table"),
                Some(column) if column.generated => {
                    Error::new(ErrorKind::InvalidInput, format!("column \"{name}\" is a generated column"))
                        .state("42P10")
                        .hint("generated columns cannot be loaded: leave the column out")
                }
                Some(_) if named[..at].iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) => {
                    Error::new(ErrorKind::InvalidInput, format!("column \"{name}\" specified more than once"))
                        .state("42701")
                        .hint("name each column once")
                }
                Some(_) => continue,
            };
            return Err(error.at(*position));
        }
        Ok(match named {
            [] => writable(&ddl),
            named => named.iter().map(|(name, _)| quote(name)).collect(),
        })
    }

    /// Works on a load: what takes long in it can be cancelled and has the statement's time.
    pub fn work_on_load<T>(&mut self, work: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        let _deadline = self.deadline();
        if self.connection().is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "canceling statement due to user request"));
        }
        work(self)
    }

    /// Ends a load: inserts the rest, and commits if the statement is alone. Gives the command tag.
    pub fn finish_load(&mut self, load: Load) -> Result<String> {
        let Load { loader, table, columns, types, alone, mut receipt, .. } = load;
        let deadline = self.deadline();
        let rows = loader.finish().map_err(|e| located(&table, &columns, &types, e));
        let outcome = rows.and_then(|rows| {
            let tag = Kind::CopyFrom.tag(rows);
            self.finish_change(alone, Changed::Count { tag, rows }, &mut receipt)
        });
        drop(deadline);
        match outcome {
            Ok(Outcome::Done { tag }) => Ok(tag),
            Ok(_) => Err(Error::internal("COPY gave rows")),
            Err(error) => Err(self.load_failed(receipt, error)),
        }
    }

    /// Ends a load that has failed for `error`: nothing of it stays.
    pub fn fail_load(&mut self, load: Load, error: Error) -> Error {
        let Load { loader, receipt, .. } = load;
        drop(loader);
        self.load_failed(receipt, error)
    }

    fn load_failed(&mut self, receipt: Option<Receipt>, error: Error) -> Error {
        let error = self.finish_failed(error, receipt);
        self.fail_transaction();
        self.explain_cancel(error)
    }
}

/// An error of the query within a COPY, at its place in the COPY.
pub(super) fn moved(error: Error, offset: Option<usize>) -> Error {
    Error { position: error.position.zip(offset).map(|(position, offset)| position + offset), ..error }
}

/// The columns of a definition that can be written, quoted.
fn writable(ddl: &str) -> Vec<String> {
    table_columns(ddl).iter().filter(|c| !c.generated).map(|c| quote(&c.name)).collect()
}

/// What the engine inserts for each column, and whether it needs the lines: values that were collected
/// in another type are cast, and one that cannot be says where it stands.
fn inserted(columns: &[Column], types: &[String]) -> (String, bool) {
    let mut has_lines = false;
    let values: Vec<String> = columns
        .iter()
        .zip(types)
        .enumerate()
        .map(|(at, (column, name))| {
            if Loader::collected(&column.sql_type) == column.sql_type {
                return format!("c{at}");
            }
            has_lines = true;
            let mark = literal(&MARK.to_string());
            format!(
                "CAST(CASE WHEN c{at} IS NOT NULL AND TRY_CAST(c{at} AS {name}) IS NULL \
                 THEN error({mark} || {LINE} || {mark} || '{at}' || {mark} || c{at}::VARCHAR) ELSE c{at} END AS {name})"
            )
        })
        .collect();
    (values.join(", "), has_lines)
}
