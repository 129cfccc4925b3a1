//! `branch.create` and `branch.restore`.

use std::collections::BTreeMap;

use hatidata_engine::SqlType;
use hatidata_sql::{ObjectName, TableKey, quote};

use super::definition::Definition;
use super::model::{BRANCH_SCHEMA_PREFIX, Branch, State, Status};
use super::no_such_table;
use super::registry::Registry;
use super::store;
use crate::answer::{Answer, AnswerColumn};
use crate::audit::Entry;
use crate::clock::{now_micros, timestamp};
use crate::error::{Error, ErrorKind, Result};

/// What a new branch is to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Create {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) ttl_seconds: Option<i64>,
    pub(crate) tables: Vec<String>,
    pub(crate) agent_id: String,
}

/// The columns of a created branch.
pub(crate) const COLUMNS: &[AnswerColumn] = &[
    ("branch_id", SqlType::Varchar),
    ("name", SqlType::Varchar),
    ("status", SqlType::Varchar),
    ("created_at", SqlType::TimestampTz),
    ("expires_at", SqlType::TimestampTz),
    ("description", SqlType::Varchar),
    ("schema_name", SqlType::Varchar),
];

const NAME_MAX: usize = 128;
const TTL_MAX: i64 = 100 * 366 * 24 * 3600;

fn check_name(state: &State, name: &str) -> Result<()> {
    let invalid = |why: &str| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("invalid branch name \"{}\": {why}", name.chars().take(40).collect::<String>()),
        )
        .hint("use 1 to 128 letters, digits, spaces, '-', '_' or '.'; no slash")
    };
    if name.trim().is_empty() || name.trim() != name {
        return Err(invalid("it is empty or has spaces around it"));
    }
    if name.chars().count() > NAME_MAX {
        return Err(invalid("it is longer than 128 characters"));
    }
    if name.chars().any(|c| c.is_control() || c == '/' || c == '"' || c == '\'') {
        return Err(invalid("it has a slash, a quote or a control character"));
    }
    if name.eq_ignore_ascii_case("main") {
        return Err(invalid("main is the trunk"));
    }
    if state.active.contains_key(&name.to_lowercase()) || state.branches.contains_key(name) {
        return Err(Error::new(ErrorKind::AlreadyExists, format!("a branch named \"{name}\" is already open"))
            .hint("choose another name, or end that branch with branch_merge or branch_discard"));
    }
    Ok(())
}

/// Creates a branch of main as it is committed now.
pub(crate) fn create(registry: &Registry, request: Create, entry: &Entry) -> Result<Answer> {
    let id = loop {
        let id = format!("br_{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
        if !registry.state().branches.contains_key(&id) {
            break id;
        }
    };
    let name = request.name.unwrap_or_else(|| id.clone());
    check_name(&registry.state(), &name)?;
    if let Some(ttl) = request.ttl_seconds
        && !(1..=TTL_MAX).contains(&ttl)
    {
        return Err(Error::new(ErrorKind::InvalidInput, format!("ttl_seconds must be a positive number, not {ttl}"))
            .hint("leave it out for a branch that does not expire"));
    }
    let now = now_micros();
    let branch = registry.fork(|connection, fork| {
        // Looked at again under the fork's locks: two sessions may ask for one name at once.
        check_name(&registry.state(), &name)?;
        let branch = Branch {
            id: id.clone(),
            name: name.clone(),
            status: Status::Active,
            fork,
            agent_id: request.agent_id.clone(),
            description: request.description.clone(),
            created_at: now,
            expires_at: request.ttl_seconds.map(|ttl| now + ttl * 1_000_000),
            ended_at: None,
            tables: request.tables.clone(),
            objects: BTreeMap::new(),
        };
        for table in &request.tables {
            let key = table_key(table);
            let known = Definition::of_main(connection, &key)?.is_some() || registry.state().views.contains_key(&key);
            if !known {
                return Err(no_such_table(&key));
            }
        }
        connection.execute(&format!("CREATE SCHEMA {}", quote(&branch.schema("main"))))?;
        store::insert_branch(connection, &branch)?;
        entry.write(connection)?;
        Ok(branch)
    })?;
    Ok(Answer::row(COLUMNS, row(&branch)))
}

/// The key of a table named as text: `orders`, `sales.orders`.
pub(crate) fn table_key(text: &str) -> TableKey {
    let named = hatidata_sql::parse_one(&format!("TABLE {text}")).ok();
    named.and_then(|s| s.tables.first().map(|t| t.name.key())).unwrap_or_else(|| ObjectName::bare(text).key())
}

fn row(branch: &Branch) -> Vec<Option<String>> {
    vec![
        Some(branch.id.clone()),
        Some(branch.name.clone()),
        Some(branch.status.as_str().into()),
        Some(timestamp(branch.created_at)),
        branch.expires_at.map(timestamp),
        branch.description.clone(),
        Some(format!("{BRANCH_SCHEMA_PREFIX}{}", branch.id)),
    ]
}

/// Opens an expired branch again, without a time limit.
pub(crate) fn restore(registry: &Registry, name_or_id: &str, entry: &Entry) -> Result<Answer> {
    let state = registry.state();
    let branch = state.find(name_or_id).ok_or_else(|| super::list::unknown(name_or_id))?;
    if branch.status != Status::Expired {
        return Err(Error::new(
            ErrorKind::State,
            format!("branch \"{}\" is {}; only an expired branch can be restored", branch.name, branch.status.as_str()),
        )
        .hint("branch_list('all') shows every branch with its status"));
    }
    check_name(&State { branches: Default::default(), ..State::clone(&state) }, &branch.name)?;
    let mut restored = Branch::clone(branch);
    restored.status = Status::Active;
    restored.expires_at = None;
    restored.ended_at = None;
    registry.transact(|connection| {
        store::update_branch(connection, &restored)?;
        entry.write(connection)
    })?;
    let answer = Answer::row(COLUMNS, row(&restored));
    registry.publish(|state| {
        state.branches_mut().insert(restored.id.clone(), std::sync::Arc::new(restored));
    });
    Ok(answer)
}
