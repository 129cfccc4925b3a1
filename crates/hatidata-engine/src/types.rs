//! The vocabulary for SQL types and parameter values, independent of any wire format.

use std::fmt;

/// The type of a result column or of a parameter, as DuckDB knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SqlType {
    /// `BOOLEAN`
    Boolean,
    /// `TINYINT`, 8 bits signed
    TinyInt,
    /// `SMALLINT`, 16 bits signed
    SmallInt,
    /// `INTEGER`, 32 bits signed
    Integer,
    /// `BIGINT`, 64 bits signed
    BigInt,
    /// `HUGEINT`, 128 bits signed
    HugeInt,
    /// `UTINYINT`, 8 bits unsigned
    UTinyInt,
    /// `USMALLINT`, 16 bits unsigned
    USmallInt,
    /// `UINTEGER`, 32 bits unsigned
    UInteger,
    /// `UBIGINT`, 64 bits unsigned
    UBigInt,
    /// `UHUGEINT`, 128 bits unsigned
    UHugeInt,
    /// `FLOAT`, 32 bits
    Float,
    /// `DOUBLE`, 64 bits
    Double,
    /// `DECIMAL(width, scale)`, at most 38 digits
    Decimal {
        /// Total number of digits.
        width: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// `VARCHAR`
    Varchar,
    /// `JSON`: text that holds a JSON document
    Json,
    /// `BLOB`
    Blob,
    /// `BIT`: a string of bits
    Bit,
    /// `UUID`
    Uuid,
    /// `DATE`
    Date,
    /// `TIME`, microseconds
    Time,
    /// `TIME_NS`, nanoseconds
    TimeNs,
    /// `TIME WITH TIME ZONE`
    TimeTz,
    /// `TIMESTAMP`, microseconds without a zone
    Timestamp,
    /// `TIMESTAMP_S`, seconds
    TimestampS,
    /// `TIMESTAMP_MS`, milliseconds
    TimestampMs,
    /// `TIMESTAMP_NS`, nanoseconds
    TimestampNs,
    /// `TIMESTAMP WITH TIME ZONE`, microseconds in UTC
    TimestampTz,
    /// `INTERVAL`: months, days and microseconds
    Interval,
    /// `ENUM`: the values are text
    Enum,
    /// `LIST` of one element type, any length
    List(Box<SqlType>),
    /// `ARRAY` of one element type and a fixed length
    Array(Box<SqlType>, u32),
    /// `STRUCT` with named fields
    Struct(Vec<(String, SqlType)>),
    /// `MAP` from key to value
    Map(Box<SqlType>, Box<SqlType>),
    /// `UNION` of tagged members
    Union(Vec<(String, SqlType)>),
    /// The type of a bare `NULL`
    Null,
    /// Not known: a parameter that could be anything
    Unknown,
    /// A type without a place here; the name is DuckDB's type number
    Other(u32),
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            SqlType::Boolean => "BOOLEAN",
            SqlType::TinyInt => "TINYINT",
            SqlType::SmallInt => "SMALLINT",
            SqlType::Integer => "INTEGER",
            SqlType::BigInt => "BIGINT",
            SqlType::HugeInt => "HUGEINT",
            SqlType::UTinyInt => "UTINYINT",
            SqlType::USmallInt => "USMALLINT",
            SqlType::UInteger => "UINTEGER",
            SqlType::UBigInt => "UBIGINT",
            SqlType::UHugeInt => "UHUGEINT",
            SqlType::Float => "FLOAT",
            SqlType::Double => "DOUBLE",
            SqlType::Decimal { width, scale } => return write!(f, "DECIMAL({width},{scale})"),
            SqlType::Varchar => "VARCHAR",
            SqlType::Json => "JSON",
            SqlType::Blob => "BLOB",
            SqlType::Bit => "BIT",
            SqlType::Uuid => "UUID",
            SqlType::Date => "DATE",
            SqlType::Time => "TIME",
            SqlType::TimeNs => "TIME_NS",
            SqlType::TimeTz => "TIME WITH TIME ZONE",
            SqlType::Timestamp => "TIMESTAMP",
            SqlType::TimestampS => "TIMESTAMP_S",
            SqlType::TimestampMs => "TIMESTAMP_MS",
            SqlType::TimestampNs => "TIMESTAMP_NS",
            SqlType::TimestampTz => "TIMESTAMP WITH TIME ZONE",
            SqlType::Interval => "INTERVAL",
            SqlType::Enum => "ENUM",
            SqlType::List(item) => return write!(f, "{item}[]"),
            SqlType::Array(item, length) => return write!(f, "{item}[{length}]"),
            SqlType::Struct(_) => "STRUCT",
            SqlType::Map(..) => "MAP",
            SqlType::Union(_) => "UNION",
            SqlType::Null => "NULL",
            SqlType::Unknown => "UNKNOWN",
            SqlType::Other(id) => return write!(f, "TYPE_{id}"),
        };
        f.write_str(name)
    }
}

/// One column of a result: its name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name shown to the client.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
}

/// A value bound to a parameter.
///
/// DuckDB casts it to the parameter's type, so `Text` may stand for any type in DuckDB's own
/// text form (`[1, 2]` for a list, `2024-01-31` for a date).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `NULL`
    Null,
    /// `BOOLEAN`
    Bool(bool),
    /// Any signed integer up to 64 bits
    Int(i64),
    /// `HUGEINT`
    HugeInt(i128),
    /// `FLOAT`
    Float(f32),
    /// `DOUBLE`
    Double(f64),
    /// `DECIMAL`: the unscaled integer, total digits, digits after the point
    Decimal(i128, u8, u8),
    /// Text
    Text(String),
    /// `BLOB`
    Blob(Vec<u8>),
    /// `DATE`: days since 1970-01-01
    Date(i32),
    /// `TIME`: microseconds since midnight
    Time(i64),
    /// `TIMESTAMP`: microseconds since 1970-01-01
    Timestamp(i64),
    /// `TIMESTAMP WITH TIME ZONE`: microseconds since 1970-01-01 UTC
    TimestampTz(i64),
    /// `INTERVAL`
    Interval {
        /// Whole months.
        months: i32,
        /// Whole days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// `UUID` as its 128 bits, most significant first
    Uuid(u128),
    /// `LIST` of values of one type
    List(SqlType, Vec<Value>),
}
