//! `branch.conflicts` and `branch.resolve`: deciding the conflicts of a manual merge one by one.
//!
//! A merge with the strategy `manual` stores its conflicts and ends there. Each is then resolved,
//! and the next manual merge completes if main and the branch still conflict in the same way.

use hatidata_engine::{Connection, Value};
use serde_json::Value as Json;

use super::columns;
use super::registry::Registry;
use super::rows::{Conflict, Side};
use crate::answer::Answer;
use crate::audit::Entry;
use crate::error::{Error, ErrorKind, Result};

/// A stored conflict and what was decided about it.
#[derive(Debug, Clone)]
pub(crate) struct Resolution {
    conflict: Conflict,
    /// `branch`, `main`, or the values as a JSON object.
    decision: Option<String>,
}

impl Resolution {
    /// Whether this decides `conflict`: the same row, with the same values on all sides.
    pub(crate) fn is_about(&self, conflict: &Conflict) -> bool {
        self.conflict == *conflict
    }

    /// The side whose row is taken; given values replace main's afterwards.
    pub(crate) fn side(&self) -> Option<Side> {
        match self.decision.as_deref()? {
            "branch" => Some(Side::Branch),
            "main" => Some(Side::Main),
            // A row that main has deleted must be there before it can get values.
            _ if self.conflict.main.is_none() => Some(Side::Branch),
            _ => Some(Side::Main),
        }
    }

    /// The values that were given instead of a side.
    pub(crate) fn values(&self) -> Option<serde_json::Map<String, Json>> {
        match serde_json::from_str(self.decision.as_deref()?) {
            Ok(Json::Object(values)) => Some(values),
            _ => None,
        }
    }
}

fn optional(value: &Option<String>) -> Value {
    value.as_ref().map_or(Value::Null, |text| Value::Text(text.clone()))
}

/// The stored conflicts of a branch.
pub(crate) fn resolutions(connection: &Connection, branch: &str) -> Result<Vec<Resolution>> {
    let rows = connection.query_text(
        "SELECT table_name, key, kind, base, main, branch_row, resolution FROM _hatidata_branches.conflicts \
         WHERE branch = $1 ORDER BY table_name, key",
        &[Value::Text(branch.to_owned())],
    )?;
    Ok(rows
        .into_iter()
        .map(|mut row| Resolution {
            decision: row.pop().flatten(),
            conflict: Conflict {
                branch: row.pop().flatten(),
                main: row.pop().flatten(),
                base: row.pop().flatten(),
                kind: row.pop().flatten().unwrap_or_default(),
                key: row.pop().flatten(),
                table: row.pop().flatten().unwrap_or_default(),
            },
        })
        .collect())
}

/// The conflicts of a merge with the decisions that are already known.
pub(crate) fn with_decisions(conflicts: &[Conflict], known: &[Resolution]) -> Vec<Resolution> {
    conflicts
        .iter()
        .map(|conflict| Resolution {
            conflict: conflict.clone(),
            decision: known.iter().find(|r| r.is_about(conflict)).and_then(|r| r.decision.clone()),
        })
        .collect()
}

/// Replaces the stored conflicts of a branch.
pub(crate) fn store(connection: &Connection, branch: &str, all: &[Resolution]) -> Result<()> {
    let branch = Value::Text(branch.to_owned());
    connection
        .execute_with("DELETE FROM _hatidata_branches.conflicts WHERE branch = $1", std::slice::from_ref(&branch))?;
    for resolution in all {
        let c = &resolution.conflict;
        connection.execute_with(
            "INSERT INTO _hatidata_branches.conflicts VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                branch.clone(),
                Value::Text(c.table.clone()),
                optional(&c.key),
                Value::Text(c.kind.clone()),
                optional(&c.base),
                optional(&c.main),
                optional(&c.branch),
                optional(&resolution.decision),
            ],
        )?;
    }
    Ok(())
}

/// The conflicts that the last manual merge of a branch has stored.
pub(crate) fn conflicts(registry: &Registry, branch: &str) -> Result<Answer> {
    let state = registry.state();
    let id = state.open(branch)?.id.clone();
    let all = registry.with_connection(|connection| resolutions(connection, &id))?;
    let rows = all
        .into_iter()
        .map(|r| {
            let c = r.conflict;
            vec![Some(c.table), c.key, Some(c.kind), c.base, c.main, c.branch, r.decision]
        })
        .collect();
    Ok(Answer { columns: columns::CONFLICTS.to_vec(), rows })
}

/// Decides one stored conflict. `key` is the row's key as JSON, or its value where the key has one
/// column; empty for a conflict of a whole table.
pub(crate) fn resolve_conflict(
    registry: &Registry,
    branch: &str,
    table: &str,
    key: &str,
    decision: &str,
    entry: &Entry,
) -> Result<Answer> {
    let state = registry.state();
    let id = state.open(branch)?.id.clone();
    let is_values = matches!(serde_json::from_str(decision), Ok(Json::Object(_)));
    let side = decision.to_ascii_lowercase();
    if !is_values && side != "branch" && side != "main" {
        return Err(Error::new(ErrorKind::InvalidInput, format!("a conflict cannot be resolved with \"{decision}\""))
            .hint("give 'branch', 'main', or the row's values as a JSON object"));
    }
    let decision = if is_values { decision.to_owned() } else { side };
    let mut all = registry.with_connection(|connection| resolutions(connection, &id))?;
    let Some(found) =
        all.iter_mut().find(|r| r.conflict.table.eq_ignore_ascii_case(table) && is_key(&r.conflict.key, key))
    else {
        return Err(Error::new(ErrorKind::NotFound, format!("there is no conflict in {table} with the key {key}"))
            .hint("branch_conflicts shows the conflicts; a merge with the strategy manual stores them"));
    };
    if is_values && found.conflict.key.is_none() {
        return Err(Error::new(ErrorKind::InvalidInput, "a conflict of a whole table cannot be resolved with values")
            .hint("give 'branch' or 'main'"));
    }
    found.decision = Some(decision.clone());
    let (table, key) = (found.conflict.table.clone(), found.conflict.key.clone());
    let open = all.iter().filter(|r| r.decision.is_none()).count();
    registry.transact(|connection| {
        store(connection, &id, &all)?;
        entry.write(connection)
    })?;
    Ok(Answer::row(columns::RESOLVE, vec![Some(table), key, Some(decision), Some(open.to_string())]))
}

/// Whether `given` names the row with this key.
fn is_key(stored: &Option<String>, given: &str) -> bool {
    let Some(stored) = stored else { return given.is_empty() || given.eq_ignore_ascii_case("null") };
    let Ok(Json::Object(stored)) = serde_json::from_str::<Json>(stored) else { return false };
    let plain = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Ok(Json::Object(given)) = serde_json::from_str::<Json>(given) {
        return given.len() == stored.len()
            && given.iter().all(|(name, value)| {
                stored.iter().any(|(known, v)| known.eq_ignore_ascii_case(name) && plain(v) == plain(value))
            });
    }
    let given = given.trim().trim_matches('"');
    stored.len() == 1 && stored.values().all(|value| plain(value) == given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_as_json_or_as_its_only_value() {
        let stored = Some(r#"{"id":7}"#.to_owned());
        for given in ["7", r#"{"id": 7}"#, r#"{"ID":"7"}"#, "\"7\""] {
            assert!(is_key(&stored, given), "{given}");
        }
        assert!(!is_key(&stored, "8") && !is_key(&stored, r#"{"x":7}"#));
        assert!(is_key(&None, "") && !is_key(&Some(r#"{"a":1,"b":2}"#.into()), "1"));
    }
}
