//! Comparing versions of a table row by row: by a key where rows have one, else as multisets.

use std::collections::HashSet;

use hatidata_engine::{Connection, Value};
use hatidata_sql::{TableKey, quote};

use super::model::State;
use crate::error::Result;

/// How the rows of a table are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The columns; empty when rows have no identity.
    pub(crate) columns: Vec<String>,
    /// `primary key`, `unique`, `declared`, `inferred` or `none`.
    pub(crate) how: &'static str,
}

impl Identity {
    const NONE: Identity = Identity { columns: Vec::new(), how: "none" };

    pub(crate) fn is_none(&self) -> bool {
        self.columns.is_empty()
    }

    /// `id (primary key)`
    pub(crate) fn describe(&self) -> String {
        if self.is_none() { "none".into() } else { format!("{} ({})", self.columns.join(", "), self.how) }
    }

    /// The condition that rows of `a` and `b` are the same row. Keys are not null.
    pub(crate) fn equal(&self, a: &str, b: &str) -> String {
        let parts: Vec<String> = self.columns.iter().map(|c| format!("{a}.{0} = {b}.{0}", quote(c))).collect();
        parts.join(" AND ")
    }

    /// The key of row alias `row`, as JSON text.
    pub(crate) fn json(&self, row: &str) -> String {
        json_object(&self.columns, row)
    }

    pub(crate) fn first(&self) -> String {
        self.columns.first().map(|c| quote(c)).unwrap_or_default()
    }
}

/// `json_object('a', row."a", …)` as text.
pub(crate) fn json_object(columns: &[String], row: &str) -> String {
    let parts: Vec<String> =
        columns.iter().map(|c| format!("{}, {row}.{}", hatidata_sql::literal(c), quote(c))).collect();
    format!("json_object({})::VARCHAR", parts.join(", "))
}

/// The columns quoted and joined, each with a prefix.
pub(crate) fn list(columns: &[String], prefix: &str) -> String {
    let parts: Vec<String> = columns.iter().map(|c| format!("{prefix}{}", quote(c))).collect();
    parts.join(", ")
}

/// The condition that two rows differ in any of `columns`.
pub(crate) fn differ(columns: &[String], a: &str, b: &str) -> String {
    let parts: Vec<String> = columns.iter().map(|c| format!("{a}.{0} IS DISTINCT FROM {b}.{0}", quote(c))).collect();
    if parts.is_empty() { "false".into() } else { format!("({})", parts.join(" OR ")) }
}

/// The condition that two rows are equal in all of `columns`, nulls included.
pub(crate) fn same(columns: &[String], a: &str, b: &str) -> String {
    let parts: Vec<String> =
        columns.iter().map(|c| format!("{a}.{0} IS NOT DISTINCT FROM {b}.{0}", quote(c))).collect();
    if parts.is_empty() { "true".into() } else { parts.join(" AND ") }
}

/// One number from a query.
pub(crate) fn count(connection: &Connection, sql: &str) -> Result<u64> {
    let rows = connection.query_text(sql, &[])?;
    Ok(rows.first().and_then(|row| row[0].as_deref()).and_then(|n| n.parse().ok()).unwrap_or(0))
}

/// Whether two versions hold the same rows, as multisets.
pub(crate) fn is_same(connection: &Connection, columns: &[String], a: &str, b: &str) -> Result<bool> {
    let columns = list(columns, "");
    let sql = format!(
        "SELECT (SELECT count(*) FROM (SELECT {columns} FROM {a} EXCEPT ALL SELECT {columns} FROM {b})) \
         + (SELECT count(*) FROM (SELECT {columns} FROM {b} EXCEPT ALL SELECT {columns} FROM {a}))"
    );
    Ok(count(connection, &sql)? == 0)
}

/// Finds the identity of a table's rows.
///
/// `constrained` is the stored table whose constraints count (schema and name); `versions` are the
/// tables in which an inferred key must be unique and not null.
pub(crate) fn identify(
    connection: &Connection,
    state: &State,
    key: &TableKey,
    constrained: (&str, &str),
    columns: &[String],
    versions: &[&str],
) -> Result<Identity> {
    let known: HashSet<String> = columns.iter().map(|c| c.to_lowercase()).collect();
    let in_all = |names: &[String]| !names.is_empty() && names.iter().all(|n| known.contains(&n.to_lowercase()));
    let params = [Value::Text(constrained.0.to_lowercase()), Value::Text(constrained.1.to_lowercase())];
    let constraints = connection.query_text(
        "SELECT constraint_type, array_to_string(constraint_column_names, chr(31)) FROM duckdb_constraints() \
         WHERE lower(schema_name) = $1 AND lower(table_name) = $2 ORDER BY constraint_index",
        &params,
    )?;
    let of_type = |wanted: &str| -> Vec<Vec<String>> {
        constraints
            .iter()
            .filter(|row| row[0].as_deref() == Some(wanted))
            .map(|row| row[1].as_deref().unwrap_or_default().split('\u{1f}').map(str::to_owned).collect())
            .collect()
    };
    if let Some(columns) = of_type("PRIMARY KEY").into_iter().find(|c| in_all(c)) {
        return Ok(Identity { columns, how: "primary key" });
    }
    let not_null: HashSet<String> = of_type("NOT NULL").concat().iter().map(|c| c.to_lowercase()).collect();
    let unique =
        of_type("UNIQUE").into_iter().find(|c| in_all(c) && c.iter().all(|n| not_null.contains(&n.to_lowercase())));
    if let Some(columns) = unique {
        return Ok(Identity { columns, how: "unique" });
    }
    if let Some(columns) = state.keys.get(key)
        && in_all(columns)
    {
        let mut holds = true;
        for version in versions {
            holds &= is_unique(connection, version, columns)?;
        }
        if holds {
            return Ok(Identity { columns: columns.clone(), how: "declared" });
        }
    }
    let types = connection.query_text(
        "SELECT lower(column_name), data_type FROM duckdb_columns() WHERE lower(schema_name) = $1 AND lower(table_name) = $2",
        &params,
    )?;
    for column in columns {
        let data_type = types
            .iter()
            .find(|row| row[0].as_deref() == Some(&column.to_lowercase()))
            .and_then(|row| row[1].clone())
            .unwrap_or_default();
        let unfit =
            ["FLOAT", "DOUBLE", "JSON", "STRUCT", "MAP", "UNION", "BLOB"].iter().any(|t| data_type.starts_with(t))
                || data_type.ends_with(']');
        if unfit {
            continue;
        }
        let candidate = std::slice::from_ref(column);
        let mut holds = true;
        for version in versions {
            holds = holds && is_unique(connection, version, candidate)?;
        }
        if holds {
            return Ok(Identity { columns: vec![column.clone()], how: "inferred" });
        }
    }
    Ok(Identity::NONE)
}

fn is_unique(connection: &Connection, table: &str, columns: &[String]) -> Result<bool> {
    let nulls: Vec<String> = columns.iter().map(|c| format!("{} IS NULL", quote(c))).collect();
    let columns = list(columns, "");
    let sql = format!(
        "SELECT (SELECT count(*) FROM {table} WHERE {}) + \
         (SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1))",
        nulls.join(" OR ")
    );
    Ok(count(connection, &sql)? == 0)
}
