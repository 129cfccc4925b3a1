//! Tables of values and their wire forms. The expected text and bytes are those of PostgreSQL 15.

#![allow(clippy::unwrap_used)]

mod array;
mod binary;
mod oid;
mod param;
mod text;

use super::{Format, put_field};
use bytes::BytesMut;
use hatidata_core::{Scalar, SqlType};

/// One value without its length.
fn encoded(sql_type: &SqlType, format: Format, scalar: Scalar<'_>) -> Vec<u8> {
    let mut out = BytesMut::new();
    put_field(&mut out, sql_type, format, scalar, &|_| 0).unwrap();
    assert_eq!(out[..4], u32::try_from(out.len() - 4).unwrap().to_be_bytes());
    out[4..].to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Days since 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> i32 {
    i32::try_from(super::time::days_of(year, month, day)).unwrap()
}
