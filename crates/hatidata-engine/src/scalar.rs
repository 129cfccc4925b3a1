//! One value read from a result: what every door turns into its own format.

use crate::batch::{Entries, Fields, Items, Tagged};

/// A value of a result, borrowed from its batch.
///
/// The column's [`SqlType`](crate::SqlType) says which variant to expect: every signed integer up
/// to 64 bits is `Int`, every unsigned one `UInt`, text, JSON and ENUM values are `Text`.
#[derive(Debug, Clone, Copy)]
pub enum Scalar<'a> {
    /// SQL `NULL`
    Null,
    /// `BOOLEAN`
    Bool(bool),
    /// `TINYINT`, `SMALLINT`, `INTEGER`, `BIGINT`
    Int(i64),
    /// `UTINYINT`, `USMALLINT`, `UINTEGER`, `UBIGINT`
    UInt(u64),
    /// `HUGEINT`
    HugeInt(i128),
    /// `UHUGEINT`
    UHugeInt(u128),
    /// `FLOAT`
    Float(f32),
    /// `DOUBLE`
    Double(f64),
    /// `DECIMAL`: the integer without its point, and the digits after the point
    Decimal {
        /// The value multiplied by ten to the power of `scale`.
        unscaled: i128,
        /// Digits after the point.
        scale: u8,
    },
    /// `VARCHAR`, `JSON`, `ENUM`
    Text(&'a str),
    /// `BLOB`
    Blob(&'a [u8]),
    /// `BIT`: DuckDB's form: the first byte says how many leading bits of the second are padding
    Bit(&'a [u8]),
    /// `UUID`, most significant byte first
    Uuid(u128),
    /// `DATE`: days since 1970-01-01; `i32::MAX` and `-i32::MAX` are the infinities
    Date(i32),
    /// `TIME`: microseconds since midnight (24:00:00 is possible)
    Time(i64),
    /// `TIME_NS`: nanoseconds since midnight
    TimeNs(i64),
    /// `TIME WITH TIME ZONE`
    TimeTz {
        /// Local microseconds since midnight.
        micros: i64,
        /// Seconds east of UTC.
        offset_seconds: i32,
    },
    /// `TIMESTAMP`, `TIMESTAMP_S`, `TIMESTAMP_MS`: microseconds since 1970-01-01;
    /// `i64::MAX` and `-i64::MAX` are the infinities
    Timestamp(i64),
    /// `TIMESTAMP_NS`: nanoseconds since 1970-01-01, infinities as for `Timestamp`
    TimestampNs(i64),
    /// `TIMESTAMP WITH TIME ZONE`: microseconds since 1970-01-01 UTC, infinities as for `Timestamp`
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
    /// `LIST` or `ARRAY`
    List(Items<'a>),
    /// `STRUCT`: its fields in the order of the type
    Struct(Fields<'a>),
    /// `MAP`: its entries, each a key and a value
    Map(Entries<'a>),
    /// `UNION`: the tag and the member's value
    Union(Tagged<'a>),
}
