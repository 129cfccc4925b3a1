//! How a statement is read: as DuckDB's SQL, Snowflake's or PostgreSQL's.
//!
//! With `hatidata_dialect = auto` a statement runs as it is written. Only when the engine cannot read or bind
//! it, it is translated, from Snowflake and then from PostgreSQL, and the first translation that binds runs. What helped is
//! remembered by the statement's shape, so its next run begins there. A named dialect is always translated.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hatidata_engine::{Connection, EngineError, SqlType};
use hatidata_sql::{Dialect, Kind, Spliced, Untranslated, translate};
use parking_lot::Mutex;

use super::functions;
use super::parse::{Query, parse};
use crate::answer::{Answer, AnswerColumn};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

/// `query_transpile`: the dialect, what runs, whether it differs from what was written, and each difference as
/// an object of `position` (bytes), `from` and `to`.
pub(crate) const TRANSPILE_COLUMNS: &[AnswerColumn] = &[
    ("dialect", SqlType::Varchar),
    ("sql", SqlType::Varchar),
    ("rewritten", SqlType::Boolean),
    ("changes", SqlType::Json),
];

/// A statement in DuckDB's SQL with the way back to what the client wrote.
#[derive(Debug)]
pub(crate) struct Translated {
    pub(crate) query: Query,
    spliced: Spliced,
}

/// What is known of statements of other dialects, shared by all sessions.
#[derive(Debug, Default)]
pub(crate) struct Dialects {
    /// By shape: the dialect that helped.
    helped: Mutex<HashMap<u64, Dialect>>,
    translated: Mutex<Translations>,
}

/// By dialect and text, not by the text's hash: another statement's translation must never run.
type Translations = HashMap<Dialect, HashMap<String, Option<Arc<Translated>>>>;

/// Shapes that are remembered with the dialect that helped.
const REMEMBERED_MAX: usize = 20_000;
/// Translations that are kept for a dialect, and the longest text among them: texts with their literals inside are many
/// and may be large.
const TRANSLATED_MAX: usize = 2_000;
const TRANSLATED_BYTES_MAX: usize = 8 << 10;

impl Dialects {
    fn helped(&self, fingerprint: u64) -> Option<Dialect> {
        self.helped.lock().get(&fingerprint).copied()
    }

    fn remember(&self, fingerprint: u64, dialect: Dialect) {
        let mut helped = self.helped.lock();
        if helped.len() >= REMEMBERED_MAX {
            helped.clear();
        }
        helped.insert(fingerprint, dialect);
    }

    fn translate(&self, sql: &str, dialect: Dialect) -> Result<Option<Arc<Translated>>> {
        if dialect == Dialect::DuckDb {
            return Ok(None);
        }
        if let Some(known) = self.translated.lock().get(&dialect).and_then(|texts| texts.get(sql)) {
            return Ok(known.clone());
        }
        let translated = match translate(sql, dialect).map_err(untranslated)? {
            None => None,
            Some(spliced) => {
                let query = parse(&spliced.sql)?.pop().and_then(|query| Arc::try_unwrap(query).ok());
                query.map(|query| Arc::new(Translated { query, spliced }))
            }
        };
        if sql.len() <= TRANSLATED_BYTES_MAX {
            let mut all = self.translated.lock();
            let texts = all.entry(dialect).or_default();
            if texts.len() >= TRANSLATED_MAX {
                texts.clear();
            }
            texts.insert(sql.to_owned(), translated.clone());
        }
        Ok(translated)
    }
}

fn untranslated(found: Untranslated) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{} is not translated to DuckDB", found.construct))
        .at(found.position)
        .hint(found.hint.unwrap_or("write it in DuckDB's SQL; docs/reference/sql-support.md lists what is translated"))
}

/// Makes the functions of every dialect known to the database: ours, and the macros over DuckDB's.
pub(crate) fn install(connection: &Connection) -> std::result::Result<(), EngineError> {
    functions::register(connection)?;
    for dialect in [Dialect::Snowflake, Dialect::Postgres] {
        let mut hasher = DefaultHasher::new();
        dialect.macros().hash(&mut hasher);
        let (schema, version) = (dialect.schema(), hasher.finish());
        let installed = connection.query_text(&format!("SELECT {schema}.macros_version()"), &[]);
        if installed.is_ok_and(|rows| rows.first().and_then(|row| row[0].clone()) == Some(version.to_string())) {
            continue;
        }
        connection.execute("BEGIN")?;
        connection.execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))?;
        for (name, definition) in dialect.macro_statements() {
            connection.execute(&format!("CREATE OR REPLACE MACRO {schema}.\"{name}\"{definition}"))?;
        }
        connection.execute(&format!("CREATE OR REPLACE MACRO {schema}.macros_version() AS '{version}'"))?;
        connection.execute("COMMIT")?;
    }
    Ok(())
}

/// Whether a statement that failed so may be one of another dialect.
fn may_be_foreign(error: &Error) -> bool {
    error.sqlstate.starts_with("42") && error.kind != ErrorKind::Denied && error.kind != ErrorKind::AlreadyExists
        || matches!(error.sqlstate, "0A000" | "3D000" | "25P02")
}

/// How much of a statement was understood before it failed: what got further has the better message.
fn understood(error: &Error) -> u8 {
    match error.sqlstate {
        "42601" => 0,
        "42883" | "42704" => 1,
        "0A000" => 2,
        _ => 3,
    }
}

/// Whether columns of type VARIANT are defined: DuckDB 1.5.5 knows the type, but stores it in no file, and finds
/// that out only when the statement runs, which ends the transaction around it.
fn declares_variant(query: &Query) -> bool {
    matches!(query.statement.kind, Kind::CreateTable { .. } | Kind::AlterTable)
        && query.statement.sql.to_ascii_uppercase().contains("VARIANT")
}

/// Kinds that are the same in all dialects, or ours.
fn is_ours(query: &Query) -> bool {
    query.call.is_some()
        || matches!(
            query.statement.kind,
            Kind::Empty | Kind::Transaction(_) | Kind::Set | Kind::Reset | Kind::Session(_)
        )
}

impl Session {
    /// The dialect that `hatidata_dialect` names; `None` for `auto`.
    fn named_dialect(&self) -> Option<Dialect> {
        Dialect::named(self.setting("hatidata_dialect")?)
    }

    /// Does `work` with `query` as it is read: as it is, or translated; see the module.
    pub(super) fn in_its_dialect<T>(
        &mut self,
        query: &Query,
        mut work: impl FnMut(&mut Session, &Query) -> Result<T>,
    ) -> Result<T> {
        if is_ours(query) {
            return work(self, query);
        }
        let named = self.named_dialect();
        let mut first = None;
        let readings: &[Dialect] = match named {
            Some(dialect) => &[dialect],
            None if declares_variant(query) => &[Dialect::Snowflake, Dialect::DuckDb],
            None => match self.platform().dialects.helped(query.fingerprint) {
                Some(Dialect::Snowflake) => &[Dialect::Snowflake, Dialect::DuckDb, Dialect::Postgres],
                Some(Dialect::Postgres) => &[Dialect::Postgres, Dialect::DuckDb, Dialect::Snowflake],
                _ => &[Dialect::DuckDb, Dialect::Snowflake, Dialect::Postgres],
            },
        };
        for (number, &dialect) in readings.iter().enumerate() {
            let attempt = match (dialect, self.platform().dialects.translate(&query.statement.sql, dialect)) {
                (Dialect::DuckDb, _) => self.speak(dialect).and_then(|()| work(self, query)),
                (_, Ok(None)) if named.is_none() => continue,
                (_, Ok(None)) => self.speak(dialect).and_then(|()| work(self, query)),
                (_, Ok(Some(translated))) => {
                    self.speak(dialect).and_then(|()| work(self, &translated.query)).map_err(|error| Error {
                        position: error.position.map(|p| translated.spliced.original(p)),
                        ..error
                    })
                }
                (_, Err(error)) => Err(error),
            };
            match attempt {
                Ok(done) => {
                    if named.is_none() && dialect != Dialect::DuckDb && number > 0 {
                        self.platform().dialects.remember(query.fingerprint, dialect);
                    }
                    return Ok(done);
                }
                Err(error) if named.is_some() || !may_be_foreign(&error) => return Err(error),
                Err(error) => {
                    // The engine's transaction went with the first failure, which is the one to tell.
                    if error.sqlstate == "25P02" {
                        return Err(first.unwrap_or(error));
                    }
                    if first.as_ref().is_none_or(|best| understood(&error) > understood(best)) {
                        first = Some(error);
                    }
                }
            }
        }
        Err(first.unwrap_or_else(|| Error::internal("no reading of the statement was tried")))
    }

    /// The operation `query.transpile`: what would run for `sql`, in a named dialect or as the session reads it.
    pub(super) fn transpile(&mut self, sql: &str, dialect: Option<&str>) -> Result<Answer> {
        let mut queries = parse(sql)?;
        let (1, Some(query)) = (queries.len(), queries.pop()) else {
            return Err(Error::new(ErrorKind::Syntax, "query_transpile takes one statement")
                .hint("call it once for each statement"));
        };
        let dialect = match dialect {
            Some(name) => Some(Dialect::named(&name.to_ascii_lowercase()).ok_or_else(|| {
                Error::new(ErrorKind::InvalidInput, format!("there is no dialect {name:?}"))
                    .hint("choose duckdb, snowflake or postgres")
            })?),
            None => self.named_dialect(),
        };
        let read = match dialect {
            Some(dialect) => dialect,
            None => {
                self.in_its_dialect(&query, |session, reading| session.describe_reading(reading, &[]).map(drop))?;
                self.spoken
            }
        };
        let translated = self.platform().dialects.translate(&query.statement.sql, read)?;
        let original = &query.statement.sql;
        let splices = translated.as_ref().map_or(&[][..], |t| t.spliced.splices());
        let changes: Vec<serde_json::Value> = splices
            .iter()
            .map(|s| serde_json::json!({"position": s.range.start, "from": &original[s.range.clone()], "to": s.text}))
            .collect();
        let runs = translated.as_ref().map_or(original, |t| &t.query.statement.sql);
        Ok(Answer::row(
            TRANSPILE_COLUMNS,
            vec![
                Some(read.name().to_owned()),
                Some(runs.clone()),
                Some(translated.is_some().to_string()),
                Some(serde_json::Value::Array(changes).to_string()),
            ],
        ))
    }

    /// Whether `sql` can be read in the session's dialect or, with `auto`, in any.
    pub(crate) fn check_syntax_of(&self, sql: &str) -> std::result::Result<(), EngineError> {
        let named = self.named_dialect();
        let translations = [Dialect::Snowflake, Dialect::Postgres];
        let as_written = self.connection().check_syntax(sql);
        if as_written.is_ok() || named == Some(Dialect::DuckDb) {
            return as_written;
        }
        let readable = translations.into_iter().filter(|d| named.is_none_or(|n| n == *d)).any(|dialect| {
            match self.platform().dialects.translate(sql, dialect) {
                Ok(Some(translated)) => self.connection().check_syntax(&translated.query.statement.sql).is_ok(),
                Ok(None) => false,
                // It is refused with its own message when it runs.
                Err(_) => true,
            }
        });
        if readable { Ok(()) } else { as_written }
    }

    /// Sets what the engine itself does differently for statements of `dialect`.
    fn speak(&mut self, dialect: Dialect) -> Result<()> {
        if self.spoken == dialect {
            return Ok(());
        }
        let (nulls, integers) = match dialect {
            Dialect::DuckDb => ("nulls_last", false),
            Dialect::Snowflake => ("nulls_last_on_asc_first_on_desc", false),
            Dialect::Postgres => ("nulls_last_on_asc_first_on_desc", true),
        };
        self.forget_plans();
        self.connection().execute(&format!("SET SESSION default_null_order = '{nulls}'"))?;
        self.connection().execute(&format!("SET SESSION integer_division = {integers}"))?;
        self.spoken = dialect;
        Ok(())
    }
}
