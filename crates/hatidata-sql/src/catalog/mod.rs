//! Catalogs without internal objects, and with a branch's objects where a session expects them: those of Postgres in
//! `definitions`, and DuckDB's own lists here.

mod definitions;
mod spelling;

pub use definitions::{CatalogFacts, CatalogMacro, CatalogOf, postgres_cast, postgres_function, postgres_relation};
pub(crate) use spelling::splices as spelling;

use crate::name::{ObjectName, literal};

/// The prefix of every schema that no session but an administrator's sees.
pub const INTERNAL_PREFIX: &str = "_hatidata_";

/// A catalog relation, and how its rows name a schema and an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogRelation {
    schema: &'static str,
    name: &'static str,
    keys: Keys,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Columns with the schema's and the object's name.
    Names(&'static str, &'static str),
    /// Only a column with the schema's name.
    Schema(&'static str),
    /// A column with the schema's oid and one with the object's own.
    Oids(&'static str, &'static str),
    /// A column with a relation's oid.
    Relation(&'static str),
}

const RELATIONS: &[(&str, &str, Keys)] = &[
    ("information_schema", "tables", Keys::Names("table_schema", "table_name")),
    ("information_schema", "columns", Keys::Names("table_schema", "table_name")),
    ("information_schema", "views", Keys::Names("table_schema", "table_name")),
    ("information_schema", "table_constraints", Keys::Names("table_schema", "table_name")),
    ("information_schema", "key_column_usage", Keys::Names("table_schema", "table_name")),
    ("information_schema", "constraint_column_usage", Keys::Names("table_schema", "table_name")),
    ("information_schema", "referential_constraints", Keys::Schema("constraint_schema")),
    ("information_schema", "schemata", Keys::Schema("schema_name")),
    ("pg_catalog", "pg_tables", Keys::Names("schemaname", "tablename")),
    ("pg_catalog", "pg_views", Keys::Names("schemaname", "viewname")),
    ("pg_catalog", "pg_indexes", Keys::Names("schemaname", "tablename")),
    ("pg_catalog", "pg_sequences", Keys::Schema("schemaname")),
    ("pg_catalog", "pg_namespace", Keys::Schema("nspname")),
    ("pg_catalog", "pg_class", Keys::Oids("relnamespace", "oid")),
    ("pg_catalog", "pg_constraint", Keys::Relation("conrelid")),
    ("pg_catalog", "pg_attribute", Keys::Relation("attrelid")),
    ("pg_catalog", "pg_attrdef", Keys::Relation("adrelid")),
    ("pg_catalog", "pg_index", Keys::Relation("indrelid")),
    ("main", "duckdb_tables", Keys::Names("schema_name", "table_name")),
    ("main", "duckdb_columns", Keys::Names("schema_name", "table_name")),
    ("main", "duckdb_views", Keys::Names("schema_name", "view_name")),
    ("main", "duckdb_constraints", Keys::Names("schema_name", "table_name")),
    ("main", "duckdb_indexes", Keys::Names("schema_name", "table_name")),
    ("main", "duckdb_schemas", Keys::Schema("schema_name")),
    ("main", "duckdb_sequences", Keys::Schema("schema_name")),
    ("main", "duckdb_types", Keys::Schema("schema_name")),
    ("main", "duckdb_functions", Keys::Schema("schema_name")),
    ("main", "sqlite_master", Keys::Schema("schema_name")),
    ("main", "sqlite_schema", Keys::Schema("schema_name")),
];

/// The catalog relation that `name` means: qualified, or `pg_…` and `duckdb_…` without a schema.
pub fn catalog_relation(name: &ObjectName) -> Option<CatalogRelation> {
    let wanted = name.name.to_ascii_lowercase();
    let schema = name.schema.as_deref().map(str::to_ascii_lowercase);
    RELATIONS
        .iter()
        .find(|(rel_schema, rel_name, _)| {
            *rel_name == wanted
                && match &schema {
                    Some(schema) => schema == rel_schema || (schema == "pg_catalog" && *rel_schema == "main"),
                    None => *rel_schema != "information_schema",
                }
        })
        .map(|&(schema, name, keys)| CatalogRelation { schema, name, keys })
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
        let from = match self.schema {
            "main" => format!("{}()", self.name),
            schema => format!("{schema}.{}", self.name),
        };
        match self.keys {
            Keys::Names(schema, name) => by_name(&from, schema, name, placed),
            Keys::Schema(schema) => format!("SELECT * FROM {from} WHERE {}", is_public(schema)),
            Keys::Oids(schema, _) if placed.is_empty() => {
                format!("SELECT * FROM {from} WHERE {schema} NOT IN ({INTERNAL_OIDS})")
            }
            Keys::Oids(schema, oid) => {
                let main = "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'main' LIMIT 1)";
                format!(
                    "SELECT c.* REPLACE (CASE WHEN c.{schema} IN ({INTERNAL_OIDS}) THEN {main} ELSE c.{schema} END AS {schema}, \
                     coalesce(s.seen_name, c.relname) AS relname) \
                     FROM {from} c JOIN ({}) s ON c.{oid} = s.oid",
                    seen_oids(placed)
                )
            }
            Keys::Relation(oid) if placed.is_empty() => format!(
                "SELECT * FROM {from} WHERE {oid} NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace IN ({INTERNAL_OIDS}))"
            ),
            Keys::Relation(oid) => {
                format!("SELECT * FROM {from} WHERE {oid} IN (SELECT oid FROM ({}) s)", seen_oids(placed))
            }
        }
    }
}

const INTERNAL_OIDS: &str = "SELECT oid FROM pg_catalog.pg_namespace WHERE starts_with(nspname, '_hatidata_')";

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
        "information_schema.views" => Some("view_definition"),
        "pg_catalog.pg_views" => Some("definition"),
        "pg_catalog.pg_indexes" => Some("indexdef"),
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
    let constraint = match from {
        "information_schema.table_constraints"
        | "information_schema.key_column_usage"
        | "information_schema.constraint_column_usage" => {
            ", coalesce(p.seen_schema, r.constraint_schema) AS constraint_schema"
        }
        _ => "",
    };
    format!(
        "SELECT r.* REPLACE (coalesce(p.seen_schema, r.{schema}) AS {schema}, coalesce(p.seen_name, r.{name}) AS {name}{definition}{constraint}) \
         FROM {from} r LEFT JOIN {} ON lower(r.{schema}) = p.stored_schema AND lower(r.{name}) = p.stored_name \
         WHERE CASE WHEN p.stored_name IS NULL THEN {} ELSE p.seen_name IS NOT NULL END",
        values(placed),
        is_public(&format!("r.{schema}"))
    )
}

fn seen_oids(placed: &[Placed]) -> String {
    format!(
        "SELECT c.oid, p.seen_name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN {} ON lower(n.nspname) = p.stored_schema AND lower(c.relname) = p.stored_name \
         WHERE CASE WHEN p.stored_name IS NULL THEN {} ELSE p.seen_name IS NOT NULL END",
        values(placed),
        is_public("n.nspname")
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
        assert!(known(Some("information_schema"), "TABLES"));
        assert!(known(None, "pg_class") && known(Some("pg_catalog"), "pg_class") && known(None, "duckdb_tables"));
        assert!(!known(None, "tables") && !known(Some("main"), "pg_class") && !known(Some("s"), "tables"));
    }
}
