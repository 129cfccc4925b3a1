//! Parameters in binary format.

use super::{Fault, decimal, utf8};
use crate::pg::value::binary::{EPOCH_DAYS, EPOCH_MICROS};
use crate::pg::value::oid::{Kind, ParamKind};
use crate::pg::value::time::put_timetz;
use bytes::BytesMut;
use hatidata_core::{SqlType, Value};

const DAY: i64 = 86_400_000_000;

/// One value of a base type.
pub(super) fn decode(kind: ParamKind, inferred: &SqlType, bytes: &[u8]) -> Result<Value, Fault> {
    let kind = match kind {
        ParamKind::Oid => return Ok(Value::Int(u32::from_be_bytes(exact(bytes, "oid")?).into())),
        ParamKind::Jsonb => {
            let Some((1, document)) = bytes.split_first() else {
                return Err(("22P03", "unsupported jsonb version number".to_owned()));
            };
            return Ok(Value::Text(utf8(document)?.to_owned()));
        }
        ParamKind::Result(kind) => kind,
    };
    Ok(match kind {
        Kind::Bool => Value::Bool(exact::<1>(bytes, "boolean")? != [0]),
        Kind::Int2 => Value::Int(i16::from_be_bytes(exact(bytes, "smallint")?).into()),
        Kind::Int4 => Value::Int(i32::from_be_bytes(exact(bytes, "integer")?).into()),
        Kind::Int8 => Value::Int(i64::from_be_bytes(exact(bytes, "bigint")?)),
        Kind::Float4 => Value::Float(f32::from_be_bytes(exact(bytes, "real")?)),
        Kind::Float8 => Value::Double(f64::from_be_bytes(exact(bytes, "double precision")?)),
        Kind::Numeric => numeric(bytes, inferred)?,
        Kind::Text | Kind::Json => Value::Text(utf8(bytes)?.to_owned()),
        Kind::Bytea => Value::Blob(bytes.to_vec()),
        Kind::Varbit => varbit(bytes)?,
        Kind::Uuid => Value::Uuid(u128::from_be_bytes(exact(bytes, "uuid")?)),
        Kind::Date => match i32::from_be_bytes(exact(bytes, "date")?) {
            i32::MAX => Value::Date(i32::MAX),
            i32::MIN => Value::Date(-i32::MAX),
            days => Value::Date(days.checked_add(EPOCH_DAYS).ok_or_else(|| out_of_range("date"))?),
        },
        Kind::Time => Value::Time(clock(i64::from_be_bytes(exact(bytes, "time")?))?),
        Kind::TimeTz => {
            let bits = u128::from_be_bytes({
                let given: [u8; 12] = exact(bytes, "time with time zone")?;
                let mut all = [0; 16];
                all[4..].copy_from_slice(&given);
                all
            });
            let micros = clock((bits >> 32) as i64)?;
            let west = bits as u32 as i32;
            if west.unsigned_abs() >= 16 * 3600 {
                return Err(("22009", "time zone displacement out of range".to_owned()));
            }
            let mut text = BytesMut::new();
            put_timetz(&mut text, micros, -west);
            Value::Text(String::from_utf8_lossy(&text).into_owned())
        }
        Kind::Timestamp => Value::Timestamp(moment(exact(bytes, "timestamp")?)?),
        Kind::TimestampTz => Value::TimestampTz(moment(exact(bytes, "timestamp with time zone")?)?),
        Kind::Interval => {
            let bits = u128::from_be_bytes(exact(bytes, "interval")?);
            Value::Interval {
                micros: (bits >> 64) as i64,
                days: (bits >> 32) as u32 as i32,
                months: bits as u32 as i32,
            }
        }
    })
}

pub(super) fn malformed(name: &str) -> Fault {
    ("22P03", format!("incorrect binary data format for type {name}"))
}

fn out_of_range(name: &str) -> Fault {
    ("22008", format!("{name} out of range"))
}

fn exact<const N: usize>(bytes: &[u8], name: &str) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(|_| malformed(name))
}

fn clock(micros: i64) -> Result<i64, Fault> {
    if (0..=DAY).contains(&micros) { Ok(micros) } else { Err(out_of_range("time")) }
}

fn moment(bytes: [u8; 8]) -> Result<i64, Fault> {
    match i64::from_be_bytes(bytes) {
        i64::MAX => Ok(i64::MAX),
        i64::MIN => Ok(-i64::MAX),
        micros => micros.checked_add(EPOCH_MICROS).ok_or_else(|| out_of_range("timestamp")),
    }
}

fn varbit(bytes: &[u8]) -> Result<Value, Fault> {
    let fault = || malformed("bit varying");
    let (count, data) = bytes.split_first_chunk::<4>().ok_or_else(fault)?;
    let count = usize::try_from(i32::from_be_bytes(*count)).map_err(|_| fault())?;
    if data.len() != count.div_ceil(8) {
        return Err(fault());
    }
    let bit = |index: usize| {
        if data[index / 8] >> (7 - index % 8) & 1 == 1 { '1' } else { '0' }
    };
    Ok(Value::Text((0..count).map(bit).collect()))
}

/// Digits in base 10,000 to a decimal; text when it has too many digits or is not finite.
fn numeric(bytes: &[u8], inferred: &SqlType) -> Result<Value, Fault> {
    let fault = || malformed("numeric");
    let (header, digits) = bytes.split_first_chunk::<8>().ok_or_else(fault)?;
    let [count, weight, sign, scale] = [0, 2, 4, 6].map(|at| u16::from_be_bytes([header[at], header[at + 1]]));
    let groups: Vec<u16> = digits.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    if digits.len() != usize::from(count) * 2 || groups.iter().any(|group| *group > 9_999) {
        return Err(fault());
    }
    let negative = match sign {
        0 => false,
        0x4000 => true,
        0xC000 => return Ok(Value::Text("NaN".to_owned())),
        0xD000 => return Ok(Value::Text("Infinity".to_owned())),
        0xF000 => return Ok(Value::Text("-Infinity".to_owned())),
        _ => return Err(fault()),
    };
    if scale > 0x3FFF {
        return Err(fault());
    }
    let weight = i32::from(weight as i16);
    let group = |power: i32| -> u16 {
        let index = usize::try_from(weight - power).ok();
        index.and_then(|index| groups.get(index)).copied().unwrap_or(0)
    };
    let (whole, part) = (usize::from(scale / 4), usize::from(scale % 4));
    let last = -(whole as i32);
    let small = |all: &mut Option<u128>, factor: u128, add: u16| {
        *all = all.and_then(|value| value.checked_mul(factor)).and_then(|value| value.checked_add(u128::from(add)));
    };
    let mut magnitude = Some(0u128);
    for power in (last..=weight.max(0)).rev() {
        small(&mut magnitude, 10_000, group(power));
    }
    if part > 0 {
        let unit = 10u16.pow(4 - part as u32);
        small(&mut magnitude, 10u128.pow(part as u32), group(last - 1) / unit);
    }
    let exact = magnitude.zip(u8::try_from(scale).ok());
    if let Some(value) = exact.and_then(|(all, scale)| decimal(negative, all, scale, inferred)) {
        return Ok(value);
    }
    let mut text = String::from(if negative { "-" } else { "" });
    let mut first = true;
    for power in (0..=weight.max(0)).rev() {
        let group = group(power);
        text.push_str(&if first { group.to_string() } else { format!("{group:04}") });
        first = false;
    }
    if scale > 0 {
        text.push('.');
        let start = text.len();
        for power in 1..=i32::from(scale.div_ceil(4)) {
            text.push_str(&format!("{:04}", group(-power)));
        }
        text.truncate(start + usize::from(scale));
    }
    Ok(Value::Text(text))
}
