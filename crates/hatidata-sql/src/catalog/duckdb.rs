//! DuckDB's own lists of objects: which columns hold schema and name, so that internal objects can be hidden and a
//! branch's objects shown where a session expects them.

use crate::name::{ObjectName, literal};

/// The prefix of every schema that no session but an administrator's sees.
pub const INTERNAL_PREFIX: &str = "_hatidata_";

/// A catalog relation, and how its rows name a schema and an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogRelation {
    name: &'static str,
    keys: Keys,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Columns with the schema's and the object's name.
    Names(&'static str, &'static str),
    /// Only a column with the schema's name.
    Schema(&'static str),
}

const RELATIONS: &[(&str, Keys)] = &[
    ("duckdb_tables", Keys::Names("schema_name", "table_name")),
    ("duckdb_columns", Keys::Names("schema_name", "table_name")),
    ("duckdb_views", Keys::Names("schema_name", "view_name")),
    ("duckdb_constraints", Keys::Names("schema_name", "table_name")),
    ("duckdb_indexes", Keys::Names("schema_name", "table_name")),
    ("duckdb_schemas", Keys::Schema("schema_name")),
    ("duckdb_sequences", Keys::Schema("schema_name")),
    ("duckdb_types", Keys::Schema("schema_name")),
    ("duckdb_functions", Keys::Schema("schema_name")),
    ("sqlite_master", Keys::Schema("schema_name")),
    ("sqlite_schema", Keys::Schema("schema_name")),
];

/// The list of DuckDB that `name` means: `duckdb_…` and `sqlite_…`, without a schema or in that of the system.
pub fn catalog_relation(name: &ObjectName) -> Option<CatalogRelation> {
    let in_system = match name.schema.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("main" | "pg_catalog") => true,
        Some(_) => false,
    };
    RELATIONS
        .iter()
        .find(|(known, _)| in_system && known.eq_ignore_ascii_case(&name.name))
        .map(|&(name, keys)| CatalogRelation { name, keys })
}

/// An object of a branch: where it is stored and what the branch calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Schema and name in the database.
    pub stored: (String, String),
    /// Schema and name that the session sees; `None` when it does not see the object.
    pub seen: Option<(String, String)>,
    /// Its definition as its users wrote it, where it is known.
    pub sql: Option<String>,
}

/// The name under which the scanner records `SHOW TABLES`.
pub const SHOW_TABLES: &str = "SHOW TABLES";
/// The name under which the scanner records `SHOW ALL TABLES`.
pub const SHOW_ALL_TABLES: &str = "SHOW ALL TABLES";

impl CatalogRelation {
    /// A query with the rows of the relation that a session may see.
    ///
    /// `placed` lists what a branch session sees differently from main; empty for main.
    pub fn query(&self, placed: &[Placed]) -> String {
        if self.name.starts_with("sqlite_") {
            return sqlite_master(placed);
        }
        let from = format!("{}()", self.name);
        match self.keys {
            Keys::Names(schema, name) => by_name(&from, schema, name, placed),
            Keys::Schema(schema) => format!("SELECT * FROM {from} WHERE {}", is_public(schema)),
        }
    }
}

/// The condition that `column` does not name an internal schema.
pub fn is_public(column: &str) -> String {
    format!("NOT starts_with(coalesce({column}, ''), '{INTERNAL_PREFIX}')")
}

/// A branch's schema before a name in a definition.
const STORED_SCHEMA: &str = "\"?_hatidata_branch_br_[0-9a-f]+(\\.[^\".]*)?\"?\\.";

fn by_name(from: &str, schema: &str, name: &str, placed: &[Placed]) -> String {
    if placed.is_empty() {
        return format!("SELECT * FROM {from} WHERE {}", is_public(schema));
    }
    let text = match from {
        "duckdb_tables()" | "duckdb_views()" | "duckdb_indexes()" => Some("sql"),
        _ => None,
    };
    let definition = text.map_or(String::new(), |column| {
        let plain = format!("regexp_replace(r.{column}, '{STORED_SCHEMA}', '', 'g')");
        if from == "duckdb_tables()" {
            format!(", coalesce(p.seen_sql, {plain}) AS {column}")
        } else {
            format!(", {plain} AS {column}")
        }
    });
    format!(
        "SELECT r.* REPLACE (coalesce(p.seen_schema, r.{schema}) AS {schema}, coalesce(p.seen_name, r.{name}) AS {name}{definition}) \
         FROM {from} r LEFT JOIN {} ON lower(r.{schema}) = p.stored_schema AND lower(r.{name}) = p.stored_name \
         WHERE CASE WHEN p.stored_name IS NULL THEN {} ELSE p.seen_name IS NOT NULL END",
        values(placed),
        is_public(&format!("r.{schema}"))
    )
}

fn values(placed: &[Placed]) -> String {
    let rows: Vec<String> = placed
        .iter()
        .map(|p| {
            let seen = match &p.seen {
                Some((schema, name)) => format!("{}, {}", literal(schema), literal(name)),
                None => "NULL::VARCHAR, NULL::VARCHAR".to_owned(),
            };
            let sql = p.sql.as_deref().map_or("NULL::VARCHAR".to_owned(), literal);
            format!("({}, {}, {seen}, {sql})", literal(&p.stored.0.to_lowercase()), literal(&p.stored.1.to_lowercase()))
        })
        .collect();
    format!("(VALUES {}) AS p(stored_schema, stored_name, seen_schema, seen_name, seen_sql)", rows.join(", "))
}

fn sqlite_master(placed: &[Placed]) -> String {
    let tables = by_name("duckdb_tables()", "schema_name", "table_name", placed);
    let views = by_name("duckdb_views()", "schema_name", "view_name", placed);
    format!(
        "SELECT 'table' AS type, table_name AS name, table_name AS tbl_name, 0 AS rootpage, sql FROM ({tables}) t \
         UNION ALL SELECT 'view', view_name, view_name, 0, sql FROM ({views}) v WHERE NOT internal"
    )
}

/// What `SHOW TABLES` and `SHOW ALL TABLES` run instead.
pub fn show_tables(all: bool, placed: &[Placed]) -> String {
    let tables = by_name("information_schema.tables", "table_schema", "table_name", placed);
    if all {
        let columns = by_name("duckdb_columns()", "schema_name", "table_name", placed);
        format!(
            "SELECT c.database_name AS database, c.schema_name AS schema, c.table_name AS name, \
             list(c.column_name ORDER BY c.column_index) AS column_names, \
             list(c.data_type ORDER BY c.column_index) AS column_types, \
             c.database_name = 'temp' AS temporary FROM ({columns}) c WHERE NOT c.internal GROUP BY ALL ORDER BY ALL"
        )
    } else {
        format!("SELECT table_name AS name FROM ({tables}) t WHERE table_schema = 'main' ORDER BY name")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalog_relations_are_known_by_their_names() {
        let known = |schema: Option<&str>, name: &str| {
            catalog_relation(&ObjectName { catalog: None, schema: schema.map(str::to_owned), name: name.into() })
                .is_some()
        };
        assert!(known(None, "DuckDB_Tables") && known(Some("main"), "duckdb_tables") && known(None, "sqlite_master"));
        assert!(!known(None, "tables") && !known(Some("s"), "duckdb_tables"));
    }
}
