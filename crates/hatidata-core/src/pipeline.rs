//! The one way in: every operation from every door passes here before anything runs.
//!
//! identify → open the audit record → decide → (run) → close the record. The identity is the
//! session's; running is the caller's; the receipt returned here is closed by whoever ends the
//! operation, and closes itself as cancelled if nobody does.

use std::sync::Arc;

use hatidata_sql::Access;

use crate::audit::{Outcome, Receipt, Record};
use crate::error::Result;
use crate::policy::{Decision, Request};
use crate::query::Query;
use crate::session::Session;

impl Session {
    /// Judges an operation of this session; gives its receipt and what it is bound to.
    pub(crate) fn pass(&mut self, operation: &str, query: Option<&Query>) -> Result<(Receipt, Arc<Decision>)> {
        let platform = self.platform();
        platform.audit.check()?;
        let receipt = Receipt::open(&platform.audit, self.record(operation, query));
        let request = Request { identity: self.identity(), operation, statement: query.map(|query| &query.statement) };
        let fingerprint = query.map_or(0, |query| query.fingerprint);
        match platform.decisions.decide(fingerprint, &request) {
            Ok(decision) => Ok((receipt, decision)),
            Err(error) => {
                receipt.fail(&error);
                Err(error)
            }
        }
    }

    /// Judges a translation of a statement that has passed: it may name other objects.
    pub(crate) fn decide(&self, operation: &str, query: &Query) -> Result<Arc<Decision>> {
        let request = Request { identity: self.identity(), operation, statement: Some(&query.statement) };
        self.platform().decisions.decide(query.fingerprint, &request)
    }

    fn record(&self, operation: &str, query: Option<&Query>) -> Record {
        let identity = self.identity();
        let setting = |name: &str| self.setting(name).unwrap_or_default().to_owned();
        let tables: Vec<String> = query
            .map(|query| &query.statement.tables)
            .into_iter()
            .flatten()
            .map(|table| match table.access {
                Access::Read => table.name.key().to_string(),
                _ => format!("{}!", table.name.key()),
            })
            .collect();
        Record {
            started_at: 0,
            session_id: self.id().to_owned(),
            agent_id: identity.agent_id.clone(),
            framework: identity.framework.clone(),
            user_name: identity.user.clone(),
            door: identity.door.to_owned(),
            request_id: setting("hatidata_request_id"),
            reasoning_step: setting("hatidata_reasoning_step"),
            branch: self.branch_name(),
            operation: operation.to_owned(),
            statement: query.map(|query| query.statement.sql.clone()).unwrap_or_default(),
            tables: tables.join(","),
            outcome: Outcome::Cancelled,
            sqlstate: String::new(),
            row_count: 0,
            duration_us: 0,
        }
    }
}
