//! SQL: parsing, describing and running statements in a session.
//!
//! * `parse` cuts a text into [`Query`]s; nothing runs.
//! * `run` executes one: pipeline → decision → passes → engine → rows.
//! * `dialect` reads statements of Snowflake and PostgreSQL.
//! * `catalog` answers for the catalogs of Postgres.
//! * `describe` tells the types of parameters and columns without running.
//!
//! INVARIANT: in a branch session the plan that DuckDB makes of the rewritten text reads and writes
//! nothing but what the branch may see; what cannot be checked is refused.

mod catalog;
mod command;
mod copy;
mod cursor;
mod ddl;
mod describe;
mod dialect;
mod functions;
mod meaning;
mod operation;
mod parse;
mod postgres;
mod run;
mod sequence;
mod setting;
mod stream;
mod verify;
mod view;

pub(crate) use catalog::Catalogs;
pub(crate) use command::Stored;
pub use copy::Load;
pub(crate) use cursor::Cursor;
pub use describe::Description;
pub(crate) use dialect::{Dialects, TRANSPILE_COLUMNS, install as install_dialects};
pub use parse::{Query, parse};
pub use run::Outcome;
pub(crate) use stream::Stream;
pub use stream::StreamId;
pub(crate) use verify::Verified;
