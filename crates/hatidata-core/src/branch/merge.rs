//! `branch.merge`: the branch's changes become main's, in one transaction.
//!
//! 1. Lock the branch's tables and main's tables of the same names; preserve what other branches need.
//! 2. In one transaction: bring both sides to one definition, compare (`rows`), collect conflicts.
//! 3. Decide conflicts by the strategy; apply by phases; end the branch; commit. Or roll back.

use std::collections::HashMap;
use std::sync::Arc;

use hatidata_engine::Connection;
use hatidata_sql::{TableKey, quote};

use super::conflicts::{self, Resolution};
use super::model::{Alteration, Branch, State, Status};
use super::plan::{Keyed, Plan, Planner};
use super::registry::{LockKey, Patience, Registry, TransactionId};
use super::rows::{Conflict, RowPlan, Side};
use super::{columns, store};
use crate::answer::Answer;
use crate::audit::Entry;
use crate::clock::now_micros;
use crate::error::{Error, ErrorKind, Result};

/// Who wins a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    BranchWins,
    MainWins,
    Abort,
    Manual,
}

impl Strategy {
    pub(crate) fn parse(text: Option<&str>) -> Result<Strategy> {
        match text.unwrap_or("branch_wins").to_ascii_lowercase().as_str() {
            "branch_wins" | "main" => Ok(Strategy::BranchWins),
            "main_wins" => Ok(Strategy::MainWins),
            "abort" => Ok(Strategy::Abort),
            "manual" => Ok(Strategy::Manual),
            other => Err(Error::new(ErrorKind::InvalidInput, format!("there is no merge strategy \"{other}\""))
                .hint("the strategies are branch_wins, main_wins, abort and manual")),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Strategy::BranchWins => "branch_wins",
            Strategy::MainWins => "main_wins",
            Strategy::Abort => "abort",
            Strategy::Manual => "manual",
        }
    }
}

/// A request to merge.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub(crate) branch: String,
    pub(crate) strategy: Strategy,
    pub(crate) dry_run: bool,
}

enum Verdict {
    Merged(Answer, Vec<(TableKey, Alteration)>),
    /// Nothing changes; conflicts of a manual merge are stored for later.
    NotNow(Answer, Option<Vec<Resolution>>),
}

/// Merges a branch into main.
pub(crate) fn merge(
    registry: &Registry,
    transaction: TransactionId,
    request: &Merge,
    patience: &Patience<'_>,
    entry: &Entry,
) -> Result<Answer> {
    let state = registry.state();
    let id = state.open(&request.branch)?.id.clone();
    let result = locked(registry, transaction, &id, request, patience, entry);
    registry.release(transaction);
    result
}

fn locked(
    registry: &Registry,
    transaction: TransactionId,
    id: &str,
    request: &Merge,
    patience: &Patience<'_>,
    entry: &Entry,
) -> Result<Answer> {
    registry.take_branch(transaction, id, patience)?;
    let state = registry.state();
    let branch = Arc::clone(state.open(id)?);
    let keys: Vec<LockKey> =
        branch.objects.keys().map(|table| LockKey { branch: None, table: table.clone() }).collect();
    registry.take(transaction, &keys, patience)?;
    let state = registry.state();
    let branch = Arc::clone(state.open(id)?);
    if !request.dry_run {
        for table in branch.objects.keys() {
            registry.preserve_for_others(table, id)?;
        }
    }
    registry.with_connection(|connection| {
        connection.execute("BEGIN TRANSACTION")?;
        let result = plan_and_apply(registry, connection, &state, &branch, request, entry);
        let verdict = match result {
            Ok(verdict) => verdict,
            Err(error) => {
                // The first error is the one that matters.
                let _ = connection.execute("ROLLBACK");
                return Err(error);
            }
        };
        match verdict {
            Verdict::NotNow(answer, conflicts) => {
                connection.execute("ROLLBACK")?;
                if let Some(conflicts) = conflicts {
                    registry.transact(|connection| conflicts::store(connection, id, &conflicts))?;
                }
                Ok(answer)
            }
            Verdict::Merged(answer, alterations) => {
                let ended = Branch { status: Status::Merged, ended_at: Some(now_micros()), ..Branch::clone(&branch) };
                let committed = registry.commit_merge(connection, ended, alterations);
                if committed.is_err() {
                    let _ = connection.execute("ROLLBACK");
                }
                committed.map_err(explain_failure)?;
                Ok(answer)
            }
        }
    })
}

fn plan_and_apply(
    registry: &Registry,
    connection: &Connection,
    state: &State,
    branch: &Arc<Branch>,
    request: &Merge,
    entry: &Entry,
) -> Result<Verdict> {
    let mut plan = Plan::default();
    let mut planner = Planner { connection, state, branch, plan: &mut plan };
    for (key, object) in &branch.objects {
        planner.object(key, object)?;
    }
    let known = conflicts::resolutions(connection, &branch.id)?;
    let open = decide(connection, &mut plan, request.strategy, &known)?;
    if request.strategy == Strategy::Abort && !plan.conflicts.is_empty() && !request.dry_run {
        return Err(aborted(branch, &plan.conflicts));
    }
    if open > 0 {
        let status = if request.dry_run { "dry_run" } else { "conflicts" };
        if request.strategy == Strategy::Manual {
            plan.open = Some(open);
        }
        let stored = (!request.dry_run).then(|| conflicts::with_decisions(&plan.conflicts, &known));
        return Ok(Verdict::NotNow(answer(branch, request, status, &plan), stored));
    }
    apply_keyed(connection, &mut plan)?;
    if request.dry_run {
        return Ok(Verdict::NotNow(answer(branch, request, "dry_run", &plan), None));
    }
    apply(connection, &plan).map_err(explain_failure)?;
    apply_given(connection, &plan, &known)?;
    let fork = registry.state().fork;
    let mut alterations = Vec::new();
    for (key, sql) in &plan.alterations {
        let alteration = Alteration { fork, sql: sql.clone() };
        store::insert_alteration(connection, key, &alteration)?;
        alterations.push((key.clone(), alteration));
    }
    for (key, sql) in &plan.macros {
        store::save_macro(connection, key, sql.as_deref())?;
    }
    drop_temporary(connection)?;
    let ended = Branch { status: Status::Merged, ended_at: Some(now_micros()), ..Branch::clone(branch) };
    store::update_branch(connection, &ended)?;
    entry.write(connection)?;
    Ok(Verdict::Merged(answer(branch, request, "merged", &plan), alterations))
}

fn answer(branch: &Branch, request: &Merge, status: &str, plan: &Plan) -> Answer {
    Answer::row(
        columns::MERGE,
        vec![
            Some(branch.id.clone()),
            Some(request.strategy.as_str().into()),
            Some(status.into()),
            Some(plan.tables.len().to_string()),
            Some(plan.counts.inserted.to_string()),
            Some(plan.counts.updated.to_string()),
            Some(plan.counts.deleted.to_string()),
            Some(plan.open.unwrap_or(plan.conflicts.len()).to_string()),
            Some(plan.keys.join("; ")),
        ],
    )
}

fn aborted(branch: &Branch, conflicts: &[Conflict]) -> Error {
    let keyless = conflicts.iter().any(|c| c.kind.starts_with("rows without a key"));
    let hint = match keyless {
        true => {
            "nothing was changed and the branch is still open; declare a key with branch_key('table', 'column') to merge row by row, or merge with branch_wins, main_wins or manual"
        }
        false => {
            "nothing was changed and the branch is still open; merge with branch_wins or main_wins, or with manual to decide each one"
        }
    };
    const SHOWN: usize = 10;
    let shown: Vec<String> = conflicts
        .iter()
        .take(SHOWN)
        .map(|c| format!("{} {}: {}", c.table, c.key.as_deref().unwrap_or("(table)"), c.kind))
        .collect();
    let more = conflicts.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Error::new(
        ErrorKind::Conflict,
        format!(
            "the merge of \"{}\" has {} conflict{}: {}{more}",
            branch.name,
            conflicts.len(),
            if conflicts.len() == 1 { "" } else { "s" },
            shown.join("; ")
        ),
    )
    .hint(hint)
}

/// A failure while main's constraints are checked ends the merge; the branch stays open.
pub(super) fn explain_failure(error: Error) -> Error {
    match error.kind {
        ErrorKind::Constraint => {
            let message = format!("the merge would violate a constraint of main: {}", error.message);
            Error { message, position: None, ..error }
                .hint("nothing was merged and the branch is still open; correct the rows named above in the branch or in main and merge again")
        }
        _ => Error { position: None, ..error },
    }
}

/// Gives every conflict its side; says how many stay open.
fn decide(connection: &Connection, plan: &mut Plan, strategy: Strategy, known: &[Resolution]) -> Result<usize> {
    let mut open = 0;
    let mut chosen: HashMap<usize, Side> = HashMap::new();
    for (at, conflict) in plan.conflicts.iter().enumerate() {
        let side = match strategy {
            Strategy::BranchWins => Some(Side::Branch),
            Strategy::MainWins => Some(Side::Main),
            Strategy::Abort => None,
            Strategy::Manual => known.iter().find(|r| r.is_about(conflict)).and_then(Resolution::side),
        };
        match side {
            Some(side) => drop(chosen.insert(at, side)),
            None => open += 1,
        }
    }
    for (at, conflict) in plan.conflicts.iter().enumerate() {
        let (Some(side), Some(key)) = (chosen.get(&at), &conflict.key) else { continue };
        let Some(keyed) = plan.keyed.iter().find(|k| k.table.to_string() == conflict.table) else { continue };
        if strategy == Strategy::Manual {
            let side = if *side == Side::Branch { "branch" } else { "main" };
            connection.execute_with(
                &format!("UPDATE {} SET side = $1 WHERE key_json = $2", keyed.changes),
                &[hatidata_engine::Value::Text(side.into()), hatidata_engine::Value::Text(key.clone())],
            )?;
        }
    }
    if let Strategy::BranchWins | Strategy::MainWins = strategy {
        let side = if strategy == Strategy::BranchWins { "branch" } else { "main" };
        for keyed in &plan.keyed {
            connection.execute(&format!("UPDATE {} SET side = '{side}'", keyed.changes))?;
        }
    }
    for (at, statements, key) in std::mem::take(&mut plan.pending) {
        if chosen.get(&at) == Some(&Side::Branch) {
            plan.definitions.extend(statements);
            plan.tables.push(key.clone());
            plan.alterations.push((key, None));
        }
    }
    plan.macros.retain(|(key, _)| {
        plan.conflicts
            .iter()
            .enumerate()
            .all(|(at, c)| c.table != key.to_string() || chosen.get(&at) == Some(&Side::Branch))
    });
    Ok(open)
}

/// Names the row that breaks a CHECK only after the merge; DuckDB's own message does not.
fn refuse_violations(connection: &Connection, keyed: &Keyed, label: &str) -> Result<()> {
    let rows = connection.query_text(
        "SELECT expression FROM duckdb_constraints() WHERE constraint_type = 'CHECK' AND lower(schema_name) = $1 AND lower(table_name) = $2",
        &[
            hatidata_engine::Value::Text(keyed.table.schema.clone()),
            hatidata_engine::Value::Text(keyed.table.name.clone()),
        ],
    )?;
    let checks: Vec<String> = rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect();
    match keyed.versions(label).find_violation(connection, &checks)? {
        None => Ok(()),
        Some((check, key)) => Err(explain_failure(
            Error::new(ErrorKind::Constraint, format!("CHECK {check} fails for the row {key} of {label}"))
                .state("23514"),
        )),
    }
}

fn apply_keyed(connection: &Connection, plan: &mut Plan) -> Result<()> {
    for at in 0..plan.keyed.len() {
        let keyed = &plan.keyed[at];
        let label = keyed.table.to_string();
        refuse_violations(connection, keyed, &label)?;
        let rows = keyed.versions(&label).apply_keyed(connection)?;
        let key = keyed.table.clone();
        if !rows.counts.is_zero() && !plan.tables.contains(&key) {
            plan.tables.push(key.clone());
        }
        plan.counts.add(rows.counts);
        plan.rows.push((key, rows));
    }
    Ok(())
}

/// Runs the plan by phases: definitions, then rows leave children first and enter parents first.
fn apply(connection: &Connection, plan: &Plan) -> Result<()> {
    for sql in &plan.definitions {
        connection.execute(sql)?;
    }
    let order = parents_first(connection, &plan.rows.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>())?;
    fn of<'a>(plan: &'a Plan, key: &'a TableKey) -> impl Iterator<Item = &'a RowPlan> {
        plan.rows.iter().filter(move |(k, _)| k == key).map(|(_, rows)| rows)
    }
    for key in order.iter().rev() {
        for sql in of(plan, key).flat_map(|rows| &rows.delete) {
            connection.execute(sql)?;
        }
    }
    for key in &order {
        for sql in of(plan, key).flat_map(|rows| rows.update.iter().chain(&rows.insert)) {
            connection.execute(sql)?;
        }
    }
    for sql in &plan.after {
        connection.execute(sql)?;
    }
    Ok(())
}

/// Rows that were decided by giving their values.
fn apply_given(connection: &Connection, plan: &Plan, known: &[Resolution]) -> Result<()> {
    for conflict in &plan.conflicts {
        let Some(given) = known.iter().find(|r| r.is_about(conflict)).and_then(Resolution::values) else { continue };
        let Some(keyed) = plan.keyed.iter().find(|k| k.table.to_string() == conflict.table) else { continue };
        let sets: Vec<String> = given
            .iter()
            .filter(|(column, _)| keyed.columns.iter().any(|c| c.eq_ignore_ascii_case(column)))
            .map(|(column, value)| format!("{} = {}", quote(column), json_literal(value)))
            .collect();
        if sets.is_empty() {
            continue;
        }
        let key_json = conflict.key.clone().unwrap_or_default();
        connection
            .execute_with(
                &format!("UPDATE {} AS m SET {} WHERE {} = $1", keyed.main, sets.join(", "), keyed.identity.json("m")),
                &[hatidata_engine::Value::Text(key_json)],
            )
            .map_err(|e| explain_failure(Error::from(e)))?;
    }
    Ok(())
}

fn json_literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "NULL".into(),
        serde_json::Value::String(text) => hatidata_sql::literal(text),
        other => hatidata_sql::literal(&other.to_string()),
    }
}

/// Tables ordered so that every parent of a foreign key comes before its children.
fn parents_first(connection: &Connection, tables: &[TableKey]) -> Result<Vec<TableKey>> {
    let rows = connection.query_text(
        "SELECT lower(schema_name), lower(table_name), lower(referenced_table) FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'",
        &[],
    )?;
    let mut ordered: Vec<TableKey> = Vec::new();
    let mut left: Vec<TableKey> = tables.to_vec();
    left.dedup();
    while !left.is_empty() {
        let waits = |key: &TableKey| {
            rows.iter().any(|row| {
                row[0].as_deref() == Some(&key.schema)
                    && row[1].as_deref() == Some(&key.name)
                    && left.iter().any(|other| other != key && row[2].as_deref() == Some(&other.name))
            })
        };
        let at = left.iter().position(|key| !waits(key)).unwrap_or(0);
        ordered.push(left.remove(at));
    }
    Ok(ordered)
}

fn drop_temporary(connection: &Connection) -> Result<()> {
    let rows = connection.query_text(
        "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, '_hatidata_')",
        &[],
    )?;
    for name in rows.into_iter().filter_map(|mut row| row.swap_remove(0)) {
        connection.execute(&format!("DROP TABLE temp.{}", quote(&name)))?;
    }
    Ok(())
}
