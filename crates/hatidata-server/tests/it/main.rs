//! The Postgres door through tokio-postgres, a client with typed binary parameters.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

mod copy;
mod corpus;
mod server;
mod sessions;
mod values;
