//! Catalogs without internal objects, and with a branch's objects where a session expects them: those of Postgres
//! (`definitions` and the `.sql` files), what its clients write about them (`spelling`), and DuckDB's own lists (`duckdb`).

mod definitions;
mod duckdb;
mod spelling;

pub use definitions::{CatalogFacts, CatalogMacro, CatalogOf, postgres_cast, postgres_function, postgres_relation};
pub use duckdb::{
    CatalogRelation, INTERNAL_PREFIX, Placed, SHOW_ALL_TABLES, SHOW_TABLES, catalog_relation, is_public, show_tables,
};
pub(crate) use spelling::{call_alias, splices as spelling};
