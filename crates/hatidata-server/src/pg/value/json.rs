//! Nested values as JSON: structs, maps, unions and the lists that hold them.

use super::float::{put_f32, put_f64};
use super::oid::innermost;
use super::text::put_scalar;
use super::time::{self, Style, ZoneOffset};
use bytes::{BufMut, BytesMut};
use hatidata_core::{Scalar, SqlType};

/// Appends a value as JSON.
///
/// Numbers stay numbers with all their digits, except `NaN` and the infinities, which are strings
/// as in Postgres' `to_json`; so are dates and times (ISO 8601) and everything else that JSON has
/// no type for. A map's keys are the text of its keys; a union is an object with its tag as the
/// only key, as DuckDB's own `to_json` writes it.
pub(crate) fn put_json(out: &mut BytesMut, sql_type: &SqlType, scalar: Scalar<'_>, zone: ZoneOffset<'_>) {
    match scalar {
        Scalar::Null => out.put_slice(b"null"),
        Scalar::Bool(value) => out.put_slice(if value { b"true" } else { b"false" }),
        Scalar::Int(_) | Scalar::UInt(_) | Scalar::HugeInt(_) | Scalar::UHugeInt(_) | Scalar::Decimal { .. } => {
            put_scalar(out, scalar, zone)
        }
        Scalar::Float(value) if value.is_finite() => put_f32(out, value),
        Scalar::Double(value) if value.is_finite() => put_f64(out, value),
        Scalar::Text(document) if *sql_type == SqlType::Json => out.put_slice(document.as_bytes()),
        Scalar::Text(text) => put_string(out, text),
        Scalar::Timestamp(micros) => {
            out.put_u8(b'"');
            time::put_timestamp(out, micros, Style::Json);
            out.put_u8(b'"');
        }
        Scalar::TimestampNs(nanos) => {
            out.put_u8(b'"');
            time::put_timestamp(out, time::micros_of_nanos(nanos), Style::Json);
            out.put_u8(b'"');
        }
        Scalar::TimestampTz(micros) => {
            out.put_u8(b'"');
            time::put_timestamptz(out, micros, zone, Style::Json);
            out.put_u8(b'"');
        }
        Scalar::Blob(_) => {
            // The text form begins with one backslash, which JSON doubles.
            out.put_slice(b"\"\\");
            put_scalar(out, scalar, zone);
            out.put_u8(b'"');
        }
        Scalar::Float(_)
        | Scalar::Double(_)
        | Scalar::Bit(_)
        | Scalar::Uuid(_)
        | Scalar::Date(_)
        | Scalar::Time(_)
        | Scalar::TimeNs(_)
        | Scalar::TimeTz { .. }
        | Scalar::Interval { .. } => {
            out.put_u8(b'"');
            put_scalar(out, scalar, zone);
            out.put_u8(b'"');
        }
        Scalar::List(items) => {
            let item_type = match sql_type {
                SqlType::List(item) | SqlType::Array(item, _) => item,
                _ => innermost(sql_type),
            };
            out.put_u8(b'[');
            for index in 0..items.len() {
                if index > 0 {
                    out.put_u8(b',');
                }
                put_json(out, item_type, items.get(index), zone);
            }
            out.put_u8(b']');
        }
        Scalar::Struct(fields) => {
            let types = match sql_type {
                SqlType::Struct(types) => types.as_slice(),
                _ => &[],
            };
            out.put_u8(b'{');
            for index in 0..fields.len() {
                if index > 0 {
                    out.put_u8(b',');
                }
                put_string(out, fields.name(index));
                out.put_u8(b':');
                let field_type = types.get(index).map_or(&SqlType::Unknown, |(_, of)| of);
                put_json(out, field_type, fields.get(index), zone);
            }
            out.put_u8(b'}');
        }
        Scalar::Map(entries) => {
            let (key_type, value_type) = match sql_type {
                SqlType::Map(key, value) => (&**key, &**value),
                _ => (&SqlType::Unknown, &SqlType::Unknown),
            };
            out.put_u8(b'{');
            for index in 0..entries.len() {
                if index > 0 {
                    out.put_u8(b',');
                }
                put_key(out, key_type, entries.key(index), zone);
                out.put_u8(b':');
                put_json(out, value_type, entries.value(index), zone);
            }
            out.put_u8(b'}');
        }
        Scalar::Union(tagged) => {
            let tag = tagged.tag();
            let member_type = match sql_type {
                SqlType::Union(members) => members.iter().find(|(name, _)| name == tag),
                _ => None,
            };
            out.put_u8(b'{');
            put_string(out, tag);
            out.put_u8(b':');
            let member_type = member_type.map_or(&SqlType::Unknown, |(_, of)| of);
            put_json(out, member_type, tagged.value(), zone);
            out.put_u8(b'}');
        }
    }
}

/// A map's key: strings as they are, everything else its JSON form inside a string.
fn put_key(out: &mut BytesMut, sql_type: &SqlType, key: Scalar<'_>, zone: ZoneOffset<'_>) {
    if let Scalar::Text(text) = key {
        return put_string(out, text);
    }
    let start = out.len();
    put_json(out, sql_type, key, zone);
    if out[start..].first() != Some(&b'"') {
        let document = out.split_off(start);
        put_string(out, &String::from_utf8_lossy(&document));
    }
}

/// A JSON string with the escapes that JSON requires.
pub(crate) fn put_string(out: &mut BytesMut, text: &str) {
    out.put_u8(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
        out.put_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.put_slice(b"\\\""),
            b'\\' => out.put_slice(b"\\\\"),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            0x08 => out.put_slice(b"\\b"),
            0x0c => out.put_slice(b"\\f"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.put_slice(b"\\u00");
                out.put_u8(HEX[usize::from(control >> 4)]);
                out.put_u8(HEX[usize::from(control & 15)]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.put_slice(rest);
    out.put_u8(b'"');
}
