//! `SET`, `RESET` and `SHOW` of session settings.

use crate::lexer::{TokenKind, text_value, tokenize};
use crate::name::unquote;

/// A command about a session setting. Names are lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `SET name = value`; `None` stands for `DEFAULT`. Lists are joined with `, `.
    Set {
        /// The setting.
        name: String,
        /// Its new value.
        value: Option<String>,
        /// `SET LOCAL`: until the end of the transaction.
        local: bool,
    },
    /// `RESET name`
    Reset(String),
    /// `RESET ALL`
    ResetAll,
    /// `SHOW name`
    Show(String),
    /// `SHOW ALL`
    ShowAll,
    /// `SET TRANSACTION …`, `SET SESSION CHARACTERISTICS …`: one isolation level exists, so only this counts.
    Transaction {
        /// It is for all transactions that follow.
        session: bool,
        /// `READ ONLY` or `READ WRITE`, if one of them is said.
        read_only: Option<bool>,
    },
}

/// Reads such a command; `None` when it is none or malformed.
pub fn parse_setting(sql: &str) -> Option<Setting> {
    let tokens = tokenize(sql).ok()?;
    let text = |at: usize| tokens.get(at).map_or("", |t| &sql[t.start..t.end]);
    let is = |at: usize, word: &str| text(at).eq_ignore_ascii_case(word);
    let name_from = |from: usize| {
        let mut name = String::new();
        let mut at = from;
        while let Some(token) = tokens.get(at) {
            match (token.kind, text(at)) {
                (TokenKind::Word | TokenKind::Quoted, raw) => name.push_str(&unquote(raw)),
                (TokenKind::Symbol, ".") => name.push('.'),
                _ => break,
            }
            at += 1;
            if !matches!(text(at), ".") && !name.ends_with('.') {
                break;
            }
        }
        (name.to_ascii_lowercase(), at)
    };
    match text(0).to_ascii_uppercase().as_str() {
        "RESET" if is(1, "ALL") => Some(Setting::ResetAll),
        "RESET" => Some(Setting::Reset(name_from(1 + usize::from(is(1, "SESSION"))).0)),
        "SHOW" if is(1, "ALL") => Some(Setting::ShowAll),
        "SHOW" if is(1, "TRANSACTION") => Some(Setting::Show("transaction_isolation".into())),
        "SHOW" if is(1, "TIME") && is(2, "ZONE") => Some(Setting::Show("timezone".into())),
        "SHOW" => Some(Setting::Show(name_from(1).0)),
        "SET" => {
            if is(1, "TRANSACTION") || is(1, "SESSION") && is(2, "CHARACTERISTICS") {
                let said = |word: &str| (1..tokens.len()).any(|at| is(at, "READ") && is(at + 1, word));
                return Some(Setting::Transaction {
                    session: is(1, "SESSION"),
                    read_only: if said("ONLY") { Some(true) } else { said("WRITE").then_some(false) },
                });
            }
            let local = is(1, "LOCAL");
            let from = 1 + usize::from(local || is(1, "SESSION") || is(1, "GLOBAL"));
            let (name, at) = if is(from, "TIME") && is(from + 1, "ZONE") {
                ("timezone".to_owned(), from + 2)
            } else if is(from, "NAMES") {
                ("client_encoding".to_owned(), from + 1)
            } else {
                let (name, at) = name_from(from);
                if !(is(at, "=") || is(at, "TO")) {
                    return None;
                }
                (name, at + 1)
            };
            let mut parts = Vec::new();
            let mut current = String::new();
            for (at, token) in tokens.iter().enumerate().skip(at) {
                match token.kind {
                    TokenKind::Symbol if text(at) == "," => parts.push(std::mem::take(&mut current)),
                    TokenKind::Text => current.push_str(&text_value(text(at))),
                    TokenKind::Word | TokenKind::Quoted if !current.is_empty() => {
                        current.push(' ');
                        current.push_str(&unquote(text(at)));
                    }
                    _ => current.push_str(&unquote(text(at))),
                }
            }
            let is_default = parts.is_empty() && current.eq_ignore_ascii_case("default");
            parts.push(current);
            (at < tokens.len() && !name.is_empty()).then(|| Setting::Set {
                name,
                value: (!is_default).then(|| parts.join(", ")),
                local,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_every_spelling() {
        let set =
            |name: &str, value: &str| Some(Setting::Set { name: name.into(), value: Some(value.into()), local: false });
        for (sql, expected) in [
            ("SET hatidata_request_id = 'a''b'", set("hatidata_request_id", "a'b")),
            ("set search_path to main, public", set("search_path", "main, public")),
            ("SET SESSION hatidata.environment TO production", set("hatidata.environment", "production")),
            ("SET TIME ZONE 'Europe/Berlin'", set("timezone", "Europe/Berlin")),
            ("SET statement_timeout = 500", set("statement_timeout", "500")),
            ("SET x = -1", set("x", "-1")),
            ("SET hatidata_branch = ''", set("hatidata_branch", "")),
            ("SET LOCAL x TO DEFAULT", Some(Setting::Set { name: "x".into(), value: None, local: true })),
            (
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
                Some(Setting::Transaction { session: true, read_only: Some(false) }),
            ),
            (
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY",
                Some(Setting::Transaction { session: false, read_only: Some(true) }),
            ),
            ("SET TIME ZONE -7", set("timezone", "-7")),
            ("RESET ALL", Some(Setting::ResetAll)),
            ("RESET hatidata_branch", Some(Setting::Reset("hatidata_branch".into()))),
            ("SHOW TIME ZONE", Some(Setting::Show("timezone".into()))),
            ("SHOW server_version", Some(Setting::Show("server_version".into()))),
            ("SET x", None),
        ] {
            assert_eq!(parse_setting(sql), expected, "{sql}");
        }
    }
}
