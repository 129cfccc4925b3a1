//! The registry's tables: the only SQL about them.

use std::collections::HashMap;
use std::sync::Arc;

use hatidata_engine::{Connection, Value};
use hatidata_sql::{ObjectName, TableKey};

use super::model::{Alteration, Branch, Object, Preserved, State, Version};
use crate::error::{Error, Result};

/// The registry's own schemas and tables.
pub(crate) const CREATE_TABLES: &str = "
    CREATE SCHEMA IF NOT EXISTS _hatidata_branches;
    CREATE SCHEMA IF NOT EXISTS _hatidata_versions;
    CREATE SCHEMA IF NOT EXISTS _hatidata_sequences;
    CREATE TABLE IF NOT EXISTS _hatidata_branches.branches (id VARCHAR, body VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.objects (branch VARCHAR, schema_key VARCHAR, name_key VARCHAR, body VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.versions (schema_name VARCHAR, name VARCHAR, fork UBIGINT, body VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.alterations (schema_key VARCHAR, name_key VARCHAR, fork UBIGINT, sql VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.macros (schema_key VARCHAR, name_key VARCHAR, sql VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.keys (schema_key VARCHAR, name_key VARCHAR, body VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.sequences (schema_name VARCHAR, sequence_name VARCHAR);
    CREATE TABLE IF NOT EXISTS _hatidata_branches.conflicts (branch VARCHAR, table_name VARCHAR, key VARCHAR, kind VARCHAR,
        base VARCHAR, main VARCHAR, branch_row VARCHAR, resolution VARCHAR)";

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn json<T: serde::Serialize>(value: &T) -> Result<Value> {
    serde_json::to_string(value).map(Value::Text).map_err(|e| Error::internal(format!("registry: {e}")))
}

fn from_json<T: serde::de::DeserializeOwned>(raw: &str) -> Result<T> {
    serde_json::from_str(raw).map_err(|e| {
        Error::internal(format!("the branch registry holds an entry that cannot be read: {e}"))
            .hint("restore the database file from a backup, or open it with the version that wrote it")
    })
}

fn key_of(schema: &str, name: &str) -> TableKey {
    ObjectName::in_schema(schema, name).key()
}

/// Reads the whole registry.
pub(crate) fn load(connection: &Connection) -> Result<State> {
    let catalog = connection
        .query_text("SELECT current_database()", &[])?
        .first()
        .and_then(|row| row[0].clone())
        .unwrap_or_default();
    let mut state = State { catalog, ..State::default() };
    let rows = |sql: &str| -> Result<Vec<Vec<String>>> {
        let rows = connection.query_text(sql, &[])?;
        Ok(rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect())
    };
    for row in rows("SELECT body FROM _hatidata_branches.branches")? {
        let branch: Branch = from_json(&row[0])?;
        state.branches_mut().insert(branch.id.clone(), Arc::new(branch));
    }
    for row in rows("SELECT branch, schema_key, name_key, body FROM _hatidata_branches.objects")? {
        if let Some(branch) = state.branch_mut(&row[0]) {
            let object: Object = from_json(&row[3])?;
            branch.objects.insert(key_of(&row[1], &row[2]), Arc::new(object));
        }
    }
    for row in rows("SELECT schema_name, name, fork, body FROM _hatidata_branches.versions ORDER BY fork")? {
        let version = Version {
            fork: row[2].parse().unwrap_or_default(),
            schema: row[0].clone(),
            name: row[1].clone(),
            preserved: from_json::<Preserved>(&row[3])?,
        };
        state.versions_mut(&key_of(&row[0], &row[1])).push(Arc::new(version));
    }
    for row in connection
        .query_text("SELECT schema_key, name_key, fork, sql FROM _hatidata_branches.alterations ORDER BY rowid", &[])?
    {
        let [Some(schema), Some(name), Some(fork), sql] = row.as_slice() else { continue };
        let alteration = Alteration { fork: fork.parse().unwrap_or_default(), sql: sql.clone() };
        state.add_alteration(key_of(schema, name), alteration);
    }
    state.keys = Arc::new(load_keys(connection)?);
    state.views = Arc::new(load_views(connection)?);
    state.macros = Arc::new(load_macros(connection)?);
    state.derive();
    Ok(state)
}

/// The views of main and of the users' schemas.
pub(crate) fn load_views(connection: &Connection) -> Result<HashMap<TableKey, String>> {
    let rows = connection.query_text(
        "SELECT schema_name, view_name, sql FROM duckdb_views() \
         WHERE NOT internal AND NOT temporary AND NOT starts_with(schema_name, '_hatidata_')",
        &[],
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row.as_slice() {
            [Some(schema), Some(name), Some(sql)] => Some((key_of(schema, name), sql.clone())),
            _ => None,
        })
        .collect())
}

/// The macros that were created on main, with their texts: DuckDB forgets default arguments.
pub(crate) fn load_macros(connection: &Connection) -> Result<HashMap<TableKey, String>> {
    let rows = connection.query_text("SELECT schema_key, name_key, sql FROM _hatidata_branches.macros", &[])?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row.as_slice() {
            [Some(schema), Some(name), Some(sql)] => Some((key_of(schema, name), sql.clone())),
            _ => None,
        })
        .collect())
}

pub(crate) fn save_macro(connection: &Connection, key: &TableKey, sql: Option<&str>) -> Result<()> {
    connection.execute_with(
        "DELETE FROM _hatidata_branches.macros WHERE schema_key = $1 AND name_key = $2",
        &[text(&key.schema), text(&key.name)],
    )?;
    if let Some(sql) = sql {
        connection.execute_with(
            "INSERT INTO _hatidata_branches.macros VALUES ($1, $2, $3)",
            &[text(&key.schema), text(&key.name), text(sql)],
        )?;
    }
    Ok(())
}

pub(crate) fn insert_branch(connection: &Connection, branch: &Branch) -> Result<()> {
    connection
        .execute_with("INSERT INTO _hatidata_branches.branches VALUES ($1, $2)", &[text(&branch.id), json(branch)?])?;
    Ok(())
}

pub(crate) fn update_branch(connection: &Connection, branch: &Branch) -> Result<()> {
    connection.execute_with(
        "UPDATE _hatidata_branches.branches SET body = $2 WHERE id = $1",
        &[text(&branch.id), json(branch)?],
    )?;
    Ok(())
}

pub(crate) fn save_object(
    connection: &Connection,
    branch: &str,
    key: &TableKey,
    object: Option<&Object>,
) -> Result<()> {
    connection.execute_with(
        "DELETE FROM _hatidata_branches.objects WHERE branch = $1 AND schema_key = $2 AND name_key = $3",
        &[text(branch), text(&key.schema), text(&key.name)],
    )?;
    if let Some(object) = object {
        connection.execute_with(
            "INSERT INTO _hatidata_branches.objects VALUES ($1, $2, $3, $4)",
            &[text(branch), text(&key.schema), text(&key.name), json(object)?],
        )?;
    }
    Ok(())
}

pub(crate) fn delete_objects(connection: &Connection, branch: &str) -> Result<()> {
    connection.execute_with("DELETE FROM _hatidata_branches.objects WHERE branch = $1", &[text(branch)])?;
    connection.execute_with("DELETE FROM _hatidata_branches.conflicts WHERE branch = $1", &[text(branch)])?;
    Ok(())
}

pub(crate) fn insert_version(connection: &Connection, version: &Version) -> Result<()> {
    connection.execute_with(
        "INSERT INTO _hatidata_branches.versions VALUES ($1, $2, $3, $4)",
        &[text(&version.schema), text(&version.name), Value::Int(version.fork as i64), json(&version.preserved)?],
    )?;
    Ok(())
}

pub(crate) fn delete_version(connection: &Connection, version: &Version) -> Result<()> {
    connection.execute_with(
        "DELETE FROM _hatidata_branches.versions WHERE schema_name = $1 AND name = $2 AND fork = $3",
        &[text(&version.schema), text(&version.name), Value::Int(version.fork as i64)],
    )?;
    Ok(())
}

pub(crate) fn insert_alteration(connection: &Connection, key: &TableKey, alteration: &Alteration) -> Result<()> {
    let sql = alteration.sql.as_deref().map_or(Value::Null, text);
    connection.execute_with(
        "INSERT INTO _hatidata_branches.alterations VALUES ($1, $2, $3, $4)",
        &[text(&key.schema), text(&key.name), Value::Int(alteration.fork as i64), sql],
    )?;
    Ok(())
}

/// Forgets alterations that no open branch was forked before.
pub(crate) fn delete_alterations(connection: &Connection, before_fork: u64) -> Result<()> {
    connection.execute_with(
        "DELETE FROM _hatidata_branches.alterations WHERE fork < $1",
        &[Value::Int(before_fork as i64)],
    )?;
    Ok(())
}

/// The keys declared with `branch_key`.
pub(crate) fn load_keys(connection: &Connection) -> Result<HashMap<TableKey, Vec<String>>> {
    let rows = connection.query_text("SELECT schema_key, name_key, body FROM _hatidata_branches.keys", &[])?;
    let mut keys = HashMap::new();
    for row in rows {
        if let [Some(schema), Some(name), Some(body)] = row.as_slice() {
            keys.insert(key_of(schema, name), from_json(body)?);
        }
    }
    Ok(keys)
}

/// Forgets the declared key of a table that is dropped.
pub(crate) fn forget_key(connection: &Connection, key: &TableKey) -> Result<()> {
    connection.execute_with(
        "DELETE FROM _hatidata_branches.keys WHERE schema_key = $1 AND name_key = $2",
        &[text(&key.schema), text(&key.name)],
    )?;
    Ok(())
}

pub(crate) fn save_key(connection: &Connection, key: &TableKey, columns: &[String]) -> Result<()> {
    connection.execute_with(
        "DELETE FROM _hatidata_branches.keys WHERE schema_key = $1 AND name_key = $2",
        &[text(&key.schema), text(&key.name)],
    )?;
    connection.execute_with(
        "INSERT INTO _hatidata_branches.keys VALUES ($1, $2, $3)",
        &[text(&key.schema), text(&key.name), json(&columns)?],
    )?;
    Ok(())
}
