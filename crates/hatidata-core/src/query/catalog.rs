//! The catalogs of Postgres as a session sees them: the hidden databases that define them, and what a name, a call or a
//! cast in a statement becomes. What they say is in `hatidata-sql/src/catalog`.

use std::collections::HashSet;

use hatidata_engine::Connection;
use hatidata_sql::{
    CatalogFacts, CatalogMacro, CatalogOf, FunctionRef, ObjectName, Replacement, postgres_cast, postgres_function,
    postgres_relation,
};
use parking_lot::Mutex;

use crate::error::Result;
use crate::platform::Platform;
use crate::session::Session;

/// Which catalogs have been defined since the database was opened.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    defined: Mutex<HashSet<CatalogOf>>,
}

impl Platform {
    /// Defines a catalog unless it is there. It takes a tenth of a second, so nobody waits for it who does not ask.
    pub(crate) fn define_catalog(&self, of: CatalogOf) -> Result<()> {
        let mut defined = self.catalogs.defined.lock();
        if !defined.contains(&of) {
            define(&self.database.connect()?, of)?;
            defined.insert(of);
        }
        Ok(())
    }
}

fn define(connection: &Connection, of: CatalogOf) -> Result<()> {
    connection.execute(&format!("ATTACH ':memory:' AS {} (HIDDEN)", of.database()))?;
    connection.execute("BEGIN")?;
    for statement in of.statements() {
        connection.execute(&statement)?;
    }
    connection.execute("COMMIT")?;
    Ok(())
}

impl Session {
    /// A call of a macro of the catalogs, which are there from then on.
    fn call_catalog(&self, found: &CatalogMacro, has_arguments: bool) -> Result<String> {
        let facts = CatalogFacts { branch: self.branch_id(), database: self.database(), role: &self.identity().user };
        self.platform().define_catalog(facts.catalog())?;
        Ok(found.call(&facts, has_arguments))
    }

    /// The query for the rows of a relation of the catalogs.
    pub(super) fn catalog_relation(&self, name: &ObjectName) -> Result<Option<String>> {
        let in_catalog = name.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case("pg_catalog"));
        if in_catalog && name.name.eq_ignore_ascii_case("pg_settings") {
            return Ok(Some(self.settings_query()));
        }
        if in_catalog && name.name.eq_ignore_ascii_case("pg_stat_activity") {
            return Ok(Some(self.platform().activities.query(self.database())));
        }
        let Some(found) = postgres_relation(name) else { return Ok(None) };
        Ok(Some(format!("SELECT * FROM {})", self.call_catalog(found, false)?)))
    }

    /// What a call of a function of the catalogs becomes.
    pub(super) fn catalog_call(&self, function: &FunctionRef) -> Result<Option<Replacement>> {
        let Some(found) = postgres_function(&function.name, function.as_table) else { return Ok(None) };
        if function.as_table && !found.takes_arguments() {
            // What was written in the parentheses makes no difference.
            return Ok(Some(Replacement::Query(format!("SELECT * FROM {})", self.call_catalog(found, false)?))));
        }
        let call = self.call_catalog(found, !function.args.is_empty())?;
        Ok(Some(Replacement::Call(call)))
    }

    /// The beginning of the call that a cast to `regclass` and the like becomes.
    pub(super) fn catalog_cast(&self, function: &str) -> Result<Option<String>> {
        postgres_cast(function).map(|found| self.call_catalog(found, true)).transpose()
    }
}
