//! DuckDB's logical types read into [`SqlType`].

use std::ffi::CStr;
use std::sync::Arc;

use libduckdb_sys as ffi;

use crate::types::SqlType;

/// A column's type, with what is needed to read its values.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) sql_type: SqlType,
    /// The values of an `ENUM`.
    pub(crate) dictionary: Arc<Vec<String>>,
    /// Element of a list or array; fields of a struct; key and value of a map; members of a union.
    pub(crate) children: Vec<Layout>,
}

/// Owns a `duckdb_logical_type`.
struct Handle(ffi::duckdb_logical_type);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle came from DuckDB and is destroyed once.
        unsafe { ffi::duckdb_destroy_logical_type(&mut self.0) }
    }
}

/// Takes a string that DuckDB allocated.
fn take_text(text: *mut std::os::raw::c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: DuckDB returns a terminated string that the caller frees.
    unsafe {
        let owned = CStr::from_ptr(text).to_string_lossy().into_owned();
        ffi::duckdb_free(text.cast());
        owned
    }
}

impl Layout {
    /// Reads `raw` and destroys it.
    pub(crate) fn take(raw: ffi::duckdb_logical_type) -> Layout {
        let handle = Handle(raw);
        let mut dictionary = Vec::new();
        let mut children = Vec::new();
        let raw = handle.0;
        if raw.is_null() {
            return Layout { sql_type: SqlType::Unknown, dictionary: Arc::default(), children };
        }
        // SAFETY: `raw` is a live logical type for the whole block; indexes stay below the counts DuckDB gives.
        let sql_type = unsafe {
            match ffi::duckdb_get_type_id(raw) {
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_BOOLEAN => SqlType::Boolean,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TINYINT => SqlType::TinyInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_SMALLINT => SqlType::SmallInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_INTEGER => SqlType::Integer,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT => SqlType::BigInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_HUGEINT => SqlType::HugeInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_UTINYINT => SqlType::UTinyInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_USMALLINT => SqlType::USmallInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_UINTEGER => SqlType::UInteger,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_UBIGINT => SqlType::UBigInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_UHUGEINT => SqlType::UHugeInt,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_FLOAT => SqlType::Float,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_DOUBLE => SqlType::Double,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_DECIMAL => {
                    SqlType::Decimal { width: ffi::duckdb_decimal_width(raw), scale: ffi::duckdb_decimal_scale(raw) }
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_VARCHAR => {
                    let alias = take_text(ffi::duckdb_logical_type_get_alias(raw));
                    if alias == "JSON" { SqlType::Json } else { SqlType::Varchar }
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_BLOB => SqlType::Blob,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_BIT => SqlType::Bit,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_UUID => SqlType::Uuid,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_DATE => SqlType::Date,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIME => SqlType::Time,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIME_NS => SqlType::TimeNs,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIME_TZ => SqlType::TimeTz,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP => SqlType::Timestamp,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_S => SqlType::TimestampS,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_MS => SqlType::TimestampMs,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_NS => SqlType::TimestampNs,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_TZ => SqlType::TimestampTz,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_INTERVAL => SqlType::Interval,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_ENUM => {
                    for index in 0..u64::from(ffi::duckdb_enum_dictionary_size(raw)) {
                        dictionary.push(take_text(ffi::duckdb_enum_dictionary_value(raw, index)));
                    }
                    SqlType::Enum
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_LIST => {
                    let item = Layout::take(ffi::duckdb_list_type_child_type(raw));
                    let sql_type = SqlType::List(Box::new(item.sql_type.clone()));
                    children.push(item);
                    sql_type
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_ARRAY => {
                    let item = Layout::take(ffi::duckdb_array_type_child_type(raw));
                    let length = ffi::duckdb_array_type_array_size(raw) as u32;
                    let sql_type = SqlType::Array(Box::new(item.sql_type.clone()), length);
                    children.push(item);
                    sql_type
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_STRUCT => {
                    let mut fields = Vec::new();
                    for index in 0..ffi::duckdb_struct_type_child_count(raw) {
                        let field = Layout::take(ffi::duckdb_struct_type_child_type(raw, index));
                        let name = take_text(ffi::duckdb_struct_type_child_name(raw, index));
                        fields.push((name, field.sql_type.clone()));
                        children.push(field);
                    }
                    SqlType::Struct(fields)
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_MAP => {
                    let key = Layout::take(ffi::duckdb_map_type_key_type(raw));
                    let value = Layout::take(ffi::duckdb_map_type_value_type(raw));
                    let sql_type = SqlType::Map(Box::new(key.sql_type.clone()), Box::new(value.sql_type.clone()));
                    children.extend([key, value]);
                    sql_type
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_UNION => {
                    let mut members = Vec::new();
                    for index in 0..ffi::duckdb_union_type_member_count(raw) {
                        let member = Layout::take(ffi::duckdb_union_type_member_type(raw, index));
                        let name = take_text(ffi::duckdb_union_type_member_name(raw, index));
                        members.push((name, member.sql_type.clone()));
                        children.push(member);
                    }
                    SqlType::Union(members)
                }
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_SQLNULL => SqlType::Null,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_INVALID | ffi::DUCKDB_TYPE_DUCKDB_TYPE_ANY => SqlType::Unknown,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_STRING_LITERAL => SqlType::Varchar,
                ffi::DUCKDB_TYPE_DUCKDB_TYPE_INTEGER_LITERAL => SqlType::Integer,
                other => SqlType::Other(other),
            }
        };
        Layout { sql_type, dictionary: Arc::new(dictionary), children }
    }
}

/// The DuckDB type that values are collected in ([`Loader::collected`](crate::Loader::collected)); the
/// caller destroys it.
pub(crate) fn logical(sql_type: &SqlType) -> ffi::duckdb_logical_type {
    // SAFETY: plain constructors; a list's type does not need its element's any more.
    unsafe {
        ffi::duckdb_create_logical_type(match sql_type {
            SqlType::List(item) => {
                let mut element = logical(item);
                let list = ffi::duckdb_create_list_type(element);
                ffi::duckdb_destroy_logical_type(&mut element);
                return list;
            }
            SqlType::Decimal { width, scale } => return ffi::duckdb_create_decimal_type(*width, *scale),
            SqlType::Boolean => ffi::DUCKDB_TYPE_DUCKDB_TYPE_BOOLEAN,
            SqlType::TinyInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TINYINT,
            SqlType::SmallInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_SMALLINT,
            SqlType::Integer => ffi::DUCKDB_TYPE_DUCKDB_TYPE_INTEGER,
            SqlType::BigInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT,
            SqlType::HugeInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_HUGEINT,
            SqlType::UTinyInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_UTINYINT,
            SqlType::USmallInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_USMALLINT,
            SqlType::UInteger => ffi::DUCKDB_TYPE_DUCKDB_TYPE_UINTEGER,
            SqlType::UBigInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_UBIGINT,
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
