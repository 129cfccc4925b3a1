//! The allow-list of statements and table functions for sessions whose names are rewritten.
//!
//! A table function that takes a table's name as text would read main behind a branch's back, and
//! a statement that nobody rewrites could write there. So both are refused unless listed.

use hatidata_sql::{Dialect, Kind, Statement, postgres_function};

use crate::error::{Error, ErrorKind, Result};

/// Table functions that read nothing but their arguments, files (closed by default) or the catalog.
const TABLE_FUNCTIONS: &[&str] = &[
    "unnest",
    "range",
    "generate_series",
    "repeat",
    "repeat_row",
    "json_each",
    "json_tree",
    "regexp_split_to_table",
    "read_csv",
    "read_csv_auto",
    "read_parquet",
    "parquet_scan",
    "read_json",
    "read_json_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_json_objects",
    "read_ndjson_objects",
    "read_text",
    "read_blob",
    "glob",
    "sniff_csv",
    "parquet_metadata",
    "parquet_schema",
    "duckdb_settings",
    "duckdb_types",
    "duckdb_keywords",
    "duckdb_extensions",
    "duckdb_databases",
    "duckdb_functions",
    "duckdb_schemas",
    "duckdb_sequences",
    "duckdb_dependencies",
    "duckdb_memory",
    "duckdb_optimizers",
    "duckdb_temporary_files",
    "duckdb_variables",
    "duckdb_tables",
    "duckdb_columns",
    "duckdb_views",
    "duckdb_constraints",
    "duckdb_indexes",
    "pg_timezone_names",
    "icu_calendar_names",
    "pragma_version",
    "pragma_table_info",
    "pragma_database_size",
    "test_all_types",
    "generate_subscripts",
    "summary",
    "unnest_all",
];

/// Refuses what a branch session cannot be protected against.
///
/// `is_macro` says whether a name is a macro whose body is known and rewritten.
pub(crate) fn refused_in_branch(statement: &Statement, is_macro: impl Fn(&str) -> bool) -> Result<()> {
    let kind = match &statement.kind {
        Kind::Explain { inner, .. } => inner.as_ref(),
        kind => kind,
    };
    let what = match kind {
        Kind::Pragma => Some("PRAGMA".to_owned()),
        Kind::CreateOther(word) => Some(format!("CREATE {word}")),
        Kind::AlterOther(word) => Some(format!("ALTER {word}")),
        Kind::DropOther(word) => Some(format!("DROP {word}")),
        Kind::DropSchema => Some("DROP SCHEMA".to_owned()),
        Kind::Other(word) => Some(word.clone()),
        _ => None,
    };
    if let Some(what) = what {
        return Err(Error::new(ErrorKind::Unsupported, format!("{what} is not possible in a branch"))
            .hint("tables, views and macros can be branched; run this on main: RESET hatidata_branch"));
    }
    for function in statement.functions.iter().filter(|f| f.as_table) {
        let name = function.name.name.to_ascii_lowercase();
        let shows = matches!(name.as_str(), "show tables" | "show all tables");
        let ours = Dialect::has_function(&function.name) || postgres_function(&function.name, true).is_some();
        if !ours && !shows && !TABLE_FUNCTIONS.contains(&name.as_str()) && !is_macro(&name) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("the table function {name} is not possible in a branch: it could read tables behind the branch's back"),
            )
            .hint("name the table in FROM instead")
            .at(function.span.start));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hatidata_sql::parse_one;

    #[test]
    fn only_listed_table_functions_and_statements_pass() {
        let check =
            |sql: &str| refused_in_branch(&parse_one(sql).unwrap(), |name| name == "mine").map_err(|e| e.sqlstate);
        for sql in ["SELECT * FROM range(3)", "SELECT * FROM mine(1)", "INSERT INTO t SELECT 1", "SELECT query('x')"] {
            assert_eq!(check(sql), Ok(()), "{sql}");
        }
        for sql in [
            "SELECT * FROM query('FROM t')",
            "FROM query_table('t')",
            "CREATE SEQUENCE s",
            "ATTACH 'x'",
            "PRAGMA table_info('t')",
        ] {
            assert_eq!(check(sql), Err("0A000"), "{sql}");
        }
    }
}
