//! `branch.discard`.

use std::sync::Arc;

use hatidata_engine::SqlType;

use super::model::{Branch, Status};
use super::registry::{Patience, Registry, TransactionId};
use super::{list, store};
use crate::answer::{Answer, AnswerColumn};
use crate::audit::Entry;
use crate::clock::now_micros;
use crate::error::Result;

/// The columns of the answer.
pub(crate) const COLUMNS: &[AnswerColumn] =
    &[("branch_id", SqlType::Varchar), ("status", SqlType::Varchar), ("was", SqlType::Varchar)];

/// Gives a branch up. Readers in it end undisturbed; its data is dropped by the collector.
pub(crate) fn discard(
    registry: &Registry,
    transaction: TransactionId,
    name_or_id: &str,
    patience: &Patience<'_>,
    entry: &Entry,
) -> Result<Answer> {
    let state = registry.state();
    let branch = state.find(name_or_id).ok_or_else(|| list::unknown(name_or_id))?;
    let was = branch.status;
    if branch.needs_data() {
        registry.take_branch(transaction, &branch.id, patience)?;
        let ended = end(registry, branch, Status::Discarded, entry);
        registry.release(transaction);
        ended?;
    }
    Ok(Answer::row(
        COLUMNS,
        vec![Some(branch.id.clone()), Some(Status::Discarded.as_str().into()), Some(was.as_str().into())],
    ))
}

/// Stores and publishes that `branch` has ended with `status`.
pub(crate) fn end(registry: &Registry, branch: &Arc<Branch>, status: Status, entry: &Entry) -> Result<()> {
    let ended =
        Branch { status, ended_at: Some(now_micros()), ..Branch::clone(&registry.state().branches[&branch.id]) };
    registry.transact(|connection| {
        store::update_branch(connection, &ended)?;
        entry.write(connection)
    })?;
    registry.publish(|state| {
        state.branches_mut().insert(ended.id.clone(), Arc::new(ended));
    });
    Ok(())
}
