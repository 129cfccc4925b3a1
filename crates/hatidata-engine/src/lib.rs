//! DuckDB as sessions: open a database, prepare and run one statement, stream its rows, cancel.
//!
//! This is the only crate that names DuckDB. It knows nothing of users, policies or branches.
//!
//! * [`Database`] opens the file and hands out [`Connection`]s.
//! * [`Connection::prepare`] gives a [`Prepared`] statement with the types of its parameters and columns.
//! * [`Prepared::run`] gives [`Rows`], fetched one [`Batch`] at a time; errors in mid-stream are values.
//! * [`Connection::load`] gives a [`Loader`] that takes many rows, value by value.
//! * [`Interrupt`] stops what a connection is doing, from any thread.

mod batch;
mod connection;
mod error;
mod function;
mod load;
mod logical;
mod scalar;
mod types;
mod value;

pub use batch::{Batch, Entries, Fields, Items, Tagged};
pub use connection::{Connection, Database, Interrupt, Mode, Options, Prelude, Prepared, Rows};
pub use error::{EngineError, ErrorClass};
pub use function::{Compute, Datum, DatumType, Overload};
pub use load::{Loader, Misfit};
pub use scalar::Scalar;
pub use types::{Column, SqlType, Value};
