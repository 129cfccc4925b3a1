//! The pipeline that every operation passes, and the capabilities behind it.
//!
//! A door opens a [`Platform`], connects a [`Session`] for each client and calls [`parse`],
//! [`Session::describe`], [`Session::run`] and [`Session::fetch`]. Everything here is synchronous
//! and knows no sockets, no flags and no environment.

mod answer;
mod audit;
mod branch;
mod clock;
mod deadline;
mod error;
mod identity;
mod json;
mod op;
mod pipeline;
mod platform;
mod policy;
mod query;
mod session;
mod settings;
mod zone;

pub use error::{ERROR_TABLE, Error, ErrorKind, Result};
pub use hatidata_engine::{Batch, Column, Entries, Fields, Items, Options, Scalar, SqlType, Tagged, Value};
pub use hatidata_sql::{CopyColumns, CopyFormat, CopyHeader, CopyOptions, Kind, quote};
pub use identity::Identity;
pub use op::{OPERATIONS, Operation};
pub use platform::Platform;
pub use query::{Description, Load, Outcome, Query, StreamId, parse};
pub use session::{CancelReason, Canceller, Notice, Notification, Session, TransactionStatus};
