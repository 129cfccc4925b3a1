//! The sequences behind `SERIAL` and identity columns, which DuckDB does not have: made in the transaction
//! of their table, and dropped once no column takes its values from them any more.

use std::sync::Arc;

use hatidata_engine::Value;
use hatidata_sql::{Access, Kind, ObjectName, SerialColumn, Spliced, TableRef, serial_columns, with_sequences};

use super::parse::Query;
use crate::branch;
use crate::error::{Error, Result};
use crate::session::Session;

impl Session {
    /// Makes the sequences that a CREATE TABLE asks for. Gives the statement that uses them, or `None` where
    /// there is nothing to make.
    pub(super) fn make_sequences(&mut self, query: &Query) -> Result<Option<(Arc<Query>, Spliced)>> {
        let columns = serial_columns(&query.statement);
        let Some(table) = query.statement.named(Access::Create).next().filter(|_| !columns.is_empty()) else {
            return Ok(None);
        };
        if !self.in_transaction() {
            self.open_own_transaction();
        }
        self.start_transaction()?;
        let temporary = matches!(query.statement.kind, Kind::CreateTable { temporary: true, .. });
        let names = columns
            .iter()
            .map(|column| self.make_sequence(table, column, temporary))
            .collect::<Result<Vec<String>>>()?;
        let spliced = with_sequences(&query.statement.sql, &columns, &names);
        let rewritten = super::parse(&spliced.sql)?.pop();
        Ok(rewritten.map(|query| (query, spliced)))
    }

    fn make_sequence(&self, table: &TableRef, column: &SerialColumn, temporary: bool) -> Result<String> {
        let wanted = format!("{}_{}_seq", table.name.name, column.name);
        let connection = self.connection();
        if temporary {
            let name = self.unused_name("temp", "main", &wanted)?;
            let created = ObjectName::bare(name.as_str());
            connection.execute(&format!("CREATE TEMP SEQUENCE {created} {}", column.options))?;
            return Ok(ObjectName { catalog: Some("temp".into()), schema: Some("main".into()), name }.to_string());
        }
        // A branch's sequence is nobody else's business until its table is merged, and then numbers go on.
        let (schema, wanted) = match self.is_on_branch() {
            true => {
                let (_, branch) = self.transaction_view()?;
                (branch::SEQUENCES_SCHEMA.to_owned(), format!("{}_{wanted}", branch.id))
            }
            false => {
                let schema = table.name.schema.clone();
                (schema.unwrap_or_else(|| hatidata_sql::DEFAULT_SCHEMA.to_owned()), wanted)
            }
        };
        let name = ObjectName::in_schema(
            schema.as_str(),
            self.unused_name(&self.registry().state().catalog, &schema, &wanted)?,
        );
        connection.execute(&format!("CREATE SEQUENCE {name} {}", column.options)).map_err(|e| {
            let error = Error::from(e);
            Error { position: None, ..error }.at(table.span.start)
        })?;
        branch::own_sequence(connection, &name)?;
        Ok(name.to_string())
    }

    /// `wanted`, with a number behind it if a sequence has that name, as PostgreSQL does.
    fn unused_name(&self, catalog: &str, schema: &str, wanted: &str) -> Result<String> {
        let taken: Vec<String> = self
            .connection()
            .query_text(
                "SELECT lower(sequence_name) FROM duckdb_sequences() WHERE database_name = $1 \
                 AND lower(schema_name) = $2 AND starts_with(lower(sequence_name), $3)",
                &[Value::Text(catalog.into()), Value::Text(schema.to_lowercase()), Value::Text(wanted.to_lowercase())],
            )?
            .into_iter()
            .filter_map(|mut row| row.swap_remove(0))
            .collect();
        let numbered = |n: usize| if n == 0 { wanted.to_owned() } else { format!("{wanted}{n}") };
        let free = (0..=taken.len()).map(numbered).find(|name| !taken.contains(&name.to_lowercase()));
        Ok(free.unwrap_or_else(|| wanted.to_owned()))
    }
}
