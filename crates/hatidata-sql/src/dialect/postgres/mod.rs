//! PostgreSQL's SQL: what its words, calls and types become. What its functions do with values is in
//! `postgres.sql`; results are those of PostgreSQL 15.
//!
//! Two things are left to the engine's own settings while it reads PostgreSQL's statements: `/` of integers
//! is an integer, and NULLs come first in descending order.

pub(crate) mod array;
mod calls;
mod columns;
mod datetime;
pub mod functions;
pub mod json;
mod literals;
mod number;
mod operators;
mod statements;
mod types;

use std::collections::HashSet;
use std::ops::Range;

use super::Untranslated;
use super::walk::{Call, Context, Edits, Rules, Text, TypePlace};

/// The schema of the macros.
const SCHEMA: &str = "_hatidata_postgres";

pub(super) struct Postgres<'a> {
    /// Functions that are macros, lower case.
    pub(super) macros: &'a HashSet<String>,
}

impl Rules for Postgres<'_> {
    fn statement(&self, text: &Text<'_>, edits: &mut Edits) -> Result<bool, Untranslated> {
        statements::rewrite(text, edits).map(|()| false)
    }

    fn call(&self, text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated> {
        calls::rewrite(text, edits, call, self.macros)
    }

    fn type_name(&self, text: &Text<'_>, edits: &mut Edits, place: &TypePlace) -> Result<(), Untranslated> {
        types::rewrite(text, edits, place)
    }

    fn token(
        &self,
        text: &Text<'_>,
        edits: &mut Edits,
        at: usize,
        context: &Context<'_>,
    ) -> Result<Option<usize>, Untranslated> {
        operators::rewrite(text, edits, at, context)
    }

    fn column_name(&self, text: &Text<'_>, item: Range<usize>) -> Option<String> {
        columns::name(text, item)
    }

    fn names_every_column(&self) -> bool {
        true
    }
}
