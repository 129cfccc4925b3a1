//! Statement + what its names mean now → the text that runs: the ordered list of passes.
//!
//! 1. **names**: each table becomes what the session sees under that name (a branch's copy, a
//!    preserved version, a view's query, a catalog relation without internal objects).
//! 2. **row filters**: a table with a filter is wrapped as a subquery, never joined to the user's
//!    WHERE: what the filter hides must not reach an expression that the user wrote.
//! 3. **functions**: a macro becomes the one that reads the session's tables.
//! 4. **qualified columns**: `main.t.a` loses its schema where `t` now lives in another one.
//!
//! 5. **literals**: `'\x00ff'::bytea` and `'{1,2}'::INTEGER[]` become DuckDB's forms of the same values.
//! 6. **catalogs**: casts to `regclass` and its like, and what clients of Postgres write about catalogs.
//!
//! All passes splice the original text, so positions in errors can be mapped back.

use crate::catalog::{call_alias, catalog_relation, postgres_relation, spelling};
use crate::dialect::postgres::array::literal_as_list;
use crate::lexer::tokenize;
use crate::name::{ObjectName, quote};
use crate::splice::{Splice, Spliced, apply};
use crate::statement::{Access, FunctionRef, Statement, TableRef};

/// What a session sees under a table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The name as written means the right thing.
    AsWritten,
    /// Another table, quoted and qualified.
    Table(String),
    /// The rows of a query.
    Query(String),
}

/// What the passes ask about the names of a statement.
pub trait Meaning {
    /// Why a name cannot be used.
    type Refusal;

    /// What `table` stands for.
    fn table(&mut self, table: &TableRef) -> Result<Source, Self::Refusal>;

    /// The condition that rows of `table` must fulfil for this session.
    fn row_filter(&mut self, table: &TableRef) -> Option<String>;

    /// What to call instead of `function`: text for the name, or for the whole call with its
    /// parentheses when it stands in place of a table.
    fn function(&mut self, function: &FunctionRef) -> Result<Option<Replacement>, Self::Refusal>;

    /// The beginning of a call of a function for casts, such as `regclass`: its name and first arguments.
    fn cast(&mut self, function: &str) -> Result<Option<String>, Self::Refusal>;
}

/// What stands in place of a function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// Another function's name; the arguments stay.
    Name(String),
    /// A query instead of a table function and its arguments.
    Query(String),
    /// An expression instead of a call and its arguments.
    Expression(String),
    /// Another function's name, the parenthesis and first arguments; the arguments that were written follow.
    Call(String),
}

/// Runs the passes over `statement`.
pub fn lower<M: Meaning>(statement: &Statement, meaning: &mut M) -> Result<Spliced, M::Refusal> {
    let mut splices = Vec::new();
    let mut moved = Vec::new();
    for table in &statement.tables {
        let source = meaning.table(table)?;
        let filter = if table.access == Access::Read { meaning.row_filter(table) } else { None };
        let Some(text) = table_text(table, &source, filter) else { continue };
        moved.push(table.name.key());
        splices.push(Splice { range: table.span.clone(), text });
    }
    for function in &statement.functions {
        match meaning.function(function)? {
            None => splices.extend(without_catalog(function, &statement.sql)),
            Some(Replacement::Call(text)) => {
                splices.push(Splice { range: function.span.start..function.args.start, text });
                if function.as_table && !function.has_alias {
                    let end = function.call.end;
                    splices.push(Splice { range: end..end, text: format!(" AS {}", quote(&function.name.name)) });
                } else if !function.as_table {
                    splices.extend(call_alias(&statement.sql, &function.call, &function.name.name));
                }
            }
            Some(Replacement::Name(text)) => splices.push(Splice { range: function.span.clone(), text }),
            Some(Replacement::Query(query)) => {
                let alias =
                    if function.has_alias { String::new() } else { format!(" AS {}", quote(&function.name.name)) };
                splices.push(Splice { range: function.call.clone(), text: format!("({query}){alias}") });
            }
            Some(Replacement::Expression(text)) => {
                splices.extend(call_alias(&statement.sql, &function.call, &function.name.name));
                splices.push(Splice { range: function.call.clone(), text });
            }
        }
    }
    for (range, name) in &statement.qualified_columns {
        if moved.contains(&name.key()) {
            splices.push(Splice { range: range.clone(), text: String::new() });
        }
    }
    splices.extend(hex_literals(&statement.sql));
    splices.extend(array_literals(&statement.sql));
    let catalog = statement.tables.iter().any(|t| t.access == Access::Read && is_catalog(&t.name));
    splices.extend(spelling(&statement.sql, catalog, &mut |function| meaning.cast(function))?);
    Ok(apply(&statement.sql, splices))
}

/// `'{1,2}'::INTEGER[]` is Postgres' form of a list; DuckDB takes no text in braces for one.
fn array_literals(sql: &str) -> Vec<Splice> {
    if !sql.contains("'{") {
        return Vec::new();
    }
    let tokens = tokenize(sql).unwrap_or_default();
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    (0..tokens.len())
        .filter(|&at| text(at).starts_with("'{") && text(at + 1) == "::")
        .filter_map(|at| {
            let words = 1 + usize::from(text(at + 3).eq_ignore_ascii_case("PRECISION"));
            let mut end = at + 2 + words;
            if text(end) == "(" {
                end = (end..tokens.len()).find(|&i| text(i) == ")")? + 1;
            }
            let list = literal_as_list(text(at)).filter(|_| text(end) == "[")?;
            Some(Splice { range: tokens[at].start..tokens[at].end, text: list })
        })
        .collect()
}

/// `'\x00ff'::bytea` is Postgres' form of bytes; DuckDB would read it as one byte and two letters.
fn hex_literals(sql: &str) -> Vec<Splice> {
    if !sql.to_ascii_lowercase().contains("bytea") {
        return Vec::new();
    }
    let tokens = tokenize(sql).unwrap_or_default();
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    (0..tokens.len())
        .filter(|&at| text(at + 1) == "::" && text(at + 2).eq_ignore_ascii_case("bytea"))
        .filter_map(|at| {
            let digits = text(at).strip_prefix("'\\x").and_then(|rest| rest.strip_suffix('\''))?;
            let is_hex = digits.len() > 2 && digits.len() % 2 == 0 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            let bytes: String = (0..digits.len() / 2).map(|i| format!("\\x{}", &digits[2 * i..2 * i + 2])).collect();
            is_hex.then(|| Splice { range: tokens[at].start..tokens[at].end, text: format!("'{bytes}'") })
        })
        .collect()
}

/// `pg_catalog.lower(x)`: DuckDB's functions are in no schema of that name.
fn without_catalog(function: &FunctionRef, sql: &str) -> Option<Splice> {
    let schema = function.name.schema.as_deref()?;
    let dot = sql[function.span.clone()].rfind('.')?;
    schema
        .eq_ignore_ascii_case("pg_catalog")
        .then(|| Splice { range: function.span.start..function.span.start + dot + 1, text: String::new() })
}

fn is_catalog(name: &ObjectName) -> bool {
    postgres_relation(name).is_some() || catalog_relation(name).is_some()
}

fn table_text(table: &TableRef, source: &Source, filter: Option<String>) -> Option<String> {
    let alias =
        if table.can_alias && !table.has_alias { format!(" AS {}", quote(&table.name.name)) } else { String::new() };
    let from = match source {
        Source::AsWritten => table.name.to_string(),
        Source::Table(name) => name.clone(),
        Source::Query(query) => format!("({query})"),
    };
    match (source, filter) {
        (Source::AsWritten, None) => None,
        (_, None) => Some(format!("{from}{alias}")),
        (_, Some(filter)) => {
            let inner = match source {
                Source::Query(_) => format!("{from} AS rows"),
                _ => from,
            };
            Some(format!("(SELECT * FROM {inner} WHERE {filter}){alias}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_one;

    struct Test {
        filter: Option<&'static str>,
    }

    impl Meaning for Test {
        type Refusal = String;

        fn table(&mut self, table: &TableRef) -> Result<Source, String> {
            match table.name.name.as_str() {
                "t" => Ok(Source::Table("\"br\".\"t\"".into())),
                "v" => Ok(Source::Query("SELECT 1 AS a".into())),
                "gone" => Err("gone".into()),
                _ => Ok(Source::AsWritten),
            }
        }

        fn row_filter(&mut self, _: &TableRef) -> Option<String> {
            self.filter.map(str::to_owned)
        }

        fn function(&mut self, function: &FunctionRef) -> Result<Option<Replacement>, String> {
            Ok((function.name.name == "m").then(|| Replacement::Name("\"temp_m\"".into())))
        }

        fn cast(&mut self, _: &str) -> Result<Option<String>, String> {
            Ok(None)
        }
    }

    fn check(sql: &str, expected: &str) {
        let lowered = lower(&parse_one(sql).unwrap(), &mut Test { filter: None }).unwrap();
        assert_eq!(lowered.sql, expected);
    }

    #[test]
    fn names_are_replaced_and_every_other_byte_stays() {
        check(
            "SELECT t.a, main.t.b  FROM t, u x, v, (SELECT m(1) FROM main.t AS q) -- t",
            "SELECT t.a, t.b  FROM \"br\".\"t\" AS \"t\", u x, (SELECT 1 AS a) AS \"v\", (SELECT \"temp_m\"(1) FROM \"br\".\"t\" AS q)",
        );
        check(
            "UPDATE t SET a = (SELECT max(a) FROM t)",
            "UPDATE \"br\".\"t\" SET a = (SELECT max(a) FROM \"br\".\"t\" AS \"t\")",
        );
        check("SELECT '\\x00FF'::bytea, '\\x00', 'x'::bytea", "SELECT '\\x00\\xFF'::bytea, '\\x00', 'x'::bytea");
        check(
            "SELECT '{1,NULL}'::int[], '{\"a,b\",it''s}'::varchar(3)[], '{1}', '{\"a\": 1}'::json",
            "SELECT ['1', NULL]::int[], ['a,b', 'it''s']::varchar(3)[], '{1}', '{\"a\": 1}'::json",
        );
        check("DESCRIBE t", "DESCRIBE \"br\".\"t\"");
        check("INSERT INTO t AS x SELECT 't' FROM t z", "INSERT INTO \"br\".\"t\" AS x SELECT 't' FROM \"br\".\"t\" z");
        check("WITH t AS (SELECT 1) SELECT * FROM t", "WITH t AS (SELECT 1) SELECT * FROM t");
    }

    #[test]
    fn a_row_filter_wraps_the_table_it_hides_rows_of() {
        let statement = parse_one("SELECT * FROM u WHERE secret = 1").unwrap();
        let lowered = lower(&statement, &mut Test { filter: Some("tenant = 'a'") }).unwrap();
        assert_eq!(lowered.sql, "SELECT * FROM (SELECT * FROM \"u\" WHERE tenant = 'a') AS \"u\" WHERE secret = 1");
    }

    #[test]
    fn a_name_that_means_nothing_is_refused() {
        assert_eq!(lower(&parse_one("SELECT * FROM gone").unwrap(), &mut Test { filter: None }), Err("gone".into()));
    }
}
