//! Operations that SQL calls by name, and functions that the session answers itself.

use std::time::Instant;

use hatidata_engine::{Mode, Value};
use hatidata_sql::{FunctionRef, Kind, Replacement, Statement, read_call};

use super::postgres::Configured;
use super::run::{Outcome, call_error};
use crate::answer::Answer;
use crate::audit::Entry;
use crate::branch::{self, Patience};
use crate::error::{Error, ErrorKind, Result};
use crate::op::operation;
use crate::session::Session;

impl Session {
    /// Runs an operation called by name; its answer becomes rows.
    pub(super) fn run_operation(
        &mut self,
        call: &hatidata_sql::Call,
        params: &[Value],
        entry: &Entry,
    ) -> Result<Outcome> {
        let Some(op) = operation(&call.name) else {
            return Err(Error::internal(format!("{} is not in the table of operations", call.name)));
        };
        let arguments = op.arguments(call, params)?;
        if op.changes {
            self.refuse_operation_in_transaction(op)?;
        }
        if op.function == "query_transpile" {
            let answer = self.transpile(&arguments.required(0)?, arguments.text(1)?.as_deref())?;
            let rows = self.execute(&answer.query(), &[], Mode::Collect)?;
            return Ok(self.open_stream(rows, true, false, None));
        }
        let transaction = self.registry().new_transaction();
        let cancelled = || self.connection().is_cancelled();
        let patience = Patience { until: Instant::now() + self.lock_patience(), cancelled: &cancelled };
        let registry = self.registry();
        let answer = match op.function {
            "branch_query" => {
                let (name, sql) = (arguments.required(0)?, arguments.required(1)?);
                let as_json = !matches!(call.arguments.get(1).map(|a| &a.value), Some(hatidata_sql::Literal::Text(_)));
                return self.branch_query(&name, &sql, as_json);
            }
            "branch_create" => {
                if self.is_on_branch() {
                    return Err(Error::new(ErrorKind::Unsupported, "a branch cannot be created from a branch")
                        .hint("RESET hatidata_branch first; branches are made from main"));
                }
                let create = branch::Create {
                    name: arguments.text(0)?,
                    description: arguments.text(1)?,
                    ttl_seconds: arguments.integer(2)?,
                    tables: arguments.list(3)?,
                    agent_id: self.identity().agent_id.clone(),
                };
                branch::create(registry, create, entry)?
            }
            "branch_list" => branch::list(registry, arguments.text(0)?.as_deref())?,
            "branch_diff" => match arguments.text(1)? {
                None => branch::diff(registry, &arguments.required(0)?)?,
                Some(table) => branch::diff_rows(registry, &arguments.required(0)?, &table)?,
            },
            "branch_merge" => {
                let merge = branch::Merge {
                    branch: arguments.required(0)?,
                    strategy: branch::Strategy::parse(arguments.text(1)?.as_deref())?,
                    dry_run: arguments.flag(2)?,
                };
                branch::merge(registry, transaction, &merge, &patience, entry)?
            }
            "branch_discard" => branch::discard(registry, transaction, &arguments.required(0)?, &patience, entry)?,
            "branch_conflicts" => branch::conflicts(registry, &arguments.required(0)?)?,
            "branch_resolve" => branch::resolve_conflict(
                registry,
                &arguments.required(0)?,
                &arguments.required(1)?,
                &arguments.text(2)?.unwrap_or_default(),
                &arguments.required(3)?,
                entry,
            )?,
            "branch_key" => {
                let table = hatidata_sql::parse_one(&format!("TABLE {}", arguments.required(0)?))
                    .ok()
                    .and_then(|s| s.tables.first().map(|t| t.name.clone()))
                    .unwrap_or_else(|| hatidata_sql::ObjectName::bare(arguments.required(0).unwrap_or_default()));
                branch::declare_key(registry, &table, &arguments.list(1)?, entry)?
            }
            "branch_restore" => branch::restore(registry, &arguments.required(0)?, entry)?,
            other => return Err(Error::internal(format!("{other} has no implementation"))),
        };
        if matches!(op.function, "branch_merge" | "branch_discard") {
            self.wake_collector();
        }
        let rows = self.execute(&answer.query(), &[], Mode::Collect)?;
        Ok(self.open_stream(rows, true, false, None))
    }

    /// Runs a statement in a branch from a session that is elsewhere.
    fn branch_query(&mut self, name: &str, sql: &str, as_json: bool) -> Result<Outcome> {
        let mut queries = super::parse(sql)?;
        let inner = match queries.len() {
            1 => queries.remove(0),
            n => {
                return Err(Error::new(ErrorKind::Syntax, format!("branch_query runs one statement, not {n}"))
                    .hint("call branch_query once for each statement, or SET hatidata_branch"));
            }
        };
        if inner.call.is_some()
            || matches!(inner.statement.kind, Kind::Transaction(_) | Kind::Set | Kind::Reset)
            || inner.is_copy()
        {
            return Err(Error::new(ErrorKind::Unsupported, "branch_query runs statements on tables only")
                .hint("run this statement outside of branch_query"));
        }
        let wrapped = |error: Error| Error { position: None, ..error };
        let outcome = self.on_branch(name, |session| session.run(&inner, &[])).map_err(wrapped)?;
        match outcome {
            Outcome::Done { tag } => {
                let count = tag.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
                let answer = Answer::row(branch::columns::ROWS_AFFECTED, vec![Some(count.to_string())]);
                let rows = self.execute(&answer.query(), &[], Mode::Collect)?;
                Ok(self.open_stream(rows, true, false, None))
            }
            Outcome::Copied { .. } | Outcome::Load(_) => Err(Error::internal("COPY in branch_query")),
            Outcome::Rows { .. } if !as_json => Ok(outcome),
            Outcome::Rows { stream, columns } => {
                let mut answer = Answer { columns: branch::columns::QUERY.to_vec(), rows: Vec::new() };
                while let Some(batch) = self.fetch(stream)? {
                    for row in 0..batch.rows() {
                        answer.rows.push(vec![Some(crate::json::row(&columns, &batch, row))]);
                    }
                }
                let rows = self.execute(&answer.query(), &[], Mode::Collect)?;
                Ok(self.open_stream(rows, true, false, None))
            }
        }
    }

    /// What the session answers itself: functions about it, and operations that stand in FROM among
    /// other things.
    pub(crate) fn own_function(
        &self,
        statement: &Statement,
        function: &FunctionRef,
        params: &[Value],
        configured: &Configured,
    ) -> Result<Option<Replacement>> {
        if let Some(replacement) = self.session_function(statement, function, params, configured)? {
            return Ok(Some(replacement));
        }
        if function.name.schema.is_some() {
            return Ok(None);
        }
        let Some(op) = operation(&function.name.name.to_ascii_lowercase()) else { return Ok(None) };
        let whole = Error::new(
            ErrorKind::Unsupported,
            format!("{} can only be called on its own: SELECT * FROM {}(…)", op.function, op.function),
        )
        .at(function.span.start)
        .hint("run it as a statement of its own and use its rows in the next one");
        if op.changes || !function.as_table || op.function == "branch_query" {
            return Err(whole);
        }
        let call = read_call(statement, function).map_err(|e| call_error(&e))?;
        if call.arguments.iter().any(|a| matches!(a.value, hatidata_sql::Literal::Param(_))) && params.is_empty() {
            return Err(whole);
        }
        let arguments = op.arguments(&call, params)?;
        let registry = self.registry();
        let answer = match op.function {
            "branch_list" => branch::list(registry, arguments.text(0)?.as_deref())?,
            "branch_conflicts" => branch::conflicts(registry, &arguments.required(0)?)?,
            _ => match arguments.text(1)? {
                None => branch::diff(registry, &arguments.required(0)?)?,
                Some(table) => branch::diff_rows(registry, &arguments.required(0)?, &table)?,
            },
        };
        Ok(Some(Replacement::Query(answer.query())))
    }
}
