//! Renaming views: PostgreSQL takes `ALTER TABLE` for it as well, and a branch has views as texts only.

use std::sync::Arc;

use hatidata_engine::Value;
use hatidata_sql::{Access, Kind, ObjectName, Statement, parse_one, rename_object};

use super::parse::Query;
use crate::branch::{Seen, no_such_table};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

impl Session {
    /// `ALTER VIEW v RENAME TO w` for `ALTER TABLE v RENAME TO w` where `v` is a view.
    pub(super) fn as_alter_view(&self, query: &Query) -> Result<Option<Arc<Query>>> {
        let statement = &query.statement;
        if statement.kind != Kind::AlterTable || statement.named(Access::Create).next().is_none() {
            return Ok(None);
        }
        let Some(view) = statement.named(Access::Alter).next() else { return Ok(None) };
        let key = view.name.key();
        let is_view = if self.is_on_branch() {
            let state = self.registry().state();
            matches!(state.seen(&*self.visible_branch(&state)?, &key), Seen::View(_))
        } else {
            let found = self.connection().query_text(
                "SELECT 1 FROM duckdb_views() WHERE lower(schema_name) = $1 AND lower(view_name) = $2 AND NOT internal",
                &[Value::Text(key.schema), Value::Text(key.name)],
            )?;
            !found.is_empty()
        };
        let word = statement.sql[..view.span.start].to_ascii_uppercase().find("TABLE");
        let Some(at) = word.filter(|_| is_view) else { return Ok(None) };
        // As long as the word it replaces, so that positions stay.
        let sql = format!("{}VIEW {}", &statement.sql[..at], &statement.sql[at + "TABLE".len()..]);
        Ok(super::parse(&sql)?.pop())
    }

    /// `ALTER VIEW v RENAME TO w` in a branch.
    pub(super) fn rename_view_in_branch(&mut self, statement: &Statement) -> Result<()> {
        let (state, branch) = self.transaction_view()?;
        let [from, to] = statement.tables.as_slice() else {
            return Err(Error::new(ErrorKind::Unsupported, "only RENAME TO is possible in ALTER VIEW in a branch")
                .hint("DROP VIEW and CREATE VIEW instead"));
        };
        let Seen::View(sql) = state.seen(&branch, &from.name.key()) else {
            return Err(no_such_table(&from.name.key()).at(from.span.start));
        };
        let new = ObjectName { catalog: None, schema: from.name.schema.clone(), name: to.name.name.clone() };
        if self.exists(&state, &branch, &new.key())? {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("{} already exists", new.key()))
                .state("42P07")
                .at(to.span.start));
        }
        let parsed = |sql: &str| parse_one(sql).map_err(|e| Error::internal(format!("a view's definition: {e}")));
        let create = parsed(&rename_object(&sql, &new.to_string()))?;
        self.create_view(&create, &create.tables[0])?;
        let drop = parsed(&format!("DROP VIEW {}", ObjectName { catalog: None, ..from.name.clone() }))?;
        self.drop_object(&drop, &drop.tables[0], false)
    }
}
