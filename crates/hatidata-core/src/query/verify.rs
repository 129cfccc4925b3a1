//! The second look: DuckDB's own plan of a rewritten statement names nothing that a branch session
//! may not see.
//!
//! The names in a text were found by our scanner; were it ever wrong about one, the statement would
//! read or write main. So before a text runs in a branch for the first time, DuckDB plans it and
//! every table in that plan is compared with what the passes meant. The answer is remembered by the
//! text's shape for as long as the branch registry does not change.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use hatidata_engine::{Connection, SqlType, Value};
use hatidata_sql::{Kind, Statement, fingerprint, parse_one, tokenize, typed_params};
use parking_lot::Mutex;
use serde_json::Value as Json;

use super::meaning::BranchMeaning;
use crate::branch::BRANCH_SCHEMA_PREFIX;
use crate::error::{Error, ErrorKind, Result};

/// Shapes of rewritten statements that were compared, each with the registry's version.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    known: Mutex<HashSet<u64>>,
}

/// A table in a plan.
#[derive(Debug, PartialEq, Eq)]
struct Planned {
    catalog: String,
    schema: String,
    table: String,
    /// Whether the plan changes it.
    target: bool,
}

impl Verified {
    const ENTRIES_MAX: usize = 20_000;

    /// Compares DuckDB's plan of `sql` with what `meaning` allows.
    pub(crate) fn check(
        &self,
        connection: &Connection,
        statement: &Statement,
        sql: &str,
        meaning: &BranchMeaning<'_>,
    ) -> Result<()> {
        let planned_text = match &statement.kind {
            Kind::Explain { .. } => explained(sql),
            _ => sql,
        };
        let Ok(rewritten) = parse_one(planned_text) else { return Err(unreadable(statement)) };
        let mut hasher = DefaultHasher::new();
        (meaning.state.version, &meaning.branch.id, meaning.branch.objects.len(), fingerprint(&rewritten))
            .hash(&mut hasher);
        let key = hasher.finish();
        if self.known.lock().contains(&key) {
            return Ok(());
        }
        let plan_of = |sql: &str| -> Result<Json> {
            let plan = connection.query_text(
                "SELECT json_serialize_plan($1::VARCHAR, optimize := false)::VARCHAR",
                &[Value::Text(sql.to_owned())],
            )?;
            let plan = plan.first().and_then(|row| row[0].as_deref()).unwrap_or_default();
            serde_json::from_str(plan).map_err(|_| unreadable(statement))
        };
        let mut plan = plan_of(planned_text)?;
        if plan["error"] == Json::Bool(true)
            && statement.params > 0
            && let Ok(prepared) = connection.prepare(planned_text)
        {
            // Some expressions cannot be written down with a parameter in them. Its value does not matter
            // for the tables, which the plan names before anything is optimised.
            let nothing = |n: usize| match prepared.params().get(n - 1) {
                None | Some(SqlType::Unknown | SqlType::Null) => Some("VARCHAR:NULL".to_owned()),
                Some(known) => Some(format!("{known}:NULL")),
            };
            plan = plan_of(&typed_params(planned_text, nothing))?;
        }
        if plan["error"] == Json::Bool(true) {
            // The statement does not bind: running it gives the client the better error.
            let binds = connection.prepare(planned_text).is_ok();
            return if binds { Err(unreadable(statement)) } else { Ok(()) };
        }
        let mut planned = Vec::new();
        collect(&plan, &mut planned);
        let own = format!("{BRANCH_SCHEMA_PREFIX}{}", meaning.branch.id);
        for table in &planned {
            let schema = table.schema.to_lowercase();
            let is_own = schema == own || schema.starts_with(&format!("{own}."));
            let is_named = !table.target && meaning.readable.contains(&(schema, table.table.to_lowercase()));
            if !(is_own || is_named || table.catalog == "temp" || table.catalog == "system") {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "this statement reaches the table \"{}\" in a way that cannot be followed in a branch",
                        table.table
                    ),
                )
                .hint("name the table plainly in FROM, or run the statement on main"));
            }
        }
        let mut known = self.known.lock();
        if known.len() >= Self::ENTRIES_MAX {
            known.clear();
        }
        known.insert(key);
        Ok(())
    }
}

/// Table functions that run SQL given as text.
const DYNAMIC: [&str; 3] = ["query", "query_table", "json_execute_serialized_sql"];

/// On main, looks behind table functions that run text: internal tables stay out of reach there too.
pub(crate) fn check_dynamic(connection: &Connection, statement: &Statement, sql: &str) -> Result<()> {
    let dynamic =
        |f: &hatidata_sql::FunctionRef| f.as_table && DYNAMIC.contains(&f.name.name.to_ascii_lowercase().as_str());
    if !statement.functions.iter().any(dynamic) {
        return Ok(());
    }
    let plan = connection.query_text(
        "SELECT json_serialize_plan($1::VARCHAR, optimize := false)::VARCHAR",
        &[Value::Text(sql.to_owned())],
    )?;
    let plan = plan.first().and_then(|row| row[0].as_deref()).unwrap_or_default();
    let plan: Json = serde_json::from_str(plan).map_err(|_| unreadable(statement))?;
    let mut planned = Vec::new();
    collect(&plan, &mut planned);
    match planned.iter().find(|t| t.schema.to_lowercase().starts_with(hatidata_sql::INTERNAL_PREFIX)) {
        Some(table) => Err(crate::branch::no_such_table(
            &hatidata_sql::ObjectName::in_schema(table.schema.as_str(), table.table.as_str()).key(),
        )),
        None => Ok(()),
    }
}

fn unreadable(statement: &Statement) -> Error {
    let error = Error::new(
        ErrorKind::Unsupported,
        "it cannot be checked which tables this statement reaches, so it does not run in a branch",
    );
    match statement.sql.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("PIVOT") => {
            error.hint("name the values: PIVOT t ON column IN ('a', 'b') USING …")
        }
        _ => error.hint("write it in a simpler form, or run it on main"),
    }
}

/// What an EXPLAIN explains.
fn explained(sql: &str) -> &str {
    let tokens = tokenize(sql).unwrap_or_default();
    let mut depth = 0;
    for token in tokens.iter().skip(1) {
        match &sql[token.start..token.end] {
            "(" => depth += 1,
            ")" => depth -= 1,
            word if depth == 0 && !word.eq_ignore_ascii_case("ANALYZE") && !word.eq_ignore_ascii_case("ANALYSE") => {
                return &sql[token.start..];
            }
            _ => {}
        }
    }
    sql
}

/// Every object of the plan that has a schema and a table.
fn collect(json: &Json, out: &mut Vec<Planned>) {
    match json {
        Json::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Json::as_str).map(str::to_owned);
            if let (Some(schema), Some(table)) = (text("schema"), text("table"))
                && !schema.is_empty()
            {
                let target = text("type").is_some_and(|t| t.ends_with("_ENTRY"));
                out.push(Planned { catalog: text("catalog").unwrap_or_default(), schema, table, target });
            }
            map.values().for_each(|value| collect(value, out));
        }
        Json::Array(items) => items.iter().for_each(|value| collect(value, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explained_statement_is_found() {
        for (sql, inner) in [
            ("EXPLAIN SELECT 1", "SELECT 1"),
            ("explain analyze INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"),
            ("EXPLAIN (ANALYZE, FORMAT JSON) SELECT (1)", "SELECT (1)"),
        ] {
            assert_eq!(explained(sql), inner);
        }
    }
}
