//! The columns of every answer about branches.

use hatidata_engine::SqlType;

use crate::answer::AnswerColumn;

pub(crate) use super::create::COLUMNS as CREATE;
pub(crate) use super::discard::COLUMNS as DISCARD;
pub(crate) use super::key::COLUMNS as KEY;
pub(crate) use super::list::COLUMNS as LIST;

/// `branch_query` whose text is a parameter: its rows as JSON.
pub(crate) const QUERY: &[AnswerColumn] = &[("row", SqlType::Json)];
/// `branch_query` of a change without RETURNING.
pub(crate) const ROWS_AFFECTED: &[AnswerColumn] = &[("rows_affected", SqlType::BigInt)];
/// `branch_diff(branch)`
pub(crate) const DIFF: &[AnswerColumn] = &[
    ("table_name", SqlType::Varchar),
    ("status", SqlType::Varchar),
    ("added", SqlType::BigInt),
    ("removed", SqlType::BigInt),
    ("changed", SqlType::BigInt),
    ("schema_changes", SqlType::Varchar),
    ("key_used", SqlType::Varchar),
];
/// `branch_diff(branch, table)`
pub(crate) const DIFF_ROWS: &[AnswerColumn] =
    &[("change", SqlType::Varchar), ("key", SqlType::Json), ("base", SqlType::Json), ("branch", SqlType::Json)];
/// `branch_merge`
pub(crate) const MERGE: &[AnswerColumn] = &[
    ("branch_id", SqlType::Varchar),
    ("strategy", SqlType::Varchar),
    ("status", SqlType::Varchar),
    ("tables_merged", SqlType::Integer),
    ("rows_inserted", SqlType::BigInt),
    ("rows_updated", SqlType::BigInt),
    ("rows_deleted", SqlType::BigInt),
    ("conflicts", SqlType::Integer),
    ("keys_used", SqlType::Varchar),
];
/// `branch_conflicts`
pub(crate) const CONFLICTS: &[AnswerColumn] = &[
    ("table_name", SqlType::Varchar),
    ("key", SqlType::Json),
    ("kind", SqlType::Varchar),
    ("base", SqlType::Json),
    ("main", SqlType::Json),
    ("branch", SqlType::Json),
    ("resolution", SqlType::Varchar),
];
/// `branch_resolve`
pub(crate) const RESOLVE: &[AnswerColumn] = &[
    ("table_name", SqlType::Varchar),
    ("key", SqlType::Json),
    ("resolution", SqlType::Varchar),
    ("open", SqlType::Integer),
];
