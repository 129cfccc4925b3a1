//! `SET`, `RESET`, `SHOW` and commands about the session, as statements.

use hatidata_engine::{Column, Mode, SqlType};
use hatidata_sql::{Kind, Setting};

use super::parse::Query;
use super::run::Outcome;
use crate::answer::Answer;
use crate::branch;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

pub(crate) fn show_columns(query: &Query) -> Vec<Column> {
    let text = |name: &str| Column { name: name.to_owned(), sql_type: SqlType::Varchar };
    match &query.setting {
        Some(Setting::ShowAll) => vec![text("name"), text("setting"), text("description")],
        Some(Setting::Show(name)) if name == "timezone" => vec![text("TimeZone")],
        Some(Setting::Show(name)) => vec![text(name)],
        _ => vec![text("setting")],
    }
}

impl Session {
    /// `SHOW t` of a name that is no setting describes a table, as in DuckDB.
    pub(super) fn shown_table(&self, query: &Query) -> Option<String> {
        let Some(Setting::Show(name)) = &query.setting else { return None };
        let plain = !name.contains('.') && self.setting(name).is_none() && !name.starts_with("hatidata_");
        let rest = query.statement.sql.trim().get(4..)?;
        (plain && self.may_be_table(name)).then(|| format!("DESCRIBE{rest}"))
    }

    fn may_be_table(&self, name: &str) -> bool {
        let key = hatidata_sql::ObjectName::bare(name).key();
        let state = self.registry().state();
        let in_branch = self.is_on_branch()
            && self
                .visible_branch(&state)
                .is_ok_and(|b| !matches!(state.seen(&b, &key), branch::Seen::Nothing | branch::Seen::Main));
        in_branch
            || branch::Definition::of_main(self.connection(), &key).is_ok_and(|d| d.is_some())
            || state.views.contains_key(&key)
    }

    pub(super) fn run_setting(&mut self, query: &Query) -> Result<Outcome> {
        let tag = query.statement.kind.tag(0);
        let malformed = || {
            Error::new(ErrorKind::Syntax, "this setting command cannot be read")
                .hint("SET name = value, RESET name, SHOW name")
        };
        if let Kind::Session(word) = &query.statement.kind {
            return self.run_command(query, word);
        }
        let columns: Vec<(&'static str, SqlType)>;
        let rows = match query.setting.as_ref().ok_or_else(malformed)? {
            Setting::Set { name, value, local } => {
                self.set(name, value.as_deref(), *local)?;
                return Ok(Outcome::Done { tag });
            }
            Setting::Reset(name) => {
                self.reset(name)?;
                return Ok(Outcome::Done { tag });
            }
            Setting::ResetAll => {
                self.reset_all()?;
                return Ok(Outcome::Done { tag });
            }
            Setting::Transaction { session, read_only } => {
                match (session, read_only) {
                    (_, None) => {}
                    (true, Some(only)) => {
                        self.set("default_transaction_read_only", Some(if *only { "on" } else { "off" }), false)?;
                    }
                    (false, Some(only)) => self.set_read_only(*only)?,
                }
                return Ok(Outcome::Done { tag });
            }
            Setting::Show(name) => {
                columns = vec![("setting", SqlType::Varchar)];
                vec![vec![Some(self.show(name)?)]]
            }
            Setting::ShowAll => {
                columns =
                    vec![("name", SqlType::Varchar), ("setting", SqlType::Varchar), ("description", SqlType::Varchar)];
                self.show_all()
            }
        };
        let answer = Answer { columns, rows };
        let names: Vec<String> = show_columns(query).iter().map(|c| hatidata_sql::quote(&c.name)).collect();
        let sql = format!("SELECT * FROM ({}) AS shown({})", answer.query(), names.join(", "));
        let rows = self.execute(&sql, &[], Mode::Collect)?;
        Ok(self.open_stream(rows, true, false, None))
    }
}
