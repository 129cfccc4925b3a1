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

pub(crate) use oid::{pg_type, sql_type};
pub(crate) use param::decode_param;
pub(crate) use row::{Format, encode_row, put_field};

#[cfg(test)]
mod tests;
