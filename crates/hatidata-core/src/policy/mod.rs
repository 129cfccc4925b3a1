//! What an operation may do: the decision that the pipeline asks for before anything runs.
//!
//! Local mode allows everything. The shape is that of governance, which fills it later: a decision
//! carries obligations (row filters, masks) that the passes of `hatidata-sql` put into the text, and
//! it is remembered by the statement's fingerprint and the versions it depends on.
//!
//! INVARIANT: `decide` is pure; whatever it needs to know is in its arguments.

mod allow;
mod decide;

pub(crate) use allow::refused_in_branch;
pub(crate) use decide::{Decision, DecisionCache, Request};
