//! Statements of other dialects as DuckDB runs them.
//!
//! A dialect is a set of rules that take part in one walk over the tokens of a statement
//! ([`walk`]), and a file of SQL macros that do with values what its functions do. The rules splice: what
//! is the same in both dialects stays as the client wrote it, and an error's position leads back.
//!
//! A text is translated whole or not at all: a construct without a translation is named with its
//! place, never passed on in the hope that it means the same.

pub mod format;
pub(crate) mod postgres;
mod snowflake;
mod walk;

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::name::ObjectName;
use crate::splice::Spliced;

/// The SQL of a session, a statement or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// The engine's own.
    DuckDb,
    /// Snowflake
    Snowflake,
    /// PostgreSQL 15
    Postgres,
}

/// A construct that has no translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untranslated {
    /// What it is, as the subject of a sentence: `Snowflake's CONNECT BY`.
    pub construct: String,
    /// Byte position in the text.
    pub position: usize,
    /// What to write instead.
    pub hint: Option<&'static str>,
}

impl Dialect {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::DuckDb => "duckdb",
            Dialect::Snowflake => "snowflake",
            Dialect::Postgres => "postgres",
        }
    }

    /// The dialect with this name.
    pub fn named(name: &str) -> Option<Dialect> {
        [Dialect::DuckDb, Dialect::Snowflake, Dialect::Postgres].into_iter().find(|d| d.name() == name)
    }

    /// The schema in which its functions are macros.
    pub fn schema(self) -> &'static str {
        match self {
            Dialect::DuckDb => "main",
            Dialect::Snowflake => "_hatidata_snowflake",
            Dialect::Postgres => "_hatidata_postgres",
        }
    }

    /// Whether `name` is one of the dialects' functions, which read nothing but their arguments.
    pub fn has_function(name: &ObjectName) -> bool {
        let of = |schema: &str| [Dialect::Snowflake, Dialect::Postgres].iter().any(|d| d.schema() == schema);
        name.schema.as_deref().is_some_and(of)
    }

    /// CREATE MACRO statements for its functions; names without a schema.
    pub fn macros(self) -> &'static str {
        match self {
            Dialect::DuckDb => "",
            Dialect::Snowflake => include_str!("snowflake.sql"),
            Dialect::Postgres => include_str!("postgres.sql"),
        }
    }
}

impl Dialect {
    /// Its macros as name and what follows the name in CREATE MACRO.
    pub fn macro_statements(self) -> Vec<(String, String)> {
        let lines: Vec<&str> = self.macros().lines().filter(|line| !line.starts_with("--")).collect();
        let file = lines.join("\n") + "\n";
        file.split(";\n")
            .filter_map(|statement| statement.trim().strip_prefix("CREATE MACRO "))
            .map(|rest| {
                let end = rest.find(['(', '\n']).unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), rest[end..].to_owned())
            })
            .collect()
    }
}

/// Names of the macros in a file, lower case.
fn macro_names(file: &str) -> HashSet<String> {
    file.lines()
        .filter_map(|line| line.strip_prefix("CREATE MACRO "))
        .filter_map(|rest| rest.split(['(', ' ']).next())
        .map(str::to_lowercase)
        .collect()
}

static SNOWFLAKE_MACROS: LazyLock<HashSet<String>> = LazyLock::new(|| macro_names(Dialect::Snowflake.macros()));
static POSTGRES_MACROS: LazyLock<HashSet<String>> = LazyLock::new(|| macro_names(Dialect::Postgres.macros()));

/// One statement in `dialect` as DuckDB's SQL; `Ok(None)` when nothing in it needs translation.
pub fn translate(sql: &str, dialect: Dialect) -> Result<Option<Spliced>, Untranslated> {
    let edits = match dialect {
        Dialect::DuckDb => return Ok(None),
        Dialect::Snowflake => walk::walk(sql, &snowflake::Snowflake { macros: &SNOWFLAKE_MACROS })?,
        Dialect::Postgres => walk::walk(sql, &postgres::Postgres { macros: &POSTGRES_MACROS })?,
    };
    Ok((!edits.is_empty()).then(|| edits.apply(sql)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, pairs: &[(&str, &str)]) {
        for (sql, expected) in pairs {
            let translated = translate(sql, dialect).unwrap().map_or((*sql).to_owned(), |s| s.sql);
            let short = translated.replace("_hatidata_snowflake.", "sf.").replace("_hatidata_postgres.", "pg.");
            assert_eq!(short, *expected, "{sql}");
        }
    }

    #[test]
    fn snowflake_is_spliced_where_it_differs() {
        check(
            Dialect::Snowflake,
            &[
                ("SELECT a FROM t -- same", "SELECT a FROM t -- same"),
                ("SELECT iff(a, nvl(b, 1), 2) AS x FROM t", "SELECT sf.iff(a, sf.nvl(b, 1), 2) AS x FROM t"),
                ("SELECT dateadd(mm, -1, d) x", "SELECT sf.dateadd('month', -1, d) x"),
                (
                    "SELECT v:a.b[0]::string FROM t",
                    "SELECT sf.to_varchar(json_extract_string(v, '$.\"a\".\"b\"[0]')) AS \"v:a.b[0]::string\" FROM t",
                ),
                (
                    "SELECT 1 WHERE v:a > 3 AND v:b = 'x'",
                    "SELECT 1 WHERE json_extract_string(v, '$.\"a\"')::DOUBLE > 3 AND json_extract_string(v, '$.\"b\"') = 'x'",
                ),
                ("SELECT 'a' RLIKE 'b' x, c NOT RLIKE 'd' y", "SELECT sf.rlike('a' , 'b') x, NOT sf.rlike(c , 'd') y"),
                ("SELECT a / b / (c + 1) x", "SELECT sf.divide(sf.divide(a , b) , (c + 1)) x"),
                (
                    "SELECT listagg(a, ',') WITHIN GROUP (ORDER BY b) x FROM t",
                    "SELECT coalesce(string_agg(a, ',' ORDER BY b), '') x FROM t",
                ),
                ("SELECT count(*) OVER (PARTITION BY a) x FROM t", "SELECT count(*) OVER (PARTITION BY a) x FROM t"),
                (
                    "CREATE TABLE t (a NUMBER, b STRING DEFAULT 'x', c VARIANT)",
                    "CREATE TABLE t (a DECIMAL(38, 0), b VARCHAR DEFAULT 'x', c JSON)",
                ),
            ],
        );
        let refused = translate("SELECT 1 FROM t CONNECT BY PRIOR a = b", Dialect::Snowflake).unwrap_err();
        assert_eq!((refused.construct.as_str(), refused.position), ("CONNECT BY", 16));
    }

    #[test]
    fn postgresql_is_spliced_where_it_differs() {
        check(
            Dialect::Postgres,
            &[
                ("SELECT a, t.b FROM t", "SELECT a, t.b FROM t"),
                ("SELECT 7 / 2 AS x, a / b AS y", "SELECT 7 / 2 AS x, a / pg._nonzero(b) AS y"),
                ("SELECT a / count(*) FILTER (WHERE b) AS x", "SELECT a / pg._nonzero(count(*) FILTER (WHERE b)) AS x"),
                (
                    "SELECT 1 WHERE a ~ '^b' AND c !~* d",
                    "SELECT 1 AS \"?column?\" WHERE a ~ pg._anywhere('^b') AND c !~ pg._anywhere_in_any_case(d)",
                ),
                (
                    "SELECT 1 AS x WHERE a LIKE 'b%' AND c LIKE 'd\\_%'",
                    "SELECT 1 AS x WHERE a LIKE 'b%' AND c LIKE 'd\\_%' ESCAPE '\\'",
                ),
                (
                    "SELECT j -> 'a' -> 0 ->> 'b' AS x FROM t",
                    "SELECT json_extract_string(json_extract(json_extract(j , '$.\"a\"') , '$[0]') , '$.\"b\"') AS x FROM t",
                ),
                ("SELECT j #>> '{a,1}' AS x FROM t", "SELECT json_extract_string(j , '$.\"a\"[1]') AS x FROM t"),
                ("SELECT '{1,NULL}'::int[] AS x", "SELECT ['1', NULL]::int[] AS x"),
                ("SELECT 1 AS x WHERE a = ANY ('{1,2}')", "SELECT 1 AS x WHERE a = ANY ([1, 2])"),
                ("SELECT a::text || b AS x FROM t", "SELECT pg._text_of(a) || b AS x FROM t"),
                ("SELECT x FROM unnest(a) x", "SELECT x FROM unnest(a) x(x)"),
                ("SELECT generate_series(1, 3) AS x", "SELECT unnest(generate_series(1, 3)) AS x"),
                ("SELECT (a[-1]) AS x, ARRAY[-1] AS y", "SELECT (a[0]) AS x, ARRAY[-1] AS y"),
                ("SELECT '/ ~ ->' AS x -- a / b", "SELECT '/ ~ ->' AS x -- a / b"),
                (
                    "CREATE TABLE t (a float, b jsonb, c numeric)",
                    "CREATE TABLE t (a DOUBLE, b JSON, c DECIMAL(38, 10))",
                ),
                ("CREATE INDEX ON t (a, b)", "CREATE INDEX \"t_a_b_idx\" ON t (a, b)"),
                ("SELECT a INTO t2 FROM t", "CREATE TABLE t2 AS SELECT a  FROM t"),
            ],
        );
        let refused = translate("SELECT 1 WHERE 2 BETWEEN SYMMETRIC 3 AND 1", Dialect::Postgres).unwrap_err();
        assert_eq!((refused.construct.as_str(), refused.position), ("BETWEEN SYMMETRIC", 25));
    }

    #[test]
    fn columns_are_called_as_postgresql_calls_them() {
        for (item, name) in [
            ("count(*)", "count"),
            ("sum(a) OVER (PARTITION BY b)", "sum"),
            ("percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "percentile_cont"),
            ("1::bigint", "int8"),
            ("a::text::int", "a"),
            ("'1'::text::int", "int4"),
            ("CAST('2024-01-31' AS date)", "date"),
            ("interval '1' year", "interval"),
            ("CASE WHEN a THEN 1 END", "case"),
            ("ARRAY[1]", "array"),
            ("(SELECT max(b) FROM t)", "max"),
            ("(a).b", "b"),
            ("a AT TIME ZONE 'UTC'", "timezone"),
            ("trim(leading 'x' from a)", "ltrim"),
            ("a + 1", "?column?"),
            ("true", "?column?"),
        ] {
            let sql = translate(&format!("SELECT {item} FROM t"), Dialect::Postgres).unwrap().unwrap().sql;
            assert!(sql.ends_with(&format!(" AS \"{name}\" FROM t")), "{item}: {sql}");
        }
    }
}
