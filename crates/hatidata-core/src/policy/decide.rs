//! The decision, and the memory of decisions.

use std::collections::HashMap;
use std::sync::Arc;

use hatidata_sql::{Statement, TableKey};
use parking_lot::Mutex;

use crate::error::Result;
use crate::identity::Identity;

/// What is asked: who wants to do what.
pub(crate) struct Request<'a> {
    pub(crate) identity: &'a Identity,
    /// The operation's name: `query.run`, `branch.merge`.
    pub(crate) operation: &'a str,
    /// The statement, where the operation runs one.
    pub(crate) statement: Option<&'a Statement>,
}

/// An allowed operation and what it is bound to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Conditions that rows of a table must fulfil to be seen.
    pub(crate) row_filters: HashMap<TableKey, String>,
}

/// Decides. Local mode has one rule: allow, with no obligations.
pub(crate) fn decide(request: &Request<'_>) -> Result<Decision> {
    let Request { identity: _, operation: _, statement: _ } = request;
    Ok(Decision::default())
}

/// Decisions by fingerprint of the statement and agent, as long as the policy is the same.
#[derive(Debug, Default)]
pub(crate) struct DecisionCache {
    remembered: Mutex<HashMap<(u64, String), Arc<Decision>>>,
}

impl DecisionCache {
    const ENTRIES_MAX: usize = 10_000;

    /// The remembered decision, or a fresh one.
    pub(crate) fn decide(&self, fingerprint: u64, request: &Request<'_>) -> Result<Arc<Decision>> {
        let key = (fingerprint, request.identity.agent_id.clone());
        if let Some(known) = self.remembered.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let decision = Arc::new(decide(request)?);
        let mut remembered = self.remembered.lock();
        if remembered.len() >= Self::ENTRIES_MAX {
            remembered.clear();
        }
        remembered.insert(key, Arc::clone(&decision));
        Ok(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_made_once_for_a_fingerprint_and_an_agent() {
        let cache = DecisionCache::default();
        let identity = Identity { agent_id: "a".into(), ..Identity::default() };
        let request = Request { identity: &identity, operation: "query.run", statement: None };
        let first = cache.decide(7, &request).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.decide(7, &request).unwrap()));
        assert!(!Arc::ptr_eq(&first, &cache.decide(8, &request).unwrap()));
    }
}
