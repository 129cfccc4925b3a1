//! What clients ask of Postgres itself and DuckDB cannot answer: functions about the session, and
//! asyncpg's question about types.

use std::cell::RefCell;

use hatidata_engine::{SqlType, Value};
use hatidata_sql::{FunctionRef, Literal, Replacement, Statement, literal, read_call};

use crate::answer::{Answer, AnswerColumn};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

/// Settings that a statement changes with `set_config`, applied when it runs.
pub(crate) type Configured = RefCell<Vec<Effect>>;

/// What a statement does to its session beside giving rows.
pub(crate) enum Effect {
    /// `set_config(name, value, …)`
    Set(String, String),
    /// `pg_notify(channel, payload)`
    Notify(String, String),
    /// `pg_cancel_backend(pid)`
    Cancel(i32),
}

/// What `version()` says: clients read the Postgres version out of it.
const VERSION: &str = concat!("PostgreSQL 15.0 (HatiData ", env!("CARGO_PKG_VERSION"), ", DuckDB 1.5.5)");

impl Session {
    /// The expression that stands for a function about the session.
    pub(super) fn session_function(
        &self,
        statement: &Statement,
        function: &FunctionRef,
        params: &[Value],
        configured: &Configured,
    ) -> Result<Option<Replacement>> {
        let in_catalog = function.name.schema.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("pg_catalog"));
        if function.as_table || function.name.schema.is_some() && !in_catalog {
            return Ok(None);
        }
        let name = function.name.name.to_ascii_lowercase();
        let text = |value: &str| Ok(Some(Replacement::Expression(literal(value))));
        match name.as_str() {
            "version" => text(VERSION),
            "current_user" | "session_user" | "current_role" => text(&self.identity().user),
            "current_database" | "current_catalog" => text(self.database()),
            "pg_backend_pid" => Ok(Some(Replacement::Expression(self.number().max(1).to_string()))),
            "pg_notify" => self.notify_function(statement, function, params, configured).map(Some),
            "pg_cancel_backend" => self.cancel_function(statement, function, params, configured).map(Some),
            "pg_terminate_backend" => Err(Error::new(ErrorKind::Unsupported, "pg_terminate_backend is not offered")
                .at(function.span.start)
                .hint("pg_cancel_backend(pid) stops what the session runs")),
            "pg_is_in_recovery" => Ok(Some(Replacement::Expression("false".into()))),
            "pg_advisory_unlock_all" => Ok(Some(Replacement::Expression("''".into()))),
            "current_setting" | "set_config" => {
                let Ok(call) = read_call(statement, function) else { return Ok(None) };
                let argument = |at: usize| match call.arguments.get(at).map(|a| &a.value) {
                    Some(Literal::Text(text)) => Some(text.clone()),
                    Some(Literal::Bool(b)) => Some(b.to_string()),
                    Some(Literal::Number(n)) => Some(n.clone()),
                    Some(Literal::Param(n)) => match params.get(n - 1) {
                        Some(Value::Text(text)) => Some(text.clone()),
                        _ => None,
                    },
                    _ => None,
                };
                if let (None, Some(Literal::Param(n))) = (argument(0), call.arguments.first().map(|a| &a.value)) {
                    // While it is described it has no value yet.
                    return Ok(Some(Replacement::Expression(format!("CAST(${n} AS VARCHAR)"))));
                }
                let Some(setting) = argument(0) else { return Ok(None) };
                let setting = setting.to_ascii_lowercase();
                if name == "current_setting" {
                    let missing_ok = argument(1).as_deref() == Some("true");
                    return match self.show(&setting) {
                        Ok(value) => match call.arguments.first().map(|a| &a.value) {
                            // The parameter stays, so that as many are expected as are given.
                            Some(Literal::Param(n)) => {
                                let value = literal(&value);
                                Ok(Some(Replacement::Expression(format!(
                                    "CASE WHEN ${n}::VARCHAR IS NOT NULL THEN {value} END"
                                ))))
                            }
                            _ => text(&value),
                        },
                        Err(_) if missing_ok => Ok(Some(Replacement::Expression("NULL::VARCHAR".into()))),
                        // DuckDB has settings of its own.
                        Err(_) if is_engine_setting(&setting) => Ok(None),
                        Err(error) => Err(error.at(function.span.start)),
                    };
                }
                let value = argument(1);
                if let Some(value) = &value {
                    configured.borrow_mut().push(Effect::Set(setting, value.clone()));
                }
                match (value, call.arguments.get(1).map(|a| &a.value)) {
                    (_, Some(Literal::Param(n))) => Ok(Some(Replacement::Expression(format!("CAST(${n} AS VARCHAR)")))),
                    (Some(value), _) => text(&value),
                    (None, _) => Ok(Some(Replacement::Expression("''".into()))),
                }
            }
            _ => Ok(None),
        }
    }
}

impl Session {
    /// `pg_cancel_backend(pid)`: stops what another session runs; whether there is such a session.
    fn cancel_function(
        &self,
        statement: &Statement,
        function: &FunctionRef,
        params: &[Value],
        effects: &Configured,
    ) -> Result<Replacement> {
        let refused = || {
            Error::new(ErrorKind::Unsupported, "pg_cancel_backend takes one number: a literal or a parameter")
                .at(function.span.start)
                .hint("read the pid from pg_stat_activity first, then cancel it in a statement of its own")
        };
        let call = read_call(statement, function).map_err(|_| refused())?;
        let [argument] = call.arguments.as_slice() else { return Err(refused()) };
        let (number, kept) = match &argument.value {
            Literal::Number(number) => (number.parse().ok(), String::new()),
            Literal::Param(n) => {
                let kept = format!(" AND ${n}::INTEGER IS NOT NULL");
                match params.get(n - 1) {
                    Some(Value::Int(number)) => (i32::try_from(*number).ok(), kept),
                    Some(Value::Text(number)) => (number.parse().ok(), kept),
                    // It is only described.
                    None => return Ok(Replacement::Expression(format!("(true{kept})"))),
                    Some(_) => return Err(refused()),
                }
            }
            _ => return Err(refused()),
        };
        let number: i32 = number.ok_or_else(refused)?;
        let known = self.platform().activities.has(number);
        effects.borrow_mut().push(Effect::Cancel(number));
        Ok(Replacement::Expression(format!("({known}{kept})")))
    }

    /// `pg_notify(channel, payload)`: notifies when the statement runs; gives nothing.
    fn notify_function(
        &self,
        statement: &Statement,
        function: &FunctionRef,
        params: &[Value],
        effects: &Configured,
    ) -> Result<Replacement> {
        let refused = || {
            Error::new(ErrorKind::Unsupported, "pg_notify takes two texts: literals or parameters")
                .at(function.span.start)
                .hint("notify once for each value, from the client")
        };
        let call = read_call(statement, function).map_err(|_| refused())?;
        let mut texts = Vec::new();
        let mut open = Vec::new();
        for argument in &call.arguments {
            match &argument.value {
                Literal::Text(text) => texts.push(text.clone()),
                Literal::Null => texts.push(String::new()),
                Literal::Param(n) => {
                    open.push(format!("${n}::VARCHAR"));
                    match params.get(n - 1) {
                        Some(Value::Text(text)) => texts.push(text.clone()),
                        Some(Value::Null) => texts.push(String::new()),
                        // It is only described.
                        None => {}
                        Some(_) => return Err(refused()),
                    }
                }
                _ => return Err(refused()),
            }
        }
        match (call.arguments.len(), texts.as_slice()) {
            (2, [channel, payload]) => {
                self.notification(channel, payload).map_err(|e| e.at(function.span.start))?;
                effects.borrow_mut().push(Effect::Notify(channel.clone(), payload.clone()));
            }
            (2, _) if params.is_empty() => {}
            _ => return Err(refused()),
        }
        // Parameters have to stay in the text.
        Ok(Replacement::Expression(format!(
            "left(concat('', {}), 0)",
            [vec!["''".to_owned()], open].concat().join(", ")
        )))
    }
}

/// Settings that only DuckDB knows and that are harmless to read.
fn is_engine_setting(name: &str) -> bool {
    matches!(name, "threads" | "memory_limit" | "temp_directory" | "preserve_insertion_order" | "calendar")
}

/// Array types by OID and name, with their element's.
const ARRAYS: &[(i64, &str, i64, &str)] = &[
    (1000, "_bool", 16, "bool"),
    (1001, "_bytea", 17, "bytea"),
    (1005, "_int2", 21, "int2"),
    (1007, "_int4", 23, "int4"),
    (1009, "_text", 25, "text"),
    (1015, "_varchar", 1043, "varchar"),
    (1016, "_int8", 20, "int8"),
    (1021, "_float4", 700, "float4"),
    (1022, "_float8", 701, "float8"),
    (1028, "_oid", 26, "oid"),
    (1115, "_timestamp", 1114, "timestamp"),
    (1182, "_date", 1082, "date"),
    (1183, "_time", 1083, "time"),
    (1185, "_timestamptz", 1184, "timestamptz"),
    (1187, "_interval", 1186, "interval"),
    (1231, "_numeric", 1700, "numeric"),
    (1270, "_timetz", 1266, "timetz"),
    (1563, "_varbit", 1562, "varbit"),
    (199, "_json", 114, "json"),
    (2951, "_uuid", 2950, "uuid"),
    (3807, "_jsonb", 3802, "jsonb"),
];

/// The columns of asyncpg's question about types.
pub(super) const TYPE_COLUMNS: &[AnswerColumn] = &[
    ("oid", SqlType::BigInt),
    ("ns", SqlType::Varchar),
    ("name", SqlType::Varchar),
    ("kind", SqlType::Varchar),
    ("basetype", SqlType::BigInt),
    ("elemtype", SqlType::BigInt),
    ("elemdelim", SqlType::Varchar),
    ("range_subtype", SqlType::BigInt),
    ("attrtypoids", SqlType::Varchar),
    ("attrnames", SqlType::Varchar),
    ("depth", SqlType::Integer),
    ("basetype_name", SqlType::Varchar),
    ("elemtype_name", SqlType::Varchar),
    ("range_subtype_name", SqlType::Varchar),
];

/// Whether a statement is asyncpg's recursive query over Postgres' type catalog.
pub(super) fn asks_for_types(statement: &Statement) -> bool {
    statement.sql.contains("typeinfo_tree") && statement.sql.contains("pg_range")
}

/// The answer for the OIDs in `params`.
pub(super) fn types(params: &[Value]) -> Answer {
    let mut wanted: Vec<i64> = Vec::new();
    for param in params {
        if let Value::List(_, items) = param {
            wanted.extend(items.iter().filter_map(|item| match item {
                Value::Int(oid) => Some(*oid),
                Value::Text(oid) => oid.parse().ok(),
                _ => None,
            }));
        }
    }
    let text = |value: &str| Some(value.to_owned());
    let rows = ARRAYS
        .iter()
        .filter(|(oid, ..)| wanted.contains(oid))
        .map(|(oid, name, element, element_name)| {
            vec![
                Some(oid.to_string()),
                text("pg_catalog"),
                text(name),
                text("b"),
                None,
                Some(element.to_string()),
                text(","),
                None,
                None,
                None,
                text("0"),
                None,
                text(element_name),
                None,
            ]
        })
        .collect();
    Answer { columns: TYPE_COLUMNS.to_vec(), rows }
}
