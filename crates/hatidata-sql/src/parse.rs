//! Text to [`Statement`]s: splitting at semicolons, then reading the head of each statement.

use crate::lexer::{LexError, Token, TokenKind, tokenize};
use crate::scan::{BracketError, Scanner, Scope};
use crate::statement::{Access, Kind, Statement, Transaction};

/// What the protocol can carry.
const PARAMS_MAX: usize = 65_535;

/// A text cut into its statements. Each keeps its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The statement.
    pub statement: Statement,
    /// Byte position of its first character in the whole text.
    pub offset: usize,
}

/// Splits `sql` at its semicolons and reads every statement. Empty ones are dropped.
pub fn parse(sql: &str) -> Result<Vec<Piece>, LexError> {
    let tokens = tokenize(sql)?;
    let mut pieces = Vec::new();
    for tokens in tokens.split(|t| t.kind == TokenKind::Symbol && sql.as_bytes()[t.start] == b';') {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
        let offset = first.start;
        let text = &sql[offset..last.end];
        let moved: Vec<Token> =
            tokens.iter().map(|t| Token { kind: t.kind, start: t.start - offset, end: t.end - offset }).collect();
        let statement = read(text, &moved).map_err(|e| LexError { position: e.position + offset, ..e })?;
        pieces.push(Piece { statement, offset });
    }
    Ok(pieces)
}

/// Reads one statement; text after a semicolon is an error.
pub fn parse_one(sql: &str) -> Result<Statement, LexError> {
    let mut pieces = parse(sql)?;
    match pieces.len() {
        0 => Ok(empty(sql)),
        1 => Ok(pieces.remove(0).statement),
        _ => Err(LexError {
            message: "cannot insert multiple commands into a prepared statement",
            position: pieces[1].offset,
        }),
    }
}

fn empty(sql: &str) -> Statement {
    Statement {
        sql: sql.to_owned(),
        kind: Kind::Empty,
        tables: Vec::new(),
        functions: Vec::new(),
        qualified_columns: Vec::new(),
        files: Vec::new(),
        params: 0,
        returning: false,
    }
}

fn read(sql: &str, tokens: &[Token]) -> Result<Statement, LexError> {
    let mut scanner = Scanner::new(sql, tokens).map_err(|error| {
        let (message, index) = match error {
            BracketError::Unbalanced(index) => ("unbalanced bracket", index),
            BracketError::TooDeep(index) => ("brackets are nested too deeply", index),
        };
        LexError { message, position: tokens.get(index).map_or(0, |t| t.start) }
    })?;
    let params = params(sql, tokens);
    if params > PARAMS_MAX {
        let position = tokens.iter().find(|t| t.kind == TokenKind::Param).map_or(0, |t| t.start);
        return Err(LexError { message: "a statement has at most 65535 parameters", position });
    }
    let kind = head(&mut scanner, 0, &Scope::root());
    let returning = kind.is_dml() && (0..tokens.len()).any(|at| scanner.is(at, "RETURNING"));
    Ok(Statement {
        sql: sql.to_owned(),
        kind,
        params,
        returning,
        tables: scanner.tables,
        functions: scanner.functions,
        qualified_columns: scanner.qualified_columns,
        files: scanner.files,
    })
}

/// `$n` gives the highest `n`; `?` and `$name` count one each.
fn params(sql: &str, tokens: &[Token]) -> usize {
    let mut highest = 0;
    let mut anonymous = 0_usize;
    let mut names: Vec<&str> = Vec::new();
    for token in tokens.iter().filter(|t| t.kind == TokenKind::Param) {
        let raw = &sql[token.start..token.end];
        match raw[1..].parse::<usize>() {
            Err(_) if raw.len() > 1 && raw[1..].bytes().all(|b| b.is_ascii_digit()) => highest = usize::MAX,
            Ok(n) => highest = highest.max(n),
            Err(_) if raw == "?" => anonymous += 1,
            Err(_) if !names.contains(&raw) => names.push(raw),
            Err(_) => {}
        }
    }
    highest.max(anonymous.saturating_add(names.len()))
}

/// Reads the statement that starts at `at`, recording what it names.
fn head(s: &mut Scanner<'_>, at: usize, scope: &Scope<'_>) -> Kind {
    let end = s.tokens.len();
    let word = s.text(at).to_ascii_uppercase();
    match word.as_str() {
        "WITH" => {
            let mut scope = scope.child();
            let next = s.ctes(at, &mut scope);
            head(s, next, &scope)
        }
        "SELECT" | "VALUES" | "FROM" | "TABLE" | "(" | "PIVOT" | "UNPIVOT" | "PIVOT_WIDER" | "PIVOT_LONGER"
        | "SUMMARIZE" | "DESCRIBE" | "DESC" => {
            if s.is(at, "DESCRIBE") && s.is(at + 1, "TABLE") {
                s.bare_table(at + 2, end, scope);
            } else {
                s.query(at, end, scope);
            }
            Kind::Query
        }
        "INSERT" => insert(s, at, end, scope),
        "UPDATE" => {
            let next = target(s, at + 1, Access::Write);
            s.clauses(next, end, scope, false);
            Kind::Update
        }
        "DELETE" => {
            let from = if s.is(at + 1, "FROM") { at + 2 } else { at + 1 };
            let next = target(s, from, Access::Write);
            let using = s.is(next, "USING");
            s.clauses(next + usize::from(using), end, scope, using);
            Kind::Delete
        }
        "MERGE" => {
            let next = target(s, at + 1 + usize::from(s.is(at + 1, "INTO")), Access::Write);
            let using = s.is(next, "USING");
            s.clauses(next + usize::from(using), end, scope, using);
            Kind::Merge
        }
        "TRUNCATE" => {
            s.object(at + 1 + usize::from(s.is(at + 1, "TABLE")), Access::Write);
            Kind::Truncate
        }
        "COPY" => copy(s, at, end, scope),
        "CREATE" => create(s, at, end, scope),
        "ALTER" => alter(s, at, end, scope),
        "DROP" => drop_object(s, at),
        "COMMENT" => {
            if s.is_any(at + 2, &["TABLE", "VIEW"]) {
                s.object(at + 3, Access::Alter);
            } else if s.is(at + 2, "COLUMN") {
                s.object_of_column(at + 3, Access::Alter);
            }
            Kind::Comment
        }
        "EXPLAIN" => {
            let mut next = at + 1;
            if s.symbol(next, "(") {
                next = s.partner(next) + 1;
            }
            let analyze = s.is(next, "ANALYZE") || s.is(next, "ANALYSE");
            let inner = head(s, next + usize::from(analyze), scope);
            Kind::Explain { analyze, inner: Box::new(inner) }
        }
        "BEGIN" | "START" => Kind::Transaction(Transaction::Begin),
        "COMMIT" | "END" => Kind::Transaction(Transaction::Commit),
        "ROLLBACK" if s.is(at + 1, "TO") || s.is(at + 2, "TO") => Kind::Transaction(Transaction::RollbackTo),
        "ROLLBACK" | "ABORT" => Kind::Transaction(Transaction::Rollback),
        "SAVEPOINT" => Kind::Transaction(Transaction::Savepoint),
        "RELEASE" => Kind::Transaction(Transaction::Release),
        "SET" => Kind::Set,
        "RESET" => Kind::Reset,
        "SHOW" => {
            if s.show_tables(at) || s.is_any(at + 1, &["DATABASES", "SCHEMAS"]) {
                Kind::Query
            } else {
                Kind::Show
            }
        }
        "PREPARE" | "EXECUTE" | "DEALLOCATE" | "DECLARE" | "FETCH" | "MOVE" | "CLOSE" | "LISTEN" | "UNLISTEN"
        | "NOTIFY" | "DISCARD" => Kind::Session(word),
        "PRAGMA" => Kind::Pragma,
        "CALL" => {
            s.expressions(at + 1, end, scope);
            Kind::Other(word)
        }
        _ => Kind::Other(word),
    }
}

/// The target of a DML statement and its alias.
fn target(s: &mut Scanner<'_>, at: usize, access: Access) -> usize {
    let next = s.object(at, access);
    let (after, has_alias) = s.alias(next);
    if let (true, Some(table)) = (has_alias, s.tables.last_mut()) {
        table.has_alias = true;
    }
    after
}

fn insert(s: &mut Scanner<'_>, at: usize, end: usize, scope: &Scope<'_>) -> Kind {
    let mut next = at + 1;
    if s.is(next, "OR") {
        next += 2;
    }
    next = s.object(next + usize::from(s.is(next, "INTO")), Access::Write);
    if s.is(next, "AS") {
        if let Some(table) = s.tables.last_mut() {
            table.has_alias = true;
        }
        next += 2;
    }
    if s.symbol(next, "(") && !s.is_any(next + 1, &["SELECT", "WITH", "VALUES", "FROM"]) {
        next = s.partner(next) + 1;
    }
    while s.is_any(next, &["BY", "NAME", "POSITION", "OVERRIDING"]) {
        next += 1;
    }
    s.query(next, end, scope);
    Kind::Insert
}

fn copy(s: &mut Scanner<'_>, at: usize, end: usize, scope: &Scope<'_>) -> Kind {
    if s.symbol(at + 1, "(") {
        let close = s.partner(at + 1);
        s.query(at + 2, close, scope);
        return copy_file(s, close + 1, end, Kind::CopyTo);
    }
    let mut next = s.object(at + 1, Access::Read);
    if s.symbol(next, "(") {
        next = s.partner(next) + 1;
    }
    if s.is(next, "FROM") && !s.is(at + 1, "FROM") {
        if let Some(table) = s.tables.last_mut() {
            table.access = Access::Write;
        }
        copy_file(s, next, end, Kind::CopyFrom)
    } else {
        copy_file(s, next, end, Kind::CopyTo)
    }
}

fn copy_file(s: &mut Scanner<'_>, at: usize, end: usize, kind: Kind) -> Kind {
    if at + 1 < end && s.kind(at + 1) == Some(TokenKind::Text) {
        let span = s.span(at + 1, at + 2);
        s.files.push(span);
    }
    kind
}

fn create(s: &mut Scanner<'_>, at: usize, end: usize, scope: &Scope<'_>) -> Kind {
    let mut next = at + 1;
    let or_replace = s.is(next, "OR");
    if or_replace {
        next += 2;
    }
    let temporary = s.is_any(next, &["TEMP", "TEMPORARY"]);
    while s.is_any(next, &["TEMP", "TEMPORARY", "LOCAL", "GLOBAL", "UNLOGGED", "PERSISTENT", "UNIQUE", "RECURSIVE"]) {
        next += 1;
    }
    let word = s.text(next).to_ascii_uppercase();
    next += 1;
    let if_not_exists = s.is(next, "IF");
    if if_not_exists {
        next += 3;
    }
    match word.as_str() {
        "TABLE" => {
            next = s.object(next, Access::Create);
            let mut as_query = false;
            if s.symbol(next, "(") {
                let close = s.partner(next);
                columns(s, next + 1, close, scope);
                next = close + 1;
            }
            while next < end && !s.is(next, "AS") {
                next += 1;
            }
            if s.is(next, "AS") {
                as_query = true;
                s.query(next + 1, end, scope);
            }
            Kind::CreateTable { temporary, or_replace, if_not_exists, as_query }
        }
        "VIEW" => {
            next = s.object(next, Access::Create);
            if s.symbol(next, "(") {
                next = s.partner(next) + 1;
            }
            s.query(next + usize::from(s.is(next, "AS")), end, scope);
            Kind::CreateView { temporary, or_replace, if_not_exists }
        }
        "MACRO" | "FUNCTION" => {
            next = s.object(next, Access::Create);
            macro_bodies(s, next, end, scope);
            Kind::CreateMacro { temporary, or_replace }
        }
        "INDEX" => {
            if !s.is(next, "ON") {
                next += 1;
            }
            s.object(next + 1, Access::Alter);
            Kind::CreateIndex
        }
        _ => Kind::CreateOther(word),
    }
}

/// `(params) AS [TABLE] body [, (params) AS …]`
fn macro_bodies(s: &mut Scanner<'_>, at: usize, end: usize, scope: &Scope<'_>) {
    let mut next = at;
    while s.symbol(next, "(") {
        next = s.partner(next) + 1;
        next += usize::from(s.is(next, "AS"));
        let table = s.is(next, "TABLE");
        next += usize::from(table);
        let mut stop = next;
        while stop < end && !(s.symbol(stop, ",") && s.symbol(stop + 1, "(") && s.is(s.partner(stop + 1) + 1, "AS")) {
            stop = s.partner(stop) + 1;
        }
        if table {
            s.query(next, stop, scope);
        } else {
            s.expressions(next, stop, scope);
        }
        next = stop + 1;
    }
}

/// Column definitions: foreign keys and the functions in defaults and checks.
fn columns(s: &mut Scanner<'_>, from: usize, to: usize, scope: &Scope<'_>) {
    let mut at = from;
    while at < to {
        if s.is(at, "REFERENCES") {
            at = s.object(at + 1, Access::Reference).max(at + 1);
        } else if s.symbol(at, "(") {
            let close = s.partner(at);
            s.expressions(at + 1, close, scope);
            at = close + 1;
        } else {
            at += 1;
        }
    }
}

fn alter(s: &mut Scanner<'_>, at: usize, end: usize, scope: &Scope<'_>) -> Kind {
    let word = s.text(at + 1).to_ascii_uppercase();
    let name = at + 2 + if s.is(at + 2, "IF") { 2 } else { 0 };
    match word.as_str() {
        "TABLE" | "VIEW" => {
            let next = s.object(name, Access::Alter);
            if s.is(next, "RENAME") && s.is(next + 1, "TO") {
                s.object(next + 2, Access::Create);
            } else {
                s.expressions(next, end, scope);
            }
            if word == "TABLE" { Kind::AlterTable } else { Kind::AlterView }
        }
        _ => Kind::AlterOther(word),
    }
}

fn drop_object(s: &mut Scanner<'_>, at: usize) -> Kind {
    let word = s.text(at + 1).to_ascii_uppercase();
    let if_exists = s.is(at + 2, "IF");
    let mut next = at + 2 + if if_exists { 2 } else { 0 };
    if word == "MACRO" && s.is(next, "TABLE") {
        next += 1;
    }
    if !matches!(word.as_str(), "TABLE" | "VIEW" | "MACRO" | "FUNCTION" | "SCHEMA" | "INDEX") {
        return Kind::DropOther(word);
    }
    loop {
        next = s.object(next, Access::Drop);
        if !s.symbol(next, ",") {
            break;
        }
        next += 1;
    }
    match word.as_str() {
        "TABLE" => Kind::DropTable { if_exists },
        "VIEW" => Kind::DropView { if_exists },
        "SCHEMA" => Kind::DropSchema,
        "INDEX" => Kind::DropIndex,
        _ => Kind::DropMacro { if_exists },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables of a statement as `access name`, with `*` where an alias follows.
    fn tables(sql: &str) -> Vec<String> {
        parse_one(sql)
            .unwrap()
            .tables
            .iter()
            .map(|t| {
                let name = [&t.name.catalog, &t.name.schema, &Some(t.name.name.clone())]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(".");
                format!("{:?} {name}{}", t.access, if t.has_alias { "*" } else { "" })
            })
            .collect()
    }

    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(tables(sql), expected, "{sql}");
    }

    #[test]
    fn tables_of_queries_are_found() {
        check(
            "SELECT a, b FROM t, main.u AS x, db.s.v y WHERE a IN (SELECT q FROM w)",
            &["Read t", "Read main.u*", "Read db.s.v*", "Read w"],
        );
        check(
            "select * from a left join b using (id), (c join d on c.x = d.y), lateral (select * from e) z",
            &["Read a", "Read b", "Read c", "Read d", "Read e"],
        );
        check("FROM t SELECT a, b", &["Read t"]);
        check("FROM t", &["Read t"]);
        check("TABLE t", &["Read t"]);
        check("SELECT 1 UNION ALL TABLE t", &["Read t"]);
        check(
            "SELECT extract(year FROM d), substring(s FROM 2), a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM t",
            &["Read t"],
        );
        check("SELECT [x FOR x IN list IF x > 1], {'from': 1}, f(x -> x + 1) FROM t", &["Read t"]);
        check("SELECT * FROM range(10) r(i), t JOIN unnest([1]) u ON true", &["Read t"]);
        check("PIVOT t ON year USING sum(x)", &["Read t"]);
        check("SELECT * FROM t PIVOT (sum(x) FOR y IN (1, 2)) AS p, u", &["Read t", "Read u"]);
        check("SUMMARIZE t", &["Read t"]);
        check("DESCRIBE main.t", &["Read main.t"]);
        check("DESCRIBE SELECT * FROM t", &["Read t"]);
        check("SELECT * FROM x : t, y : (SELECT * FROM u)", &["Read t", "Read u"]);
        check("(SELECT * FROM a) UNION (SELECT * FROM b) ORDER BY 1", &["Read a", "Read b"]);
        check(
            "SELECT ARRAY(SELECT a FROM t), EXISTS (FROM u), (SELECT max(b) FROM v)",
            &["Read t", "Read u", "Read v"],
        );
        check(
            "SELECT count(*) FILTER (WHERE a > (SELECT 1 FROM u)) OVER (PARTITION BY b ORDER BY c) FROM t",
            &["Read u", "Read t"],
        );
        check("SELECT * FROM \"My Table\" AS \"from\", \"select\"", &["Read My Table*", "Read select"]);
        check(
            "SELECT * EXCLUDE (a) REPLACE (b AS c) FROM t ASOF JOIN u ON t.x >= u.x TABLESAMPLE 10%",
            &["Read t", "Read u"],
        );
        check("VALUES (1, (SELECT a FROM t))", &["Read t"]);
        check(
            "SELECT a FROM t WHERE a = ANY(SELECT b FROM u) AND c BETWEEN 1 AND 2 GROUP BY ALL HAVING count(*) > 1, x ORDER BY a, b LIMIT 3",
            &["Read t", "Read u"],
        );
    }

    #[test]
    fn ctes_hide_tables_of_the_same_name_only_in_their_scope() {
        check("WITH t AS (SELECT * FROM t) SELECT * FROM t", &["Read t"]);
        check("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, u) SELECT * FROM r", &["Read u"]);
        check("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b, main.a", &["Read main.a"]);
        check("SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t), t", &["Read t"]);
        check("WITH a AS NOT MATERIALIZED (SELECT * FROM x) INSERT INTO t SELECT * FROM a", &["Read x", "Write t"]);
        check("WITH RECURSIVE r(a) USING KEY (a) AS (SELECT 1 UNION SELECT a FROM r) TABLE r", &[]);
    }

    #[test]
    fn targets_of_changes_are_found() {
        check("INSERT INTO t VALUES (1)", &["Write t"]);
        check("INSERT OR REPLACE INTO main.t (a, b) SELECT a, b FROM u", &["Write main.t", "Read u"]);
        check(
            "INSERT INTO t AS x (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a, b = (SELECT 1 FROM v)",
            &["Write t*", "Read v"],
        );
        check("INSERT INTO t BY NAME (SELECT * FROM u)", &["Write t", "Read u"]);
        check("INSERT INTO t DEFAULT VALUES RETURNING a", &["Write t"]);
        check("UPDATE t SET a = 1, b = u.b FROM u, v WHERE t.id = u.id", &["Write t", "Read u", "Read v"]);
        check("UPDATE t AS x SET a = (SELECT max(a) FROM t)", &["Write t*", "Read t"]);
        check("DELETE FROM t USING u JOIN v ON true WHERE t.a = u.a", &["Write t", "Read u", "Read v"]);
        check(
            "MERGE INTO t AS x USING (SELECT * FROM u) s ON x.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.a)",
            &["Write t*", "Read u"],
        );
        check("TRUNCATE TABLE t", &["Write t"]);
        check("COPY t (a, b) FROM 'f.csv' (HEADER)", &["Write t"]);
        check("COPY (SELECT * FROM t) TO 'f.csv'", &["Read t"]);
        check("COPY t TO 'f.csv'", &["Read t"]);
    }

    #[test]
    fn definitions_name_what_they_create_alter_and_drop() {
        check(
            "CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, p INT REFERENCES parent(id), CHECK (f(id) > 0))",
            &["Create t", "Reference parent"],
        );
        check("CREATE TEMP TABLE IF NOT EXISTS t AS SELECT * FROM u", &["Create t", "Read u"]);
        check("CREATE VIEW v (a) AS SELECT * FROM t", &["Create v", "Read t"]);
        check("CREATE UNIQUE INDEX IF NOT EXISTS i ON s.t (a)", &["Alter s.t"]);
        check("CREATE MACRO m(a, b := 5) AS a + (SELECT count(*) FROM t)", &["Create m", "Read t"]);
        check("CREATE MACRO m(a) AS TABLE SELECT * FROM t WHERE x = a", &["Create m", "Read t"]);
        check("ALTER TABLE IF EXISTS t RENAME TO u", &["Alter t", "Create u"]);
        check("ALTER TABLE t ADD COLUMN c INT DEFAULT 1", &["Alter t"]);
        check("DROP TABLE IF EXISTS a, s.b CASCADE", &["Drop a", "Drop s.b"]);
        check("COMMENT ON COLUMN t.a IS 'x'", &["Alter t"]);
        check("COMMENT ON COLUMN \"d\".s.t.a IS 'x'", &["Alter d.s.t"]);
        check("EXPLAIN ANALYZE INSERT INTO t SELECT * FROM u", &["Write t", "Read u"]);
    }

    #[test]
    fn kinds_tags_and_parameters_are_read() {
        let check = |sql: &str, tag: &str, params: usize| {
            let statement = parse_one(sql).unwrap();
            assert_eq!((statement.kind.tag(3).as_str(), statement.params), (tag, params), "{sql}");
        };
        check("select $2, $1", "SELECT 3", 2);
        check("insert into t values (?, ?)", "INSERT 0 3", 2);
        check("/* c */ create table t as select 1", "SELECT 3", 0);
        check("start transaction", "BEGIN", 0);
        check("with a as (select 1) update t set a = 1", "UPDATE 3", 0);
        check("show tables", "SELECT 3", 0);
        check("show timezone", "SHOW", 0);
        check("drop macro table m", "DROP FUNCTION", 0);
        assert_eq!(parse_one(" -- nothing\n").unwrap().kind, Kind::Empty);
        assert!(parse_one("select 1; select 2").is_err());
        assert_eq!(parse("select 1;; select ';' ;").unwrap().len(), 2);
        assert!(parse_one("select (1").is_err());
    }

    #[test]
    fn deep_nesting_is_refused_before_anything_recurses() {
        let deep = format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000));
        assert_eq!(parse_one(&deep).unwrap_err().message, "brackets are nested too deeply");
    }

    #[test]
    fn functions_and_qualified_columns_are_found() {
        let statement =
            parse_one("SELECT main.t.a, t.b, sum(x), s.f(1) FROM main.t, g('a') AS z WHERE x IN (1)").unwrap();
        let functions: Vec<_> = statement.functions.iter().map(|f| (f.name.name.as_str(), f.as_table)).collect();
        assert_eq!(functions, [("sum", false), ("f", false), ("g", true)]);
        assert_eq!(statement.qualified_columns.len(), 1);
        assert_eq!(&statement.sql[statement.qualified_columns[0].0.clone()], "main.");
    }
}
