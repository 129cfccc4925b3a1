//! The table of operations that SQL can call by name, and how their arguments are read.

use hatidata_engine::{Column, SqlType, Value};
use hatidata_sql::{Call, Literal};

use crate::answer::{AnswerColumn, described};
use crate::error::{Error, ErrorKind, Result};

/// An operation as SQL calls it.
#[derive(Debug)]
pub struct Operation {
    /// Its SQL name: `branch_create`.
    pub function: &'static str,
    /// Its name in the audit and at other doors: `branch.create`.
    pub name: &'static str,
    /// Its parameters in order; a last one that ends in `…` takes all further arguments.
    pub parameters: &'static [&'static str],
    /// How many of them must be given.
    pub required: usize,
    /// The columns it gives; empty when they depend on its arguments.
    pub(crate) columns: &'static [AnswerColumn],
    /// Whether it changes anything.
    pub changes: bool,
}

use crate::branch::columns;

/// Every operation that SQL can call.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        function: "branch_create",
        name: "branch.create",
        parameters: &["name", "description", "ttl_seconds", "tables"],
        required: 0,
        columns: columns::CREATE,
        changes: true,
    },
    Operation {
        function: "branch_query",
        name: "branch.query",
        parameters: &["branch", "sql"],
        required: 2,
        columns: &[],
        changes: false,
    },
    Operation {
        function: "branch_list",
        name: "branch.list",
        parameters: &["status"],
        required: 0,
        columns: columns::LIST,
        changes: false,
    },
    Operation {
        function: "branch_diff",
        name: "branch.diff",
        parameters: &["branch", "table"],
        required: 1,
        columns: &[],
        changes: false,
    },
    Operation {
        function: "branch_merge",
        name: "branch.merge",
        parameters: &["branch", "strategy", "dry_run"],
        required: 1,
        columns: columns::MERGE,
        changes: true,
    },
    Operation {
        function: "branch_discard",
        name: "branch.discard",
        parameters: &["branch"],
        required: 1,
        columns: columns::DISCARD,
        changes: true,
    },
    Operation {
        function: "branch_conflicts",
        name: "branch.conflicts",
        parameters: &["branch"],
        required: 1,
        columns: columns::CONFLICTS,
        changes: false,
    },
    Operation {
        function: "branch_resolve",
        name: "branch.resolve",
        parameters: &["branch", "table", "key", "resolution"],
        required: 2,
        columns: columns::RESOLVE,
        changes: true,
    },
    Operation {
        function: "branch_key",
        name: "branch.key",
        parameters: &["table", "columns…"],
        required: 2,
        columns: columns::KEY,
        changes: true,
    },
    Operation {
        function: "branch_restore",
        name: "branch.restore",
        parameters: &["branch"],
        required: 1,
        columns: columns::CREATE,
        changes: true,
    },
    Operation {
        function: "query_transpile",
        name: "query.transpile",
        parameters: &["sql", "dialect"],
        required: 1,
        columns: crate::query::TRANSPILE_COLUMNS,
        changes: false,
    },
];

/// The operation with this SQL name, lower case; the documented `hati_` prefix is accepted.
pub(crate) fn operation(function: &str) -> Option<&'static Operation> {
    let function = function.strip_prefix("hati_").unwrap_or(function);
    OPERATIONS.iter().find(|op| op.function == function)
}

impl Operation {
    /// The columns it gives, when they do not depend on its arguments.
    pub(crate) fn described(&self) -> Vec<Column> {
        described(self.columns)
    }

    fn usage(&self) -> String {
        format!("{}({})", self.function, self.parameters.join(", "))
    }

    /// Brings the arguments of `call` into the order of the parameters.
    pub(crate) fn arguments(&'static self, call: &Call, params: &[Value]) -> Result<Arguments> {
        let invalid =
            |message: String| Error::new(ErrorKind::InvalidInput, message).hint(format!("usage: {}", self.usage()));
        let mut values: Vec<Value> = Vec::new();
        let mut named = vec![None; self.parameters.len()];
        let rest = self.parameters.last().is_some_and(|p| p.ends_with('…'));
        for argument in &call.arguments {
            let value = value(&argument.value, params)?;
            match &argument.name {
                Some(name) => {
                    let known = |p: &str| p.trim_end_matches('…') == name || (p == "branch" && name == "branch_id");
                    let at = self
                        .parameters
                        .iter()
                        .position(|p| known(p))
                        .ok_or_else(|| invalid(format!("{} has no parameter \"{name}\"", self.function)))?;
                    if named[at].replace(value).is_some() || at < values.len() {
                        return Err(invalid(format!("{} got \"{name}\" twice", self.function)));
                    }
                }
                None if named.iter().any(Option::is_some) => {
                    return Err(invalid(format!("{} got a positional argument after a named one", self.function)));
                }
                None => values.push(value),
            }
        }
        if values.len() > self.parameters.len() && !rest {
            return Err(invalid(format!("{} got {} arguments", self.function, values.len())));
        }
        for (at, value) in named.into_iter().enumerate() {
            if let Some(value) = value {
                while values.len() <= at {
                    values.push(Value::Null);
                }
                values[at] = value;
            }
        }
        for at in 0..self.required {
            if values.get(at).is_none_or(|v| *v == Value::Null) {
                return Err(invalid(format!(
                    "{} needs \"{}\"",
                    self.function,
                    self.parameters[at].trim_end_matches('…')
                )));
            }
        }
        Ok(Arguments { operation: self, values })
    }
}

fn value(literal: &Literal, params: &[Value]) -> Result<Value> {
    Ok(match literal {
        Literal::Null => Value::Null,
        Literal::Bool(b) => Value::Bool(*b),
        Literal::Number(n) => n.parse().map(Value::Int).unwrap_or_else(|_| Value::Text(n.clone())),
        Literal::Text(t) => Value::Text(t.clone()),
        Literal::Param(n) => params
            .get(n - 1)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, format!("there is no parameter ${n}")).state("08P01"))?,
        Literal::List(items) => {
            Value::List(SqlType::Varchar, items.iter().map(|item| value(item, params)).collect::<Result<_>>()?)
        }
    })
}

/// Arguments in the order of an operation's parameters.
#[derive(Debug)]
pub(crate) struct Arguments {
    operation: &'static Operation,
    values: Vec<Value>,
}

impl Arguments {
    fn invalid(&self, at: usize, expected: &str) -> Error {
        Error::new(
            ErrorKind::InvalidInput,
            format!("{} expects {expected} as \"{}\"", self.operation.function, self.operation.parameters[at]),
        )
        .hint(format!("usage: {}", self.operation.usage()))
    }

    /// A text; `None` when absent.
    pub(crate) fn text(&self, at: usize) -> Result<Option<String>> {
        match self.values.get(at) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Int(n)) => Ok(Some(n.to_string())),
            Some(_) => Err(self.invalid(at, "a text")),
        }
    }

    /// A text that was checked to be given.
    pub(crate) fn required(&self, at: usize) -> Result<String> {
        self.text(at)?.ok_or_else(|| self.invalid(at, "a text"))
    }

    /// A whole number.
    pub(crate) fn integer(&self, at: usize) -> Result<Option<i64>> {
        match self.values.get(at) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Int(n)) => Ok(Some(*n)),
            Some(Value::Text(t)) => t.trim().parse().map(Some).map_err(|_| self.invalid(at, "a whole number")),
            Some(_) => Err(self.invalid(at, "a whole number")),
        }
    }

    /// A yes or no; no when absent.
    pub(crate) fn flag(&self, at: usize) -> Result<bool> {
        match self.values.get(at) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(b)) => Ok(*b),
            Some(Value::Text(t)) if matches!(t.to_ascii_lowercase().as_str(), "true" | "t" | "on" | "yes" | "1") => {
                Ok(true)
            }
            Some(Value::Text(t)) if matches!(t.to_ascii_lowercase().as_str(), "false" | "f" | "off" | "no" | "0") => {
                Ok(false)
            }
            Some(_) => Err(self.invalid(at, "true or false")),
        }
    }

    /// A list of texts: a list, a text with commas, or all arguments from here on.
    pub(crate) fn list(&self, at: usize) -> Result<Vec<String>> {
        let mut out = Vec::new();
        for value in self.values.get(at..).unwrap_or_default() {
            match value {
                Value::Null => {}
                Value::List(_, items) => {
                    for item in items {
                        match item {
                            Value::Text(text) => out.push(text.clone()),
                            _ => return Err(self.invalid(at, "a list of texts")),
                        }
                    }
                }
                Value::Text(text) => {
                    let inner = text.trim().trim_matches(['[', ']', '{', '}']);
                    out.extend(
                        inner
                            .split(',')
                            .map(|t| t.trim().trim_matches(['"', '\'']).to_owned())
                            .filter(|t| !t.is_empty()),
                    );
                }
                _ => return Err(self.invalid(at, "a list of texts")),
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hatidata_sql::{parse_one, whole_call};

    fn arguments(sql: &str) -> Result<Arguments> {
        let call = whole_call(&parse_one(sql).unwrap(), |name| operation(name).is_some()).unwrap().unwrap();
        operation(&call.name).unwrap().arguments(&call, &[Value::Text("p".into())])
    }

    #[test]
    fn arguments_are_positional_or_named() {
        for sql in [
            "SELECT branch_create('n', NULL, 60, ['a', 'b'])",
            "SELECT branch_create(name => 'n', tables => 'a, b', ttl_seconds => '60')",
            "SELECT hati_branch_create('n', ttl_seconds := 60, tables := ['a', 'b'])",
        ] {
            let arguments = arguments(sql).unwrap();
            assert_eq!(arguments.text(0).unwrap().as_deref(), Some("n"), "{sql}");
            assert_eq!(arguments.text(1).unwrap(), None);
            assert_eq!(arguments.integer(2).unwrap(), Some(60));
            assert_eq!(arguments.list(3).unwrap(), ["a", "b"]);
        }
        assert_eq!(arguments("SELECT branch_key('t', 'a', $1)").unwrap().list(1).unwrap(), ["a", "p"]);
    }

    #[test]
    fn wrong_arguments_are_told_with_the_usage() {
        for sql in [
            "SELECT branch_merge()",
            "SELECT branch_merge('b', 'x', true, 1)",
            "SELECT branch_merge('b', nosuch => 1)",
            "SELECT branch_merge('b', branch => 'c')",
            "SELECT branch_merge(branch => 'b', 'abort')",
            "SELECT branch_discard(NULL)",
        ] {
            let error = arguments(sql).unwrap_err();
            assert_eq!(error.sqlstate, "22023", "{sql}");
            assert!(error.hint.unwrap().starts_with("usage: branch_"), "{sql}");
        }
    }
}
