//! Parameters of `Bind`: from either format to a [`Value`].

mod array;
mod binary;
mod moment;
mod text;

use super::error::DecodeError;
use super::oid::{Kind, ParamKind, ParamType, innermost, param_sql_type, param_type, pg_type};
use super::row::Format;
use crate::pg::zone::Zone;
use hatidata_core::{SqlType, Value};

/// Why a value cannot be read: SQLSTATE and message, without the parameter's number.
pub(crate) type Fault = (&'static str, String);

/// Reads parameter `number` (counted from 1).
///
/// `declared` is the OID from `Parse`; when it is 0 or `unknown`, the type that DuckDB inferred
/// decides. `bytes` is `None` for `NULL`.
///
/// Text is parsed into a typed value wherever its form is plain, because DuckDB resolves operators
/// by the type of what is bound (`1 + $1` fails with a text); the rest stays text for DuckDB to cast.
pub(crate) fn decode_param(
    number: usize,
    format: Format,
    declared: u32,
    inferred: &SqlType,
    bytes: Option<&[u8]>,
) -> Result<Value, DecodeError> {
    let Some(bytes) = bytes else {
        return Ok(Value::Null);
    };
    let oid = if matches!(declared, 0 | 705) { pg_type(inferred).oid } else { declared };
    decode(format, oid, inferred, bytes)
        .map_err(|(sqlstate, message)| DecodeError::new(sqlstate, format!("{message} (parameter ${number})")))
}

/// Reads a value (not `NULL`) of a column; a timestamp without an offset is of `zone`.
pub(crate) fn decode_field(format: Format, sql_type: &SqlType, bytes: &[u8], zone: &Zone) -> Result<Value, Fault> {
    let value = decode(format, pg_type(sql_type).oid, sql_type, bytes)?;
    if let (SqlType::TimestampTz, Value::Text(text)) = (sql_type, &value)
        && let Some(local) = moment::timestamp(text.trim_ascii())
    {
        return Ok(Value::TimestampTz(zone.instant(local)));
    }
    Ok(value)
}

fn decode(format: Format, oid: u32, inferred: &SqlType, bytes: &[u8]) -> Result<Value, Fault> {
    match (format, param_type(oid)) {
        (Format::Text, None) => text::decode_text(bytes),
        (Format::Text, Some(ParamType::One(kind))) => text::decode(kind, inferred, bytes),
        (Format::Text, Some(ParamType::Array(kind))) => array::decode_text(kind, inferred, bytes),
        (Format::Binary, None) => {
            Err(("0A000", format!("the binary format of the type with OID {oid} is not supported")))
        }
        (Format::Binary, Some(ParamType::One(kind))) => binary::decode(kind, inferred, bytes),
        (Format::Binary, Some(ParamType::Array(_))) => array::decode_binary(inferred, bytes),
    }
}

/// The type of an array's elements: what DuckDB expects if it has the same Postgres type, else what
/// the kind says; a decimal is as wide as its values need.
fn element_type(kind: ParamKind, inferred: &SqlType, values: &[&Value]) -> SqlType {
    let expected = innermost(inferred);
    let known = !matches!(expected, SqlType::Unknown | SqlType::Null | SqlType::Other(_));
    if known && param_type(pg_type(expected).oid) == Some(ParamType::One(kind)) {
        return expected.clone();
    }
    if kind != ParamKind::Result(Kind::Numeric) {
        return param_sql_type(kind);
    }
    let (mut whole, mut scale) = (1, 0);
    for value in values {
        match value {
            Value::Null => {}
            Value::Decimal(_, width, places) => {
                whole = whole.max(width - places);
                scale = scale.max(*places);
            }
            _ => return SqlType::Double,
        }
    }
    if whole + scale <= 38 { SqlType::Decimal { width: whole + scale, scale } } else { SqlType::Double }
}

/// Text as it must be: UTF-8 without a zero byte.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    let bad = |byte: u8| ("22021", format!("invalid byte sequence for encoding \"UTF8\": 0x{byte:02x}"));
    let text = std::str::from_utf8(bytes).map_err(|error| bad(bytes.get(error.valid_up_to()).copied().unwrap_or(0)))?;
    if memchr::memchr(0, bytes).is_some() { Err(bad(0)) } else { Ok(text) }
}

/// A value with up to 38 digits as a decimal, an integral one beyond that as a 128-bit integer.
fn decimal(negative: bool, magnitude: u128, scale: u8, inferred: &SqlType) -> Option<Value> {
    let unscaled = i128::try_from(magnitude).ok()?;
    let unscaled = if negative { -unscaled } else { unscaled };
    let integral = matches!(inferred, SqlType::HugeInt | SqlType::UBigInt | SqlType::UHugeInt);
    let digits = magnitude.checked_ilog10().map_or(1, |log| log + 1).max(u32::from(scale));
    if scale == 0 && (integral || digits > 38) {
        Some(Value::HugeInt(unscaled))
    } else if digits <= 38 {
        Some(Value::Decimal(unscaled, digits.max(1) as u8, scale))
    } else {
        None
    }
}
