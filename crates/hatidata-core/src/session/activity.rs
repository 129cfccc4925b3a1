//! What every session is doing: `pg_stat_activity`, and stopping what another session runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use hatidata_sql::literal;
use parking_lot::Mutex;

use super::{CancelReason, Canceller, Session, TransactionStatus};
use crate::clock::{now_micros, timestamp};

/// One session, as others see it.
pub(crate) struct Activity {
    user: String,
    began: i64,
    canceller: Canceller,
    doing: Mutex<Doing>,
}

/// Its last statement. Moments are microseconds since 1970.
struct Doing {
    state: &'static str,
    application: String,
    query: String,
    query_start: i64,
    state_change: i64,
}

/// The sessions that doors have attached, by number.
#[derive(Default)]
pub(crate) struct Activities {
    sessions: Mutex<BTreeMap<i32, Arc<Activity>>>,
}

impl Activities {
    /// Stops what the session with this number runs; `false` when there is no such session.
    pub(crate) fn cancel(&self, number: i32) -> bool {
        let found = self.sessions.lock().get(&number).map(|activity| activity.canceller.clone());
        if let Some(canceller) = &found {
            canceller.cancel(CancelReason::User);
        }
        found.is_some()
    }

    pub(crate) fn has(&self, number: i32) -> bool {
        self.sessions.lock().contains_key(&number)
    }

    /// The rows of `pg_stat_activity`, with PostgreSQL's columns.
    pub(crate) fn query(&self, database: &str) -> String {
        let rows: Vec<String> = self
            .sessions
            .lock()
            .iter()
            .map(|(number, activity)| {
                let doing = activity.doing.lock();
                let moment = |micros: i64| match micros {
                    0 => "NULL::TIMESTAMPTZ".to_owned(),
                    micros => format!("{}::TIMESTAMPTZ", literal(&timestamp(micros))),
                };
                format!(
                    "({number}, {}, {}, {}, {}, {}, {}, {})",
                    literal(&activity.user),
                    literal(&doing.application),
                    moment(activity.began),
                    moment(doing.query_start),
                    moment(doing.state_change),
                    literal(doing.state),
                    literal(&doing.query)
                )
            })
            .collect();
        let (rows, end) = match rows.is_empty() {
            true => {
                ("(0, '', '', NULL::TIMESTAMPTZ, NULL::TIMESTAMPTZ, NULL::TIMESTAMPTZ, '', '')".to_owned(), " LIMIT 0")
            }
            false => (rows.join(", "), ""),
        };
        format!(
            "SELECT (SELECT oid FROM pg_catalog.pg_database LIMIT 1) AS datid, {} AS datname, pid, NULL::INTEGER AS leader_pid, 10::BIGINT AS usesysid, \
             usename, application_name, NULL::VARCHAR AS client_addr, NULL::VARCHAR AS client_hostname, NULL::INTEGER AS client_port, \
             backend_start, CASE WHEN state = 'idle' THEN NULL ELSE query_start END AS xact_start, query_start, state_change, \
             NULL::VARCHAR AS wait_event_type, NULL::VARCHAR AS wait_event, state, NULL::VARCHAR AS backend_xid, NULL::VARCHAR AS backend_xmin, \
             NULL::BIGINT AS query_id, query, 'client backend' AS backend_type \
             FROM (VALUES {rows}) AS sessions(pid, usename, application_name, backend_start, query_start, state_change, state, query){end}",
            literal(database)
        )
    }
}

impl Session {
    /// Shows the session to others under its number.
    pub(super) fn show_activity(&mut self) {
        let activity = Arc::new(Activity {
            user: self.identity().user.clone(),
            began: now_micros(),
            canceller: self.canceller(),
            doing: Mutex::new(Doing {
                state: "idle",
                application: self.setting("application_name").unwrap_or_default().to_owned(),
                query: String::new(),
                query_start: 0,
                state_change: now_micros(),
            }),
        });
        self.platform().activities.sessions.lock().insert(self.number(), Arc::clone(&activity));
        self.activity = Some(activity);
    }

    pub(super) fn hide_activity(&mut self) {
        if self.activity.take().is_some() {
            self.platform().activities.sessions.lock().remove(&self.number());
        }
    }

    /// Notes that a statement begins.
    pub(crate) fn begin_activity(&self, sql: &str) {
        let Some(activity) = &self.activity else { return };
        let now = now_micros();
        let mut doing = activity.doing.lock();
        doing.state = "active";
        doing.application.clear();
        doing.application.push_str(self.setting("application_name").unwrap_or_default());
        doing.query.clear();
        doing.query.push_str(sql);
        (doing.query_start, doing.state_change) = (now, now);
    }

    /// Notes that the session waits for its client.
    pub(crate) fn end_activity(&self) {
        let Some(activity) = &self.activity else { return };
        let mut doing = activity.doing.lock();
        doing.state = match self.transaction_status() {
            TransactionStatus::Idle => "idle",
            TransactionStatus::Open => "idle in transaction",
            TransactionStatus::Failed => "idle in transaction (aborted)",
        };
        doing.state_change = now_micros();
    }
}
