//! The types of a statement's parameters and columns, without running it.

use hatidata_engine::{Column, SqlType, Value};
use hatidata_sql::{Kind, Neighbour, Statement, lower, param_neighbour};

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
    /// Describes `query` as it would run now.
    pub fn describe(&mut self, query: &Query) -> Result<Description> {
        self.refuse_in_failed_transaction(query)?;
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
        if let Some(described) = self.shown_table(query)
            && let Some(described) = super::parse(&described)?.pop()
        {
            return self.describe_sql(&described);
        }
        match &query.statement.kind {
            Kind::Show => Ok(Description { columns: super::run::show_columns(query), ..Description::default() }),
            kind if describable(kind) => self.describe_sql(query),
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
        let mut description = self.on_branch(name, |session| session.describe(inner))?;
        description.params = params;
        if description.columns.is_empty() {
            description.columns = described(branch::columns::ROWS_AFFECTED);
        }
        Ok(description)
    }

    fn describe_sql(&mut self, query: &Query) -> Result<Description> {
        let statement = &query.statement;
        let decision = Decision::default();
        self.end_abandoned();
        let (sql, macros) = if self.is_on_branch() {
            let state = self.registry().state();
            let branch = self.visible_branch(&state)?;
            refused_in_branch(statement, |name| self.is_branch_macro(&state, &branch, name))?;
            let temporary = self.temporary_names().to_vec();
            let operations =
                |f: &hatidata_sql::FunctionRef| self.own_function(statement, f, &[], &Configured::default());
            let mut meaning = BranchMeaning::new(&state, &branch, &decision, &temporary, &operations);
            meaning.describe_only = true;
            let spliced = lower(statement, &mut meaning)?;
            (spliced, std::mem::take(&mut meaning.macros))
        } else {
            let operations =
                |f: &hatidata_sql::FunctionRef| self.own_function(statement, f, &[], &Configured::default());
            let spliced = lower(statement, &mut MainMeaning { decision: &decision, operations: &operations })?;
            (spliced, Vec::new())
        };
        for (_, create) in &macros {
            self.connection().execute(create)?;
        }
        let prepared = self.connection().prepare(&sql.sql).map_err(|e| super::run::placed_error(e, &sql))?;
        let columns = match statement.kind {
            Kind::Query | Kind::Explain { .. } => prepared.columns().to_vec(),
            _ if statement.returning => prepared.columns().to_vec(),
            _ => Vec::new(),
        };
        let mut params = prepared.params().to_vec();
        params.resize(statement.params, SqlType::Unknown);
        self.infer_params(statement, &mut params)?;
        Ok(Description { params, columns, param_oids: Vec::new() })
    }
}

impl Session {
    /// Gives types to parameters that DuckDB leaves open: that of the operand beside them.
    fn infer_params(&self, statement: &Statement, params: &mut [SqlType]) -> Result<()> {
        for (at, param) in params.iter_mut().enumerate().filter(|(_, p)| matches!(p, SqlType::Unknown | SqlType::Null))
        {
            match param_neighbour(&statement.sql, at + 1) {
                Some(Neighbour::Integer) => *param = SqlType::BigInt,
                Some(Neighbour::Decimal) => *param = SqlType::Double,
                Some(Neighbour::Column(column)) => {
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
                        *param = simple_type(name);
                    }
                }
                None => {}
            }
        }
        Ok(())
    }
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
