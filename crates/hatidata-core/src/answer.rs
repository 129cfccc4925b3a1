//! Small results that operations make themselves, turned into a query so that they flow to every
//! door like any other rows, with types.

use hatidata_engine::{Column, SqlType};
use hatidata_sql::{literal, quote};

/// A column of an answer: its name and its DuckDB type.
pub(crate) type AnswerColumn = (&'static str, SqlType);

/// The columns and rows of an answer; values are text that DuckDB casts to the column's type.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<AnswerColumn>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl Answer {
    /// An answer of one row.
    pub(crate) fn row(columns: &[AnswerColumn], values: Vec<Option<String>>) -> Answer {
        Answer { columns: columns.to_vec(), rows: vec![values] }
    }

    /// The query that gives these rows.
    pub(crate) fn query(&self) -> String {
        let cells = |row: &[Option<String>]| -> String {
            let cells: Vec<String> = self
                .columns
                .iter()
                .zip(row)
                .map(|((_, sql_type), value)| match value {
                    Some(value) => format!("CAST({} AS {sql_type})", literal(value)),
                    None => format!("CAST(NULL AS {sql_type})"),
                })
                .collect();
            format!("({})", cells.join(", "))
        };
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quote(name)).collect();
        let nothing = vec![None; self.columns.len()];
        let rows: Vec<String> = match self.rows.is_empty() {
            true => vec![cells(&nothing)],
            false => self.rows.iter().map(|row| cells(row)).collect(),
        };
        let end = if self.rows.is_empty() { " LIMIT 0" } else { "" };
        format!("SELECT * FROM (VALUES {}) AS answer({}){end}", rows.join(", "), names.join(", "))
    }
}

/// Columns as they are described before an operation runs.
pub(crate) fn described(columns: &[AnswerColumn]) -> Vec<Column> {
    columns.iter().map(|(name, sql_type)| Column { name: (*name).to_owned(), sql_type: sql_type.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_a_typed_query() {
        let columns = [("name", SqlType::Varchar), ("n", SqlType::Integer)];
        let answer = Answer::row(&columns, vec![Some("it's".into()), None]);
        assert_eq!(
            answer.query(),
            "SELECT * FROM (VALUES (CAST('it''s' AS VARCHAR), CAST(NULL AS INTEGER))) AS answer(\"name\", \"n\")"
        );
    }
}
