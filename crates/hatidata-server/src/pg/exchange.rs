//! The conversation about statements: what is prepared and bound, and what each message answers.
//!
//! Everything here is synchronous and writes its answer into a buffer. The connection runs it on a
//! blocking thread, a piece at a time: a result longer than `CHUNK_BYTES` is continued when the
//! client has taken the first part, which is how back-pressure reaches the engine.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use hatidata_core::{
    Batch, Column, CopyOptions, Description, Error, ErrorKind, Kind, Load, Outcome, Query, Result, Session, SqlType,
    StreamId, TransactionStatus, Value, parse,
};

use super::copy::{RowReader, RowWriter, put_start_of_load};
use super::frame::{Target, put, put_error, put_notice, put_parameter, put_tag, put_text};
use super::value::{EncodeError, Format, decode_param, encode_row, pg_type, sql_type};
use super::zone::Zone;

/// How much of a result is encoded before it is sent.
const CHUNK_BYTES: usize = 64 * 1024;

/// Settings that clients are told, with the names by which they know them.
pub(super) const REPORTED: &[(&str, &str)] = &[
    ("server_version", "server_version"),
    ("server_encoding", "server_encoding"),
    ("client_encoding", "client_encoding"),
    ("application_name", "application_name"),
    ("DateStyle", "datestyle"),
    ("IntervalStyle", "intervalstyle"),
    ("TimeZone", "timezone"),
    ("integer_datetimes", "integer_datetimes"),
    ("standard_conforming_strings", "standard_conforming_strings"),
    ("is_superuser", "is_superuser"),
    ("in_hot_standby", "in_hot_standby"),
    ("default_transaction_read_only", "default_transaction_read_only"),
];

/// A prepared statement of the client.
struct Statement {
    sql: String,
    /// `None` for an empty statement.
    query: Option<Arc<Query>>,
    declared: Vec<u32>,
    description: Description,
}

/// A statement bound to parameters.
struct Portal {
    statement: Arc<Statement>,
    params: Vec<Value>,
    formats: Vec<Format>,
    progress: Progress,
}

enum Progress {
    Bound,
    Rows(Cursor),
    Ended,
}

/// A result on its way to the client.
struct Cursor {
    stream: StreamId,
    encoding: Vec<(SqlType, Format)>,
    batch: Option<Batch>,
    row: usize,
    sent: u64,
    query: Arc<Query>,
    /// How rows of a COPY are written; other rows are DataRow messages.
    copy: Option<Box<RowWriter>>,
}

impl Cursor {
    fn new(
        stream: StreamId,
        encoding: Vec<(SqlType, Format)>,
        query: Arc<Query>,
        copy: Option<Box<RowWriter>>,
    ) -> Cursor {
        Cursor { stream, encoding, batch: None, row: 0, sent: 0, query, copy }
    }
}

/// What is left to do for the message that is being answered.
pub(super) enum Pending {
    Nothing,
    /// Simple query: the rest of its statements, beginning with an unfinished result.
    Simple(Simple),
    /// Execute: more rows of this portal, at most `left`; `sent` were sent for this message.
    Execute {
        portal: String,
        left: u64,
        sent: u64,
    },
    /// The client sends the rows of a COPY.
    CopyIn,
}

/// A COPY FROM STDIN under way.
struct CopyIn {
    load: Load,
    reader: RowReader,
    /// The simple query that goes on after it; none in the extended protocol.
    simple: Option<Simple>,
}

/// How the client ends the data of a COPY.
pub(super) enum CopyEnd {
    Done,
    /// It gave up, or broke the protocol.
    Failed(Error),
}

/// What one statement of a simple query has come to.
enum Step {
    /// Its end, with this tag.
    Ended(String),
    /// The buffer is full.
    Full,
    /// The client has to send rows.
    Load(Box<Load>),
}

/// A simple query under way.
pub(super) struct Simple {
    sql: String,
    queries: Vec<Arc<Query>>,
    at: usize,
    cursor: Option<Cursor>,
}

/// A client's session with its statements and portals.
pub(super) struct Exchange {
    pub(super) session: Session,
    statements: HashMap<String, Arc<Statement>>,
    portals: HashMap<String, Portal>,
    copying: Option<CopyIn>,
    zone: Zone,
    /// The values of [`REPORTED`] that the client knows.
    reported: Vec<String>,
}

fn ready_state(status: TransactionStatus) -> u8 {
    match status {
        TransactionStatus::Idle => b'I',
        TransactionStatus::Open => b'T',
        TransactionStatus::Failed => b'E',
    }
}

/// The position that a client is told: characters from 1, in the text that it sent.
fn client_position(sql: &str, offset: usize, position: Option<usize>) -> Option<usize> {
    let end = (offset + position?).min(sql.len());
    Some(sql.char_indices().take_while(|(at, _)| *at < end).count() + 1)
}

impl Exchange {
    pub(super) fn new(session: Session) -> Exchange {
        let setting = |name: &str| session.setting(name).unwrap_or_default().to_owned();
        Exchange {
            zone: Zone::named(&setting("timezone")),
            reported: REPORTED.iter().map(|(_, name)| setting(name)).collect(),
            session,
            statements: HashMap::new(),
            portals: HashMap::new(),
            copying: None,
        }
    }

    /// NotificationResponse for what has arrived; in a transaction it waits for the end of that.
    pub(super) fn put_notifications(&mut self, out: &mut BytesMut) {
        if self.session.transaction_status() != TransactionStatus::Idle {
            return;
        }
        for notification in self.session.take_notifications() {
            put(out, b'A', |out| {
                out.put_i32(notification.sender);
                put_text(out, &notification.channel);
                put_text(out, &notification.payload);
            });
        }
    }

    /// ReadyForQuery.
    pub(super) fn put_ready(&mut self, out: &mut BytesMut) {
        self.put_notifications(out);
        let state = ready_state(self.session.transaction_status());
        put(out, b'Z', |out| out.put_u8(state));
    }

    fn put_notices(&mut self, out: &mut BytesMut) {
        for notice in self.session.take_notices() {
            put_notice(out, &notice);
        }
    }

    /// Tells the client about settings that it tracks.
    fn put_changed_settings(&mut self, out: &mut BytesMut) {
        for ((shown, name), known) in REPORTED.iter().zip(&mut self.reported) {
            let value = self.session.setting(name).unwrap_or_default();
            if value != known {
                value.clone_into(known);
                put_parameter(out, shown, value);
                if *name == "timezone" {
                    self.zone = Zone::named(value);
                }
            }
        }
    }

    // Simple protocol.

    /// Answers a Query message.
    pub(super) fn simple(&mut self, sql: String, out: &mut BytesMut) -> Pending {
        self.portals.remove("");
        match parse(&sql) {
            Ok(queries) if queries.is_empty() => {
                put(out, b'I', |_| {});
                self.put_ready(out);
                Pending::Nothing
            }
            Ok(queries) if queries.len() == 1 && self.moved_portal(&queries[0]).is_some() => {
                let moved = self.moved_portal(&queries[0]).map_or(Ok(0), |(name, rows)| self.skip_rows(&name, rows));
                match moved {
                    Ok(rows) => {
                        put_tag(out, &format!("MOVE {rows}"));
                        self.put_ready(out);
                        Pending::Nothing
                    }
                    Err(error) => self.refuse_simple(&sql, &error, out),
                }
            }
            Ok(queries) => match self.check_together(&queries) {
                Ok(()) => self.simple_step(Simple { sql, queries, at: 0, cursor: None }, out),
                Err(error) => self.refuse_simple(&sql, &error, out),
            },
            Err(error) => self.refuse_simple(&sql, &error, out),
        }
    }

    /// What must hold for all statements of a text before the first one runs.
    fn check_together(&self, queries: &[Arc<Query>]) -> Result<()> {
        for query in queries {
            self.check_deallocate(query)?;
        }
        if queries.len() > 1 { self.session.check_syntax(queries) } else { Ok(()) }
    }

    fn check_deallocate(&self, query: &Query) -> Result<()> {
        match self.deallocated(query) {
            Some(name) if self.session.has_prepared(&name) || self.session.has_prepared(&name.to_lowercase()) => Ok(()),
            Some(name) if !name.eq_ignore_ascii_case("all") => self.statement(&name).map(drop),
            _ => Ok(()),
        }
    }

    /// `MOVE [FORWARD] n [FROM] portal` of an open portal: drivers skip rows of theirs with it.
    fn moved_portal(&self, query: &Query) -> Option<(String, u64)> {
        let words: Vec<&str> = query.statement.sql.split_whitespace().collect();
        if !words.first()?.eq_ignore_ascii_case("MOVE") {
            return None;
        }
        let rows = words.iter().find_map(|word| word.parse().ok())?;
        let name = words.last()?.trim_matches('"').to_owned();
        self.portals.contains_key(&name).then_some((name, rows))
    }

    /// Fetches rows of a portal without sending them.
    fn skip_rows(&mut self, name: &str, rows: u64) -> Result<u64> {
        let portal = self.portals.get_mut(name).ok_or_else(|| no_portal(name))?;
        let Progress::Rows(mut cursor) = std::mem::replace(&mut portal.progress, Progress::Ended) else { return Ok(0) };
        let mut skipped = 0;
        while skipped < rows {
            let batch = match cursor.batch.take() {
                Some(batch) => batch,
                None => {
                    cursor.row = 0;
                    match self.session.fetch(cursor.stream)? {
                        Some(batch) => batch,
                        None => return Ok(skipped),
                    }
                }
            };
            let step = (rows - skipped).min((batch.rows() - cursor.row) as u64);
            skipped += step;
            cursor.row += step as usize;
            if cursor.row < batch.rows() {
                cursor.batch = Some(batch);
            }
        }
        if let Some(portal) = self.portals.get_mut(name) {
            portal.progress = Progress::Rows(cursor);
        }
        Ok(skipped)
    }

    /// The name in a DEALLOCATE statement.
    fn deallocated(&self, query: &Query) -> Option<String> {
        let Kind::Session(word) = &query.statement.kind else { return None };
        let last = query.statement.sql.split_whitespace().last()?.trim_end_matches(';').trim_matches('"');
        (word == "DEALLOCATE").then(|| last.to_owned())
    }

    fn refuse_simple(&mut self, sql: &str, error: &Error, out: &mut BytesMut) -> Pending {
        self.session.fail();
        put_error(out, "ERROR", error, client_position(sql, 0, error.position));
        self.put_ready(out);
        Pending::Nothing
    }

    /// Goes on with a simple query until its end or until the buffer is full.
    pub(super) fn simple_step(&mut self, mut simple: Simple, out: &mut BytesMut) -> Pending {
        loop {
            let query = Arc::clone(&simple.queries[simple.at]);
            match self.simple_statement(&mut simple, &query, out) {
                Ok(Step::Ended(tag)) => {
                    if self.end_simple_statement(&mut simple, &query, &tag, out) {
                        return Pending::Nothing;
                    }
                }
                Ok(Step::Full) => return Pending::Simple(simple),
                Ok(Step::Load(load)) => match self.begin_copy_in(*load, out) {
                    Ok((load, reader)) => {
                        self.copying = Some(CopyIn { load, reader, simple: Some(simple) });
                        return Pending::CopyIn;
                    }
                    Err(error) => return self.fail_simple_statement(&simple, &error, out),
                },
                Err(error) => return self.fail_simple_statement(&simple, &error, out),
            }
        }
    }

    /// Ends one statement of a simple query; `true` when it was the last.
    fn end_simple_statement(&mut self, simple: &mut Simple, query: &Query, tag: &str, out: &mut BytesMut) -> bool {
        self.forget(query);
        simple.at += 1;
        let last = simple.at == simple.queries.len();
        if last && let Err(error) = self.session.end_together() {
            put_error(out, "ERROR", &error, None);
        } else {
            self.put_notices(out);
            put_tag(out, tag);
            self.put_changed_settings(out);
        }
        if last {
            self.drop_portals_when_idle();
            self.put_ready(out);
        }
        last
    }

    fn fail_simple_statement(&mut self, simple: &Simple, error: &Error, out: &mut BytesMut) -> Pending {
        let offset = simple.queries.get(simple.at).map_or(0, |query| query.offset);
        self.session.fail();
        self.put_notices(out);
        put_error(out, "ERROR", error, client_position(&simple.sql, offset, error.position));
        // The group was failed just now, so ending it rolls it back.
        let _ = self.session.end_together();
        self.put_ready(out);
        Pending::Nothing
    }

    // COPY FROM STDIN.

    /// Asks the client for its rows.
    fn begin_copy_in(&mut self, load: Load, out: &mut BytesMut) -> Result<(Load, RowReader)> {
        match RowReader::new(&load, self.zone.clone()) {
            Ok(reader) => {
                put_start_of_load(out, load.options().format, load.columns().len());
                Ok((load, reader))
            }
            Err(error) => Err(self.session.fail_load(load, error)),
        }
    }

    /// Takes a piece of the client's data and perhaps its end.
    pub(super) fn copy_step(&mut self, data: &[u8], end: Option<CopyEnd>, out: &mut BytesMut) -> Result<Pending> {
        let Some(CopyIn { mut load, mut reader, simple }) = self.copying.take() else {
            return Err(Error::internal("data without a COPY"));
        };
        let read = self.session.work_on_load(|session| {
            reader.feed(data, session, &mut load)?;
            match &end {
                Some(CopyEnd::Done) => reader.finish(session, &mut load),
                _ => Ok(()),
            }
        });
        let result = match (read, end) {
            (Ok(()), None) => {
                self.copying = Some(CopyIn { load, reader, simple });
                return Ok(Pending::CopyIn);
            }
            (Ok(()), Some(CopyEnd::Done)) => self.session.finish_load(load),
            (Err(error), _) | (Ok(()), Some(CopyEnd::Failed(error))) => Err(self.session.fail_load(load, error)),
        };
        match (result, simple) {
            (Ok(tag), Some(mut simple)) => {
                let query = Arc::clone(&simple.queries[simple.at]);
                let last = self.end_simple_statement(&mut simple, &query, &tag, out);
                Ok(if last { Pending::Nothing } else { self.simple_step(simple, out) })
            }
            (Ok(tag), None) => {
                self.put_notices(out);
                put_tag(out, &tag);
                Ok(Pending::Nothing)
            }
            (Err(error), Some(simple)) => Ok(self.fail_simple_statement(&simple, &error, out)),
            (Err(error), None) => Err(error),
        }
    }

    fn simple_statement(&mut self, simple: &mut Simple, query: &Arc<Query>, out: &mut BytesMut) -> Result<Step> {
        let mut cursor = match simple.cursor.take() {
            Some(cursor) => cursor,
            None => {
                if simple.queries.len() > 1 {
                    self.session.begin_together();
                }
                match self.session.run(query, &[])? {
                    Outcome::Done { tag } => return Ok(Step::Ended(tag)),
                    Outcome::Load(load) => return Ok(Step::Load(load)),
                    Outcome::Copied { stream, columns, options } => {
                        let writer = self.begin_copy_out(stream, options, &columns, out)?;
                        Cursor::new(stream, Vec::new(), Arc::clone(query), Some(writer))
                    }
                    Outcome::Rows { stream, columns } => {
                        let format = if self.session.is_binary(stream) { Format::Binary } else { Format::Text };
                        let encoding: Vec<_> = columns.iter().map(|c| (c.sql_type.clone(), format)).collect();
                        put_row_description(out, &columns, &encoding);
                        Cursor::new(stream, encoding, Arc::clone(query), None)
                    }
                }
            }
        };
        if self.send_rows(&mut cursor, u64::MAX, out)? {
            return Ok(Step::Ended(self.session.tag(&cursor.query, cursor.sent)));
        }
        simple.cursor = Some(cursor);
        Ok(Step::Full)
    }

    fn begin_copy_out(
        &mut self,
        stream: StreamId,
        options: CopyOptions,
        columns: &[Column],
        out: &mut BytesMut,
    ) -> Result<Box<RowWriter>> {
        RowWriter::start(options, columns, out).map(Box::new).inspect_err(|_| self.session.close_stream(stream))
    }

    /// Encodes rows until the end (`true`), the limit, or a full buffer.
    fn send_rows(&mut self, cursor: &mut Cursor, limit: u64, out: &mut BytesMut) -> Result<bool> {
        let mut left = limit;
        loop {
            let batch = match cursor.batch.take() {
                Some(batch) => batch,
                None => {
                    cursor.row = 0;
                    match self.session.fetch(cursor.stream)? {
                        Some(batch) => batch,
                        None => {
                            if let Some(writer) = &cursor.copy {
                                writer.end(out);
                            }
                            return Ok(true);
                        }
                    }
                }
            };
            let zone = |micros| self.zone.offset(micros);
            while cursor.row < batch.rows() && left > 0 && out.len() < CHUNK_BYTES {
                let written = match &mut cursor.copy {
                    Some(writer) => writer.row(&batch, cursor.row, &self.zone, out),
                    None => encode_row(&batch, cursor.row, &cursor.encoding, &zone, out).map_err(encode_error),
                };
                if let Err(error) = written {
                    self.session.close_stream(cursor.stream);
                    return Err(error);
                }
                cursor.row += 1;
                cursor.sent += 1;
                left -= 1;
            }
            if cursor.row < batch.rows() {
                cursor.batch = Some(batch);
                return Ok(false);
            }
            if left == 0 || out.len() >= CHUNK_BYTES {
                return Ok(false);
            }
        }
    }

    // Extended protocol.

    /// Answers Parse.
    pub(super) fn parse(&mut self, name: String, sql: String, declared: Vec<u32>, out: &mut BytesMut) -> Result<()> {
        if !name.is_empty() && (self.statements.contains_key(&name) || self.session.has_prepared(&name)) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("prepared statement \"{name}\" already exists"))
                .state("42P05"));
        }
        let mut queries = parse(&sql)?;
        if queries.len() > 1 {
            return Err(Error::new(ErrorKind::Syntax, "cannot insert multiple commands into a prepared statement")
                .at(queries[1].offset)
                .hint("send them one by one, or as a simple query without parameters"));
        }
        let query = queries.pop();
        let types: Vec<SqlType> = declared.iter().map(|oid| sql_type(*oid)).collect();
        let described = query.as_ref().map_or(Ok(Description::default()), |query| self.session.describe(query, &types));
        let mut description = described.map_err(|e| shifted(e, query.as_deref()))?;
        for (param, oid) in description.params.iter_mut().zip(&declared) {
            if !matches!(oid, 0 | 705) {
                *param = sql_type(*oid);
            }
        }
        let declared = if description.param_oids.is_empty() { declared } else { description.param_oids.clone() };
        let statement = Statement { sql, query, declared, description };
        self.statements.insert(name, Arc::new(statement));
        put(out, b'1', |_| {});
        Ok(())
    }

    /// Answers Bind.
    pub(super) fn bind(
        &mut self,
        portal: String,
        statement: &str,
        formats: &[i16],
        params: &[Option<Bytes>],
        results: &[i16],
        out: &mut BytesMut,
    ) -> Result<()> {
        let statement = self.statement(statement)?;
        let expected = statement.description.params.len();
        let protocol = |message: String| Error::new(ErrorKind::InvalidInput, message).state("08P01");
        if params.len() != expected {
            return Err(protocol(format!(
                "bind message supplies {} parameters, but the prepared statement requires {expected}",
                params.len()
            )));
        }
        let format = |formats: &[i16], at: usize, count: usize| -> Result<Format> {
            let code = match formats.len() {
                0 => 0,
                1 => formats[0],
                n if n == count => formats[at],
                n => return Err(protocol(format!("{n} format codes were given for {count} values"))),
            };
            Format::from_code(code).ok_or_else(|| protocol(format!("unsupported format code: {code}")).state("22023"))
        };
        let mut values = Vec::with_capacity(expected);
        for (at, bytes) in params.iter().enumerate() {
            let declared = statement.declared.get(at).copied().unwrap_or(0);
            let inferred = &statement.description.params[at];
            let value = decode_param(at + 1, format(formats, at, expected)?, declared, inferred, bytes.as_deref())
                .map_err(|e| Error::new(ErrorKind::InvalidInput, e.message).state(e.sqlstate))?;
            values.push(value);
        }
        let columns = statement.description.columns.len();
        let formats = (0..columns).map(|at| format(results, at, columns)).collect::<Result<_>>()?;
        if !portal.is_empty() && self.portals.contains_key(&portal) {
            return Err(
                Error::new(ErrorKind::AlreadyExists, format!("cursor \"{portal}\" already exists")).state("42P03")
            );
        }
        self.close_portal(&portal);
        self.portals.insert(portal, Portal { statement, params: values, formats, progress: Progress::Bound });
        put(out, b'2', |_| {});
        Ok(())
    }

    fn statement(&self, name: &str) -> Result<Arc<Statement>> {
        self.statements.get(name).cloned().ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("prepared statement \"{name}\" does not exist"))
                .state("26000")
                .hint("prepare it again: statements live as long as their connection")
        })
    }

    /// Answers Describe.
    pub(super) fn describe(&mut self, target: &Target, out: &mut BytesMut) -> Result<()> {
        match target {
            Target::Statement(name) => {
                let statement = self.statement(name)?;
                let oids: Vec<u32> = statement
                    .description
                    .params
                    .iter()
                    .enumerate()
                    .map(|(at, param)| match statement.declared.get(at) {
                        Some(oid) if !matches!(oid, 0 | 705) => *oid,
                        _ => pg_type(param).oid,
                    })
                    .collect();
                put(out, b't', |out| {
                    out.put_u16(oids.len() as u16);
                    oids.iter().for_each(|oid| out.put_u32(*oid));
                });
                let columns = &statement.description.columns;
                let encoding: Vec<_> = columns.iter().map(|c| (c.sql_type.clone(), Format::Text)).collect();
                put_columns(out, columns, &encoding);
            }
            Target::Portal(name) => {
                let Some(portal) = self.portals.get(name) else {
                    // A cursor that SQL has declared is described like a portal.
                    let columns = self.session.cursor_columns(name).ok_or_else(|| no_portal(name))?;
                    let encoding: Vec<_> = columns.iter().map(|c| (c.sql_type.clone(), Format::Text)).collect();
                    put_columns(out, columns, &encoding);
                    return Ok(());
                };
                let columns = &portal.statement.description.columns;
                let encoding: Vec<_> =
                    columns.iter().zip(&portal.formats).map(|(c, f)| (c.sql_type.clone(), *f)).collect();
                put_columns(out, columns, &encoding);
            }
        }
        Ok(())
    }

    /// Answers Execute. `alone` says that Sync follows: the statement commits by itself.
    pub(super) fn execute(&mut self, name: String, rows_max: u32, alone: bool, out: &mut BytesMut) -> Result<Pending> {
        let portal = self.portals.get_mut(&name).ok_or_else(|| no_portal(&name))?;
        if let Progress::Bound = portal.progress {
            let statement = Arc::clone(&portal.statement);
            let Some(query) = statement.query.clone() else {
                put(out, b'I', |_| {});
                return Ok(Pending::Nothing);
            };
            let params = std::mem::take(&mut portal.params);
            self.check_deallocate(&query)?;
            self.forget(&query);
            if !alone {
                self.session.begin_together();
            }
            let outcome = self.session.run(&query, &params).map_err(|e| shifted(e, Some(&query)))?;
            let portal = self.portals.get_mut(&name).ok_or_else(|| no_portal(&name))?;
            match outcome {
                Outcome::Done { tag } => {
                    portal.progress = Progress::Ended;
                    self.put_notices(out);
                    put_tag(out, &tag);
                    self.put_changed_settings(out);
                    return Ok(Pending::Nothing);
                }
                Outcome::Load(load) => {
                    portal.progress = Progress::Ended;
                    let (load, reader) = self.begin_copy_in(*load, out)?;
                    self.copying = Some(CopyIn { load, reader, simple: None });
                    return Ok(Pending::CopyIn);
                }
                Outcome::Copied { stream, columns, options } => {
                    let writer = self.begin_copy_out(stream, options, &columns, out)?;
                    let progress = Progress::Rows(Cursor::new(stream, Vec::new(), query, Some(writer)));
                    if let Some(portal) = self.portals.get_mut(&name) {
                        portal.progress = progress;
                    }
                    // A limit of rows means nothing to a COPY.
                    return self.execute_step(name, u64::MAX, 0, out);
                }
                Outcome::Rows { stream, columns } => {
                    let announced = &statement.description.columns;
                    if announced.len() != columns.len() {
                        self.session.close_stream(stream);
                        return Err(Error::new(ErrorKind::Unsupported, "cached plan must not change result type")
                            .hint("the table changed since the statement was prepared; prepare it again"));
                    }
                    let encoding =
                        announced.iter().zip(&portal.formats).map(|(c, f)| (c.sql_type.clone(), *f)).collect();
                    portal.progress = Progress::Rows(Cursor::new(stream, encoding, query, None));
                }
            }
        }
        let left = if rows_max == 0 { u64::MAX } else { u64::from(rows_max) };
        self.execute_step(name, left, 0, out)
    }

    /// Goes on with a portal's rows until its end, its limit or a full buffer.
    pub(super) fn execute_step(&mut self, name: String, left: u64, sent: u64, out: &mut BytesMut) -> Result<Pending> {
        let portal = self.portals.get_mut(&name).ok_or_else(|| no_portal(&name))?;
        let Progress::Rows(mut cursor) = std::mem::replace(&mut portal.progress, Progress::Ended) else {
            let tag = portal.statement.query.as_ref().map(|q| q.tag(0)).unwrap_or_default();
            put_tag(out, &tag);
            return Ok(Pending::Nothing);
        };
        let before = cursor.sent;
        let ended = self.send_rows(&mut cursor, left, out)?;
        let sent = sent + cursor.sent - before;
        if ended {
            self.put_notices(out);
            put_tag(out, &self.session.tag(&cursor.query, sent));
            return Ok(Pending::Nothing);
        }
        let left = left - (cursor.sent - before);
        if let Some(portal) = self.portals.get_mut(&name) {
            portal.progress = Progress::Rows(cursor);
        }
        if left == 0 {
            put(out, b's', |_| {});
            return Ok(Pending::Nothing);
        }
        Ok(Pending::Execute { portal: name, left, sent })
    }

    /// Answers Close.
    pub(super) fn close(&mut self, target: &Target, out: &mut BytesMut) {
        match target {
            Target::Statement(name) => drop(self.statements.remove(name)),
            Target::Portal(name) => self.close_portal(name),
        }
        put(out, b'3', |_| {});
    }

    fn close_portal(&mut self, name: &str) {
        if let Some(Portal { progress: Progress::Rows(cursor), .. }) = self.portals.remove(name) {
            self.session.close_stream(cursor.stream);
        }
    }

    fn drop_portals_when_idle(&mut self) {
        if self.session.transaction_status() == TransactionStatus::Idle {
            let names: Vec<String> = self.portals.keys().cloned().collect();
            names.iter().for_each(|name| self.close_portal(name));
        }
    }

    /// Answers Sync: ends the implicit transaction.
    pub(super) fn sync(&mut self, out: &mut BytesMut) {
        if self.session.transaction_status() == TransactionStatus::Idle {
            // Rows that nobody fetched end before their transaction does.
            self.drop_portals_when_idle();
        }
        if let Err(error) = self.session.end_together() {
            put_error(out, "ERROR", &error, None);
        }
        self.put_notices(out);
        self.put_changed_settings(out);
        self.put_ready(out);
    }

    /// Reports an error of the extended protocol; messages are skipped until Sync from here on.
    pub(super) fn put_failure(&mut self, error: &Error, sql: Option<&str>, out: &mut BytesMut) {
        self.session.fail();
        self.put_notices(out);
        let position = sql.and_then(|sql| client_position(sql, 0, error.position));
        put_error(out, "ERROR", error, position);
    }

    /// The text behind a portal, for the position of an error.
    pub(super) fn portal_sql(&self, name: &str) -> Option<String> {
        self.portals.get(name).map(|portal| portal.statement.sql.clone())
    }

    /// `DEALLOCATE` and `DISCARD` name prepared statements, which live here.
    fn forget(&mut self, query: &Query) {
        if let Kind::Session(word) = &query.statement.kind {
            let words: Vec<&str> = query.statement.sql.split_whitespace().collect();
            let last = words.last().copied().unwrap_or_default().trim_end_matches(';').trim_matches('"');
            match word.as_str() {
                "DEALLOCATE" | "DISCARD" if last.eq_ignore_ascii_case("all") => self.statements.clear(),
                "DEALLOCATE" => drop(self.statements.remove(last)),
                _ => {}
            }
        }
    }
}

/// An error's position counted from the start of the client's text.
fn shifted(error: Error, query: Option<&Query>) -> Error {
    let offset = query.map_or(0, |query| query.offset);
    Error { position: error.position.map(|p| p + offset), ..error }
}

/// A value that its format cannot hold.
pub(super) fn encode_error(e: EncodeError) -> Error {
    let error = Error::new(ErrorKind::InvalidInput, e.message).state(e.sqlstate);
    match e.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn no_portal(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("portal \"{name}\" does not exist")).state("34000")
}

/// RowDescription, or NoData when there are no columns.
fn put_columns(out: &mut BytesMut, columns: &[Column], encoding: &[(SqlType, Format)]) {
    if columns.is_empty() { put(out, b'n', |_| {}) } else { put_row_description(out, columns, encoding) }
}

fn put_row_description(out: &mut BytesMut, columns: &[Column], encoding: &[(SqlType, Format)]) {
    put(out, b'T', |out| {
        out.put_u16(columns.len() as u16);
        for (column, (sql_type, format)) in columns.iter().zip(encoding) {
            put_text(out, &column.name);
            let pg = pg_type(sql_type);
            out.put_u32(0);
            out.put_u16(0);
            out.put_u32(pg.oid);
            out.put_i16(pg.len);
            out.put_i32(pg.typmod);
            out.put_i16(format.code());
        }
    });
}
