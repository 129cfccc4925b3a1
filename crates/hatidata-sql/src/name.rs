//! Names of database objects: reading, comparing and quoting them.

use std::fmt;

use crate::lexer::TokenKind;

/// The schema that unqualified names mean.
pub const DEFAULT_SCHEMA: &str = "main";

/// A table, view or macro as a statement names it, or as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ObjectName {
    /// Database, when given.
    pub catalog: Option<String>,
    /// Schema, when given.
    pub schema: Option<String>,
    /// The name itself, in the case in which it was written.
    pub name: String,
}

impl ObjectName {
    /// A name of one part.
    pub fn bare(name: impl Into<String>) -> Self {
        ObjectName { catalog: None, schema: None, name: name.into() }
    }

    /// A name of two parts.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        ObjectName { catalog: None, schema: Some(schema.into()), name: name.into() }
    }

    /// The form in which names are compared: schema filled in, lower case, catalog dropped.
    pub fn key(&self) -> TableKey {
        TableKey {
            schema: self.schema.as_deref().unwrap_or(DEFAULT_SCHEMA).to_lowercase(),
            name: self.name.to_lowercase(),
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.catalog, &self.schema].into_iter().flatten() {
            write!(f, "{}.", quote(part))?;
        }
        f.write_str(&quote(&self.name))
    }
}

/// A name as the catalog compares it: DuckDB's identifiers keep their case but ignore it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableKey {
    /// Schema, lower case.
    pub schema: String,
    /// Name, lower case.
    pub name: String,
}

impl fmt::Display for TableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema != DEFAULT_SCHEMA {
            write!(f, "{}.", self.schema)?;
        }
        f.write_str(&self.name)
    }
}

/// `name` in double quotes.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a string literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The name at the end of a command such as `RELEASE SAVEPOINT a`, in the form in which it is compared.
pub fn text_of_name(sql: &str) -> Option<String> {
    let tokens = crate::lexer::tokenize(sql).ok()?;
    let last = tokens.get(1..)?.last()?;
    let raw = &sql[last.start..last.end];
    match last.kind {
        TokenKind::Word => Some(raw.to_lowercase()),
        TokenKind::Quoted => Some(unquote(raw)),
        _ => None,
    }
}

/// The name that an identifier token stands for.
pub fn unquote(raw: &str) -> String {
    match raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) {
        Some(body) => body.replace("\"\"", "\""),
        None => raw.to_owned(),
    }
}
