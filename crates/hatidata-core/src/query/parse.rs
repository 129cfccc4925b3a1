//! A client's text cut into statements that are ready to be judged and run.

use std::sync::Arc;

use hatidata_sql::{
    Call, CallError, Kind, Setting, Statement, fingerprint, parse as parse_sql, parse_setting, whole_call,
};

use crate::error::{Error, ErrorKind, Result};
use crate::op::operation;

/// One statement of a client's text.
#[derive(Debug)]
pub struct Query {
    /// What was found in it.
    pub statement: Statement,
    /// Where it starts in the text, in bytes.
    pub offset: usize,
    pub(crate) fingerprint: u64,
    pub(crate) call: Option<std::result::Result<Call, CallError>>,
    pub(crate) setting: Option<Setting>,
}

impl Query {
    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.statement.kind == Kind::Empty
    }

    /// Whether it is a COPY whose data travel on the connection.
    pub fn is_copy(&self) -> bool {
        matches!(self.statement.kind, Kind::CopyFrom | Kind::CopyTo) && self.statement.files.is_empty()
    }

    /// The command tag for `rows` rows.
    pub fn tag(&self, rows: u64) -> String {
        if self.call.is_some() {
            return Kind::Query.tag(rows);
        }
        self.statement.kind.tag(rows)
    }

    /// The statement inside a `branch_query` whose text is a literal.
    pub(crate) fn inner(&self) -> Option<Query> {
        let Some(Ok(call)) = &self.call else { return None };
        let sql =
            call.arguments.iter().enumerate().find_map(|(at, argument)| match (&argument.name, &argument.value) {
                (None, hatidata_sql::Literal::Text(text)) if at == 1 => Some(text),
                (Some(name), hatidata_sql::Literal::Text(text)) if name == "sql" => Some(text),
                _ => None,
            })?;
        let mut queries = parse(sql).ok()?;
        (queries.len() == 1).then(|| Arc::try_unwrap(queries.remove(0)).ok()).flatten()
    }
}

/// Cuts `sql` at its semicolons. A text of nothing gives no query.
pub fn parse(sql: &str) -> Result<Vec<Arc<Query>>> {
    let pieces = parse_sql(sql).map_err(|e| {
        Error::new(ErrorKind::Syntax, e.message).at(e.position).hint("check quotes and brackets near this place")
    })?;
    Ok(pieces
        .into_iter()
        .map(|piece| {
            let statement = piece.statement;
            let setting = match statement.kind {
                Kind::Set | Kind::Reset | Kind::Show => parse_setting(&statement.sql),
                _ => None,
            };
            let call = whole_call(&statement, |name| operation(name).is_some());
            Arc::new(Query { fingerprint: fingerprint(&statement), offset: piece.offset, statement, call, setting })
        })
        .collect())
}
