//! Sequences that belong to columns: which they are, and when they go.
//!
//! Whether a column still uses one is read off the catalog and the definitions preserved for branches, so
//! dropping a table, a column or a branch needs no book-keeping.

use hatidata_engine::{Connection, Value};
use hatidata_sql::{ObjectName, next_value};

use super::model::{Preserved, State};
use crate::error::Result;

/// Where the sequences of tables created in branches are. A merged table goes on with its numbers.
pub(crate) const SEQUENCES_SCHEMA: &str = "_hatidata_sequences";

/// Remembers that a sequence was made for a column, so that it goes with it.
pub(crate) fn own_sequence(connection: &Connection, name: &ObjectName) -> Result<()> {
    let schema = Value::Text(name.schema.clone().unwrap_or_default());
    connection.execute_with(
        "INSERT INTO _hatidata_branches.sequences VALUES ($1, $2)",
        &[schema, Value::Text(name.name.clone())],
    )?;
    Ok(())
}

/// Drops the sequences that were made for columns and that no column takes its values from any more.
pub(crate) fn drop_unused_sequences(connection: &Connection, state: &State) -> Result<()> {
    let owned = connection.query_text("SELECT schema_name, sequence_name FROM _hatidata_branches.sequences", &[])?;
    if owned.is_empty() {
        return Ok(());
    }
    let mut users: Vec<String> = connection
        .query_text("SELECT column_default FROM duckdb_columns() WHERE contains(column_default, 'nextval(')", &[])?
        .into_iter()
        .filter_map(|mut row| row.swap_remove(0))
        .collect();
    users.extend(state.versions.values().flat_map(|versions| versions.iter()).filter_map(|v| match &v.preserved {
        Preserved::Table { ddl, .. } => Some(ddl.clone()),
        _ => None,
    }));
    for row in owned {
        let [Some(schema), Some(name)] = row.as_slice() else { continue };
        let sequence = ObjectName::in_schema(schema.as_str(), name.as_str()).to_string();
        if users.iter().any(|text| text.contains(&next_value(&sequence))) {
            continue;
        }
        connection.execute(&format!("DROP SEQUENCE IF EXISTS {sequence}"))?;
        connection.execute_with(
            "DELETE FROM _hatidata_branches.sequences WHERE schema_name = $1 AND sequence_name = $2",
            &[Value::Text(schema.clone()), Value::Text(name.clone())],
        )?;
    }
    Ok(())
}
