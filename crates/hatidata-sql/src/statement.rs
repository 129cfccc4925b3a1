//! What we know of one statement: its kind, the objects it names and where, its command tag.

use std::ops::Range;

use crate::name::ObjectName;

/// What a statement does to an object that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads rows.
    Read,
    /// Changes rows: INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY FROM.
    Write,
    /// Creates the object.
    Create,
    /// Drops the object.
    Drop,
    /// Changes the object's definition.
    Alter,
    /// Names it as the parent of a foreign key.
    Reference,
}

/// A table or view that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRef {
    /// The name as written.
    pub name: ObjectName,
    /// The bytes of the name.
    pub span: Range<usize>,
    /// What happens to it.
    pub access: Access,
    /// Whether an alias follows.
    pub has_alias: bool,
    /// Whether an alias may be added: not after DESCRIBE, TABLE and the like.
    pub can_alias: bool,
}

/// A function that a statement calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRef {
    /// The name as written.
    pub name: ObjectName,
    /// The bytes of the name.
    pub span: Range<usize>,
    /// The bytes between the parentheses; empty where there are none.
    pub args: Range<usize>,
    /// The bytes of the whole call.
    pub call: Range<usize>,
    /// Whether it stands where a table could.
    pub as_table: bool,
    /// Whether an alias follows (only for table functions).
    pub has_alias: bool,
    /// The only argument of a table function, where it is a text.
    pub name_argument: Option<String>,
}

/// A transaction command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// `BEGIN`, `START TRANSACTION`
    Begin,
    /// `COMMIT`, `END`
    Commit,
    /// `ROLLBACK`, `ABORT`
    Rollback,
    /// `SAVEPOINT`
    Savepoint,
    /// `RELEASE`
    Release,
    /// `ROLLBACK TO`
    RollbackTo,
}

/// What a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing but white space and comments.
    Empty,
    /// Gives rows and changes nothing: SELECT, VALUES, FROM, TABLE, PIVOT, DESCRIBE, SUMMARIZE, SHOW TABLES.
    Query,
    /// INSERT
    Insert,
    /// UPDATE
    Update,
    /// DELETE
    Delete,
    /// MERGE
    Merge,
    /// TRUNCATE
    Truncate,
    /// COPY … FROM
    CopyFrom,
    /// COPY … TO
    CopyTo,
    /// CREATE TABLE
    CreateTable {
        /// `TEMP`
        temporary: bool,
        /// `OR REPLACE`
        or_replace: bool,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// Filled from a query.
        as_query: bool,
    },
    /// CREATE VIEW
    CreateView {
        /// `TEMP`
        temporary: bool,
        /// `OR REPLACE`
        or_replace: bool,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
    },
    /// CREATE MACRO or FUNCTION
    CreateMacro {
        /// `TEMP`
        temporary: bool,
        /// `OR REPLACE`
        or_replace: bool,
    },
    /// CREATE INDEX; its table is in `tables` with `Access::Alter`
    CreateIndex,
    /// CREATE SCHEMA, SEQUENCE, TYPE, …: the word after CREATE, upper case
    CreateOther(String),
    /// ALTER TABLE
    AlterTable,
    /// ALTER VIEW
    AlterView,
    /// ALTER of anything else
    AlterOther(String),
    /// DROP TABLE
    DropTable {
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// DROP VIEW
    DropView {
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// DROP MACRO or FUNCTION
    DropMacro {
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// DROP SCHEMA
    DropSchema,
    /// DROP INDEX
    DropIndex,
    /// DROP of anything else
    DropOther(String),
    /// COMMENT ON
    Comment,
    /// EXPLAIN of another statement
    Explain {
        /// Whether it runs the statement.
        analyze: bool,
        /// What is explained.
        inner: Box<Kind>,
    },
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT
    Transaction(Transaction),
    /// SET a setting
    Set,
    /// RESET a setting
    Reset,
    /// SHOW a setting
    Show,
    /// Commands about the session: the word they start with ([`Command`](crate::Command) has the rest)
    Session(String),
    /// PRAGMA
    Pragma,
    /// Everything else: the word it starts with, upper case
    Other(String),
}

/// One statement and what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text, without a semicolon.
    pub sql: String,
    /// What it is.
    pub kind: Kind,
    /// The tables and views it names, in the order of the text. Names of CTEs are not among them.
    pub tables: Vec<TableRef>,
    /// The functions it calls, in the order of the text.
    pub functions: Vec<FunctionRef>,
    /// Prefixes such as `main.t.` of qualified column names: the bytes of `main.`, then schema and table.
    pub qualified_columns: Vec<(Range<usize>, ObjectName)>,
    /// Files read or written by name.
    pub files: Vec<Range<usize>>,
    /// Number of parameters.
    pub params: usize,
    /// Whether a DML statement returns rows.
    pub returning: bool,
}

impl Kind {
    /// Whether running it changes data or definitions.
    pub fn is_change(&self) -> bool {
        match self {
            Kind::Empty
            | Kind::Query
            | Kind::CopyTo
            | Kind::Transaction(_)
            | Kind::Set
            | Kind::Reset
            | Kind::Show
            | Kind::Session(_)
            | Kind::Pragma => false,
            Kind::Explain { analyze, inner } => *analyze && inner.is_change(),
            Kind::Other(word) => !matches!(word.as_str(), "CALL" | "EXECUTE" | "PREPARE" | "USE"),
            _ => true,
        }
    }

    /// Whether it changes rows and may be asked to return them.
    pub fn is_dml(&self) -> bool {
        matches!(self, Kind::Insert | Kind::Update | Kind::Delete | Kind::Merge)
    }

    /// The command tag that tells a client what was done to how many rows.
    pub fn tag(&self, rows: u64) -> String {
        match self {
            Kind::Empty => String::new(),
            Kind::Query => format!("SELECT {rows}"),
            Kind::Insert => format!("INSERT 0 {rows}"),
            Kind::Update => format!("UPDATE {rows}"),
            Kind::Delete => format!("DELETE {rows}"),
            Kind::Merge => format!("MERGE {rows}"),
            Kind::Truncate => "TRUNCATE TABLE".into(),
            Kind::CopyFrom | Kind::CopyTo => format!("COPY {rows}"),
            Kind::CreateTable { as_query: true, .. } => format!("SELECT {rows}"),
            Kind::CreateTable { .. } => "CREATE TABLE".into(),
            Kind::CreateView { .. } => "CREATE VIEW".into(),
            Kind::CreateMacro { .. } => "CREATE FUNCTION".into(),
            Kind::CreateIndex => "CREATE INDEX".into(),
            Kind::CreateOther(word) => format!("CREATE {word}"),
            Kind::AlterTable => "ALTER TABLE".into(),
            Kind::AlterView => "ALTER VIEW".into(),
            Kind::AlterOther(word) => format!("ALTER {word}"),
            Kind::DropTable { .. } => "DROP TABLE".into(),
            Kind::DropView { .. } => "DROP VIEW".into(),
            Kind::DropMacro { .. } => "DROP FUNCTION".into(),
            Kind::DropSchema => "DROP SCHEMA".into(),
            Kind::DropIndex => "DROP INDEX".into(),
            Kind::DropOther(word) => format!("DROP {word}"),
            Kind::Comment => "COMMENT".into(),
            Kind::Explain { .. } => "EXPLAIN".into(),
            Kind::Transaction(Transaction::Begin) => "BEGIN".into(),
            Kind::Transaction(Transaction::Commit) => "COMMIT".into(),
            Kind::Transaction(Transaction::Rollback | Transaction::RollbackTo) => "ROLLBACK".into(),
            Kind::Transaction(Transaction::Release) => "RELEASE".into(),
            Kind::Transaction(Transaction::Savepoint) => "SAVEPOINT".into(),
            Kind::Set => "SET".into(),
            Kind::Reset => "RESET".into(),
            Kind::Show => "SHOW".into(),
            Kind::Session(word) => match word.as_str() {
                "CLOSE" => "CLOSE CURSOR".into(),
                "DECLARE" => "DECLARE CURSOR".into(),
                "FETCH" | "MOVE" => format!("{word} {rows}"),
                word => word.into(),
            },
            Kind::Pragma => "PRAGMA".into(),
            Kind::Other(word) => word.clone(),
        }
    }
}

impl Statement {
    /// The objects with this access.
    pub fn named(&self, access: Access) -> impl Iterator<Item = &TableRef> {
        self.tables.iter().filter(move |table| table.access == access)
    }

    /// Whether running it changes data or definitions.
    pub fn is_change(&self) -> bool {
        self.kind.is_change()
    }
}
