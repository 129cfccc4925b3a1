//! Values on the wire: DuckDB's types as Postgres types, in both of Postgres' formats.

mod binary;
mod error;
mod float;
mod json;
mod number;
mod oid;
mod param;
mod row;
mod text;
mod time;

pub(crate) use error::EncodeError;
pub(crate) use oid::{pg_type, sql_type};
pub(crate) use param::{decode_field, decode_param, utf8};
pub(crate) use row::{Format, encode_row, put_field};
pub(crate) use text::put_text;

#[cfg(test)]
mod tests;
