//! Values in Postgres' text format.

use super::float::{put_f32, put_f64};
use super::json::put_json;
use super::number::{put_decimal, put_i64, put_i128, put_u64, put_u128};
use super::oid::{Kind, Shape, shape};
use super::time::{self, Style, ZoneOffset};
use bytes::{BufMut, BytesMut};
use hatidata_core::{Items, Scalar, SqlType};

/// Appends a value (not `NULL`) as Postgres 15 prints it.
///
/// A ragged list of lists is written as nested braces although Postgres has no such array: psycopg2
/// and psql show it, and the binary format has to refuse it.
pub(crate) fn put_text(out: &mut BytesMut, sql_type: &SqlType, scalar: Scalar<'_>, zone: ZoneOffset<'_>) {
    match (shape(sql_type), scalar) {
        (Shape::One(_), Scalar::Text(text)) => out.put_slice(text.as_bytes()),
        (Shape::One(Kind::Json), _) => put_json(out, sql_type, scalar, zone),
        (Shape::Array(_), Scalar::List(items)) => put_array(out, items, zone),
        _ => put_scalar(out, scalar, zone),
    }
}

/// Appends a value whose variant alone decides its text.
pub(crate) fn put_scalar(out: &mut BytesMut, scalar: Scalar<'_>, zone: ZoneOffset<'_>) {
    match scalar {
        Scalar::Null => {}
        Scalar::Bool(value) => out.put_u8(if value { b't' } else { b'f' }),
        Scalar::Int(value) => put_i64(out, value),
        Scalar::UInt(value) => put_u64(out, value),
        Scalar::HugeInt(value) => put_i128(out, value),
        Scalar::UHugeInt(value) => put_u128(out, value),
        Scalar::Float(value) => put_f32(out, value),
        Scalar::Double(value) => put_f64(out, value),
        Scalar::Decimal { unscaled, scale } => put_decimal(out, unscaled, scale),
        Scalar::Text(value) => out.put_slice(value.as_bytes()),
        Scalar::Blob(value) => put_bytea(out, value),
        Scalar::Bit(value) => put_bits(out, value),
        Scalar::Uuid(value) => put_uuid(out, value),
        Scalar::Date(days) => time::put_date(out, days),
        Scalar::Time(micros) => time::put_time(out, micros),
        Scalar::TimeNs(nanos) => time::put_time(out, nanos / 1000),
        Scalar::TimeTz { micros, offset_seconds } => time::put_timetz(out, micros, offset_seconds),
        Scalar::Timestamp(micros) => time::put_timestamp(out, micros, Style::Sql),
        Scalar::TimestampNs(nanos) => {
            time::put_timestamp(out, time::micros_of_nanos(nanos), Style::Sql);
        }
        Scalar::TimestampTz(micros) => time::put_timestamptz(out, micros, zone, Style::Sql),
        Scalar::Interval { months, days, micros } => {
            time::put_interval(out, months, days, micros);
        }
        Scalar::List(_) | Scalar::Struct(_) | Scalar::Map(_) | Scalar::Union(_) => {
            // Only reached when a column's type hides a nested value.
            put_json(out, &SqlType::Unknown, scalar, zone);
        }
    }
}

/// `{1,NULL,"a\"b"}`, and braces within braces for lists of lists.
fn put_array(out: &mut BytesMut, items: Items<'_>, zone: ZoneOffset<'_>) {
    out.put_u8(b'{');
    for index in 0..items.len() {
        if index > 0 {
            out.put_u8(b',');
        }
        match items.get(index) {
            Scalar::Null => out.put_slice(b"NULL"),
            Scalar::List(inner) => put_array(out, inner, zone),
            item => {
                let start = out.len();
                put_scalar(out, item, zone);
                quote(out, start);
            }
        }
    }
    out.put_u8(b'}');
}

/// Puts what was written since `start` in quotes if an array element needs them.
fn quote(out: &mut BytesMut, start: usize) {
    let element = &out[start..];
    let escapes = element.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    let special = |byte: &u8| matches!(byte, b'{' | b'}' | b',' | b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c);
    if escapes == 0 && !element.is_empty() && !element.iter().any(special) && !element.eq_ignore_ascii_case(b"NULL") {
        return;
    }
    // Move the bytes to their final places from the end, so that nothing is overwritten.
    let mut from = out.len();
    let mut to = from + escapes + 2;
    out.resize(to, b'"');
    to -= 1;
    while from > start {
        from -= 1;
        to -= 1;
        let byte = out[from];
        out[to] = byte;
        if matches!(byte, b'"' | b'\\') {
            to -= 1;
            out[to] = b'\\';
        }
    }
    out[start] = b'"';
    let end = out.len() - 1;
    out[end] = b'"';
}

const HEX: &[u8; 16] = b"0123456789abcdef";

pub(crate) fn put_bytea(out: &mut BytesMut, bytes: &[u8]) {
    out.reserve(2 + 2 * bytes.len());
    out.put_slice(b"\\x");
    for byte in bytes {
        out.put_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// DuckDB's bits: how many leading bits of the second byte are padding, then the bits.
pub(crate) fn bits(value: &[u8]) -> impl Iterator<Item = bool> {
    let (padding, data) = value.split_first().map_or((0, value), |(first, rest)| (*first, rest));
    data.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).skip(usize::from(padding))
}

pub(crate) fn put_bits(out: &mut BytesMut, value: &[u8]) {
    for bit in bits(value) {
        out.put_u8(if bit { b'1' } else { b'0' });
    }
}

pub(crate) fn put_uuid(out: &mut BytesMut, value: u128) {
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in value.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    out.put_slice(&text);
}
