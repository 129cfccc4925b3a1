//! The data of COPY: rows as text, CSV or in the binary form, in both directions.

mod binary;
mod csv;
mod fields;
mod read;
mod text;
mod write;

pub(super) use read::RowReader;
pub(super) use write::RowWriter;

use bytes::{BufMut, BytesMut};
use hatidata_core::{Column, CopyColumns, CopyFormat, Error, ErrorKind, Result};

use super::frame::put;

/// What binary data start with, before their flags and the length of a header extension.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Refuses an option for columns that are not copied.
fn check_columns(named: &CopyColumns, columns: &[Column], table: &str) -> Result<()> {
    let CopyColumns::Some(names) = named else { return Ok(()) };
    match names.iter().find(|name| !columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))) {
        None => Ok(()),
        Some(name) => {
            let relation = if table.is_empty() { String::new() } else { format!(" of relation \"{table}\"") };
            Err(Error::new(ErrorKind::NotFound, format!("column \"{name}\"{relation} is not copied"))
                .state("42P10")
                .hint("name only columns that the COPY has"))
        }
    }
}

/// Announces that the client may send its rows.
pub(super) fn put_start_of_load(out: &mut BytesMut, format: CopyFormat, columns: usize) {
    put_response(out, b'G', format, columns);
}

/// CopyInResponse (`G`) or CopyOutResponse (`H`).
fn put_response(out: &mut BytesMut, kind: u8, format: CopyFormat, columns: usize) {
    let code = i16::from(format == CopyFormat::Binary);
    put(out, kind, |out| {
        out.put_i8(code as i8);
        out.put_u16(columns as u16);
        (0..columns).for_each(|_| out.put_i16(code));
    });
}
