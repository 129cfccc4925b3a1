//! A branch's first write to a table: the copy.

use hatidata_engine::Connection;
use hatidata_sql::{TableKey, quote};

use super::definition::Definition;
use super::model::{Branch, Content, Object, Preserved, State, VERSIONS_SCHEMA};
use super::store;
use crate::error::{Error, ErrorKind, Result};

/// The error for a table that the session does not see.
pub(crate) fn no_such_table(key: &TableKey) -> Error {
    Error::new(ErrorKind::NotFound, format!("Table with name {key} does not exist!"))
        .state("42P01")
        .hint("list the tables: SELECT table_name FROM information_schema.tables")
}

/// The definition of what `branch` sees of main under `key`, and the stored table that holds its rows.
pub(crate) fn base_of(
    connection: &Connection,
    state: &State,
    branch: &Branch,
    key: &TableKey,
) -> Result<Option<(Definition, String)>> {
    match state.version_at(key, branch.fork) {
        Some(version) => Ok(match &version.preserved {
            Preserved::Table { stored, ddl, indexes } => {
                let definition = Definition {
                    schema: version.schema.clone(),
                    name: version.name.clone(),
                    ddl: ddl.clone(),
                    indexes: indexes.clone(),
                };
                Some((definition, format!("{}.{}", quote(VERSIONS_SCHEMA), quote(stored))))
            }
            _ => None,
        }),
        None => Ok(Definition::of_main(connection, key)?.map(|definition| {
            let source = definition.quoted();
            (definition, source)
        })),
    }
}

/// Copies what `branch` sees under `key` into the branch, in the transaction of `connection`.
pub(crate) fn copy_table(connection: &Connection, state: &State, branch: &Branch, key: &TableKey) -> Result<Object> {
    let Some((definition, source)) = base_of(connection, state, branch, key)? else {
        return Err(no_such_table(key));
    };
    ensure_schema(connection, branch, &definition.schema)?;
    let stored = branch.stored(&definition.schema, &definition.name);
    let foreign_keys = definition.create_copy(connection, &stored, &source)?;
    let object = Object {
        schema: definition.schema,
        name: definition.name,
        content: Content::Table { created: false, foreign_keys, alterations: Vec::new() },
    };
    store::save_object(connection, &branch.id, key, Some(&object))?;
    Ok(object)
}

/// Creates the branch's schema for tables of a user's schema; the one for `main` exists already.
pub(crate) fn ensure_schema(connection: &Connection, branch: &Branch, schema: &str) -> Result<()> {
    if !schema.eq_ignore_ascii_case(hatidata_sql::DEFAULT_SCHEMA) {
        connection.execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quote(&branch.schema(schema))))?;
    }
    Ok(())
}
