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

/// The rules in force. Local mode has none: everything is allowed.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// Conditions that rows of a table must fulfil to be seen.
    pub(crate) row_filters: HashMap<TableKey, String>,
}

/// An allowed operation and what it is bound to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The row filters of the tables that the statement reads.
    pub(crate) row_filters: HashMap<TableKey, String>,
}

/// Decides: allow, with the filters of the tables that are read.
pub(crate) fn decide(policy: &Policy, request: &Request<'_>) -> Decision {
    let tables = request.statement.into_iter().flat_map(|statement| &statement.tables);
    let filtered = tables.filter_map(|table| {
        let key = table.name.key();
        policy.row_filters.get(&key).map(|filter| (key, filter.clone()))
    });
    Decision { row_filters: filtered.collect() }
}

/// Decisions by fingerprint of the statement, operation and agent, as long as the policy is the same.
#[derive(Debug, Default)]
pub(crate) struct DecisionCache {
    policy: Policy,
    remembered: Mutex<HashMap<(u64, String, String), Arc<Decision>>>,
}

impl DecisionCache {
    const ENTRIES_MAX: usize = 10_000;

    /// The remembered decision, or a fresh one.
    ///
    /// Refusals will be errors here; local mode has none.
    pub(crate) fn decide(&self, fingerprint: u64, request: &Request<'_>) -> Result<Arc<Decision>> {
        let key = (fingerprint, request.operation.to_owned(), request.identity.agent_id.clone());
        if let Some(known) = self.remembered.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let decision = Arc::new(decide(&self.policy, request));
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
    fn a_filter_binds_the_statements_that_read_its_table() {
        let key = hatidata_sql::ObjectName::bare("orders").key();
        let policy = Policy { row_filters: HashMap::from([(key.clone(), "tenant = 'a'".to_owned())]) };
        let identity = Identity::default();
        let decided = |sql: &str| {
            let statement = hatidata_sql::parse_one(sql).unwrap();
            decide(&policy, &Request { identity: &identity, operation: "query.run", statement: Some(&statement) })
        };
        assert_eq!(decided("SELECT * FROM orders o JOIN users u ON true").row_filters.len(), 1);
        assert_eq!(decided("SELECT * FROM users"), Decision::default());
    }

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
