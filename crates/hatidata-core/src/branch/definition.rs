//! A table's definition: read from the catalog, created again elsewhere.

use hatidata_engine::{Connection, Value};
use hatidata_sql::{ObjectName, TableKey, quote, rename_object, split_foreign_keys, table_columns};

use crate::error::Result;

/// A stored table as the catalog describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// CREATE TABLE with keys, checks, defaults and generated columns.
    pub(crate) ddl: String,
    /// CREATE INDEX statements.
    pub(crate) indexes: Vec<String>,
}

impl Definition {
    /// The table stored as `schema`.`name`, if it exists in what this transaction sees.
    pub(crate) fn read(connection: &Connection, schema: &str, name: &str) -> Result<Option<Definition>> {
        let params = [Value::Text(schema.to_lowercase()), Value::Text(name.to_lowercase())];
        let rows = connection.query_text(
            "SELECT schema_name, table_name, sql FROM duckdb_tables() \
             WHERE NOT temporary AND lower(schema_name) = $1 AND lower(table_name) = $2",
            &params,
        )?;
        let Some([Some(schema), Some(name), Some(ddl)]) = rows.first().map(Vec::as_slice) else { return Ok(None) };
        let indexes = connection.query_text(
            "SELECT sql FROM duckdb_indexes() WHERE lower(schema_name) = $1 AND lower(table_name) = $2 \
             AND sql IS NOT NULL ORDER BY index_oid",
            &params,
        )?;
        Ok(Some(Definition {
            schema: schema.clone(),
            name: name.clone(),
            ddl: ddl.clone(),
            indexes: indexes.into_iter().filter_map(|mut row| row.swap_remove(0)).collect(),
        }))
    }

    /// The definition of main's `key`.
    pub(crate) fn of_main(connection: &Connection, key: &TableKey) -> Result<Option<Definition>> {
        Definition::read(connection, &key.schema, &key.name)
    }

    /// The columns that can be written, quoted and joined.
    pub(crate) fn writable_columns(&self) -> String {
        columns_text(&self.ddl)
    }

    /// Creates the table as `stored` (quoted and qualified) without its foreign keys, fills it from
    /// `source` in row order, and creates its indexes. Gives the foreign keys left out.
    pub(crate) fn create_copy(&self, connection: &Connection, stored: &str, source: &str) -> Result<Vec<String>> {
        let bare = split_foreign_keys(&self.ddl);
        connection.execute(&rename_object(&bare.sql, stored))?;
        let columns = self.writable_columns();
        connection.execute(&format!("INSERT INTO {stored} ({columns}) SELECT {columns} FROM {source}"))?;
        for index in &self.indexes {
            connection.execute(&rename_object(index, stored))?;
        }
        Ok(bare.foreign_keys)
    }

    /// The quoted and qualified name.
    pub(crate) fn quoted(&self) -> String {
        ObjectName::in_schema(self.schema.as_str(), self.name.as_str()).to_string()
    }
}

/// The writable columns of a CREATE TABLE statement, quoted and joined.
pub(crate) fn columns_text(ddl: &str) -> String {
    let columns: Vec<String> = table_columns(ddl).iter().filter(|c| !c.generated).map(|c| quote(&c.name)).collect();
    columns.join(", ")
}
