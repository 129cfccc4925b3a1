//! The shape of a statement without its literals: the key under which decisions are remembered.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::lexer::{TokenKind, tokenize};
use crate::statement::Statement;

/// A number that is equal for statements that differ only in literals, case and white space.
///
/// Texts in a statement that reads files keep their value: there a literal names data.
pub fn fingerprint(statement: &Statement) -> u64 {
    let mut hasher = DefaultHasher::new();
    let keep_texts = !statement.files.is_empty() || statement.functions.iter().any(|f| f.as_table);
    for token in tokenize(&statement.sql).unwrap_or_default() {
        let raw = &statement.sql[token.start..token.end];
        match token.kind {
            TokenKind::Word => raw.to_lowercase().hash(&mut hasher),
            TokenKind::Text if !keep_texts => "'".hash(&mut hasher),
            TokenKind::Number => "0".hash(&mut hasher),
            _ => raw.hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_one;

    #[test]
    fn literals_and_white_space_do_not_count() {
        let of = |sql: &str| fingerprint(&parse_one(sql).unwrap());
        assert_eq!(of("SELECT * FROM t WHERE a = 'x' AND b = 1"), of("select *  from T where a='y' and b=22"));
        assert_ne!(of("SELECT * FROM t"), of("SELECT * FROM u"));
        assert_ne!(of("SELECT * FROM query('a')"), of("SELECT * FROM query('b')"));
    }
}
