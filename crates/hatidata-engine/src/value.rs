//! Parameter values handed to DuckDB.

use libduckdb_sys as ffi;

use crate::error::EngineError;
use crate::types::{SqlType, Value};

/// Owns a `duckdb_value`.
pub(crate) struct Handle(pub(crate) ffi::duckdb_value);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the value is owned and destroyed once.
        unsafe { ffi::duckdb_destroy_value(&mut self.0) }
    }
}

fn hugeint(value: i128) -> ffi::duckdb_hugeint {
    ffi::duckdb_hugeint { lower: value as u64, upper: (value >> 64) as i64 }
}

impl Value {
    /// The same value as DuckDB's own; the caller binds it and drops the handle.
    pub(crate) fn to_duckdb(&self) -> Result<Handle, EngineError> {
        // SAFETY: every function here only reads its argument and returns a new value.
        let raw = unsafe {
            match self {
                Value::Null => ffi::duckdb_create_null_value(),
                Value::Bool(v) => ffi::duckdb_create_bool(*v),
                Value::Int(v) => ffi::duckdb_create_int64(*v),
                Value::HugeInt(v) => ffi::duckdb_create_hugeint(hugeint(*v)),
                Value::Float(v) => ffi::duckdb_create_float(*v),
                Value::Double(v) => ffi::duckdb_create_double(*v),
                Value::Decimal(unscaled, width, scale) => ffi::duckdb_create_decimal(ffi::duckdb_decimal {
                    width: *width,
                    scale: *scale,
                    value: hugeint(*unscaled),
                }),
                Value::Text(v) => ffi::duckdb_create_varchar_length(v.as_ptr().cast(), v.len() as u64),
                Value::Blob(v) => ffi::duckdb_create_blob(v.as_ptr(), v.len() as u64),
                Value::Date(days) => ffi::duckdb_create_date(ffi::duckdb_date { days: *days }),
                Value::Time(micros) => ffi::duckdb_create_time(ffi::duckdb_time { micros: *micros }),
                Value::Timestamp(micros) => ffi::duckdb_create_timestamp(ffi::duckdb_timestamp { micros: *micros }),
                Value::TimestampTz(micros) => {
                    ffi::duckdb_create_timestamp_tz(ffi::duckdb_timestamp { micros: *micros })
                }
                Value::Interval { months, days, micros } => {
                    ffi::duckdb_create_interval(ffi::duckdb_interval { months: *months, days: *days, micros: *micros })
                }
                Value::Uuid(bits) => {
                    ffi::duckdb_create_uuid(ffi::duckdb_uhugeint { lower: *bits as u64, upper: (*bits >> 64) as u64 })
                }
                Value::List(item, values) => return list(item, values),
            }
        };
        if raw.is_null() {
            return Err(EngineError::internal("DuckDB refused to create a parameter value"));
        }
        Ok(Handle(raw))
    }
}

fn list(item: &SqlType, values: &[Value]) -> Result<Handle, EngineError> {
    let handles = values.iter().map(Value::to_duckdb).collect::<Result<Vec<_>, _>>()?;
    let mut raw: Vec<ffi::duckdb_value> = handles.iter().map(|handle| handle.0).collect();
    // SAFETY: the element type and the values live until DuckDB has copied them.
    let list = unsafe {
        let mut element = logical(item);
        let list = ffi::duckdb_create_list_value(element, raw.as_mut_ptr(), raw.len() as u64);
        ffi::duckdb_destroy_logical_type(&mut element);
        list
    };
    if list.is_null() {
        return Err(EngineError::unsupported(
            format!("a list of {item} cannot be a parameter"),
            "pass it as text in the form [a, b] and cast it",
        ));
    }
    Ok(Handle(list))
}

/// The DuckDB type of a list element; anything unusual travels as text and is cast by DuckDB.
fn logical(sql_type: &SqlType) -> ffi::duckdb_logical_type {
    // SAFETY: plain constructors; the caller destroys the result.
    unsafe {
        if let SqlType::List(item) | SqlType::Array(item, _) = sql_type {
            let mut element = logical(item);
            let list = ffi::duckdb_create_list_type(element);
            ffi::duckdb_destroy_logical_type(&mut element);
            return list;
        }
        if let SqlType::Decimal { width, scale } = sql_type {
            return ffi::duckdb_create_decimal_type(*width, *scale);
        }
        ffi::duckdb_create_logical_type(match sql_type {
            SqlType::Boolean => ffi::DUCKDB_TYPE_DUCKDB_TYPE_BOOLEAN,
            SqlType::TinyInt | SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => {
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT
            }
            SqlType::HugeInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_HUGEINT,
            SqlType::Float => ffi::DUCKDB_TYPE_DUCKDB_TYPE_FLOAT,
            SqlType::Double => ffi::DUCKDB_TYPE_DUCKDB_TYPE_DOUBLE,
            SqlType::Blob => ffi::DUCKDB_TYPE_DUCKDB_TYPE_BLOB,
            SqlType::Uuid => ffi::DUCKDB_TYPE_DUCKDB_TYPE_UUID,
            SqlType::Date => ffi::DUCKDB_TYPE_DUCKDB_TYPE_DATE,
            SqlType::Time => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIME,
            SqlType::Timestamp => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP,
            SqlType::TimestampTz => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_TZ,
            SqlType::Interval => ffi::DUCKDB_TYPE_DUCKDB_TYPE_INTERVAL,
            _ => ffi::DUCKDB_TYPE_DUCKDB_TYPE_VARCHAR,
        })
    }
}
