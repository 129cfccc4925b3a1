//! `branch.diff`: what a branch has changed since it was created.

use hatidata_engine::Connection;
use hatidata_sql::{ObjectName, TableKey, table_columns};

use super::compare::{Identity, differ, identify, is_same, json_object, list};
use super::copy::base_of;
use super::definition::Definition;
use super::model::{Branch, Content, Object, State};
use super::registry::Registry;
use super::{columns, no_such_table};
use crate::answer::Answer;
use crate::error::Result;

/// Runs `work` in a transaction with the state that belongs to its snapshot.
fn reading<T>(registry: &Registry, work: impl FnOnce(&Connection, &State) -> Result<T>) -> Result<T> {
    registry.with_connection(|connection| {
        let state = registry.begin_branch(connection)?;
        let result = work(connection, &state);
        connection.execute("ROLLBACK")?;
        result
    })
}

/// Base and branch of one table, with the columns that both have.
struct Pair {
    base: String,
    branch: String,
    shared: Vec<String>,
    base_columns: Vec<String>,
    branch_columns: Vec<String>,
    identity: Identity,
}

fn writable(ddl: &str) -> Vec<String> {
    table_columns(ddl).iter().filter(|c| !c.generated).map(|c| c.name.clone()).collect()
}

fn pair(
    connection: &Connection,
    state: &State,
    branch: &Branch,
    key: &TableKey,
    object: &Object,
) -> Result<Option<Pair>> {
    let Some((definition, base)) = base_of(connection, state, branch, key)? else { return Ok(None) };
    let schema = branch.schema(&object.schema);
    let Some(own) = Definition::read(connection, &schema, &object.name)? else { return Ok(None) };
    let (base_columns, branch_columns) = (writable(&definition.ddl), writable(&own.ddl));
    let shared: Vec<String> =
        base_columns.iter().filter(|c| branch_columns.iter().any(|b| b.eq_ignore_ascii_case(c))).cloned().collect();
    let stored = own.quoted();
    let identity = identify(connection, state, key, (&schema, &own.name), &shared, &[&base, &stored])?;
    Ok(Some(Pair { base, branch: stored, shared, base_columns, branch_columns, identity }))
}

/// One row for every object that the branch has written.
pub(crate) fn diff(registry: &Registry, name: &str) -> Result<Answer> {
    let rows = reading(registry, |connection, state| {
        let branch = state.open(name)?;
        branch
            .objects
            .iter()
            .map(|(key, object)| summary(connection, state, branch, key, object))
            .collect::<Result<Vec<_>>>()
    })?;
    Ok(Answer { columns: columns::DIFF.to_vec(), rows })
}

fn summary(
    connection: &Connection,
    state: &State,
    branch: &Branch,
    key: &TableKey,
    object: &Object,
) -> Result<Vec<Option<String>>> {
    let line = |status: &str, counts: [u64; 3], changes: String, key_used: String| {
        let mut row = vec![Some(key.to_string()), Some(status.to_owned())];
        row.extend(counts.iter().map(|n| Some(n.to_string())));
        row.extend([Some(changes), Some(key_used)]);
        row
    };
    let count = |table: &str| super::compare::count(connection, &format!("SELECT count(*) FROM {table}"));
    Ok(match &object.content {
        Content::Table { created: true, .. } => {
            let stored = branch.stored(&object.schema, &object.name);
            line("created", [count(&stored)?, 0, 0], String::new(), "none".into())
        }
        Content::View { .. } | Content::Macro { .. } => line("created", [0; 3], String::new(), String::new()),
        Content::Dropped => {
            let removed = match base_of(connection, state, branch, key)? {
                Some((_, base)) => count(&base)?,
                None => 0,
            };
            line("dropped", [0, removed, 0], String::new(), String::new())
        }
        Content::Table { alterations, .. } => {
            let Some(pair) = pair(connection, state, branch, key, object)? else {
                return Ok(line("changed", [0; 3], alterations.join("; "), "none".into()));
            };
            let counts = counts(connection, &pair)?;
            let unchanged = counts == [0; 3]
                && alterations.is_empty()
                && is_same(connection, &pair.shared, &pair.base, &pair.branch)?;
            line(
                if unchanged { "unchanged" } else { "changed" },
                counts,
                alterations.join("; "),
                pair.identity.describe(),
            )
        }
    })
}

/// Rows added, removed and changed.
fn counts(connection: &Connection, pair: &Pair) -> Result<[u64; 3]> {
    let number = |sql: String| super::compare::count(connection, &sql);
    let (base, branch) = (&pair.base, &pair.branch);
    if pair.identity.is_none() {
        let columns = list(&pair.shared, "");
        let except = |a: &str, b: &str| {
            format!("SELECT count(*) FROM (SELECT {columns} FROM {a} EXCEPT ALL SELECT {columns} FROM {b})")
        };
        return Ok([number(except(branch, base))?, number(except(base, branch))?, 0]);
    }
    let k = pair.identity.first();
    let joined = |what: String| {
        format!("SELECT count(*) FROM {base} b FULL JOIN {branch} r ON {} WHERE {what}", pair.identity.equal("b", "r"))
    };
    Ok([
        number(joined(format!("b.{k} IS NULL")))?,
        number(joined(format!("r.{k} IS NULL")))?,
        number(joined(format!("b.{k} IS NOT NULL AND r.{k} IS NOT NULL AND {}", differ(&pair.shared, "b", "r"))))?,
    ])
}

/// The changed rows of one table, with their values in base and branch.
pub(crate) fn diff_rows(registry: &Registry, name: &str, table: &str) -> Result<Answer> {
    let rows = reading(registry, |connection, state| {
        let branch = state.open(name)?;
        let table = hatidata_sql::parse_one(&format!("TABLE {table}"))
            .ok()
            .and_then(|s| s.tables.first().map(|t| t.name.clone()))
            .unwrap_or_else(|| ObjectName::bare(table));
        let key = table.key();
        match branch.objects.get(&key) {
            Some(object) => Ok(connection.query_text(&rows_query(connection, state, branch, &key, object)?, &[])?),
            None if base_of(connection, state, branch, &key)?.is_some() => Ok(Vec::new()),
            None => Err(no_such_table(&key)),
        }
    })?;
    Ok(Answer { columns: columns::DIFF_ROWS.to_vec(), rows })
}

fn rows_query(
    connection: &Connection,
    state: &State,
    branch: &Branch,
    key: &TableKey,
    object: &Object,
) -> Result<String> {
    let one_side = |change: &str, table: &str, columns: &[String]| {
        let row = json_object(columns, "x");
        let (base, own) = if change == "removed" { (row.as_str(), "NULL") } else { ("NULL", row.as_str()) };
        format!(
            "SELECT '{change}', NULL::VARCHAR, {base}::VARCHAR, {own}::VARCHAR FROM (SELECT * FROM {table} ORDER BY rowid) x"
        )
    };
    match &object.content {
        Content::Table { created: true, .. } => {
            let schema = branch.schema(&object.schema);
            let own = Definition::read(connection, &schema, &object.name)?;
            Ok(own.map_or(String::new(), |own| one_side("added", &own.quoted(), &writable(&own.ddl))))
        }
        Content::Dropped => match base_of(connection, state, branch, key)? {
            Some((definition, base)) => Ok(one_side("removed", &base, &writable(&definition.ddl))),
            None => Err(no_such_table(key)),
        },
        Content::Table { .. } => {
            let Some(pair) = pair(connection, state, branch, key, object)? else { return Err(no_such_table(key)) };
            if pair.identity.is_none() {
                let columns = list(&pair.shared, "");
                let except = |change: &str, a: &str, b: &str| {
                    one_side(change, "rows", &pair.shared).replace(
                        "FROM (SELECT * FROM rows ORDER BY rowid) x",
                        &format!("FROM (SELECT {columns} FROM {a} EXCEPT ALL SELECT {columns} FROM {b}) x"),
                    )
                };
                return Ok(format!(
                    "{} UNION ALL {}",
                    except("removed", &pair.base, &pair.branch),
                    except("added", &pair.branch, &pair.base)
                ));
            }
            let k = pair.identity.first();
            let side = |columns: &[String], row: &str| {
                format!("CASE WHEN {row}.{k} IS NOT NULL THEN {} END", json_object(columns, row))
            };
            Ok(format!(
                "SELECT CASE WHEN b.{k} IS NULL THEN 'added' WHEN r.{k} IS NULL THEN 'removed' ELSE 'changed' END, \
                 CASE WHEN b.{k} IS NULL THEN {} ELSE {} END, {}, {} FROM {} b FULL JOIN {} r ON {} \
                 WHERE b.{k} IS NULL OR r.{k} IS NULL OR {} ORDER BY 2",
                pair.identity.json("r"),
                pair.identity.json("b"),
                side(&pair.base_columns, "b"),
                side(&pair.branch_columns, "r"),
                pair.base,
                pair.branch,
                pair.identity.equal("b", "r"),
                differ(&pair.shared, "b", "r"),
            ))
        }
        Content::View { .. } | Content::Macro { .. } => Err(no_such_table(key)),
    }
}
