//! Calls of operations in SQL: `SELECT branch_create('x', ttl_seconds => 60)`.

use crate::lexer::{Token, TokenKind, text_value, tokenize};
use crate::scan::Scanner;
use crate::statement::{FunctionRef, Kind, Statement};

/// An argument's value: operations take literals and parameters, not expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `NULL`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written
    Number(String),
    /// A string's value
    Text(String),
    /// `$n`, counted from 1
    Param(usize),
    /// `['a', 'b']` or `ARRAY['a', 'b']`
    List(Vec<Literal>),
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name, lower case, when given as `name => value` or `name := value`.
    pub name: Option<String>,
    /// Its value.
    pub value: Literal,
}

/// A call of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function's name, lower case.
    pub name: String,
    /// Its arguments in order.
    pub arguments: Vec<Argument>,
}

/// Arguments that are not literals: what is wrong, and the byte position in the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// One sentence.
    pub message: String,
    /// Byte position in the statement.
    pub position: usize,
}

/// The operation that a whole statement calls: `SELECT f(…)`, `SELECT * FROM f(…)`, `CALL f(…)`.
///
/// `None` when the statement is anything else.
pub fn whole_call(statement: &Statement, is_operation: impl Fn(&str) -> bool) -> Option<Result<Call, CallError>> {
    let function = statement.functions.first()?;
    if function.name.schema.is_some() || !is_operation(&function.name.name.to_ascii_lowercase()) {
        return None;
    }
    let is_call = statement.kind == Kind::Other("CALL".into());
    if !is_call && statement.kind != Kind::Query {
        return None;
    }
    let before = squeeze(&statement.sql[..function.span.start])?;
    let after = squeeze(&statement.sql[function.call.end..])?;
    let starts = matches!(before.as_slice(), [a] if a == "SELECT" || a == "CALL" || a == "FROM")
        || before == ["SELECT", "*", "FROM"];
    let ends = after.is_empty()
        || matches!(after.as_slice(), [a] if is_word(a))
        || matches!(after.as_slice(), [a, b] if a == "AS" && is_word(b));
    (starts && ends).then(|| read_call(statement, function))
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"')
}

fn squeeze(sql: &str) -> Option<Vec<String>> {
    Some(tokenize(sql).ok()?.iter().map(|t| sql[t.start..t.end].to_ascii_uppercase()).collect())
}

/// The call that stands at `function` in `statement`.
pub fn read_call(statement: &Statement, function: &FunctionRef) -> Result<Call, CallError> {
    let args = &statement.sql[function.args.clone()];
    let base = function.args.start;
    let tokens = tokenize(args).map_err(|e| CallError { message: e.message.into(), position: base + e.position })?;
    let fail = |message: String, at: usize| CallError { message, position: base + at };
    let scanner = Scanner::new(args, &tokens).map_err(|_| fail("unbalanced bracket".into(), 0))?;
    let mut reader = Reader { args, tokens: &tokens, scanner: &scanner, at: 0, anonymous: 0 };
    let mut arguments = Vec::new();
    while reader.at < tokens.len() {
        let start = tokens[reader.at].start;
        let argument = reader.argument().ok_or_else(|| {
            fail(format!("an argument of {} is not a literal or a parameter", function.name.name), start)
        })?;
        arguments.push(argument);
        if reader.at < tokens.len() && !scanner.symbol(reader.at, ",") {
            return Err(fail(
                format!("an argument of {} is not a literal or a parameter", function.name.name),
                tokens[reader.at].start,
            ));
        }
        reader.at += 1;
    }
    Ok(Call { name: function.name.name.to_ascii_lowercase(), arguments })
}

struct Reader<'a, 'b> {
    args: &'a str,
    tokens: &'a [Token],
    scanner: &'b Scanner<'a>,
    at: usize,
    anonymous: usize,
}

impl Reader<'_, '_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| &self.args[t.start..t.end])
    }

    fn argument(&mut self) -> Option<Argument> {
        let mut name = None;
        if self.scanner.symbol(self.at + 1, "=>") || self.scanner.symbol(self.at + 1, ":=") {
            name = Some(crate::name::unquote(self.text(self.at)).to_ascii_lowercase());
            self.at += 2;
        }
        let value = self.literal()?;
        Some(Argument { name, value })
    }

    fn literal(&mut self) -> Option<Literal> {
        let value = self.bare_literal()?;
        // A cast of a literal (`$1::VARCHAR`) says nothing that the operation does not know.
        if self.scanner.symbol(self.at, "::") {
            self.at += 2;
            while self.scanner.symbol(self.at, "[") {
                self.at = self.scanner.partner(self.at) + 1;
            }
        }
        Some(value)
    }

    fn bare_literal(&mut self) -> Option<Literal> {
        let token = *self.tokens.get(self.at)?;
        let text = self.args[token.start..token.end].to_owned();
        self.at += 1;
        match token.kind {
            TokenKind::Text => Some(Literal::Text(text_value(&text))),
            TokenKind::Number => Some(Literal::Number(text)),
            TokenKind::Param => match text[1..].parse() {
                Ok(n) => Some(Literal::Param(n)),
                Err(_) if text == "?" => {
                    self.anonymous += 1;
                    Some(Literal::Param(self.anonymous))
                }
                Err(_) => None,
            },
            TokenKind::Word => match text.to_ascii_uppercase().as_str() {
                "NULL" => Some(Literal::Null),
                "TRUE" => Some(Literal::Bool(true)),
                "FALSE" => Some(Literal::Bool(false)),
                "ARRAY" if self.scanner.symbol(self.at, "[") => self.literal(),
                _ => None,
            },
            TokenKind::Symbol if text == "-" => match self.literal()? {
                Literal::Number(n) => Some(Literal::Number(format!("-{n}"))),
                _ => None,
            },
            TokenKind::Symbol if text == "[" => {
                let end = self.scanner.partner(self.at - 1);
                let mut items = Vec::new();
                while self.at < end {
                    items.push(self.literal()?);
                    if self.at < end && !self.scanner.symbol(self.at, ",") {
                        return None;
                    }
                    self.at += usize::from(self.at < end);
                }
                self.at = end + 1;
                Some(Literal::List(items))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_one;

    fn call(sql: &str) -> Option<Result<Call, CallError>> {
        whole_call(&parse_one(sql).unwrap(), |name| name.starts_with("branch_"))
    }

    #[test]
    fn calls_are_read_in_every_spelling() {
        let expected = Call {
            name: "branch_create".into(),
            arguments: vec![
                Argument { name: None, value: Literal::Text("it's".into()) },
                Argument { name: Some("ttl_seconds".into()), value: Literal::Number("-6".into()) },
                Argument {
                    name: Some("tables".into()),
                    value: Literal::List(vec![Literal::Text("a".into()), Literal::Param(1)]),
                },
            ],
        };
        for sql in [
            "SELECT branch_create('it''s', ttl_seconds => -6, tables := ['a', $1])",
            "SELECT branch_create(\n'it''s', ttl_seconds => -6, tables => ['a', $1]\n) ;",
            "select * from BRANCH_CREATE('it''s', ttl_seconds => -6::int, tables => ARRAY['a', $1::varchar]) AS b",
            "CALL branch_create($$it's$$, TTL_SECONDS := -6, tables => ['a', ?]::varchar[])",
        ] {
            assert_eq!(call(sql), Some(Ok(expected.clone())), "{sql}");
        }
    }

    #[test]
    fn other_statements_are_not_calls_and_expressions_are_refused() {
        assert_eq!(call("SELECT upper('x')"), None);
        assert_eq!(call("SELECT name FROM branch_list() WHERE name = 'x'"), None);
        assert_eq!(call("SELECT branch_list(), 1"), None);
        assert_eq!(call("SELECT branch_create('a' || 'b')").unwrap().unwrap_err().position, 25);
        assert!(call("SELECT branch_create(now())").unwrap().is_err());
        assert_eq!(call("SELECT branch_list()").unwrap().unwrap().arguments, []);
    }
}
