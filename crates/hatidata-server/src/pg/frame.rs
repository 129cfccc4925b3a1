//! The frames of the Postgres protocol, version 3: bytes to messages and back.
//!
//! The framing is our own because every message from a client must be answered, however broken it
//! is (see `docs/decisions/0003-wire-framing.md`): text is checked to be UTF-8, counts are checked
//! against the length, and nothing here can panic.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use hatidata_core::{Error, ErrorKind, Notice};

/// A message longer than this is refused before it is read.
pub(crate) const MESSAGE_BYTES_MAX: usize = 256 << 20;
/// A message that carries no text or data is not longer than this.
const SMALL_BYTES_MAX: usize = 10_000;
/// A start-up packet longer than this is refused.
pub(crate) const STARTUP_BYTES_MAX: usize = 10_000;

/// A statement or a portal, in Describe and Close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Statement(String),
    Portal(String),
}

/// A message from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frontend {
    Query(String),
    Parse {
        name: String,
        sql: String,
        types: Vec<u32>,
    },
    Bind {
        portal: String,
        statement: String,
        formats: Vec<i16>,
        params: Vec<Option<Bytes>>,
        results: Vec<i16>,
    },
    Describe(Target),
    Execute {
        portal: String,
        rows_max: u32,
    },
    Close(Target),
    Sync,
    Flush,
    Terminate,
    /// A piece of the data of COPY. Outside of one it is ignored, as in Postgres.
    CopyData(Bytes),
    CopyDone,
    /// Why the client gives a COPY up.
    CopyFail(String),
    /// A password: nobody asked for one.
    Password,
    FunctionCall,
}

/// What may come before a session: in start-up packets, which have no type byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Startup {
    Ssl,
    Gss,
    Cancel {
        pid: i32,
        secret: i32,
    },
    Session {
        minor: u16,
        settings: Vec<(String, String)>,
    },
    /// A version that is not spoken here.
    Version {
        major: u16,
        minor: u16,
    },
}

/// A frame that breaks the protocol; fatal ones leave no way to find the next frame.
#[derive(Debug)]
pub(crate) struct FrameError {
    pub(crate) error: Error,
    pub(crate) fatal: bool,
    /// Whether the client will send Sync after it.
    pub(crate) extended: bool,
}

fn protocol(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message).state("08P01").hint("the client broke the protocol; reconnect")
}

struct Reader {
    body: Bytes,
}

impl Reader {
    fn need(&self, bytes: usize) -> Result<(), Error> {
        if self.body.remaining() < bytes { Err(protocol("insufficient data left in message")) } else { Ok(()) }
    }

    fn i16(&mut self) -> Result<i16, Error> {
        self.need(2)?;
        Ok(self.body.get_i16())
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.need(4)?;
        Ok(self.body.get_u32())
    }

    fn i32(&mut self) -> Result<i32, Error> {
        self.need(4)?;
        Ok(self.body.get_i32())
    }

    fn u8(&mut self) -> Result<u8, Error> {
        self.need(1)?;
        Ok(self.body.get_u8())
    }

    fn bytes(&mut self, length: usize) -> Result<Bytes, Error> {
        self.need(length)?;
        Ok(self.body.split_to(length))
    }

    /// A zero-terminated string.
    fn text(&mut self) -> Result<String, Error> {
        let end = self.body.iter().position(|b| *b == 0).ok_or_else(|| protocol("invalid string in message"))?;
        let raw = self.bytes(end)?;
        self.body.advance(1);
        String::from_utf8(raw.to_vec()).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            Error::new(
                ErrorKind::InvalidInput,
                format!("invalid byte sequence for encoding \"UTF8\": 0x{:02x} at byte {at}", raw[at]),
            )
            .state("22021")
            .hint("send text as UTF-8; binary data belongs into a bytea parameter")
        })
    }

    /// A count of items of at least `size` bytes each, checked against what is left.
    fn count(&mut self, size: usize) -> Result<usize, Error> {
        let count = self.i16()? as u16 as usize;
        self.need(count * size)?;
        Ok(count)
    }

    fn target(&mut self) -> Result<Target, Error> {
        match self.u8()? {
            b'S' => Ok(Target::Statement(self.text()?)),
            b'P' => Ok(Target::Portal(self.text()?)),
            other => Err(protocol(format!("invalid message subtype {other}"))),
        }
    }

    fn end<T>(self, value: T) -> Result<T, Error> {
        if self.body.is_empty() { Ok(value) } else { Err(protocol("invalid message format")) }
    }
}

/// Takes the next message off `inbox`; `None` when it has not arrived whole.
pub(crate) fn next(inbox: &mut BytesMut) -> Result<Option<Frontend>, FrameError> {
    let Some(&kind) = inbox.first() else { return Ok(None) };
    let extended = matches!(kind, b'P' | b'B' | b'D' | b'E' | b'C' | b'S' | b'H');
    let fatal = |error| FrameError { error, fatal: true, extended };
    if !b"QPBDECSHXdcfFp".contains(&kind) {
        return Err(fatal(protocol(format!("invalid frontend message type {kind}"))));
    }
    if inbox.len() < 5 {
        return Ok(None);
    }
    let length = (&inbox[1..5]).get_i32();
    if length < 4 {
        return Err(fatal(protocol(format!("invalid message length {length}"))));
    }
    let length = length as usize;
    // Only queries, parameters and data can be long.
    if length > SMALL_BYTES_MAX && !b"QPBdp".contains(&kind) {
        return Err(fatal(protocol(format!("invalid message length {length}"))));
    }
    if length > MESSAGE_BYTES_MAX {
        let message = format!("a message of {length} bytes is too large; the limit is {MESSAGE_BYTES_MAX}");
        return Err(fatal(
            Error::new(ErrorKind::Resource, message).state("54000").hint("send the data in smaller pieces"),
        ));
    }
    if inbox.len() < length + 1 {
        inbox.reserve(length + 1 - inbox.len());
        return Ok(None);
    }
    let mut frame = inbox.split_to(length + 1).freeze();
    frame.advance(5);
    read(kind, Reader { body: frame }).map(Some).map_err(|error| FrameError { error, fatal: false, extended })
}

/// The type of the next message, if it has arrived whole.
pub(crate) fn peek(inbox: &BytesMut) -> Option<u8> {
    if inbox.len() < 5 {
        return None;
    }
    let length = (&inbox[1..5]).get_i32();
    (length >= 4 && inbox.len() > length as usize).then(|| inbox[0])
}

fn read(kind: u8, mut r: Reader) -> Result<Frontend, Error> {
    let message = match kind {
        b'Q' => Frontend::Query(r.text()?),
        b'P' => {
            let (name, sql) = (r.text()?, r.text()?);
            let types = (0..r.count(4)?).map(|_| r.u32()).collect::<Result<_, _>>()?;
            Frontend::Parse { name, sql, types }
        }
        b'B' => {
            let (portal, statement) = (r.text()?, r.text()?);
            let formats = (0..r.count(2)?).map(|_| r.i16()).collect::<Result<_, _>>()?;
            let params = (0..r.count(4)?)
                .map(|_| match r.i32()? {
                    -1 => Ok(None),
                    length if length < 0 => Err(protocol("invalid parameter length in Bind")),
                    length => r.bytes(length as usize).map(Some),
                })
                .collect::<Result<_, _>>()?;
            let results = (0..r.count(2)?).map(|_| r.i16()).collect::<Result<_, _>>()?;
            Frontend::Bind { portal, statement, formats, params, results }
        }
        b'D' => Frontend::Describe(r.target()?),
        b'C' => Frontend::Close(r.target()?),
        b'E' => Frontend::Execute { portal: r.text()?, rows_max: r.i32()?.max(0) as u32 },
        b'S' => Frontend::Sync,
        b'H' => Frontend::Flush,
        b'X' => Frontend::Terminate,
        b'F' => return Ok(Frontend::FunctionCall),
        b'd' => return Ok(Frontend::CopyData(r.body)),
        b'c' => Frontend::CopyDone,
        b'f' => Frontend::CopyFail(r.text()?),
        _ => return Ok(Frontend::Password),
    };
    r.end(message)
}

/// Reads a start-up packet; `None` when it has not arrived whole.
pub(crate) fn next_startup(inbox: &mut BytesMut) -> Result<Option<Startup>, Error> {
    if inbox.len() < 4 {
        return Ok(None);
    }
    let length = (&inbox[..4]).get_i32();
    if length < 8 || length as usize > STARTUP_BYTES_MAX {
        return Err(protocol(format!("invalid length of startup packet: {length}")));
    }
    if inbox.len() < length as usize {
        return Ok(None);
    }
    let mut frame = inbox.split_to(length as usize).freeze();
    frame.advance(4);
    let mut r = Reader { body: frame };
    Ok(Some(match r.u32()? {
        80_877_103 => Startup::Ssl,
        80_877_104 => Startup::Gss,
        80_877_102 => Startup::Cancel { pid: r.i32()?, secret: r.i32()? },
        version => match ((version >> 16) as u16, version as u16) {
            (3, minor) => {
                let mut settings = Vec::new();
                while r.body.first().is_some_and(|b| *b != 0) {
                    settings.push((r.text()?, r.text()?));
                }
                Startup::Session { minor, settings }
            }
            (major, minor) => Startup::Version { major, minor },
        },
    }))
}

/// Appends a message of type `kind` with what `body` writes.
pub(crate) fn put(out: &mut BytesMut, kind: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(kind);
    let at = out.len();
    out.put_u32(0);
    body(out);
    let length = (out.len() - at) as u32;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
}

pub(crate) fn put_text(out: &mut BytesMut, text: &str) {
    // A zero byte would end the string early; no valid text of ours has one.
    out.extend(text.bytes().filter(|b| *b != 0));
    out.put_u8(0);
}

/// ErrorResponse; `text` is what the client sent, for the position.
pub(crate) fn put_error(out: &mut BytesMut, severity: &str, error: &Error, position: Option<usize>) {
    put(out, b'E', |out| {
        for (field, value) in [(b'S', severity), (b'V', severity), (b'C', error.sqlstate), (b'M', &error.message)] {
            out.put_u8(field);
            put_text(out, value);
        }
        if let Some(hint) = &error.hint {
            out.put_u8(b'H');
            put_text(out, hint);
        }
        if let Some(context) = &error.context {
            out.put_u8(b'W');
            put_text(out, context);
        }
        if error.message == "cached plan must not change result type" {
            // Drivers look for this name to prepare the statement again by themselves.
            out.put_u8(b'R');
            put_text(out, "RevalidateCachedQuery");
        }
        if let Some(position) = position {
            out.put_u8(b'P');
            put_text(out, &position.to_string());
        }
        out.put_u8(0);
    });
}

pub(crate) fn put_notice(out: &mut BytesMut, notice: &Notice) {
    put(out, b'N', |out| {
        for (field, value) in
            [(b'S', notice.severity), (b'V', notice.severity), (b'C', notice.sqlstate), (b'M', &notice.message)]
        {
            out.put_u8(field);
            put_text(out, value);
        }
        out.put_u8(0);
    });
}

pub(crate) fn put_parameter(out: &mut BytesMut, name: &str, value: &str) {
    put(out, b'S', |out| {
        put_text(out, name);
        put_text(out, value);
    });
}

pub(crate) fn put_tag(out: &mut BytesMut, tag: &str) {
    put(out, b'C', |out| put_text(out, tag));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, body: &[u8]) -> BytesMut {
        let mut out = BytesMut::new();
        put(&mut out, kind, |out| out.put_slice(body));
        out
    }

    #[test]
    fn messages_are_read_whole_or_not_at_all() {
        let whole = frame(b'Q', b"SELECT 1\0");
        let mut part = BytesMut::from(&whole[..7]);
        assert_eq!(next(&mut part).unwrap(), None);
        part.extend_from_slice(&whole[7..]);
        assert_eq!(peek(&part), Some(b'Q'));
        assert_eq!(next(&mut part).unwrap(), Some(Frontend::Query("SELECT 1".into())));
    }

    #[test]
    fn broken_messages_are_errors() {
        for (kind, body, state) in [
            (b'Q', b"no end".as_slice(), "08P01"),
            (b'Q', b"\xff\0", "22021"),
            (b'Q', b"a\0b", "08P01"),
            (b'B', b"\0\0\0\0\0\x05", "08P01"),
            (b'B', b"\0\0\0\0\0\x01\0\0\0\x09ab", "08P01"),
            (b'D', b"Xname\0", "08P01"),
            (b'E', b"\0\0", "08P01"),
        ] {
            let error = next(&mut frame(kind, body)).unwrap_err();
            assert_eq!((error.error.sqlstate, error.fatal), (state, false), "{kind} {body:?}");
        }
        assert!(next(&mut BytesMut::from(&b"!...."[..])).unwrap_err().fatal);
        assert!(next(&mut BytesMut::from(&b"Q\0\0\0\x01"[..])).unwrap_err().fatal);
        assert_eq!(next(&mut BytesMut::from(&b"Q\x7f\xff\xff\xff"[..])).unwrap_err().error.sqlstate, "54000");
    }

    #[test]
    fn startup_packets_are_told_apart() {
        let packet = |words: &[u8]| {
            let mut out = BytesMut::new();
            out.put_u32(words.len() as u32 + 4);
            out.put_slice(words);
            out
        };
        assert_eq!(next_startup(&mut packet(&80_877_103u32.to_be_bytes())).unwrap(), Some(Startup::Ssl));
        let mut session = 196_608u32.to_be_bytes().to_vec();
        session.extend_from_slice(b"user\0a\0\0");
        let settings = vec![("user".to_owned(), "a".to_owned())];
        assert_eq!(next_startup(&mut packet(&session)).unwrap(), Some(Startup::Session { minor: 0, settings }));
        assert!(next_startup(&mut BytesMut::from(&b"\0\0\0\x03"[..])).is_err());
    }
}
