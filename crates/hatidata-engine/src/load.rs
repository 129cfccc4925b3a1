//! Bringing many rows into a table: values are written into a chunk's vectors, full chunks are
//! collected, and a query inserts what was collected.
//!
//! The query runs in the connection's transaction, beside the collecting of the next rows, once for every [`PENDING_ROWS_MAX`] rows or
//! [`PENDING_BYTES_MAX`] bytes, so memory is bounded whatever the number and width of rows.

use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use libduckdb_sys as ffi;

use crate::connection::{ConnectionInner, c_string, text};
use crate::error::{EngineError, ErrorClass};
use crate::logical::logical;
use crate::types::{SqlType, Value};

/// Rows of a DuckDB vector.
const CHUNK_ROWS: usize = 2_048;
/// A row group of DuckDB: as many rows are inserted at once as it writes at once.
const PENDING_ROWS_MAX: usize = 122_880;
/// Bytes of texts that are collected before they are inserted.
const PENDING_BYTES_MAX: usize = 32 << 20;

/// Why a value cannot be written into a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// It is of another type.
    Type,
    /// It is of the right kind and too large.
    Range,
}

/// Collected rows, and the query that inserts them.
#[derive(Debug)]
struct Appender(ffi::duckdb_appender);

// SAFETY: owned by one thread at a time.
unsafe impl Send for Appender {}

impl Drop for Appender {
    fn drop(&mut self) {
        // SAFETY: owned and destroyed once. Destroying would insert what is collected, so that goes first.
        unsafe {
            ffi::duckdb_appender_clear(self.0);
            ffi::duckdb_appender_destroy(&mut self.0);
        }
    }
}

impl Appender {
    fn error(&self) -> EngineError {
        // SAFETY: the appender is owned; its message lives as long as it.
        let message = text(unsafe { ffi::duckdb_appender_error(self.0) });
        match message.is_empty() {
            true => EngineError::internal("DuckDB refused rows without saying why"),
            false => EngineError::parse(&message),
        }
    }

    /// Inserts what is collected.
    fn flush(self) -> Result<Appender, EngineError> {
        // SAFETY: the appender is alive.
        match unsafe { ffi::duckdb_appender_flush(self.0) } {
            ffi::DuckDBSuccess => Ok(self),
            _ => Err(self.error()),
        }
    }
}

/// Rows on their way into a table.
///
/// While one part is inserted by a thread of its own, the next is collected.
#[derive(Debug)]
pub struct Loader {
    chunk: ffi::duckdb_data_chunk,
    connection: Arc<ConnectionInner>,
    types: Vec<SqlType>,
    /// Long texts of the chunk.
    texts: Texts,
    row: usize,
    pending_rows: usize,
    pending_bytes: usize,
    total: u64,
    collecting: Option<Appender>,
    spare: Option<Appender>,
    inserting: Option<JoinHandle<Result<Appender, EngineError>>>,
}

// SAFETY: owns its appenders and chunk; a loader is not used from two threads at once.
unsafe impl Send for Loader {}

impl Drop for Loader {
    fn drop(&mut self) {
        if let Some(inserting) = self.inserting.take() {
            // What it inserted ends with the transaction; it must not go on after it.
            let _ = inserting.join();
        }
        // SAFETY: owned and destroyed once.
        unsafe { ffi::duckdb_destroy_data_chunk(&mut self.chunk) }
    }
}

/// Memory for texts that a chunk points to until it is copied.
#[derive(Debug, Default)]
struct Texts {
    full: Vec<Vec<u8>>,
    current: Vec<u8>,
}

impl Texts {
    const BLOCK_BYTES: usize = 256 << 10;

    /// A copy of `bytes` that stays in its place until [`Texts::clear`].
    fn keep(&mut self, bytes: &[u8]) -> *const u8 {
        if self.current.capacity() - self.current.len() < bytes.len() {
            let block = Vec::with_capacity(bytes.len().max(Texts::BLOCK_BYTES));
            self.full.push(std::mem::replace(&mut self.current, block));
        }
        let start = self.current.len();
        self.current.extend_from_slice(bytes);
        self.current[start..].as_ptr()
    }

    fn clear(&mut self) {
        self.full.clear();
        self.current.clear();
    }
}

/// Owns the types that a loader is created with.
struct Types(Vec<ffi::duckdb_logical_type>);

impl Drop for Types {
    fn drop(&mut self) {
        for raw in &mut self.0 {
            // SAFETY: each was created for this list and is destroyed once.
            unsafe { ffi::duckdb_destroy_logical_type(raw) }
        }
    }
}

impl Loader {
    /// The type in which values for a column of type `sql_type` are collected. Where it is another one, the
    /// loader's query has to cast it.
    pub fn collected(sql_type: &SqlType) -> SqlType {
        match sql_type {
            SqlType::List(item) | SqlType::Array(item, _) => SqlType::List(Box::new(Loader::collected(item))),
            SqlType::Boolean
            | SqlType::TinyInt
            | SqlType::SmallInt
            | SqlType::Integer
            | SqlType::BigInt
            | SqlType::HugeInt
            | SqlType::UTinyInt
            | SqlType::USmallInt
            | SqlType::UInteger
            | SqlType::UBigInt
            | SqlType::Float
            | SqlType::Double
            | SqlType::Decimal { .. }
            | SqlType::Varchar
            | SqlType::Blob
            | SqlType::Uuid
            | SqlType::Date
            | SqlType::Time
            | SqlType::Timestamp
            | SqlType::TimestampTz
            | SqlType::Interval => sql_type.clone(),
            SqlType::TimestampS | SqlType::TimestampMs | SqlType::TimestampNs => SqlType::Timestamp,
            _ => SqlType::Varchar,
        }
    }

    /// # Safety
    /// `connection` is alive for as long as its `Arc`.
    pub(crate) unsafe fn new(
        connection: Arc<ConnectionInner>,
        query: &str,
        source: &str,
        columns: &[(String, SqlType)],
    ) -> Result<Loader, EngineError> {
        let (query, source) = (c_string(query)?, c_string(source)?);
        let names = columns.iter().map(|(name, _)| c_string(name)).collect::<Result<Vec<CString>, _>>()?;
        let mut names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let mut raw_types = Types(columns.iter().map(|(_, sql_type)| logical(sql_type)).collect());
        let mut appender = || {
            let mut raw: ffi::duckdb_appender = std::ptr::null_mut();
            // SAFETY: names and types outlive the call; the appender is initialised even on failure.
            let state = unsafe {
                ffi::duckdb_appender_create_query(
                    connection.raw,
                    query.as_ptr(),
                    columns.len() as u64,
                    raw_types.0.as_mut_ptr(),
                    source.as_ptr(),
                    names.as_mut_ptr(),
                    &mut raw,
                )
            };
            let appender = Appender(raw);
            if state == ffi::DuckDBSuccess { Ok(appender) } else { Err(appender.error()) }
        };
        let (collecting, spare) = (Some(appender()?), Some(appender()?));
        // SAFETY: the types are alive; the chunk is owned by the loader.
        let chunk = unsafe { ffi::duckdb_create_data_chunk(raw_types.0.as_mut_ptr(), columns.len() as u64) };
        if chunk.is_null() {
            return Err(EngineError::internal("DuckDB refused a chunk"));
        }
        Ok(Loader {
            chunk,
            connection,
            types: columns.iter().map(|(_, sql_type)| sql_type.clone()).collect(),
            texts: Texts::default(),
            row: 0,
            pending_rows: 0,
            pending_bytes: 0,
            total: 0,
            collecting,
            spare,
            inserting: None,
        })
    }

    /// Rows that were ended.
    pub fn rows(&self) -> u64 {
        self.total
    }

    /// Writes a value of the current row. Every column is written once before [`Loader::end_row`].
    pub fn put(&mut self, column: usize, value: &Value) -> Result<(), Misfit> {
        let sql_type = self.types.get(column).ok_or(Misfit::Type)?;
        if let Value::Text(text) = value {
            self.pending_bytes += text.len();
        }
        // SAFETY: the column is in range and the row below the chunk's capacity; the vector has this type.
        unsafe {
            let vector = ffi::duckdb_data_chunk_get_vector(self.chunk, column as u64);
            put(vector, sql_type, self.row, value, &mut self.texts)
        }
    }

    /// Writes a text without copying it into a [`Value`] first.
    pub fn put_text(&mut self, column: usize, text: &str) -> Result<(), Misfit> {
        if self.types.get(column) != Some(&SqlType::Varchar) {
            return Err(Misfit::Type);
        }
        self.pending_bytes += text.len();
        // SAFETY: as above; the text is valid UTF-8.
        unsafe {
            let vector = ffi::duckdb_data_chunk_get_vector(self.chunk, column as u64);
            put_bytes(vector, self.row, text.as_bytes(), &mut self.texts);
        }
        Ok(())
    }

    /// Ends the current row; sometimes inserts what was collected.
    pub fn end_row(&mut self) -> Result<(), EngineError> {
        self.row += 1;
        self.total += 1;
        if self.row == CHUNK_ROWS || self.pending_bytes >= PENDING_BYTES_MAX {
            self.end_chunk()?;
        }
        if self.pending_rows >= PENDING_ROWS_MAX || self.pending_bytes >= PENDING_BYTES_MAX {
            self.flush()?;
        }
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), EngineError> {
        if self.row == 0 {
            return Ok(());
        }
        let Some(appender) = &self.collecting else { return Err(ended()) };
        // SAFETY: the chunk has the appender's types and `row` written rows; the appender copies them.
        unsafe {
            ffi::duckdb_data_chunk_set_size(self.chunk, self.row as u64);
            if ffi::duckdb_append_data_chunk(appender.0, self.chunk) != ffi::DuckDBSuccess {
                return Err(appender.error());
            }
            ffi::duckdb_data_chunk_reset(self.chunk);
        }
        self.texts.clear();
        self.pending_rows += std::mem::take(&mut self.row);
        Ok(())
    }

    /// Waits for the part that is being inserted.
    fn await_inserted(&mut self) -> Result<(), EngineError> {
        if let Some(inserting) = self.inserting.take() {
            let inserted = inserting.join().map_err(|_| EngineError::internal("inserting rows failed"))?;
            self.spare = Some(inserted?);
        }
        if self.connection.cancelled.load(Ordering::SeqCst) {
            return Err(EngineError::parse("INTERRUPT Error: Interrupted!"));
        }
        Ok(())
    }

    /// Has what was collected inserted, and goes on collecting.
    fn flush(&mut self) -> Result<(), EngineError> {
        self.await_inserted()?;
        (self.pending_rows, self.pending_bytes) = (0, 0);
        let Some(full) = std::mem::replace(&mut self.collecting, self.spare.take()) else { return Err(ended()) };
        let insert = std::thread::Builder::new().name("load".into()).spawn(move || full.flush());
        let failed = |e| EngineError { class: ErrorClass::Resource, sqlstate: "53000", ..EngineError::internal(e) };
        self.inserting = Some(insert.map_err(|e| failed(format!("cannot start a thread: {e}")))?);
        Ok(())
    }

    /// Inserts the rest and gives the number of all rows.
    pub fn finish(mut self) -> Result<u64, EngineError> {
        self.end_chunk()?;
        self.await_inserted()?;
        self.collecting.take().ok_or_else(ended)?.flush()?;
        Ok(self.total)
    }
}

/// Rows for a loader that has failed before.
fn ended() -> EngineError {
    EngineError::internal("no more rows can be loaded after an error")
}

/// Writes DuckDB's form of a string: its length, then up to 12 bytes in place, or four of them and a pointer.
///
/// # Safety
/// `vector` is a live vector of texts or bytes with room for `row`; texts are valid UTF-8.
unsafe fn put_bytes(vector: ffi::duckdb_vector, row: usize, bytes: &[u8], texts: &mut Texts) {
    const INLINE_MAX: usize = 12;
    let mut value = [0_u8; 16];
    value[..4].copy_from_slice(&(bytes.len() as u32).to_ne_bytes());
    if bytes.len() <= INLINE_MAX {
        value[4..4 + bytes.len()].copy_from_slice(bytes);
    } else {
        value[4..8].copy_from_slice(&bytes[..4]);
        value[8..].copy_from_slice(&(texts.keep(bytes) as u64).to_ne_bytes());
    }
    // SAFETY: promised by the caller; kept bytes stay until the chunk has been copied.
    unsafe { put_raw(vector, row, value) }
}

/// # Safety
/// `vector` is a live vector with room for `row` whose elements are of the size of `T`.
unsafe fn put_raw<T>(vector: ffi::duckdb_vector, row: usize, value: T) {
    // SAFETY: promised by the caller; 128-bit elements are aligned to 8 bytes only.
    unsafe { ffi::duckdb_vector_get_data(vector).cast::<T>().add(row).write_unaligned(value) }
}

/// # Safety
/// `vector` is a live vector with room for `row`.
unsafe fn put_null(vector: ffi::duckdb_vector, row: usize) {
    // SAFETY: promised by the caller; the mask is there once it was asked for.
    unsafe {
        ffi::duckdb_vector_ensure_validity_writable(vector);
        ffi::duckdb_validity_set_row_invalid(ffi::duckdb_vector_get_validity(vector), row as u64);
    }
}

/// Writes one value.
///
/// # Safety
/// `vector` is a live vector of `sql_type` with room for `row`.
unsafe fn put(
    vector: ffi::duckdb_vector,
    sql_type: &SqlType,
    row: usize,
    value: &Value,
    texts: &mut Texts,
) -> Result<(), Misfit> {
    fn number<T: TryFrom<i128>>(value: i128) -> Result<T, Misfit> {
        T::try_from(value).map_err(|_| Misfit::Range)
    }
    let whole = match value {
        Value::Int(number) => Some(i128::from(*number)),
        Value::HugeInt(number) => Some(*number),
        Value::Decimal(unscaled, _, 0) => Some(*unscaled),
        _ => None,
    };
    // SAFETY: each arm writes the physical type that DuckDB documents for the logical one.
    unsafe {
        match (sql_type, value, whole) {
            (_, Value::Null, _) => put_null(vector, row),
            (SqlType::TinyInt, _, Some(v)) => put_raw(vector, row, number::<i8>(v)?),
            (SqlType::SmallInt, _, Some(v)) => put_raw(vector, row, number::<i16>(v)?),
            (SqlType::Integer, _, Some(v)) => put_raw(vector, row, number::<i32>(v)?),
            (SqlType::BigInt, _, Some(v)) => put_raw(vector, row, number::<i64>(v)?),
            (SqlType::UTinyInt, _, Some(v)) => put_raw(vector, row, number::<u8>(v)?),
            (SqlType::USmallInt, _, Some(v)) => put_raw(vector, row, number::<u16>(v)?),
            (SqlType::UInteger, _, Some(v)) => put_raw(vector, row, number::<u32>(v)?),
            (SqlType::UBigInt, _, Some(v)) => put_raw(vector, row, number::<u64>(v)?),
            (SqlType::HugeInt, _, Some(v)) => put_raw(vector, row, v),
            (SqlType::Varchar, _, Some(v)) => put_bytes(vector, row, v.to_string().as_bytes(), texts),
            (SqlType::Decimal { width, scale }, Value::Decimal(unscaled, _, given), _) => {
                put_decimal(vector, row, *width, rescaled(*unscaled, *given, *scale)?)?;
            }
            (SqlType::Decimal { width, scale }, _, Some(v)) => {
                put_decimal(vector, row, *width, rescaled(v, 0, *scale)?)?;
            }
            (SqlType::Boolean, Value::Bool(v), _) => put_raw(vector, row, *v),
            (SqlType::Float, Value::Float(v), _) => put_raw(vector, row, *v),
            (SqlType::Double, Value::Double(v), _) => put_raw(vector, row, *v),
            (SqlType::Varchar, Value::Text(v), _) => put_bytes(vector, row, v.as_bytes(), texts),
            (SqlType::Blob, Value::Blob(v), _) => put_bytes(vector, row, v, texts),
            (SqlType::Uuid, Value::Uuid(v), _) => put_raw(vector, row, v ^ (1 << 127)),
            (SqlType::Date, Value::Date(v), _) => put_raw(vector, row, *v),
            (SqlType::Time, Value::Time(v), _)
            | (SqlType::Timestamp, Value::Timestamp(v), _)
            | (SqlType::TimestampTz, Value::TimestampTz(v), _) => put_raw(vector, row, *v),
            (SqlType::Interval, Value::Interval { months, days, micros }, _) => {
                put_raw(vector, row, ffi::duckdb_interval { months: *months, days: *days, micros: *micros });
            }
            (SqlType::List(item), Value::List(_, values), _) => {
                let start = ffi::duckdb_list_vector_get_size(vector);
                let size = start + values.len() as u64;
                ffi::duckdb_list_vector_reserve(vector, size);
                ffi::duckdb_list_vector_set_size(vector, size);
                // Reserving may have moved the elements.
                let child = ffi::duckdb_list_vector_get_child(vector);
                for (index, value) in values.iter().enumerate() {
                    put(child, item, start as usize + index, value, texts)?;
                }
                let entry = ffi::duckdb_list_entry { offset: start, length: values.len() as u64 };
                put_raw(vector, row, entry);
            }
            _ => return Err(Misfit::Type),
        }
    }
    Ok(())
}

/// # Safety
/// `vector` is a live vector of decimals of `width` digits with room for `row`.
unsafe fn put_decimal(vector: ffi::duckdb_vector, row: usize, width: u8, unscaled: i128) -> Result<(), Misfit> {
    if unscaled.unsigned_abs() >= 10_u128.pow(width.into()) {
        return Err(Misfit::Range);
    }
    // SAFETY: promised by the caller; the width decides the physical type.
    unsafe {
        match width {
            0..=4 => put_raw(vector, row, unscaled as i16),
            5..=9 => put_raw(vector, row, unscaled as i32),
            10..=18 => put_raw(vector, row, unscaled as i64),
            _ => put_raw(vector, row, unscaled),
        }
    }
    Ok(())
}

/// `unscaled` with `wanted` instead of `given` digits after the point, rounded half away from zero.
fn rescaled(unscaled: i128, given: u8, wanted: u8) -> Result<i128, Misfit> {
    let power = 10_i128.pow(given.abs_diff(wanted).into());
    if wanted >= given {
        return unscaled.checked_mul(power).ok_or(Misfit::Range);
    }
    let (quotient, rest) = (unscaled / power, unscaled % power);
    Ok(if rest.unsigned_abs() * 2 >= power.unsigned_abs() { quotient + unscaled.signum() } else { quotient })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_half_away_from_zero() {
        for (unscaled, given, wanted, expected) in
            [(125, 2, 1, 13), (-125, 2, 1, -13), (124, 2, 1, 12), (1, 0, 2, 100), (-4, 1, 0, 0), (0, 5, 0, 0)]
        {
            assert_eq!(rescaled(unscaled, given, wanted), Ok(expected), "{unscaled} {given} {wanted}");
        }
        assert_eq!(rescaled(i128::MAX, 0, 1), Err(Misfit::Range));
    }
}
