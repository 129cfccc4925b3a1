//! Running SQL for the command line: through the server if it runs, else on the file itself.

use std::io::{Read, Write};
use std::net::TcpStream;

use bytes::{BufMut, BytesMut};
use hatidata_core::{Error, ErrorKind, Identity, Outcome, Platform, Scalar, Session, SqlType};

use crate::config::Config;
use crate::pg::frame::{put, put_text};
use crate::pg::value::{Format, pg_type, put_field};
use crate::server::Running;

/// A column of a result: its name and Postgres type.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) oid: u32,
}

/// What one statement gave, as text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) tag: String,
}

/// Where statements run.
pub(crate) enum Client {
    Server(Box<Wire>),
    File(Box<Session>),
}

impl Client {
    /// Connects, on a branch if one is named.
    pub(crate) fn connect(config: &Config, branch: Option<&str>) -> Result<Client, Error> {
        match Running::find(config) {
            Some(running) => Ok(Client::Server(Box::new(Wire::connect(running.pg_port, branch)?))),
            None => {
                if !config.data_dir.is_dir() {
                    return Err(Error::new(
                        ErrorKind::NotFound,
                        format!("there is no folder {}", config.data_dir.display()),
                    )
                    .hint("create it with: hati init"));
                }
                let platform = Platform::open(Some(&config.database()), &config.options)?;
                let identity = Identity { user: "hati".into(), door: "cli", ..Identity::default() };
                let settings: Vec<(String, String)> =
                    branch.map(|name| ("hatidata_branch".to_owned(), name.to_owned())).into_iter().collect();
                Ok(Client::File(Box::new(platform.connect(identity, &settings)?)))
            }
        }
    }

    /// Runs the statements of `sql` and hands each answer to `show`.
    pub(crate) fn run(&mut self, sql: &str, show: &mut dyn FnMut(Answer) -> Result<(), Error>) -> Result<(), Error> {
        match self {
            Client::Server(wire) => wire.run(sql, show),
            Client::File(session) => {
                for query in hatidata_core::parse(sql)? {
                    let answer = run_here(session, &query)?;
                    show(answer)?;
                }
                Ok(())
            }
        }
    }
}

/// The data of a COPY have no place on the command line's own input and output.
fn refuse_copy(query: &hatidata_core::Query) -> Result<(), Error> {
    match query.is_copy() {
        true => Err(Error::new(ErrorKind::Unsupported, "hati does not carry the data of COPY")
            .hint("use psql: \\copy t FROM 'file'")),
        false => Ok(()),
    }
}

fn run_here(session: &mut Session, query: &hatidata_core::Query) -> Result<Answer, Error> {
    refuse_copy(query)?;
    let (stream, columns) = match session.run(query, &[])? {
        Outcome::Done { tag } => return Ok(Answer { tag, ..Answer::default() }),
        Outcome::Rows { stream, columns } => (stream, columns),
        Outcome::Copied { .. } | Outcome::Load(_) => return Err(Error::internal("COPY was refused before")),
    };
    let mut answer = Answer {
        columns: columns.iter().map(|c| Column { name: c.name.clone(), oid: pg_type(&c.sql_type).oid }).collect(),
        ..Answer::default()
    };
    while let Some(batch) = session.fetch(stream)? {
        for row in 0..batch.rows() {
            let cells = columns.iter().enumerate().map(|(at, column)| cell(&column.sql_type, batch.get(at, row)));
            answer.rows.push(cells.collect::<Result<_, _>>()?);
        }
    }
    answer.tag = query.tag(answer.rows.len() as u64);
    Ok(answer)
}

/// A value in the text form of the Postgres protocol.
fn cell(sql_type: &SqlType, value: Scalar<'_>) -> Result<Option<String>, Error> {
    let mut out = BytesMut::new();
    put_field(&mut out, sql_type, Format::Text, value, &|_| 0)
        .map_err(|e| Error::new(ErrorKind::InvalidInput, e.message.into_owned()).state(e.sqlstate))?;
    let length = out.get(..4).map_or(-1, |raw| i32::from_be_bytes([raw[0], raw[1], raw[2], raw[3]]));
    Ok((length >= 0).then(|| String::from_utf8_lossy(&out[4..]).into_owned()))
}

/// A connection to the server that speaks just enough of the protocol for simple queries.
pub(crate) struct Wire {
    socket: TcpStream,
}

fn lost(e: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, format!("the connection to the server was lost: {e}"))
        .hint("hati status shows whether it still runs; hati start starts it")
}

impl Wire {
    fn connect(port: u16, branch: Option<&str>) -> Result<Wire, Error> {
        let mut wire = Wire { socket: TcpStream::connect(("127.0.0.1", port)).map_err(lost)? };
        let mut body = BytesMut::new();
        body.put_u32(196_608);
        let database = branch.map_or("hatidata".to_owned(), |branch| format!("hatidata/{branch}"));
        for (name, value) in [("user", "hati"), ("database", &database), ("application_name", "hati")] {
            put_text(&mut body, name);
            put_text(&mut body, value);
        }
        body.put_u8(0);
        let mut packet = BytesMut::new();
        packet.put_u32(body.len() as u32 + 4);
        packet.extend_from_slice(&body);
        wire.socket.write_all(&packet).map_err(lost)?;
        loop {
            match wire.message()? {
                (b'Z', _) => return Ok(wire),
                (b'E', body) => return Err(read_error(&body)),
                _ => {}
            }
        }
    }

    fn message(&mut self) -> Result<(u8, Vec<u8>), Error> {
        let mut head = [0; 5];
        self.socket.read_exact(&mut head).map_err(lost)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]).saturating_sub(4);
        let mut body = vec![0; length as usize];
        self.socket.read_exact(&mut body).map_err(lost)?;
        Ok((head[0], body))
    }

    fn run(&mut self, sql: &str, show: &mut dyn FnMut(Answer) -> Result<(), Error>) -> Result<(), Error> {
        // One statement at a time, as on the file: each commits by itself.
        for query in hatidata_core::parse(sql)? {
            refuse_copy(&query)?;
            let mut packet = BytesMut::new();
            put(&mut packet, b'Q', |out| put_text(out, &query.statement.sql));
            self.socket.write_all(&packet).map_err(lost)?;
            let mut answer = Answer::default();
            let mut failure = None;
            loop {
                let (kind, body) = self.message()?;
                match kind {
                    b'T' => answer.columns = read_columns(&body),
                    b'D' => answer.rows.push(read_row(&body)),
                    b'C' => answer.tag = read_text(&body).0,
                    b'E' => failure = Some(read_error(&body)),
                    b'N' => super::warn(&read_error(&body).message),
                    b'Z' => break,
                    _ => {}
                }
            }
            match failure {
                Some(error) => return Err(error),
                None => show(answer)?,
            }
        }
        Ok(())
    }
}

fn read_text(body: &[u8]) -> (String, &[u8]) {
    let end = body.iter().position(|b| *b == 0).unwrap_or(body.len());
    (String::from_utf8_lossy(&body[..end]).into_owned(), body.get(end + 1..).unwrap_or_default())
}

fn read_columns(body: &[u8]) -> Vec<Column> {
    let mut rest = body.get(2..).unwrap_or_default();
    let mut columns = Vec::new();
    while !rest.is_empty() {
        let (name, after) = read_text(rest);
        let oid = after.get(6..10).map_or(0, |raw| u32::from_be_bytes([raw[0], raw[1], raw[2], raw[3]]));
        columns.push(Column { name, oid });
        rest = after.get(18..).unwrap_or_default();
    }
    columns
}

fn read_row(body: &[u8]) -> Vec<Option<String>> {
    let mut rest = body.get(2..).unwrap_or_default();
    let mut row = Vec::new();
    while let Some(raw) = rest.get(..4) {
        let length = i32::from_be_bytes([raw[0], raw[1], raw[2], raw[3]]);
        rest = &rest[4..];
        row.push((length >= 0).then(|| {
            let (value, after) = rest.split_at((length as usize).min(rest.len()));
            rest = after;
            String::from_utf8_lossy(value).into_owned()
        }));
    }
    row
}

/// An ErrorResponse or NoticeResponse as an error with the same sentence and hint.
fn read_error(body: &[u8]) -> Error {
    let mut error = Error::new(ErrorKind::InvalidInput, "the server gave no reason");
    let mut rest = body;
    while let Some((&field, after)) = rest.split_first().filter(|(field, _)| **field != 0) {
        let (value, next) = read_text(after);
        match field {
            b'M' => error.message = value,
            b'H' => error.hint = Some(value),
            b'C' => {
                if let Some(row) = hatidata_core::ERROR_TABLE.iter().find(|row| row.1 == value) {
                    error.kind = row.0;
                }
            }
            _ => {}
        }
        rest = next;
    }
    error
}
