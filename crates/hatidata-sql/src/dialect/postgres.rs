//! PostgreSQL's SQL: what its words, calls and types become. What its functions do with values is in
//! `postgres.sql`; results are those of PostgreSQL 15.

use std::collections::HashSet;
use std::ops::Range;

use super::Untranslated;
use super::walk::{Call, Context, Edits, Rules, Text, TypePlace};

const SCHEMA: &str = "_hatidata_postgres";

pub(super) struct Postgres<'a> {
    /// Functions that are macros, lower case.
    pub(super) macros: &'a HashSet<String>,
}

impl Rules for Postgres<'_> {
    fn statement(&self, _: &Text<'_>, _: &mut Edits) -> Result<bool, Untranslated> {
        Ok(false)
    }

    fn call(&self, text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated> {
        let function = text.at(call.name.end - 1).to_lowercase();
        let own = call.name.len() == 1 || call.name.len() == 3 && text.is(call.name.start, "pg_catalog");
        if own && self.macros.contains(&function) {
            edits.replace(text.bytes(&call.name), format!("{SCHEMA}.{function}"));
        }
        Ok(())
    }

    fn type_name(&self, _: &Text<'_>, _: &mut Edits, _: &TypePlace) -> Result<(), Untranslated> {
        Ok(())
    }

    fn token(&self, _: &Text<'_>, _: &mut Edits, _: usize, _: &Context<'_>) -> Result<Option<usize>, Untranslated> {
        Ok(None)
    }

    /// A function's or column's name, a cast's operand, else `?column?`.
    fn column_name(&self, text: &Text<'_>, item: Range<usize>) -> Option<String> {
        let mut at = item.start;
        while text.at(at + 1) == "." && at + 2 < item.end {
            at += 2;
        }
        let end = text.operand_end(item.start);
        if at + 1 == item.end && text.is_name(at) {
            return None;
        }
        if end != item.end || !text.is_name(at) {
            return Some(if text.is(item.start, "CASE") { "case" } else { "?column?" }.to_owned());
        }
        Some(crate::name::unquote(text.at(at)).to_lowercase())
    }

    fn names_every_column(&self) -> bool {
        true
    }
}
