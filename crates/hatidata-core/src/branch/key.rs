//! `branch.key`: declares the columns that identify a row of a table without a key.

use std::sync::Arc;

use hatidata_engine::SqlType;
use hatidata_sql::{ObjectName, TableKey, quote};

use super::definition::Definition;
use super::registry::Registry;
use super::{no_such_table, store};
use crate::answer::{Answer, AnswerColumn};
use crate::audit::Entry;
use crate::error::{Error, ErrorKind, Result};

/// The columns of the answer.
pub(crate) const COLUMNS: &[AnswerColumn] = &[("table_name", SqlType::Varchar), ("key", SqlType::Varchar)];

/// Declares `columns` as the key of main's `table` for diff and merge.
pub(crate) fn declare_key(
    registry: &Registry,
    table: &ObjectName,
    columns: &[String],
    entry: &Entry,
) -> Result<Answer> {
    let key: TableKey = table.key();
    if columns.is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "branch_key needs at least one column")
            .hint("branch_key('orders', 'order_id')"));
    }
    registry.transact(|connection| {
        let Some(definition) = Definition::of_main(connection, &key)? else { return Err(no_such_table(&key)) };
        let known = hatidata_sql::table_columns(&definition.ddl);
        for column in columns {
            if !known.iter().any(|k| k.name.eq_ignore_ascii_case(column)) {
                return Err(Error::new(ErrorKind::NotFound, format!("table {key} has no column \"{column}\""))
                    .state("42703")
                    .hint("check the column names: DESCRIBE the table"));
            }
        }
        let list: Vec<String> = columns.iter().map(|c| quote(c)).collect();
        let list = list.join(", ");
        let nulls: Vec<String> = columns.iter().map(|c| format!("{} IS NULL", quote(c))).collect();
        let bad = connection.query_text(
            &format!(
                "SELECT (SELECT count(*) FROM {0} WHERE {2})::BIGINT, \
                 (SELECT count(*) FROM (SELECT 1 FROM {0} GROUP BY {1} HAVING count(*) > 1))::BIGINT",
                definition.quoted(),
                list,
                nulls.join(" OR ")
            ),
            &[],
        )?;
        if bad.first().is_some_and(|row| row.iter().any(|n| n.as_deref() != Some("0"))) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("({list}) does not identify the rows of {key}: it has nulls or duplicates"),
            )
            .hint("choose columns that are unique and not null"));
        }
        store::save_key(connection, &key, columns)?;
        entry.write(connection)
    })?;
    registry.publish(|state| {
        Arc::make_mut(&mut state.keys).insert(key.clone(), columns.to_vec());
    });
    Ok(Answer::row(COLUMNS, vec![Some(key.to_string()), Some(columns.join(", "))]))
}
