//! One row as a `DataRow` message.

use super::binary::put_binary;
use super::error::EncodeError;
use super::text::put_text;
use super::time::ZoneOffset;
use bytes::{BufMut, BytesMut};
use hatidata_core::{Batch, Scalar, SqlType};

/// How a value travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    /// Format code 0.
    #[default]
    Text,
    /// Format code 1.
    Binary,
}

impl Format {
    /// The format with this code; `None` for a code the protocol does not define.
    pub(crate) fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Text),
            1 => Some(Self::Binary),
            _ => None,
        }
    }

    /// The format's code in messages.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Binary => 1,
        }
    }
}

/// Appends row `row` of `batch` as one `DataRow`; on an error `out` is as before.
///
/// `columns` are the types announced in `RowDescription`, which a client decodes by.
pub(crate) fn encode_row(
    batch: &Batch,
    row: usize,
    columns: &[(SqlType, Format)],
    zone: ZoneOffset<'_>,
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    encode_row_with(columns, |column| batch.get(column, row), zone, out)
}

/// As [`encode_row`], for values that come from elsewhere.
pub(crate) fn encode_row_with<'a>(
    columns: &[(SqlType, Format)],
    value: impl Fn(usize) -> Scalar<'a>,
    zone: ZoneOffset<'_>,
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    let start = out.len();
    let result = put_fields(columns, value, zone, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn put_fields<'a>(
    columns: &[(SqlType, Format)],
    value: impl Fn(usize) -> Scalar<'a>,
    zone: ZoneOffset<'_>,
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    let count = i16::try_from(columns.len())
        .map_err(|_| EncodeError::new("54011", "a result can have at most 32767 columns"))?;
    out.put_u8(b'D');
    let start = out.len();
    out.put_i32(0);
    out.put_i16(count);
    for (index, (sql_type, format)) in columns.iter().enumerate() {
        put_field(out, sql_type, *format, value(index), zone)?;
    }
    set_length(out, start, 0)
}

/// Appends one value with its length before it, -1 for `NULL`.
pub(crate) fn put_field(
    out: &mut BytesMut,
    sql_type: &SqlType,
    format: Format,
    scalar: Scalar<'_>,
    zone: ZoneOffset<'_>,
) -> Result<(), EncodeError> {
    if matches!(scalar, Scalar::Null) {
        out.put_i32(-1);
        return Ok(());
    }
    let start = out.len();
    out.put_i32(0);
    match format {
        Format::Text => put_text(out, sql_type, scalar, zone),
        Format::Binary => put_binary(out, sql_type, scalar, zone)?,
    }
    set_length(out, start, 4)
}

/// Fills in the length at `start`, which counts from `skip` bytes after it.
fn set_length(out: &mut BytesMut, start: usize, skip: usize) -> Result<(), EncodeError> {
    let length = i32::try_from(out.len() - start - skip)
        .map_err(|_| EncodeError::new("54000", "the row is larger than a message can be"))?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}
