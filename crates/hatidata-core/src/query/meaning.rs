//! What the names of a statement mean in a session: main or a branch, the catalog, operations.

use std::sync::Arc;

use hatidata_sql::{
    Access, Dialect, FunctionRef, Meaning, ObjectName, Placed, Replacement, SHOW_ALL_TABLES, SHOW_TABLES, Source,
    Statement, TableKey, TableRef, catalog_relation, lower, parse_one, quote, show_tables, view_parts,
};

use crate::branch::{Branch, Content, Seen, State, VERSIONS_SCHEMA, macro_key, no_such_table};
use crate::error::{Error, ErrorKind, Result};
use crate::policy::Decision;
use crate::session::Session;

/// Schemas that hold catalogs rather than users' objects.
fn is_system_schema(schema: Option<&str>) -> bool {
    schema.is_some_and(|s| s.eq_ignore_ascii_case("information_schema") || s.eq_ignore_ascii_case("pg_catalog"))
}

/// Refuses names of internal schemas: nobody addresses a branch's storage by hand.
pub(super) fn refuse_internal(name: &ObjectName, position: usize) -> Result<()> {
    let internal = |part: &String| part.to_ascii_lowercase().starts_with(hatidata_sql::INTERNAL_PREFIX);
    if name.schema.iter().chain(&name.catalog).any(internal) {
        return Err(no_such_table(&name.key()).at(position));
    }
    Ok(())
}

/// `warehouse.main.t` in a session that connected to the database `warehouse`, by the name that the engine
/// knows: any name is accepted for the one database.
fn in_this_database(name: &ObjectName, session: &Session) -> Option<String> {
    let known_as = name.catalog.as_ref().filter(|catalog| catalog.eq_ignore_ascii_case(session.database()))?;
    let catalog = session.registry().state().catalog.clone();
    let renamed = !known_as.eq_ignore_ascii_case(&catalog);
    renamed.then(|| ObjectName { catalog: Some(catalog), ..name.clone() }.to_string())
}

/// What the session itself answers for a function: operations in FROM, functions about the session.
pub(crate) type OperationTables<'a> = &'a dyn Fn(&FunctionRef) -> Result<Option<Replacement>>;

/// The catalog without internal objects, for any session, and the public names of internal tables.
fn catalog(name: &ObjectName, placed: &[Placed], session: &Session) -> Result<Option<Source>> {
    if name.schema.is_none() && name.name.eq_ignore_ascii_case("_hatidata_audit") {
        return Ok(Some(Source::Query("SELECT * FROM _hatidata_audit.operations".into())));
    }
    if let Some(query) = session.catalog_relation(name)? {
        return Ok(Some(Source::Query(query)));
    }
    Ok(catalog_relation(name).map(|relation| Source::Query(relation.query(placed))))
}

fn catalog_function(function: &FunctionRef, placed: &[Placed], session: &Session) -> Result<Option<Replacement>> {
    if Dialect::has_function(&function.name) {
        return Ok(None);
    }
    refuse_internal(&function.name, function.span.start)?;
    if let Some(call) = session.catalog_call(function)? {
        return Ok(Some(call));
    }
    Ok(duckdb_function(function, placed))
}

fn duckdb_function(function: &FunctionRef, placed: &[Placed]) -> Option<Replacement> {
    match function.name.name.as_str() {
        SHOW_TABLES => return Some(Replacement::Expression(show_tables(false, placed))),
        SHOW_ALL_TABLES => return Some(Replacement::Expression(show_tables(true, placed))),
        _ => {}
    }
    if !function.as_table || !function.args.is_empty() {
        return None;
    }
    catalog_relation(&function.name).map(|relation| Replacement::Query(relation.query(placed)))
}

/// Names in a session on main.
pub(crate) struct MainMeaning<'a> {
    pub(crate) decision: &'a Decision,
    pub(crate) operations: OperationTables<'a>,
    pub(crate) session: &'a Session,
}

impl Meaning for MainMeaning<'_> {
    type Refusal = Error;

    fn table(&mut self, table: &TableRef) -> Result<Source> {
        refuse_internal(&table.name, table.span.start)?;
        let here = || in_this_database(&table.name, self.session).map_or(Source::AsWritten, Source::Table);
        if table.access != Access::Read {
            return Ok(here());
        }
        Ok(catalog(&table.name, &[], self.session)?.unwrap_or_else(here))
    }

    fn row_filter(&mut self, table: &TableRef) -> Option<String> {
        self.decision.row_filters.get(&table.name.key()).cloned()
    }

    fn function(&mut self, function: &FunctionRef) -> Result<Option<Replacement>> {
        if let Some(replacement) = (self.operations)(function)? {
            return Ok(Some(replacement));
        }
        catalog_function(function, &[], self.session)
    }

    fn cast(&mut self, function: &str) -> Result<Option<String>> {
        self.session.catalog_cast(function)
    }
}

/// Names in a session on a branch.
pub(crate) struct BranchMeaning<'a> {
    pub(crate) state: &'a State,
    pub(crate) branch: &'a Branch,
    pub(crate) decision: &'a Decision,
    /// Lower-case names of the session's temporary tables and views.
    pub(crate) temporary: &'a [String],
    pub(crate) operations: OperationTables<'a>,
    pub(crate) session: &'a Session,
    /// Macros that the statement calls and that read tables: to be created before it runs.
    pub(crate) macros: Vec<(String, String)>,
    /// Stored tables of main and of the versions that the statement may read.
    pub(crate) readable: Vec<(String, String)>,
    /// Where the names lead, for EXPLAIN.
    pub(crate) sources: Vec<(String, String)>,
    /// Whether targets of changes are resolved as if they were read: to describe a statement.
    pub(crate) describe_only: bool,
    /// The object that the statement creates, and where it is stored.
    pub(crate) creates: Option<(TableKey, String)>,
    /// Whether the statement keeps its calls: a column default outlives the session's own macros.
    pub(crate) keeps_calls: bool,
    depth: usize,
    placed: Option<Arc<Vec<Placed>>>,
}

/// Views may refer to views; this many levels are enough for any real schema.
const VIEW_DEPTH_MAX: usize = 64;

impl<'a> BranchMeaning<'a> {
    pub(crate) fn new(
        state: &'a State,
        branch: &'a Branch,
        decision: &'a Decision,
        temporary: &'a [String],
        operations: OperationTables<'a>,
        session: &'a Session,
    ) -> Self {
        BranchMeaning {
            state,
            branch,
            decision,
            temporary,
            operations,
            session,
            macros: Vec::new(),
            readable: Vec::new(),
            sources: Vec::new(),
            describe_only: false,
            creates: None,
            keeps_calls: false,
            depth: 0,
            placed: None,
        }
    }

    fn placed(&mut self) -> Arc<Vec<Placed>> {
        if let Some(placed) = &self.placed {
            return Arc::clone(placed);
        }
        let placed = Arc::new(placed(self.state, self.branch));
        self.placed = Some(Arc::clone(&placed));
        placed
    }

    /// The catalogs of a branch read the registry.
    fn read_registry(&mut self) {
        for table in ["branches", "objects", "versions", "alterations"] {
            let place = ("_hatidata_branches".to_owned(), table.to_owned());
            if !self.readable.contains(&place) {
                self.readable.push(place);
            }
        }
    }

    fn note_source(&mut self, key: &TableKey, source: &str) {
        self.sources.push((key.to_string(), source.to_owned()));
    }

    /// What a name that is read means.
    fn read(&mut self, name: &ObjectName, position: usize) -> Result<Source> {
        let key = name.key();
        let seen = self.state.seen(self.branch, &key);
        Ok(match seen {
            Seen::Nothing => return Err(no_such_table(&key).at(position)),
            Seen::Own(object) => {
                self.note_source(&key, "the branch's own copy");
                Source::Table(self.branch.stored(&object.schema, &object.name))
            }
            Seen::Kept(stored) => {
                self.note_source(&key, "the version of main that the branch was created from");
                if let Some(table) = stored.split_once('.').map(|(_, table)| hatidata_sql::unquote(table)) {
                    self.readable.push((VERSIONS_SCHEMA.to_owned(), table.to_lowercase()));
                }
                Source::Table(stored)
            }
            Seen::View(sql) => self.view(&key, &sql)?,
            Seen::Main | Seen::Macro(_) => {
                self.note_source(&key, "main, unchanged since the branch was created");
                self.readable.push((key.schema.clone(), key.name.clone()));
                Source::Table(
                    ObjectName {
                        catalog: Some(self.state.catalog.clone()),
                        schema: Some(name.schema.clone().unwrap_or_else(|| "main".into())),
                        name: name.name.clone(),
                    }
                    .to_string(),
                )
            }
        })
    }

    /// `pragma_table_info('t')` of what the branch sees as `t`.
    fn table_info(&mut self, function: &FunctionRef) -> Result<Option<Replacement>> {
        let refused = || {
            Error::new(ErrorKind::Unsupported, "pragma_table_info takes the name of a table as a literal in a branch")
                .at(function.span.start)
                .hint("DESCRIBE the table instead")
        };
        let name = function.name_argument.as_deref().ok_or_else(refused)?;
        let statement = parse_one(&format!("TABLE {name}")).map_err(|_| refused())?;
        let table = statement.tables.first().ok_or_else(refused)?;
        let stored = match self.read(&table.name, function.span.start)? {
            Source::Table(stored) => stored,
            _ => return Err(refused()),
        };
        Ok(Some(Replacement::Query(format!("SELECT * FROM pragma_table_info({})", hatidata_sql::literal(&stored)))))
    }

    /// A view's query with its own names resolved.
    fn view(&mut self, key: &TableKey, sql: &str) -> Result<Source> {
        let unreadable = || Error::new(ErrorKind::Unsupported, format!("the view {key} cannot be read in a branch"));
        if self.depth >= VIEW_DEPTH_MAX {
            return Err(unreadable().hint("views are nested too deeply"));
        }
        let (columns, query) = view_parts(sql).ok_or_else(unreadable)?;
        let statement = parse_one(&query).map_err(|_| unreadable())?;
        self.depth += 1;
        let lowered = lower(&statement, self).map_err(|e| Error { position: None, ..e });
        self.depth -= 1;
        let query = lowered?.sql;
        Ok(Source::Query(if columns.is_empty() {
            query
        } else {
            format!("SELECT * FROM ({query}) AS view_rows{columns}")
        }))
    }
}

impl Meaning for BranchMeaning<'_> {
    type Refusal = Error;

    fn table(&mut self, table: &TableRef) -> Result<Source> {
        refuse_internal(&table.name, table.span.start)?;
        let name = &table.name;
        let bare = name.schema.is_none() && name.catalog.is_none();
        if bare && self.temporary.contains(&name.name.to_lowercase())
            || name.schema.as_deref() == Some("temp")
            || name.catalog.as_deref() == Some("temp")
        {
            return Ok(Source::AsWritten);
        }
        if let Some((key, stored)) = &self.creates
            && table.access == Access::Create
            && *key == name.key()
        {
            return Ok(Source::Table(stored.clone()));
        }
        match table.access {
            Access::Read => {
                let placed = if catalog_relation(name).is_some() { self.placed() } else { Arc::default() };
                if let Some(source) = catalog(name, &placed, self.session)? {
                    self.read_registry();
                    return Ok(source);
                }
                if is_system_schema(name.schema.as_deref()) || bare && name.name.to_lowercase().starts_with("pg_") {
                    return Ok(Source::AsWritten);
                }
                self.read(name, table.span.start)
            }
            _ if self.describe_only => self.read(name, table.span.start),
            _ => match self.state.seen(self.branch, &name.key()) {
                Seen::Own(object) => {
                    self.note_source(&name.key(), "the branch's own copy");
                    Ok(Source::Table(self.branch.stored(&object.schema, &object.name)))
                }
                Seen::View(_) => {
                    Err(Error::new(ErrorKind::InvalidInput, format!("{} is a view and cannot be written", name.key()))
                        .state("42809")
                        .at(table.span.start))
                }
                _ => Err(no_such_table(&name.key()).at(table.span.start)),
            },
        }
    }

    fn row_filter(&mut self, table: &TableRef) -> Option<String> {
        self.decision.row_filters.get(&table.name.key()).cloned()
    }

    fn function(&mut self, function: &FunctionRef) -> Result<Option<Replacement>> {
        if let Some(replacement) = (self.operations)(function)? {
            return Ok(Some(replacement));
        }
        let is_catalog = catalog_relation(&function.name).is_some()
            || matches!(function.name.name.as_str(), SHOW_TABLES | SHOW_ALL_TABLES);
        let placed = if is_catalog { self.placed() } else { Arc::default() };
        if let Some(replacement) = catalog_function(function, &placed, self.session)? {
            self.read_registry();
            return Ok(Some(replacement));
        }
        if function.as_table && function.name.name.eq_ignore_ascii_case("pragma_table_info") {
            return self.table_info(function);
        }
        let key = macro_key(&function.name.key());
        let Seen::Macro(sql) = self.state.seen(self.branch, &key) else {
            return match self.state.seen(self.branch, &key) {
                Seen::Nothing => {
                    Err(Error::new(ErrorKind::NotFound, format!("function {} does not exist", function.name.name))
                        .state("42883")
                        .at(function.span.start))
                }
                _ => Ok(None),
            };
        };
        if self.keeps_calls && !self.branch.objects.contains_key(&key) {
            return Ok(None);
        }
        if self.keeps_calls {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("a table's definition cannot call {}, a macro made in this branch", function.name),
            )
            .at(function.span.start)
            .hint("write the expression itself, or create the macro on main before the branch"));
        }
        // A macro reads tables by the names in its text, so the branch calls one of its own making.
        let statement =
            parse_one(&sql).map_err(|_| Error::internal(format!("the macro {} cannot be read", function.name)))?;
        if self.depth >= VIEW_DEPTH_MAX {
            return Err(Error::new(ErrorKind::Unsupported, "macros are nested too deeply"));
        }
        self.depth += 1;
        let name = format!("_hatidata_macro_{}", function.name.name.to_lowercase());
        let body = macro_statement(&statement, &name);
        let lowered = lower(&body, self).map_err(|e| Error { position: None, ..e });
        self.depth -= 1;
        let created = lowered?.sql;
        if !self.macros.iter().any(|(known, _)| *known == name) {
            self.macros.push((name.clone(), created));
        }
        Ok(Some(Replacement::Name(quote(&name))))
    }

    fn cast(&mut self, function: &str) -> Result<Option<String>> {
        self.read_registry();
        self.session.catalog_cast(function)
    }
}

/// `CREATE OR REPLACE TEMP MACRO name…` with the parameters and body of `original`.
fn macro_statement(original: &Statement, name: &str) -> Statement {
    let rest = original.tables.first().map_or("", |t| &original.sql[t.span.end..]);
    let sql = format!("CREATE OR REPLACE TEMP MACRO {}{rest}", quote(name));
    let mut statement = parse_one(&sql).unwrap_or_else(|_| original.clone());
    statement.tables.retain(|t| t.access == Access::Read);
    statement
}

/// What a branch session sees differently from main, for the catalogs.
fn placed(state: &State, branch: &Branch) -> Vec<Placed> {
    let mut placed = Vec::new();
    let mut hide =
        |key: &TableKey| placed.push(Placed { stored: (key.schema.clone(), key.name.clone()), seen: None, sql: None });
    for key in branch.objects.keys() {
        hide(key);
    }
    for (key, versions) in state.versions.iter() {
        if !branch.objects.contains_key(key) && versions.iter().any(|v| v.fork >= branch.fork) {
            hide(key);
        }
    }
    for (key, versions) in state.versions.iter() {
        let Some(version) = versions.iter().find(|v| v.fork >= branch.fork) else { continue };
        if let (crate::branch::Preserved::Table { stored, ddl, .. }, false) =
            (&version.preserved, branch.objects.contains_key(key))
        {
            placed.push(Placed {
                stored: (VERSIONS_SCHEMA.to_owned(), stored.clone()),
                seen: Some((version.schema.clone(), version.name.clone())),
                sql: Some(ddl.clone()),
            });
        }
    }
    for object in branch.objects.values() {
        if matches!(object.content, Content::Table { .. } | Content::View { .. }) {
            placed.push(Placed {
                stored: (branch.schema(&object.schema), object.name.clone()),
                seen: Some((object.schema.clone(), object.name.clone())),
                sql: None,
            });
        }
    }
    if placed.is_empty() {
        // A branch with nothing of its own still needs the branch's way of reading the catalog.
        return Vec::new();
    }
    placed
}
