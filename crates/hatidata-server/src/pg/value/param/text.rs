//! Parameters in text format.

use super::{Fault, decimal, moment, utf8};
use crate::pg::value::oid::{Kind, ParamKind};
use hatidata_core::{SqlType, Value};

/// Text of a type that DuckDB casts.
pub(super) fn decode_text(bytes: &[u8]) -> Result<Value, Fault> {
    utf8(bytes).map(|text| Value::Text(text.to_owned()))
}

/// One value of a base type.
pub(super) fn decode(kind: ParamKind, inferred: &SqlType, bytes: &[u8]) -> Result<Value, Fault> {
    let text = utf8(bytes)?;
    let trimmed = text.trim_ascii();
    let kind = match kind {
        ParamKind::Result(kind) => kind,
        ParamKind::Jsonb => Kind::Json,
        // A name is as good as a number: `'t'::regclass`.
        ParamKind::Oid => {
            return Ok(trimmed
                .parse::<u32>()
                .map_or_else(|_| Value::Text(text.to_owned()), |oid| Value::Int(oid.into())));
        }
    };
    let value = match kind {
        Kind::Bool => Some(Value::Bool(boolean(trimmed)?)),
        Kind::Int2 => Some(integer(trimmed, "smallint", i16::MIN.into(), i16::MAX.into())?),
        Kind::Int4 => Some(integer(trimmed, "integer", i32::MIN.into(), i32::MAX.into())?),
        Kind::Int8 => Some(integer(trimmed, "bigint", i64::MIN, i64::MAX)?),
        Kind::Numeric => numeric(trimmed, inferred)?,
        Kind::Float4 => {
            let value: f32 = trimmed.parse().map_err(|_| invalid("real", text))?;
            in_range(value.is_infinite(), "real", trimmed)?;
            Some(Value::Float(value))
        }
        Kind::Float8 => {
            let value: f64 = trimmed.parse().map_err(|_| invalid("double precision", text))?;
            in_range(value.is_infinite(), "double precision", trimmed)?;
            Some(Value::Double(value))
        }
        Kind::Bytea => Some(Value::Blob(bytea(text)?)),
        Kind::Uuid => Some(Value::Uuid(uuid(trimmed).ok_or_else(|| invalid("uuid", text))?)),
        Kind::Date => moment::date(trimmed).map(Value::Date),
        Kind::Time => moment::time(trimmed).map(Value::Time),
        Kind::Timestamp => moment::timestamp(trimmed).map(Value::Timestamp),
        Kind::TimestampTz => moment::timestamptz(trimmed).map(Value::TimestampTz),
        Kind::Interval => {
            moment::interval(trimmed).map(|(months, days, micros)| Value::Interval { months, days, micros })
        }
        Kind::Text | Kind::Json | Kind::TimeTz | Kind::Varbit => None,
    };
    Ok(value.unwrap_or_else(|| {
        let dated = matches!(kind, Kind::Date | Kind::Timestamp | Kind::TimestampTz);
        let text_of_duckdb = if dated { moment::before_christ(trimmed) } else { None };
        Value::Text(text_of_duckdb.unwrap_or_else(|| text.to_owned()))
    }))
}

fn invalid(name: &str, text: &str) -> Fault {
    ("22P02", format!("invalid input syntax for type {name}: \"{text}\""))
}

/// Any beginning of the words that Postgres knows, as long as it is unambiguous.
fn boolean(text: &str) -> Result<bool, Fault> {
    let lower = text.to_ascii_lowercase();
    let begins = |word: &str, least: usize| lower.len() >= least && word.starts_with(&lower);
    if begins("true", 1) || begins("yes", 1) || lower == "on" || lower == "1" {
        Ok(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || lower == "0" {
        Ok(false)
    } else {
        Err(invalid("boolean", text))
    }
}

fn integer(text: &str, name: &str, least: i64, most: i64) -> Result<Value, Fault> {
    if let Ok(value) = text.parse::<i64>()
        && (least..=most).contains(&value)
    {
        return Ok(Value::Int(value));
    }
    let value: i128 = text.parse().map_err(|_| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            out_of_range(name, text)
        } else {
            invalid(name, text)
        }
    })?;
    match i64::try_from(value) {
        Ok(value) if (least..=most).contains(&value) => Ok(Value::Int(value)),
        _ => Err(out_of_range(name, text)),
    }
}

fn out_of_range(name: &str, text: &str) -> Fault {
    ("22003", format!("value \"{text}\" is out of range for type {name}"))
}

/// Only a number that says so is infinite.
fn in_range(infinite: bool, name: &str, text: &str) -> Result<(), Fault> {
    let says_so = text.contains(['i', 'I']);
    if infinite && !says_so { Err(out_of_range(name, text)) } else { Ok(()) }
}

/// Plain digits become a decimal; what is too long or has an exponent is DuckDB's to cast.
fn numeric(text: &str, inferred: &SqlType) -> Result<Option<Value>, Fault> {
    if text.parse::<f64>().is_err() {
        return Err(invalid("numeric", text));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut magnitude = 0u128;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let next = magnitude.checked_mul(10).and_then(|ten| ten.checked_add(u128::from(byte.wrapping_sub(b'0'))));
        match next {
            Some(next) if byte.is_ascii_digit() => magnitude = next,
            _ => return Ok(None),
        }
    }
    let Ok(scale) = u8::try_from(fraction.len()) else {
        return Ok(None);
    };
    Ok(decimal(text.starts_with('-'), magnitude, scale, inferred))
}

/// `\x` and hex digits, or the older form with octal escapes.
fn bytea(text: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    if let Some(hex) = text.strip_prefix("\\x") {
        let mut high = None;
        for character in hex.chars().filter(|character| !character.is_ascii_whitespace()) {
            let digit = character
                .to_digit(16)
                .ok_or_else(|| ("22023", format!("invalid hexadecimal digit: \"{character}\"")))?;
            match high.take() {
                None => high = Some(digit),
                Some(high) => bytes.push((high << 4 | digit) as u8),
            }
        }
        return match high {
            None => Ok(bytes),
            Some(_) => Err(("22023", "invalid hexadecimal data: odd number of digits".to_owned())),
        };
    }
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return Ok(bytes),
            [b'\\', b'\\', rest @ ..] => {
                bytes.push(b'\\');
                rest
            }
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest
            }
            [b'\\', ..] => return Err(("22P02", "invalid input syntax for type bytea".to_owned())),
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
}

/// 32 hex digits, with a hyphen after any group of four, perhaps in braces.
fn uuid(text: &str) -> Option<u128> {
    let inner = match text.strip_prefix('{') {
        Some(open) => open.strip_suffix('}')?,
        None => text,
    };
    let mut value = 0;
    let mut digits = 0;
    let mut hyphen = true;
    for byte in inner.bytes() {
        if byte == b'-' && !hyphen && digits % 4 == 0 && digits < 32 {
            hyphen = true;
        } else {
            let digit = char::from(byte).to_digit(16)?;
            value = value << 4 | u128::from(digit);
            digits += 1;
            hyphen = false;
        }
        if digits > 32 {
            return None;
        }
    }
    (digits == 32).then_some(value)
}
