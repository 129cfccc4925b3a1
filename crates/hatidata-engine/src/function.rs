//! Functions of ours that SQL can call. A function has overloads: DuckDB chooses one by the types of its arguments
//! when they are known, which a macro with typed parameters cannot do (it is chosen before aggregates
//! among its arguments are bound).

use std::ffi::{CString, c_void};

use libduckdb_sys as ffi;

use crate::connection::Connection;
use crate::error::EngineError;

/// A type that functions of ours take and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatumType {
    /// VARCHAR
    Text,
    /// BIGINT
    BigInt,
    /// HUGEINT
    HugeInt,
    /// DOUBLE
    Double,
    /// DECIMAL(38, scale), as its unscaled integer
    Decimal(u8),
    /// DATE, in days since 1970
    Date,
    /// TIME, in microseconds
    Time,
    /// TIMESTAMP, in microseconds since 1970
    Timestamp,
    /// TIMESTAMP WITH TIME ZONE, in microseconds since 1970
    TimestampTz,
}

/// A value that a function takes or gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum<'a> {
    /// A text that was passed.
    Text(&'a str),
    /// A text that was made.
    Owned(String),
    /// Integers, decimals and moments.
    Int(i128),
    /// DOUBLE
    Double(f64),
    /// NULL
    Null,
}

/// What a function computes; an error's text, which may begin with an SQLSTATE in brackets, fails the statement.
pub type Compute = fn(&[Datum<'_>]) -> Result<Datum<'static>, String>;

/// One form of a function. NULL among the arguments gives NULL without a call.
#[derive(Debug, Clone, Copy)]
pub struct Overload {
    /// The types of its parameters.
    pub takes: &'static [DatumType],
    /// The type of its result.
    pub gives: DatumType,
    /// What it computes.
    pub compute: Compute,
}

impl DatumType {
    /// DuckDB's type, to be destroyed by the caller.
    unsafe fn logical(self) -> ffi::duckdb_logical_type {
        let id = match self {
            DatumType::Text => ffi::DUCKDB_TYPE_DUCKDB_TYPE_VARCHAR,
            DatumType::BigInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT,
            DatumType::HugeInt => ffi::DUCKDB_TYPE_DUCKDB_TYPE_HUGEINT,
            DatumType::Double => ffi::DUCKDB_TYPE_DUCKDB_TYPE_DOUBLE,
            DatumType::Date => ffi::DUCKDB_TYPE_DUCKDB_TYPE_DATE,
            DatumType::Time => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIME,
            DatumType::Timestamp => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP,
            DatumType::TimestampTz => ffi::DUCKDB_TYPE_DUCKDB_TYPE_TIMESTAMP_TZ,
            // SAFETY: a plain constructor.
            DatumType::Decimal(scale) => return unsafe { ffi::duckdb_create_decimal_type(38, scale) },
        };
        // SAFETY: a plain constructor.
        unsafe { ffi::duckdb_create_logical_type(id) }
    }

    /// The value in `row` of a vector of this type.
    unsafe fn read<'a>(self, data: *const c_void, row: usize) -> Datum<'a> {
        // SAFETY: the caller passes the data of a flat vector of this type with more than `row` rows.
        unsafe {
            match self {
                DatumType::Text => {
                    let text = data.cast::<ffi::duckdb_string_t>().add(row).cast_mut();
                    let length = ffi::duckdb_string_t_length(*text) as usize;
                    let bytes = std::slice::from_raw_parts(ffi::duckdb_string_t_data(text).cast::<u8>(), length);
                    Datum::Text(std::str::from_utf8(bytes).unwrap_or_default())
                }
                DatumType::Date => Datum::Int(i128::from(*data.cast::<i32>().add(row))),
                DatumType::HugeInt | DatumType::Decimal(_) => Datum::Int(*data.cast::<i128>().add(row)),
                DatumType::Double => Datum::Double(*data.cast::<f64>().add(row)),
                _ => Datum::Int(i128::from(*data.cast::<i64>().add(row))),
            }
        }
    }

    /// Writes `value` into `row`; `false` when it is none of this type.
    unsafe fn write(self, vector: ffi::duckdb_vector, row: u64, value: &Datum<'_>) -> bool {
        // SAFETY: the caller passes a vector of this type with more than `row` rows.
        unsafe {
            let data = ffi::duckdb_vector_get_data(vector);
            let at = row as usize;
            match (self, value) {
                (_, Datum::Null) => {
                    ffi::duckdb_vector_ensure_validity_writable(vector);
                    ffi::duckdb_validity_set_row_invalid(ffi::duckdb_vector_get_validity(vector), row);
                }
                (DatumType::Text, Datum::Owned(text)) => {
                    ffi::duckdb_vector_assign_string_element_len(vector, row, text.as_ptr().cast(), text.len() as u64);
                }
                (DatumType::Date, Datum::Int(days)) => match i32::try_from(*days) {
                    Ok(days) => *data.cast::<i32>().add(at) = days,
                    Err(_) => return false,
                },
                (DatumType::HugeInt | DatumType::Decimal(_), Datum::Int(int)) => *data.cast::<i128>().add(at) = *int,
                (DatumType::Double, Datum::Double(double)) => *data.cast::<f64>().add(at) = *double,
                (
                    DatumType::BigInt | DatumType::Time | DatumType::Timestamp | DatumType::TimestampTz,
                    Datum::Int(int),
                ) => match i64::try_from(*int) {
                    Ok(int) => *data.cast::<i64>().add(at) = int,
                    Err(_) => return false,
                },
                _ => return false,
            }
            true
        }
    }
}

impl Connection {
    /// Makes a function known to every connection of this database until it is closed.
    pub fn register(&self, name: &str, overloads: &[Overload]) -> Result<(), EngineError> {
        let failed = || EngineError::internal(format!("the function {name} cannot be registered"));
        let name = CString::new(name).map_err(|_| failed())?;
        // SAFETY: types, functions and the set are destroyed here, copies of them live in the database; the extra
        // information is freed by DuckDB with `free_overload`.
        unsafe {
            let mut set = ffi::duckdb_create_scalar_function_set(name.as_ptr());
            for overload in overloads {
                let mut scalar = ffi::duckdb_create_scalar_function();
                ffi::duckdb_scalar_function_set_name(scalar, name.as_ptr());
                for parameter in overload.takes {
                    let mut logical = parameter.logical();
                    ffi::duckdb_scalar_function_add_parameter(scalar, logical);
                    ffi::duckdb_destroy_logical_type(&mut logical);
                }
                let mut logical = overload.gives.logical();
                ffi::duckdb_scalar_function_set_return_type(scalar, logical);
                ffi::duckdb_destroy_logical_type(&mut logical);
                let extra = Box::into_raw(Box::new(*overload));
                ffi::duckdb_scalar_function_set_extra_info(scalar, extra.cast(), Some(free_overload));
                ffi::duckdb_scalar_function_set_function(scalar, Some(call));
                ffi::duckdb_add_scalar_function_to_set(set, scalar);
                ffi::duckdb_destroy_scalar_function(&mut scalar);
            }
            let state = ffi::duckdb_register_scalar_function_set(self.raw(), set);
            ffi::duckdb_destroy_scalar_function_set(&mut set);
            if state == ffi::DuckDBSuccess { Ok(()) } else { Err(failed()) }
        }
    }
}

unsafe extern "C" fn free_overload(overload: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `register`, freed once.
    drop(unsafe { Box::from_raw(overload.cast::<Overload>()) });
}

/// Computes a chunk of rows. DuckDB has flattened the vectors.
unsafe extern "C" fn call(info: ffi::duckdb_function_info, input: ffi::duckdb_data_chunk, output: ffi::duckdb_vector) {
    // SAFETY: DuckDB passes vectors of the registered types with as many rows as the chunk says, and the information
    // registered above.
    unsafe {
        let overload = &*ffi::duckdb_scalar_function_get_extra_info(info).cast::<Overload>();
        let columns: Vec<_> = overload
            .takes
            .iter()
            .zip(0..)
            .map(|(datum_type, column)| {
                let vector = ffi::duckdb_data_chunk_get_vector(input, column);
                (*datum_type, ffi::duckdb_vector_get_data(vector).cast_const(), ffi::duckdb_vector_get_validity(vector))
            })
            .collect();
        let mut arguments = Vec::with_capacity(columns.len());
        for row in 0..ffi::duckdb_data_chunk_get_size(input) {
            arguments.clear();
            for (datum_type, data, validity) in &columns {
                if !validity.is_null() && !ffi::duckdb_validity_row_is_valid(*validity, row) {
                    break;
                }
                arguments.push(datum_type.read(*data, row as usize));
            }
            let result = match arguments.len() == columns.len() {
                true => (overload.compute)(&arguments),
                false => Ok(Datum::Null),
            };
            let problem = match result {
                Ok(value) if overload.gives.write(output, row, &value) => continue,
                Ok(_) => "[22003] result out of range".to_owned(),
                Err(message) => message,
            };
            let problem = CString::new(problem.replace('\0', " ")).unwrap_or_default();
            ffi::duckdb_scalar_function_set_error(info, problem.as_ptr());
            return;
        }
    }
}
