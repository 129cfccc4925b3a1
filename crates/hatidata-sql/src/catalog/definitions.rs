//! The catalogs of Postgres: macros in a database of their own, and how a session calls them.
//!
//! The macros are in the `.sql` files beside this one, one per relation and function, over a few base relations. They
//! live in a hidden database in memory, so nothing of them is in a user's file. It is made twice: for sessions on main,
//! whose base relations are DuckDB's lists, and for those in a branch, whose base relations also ask the registry.
//! Binding the registry's queries costs more than all the rest, and most sessions are on main.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::lexer::{TokenKind, tokenize};
use crate::name::{ObjectName, literal};

/// The files in the order in which they build on each other; `None` stands for the one that differs by session.
const FILES: [Option<&str>; 10] = [
    Some(include_str!("names.sql")),
    None,
    Some(include_str!("base.sql")),
    Some(include_str!("types.sql")),
    Some(include_str!("relations.sql")),
    Some(include_str!("casts.sql")),
    Some(include_str!("functions.sql")),
    Some(include_str!("pg_catalog.sql")),
    Some(include_str!("information_schema.sql")),
    Some(include_str!("empty.sql")),
];

/// For whom a catalog is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CatalogOf {
    /// Sessions on main.
    Main,
    /// Sessions in a branch.
    Branch,
}

impl CatalogOf {
    /// The name of the hidden database.
    pub fn database(self) -> &'static str {
        match self {
            CatalogOf::Main => "_hatidata_main",
            CatalogOf::Branch => "_hatidata_branch",
        }
    }

    /// Whether a statement that was lowered reads a catalog.
    pub fn is_read_by(sql: &str) -> bool {
        [CatalogOf::Main, CatalogOf::Branch].iter().any(|of| sql.contains(of.database()))
    }

    /// The statements that fill the database, in order.
    pub fn statements(self) -> Vec<String> {
        let own = match self {
            CatalogOf::Main => include_str!("main.sql"),
            CatalogOf::Branch => include_str!("branch.sql"),
        };
        let mut statements: Vec<String> =
            ["base", "pg", "info", "reg"].iter().map(|s| format!("CREATE SCHEMA _hatidata.{s}")).collect();
        statements.extend(FILES.iter().flat_map(|file| split(file.unwrap_or(own))).map(str::to_owned));
        statements.iter().map(|s| s.replace("_hatidata.", &format!("{}.", self.database()))).collect()
    }
}

/// The statements of a file.
fn split(file: &'static str) -> Vec<&'static str> {
    let tokens = tokenize(file).unwrap_or_default();
    let mut start = 0;
    let mut statements = Vec::new();
    for token in tokens.iter().filter(|t| t.kind == TokenKind::Symbol && &file[t.start..t.end] == ";") {
        statements.push(file[start..token.start].trim());
        start = token.end;
    }
    statements
}

/// What a session is, as far as catalogs show it.
#[derive(Debug, Clone, Copy)]
pub struct CatalogFacts<'a> {
    /// The id of its branch.
    pub branch: Option<&'a str>,
    /// The database as its client named it.
    pub database: &'a str,
    /// Who it says it is.
    pub role: &'a str,
}

impl CatalogFacts<'_> {
    /// Which catalog the session reads.
    pub fn catalog(&self) -> CatalogOf {
        if self.branch.is_some() { CatalogOf::Branch } else { CatalogOf::Main }
    }

    fn value(&self, parameter: &str) -> Option<String> {
        match parameter {
            "in_branch" => Some(literal(self.branch.unwrap_or_default())),
            "in_database" => Some(literal(self.database)),
            "in_role" => Some(literal(self.role)),
            _ => None,
        }
    }
}

/// A macro of the catalog.
#[derive(Debug, PartialEq, Eq)]
pub struct CatalogMacro {
    /// Schema and name in the hidden database.
    place: &'static str,
    parameters: Vec<&'static str>,
}

/// The macros of a schema that give rows, or that give one value: `pg_partition_ancestors` may be called as either.
type Kind = (&'static str, bool);

static MACROS: LazyLock<HashMap<Kind, HashMap<&'static str, CatalogMacro>>> = LazyLock::new(|| {
    let mut macros: HashMap<Kind, HashMap<&'static str, CatalogMacro>> = HashMap::new();
    let texts = FILES.iter().flatten().flat_map(|file| split(file));
    for text in texts.filter_map(|text| text.split_once("CREATE MACRO _hatidata.")) {
        if let Some((kind, name, found)) = read_macro(text.1) {
            macros.entry(kind).or_default().insert(name, found);
        }
    }
    macros
});

/// The macro whose definition goes on with `rest`: `pg.pg_class(in_branch) AS TABLE …`.
fn read_macro(rest: &'static str) -> Option<(Kind, &'static str, CatalogMacro)> {
    let (place, rest) = rest.split_once('(')?;
    let (schema, name) = place.split_once('.')?;
    let (parameters, body) = rest.split_once(')')?;
    let gives_rows = body.trim_start().strip_prefix("AS").is_some_and(|b| b.trim_start().starts_with("TABLE"));
    let parameters = parameters.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
    Some(((schema, gives_rows), name, CatalogMacro { place, parameters }))
}

impl CatalogMacro {
    /// Whether it takes arguments beside the facts of the session.
    pub fn takes_arguments(&self) -> bool {
        self.parameters.iter().any(|p| !p.starts_with("in_"))
    }

    /// A call up to the first argument that the client gives: `_hatidata_main.pg.col_description('', `.
    /// `has_arguments` says whether there is one.
    pub fn call(&self, facts: &CatalogFacts<'_>, has_arguments: bool) -> String {
        let own: Vec<String> = self.parameters.iter().map_while(|p| facts.value(p)).collect();
        let comma = if has_arguments && !own.is_empty() { ", " } else { "" };
        format!("{}.{}({}{comma}", facts.catalog().database(), self.place, own.join(", "))
    }
}

fn find(schema: &'static str, name: &str, gives_rows: bool) -> Option<&'static CatalogMacro> {
    MACROS.get(&(schema, gives_rows))?.get(name.to_ascii_lowercase().as_str())
}

/// The relation of the catalogs that `name` means: qualified, or `pg_…` without a schema. Its database may be any.
pub fn postgres_relation(name: &ObjectName) -> Option<&'static CatalogMacro> {
    match name.schema.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("pg_catalog") => find("pg", &name.name, true),
        Some("information_schema") => find("info", &name.name, true),
        _ => None,
    }
}

/// The function of the catalogs that `name` means.
pub fn postgres_function(name: &ObjectName, gives_rows: bool) -> Option<&'static CatalogMacro> {
    match name.schema.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("pg_catalog" | "information_schema") => find("pg", &name.name, gives_rows),
        _ => None,
    }
}

/// What a cast to a type like `regclass` calls: for the number, or for the name (`regclass_name`).
pub fn postgres_cast(name: &str) -> Option<&'static CatalogMacro> {
    find("reg", name, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: CatalogFacts<'_> = CatalogFacts { branch: None, database: "db", role: "o'hara" };

    fn name(schema: Option<&str>, name: &str) -> ObjectName {
        ObjectName { catalog: None, schema: schema.map(str::to_owned), name: name.into() }
    }

    #[test]
    fn relations_are_called_with_the_facts_of_the_session() {
        let class = postgres_relation(&name(Some("PG_CATALOG"), "Pg_Class")).unwrap();
        assert_eq!(class.call(&FACTS, false), "_hatidata_main.pg.pg_class(''");
        let branch = CatalogFacts { branch: Some("br_1"), ..FACTS };
        assert_eq!(class.call(&branch, false), "_hatidata_branch.pg.pg_class('br_1'");
        let roles = postgres_relation(&name(None, "pg_roles")).unwrap();
        assert_eq!(roles.call(&FACTS, false), "_hatidata_main.pg.pg_roles('o''hara'");
        assert!(postgres_relation(&name(Some("main"), "pg_class")).is_none());
        assert!(postgres_relation(&name(None, "tables")).is_none());
    }

    #[test]
    fn functions_take_the_facts_before_their_arguments() {
        let description = postgres_function(&name(None, "col_description"), false).unwrap();
        assert_eq!(description.call(&FACTS, true), "_hatidata_main.pg.col_description('', ");
        let quote = postgres_function(&name(Some("pg_catalog"), "quote_ident"), false).unwrap();
        assert_eq!(quote.call(&FACTS, true), "_hatidata_main.pg.quote_ident(");
        assert!(postgres_function(&name(None, "pg_class"), false).is_none());
    }

    #[test]
    fn every_definition_is_read() {
        for of in [CatalogOf::Main, CatalogOf::Branch] {
            let statements = of.statements();
            assert!(statements.iter().all(|s| s.contains("CREATE ")), "{statements:?}");
            assert!(statements.len() > 200);
        }
    }
}
