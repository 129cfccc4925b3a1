//! What stands beside a parameter: enough to give it the type that Postgres would.

use crate::lexer::{TokenKind, tokenize};
use crate::name::unquote;

/// The operand on the other side of a parameter's operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Neighbour {
    /// A column, by its last name.
    Column(String),
    /// A whole number.
    Integer,
    /// A number with a point or an exponent.
    Decimal,
}

/// What `$n` is computed with: `n + $1`, `$1 * 2`. `None` when it is not an operand of arithmetic.
pub fn param_neighbour(sql: &str, n: usize) -> Option<Neighbour> {
    let tokens = tokenize(sql).ok()?;
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    let is_operator = |at: usize| matches!(text(at), "+" | "-" | "*" | "/" | "%");
    let mut anonymous = 0;
    for at in 0..tokens.len() {
        if tokens[at].kind != TokenKind::Param {
            continue;
        }
        let number = text(at)[1..].parse().unwrap_or_else(|_| {
            anonymous += 1;
            anonymous
        });
        if number != n || text(at + 1) == "::" {
            continue;
        }
        let operand = |at: usize| -> Option<Neighbour> {
            let token = tokens.get(at)?;
            match token.kind {
                TokenKind::Number if text(at).contains(['.', 'e', 'E']) => Some(Neighbour::Decimal),
                TokenKind::Number => Some(Neighbour::Integer),
                TokenKind::Word | TokenKind::Quoted => Some(Neighbour::Column(unquote(text(at)))),
                _ => None,
            }
        };
        if at >= 2 && is_operator(at - 1) {
            return operand(at - 2);
        }
        if is_operator(at + 1) {
            // `$1 + a.b`: the last name counts.
            let mut last = at + 2;
            while text(last + 1) == "." {
                last += 2;
            }
            return operand(last);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_operand_is_found() {
        let column = |name: &str| Some(Neighbour::Column(name.into()));
        assert_eq!(param_neighbour("UPDATE t SET n = n + $1 WHERE id = $2", 1), column("n"));
        assert_eq!(param_neighbour("UPDATE t SET n = n + $1 WHERE id = $2", 2), None);
        assert_eq!(param_neighbour("SELECT $1 * t.\"A b\" FROM t", 1), column("A b"));
        assert_eq!(param_neighbour("SELECT 1 + ?, 2.5 - ?", 1), Some(Neighbour::Integer));
        assert_eq!(param_neighbour("SELECT 1 + ?, 2.5 - ?", 2), Some(Neighbour::Decimal));
        assert_eq!(param_neighbour("SELECT 1 + $1::int", 1), None);
    }
}
