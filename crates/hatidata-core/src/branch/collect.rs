//! The collector: expires branches whose time is up and drops what nobody needs any more.
//!
//! Each step is idempotent and looks at the state anew, so it can be woken at any time and a crash
//! between two steps leaves work for the next run, nothing else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hatidata_engine::Connection;
use hatidata_sql::{TableKey, quote};

use super::model::{BRANCH_SCHEMA_PREFIX, Branch, Preserved, State, Status, VERSIONS_SCHEMA, Version};
use super::registry::Registry;
use super::{discard, sequence, store};
use crate::audit::Entry;
use crate::clock::now_micros;
use crate::error::Result;

/// How long the data of an expired branch can be restored, in microseconds.
const RESTORABLE: i64 = 24 * 3600 * 1_000_000;

/// The size of a write-ahead log, in bytes, that is worth a checkpoint.
const LARGE_LOG: u64 = 16 << 20;

/// How often a checkpoint is tried before the collector waits for its next turn.
const CHECKPOINT_TRIES: u32 = 60;

/// Takes branches whose time is up off the active list.
pub(crate) fn expire(registry: &Registry) -> Result<()> {
    let now = now_micros();
    let state = registry.state();
    for branch in state.branches.values() {
        match branch.status {
            Status::Active if branch.expires_at.is_some_and(|at| at <= now) => {
                discard::end(registry, branch, Status::Expired, &Entry::default())?;
            }
            Status::Expired if branch.ended_at.is_some_and(|at| at + RESTORABLE <= now) => {
                discard::end(registry, branch, Status::Discarded, &Entry::default())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Drops the data of ended branches and the versions that no branch can see, and gives their space back
/// to the file: DuckDB writes large copies past its log, so nothing else would make it do so. A log that
/// has grown is moved into the file here too, rather than by the client whose commit fills it.
pub(crate) fn collect(registry: &Registry) -> Result<()> {
    drop_unneeded(registry)?;
    if registry.dropped.load(Ordering::SeqCst) || registry.log_size() > LARGE_LOG {
        // Other transactions may be in the way for a moment; after that the next turn tries again.
        for _ in 0..CHECKPOINT_TRIES {
            if registry.with_connection(|connection| Ok(connection.execute("CHECKPOINT")?)).is_ok() {
                registry.dropped.store(false, Ordering::SeqCst);
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

fn drop_unneeded(registry: &Registry) -> Result<()> {
    let state = registry.state();
    let mut dropped = false;
    for branch in state.branches.values().filter(|b| !b.needs_data()) {
        if registry.has_writers(Some(&branch.id)) {
            continue;
        }
        dropped |= drop_branch_data(registry, branch)?;
    }
    for (table, version) in unneeded_versions(&state) {
        registry.transact(|connection| {
            if let Preserved::Table { stored, .. } = &version.preserved {
                connection.execute(&format!("DROP TABLE IF EXISTS {}.{}", quote(VERSIONS_SCHEMA), quote(stored)))?;
            }
            store::delete_version(connection, &version)
        })?;
        dropped = true;
        registry.publish(|state| {
            let versions = state.versions_mut(&table);
            versions.retain(|v| v.fork != version.fork);
            if versions.is_empty() {
                Arc::make_mut(&mut state.versions).remove(&table);
            }
        });
    }
    if dropped {
        registry.dropped.store(true, Ordering::SeqCst);
        registry.transact(|connection| sequence::drop_unused_sequences(connection, &registry.state()))?;
    }
    let oldest = state.branches.values().filter(|b| b.needs_data()).map(|b| b.fork).min().unwrap_or(u64::MAX);
    if state.alterations.values().any(|list| list.iter().any(|a| a.fork < oldest)) {
        let before = oldest.min(i64::MAX as u64);
        registry.transact(|connection| store::delete_alterations(connection, before))?;
        registry.publish(|state| {
            Arc::make_mut(&mut state.alterations).retain(|_, list| {
                Arc::make_mut(list).retain(|a| a.fork >= before);
                !list.is_empty()
            });
        });
    }
    Ok(())
}

/// Drops what an ended branch has stored; whether there was anything.
fn drop_branch_data(registry: &Registry, branch: &Arc<Branch>) -> Result<bool> {
    let exists = registry.transact(|connection| schemas_of(connection, &branch.id))?;
    if exists.is_empty() && branch.objects.is_empty() {
        return Ok(false);
    }
    registry.transact(|connection| {
        for schema in &exists {
            drop_schema(connection, schema)?;
        }
        store::delete_objects(connection, &branch.id)
    })?;
    registry.publish(|state| {
        if let Some(branch) = state.branch_mut(&branch.id) {
            branch.objects.clear();
        }
    });
    Ok(true)
}

/// Drops a schema and what is in it, one by one.
fn drop_schema(connection: &Connection, schema: &str) -> Result<()> {
    empty_schema(connection, schema)?;
    connection.execute(&format!("DROP SCHEMA {}", quote(schema)))?;
    Ok(())
}

/// Drops the views and tables of a schema one by one: after ALTER and a checkpoint, DuckDB 1.5.5 cannot
/// replay `DROP SCHEMA … CASCADE` from its log (`docs/decisions/0007-no-cascade.md`).
pub(crate) fn empty_schema(connection: &Connection, schema: &str) -> Result<()> {
    let rows = connection.query_text(
        "SELECT 'VIEW', view_name, 0 FROM duckdb_views() WHERE lower(schema_name) = $1 AND NOT internal UNION ALL \
         SELECT 'TABLE', table_name, (SELECT count(*) FROM duckdb_constraints() c WHERE c.constraint_type = 'FOREIGN KEY' \
         AND c.schema_name = t.schema_name AND c.table_name = t.table_name) FROM duckdb_tables() t \
         WHERE lower(schema_name) = $1 AND NOT temporary ORDER BY 1 DESC, 3 DESC",
        &[hatidata_engine::Value::Text(schema.to_lowercase())],
    )?;
    for row in rows {
        if let [Some(kind), Some(name), _] = row.as_slice() {
            connection.execute(&format!("DROP {kind} {}.{}", quote(schema), quote(name)))?;
        }
    }
    Ok(())
}

fn schemas_of(connection: &Connection, id: &str) -> Result<Vec<String>> {
    let own = format!("{BRANCH_SCHEMA_PREFIX}{id}");
    let rows = connection.query_text(
        "SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE schema_name = $1 OR starts_with(schema_name, $1 || '.')",
        &[hatidata_engine::Value::Text(own)],
    )?;
    Ok(rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect())
}

/// Versions that lie between no open branch's fork and the version before them.
fn unneeded_versions(state: &State) -> Vec<(TableKey, Arc<Version>)> {
    let forks: Vec<u64> = state.branches.values().filter(|b| b.needs_data()).map(|b| b.fork).collect();
    let mut unneeded = Vec::new();
    for (table, versions) in state.versions.iter() {
        let mut previous = 0;
        for version in versions.iter() {
            if !forks.iter().any(|f| (previous + 1..=version.fork).contains(f)) {
                unneeded.push((table.clone(), Arc::clone(version)));
            }
            previous = version.fork;
        }
    }
    unneeded
}

/// Drops stored tables that the registry does not know: what a crash in mid-step left behind.
pub(crate) fn drop_leftovers(registry: &Registry) -> Result<()> {
    let state = registry.state();
    registry.transact(|connection| {
        let known: Vec<&str> = state
            .versions
            .values()
            .flat_map(|versions| versions.iter())
            .filter_map(|v| match &v.preserved {
                Preserved::Table { stored, .. } => Some(stored.as_str()),
                _ => None,
            })
            .collect();
        let stored = connection.query_text(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name = '_hatidata_versions'",
            &[],
        )?;
        for row in stored {
            if let [Some(schema), Some(table)] = row.as_slice()
                && !known.contains(&table.as_str())
            {
                connection.execute(&format!("DROP TABLE {}.{}", quote(schema), quote(table)))?;
            }
        }
        let schemas = connection.query_text(
            "SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE starts_with(schema_name, '_hatidata_branch_')",
            &[],
        )?;
        for schema in schemas.into_iter().filter_map(|mut row| row.swap_remove(0)) {
            let id = schema[BRANCH_SCHEMA_PREFIX.len()..].split('.').next().unwrap_or_default();
            if !state.branches.get(id).is_some_and(|b| b.needs_data()) {
                drop_schema(connection, &schema)?;
            }
        }
        Ok(())
    })
}
