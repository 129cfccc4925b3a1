//! Which Postgres type stands for which DuckDB type, and back.

use hatidata_core::SqlType;

/// Postgres refuses arrays of more dimensions; deeper lists go out as JSON.
pub(crate) const MAX_DIMENSIONS: usize = 6;

/// What `RowDescription` and `ParameterDescription` say about a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PgType {
    /// The type's number in `pg_type`.
    pub(crate) oid: u32,
    /// Bytes of a value in memory, -1 when it varies.
    pub(crate) len: i16,
    /// The modifier (precision and scale of a `numeric`), -1 for none.
    pub(crate) typmod: i32,
}

/// The Postgres base types this server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Numeric,
    Float4,
    Float8,
    Text,
    Json,
    Bytea,
    Varbit,
    Uuid,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
}

/// A DuckDB type as Postgres sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    One(Kind),
    /// An array, of any number of dimensions, of values of this kind.
    Array(Kind),
}

impl Kind {
    /// The type's OID, the OID of its array type, and its length.
    const fn row(self) -> (u32, u32, i16) {
        match self {
            Kind::Bool => (16, 1000, 1),
            Kind::Bytea => (17, 1001, -1),
            Kind::Int8 => (20, 1016, 8),
            Kind::Int2 => (21, 1005, 2),
            Kind::Int4 => (23, 1007, 4),
            Kind::Text => (25, 1009, -1),
            Kind::Json => (114, 199, -1),
            Kind::Float4 => (700, 1021, 4),
            Kind::Float8 => (701, 1022, 8),
            Kind::Date => (1082, 1182, 4),
            Kind::Time => (1083, 1183, 8),
            Kind::Timestamp => (1114, 1115, 8),
            Kind::TimestampTz => (1184, 1185, 8),
            Kind::Interval => (1186, 1187, 16),
            Kind::TimeTz => (1266, 1270, 12),
            Kind::Varbit => (1562, 1563, -1),
            Kind::Numeric => (1700, 1231, -1),
            Kind::Uuid => (2950, 2951, 16),
        }
    }

    /// The OID of a single value.
    pub(crate) const fn oid(self) -> u32 {
        self.row().0
    }

    /// The OID of an array of such values.
    pub(crate) const fn array_oid(self) -> u32 {
        self.row().1
    }
}

/// The Postgres view of a type.
///
/// * `VARCHAR` is `text`, not `varchar`: DuckDB's has no length, and `text[]` is built into
///   asyncpg while `varchar[]` makes it look the type up first.
/// * `BIT` is `varbit`: same text, same bits, and every driver with a bit string type knows it.
/// * A list is an array of its innermost element. Lists of structs, maps, unions and lists nested
///   deeper than Postgres' limit are JSON as a whole, so that a driver decodes them in one go.
pub(crate) fn shape(sql_type: &SqlType) -> Shape {
    let mut depth = 0;
    let mut item = sql_type;
    while let SqlType::List(inner) | SqlType::Array(inner, _) = item {
        depth += 1;
        item = inner;
    }
    let kind = kind(item);
    if depth == 0 {
        Shape::One(kind)
    } else if depth > MAX_DIMENSIONS || (kind == Kind::Json && *item != SqlType::Json) {
        Shape::One(Kind::Json)
    } else {
        Shape::Array(kind)
    }
}

/// The base type of a type that is not a list.
fn kind(sql_type: &SqlType) -> Kind {
    match sql_type {
        SqlType::Boolean => Kind::Bool,
        SqlType::TinyInt | SqlType::SmallInt | SqlType::UTinyInt => Kind::Int2,
        SqlType::Integer | SqlType::USmallInt => Kind::Int4,
        SqlType::BigInt | SqlType::UInteger => Kind::Int8,
        SqlType::HugeInt | SqlType::UBigInt | SqlType::UHugeInt | SqlType::Decimal { .. } => Kind::Numeric,
        SqlType::Float => Kind::Float4,
        SqlType::Double => Kind::Float8,
        SqlType::Varchar | SqlType::Enum | SqlType::Null | SqlType::Unknown | SqlType::Other(_) => Kind::Text,
        SqlType::Json
        | SqlType::Struct(_)
        | SqlType::Map(..)
        | SqlType::Union(_)
        | SqlType::List(_)
        | SqlType::Array(..) => Kind::Json,
        SqlType::Blob => Kind::Bytea,
        SqlType::Bit => Kind::Varbit,
        SqlType::Uuid => Kind::Uuid,
        SqlType::Date => Kind::Date,
        SqlType::Time | SqlType::TimeNs => Kind::Time,
        SqlType::TimeTz => Kind::TimeTz,
        SqlType::Timestamp | SqlType::TimestampS | SqlType::TimestampMs | SqlType::TimestampNs => Kind::Timestamp,
        SqlType::TimestampTz => Kind::TimestampTz,
        SqlType::Interval => Kind::Interval,
    }
}

/// The innermost element of a list type, or the type itself.
pub(crate) fn innermost(sql_type: &SqlType) -> &SqlType {
    let mut item = sql_type;
    while let SqlType::List(inner) | SqlType::Array(inner, _) = item {
        item = inner;
    }
    item
}

/// What to announce for a column or parameter of this type.
pub(crate) fn pg_type(sql_type: &SqlType) -> PgType {
    let (oid, len) = match shape(sql_type) {
        Shape::One(kind) => (kind.oid(), kind.row().2),
        Shape::Array(kind) => (kind.array_oid(), -1),
    };
    let typmod = match innermost(sql_type) {
        SqlType::Decimal { width, scale } if oid != Kind::Json.oid() => {
            ((i32::from(*width) << 16) | i32::from(*scale)) + 4
        }
        _ => -1,
    };
    PgType { oid, len, typmod }
}

/// What a parameter declared with an OID carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamType {
    /// A base type.
    One(ParamKind),
    /// An array of a base type.
    Array(ParamKind),
}

/// The base types a parameter may be declared with: more than a result ever uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamKind {
    /// A type that results use too.
    Result(Kind),
    /// `oid` and its aliases (`regclass`, `regtype`): unsigned 32 bits.
    Oid,
    /// `jsonb`: JSON with a version byte before its binary form.
    Jsonb,
}

/// What a declared OID means; `None` for a type this server does not know.
pub(crate) fn param_type(oid: u32) -> Option<ParamType> {
    use ParamType::{Array, One};
    let result = |kind| One(ParamKind::Result(kind));
    let results = |kind| Array(ParamKind::Result(kind));
    Some(match oid {
        16 => result(Kind::Bool),
        17 => result(Kind::Bytea),
        20 => result(Kind::Int8),
        21 => result(Kind::Int2),
        23 => result(Kind::Int4),
        // "char", name, text, unknown, bpchar, varchar, cstring
        18 | 19 | 25 | 705 | 1042 | 1043 | 2275 => result(Kind::Text),
        // oid, regproc, regclass, regtype, regnamespace
        26 | 24 | 2205 | 2206 | 4089 => One(ParamKind::Oid),
        114 => result(Kind::Json),
        700 => result(Kind::Float4),
        701 => result(Kind::Float8),
        1082 => result(Kind::Date),
        1083 => result(Kind::Time),
        1114 => result(Kind::Timestamp),
        1184 => result(Kind::TimestampTz),
        1186 => result(Kind::Interval),
        1266 => result(Kind::TimeTz),
        // bit, varbit
        1560 | 1562 => result(Kind::Varbit),
        1700 => result(Kind::Numeric),
        2950 => result(Kind::Uuid),
        3802 => One(ParamKind::Jsonb),
        199 => results(Kind::Json),
        1000 => results(Kind::Bool),
        1001 => results(Kind::Bytea),
        // "char"[], name[], text[], bpchar[], varchar[], cstring[]
        1002 | 1003 | 1009 | 1014 | 1015 | 1263 => results(Kind::Text),
        1005 => results(Kind::Int2),
        1007 => results(Kind::Int4),
        1016 => results(Kind::Int8),
        1021 => results(Kind::Float4),
        1022 => results(Kind::Float8),
        // oid[], regclass[], regtype[]
        1028 | 2210 | 2211 => Array(ParamKind::Oid),
        1115 => results(Kind::Timestamp),
        1182 => results(Kind::Date),
        1183 => results(Kind::Time),
        1185 => results(Kind::TimestampTz),
        1187 => results(Kind::Interval),
        1231 => results(Kind::Numeric),
        1270 => results(Kind::TimeTz),
        1561 | 1563 => results(Kind::Varbit),
        2951 => results(Kind::Uuid),
        3807 => Array(ParamKind::Jsonb),
        _ => return None,
    })
}

/// The DuckDB type a parameter kind decodes to.
pub(crate) fn param_sql_type(kind: ParamKind) -> SqlType {
    match kind {
        // Signed, so that it compares with everything that catalogs hold.
        ParamKind::Oid => SqlType::BigInt,
        ParamKind::Jsonb => SqlType::Json,
        ParamKind::Result(kind) => match kind {
            Kind::Bool => SqlType::Boolean,
            Kind::Int2 => SqlType::SmallInt,
            Kind::Int4 => SqlType::Integer,
            Kind::Int8 => SqlType::BigInt,
            // Wide enough for most, and still a decimal.
            Kind::Numeric => SqlType::Decimal { width: 38, scale: 10 },
            Kind::Float4 => SqlType::Float,
            Kind::Float8 => SqlType::Double,
            Kind::Text => SqlType::Varchar,
            Kind::Json => SqlType::Json,
            Kind::Bytea => SqlType::Blob,
            Kind::Varbit => SqlType::Bit,
            Kind::Uuid => SqlType::Uuid,
            Kind::Date => SqlType::Date,
            Kind::Time => SqlType::Time,
            Kind::TimeTz => SqlType::TimeTz,
            Kind::Timestamp => SqlType::Timestamp,
            Kind::TimestampTz => SqlType::TimestampTz,
            Kind::Interval => SqlType::Interval,
        },
    }
}

/// The DuckDB type of a parameter declared with an OID: `Unknown` for 0, `unknown` and the types
/// this server does not know.
pub(crate) fn sql_type(oid: u32) -> SqlType {
    match param_type(oid) {
        _ if oid == 705 => SqlType::Unknown,
        None => SqlType::Unknown,
        Some(ParamType::One(kind)) => param_sql_type(kind),
        Some(ParamType::Array(kind)) => SqlType::List(Box::new(param_sql_type(kind))),
    }
}
