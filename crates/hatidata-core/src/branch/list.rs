//! `branch.list`, and finding a branch that can be used.

use std::collections::HashMap;
use std::sync::Arc;

use hatidata_engine::SqlType;

use super::model::{BRANCH_SCHEMA_PREFIX, Branch, Content, State, Status};
use super::registry::Registry;
use crate::answer::{Answer, AnswerColumn};
use crate::clock::timestamp;
use crate::error::{Error, ErrorKind, Result};

/// The columns of a listed branch.
pub(crate) const COLUMNS: &[AnswerColumn] = &[
    ("branch_id", SqlType::Varchar),
    ("name", SqlType::Varchar),
    ("status", SqlType::Varchar),
    ("created_at", SqlType::TimestampTz),
    ("expires_at", SqlType::TimestampTz),
    ("tables_changed", SqlType::Integer),
    ("bytes", SqlType::BigInt),
    ("agent_id", SqlType::Varchar),
];

/// The error for a name that no branch has.
pub(crate) fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no branch \"{name}\""))
        .hint("SELECT * FROM branch_list() shows the open branches; branch_create makes one")
}

/// The error for using a branch that has ended.
pub(crate) fn ended(branch: &Branch) -> Error {
    let error = Error::new(ErrorKind::State, format!("branch \"{}\" is {}", branch.name, branch.status.as_str()));
    match branch.status {
        Status::Expired => {
            error.hint(format!("open it again with branch_restore('{}'), or create a new branch", branch.id))
        }
        _ => error.hint("create a new branch with branch_create"),
    }
}

impl State {
    /// The open branch of this name or id.
    pub(crate) fn open(&self, name_or_id: &str) -> Result<&Arc<Branch>> {
        let branch = self.find(name_or_id).ok_or_else(|| unknown(name_or_id))?;
        let over = branch.expires_at.is_some_and(|at| at <= crate::clock::now_micros());
        match branch.status {
            Status::Active if !over => Ok(branch),
            Status::Active => Err(ended(&Branch { status: Status::Expired, ..Branch::clone(branch) })),
            _ => Err(ended(branch)),
        }
    }
}

/// Branches with this status: `active` when `None`, every one for `all`.
pub(crate) fn list(registry: &Registry, status: Option<&str>) -> Result<Answer> {
    let wanted = status.unwrap_or("active").to_ascii_lowercase();
    if !["active", "merged", "expired", "discarded", "all"].contains(&wanted.as_str()) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("there is no status \"{wanted}\""))
            .hint("the statuses are active, merged, expired, discarded and all"));
    }
    let state = registry.state();
    let sizes = sizes(registry)?;
    let mut branches: Vec<&Arc<Branch>> =
        state.branches.values().filter(|b| wanted == "all" || b.status.as_str() == wanted).collect();
    branches.sort_by_key(|b| b.fork);
    let rows = branches
        .into_iter()
        .map(|b| {
            let own = format!("{BRANCH_SCHEMA_PREFIX}{}", b.id);
            let bytes: u64 =
                sizes.iter().filter(|(s, _)| **s == own || s.starts_with(&format!("{own}."))).map(|(_, n)| n).sum();
            let changed = b.objects.values().filter(|o| !matches!(o.content, Content::Macro { .. })).count();
            vec![
                Some(b.id.clone()),
                Some(b.name.clone()),
                Some(b.status.as_str().into()),
                Some(timestamp(b.created_at)),
                b.expires_at.map(timestamp),
                Some(changed.to_string()),
                Some(bytes.to_string()),
                Some(b.agent_id.clone()),
            ]
        })
        .collect();
    Ok(Answer { columns: COLUMNS.to_vec(), rows })
}

/// Roughly how many bytes each branch's schema holds: rows times the width of a row's columns.
fn sizes(registry: &Registry) -> Result<HashMap<String, u64>> {
    const VALUE_BYTES: u64 = 8;
    let rows = registry.transact(|connection| {
        Ok(connection.query_text(
            "SELECT schema_name, sum(estimated_size * column_count)::BIGINT FROM duckdb_tables() \
             WHERE starts_with(schema_name, '_hatidata_branch_') GROUP BY schema_name",
            &[],
        )?)
    })?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row.as_slice() {
            [Some(schema), Some(values)] => Some((schema.clone(), values.parse::<u64>().ok()? * VALUE_BYTES)),
            _ => None,
        })
        .collect())
}
