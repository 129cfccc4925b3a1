//! SQL text into tokens with byte positions, by the lexical rules of DuckDB (PostgreSQL's).

use std::fmt;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier or keyword without quotes.
    Word,
    /// An identifier in double quotes.
    Quoted,
    /// A string in any of its forms: `'…'`, `E'…'`, `$$…$$`.
    Text,
    /// A number.
    Number,
    /// A parameter: `$1`, `?`, `$name`.
    Param,
    /// Anything else; `::`, `=>` and `:=` are one token, other operators one per character.
    Symbol,
}

/// A piece of the text between two byte positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Byte position of its first character.
    pub start: usize,
    /// Byte position after its last character.
    pub end: usize,
}

/// Text that cannot be cut into tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexError {
    /// What is wrong, in one sentence.
    pub message: &'static str,
    /// Byte position where the broken token starts.
    pub position: usize,
}

impl fmt::Display for LexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

/// Cuts `sql` into tokens; comments and white space are dropped.
pub fn tokenize(sql: &str) -> Result<Vec<Token>, LexError> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::with_capacity(sql.len() / 5 + 4);
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = comment_end(bytes, at)?;
                continue;
            }
            b'\'' => {
                at = quoted_end(bytes, at, b'\'', false)?;
                TokenKind::Text
            }
            b'"' => {
                at = quoted_end(bytes, at, b'"', false)?;
                TokenKind::Quoted
            }
            b'$' => match dollar_quote_end(sql, at)? {
                Some(end) => {
                    at = end;
                    TokenKind::Text
                }
                None => {
                    at = word_end(sql, at + 1);
                    if at == start + 1 { TokenKind::Symbol } else { TokenKind::Param }
                }
            },
            b'?' => {
                at += 1;
                while at < bytes.len() && bytes[at].is_ascii_digit() {
                    at += 1;
                }
                TokenKind::Param
            }
            b if b.is_ascii_digit()
                || (b == b'.'
                    && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
                    && !follows_name(&tokens, start)) =>
            {
                at = number_end(bytes, at);
                TokenKind::Number
            }
            b if is_word_start(b) => {
                at = word_end(sql, at);
                let prefix = &bytes[start..at];
                match (prefix, bytes.get(at)) {
                    (b"e" | b"E", Some(b'\'')) => {
                        at = quoted_end(bytes, at, b'\'', true)?;
                        TokenKind::Text
                    }
                    (b"x" | b"X" | b"b" | b"B", Some(b'\'')) => {
                        at = quoted_end(bytes, at, b'\'', false)?;
                        TokenKind::Text
                    }
                    _ if sql[start..at].chars().all(char::is_whitespace) => continue,
                    _ => TokenKind::Word,
                }
            }
            b => {
                at += match (b, bytes.get(at + 1)) {
                    (b':', Some(b':' | b'=')) | (b'=', Some(b'>')) => 2,
                    _ => 1,
                };
                TokenKind::Symbol
            }
        };
        tokens.push(Token { kind, start, end: at });
    }
    Ok(tokens)
}

/// `t.1` does not exist in SQL, but `a.b` with a digit next to the point must not become a number.
fn follows_name(tokens: &[Token], at: usize) -> bool {
    tokens.last().is_some_and(|t| t.end == at && matches!(t.kind, TokenKind::Word | TokenKind::Quoted))
}

fn is_word_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

fn word_end(sql: &str, from: usize) -> usize {
    let rest = &sql.as_bytes()[from..];
    from + rest.iter().take_while(|&&b| is_word_start(b) || b.is_ascii_digit() || b == b'$').count()
}

fn number_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len() {
        let b = bytes[at];
        let exponent_sign = matches!(b, b'+' | b'-')
            && matches!(bytes[at - 1], b'e' | b'E')
            && at > from
            && !bytes[from..at].starts_with(b"0x");
        if b.is_ascii_alphanumeric() || b == b'_' || b == b'.' || exponent_sign {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// End of a quoted token that starts at or after `from`; the quote character doubled is itself.
fn quoted_end(bytes: &[u8], from: usize, quote: u8, backslash: bool) -> Result<usize, LexError> {
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if backslash => at += 2,
            b if b == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            b if b == quote => return Ok(at + 1),
            _ => at += 1,
        }
    }
    let message = if quote == b'"' { "unterminated quoted identifier" } else { "unterminated quoted string" };
    Err(LexError { message, position: from })
}

/// `$tag$ … $tag$`; `None` when this is a parameter or a lone dollar sign.
fn dollar_quote_end(sql: &str, from: usize) -> Result<Option<usize>, LexError> {
    let rest = &sql[from + 1..];
    let tag_length = rest.bytes().take_while(|&b| is_word_start(b) || b.is_ascii_digit()).count();
    if rest.as_bytes().get(tag_length) != Some(&b'$') || rest.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    let delimiter = &sql[from..from + tag_length + 2];
    let body = from + delimiter.len();
    match sql[body..].find(delimiter) {
        Some(length) => Ok(Some(body + length + delimiter.len())),
        None => Err(LexError { message: "unterminated dollar-quoted string", position: from }),
    }
}

/// Comments nest.
fn comment_end(bytes: &[u8], from: usize) -> Result<usize, LexError> {
    let mut depth = 0;
    let mut at = from;
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'/', b'*') => {
                depth += 1;
                at += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Ok(at);
                }
            }
            _ => at += 1,
        }
    }
    Err(LexError { message: "unterminated comment", position: from })
}

/// The value of a string token: its quotes removed and its escapes resolved.
pub fn text_value(raw: &str) -> String {
    if let Some(body) = raw.strip_prefix('$') {
        let tag = body.find('$').map_or(0, |i| i + 2);
        return raw.get(tag..raw.len() - tag).unwrap_or_default().to_owned();
    }
    let quote = raw.find('\'').unwrap_or(0);
    let body = raw.get(quote + 1..raw.len() - 1).unwrap_or_default();
    let body = body.replace("''", "'");
    match raw.as_bytes()[0] {
        b'e' | b'E' => unescape(&body),
        _ => body,
    }
}

fn unescape(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &[&str]) {
        let tokens = tokenize(sql).unwrap();
        assert_eq!(tokens.iter().map(|t| &sql[t.start..t.end]).collect::<Vec<_>>(), expected, "{sql}");
    }

    #[test]
    fn tokens_follow_the_lexical_rules() {
        check("SELECT a.b, 'it''s' -- c\n/* x /* y */ */ ;", &["SELECT", "a", ".", "b", ",", "'it''s'", ";"]);
        check("E'a\\'b' $$x'y$$ $t$ $$ $t$", &["E'a\\'b'", "$$x'y$$", "$t$ $$ $t$"]);
        check("$1::int ?2 x=>1 y:=.5e-3", &["$1", "::", "int", "?2", "x", "=>", "1", "y", ":=", ".5e-3"]);
        check("\"a\"\"b\" é_1 1_000 0xFF a->b", &["\"a\"\"b\"", "é_1", "1_000", "0xFF", "a", "-", ">", "b"]);
        check("x'00' a[1:2] t:u", &["x'00'", "a", "[", "1", ":", "2", "]", "t", ":", "u"]);
    }

    #[test]
    fn unterminated_tokens_name_their_start() {
        for (sql, position) in [("select 'a", 7), ("select \"a", 7), ("/* a", 0), ("$x$ a", 0)] {
            assert_eq!(tokenize(sql).unwrap_err().position, position, "{sql}");
        }
    }

    #[test]
    fn text_values_resolve_quotes() {
        for (raw, value) in
            [("'it''s'", "it's"), ("$$a'b$$", "a'b"), ("$t$a$t$", "a"), ("E'a\\nb'", "a\nb"), ("''", "")]
        {
            assert_eq!(text_value(raw), value);
        }
    }
}
