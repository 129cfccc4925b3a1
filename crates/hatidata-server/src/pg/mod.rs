//! The Postgres door: frames in, operations out, rows back.
//!
//! * `listen` accepts connections, ends them at shutdown and routes cancel requests.
//! * `startup` turns the first packets into a session.
//! * `connection` is the loop of one client; `exchange` holds the statements and portals of the
//!   extended protocol and runs on a blocking thread.
//! * `frame` and `value` know the bytes.

mod connection;
mod copy;
mod exchange;
pub(crate) mod frame;
mod listen;
mod startup;
pub(crate) mod value;
mod zone;

pub(crate) use listen::{Listener, Tls};
