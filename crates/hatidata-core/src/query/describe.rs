//! The types of a statement's parameters and columns, without running it.

use hatidata_engine::{Column, SqlType, Value};
use hatidata_sql::{Kind, Neighbour, Statement, lower, param_neighbour};

use super::copy::{moved, read_copy};
use super::meaning::{BranchMeaning, MainMeaning};
use super::parse::Query;
use super::postgres::{self, Configured};
use crate::answer::described;
use crate::branch;
use crate::error::Result;
use crate::op::operation;
use crate::policy::{Decision, refused_in_branch};
use crate::session::Session;

/// What a statement takes and gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// The types of `$1`, `$2`, …
    pub params: Vec<SqlType>,
    /// The columns of the rows; empty when it gives none.
    pub columns: Vec<Column>,
    /// Postgres types of the parameters where they must be exactly these; else empty.
    pub param_oids: Vec<u32>,
}

impl Session {
    /// Describes `query` as it would run now. `declared` are the types that the client gives its
    /// parameters, `Unknown` where it leaves them open.
    pub fn describe(&mut self, query: &Query, declared: &[SqlType]) -> Result<Description> {
        self.refuse_in_failed_transaction(query)?;
        if let Some(inner) = self.stands_for(query)? {
            let description = self.describe(&inner.query, declared).map_err(|e| moved(e, inner.offset))?;
            let columns = if inner.declare.is_some() { Vec::new() } else { description.columns };
            return Ok(Description { columns, ..description });
        }
        if let Some(columns) = self.command_columns(query)? {
            return Ok(Description { columns, ..Description::default() });
        }
        self.in_its_dialect(query, |session, reading| session.describe_reading(reading, declared))
    }

    pub(super) fn describe_reading(&mut self, query: &Query, declared: &[SqlType]) -> Result<Description> {
        let text_params = || vec![SqlType::Varchar; query.statement.params];
        if let Some(call) = &query.call {
            let call = call.as_ref().map_err(super::run::call_error)?;
            let columns = match operation(&call.name).map(|op| op.function) {
                Some("branch_query") => match query.inner() {
                    Some(inner) => return self.describe_inner(call, &inner, text_params()),
                    None => described(branch::columns::QUERY),
                },
                Some("branch_diff") if call.arguments.len() > 1 => described(branch::columns::DIFF_ROWS),
                Some("branch_diff") => described(branch::columns::DIFF),
                Some(_) => operation(&call.name).map(|op| op.described()).unwrap_or_default(),
                None => Vec::new(),
            };
            return Ok(Description { params: text_params(), columns, ..Description::default() });
        }
        if postgres::asks_for_types(&query.statement) {
            const OID_ARRAY: u32 = 1028;
            return Ok(Description {
                params: vec![SqlType::List(Box::new(SqlType::BigInt))],
                columns: described(postgres::TYPE_COLUMNS),
                param_oids: vec![OID_ARRAY],
            });
        }
        if let Some(copy) = read_copy(&query.statement)? {
            // Its rows are described when they come.
            if !copy.is_load {
                let (inner, offset) = self.copied_query(&query.statement, &copy)?;
                self.describe_sql(&inner, declared).map_err(|e| moved(e, offset))?;
            }
            return Ok(Description::default());
        }
        if let Some(described) = self.shown_table(query)
            && let Some(described) = super::parse(&described)?.pop()
        {
            return self.describe_sql(&described, declared);
        }
        match &query.statement.kind {
            Kind::Show => Ok(Description { columns: super::setting::show_columns(query), ..Description::default() }),
            kind if describable(kind) => self.describe_sql(query, declared),
            _ => Ok(Description { params: text_params(), ..Description::default() }),
        }
    }

    fn describe_inner(
        &mut self,
        call: &hatidata_sql::Call,
        inner: &Query,
        params: Vec<SqlType>,
    ) -> Result<Description> {
        let hatidata_sql::Literal::Text(name) = &call.arguments[0].value else {
            return Ok(Description { params, columns: described(branch::columns::QUERY), ..Description::default() });
        };
        let mut description = self.on_branch(name, |session| session.describe(inner, &[]))?;
        description.params = params;
        if description.columns.is_empty() {
            description.columns = described(branch::columns::ROWS_AFFECTED);
        }
        Ok(description)
    }

    fn describe_sql(&mut self, query: &Query, declared: &[SqlType]) -> Result<Description> {
        let statement = &query.statement;
        let decision = Decision::default();
        self.buffer_open_streams()?;
        self.end_abandoned();
        let (sql, macros) = if self.is_on_branch() {
            let state = self.registry().state();
            let branch = self.visible_branch(&state)?;
            refused_in_branch(statement, |name| self.is_branch_macro(&state, &branch, name))?;
            let temporary = self.temporary_names().to_vec();
            let operations =
                |f: &hatidata_sql::FunctionRef| self.own_function(statement, f, &[], &Configured::default());
            let mut meaning = BranchMeaning::new(&state, &branch, &decision, &temporary, &operations, self);
            meaning.describe_only = true;
            let spliced = lower(statement, &mut meaning)?;
            (spliced, std::mem::take(&mut meaning.macros))
        } else {
            let operations =
                |f: &hatidata_sql::FunctionRef| self.own_function(statement, f, &[], &Configured::default());
            let spliced =
                lower(statement, &mut MainMeaning { decision: &decision, operations: &operations, session: self })?;
            (spliced, Vec::new())
        };
        for (_, create) in &macros {
            self.connection().execute(create)?;
        }
        let prepared = self.connection().prepare(&sql.sql).map_err(|e| super::run::placed_error(e, &sql))?;
        let mut params = prepared.params().to_vec();
        params.resize(statement.params, SqlType::Unknown);
        for (param, given) in params.iter_mut().zip(declared) {
            if *given != SqlType::Unknown {
                *param = given.clone();
            }
        }
        self.infer_params(statement, &mut params)?;
        for (at, param) in params.iter_mut().enumerate() {
            // A cast inside a cast hides the type of its parameter from DuckDB.
            let open = declared.get(at).is_none_or(|given| *given == SqlType::Unknown);
            if open && (is_open(param) || *param == SqlType::Varchar) {
                *param = self.cast_type(&sql.sql, at + 1).unwrap_or_else(|| param.clone());
            }
        }
        if params.iter().any(is_open) && !params.iter().all(is_open) {
            // One parameter without a type keeps DuckDB from telling those of the others.
            let typed = hatidata_sql::typed_params(&sql.sql, |n| params.get(n - 1).map(ToString::to_string));
            if let Ok(prepared) = self.connection().prepare(&typed) {
                for (param, found) in params.iter_mut().zip(prepared.params()).filter(|(param, _)| is_open(param)) {
                    *param = found.clone();
                }
            }
        }
        let returns_rows = matches!(statement.kind, Kind::Query | Kind::Explain { .. }) || statement.returning;
        let mut columns = if returns_rows { prepared.columns().to_vec() } else { Vec::new() };
        if returns_rows && statement.params > 0 && !columns_are_settled(&columns) {
            // With the types of its parameters DuckDB knows more about the columns.
            let typed = hatidata_sql::typed_params(&sql.sql, |n| params.get(n - 1).map(ToString::to_string));
            let sampled = hatidata_sql::typed_params(&sql.sql, |n| params.get(n - 1).and_then(sample));
            // As in Postgres, what nothing gives a type is a text.
            let texts = hatidata_sql::typed_params(&sql.sql, |n| params.get(n - 1).map(as_text));
            let mut unknown = None;
            for text in [typed, sampled, texts] {
                if columns_are_settled(&columns) {
                    break;
                }
                match self.connection().prepare(&text) {
                    Ok(prepared) if prepared.columns().len() >= columns.len() => columns = prepared.columns().to_vec(),
                    Ok(_) => {}
                    Err(error) => unknown = Some(error),
                }
            }
            // With open parameters DuckDB gives up before it looks functions up: the typed text told.
            if let (true, Some(error)) = (columns.is_empty(), unknown)
                && matches!(error.sqlstate, "42883" | "42704")
            {
                return Err(super::run::placed_error(error, &sql));
            }
        }
        Ok(Description { params, columns, param_oids: Vec::new() })
    }
}

impl Session {
    /// The type that the text casts `$n` to.
    fn cast_type(&self, sql: &str, n: usize) -> Option<SqlType> {
        let cast = hatidata_sql::param_cast(sql, n)?;
        let prepared = self.connection().prepare(&format!("SELECT NULL::{cast}")).ok()?;
        prepared.columns().first().map(|column| column.sql_type.clone())
    }

    /// Gives types to parameters that DuckDB leaves open: that of the operand beside them.
    fn infer_params(&self, statement: &Statement, params: &mut [SqlType]) -> Result<()> {
        if statement.kind == Kind::Insert {
            self.infer_inserted(statement, params)?;
        }
        for (at, param) in params.iter_mut().enumerate().filter(|(_, p)| is_open(p)) {
            match param_neighbour(&statement.sql, at + 1) {
                Some(Neighbour::Integer) => *param = SqlType::BigInt,
                Some(Neighbour::Decimal) => *param = SqlType::Double,
                Some(neighbour @ (Neighbour::Column(_) | Neighbour::ElementOf(_))) => {
                    let (Neighbour::Column(column) | Neighbour::ElementOf(column)) = &neighbour else { continue };
                    let tables: Vec<String> =
                        statement.tables.iter().map(|t| hatidata_sql::literal(&t.name.name.to_lowercase())).collect();
                    if tables.is_empty() {
                        continue;
                    }
                    let rows = self.connection().query_text(
                        &format!(
                            "SELECT data_type FROM duckdb_columns() WHERE lower(column_name) = $1 AND lower(table_name) IN ({}) LIMIT 1",
                            tables.join(", ")
                        ),
                        &[Value::Text(column.to_lowercase())],
                    )?;
                    if let Some(name) = rows.first().and_then(|row| row[0].as_deref()) {
                        *param = match &neighbour {
                            Neighbour::ElementOf(_) => SqlType::List(Box::new(column_type(name))),
                            _ => simple_type(name),
                        };
                    }
                }
                None => {}
            }
        }
        Ok(())
    }
}

impl Session {
    /// `INSERT INTO t SELECT $1, …`: a bare parameter has the type of the column it goes into.
    fn infer_inserted(&self, statement: &Statement, params: &mut [SqlType]) -> Result<()> {
        let (found, named) = hatidata_sql::inserted_params(&statement.sql);
        let Some(target) = statement.tables.first().filter(|_| !found.is_empty()) else { return Ok(()) };
        let rows = self.connection().query_text(
            "SELECT lower(column_name), data_type FROM duckdb_columns() WHERE lower(table_name) = $1 \
             AND lower(schema_name) = $2 ORDER BY column_index",
            &[Value::Text(target.name.key().name), Value::Text(target.name.key().schema)],
        )?;
        for (n, position) in found {
            let column = match named.get(position) {
                Some(name) => rows.iter().find(|row| row[0].as_deref() == Some(&name.to_lowercase())),
                None if named.is_empty() => rows.get(position),
                None => None,
            };
            let known = column.and_then(|row| row[1].as_deref()).map(column_type);
            if let (Some(param @ (SqlType::Unknown | SqlType::Null)), Some(known)) = (params.get_mut(n - 1), known) {
                *param = known;
            }
        }
        Ok(())
    }
}

/// A column's type by DuckDB's name for it, for the types that parameters usually have.
fn column_type(name: &str) -> SqlType {
    match name {
        "BOOLEAN" => SqlType::Boolean,
        "VARCHAR" => SqlType::Varchar,
        "BLOB" => SqlType::Blob,
        "UUID" => SqlType::Uuid,
        "JSON" => SqlType::Json,
        "DATE" => SqlType::Date,
        "TIME" => SqlType::Time,
        "TIMESTAMP" => SqlType::Timestamp,
        "TIMESTAMP WITH TIME ZONE" => SqlType::TimestampTz,
        "INTERVAL" => SqlType::Interval,
        name => simple_type(name),
    }
}

fn as_text(sql_type: &SqlType) -> String {
    if is_open(sql_type) { SqlType::Varchar.to_string() } else { sql_type.to_string() }
}

/// Whether a parameter's type is still to be found.
fn is_open(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::Unknown | SqlType::Null)
}

/// Whether the columns have been described with typed parameters.
fn columns_are_settled(columns: &[Column]) -> bool {
    !columns.is_empty() && columns.iter().all(|c| !matches!(c.sql_type, SqlType::Unknown | SqlType::Null))
}

/// A value of a type, for table functions that look at their arguments before they tell their columns.
fn sample(sql_type: &SqlType) -> Option<String> {
    let value = match sql_type {
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt | SqlType::Float | SqlType::Double => "1",
        SqlType::Varchar => "''",
        _ => return None,
    };
    Some(format!("{sql_type}:{value}"))
}

/// The numeric types that arithmetic with a parameter may have.
fn simple_type(name: &str) -> SqlType {
    match name {
        "TINYINT" | "SMALLINT" | "UTINYINT" => SqlType::SmallInt,
        "INTEGER" | "USMALLINT" => SqlType::Integer,
        "BIGINT" | "UINTEGER" => SqlType::BigInt,
        "FLOAT" => SqlType::Float,
        "DOUBLE" => SqlType::Double,
        "DATE" => SqlType::Integer,
        "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE" => SqlType::Interval,
        name if name.starts_with("DECIMAL") || name == "HUGEINT" => SqlType::Decimal { width: 38, scale: 10 },
        _ => SqlType::Unknown,
    }
}

/// Whether DuckDB can prepare such a statement without any effect.
fn describable(kind: &Kind) -> bool {
    match kind {
        Kind::Query | Kind::CopyTo => true,
        Kind::Explain { inner, .. } => describable(inner),
        kind => kind.is_dml(),
    }
}
