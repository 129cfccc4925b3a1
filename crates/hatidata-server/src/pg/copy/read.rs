//! COPY FROM STDIN: the client's data, in pieces of any size, as rows of a [`Load`].

use bytes::{Buf, BytesMut};
use hatidata_core::{CopyFormat, CopyHeader, CopyOptions, Error, ErrorKind, Load, Result, Session, SqlType, Value};

use super::csv::{self, Marks};
use super::fields::Fields;
use super::{binary, text};
use crate::pg::frame::MESSAGE_BYTES_MAX;
use crate::pg::value::{Format, decode_field, utf8};
use crate::pg::zone::Zone;

/// Reads rows off the data of one COPY.
pub(in crate::pg) struct RowReader {
    options: CopyOptions,
    marks: Marks,
    /// For each column whether `FORCE_NOT_NULL` and `FORCE_NULL` are for it.
    keeps_null: Vec<bool>,
    forces_null: Vec<bool>,
    /// Data from the start of an unfinished row on.
    rest: BytesMut,
    scan: csv::Scan,
    fields: Fields,
    /// Lines that have been read.
    line: u64,
    /// Whether lines end with a carriage return and a newline; the first one decides.
    crlf: Option<bool>,
    header: CopyHeader,
    stage: Stage,
    zone: Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The signature of binary data has not come yet.
    Start,
    Rows,
    /// The end was marked within the data.
    Ended,
}

impl RowReader {
    /// A reader for `load`; timestamps without an offset are of `zone`.
    pub(in crate::pg) fn new(load: &Load, zone: Zone) -> Result<RowReader> {
        let options = load.options().clone();
        for named in [&options.force_not_null, &options.force_null] {
            super::check_columns(named, load.columns(), load.table())?;
        }
        let of =
            |columns: &hatidata_core::CopyColumns| load.columns().iter().map(|c| columns.contains(&c.name)).collect();
        Ok(RowReader {
            marks: Marks { delimiter: options.delimiter, quote: options.quote, escape: options.escape },
            keeps_null: of(&options.force_not_null),
            forces_null: of(&options.force_null),
            rest: BytesMut::new(),
            scan: csv::Scan::default(),
            fields: Fields::default(),
            line: 0,
            crlf: None,
            header: options.header,
            stage: if options.format == CopyFormat::Binary { Stage::Start } else { Stage::Rows },
            zone,
            options,
        })
    }

    /// Loads the rows that are complete with `data`.
    pub(in crate::pg) fn feed(&mut self, data: &[u8], session: &Session, load: &mut Load) -> Result<()> {
        if self.stage == Stage::Ended {
            return self.after_end(data);
        }
        let mut buffer = std::mem::take(&mut self.rest);
        buffer.extend_from_slice(data);
        let result = match self.options.format {
            CopyFormat::Binary => self.read_tuples(&mut buffer, session, load),
            _ => self.read_lines(&mut buffer, session, load),
        };
        self.rest = buffer;
        if self.rest.len() > MESSAGE_BYTES_MAX {
            let message = format!("a row of more than {MESSAGE_BYTES_MAX} bytes is too large");
            return Err(Error::new(ErrorKind::Resource, message)
                .state("54000")
                .hint("is the delimiter, the quote or the end of a line missing?")
                .context(format!("COPY {}, line {}", load.table(), self.line + 1)));
        }
        result
    }

    /// Loads what is left at the end of the data.
    pub(in crate::pg) fn finish(&mut self, session: &Session, load: &mut Load) -> Result<()> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() || self.stage == Stage::Ended {
            return Ok(());
        }
        match self.options.format {
            CopyFormat::Binary => {
                let missing =
                    if self.stage == Stage::Start { SIGNATURE_MISSING } else { "unexpected EOF in COPY data" };
                Err(malformed(missing).context(format!("COPY {}, line {}", load.table(), self.line + 1)))
            }
            _ => self.read_line(&rest, session, load),
        }
    }

    /// After the end of the data: nothing may follow binary data; lines are ignored, as in Postgres.
    fn after_end(&self, data: &[u8]) -> Result<()> {
        match self.options.format {
            CopyFormat::Binary if !data.is_empty() => Err(malformed("received copy data after EOF marker")),
            _ => Ok(()),
        }
    }

    // Text and CSV.

    fn read_lines(&mut self, buffer: &mut BytesMut, session: &Session, load: &mut Load) -> Result<()> {
        let mut start = 0;
        let mut result = Ok(());
        while result.is_ok() && self.stage == Stage::Rows {
            let data = &buffer[start..];
            let end = match self.options.format {
                CopyFormat::Csv => self.scan.line_end(data, self.marks),
                _ => text::line_end(data, 0),
            };
            let Some(end) = end else { break };
            self.scan = csv::Scan::default();
            let line = &buffer[start..start + end];
            start += end + 1;
            result = self.read_line(line, session, load);
        }
        buffer.advance(start);
        result
    }

    /// Reads one line, without its newline.
    fn read_line(&mut self, line: &[u8], session: &Session, load: &mut Load) -> Result<()> {
        self.line += 1;
        let is_csv = self.options.format == CopyFormat::Csv;
        let line = self.without_return(line, load)?;
        if line == b"\\." {
            self.stage = Stage::Ended;
            return Ok(());
        }
        if is_csv {
            let (keeps, forces) = (&self.keeps_null, &self.forces_null);
            let known = |flags: &[bool], at: usize| flags.get(at).copied().unwrap_or(false);
            let null = self.options.null.as_bytes();
            let split =
                csv::split(line, self.marks, null, |at| known(keeps, at), |at| known(forces, at), &mut self.fields);
            // Lines within quotes count.
            self.line += memchr::memchr_iter(b'\n', line).count() as u64;
            split.map_err(|_| self.wrong_line("unterminated CSV quoted field", line, load))?;
        } else {
            text::split(line, self.options.delimiter, self.options.null.as_bytes(), &mut self.fields);
        }
        match std::mem::take(&mut self.header) {
            CopyHeader::Absent => self.load_line(line, session, load),
            CopyHeader::Present => Ok(()),
            CopyHeader::Match => self.match_header(line, load),
        }
    }

    /// The line without the carriage return that belongs to its end.
    fn without_return<'a>(&mut self, line: &'a [u8], load: &Load) -> Result<&'a [u8]> {
        let bare = line.strip_suffix(b"\r");
        let crlf = *self.crlf.get_or_insert(bare.is_some());
        let line = match bare {
            Some(bare) if crlf => bare,
            _ => line,
        };
        let is_csv = self.options.format == CopyFormat::Csv;
        // In CSV a carriage return may stand within quotes; between them the splitting keeps it.
        if !is_csv && memchr::memchr(b'\r', line).is_some() {
            return Err(self
                .wrong_line("literal carriage return found in data", line, load)
                .hint("Use \"\\r\" to represent carriage return."));
        }
        Ok(line)
    }

    fn match_header(&mut self, line: &[u8], load: &Load) -> Result<()> {
        let columns = load.columns();
        if self.fields.len() != columns.len() {
            let message =
                format!("wrong number of fields in header line: got {}, expected {}", self.fields.len(), columns.len());
            return Err(self.wrong_line(&message, line, load));
        }
        for (at, column) in columns.iter().enumerate() {
            let given = self.fields.get(line, at).map(String::from_utf8_lossy);
            if given.as_deref() != Some(column.name.as_str()) {
                let given = given.unwrap_or_default();
                let message = format!(
                    "column name mismatch in header line field {}: got \"{given}\", expected \"{}\"",
                    at + 1,
                    column.name
                );
                return Err(self.wrong_line(&message, line, load));
            }
        }
        Ok(())
    }

    fn load_line(&mut self, line: &[u8], session: &Session, load: &mut Load) -> Result<()> {
        let columns = load.columns().len();
        if self.fields.len() > columns {
            return Err(self.wrong_line("extra data after last expected column", line, load));
        }
        for column in 0..columns {
            if column >= self.fields.len() {
                let message = format!("missing data for column \"{}\"", load.columns()[column].name);
                return Err(self.wrong_line(&message, line, load));
            }
            let field = self.fields.get(line, column);
            load_field(session, load, column, Format::Text, field, &self.zone)
                .map_err(|e| located(e, load, self.line, column, field.map(String::from_utf8_lossy).as_deref()))?;
        }
        load.end_row(self.line)
    }

    fn wrong_line(&self, message: &str, line: &[u8], load: &Load) -> Error {
        let shown = shortened(&String::from_utf8_lossy(line));
        malformed(message).context(format!("COPY {}, line {}: \"{shown}\"", load.table(), self.line))
    }

    // Binary.

    fn read_tuples(&mut self, buffer: &mut BytesMut, session: &Session, load: &mut Load) -> Result<()> {
        if self.stage == Stage::Start {
            match binary::header(buffer).map_err(malformed)? {
                Some(length) => buffer.advance(length),
                None => return Ok(()),
            }
            self.stage = Stage::Rows;
        }
        let mut start = 0;
        let mut result = Ok(());
        while result.is_ok() && self.stage == Stage::Rows {
            match binary::tuple(&buffer[start..], load.columns().len(), &mut self.fields) {
                Ok(binary::Tuple::Row(length)) => {
                    self.line += 1;
                    result = self.load_tuple(&buffer[start..start + length], session, load);
                    start += length;
                }
                Ok(binary::Tuple::End(length)) => {
                    self.stage = Stage::Ended;
                    start += length;
                    result = self.after_end(&buffer[start..]);
                }
                Ok(binary::Tuple::Incomplete) => break,
                Err(message) => {
                    result = Err(malformed(&message).context(format!("COPY {}, line {}", load.table(), self.line + 1)));
                }
            }
        }
        buffer.advance(start);
        result
    }

    fn load_tuple(&self, tuple: &[u8], session: &Session, load: &mut Load) -> Result<()> {
        for column in 0..load.columns().len() {
            load_field(session, load, column, Format::Binary, self.fields.get(tuple, column), &self.zone)
                .map_err(|e| located(e, load, self.line, column, Some("")))?;
        }
        load.end_row(self.line)
    }
}

pub(super) const SIGNATURE_MISSING: &str = "COPY file signature not recognized";

fn malformed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message).state("22P04")
}

/// Gives the current row of `load` one field.
fn load_field(
    session: &Session,
    load: &mut Load,
    column: usize,
    format: Format,
    field: Option<&[u8]>,
    zone: &Zone,
) -> Result<()> {
    let Some(bytes) = field else { return load.put(session, column, &Value::Null) };
    let sql_type = &load.columns()[column].sql_type;
    let fault =
        |(sqlstate, message): (&'static str, String)| Error::new(ErrorKind::InvalidInput, message).state(sqlstate);
    if *sql_type == SqlType::Varchar {
        return load.put_text(session, column, utf8(bytes).map_err(fault)?);
    }
    let plain = match format {
        Format::Text => plain_integer(sql_type, bytes).map(Value::Int),
        Format::Binary => plain_binary(sql_type, bytes),
    };
    if let Some(value) = plain {
        return load.put(session, column, &value);
    }
    let value = decode_field(format, sql_type, bytes, zone).map_err(fault)?;
    load.put(session, column, &value)
}

/// An integer that is written with few digits: most are, and they are read fast. All others take the long way.
fn plain_integer(sql_type: &SqlType, bytes: &[u8]) -> Option<i64> {
    let digits_max = match sql_type {
        SqlType::BigInt => 18,
        SqlType::Integer => 9,
        SqlType::SmallInt => 4,
        _ => return None,
    };
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > digits_max {
        return None;
    }
    let mut value = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// The binary numbers that rows are full of; all other values take the long way.
fn plain_binary(sql_type: &SqlType, bytes: &[u8]) -> Option<Value> {
    Some(match sql_type {
        SqlType::BigInt => Value::Int(i64::from_be_bytes(bytes.try_into().ok()?)),
        SqlType::Integer => Value::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        SqlType::SmallInt => Value::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        SqlType::Double => Value::Double(f64::from_be_bytes(bytes.try_into().ok()?)),
        _ => return None,
    })
}

/// An error of one value: which one it was. `value` is `None` for NULL, and empty where it cannot be shown.
fn located(error: Error, load: &Load, line: u64, column: usize, value: Option<&str>) -> Error {
    if error.context.is_some() {
        return error;
    }
    let place = format!("COPY {}, line {line}, column {}", load.table(), load.columns()[column].name);
    match value {
        None => error.context(format!("{place}: null input")),
        Some("") => error.context(place),
        Some(value) => error.context(format!("{place}: \"{}\"", shortened(value))),
    }
}

/// The first hundred characters of what a message shows.
fn shortened(text: &str) -> String {
    const SHOWN_MAX: usize = 100;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
