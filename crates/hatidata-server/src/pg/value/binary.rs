//! Values in Postgres' binary format.

use super::error::EncodeError;
use super::oid::{Kind, MAX_DIMENSIONS, Shape, shape};
use super::text::{bits, put_text};
use super::time::{ZoneOffset, micros_of_nanos};
use bytes::{BufMut, BytesMut};
use hatidata_core::{Items, Scalar, SqlType};

/// Days from 1970-01-01 to 2000-01-01, where Postgres starts counting.
pub(crate) const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
pub(crate) const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Appends a value (not `NULL`) in binary, as the type that was announced: an integer that DuckDB
/// made wider since then is narrowed, or refused when it does not fit.
pub(crate) fn put_binary(
    out: &mut BytesMut,
    sql_type: &SqlType,
    scalar: Scalar<'_>,
    zone: ZoneOffset<'_>,
) -> Result<(), EncodeError> {
    match (shape(sql_type), scalar) {
        (Shape::Array(kind), Scalar::List(items)) => put_array(out, kind, items),
        // The binary form of text and JSON is their text.
        (Shape::One(Kind::Text | Kind::Json), _) => {
            put_text(out, sql_type, scalar, zone);
            Ok(())
        }
        (Shape::One(kind), _) => put_scalar(out, kind, scalar),
        (Shape::Array(kind), _) => Err(mismatch(kind)),
    }
}

fn put_scalar(out: &mut BytesMut, kind: Kind, scalar: Scalar<'_>) -> Result<(), EncodeError> {
    match (kind, scalar) {
        (Kind::Int4, Scalar::Int(value)) => out.put_i32(narrow(kind, value)?),
        (Kind::Int8, Scalar::Int(value)) => out.put_i64(value),
        (Kind::Int2, Scalar::Int(value)) => out.put_i16(narrow(kind, value)?),
        (Kind::Int2, Scalar::UInt(value)) => out.put_i16(narrow(kind, value)?),
        (Kind::Int4, Scalar::UInt(value)) => out.put_i32(narrow(kind, value)?),
        (Kind::Int8, Scalar::UInt(value)) => out.put_i64(narrow(kind, value)?),
        (Kind::Float8, Scalar::Double(value)) => out.put_f64(value),
        (Kind::Float4, Scalar::Float(value)) => out.put_f32(value),
        (Kind::Bool, Scalar::Bool(value)) => out.put_u8(u8::from(value)),
        (Kind::Text | Kind::Json, Scalar::Text(value)) => out.put_slice(value.as_bytes()),
        (Kind::Bytea, Scalar::Blob(value)) => out.put_slice(value),
        (Kind::Uuid, Scalar::Uuid(value)) => out.put_u128(value),
        (Kind::Varbit, Scalar::Bit(value)) => put_varbit(out, value),
        (Kind::Numeric, Scalar::Decimal { unscaled, scale }) => {
            put_numeric(out, unscaled < 0, unscaled.unsigned_abs(), scale);
        }
        (Kind::Numeric, Scalar::HugeInt(value)) => {
            put_numeric(out, value < 0, value.unsigned_abs(), 0);
        }
        (Kind::Numeric, Scalar::UHugeInt(value)) => put_numeric(out, false, value, 0),
        (Kind::Numeric, Scalar::UInt(value)) => put_numeric(out, false, value.into(), 0),
        // A parameter's value can widen a result after it was announced (`coalesce(small, $1)`).
        (Kind::Int2, Scalar::HugeInt(value)) => out.put_i16(narrow(kind, value)?),
        (Kind::Int4, Scalar::HugeInt(value)) => out.put_i32(narrow(kind, value)?),
        (Kind::Int8, Scalar::HugeInt(value)) => out.put_i64(narrow(kind, value)?),
        (Kind::Numeric, Scalar::Int(value)) => {
            put_numeric(out, value < 0, value.unsigned_abs().into(), 0);
        }
        (Kind::Float8, Scalar::Float(value)) => out.put_f64(value.into()),
        (Kind::Float8, Scalar::Int(value)) => out.put_f64(value as f64),
        (Kind::Float4, Scalar::Double(value)) => out.put_f32(value as f32),
        (Kind::Date, Scalar::Date(days)) => out.put_i32(since_2000(days)?),
        (Kind::Time, Scalar::Time(micros)) => out.put_i64(micros),
        (Kind::Time, Scalar::TimeNs(nanos)) => out.put_i64(nanos / 1000),
        (Kind::TimeTz, Scalar::TimeTz { micros, offset_seconds }) => {
            out.put_i64(micros);
            // Postgres counts westwards.
            out.put_i32(-offset_seconds);
        }
        (Kind::Timestamp, Scalar::Timestamp(micros)) | (Kind::TimestampTz, Scalar::TimestampTz(micros)) => {
            out.put_i64(micros_since_2000(micros)?)
        }
        (Kind::Timestamp, Scalar::TimestampNs(nanos)) => {
            out.put_i64(micros_since_2000(micros_of_nanos(nanos))?);
        }
        (Kind::Interval, Scalar::Interval { months, days, micros }) => {
            out.put_i64(micros);
            out.put_i32(days);
            out.put_i32(months);
        }
        _ => return Err(mismatch(kind)),
    }
    Ok(())
}

fn narrow<T: TryFrom<V>, V>(kind: Kind, value: V) -> Result<T, EncodeError> {
    T::try_from(value).map_err(|_| EncodeError::new("22003", format!("the value does not fit into {kind:?}")))
}

fn mismatch(kind: Kind) -> EncodeError {
    EncodeError::new("XX000", format!("cannot encode a value of another type as {kind:?}"))
}

fn since_2000(days: i32) -> Result<i32, EncodeError> {
    match days {
        i32::MAX => Ok(i32::MAX),
        days if days <= -i32::MAX => Ok(i32::MIN),
        days => days.checked_sub(EPOCH_DAYS).ok_or_else(|| EncodeError::new("22008", "date out of range")),
    }
}

fn micros_since_2000(micros: i64) -> Result<i64, EncodeError> {
    match micros {
        i64::MAX => Ok(i64::MAX),
        micros if micros <= -i64::MAX => Ok(i64::MIN),
        micros => micros.checked_sub(EPOCH_MICROS).ok_or_else(|| EncodeError::new("22008", "timestamp out of range")),
    }
}

/// Number of bits, then the bits, filled up with zeros at the end.
fn put_varbit(out: &mut BytesMut, value: &[u8]) {
    let start = out.len();
    out.put_i32(0);
    let mut count = 0u32;
    let mut byte = 0;
    for bit in bits(value) {
        byte = byte << 1 | u8::from(bit);
        count += 1;
        if count.is_multiple_of(8) {
            out.put_u8(byte);
            byte = 0;
        }
    }
    if !count.is_multiple_of(8) {
        out.put_u8(byte << (8 - count % 8));
    }
    out[start..start + 4].copy_from_slice(&count.to_be_bytes());
}

/// Digits in base 10,000, the power of the first one, the sign, and the scale to show.
fn put_numeric(out: &mut BytesMut, negative: bool, magnitude: u128, scale: u8) {
    // 39 digits make at most 11 groups, wherever the point is.
    let mut groups = [0u16; 12];
    let mut at = groups.len();
    let mut rest = magnitude;
    let mut places = u32::from(scale);
    let part = places % 4;
    if part > 0 {
        let unit = 10u128.pow(part);
        at -= 1;
        groups[at] = (rest % unit) as u16 * 10u16.pow(4 - part);
        rest /= unit;
        places -= part;
    }
    let mut fraction_groups = i32::from(part > 0);
    while rest > 0 {
        at -= 1;
        groups[at] = (rest % 10_000) as u16;
        rest /= 10_000;
        if places > 0 {
            places -= 4;
            fraction_groups += 1;
        }
    }
    // Groups between the point and the first digit are zero and are not sent.
    fraction_groups += (places / 4) as i32;
    let all = &groups[at..];
    let weight = all.len() as i32 - fraction_groups - 1;
    let leading = all.iter().take_while(|group| **group == 0).count();
    let trailing = all.iter().rev().take_while(|group| **group == 0).count();
    let digits = all.get(leading..all.len() - trailing.min(all.len() - leading)).unwrap_or(&[]);
    let weight = if digits.is_empty() { 0 } else { weight - leading as i32 };
    out.put_u16(digits.len() as u16);
    out.put_i16(weight as i16);
    out.put_u16(if negative && !digits.is_empty() { 0x4000 } else { 0 });
    out.put_u16(u16::from(scale));
    for group in digits {
        out.put_u16(*group);
    }
}

/// Dimensions, whether there are nulls, the element type, the size of each dimension, the elements.
fn put_array(out: &mut BytesMut, kind: Kind, items: Items<'_>) -> Result<(), EncodeError> {
    let mut sizes = [0usize; MAX_DIMENSIONS];
    let mut depth = 0;
    let mut level = Some(items);
    while let Some(list) = level {
        if depth == MAX_DIMENSIONS {
            return Err(EncodeError::new("54000", "the list has too many levels for an array"));
        }
        sizes[depth] = list.len();
        depth += 1;
        level = match list.iter().next() {
            Some(Scalar::List(inner)) => Some(inner),
            _ => None,
        };
    }
    let sizes = &sizes[..depth];
    let start = out.len();
    if sizes.contains(&0) {
        // All the inner lists must be empty too.
        put_elements(out, kind, items, sizes, &mut false)?;
        out.truncate(start);
        out.put_i32(0);
        out.put_i32(0);
        out.put_u32(kind.oid());
        return Ok(());
    }
    out.put_u32(depth as u32);
    out.put_i32(0);
    out.put_u32(kind.oid());
    for size in sizes {
        let size = u32::try_from(*size);
        out.put_u32(size.map_err(|_| EncodeError::new("54000", "the list is too long"))?);
        out.put_i32(1);
    }
    let mut has_null = false;
    put_elements(out, kind, items, sizes, &mut has_null)?;
    out[start + 7] = u8::from(has_null);
    Ok(())
}

fn put_elements(
    out: &mut BytesMut,
    kind: Kind,
    items: Items<'_>,
    sizes: &[usize],
    has_null: &mut bool,
) -> Result<(), EncodeError> {
    let (size, inner_sizes) = sizes.split_first().unwrap_or((&0, &[]));
    if items.len() != *size {
        return Err(ragged());
    }
    for index in 0..items.len() {
        let item = items.get(index);
        if !inner_sizes.is_empty() {
            let Scalar::List(inner) = item else {
                return Err(ragged());
            };
            put_elements(out, kind, inner, inner_sizes, has_null)?;
        } else if matches!(item, Scalar::List(_)) {
            return Err(ragged());
        } else if matches!(item, Scalar::Null) {
            *has_null = true;
            out.put_i32(-1);
        } else {
            let start = out.len();
            out.put_i32(0);
            put_scalar(out, kind, item)?;
            let length = out.len() - start - 4;
            let length =
                i32::try_from(length).map_err(|_| EncodeError::new("54000", "an array element is too long"))?;
            out[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

/// Postgres' arrays are boxes; a list of lists need not be one.
fn ragged() -> EncodeError {
    EncodeError {
        hint: Some("Wrap the value in to_json(...) to read lists of differing lengths."),
        ..EncodeError::new("2202E", "lists within a list must all have the same length to be sent as an array")
    }
}
