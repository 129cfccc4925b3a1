//! SQL text → statement → plan, as pure functions: no IO, no engine, no identities.
//!
//! The text is never regenerated: a pass replaces the name of a table in the original text and
//! leaves every other byte alone.

mod call;
mod catalog;
mod command;
mod copy;
mod ddl;
mod dialect;
mod fingerprint;
mod lexer;
mod lower;
mod name;
mod neighbour;
mod parse;
mod scan;
mod serial;
mod setting;
mod splice;
mod statement;

pub use call::{Argument, Call, CallError, Literal, read_call, whole_call};
pub use catalog::{
    CatalogFacts, CatalogMacro, CatalogOf, CatalogRelation, INTERNAL_PREFIX, Placed, SHOW_ALL_TABLES, SHOW_TABLES,
    catalog_relation, is_public, postgres_cast, postgres_function, postgres_relation, show_tables,
};
pub use command::{Command, Declare, Motion, parse_command, replace_params};
pub use copy::{Copy, CopyColumns, CopyError, CopyFormat, CopyHeader, CopyOptions, CopySubject, parse_copy};
pub use ddl::{ColumnDdl, TableDdl, add_constraints, rename_object, split_foreign_keys, table_columns, view_parts};
pub use dialect::{
    Dialect, Untranslated, format as snowflake_format, postgres::functions as postgres_functions,
    postgres::json as postgres_json, translate,
};
pub use fingerprint::fingerprint;
pub use lexer::{LexError, Token, TokenKind, text_value, tokenize};
pub use lower::{Meaning, Replacement, Source, lower};
pub use name::{DEFAULT_SCHEMA, ObjectName, TableKey, literal, quote, text_of_name, unquote};
pub use neighbour::{Neighbour, inserted_params, param_cast, param_neighbour, typed_params, updated_columns};
pub use parse::{Piece, parse, parse_one};
pub use serial::{SerialColumn, next_value, serial_columns, with_sequences};
pub use setting::{Setting, parse_setting};
pub use splice::{Splice, Spliced, apply};
pub use statement::{Access, FunctionRef, Kind, Statement, TableRef, Transaction};
