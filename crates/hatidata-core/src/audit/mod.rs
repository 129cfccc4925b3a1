//! The audit: one record for every operation from every door, with who, what and how it ended.
//!
//! * A change's record is written in the change's own transaction: both are there, or neither.
//! * Records of reads, failures and rollbacks are queued and written in groups within 50 ms.
//!
//! INVARIANT: no operation runs without a receipt, and a receipt that goes out of scope without
//! being closed is recorded as cancelled.

mod receipt;
mod store;

pub(crate) use receipt::{Entry, Outcome, Receipt, Record};
pub(crate) use store::{AuditLog, CREATE_TABLES};
