//! Commands about the session, as statements: PREPARE and EXECUTE, cursors, LISTEN and NOTIFY, DISCARD.
//!
//! EXECUTE and DECLARE stand for another statement, which runs in their place: it is what passes the
//! pipeline and what the audit has.

use std::sync::Arc;

use hatidata_engine::Column;
use hatidata_sql::{Command, Declare, Kind, parse_command, replace_params};

use super::parse::Query;
use super::run::Outcome;
use crate::error::{Error, ErrorKind, Result};
use crate::session::{Session, Signal};

/// A statement that SQL has prepared.
#[derive(Debug)]
pub(crate) struct Stored {
    sql: String,
    params: usize,
    /// The types that its parameters were declared with.
    types: Vec<String>,
}

/// The statement that another one stands for.
pub(super) struct StandsFor {
    pub(super) query: Arc<Query>,
    /// Where it begins in the text; `None` when it is not in it.
    pub(super) offset: Option<usize>,
    pub(super) declare: Option<Declare>,
}

fn read_command(query: &Query) -> Result<Command> {
    parse_command(&query.statement.sql).map_err(|e| {
        Error::new(ErrorKind::Syntax, e.message).at(e.position).hint("write it as PostgreSQL does; see docs/session.md")
    })
}

fn single(sql: &str) -> Result<Arc<Query>> {
    let mut queries = super::parse(sql)?;
    match (queries.pop(), queries.is_empty()) {
        (Some(query), true) => Ok(query),
        _ => Err(Error::new(ErrorKind::Syntax, "one statement is expected here")),
    }
}

impl Session {
    /// Whether SQL has prepared a statement of this name.
    pub fn has_prepared(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    /// What `query` stands for, if it is an EXECUTE or a DECLARE.
    pub(super) fn stands_for(&self, query: &Query) -> Result<Option<StandsFor>> {
        match &query.statement.kind {
            Kind::Session(word) if matches!(word.as_str(), "EXECUTE" | "DECLARE") => {}
            _ => return Ok(None),
        }
        match read_command(query)? {
            Command::Execute { name, arguments } => {
                let query = self.expanded(&name, &arguments)?;
                Ok(Some(StandsFor { query, offset: None, declare: None }))
            }
            Command::Declare(declare) => {
                let start = declare.query.start;
                let inner = single(&query.statement.sql[declare.query.clone()])
                    .map_err(|e| super::copy::moved(e, Some(start)))?;
                if inner.statement.kind != Kind::Query || inner.call.is_some() {
                    return Err(Error::new(ErrorKind::Syntax, "a cursor is declared for a SELECT")
                        .at(start)
                        .hint("run other statements by themselves"));
                }
                Ok(Some(StandsFor { query: inner, offset: Some(start), declare: Some(declare) }))
            }
            _ => Ok(None),
        }
    }

    /// The command tag of `query` for `rows` rows: that of the statement which an EXECUTE stands for.
    pub fn tag(&self, query: &Query, rows: u64) -> String {
        match self.stands_for(query) {
            Ok(Some(inner)) if inner.declare.is_none() => inner.query.tag(rows),
            _ => query.tag(rows),
        }
    }

    /// The columns of a command about the session; `None` for other statements.
    pub(super) fn command_columns(&self, query: &Query) -> Result<Option<Vec<Column>>> {
        match &query.statement.kind {
            Kind::Session(word) if word == "FETCH" => match read_command(query)? {
                Command::Fetch { name, .. } => self.columns_of_cursor(&name).map(Some),
                _ => Ok(Some(Vec::new())),
            },
            Kind::Session(_) => Ok(Some(Vec::new())),
            _ => Ok(None),
        }
    }

    /// A prepared statement with its arguments in place of its parameters.
    fn expanded(&self, name: &str, arguments: &[String]) -> Result<Arc<Query>> {
        let stored = self.stored.get(name).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("prepared statement \"{name}\" does not exist"))
                .state("26000")
                .hint("PREPARE it again: statements live as long as their connection")
        })?;
        if arguments.len() != stored.params {
            return Err(Error::new(
                ErrorKind::Syntax,
                format!("wrong number of parameters for prepared statement \"{name}\""),
            )
            .hint(format!("expected {} parameters but got {}", stored.params, arguments.len())));
        }
        single(&replace_params(&stored.sql, |n| {
            let argument = arguments.get(n - 1)?;
            Some(match stored.types.get(n - 1) {
                Some(name) => format!("CAST({argument} AS {name})"),
                None => format!("({argument})"),
            })
        }))
    }

    fn prepare(&mut self, query: &Query, name: String, types: Vec<String>, span: std::ops::Range<usize>) -> Result<()> {
        if self.stored.contains_key(&name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("prepared statement \"{name}\" already exists"))
                .state("42P05")
                .hint("DEALLOCATE it first, or use another name"));
        }
        let (start, sql) = (span.start, query.statement.sql[span].to_owned());
        let placed = |e| super::copy::moved(e, Some(start));
        let inner = single(&sql).map_err(placed)?;
        if !(inner.statement.kind == Kind::Query || inner.statement.kind.is_dml()) {
            return Err(Error::new(ErrorKind::Syntax, "only SELECT, INSERT, UPDATE, DELETE and MERGE can be prepared")
                .at(start)
                .hint("run other statements by themselves"));
        }
        // What is wrong with it is told now, with its place in the client's text.
        self.describe(&inner, &[]).map_err(placed)?;
        let params = inner.statement.params.max(types.len());
        self.stored.insert(name, Arc::new(Stored { sql, params, types }));
        Ok(())
    }

    /// Runs a command about the session; its tag, or the rows of a FETCH.
    pub(super) fn run_command(&mut self, query: &Query, word: &str) -> Result<Outcome> {
        let done = |tag: &str| Ok(Outcome::Done { tag: tag.to_owned() });
        match read_command(query)? {
            Command::Prepare { name, types, statement } => {
                self.prepare(query, name, types, statement)?;
                done("PREPARE")
            }
            // The door knows more prepared statements than those of SQL, and says which do not exist.
            Command::Deallocate(Some(name)) => {
                self.stored.remove(&name);
                done("DEALLOCATE")
            }
            Command::Deallocate(None) => {
                self.stored.clear();
                done("DEALLOCATE ALL")
            }
            Command::Fetch { name, motion } => self.fetch_from_cursor(&name, motion, word == "MOVE"),
            Command::Close(name) => {
                self.close_cursor(name.as_deref())?;
                done(if name.is_some() { "CLOSE CURSOR" } else { "CLOSE CURSOR ALL" })
            }
            Command::Listen(channel) => {
                self.notification(&channel, "")?;
                self.signal(Signal::Listen(channel));
                done("LISTEN")
            }
            Command::Unlisten(channel) => {
                self.signal(Signal::Unlisten(channel));
                done("UNLISTEN")
            }
            Command::Notify { channel, payload } => {
                let signal = self.notification(&channel, &payload)?;
                self.signal(signal);
                done("NOTIFY")
            }
            Command::Discard(what) => {
                self.discard(&what)?;
                done(&format!("DISCARD {what}"))
            }
            Command::Execute { .. } | Command::Declare(_) => {
                Err(Error::internal("a statement that stands for another"))
            }
        }
    }

    fn discard(&mut self, what: &str) -> Result<()> {
        self.buffer_open_streams()?;
        if what == "ALL" {
            if self.in_transaction() {
                return Err(Error::new(ErrorKind::State, "DISCARD ALL cannot run inside a transaction block")
                    .state("25001")
                    .hint("COMMIT or ROLLBACK first"));
            }
            self.close_cursor(None)?;
            self.stored.clear();
            self.unlisten_all();
        }
        if matches!(what, "ALL" | "PLANS") {
            self.forget_plans();
        }
        if matches!(what, "ALL" | "TEMP") {
            self.drop_temporary()?;
        }
        if what == "ALL" { self.reset_all() } else { Ok(()) }
    }
}
