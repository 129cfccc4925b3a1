//! A row as a JSON object, for answers whose columns are not known beforehand.

use hatidata_engine::{Batch, Column, Scalar};
use serde_json::{Map, Number, Value};

/// Row `row` of `batch` as a JSON object.
pub(crate) fn row(columns: &[Column], batch: &Batch, row: usize) -> String {
    let mut object = Map::new();
    for (at, column) in columns.iter().enumerate() {
        object.insert(column.name.clone(), value(batch.get(at, row)));
    }
    Value::Object(object).to_string()
}

fn value(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(b),
        Scalar::Int(n) => Value::from(n),
        Scalar::UInt(n) => Value::from(n),
        Scalar::HugeInt(n) => Value::String(n.to_string()),
        Scalar::UHugeInt(n) => Value::String(n.to_string()),
        Scalar::Float(n) => number(f64::from(n)),
        Scalar::Double(n) => number(n),
        Scalar::Text(text) => Value::String(text.to_owned()),
        Scalar::List(items) => Value::Array(items.iter().map(value).collect()),
        Scalar::Struct(fields) => {
            Value::Object((0..fields.len()).map(|i| (fields.name(i).to_owned(), value(fields.get(i)))).collect())
        }
        Scalar::Map(entries) => Value::Array(
            (0..entries.len())
                .map(|i| serde_json::json!({"key": value(entries.key(i)), "value": value(entries.value(i))}))
                .collect(),
        ),
        Scalar::Union(member) => value(member.value()),
        Scalar::Decimal { unscaled, scale } => Value::String(decimal(unscaled, scale)),
        Scalar::Timestamp(micros) | Scalar::TimestampTz(micros) => Value::String(crate::clock::timestamp(micros)),
        Scalar::TimestampNs(nanos) => Value::String(crate::clock::timestamp(nanos / 1_000)),
        Scalar::Date(days) => {
            Value::String(crate::clock::timestamp(i64::from(days) * 86_400_000_000).chars().take(10).collect())
        }
        Scalar::Uuid(bits) => Value::String(uuid::Uuid::from_u128(bits).to_string()),
        other => Value::String(format!("{other:?}")),
    }
}

fn number(n: f64) -> Value {
    Number::from_f64(n).map_or_else(|| Value::String(n.to_string()), Value::Number)
}

fn decimal(unscaled: i128, scale: u8) -> String {
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let sign = if unscaled < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
