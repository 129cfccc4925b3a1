//! What PostgreSQL calls the columns of a result.

use std::ops::Range;

use super::super::walk::{Text, type_end};
use crate::lexer::TokenKind;
use crate::name::unquote;

/// The name of an item of a select list without an alias; `None` where DuckDB gives the same.
pub(super) fn name(text: &Text<'_>, item: Range<usize>) -> Option<String> {
    let (at, end) = (item.start, item.end);
    // a, t.a, s.t.a
    if text.kind(at) != Some(TokenKind::Text)
        && text.is_name(at)
        && plain_name_end(text, at) == end
        && !is_value(text, at)
    {
        return None;
    }
    Some(figure(text, at..end).unwrap_or_else(|| "?column?".to_owned()))
}

/// Words that are functions without parentheses, by the name of their column.
fn is_value(text: &Text<'_>, at: usize) -> bool {
    ["NULL", "TRUE", "FALSE"].iter().any(|word| text.is(at, word))
        || text.kind(at) == Some(TokenKind::Word)
            && [
                "CURRENT_DATE",
                "CURRENT_TIMESTAMP",
                "CURRENT_TIME",
                "LOCALTIME",
                "LOCALTIMESTAMP",
                "CURRENT_USER",
                "SESSION_USER",
                "USER",
                "CURRENT_ROLE",
                "CURRENT_CATALOG",
                "CURRENT_SCHEMA",
            ]
            .iter()
            .any(|word| text.is(at, word))
}

fn plain_name_end(text: &Text<'_>, at: usize) -> usize {
    let mut end = at + 1;
    while text.at(end) == "." && text.is_name(end + 1) {
        end += 2;
    }
    end
}

fn figure(text: &Text<'_>, item: Range<usize>) -> Option<String> {
    let at = item.start;
    // What follows the first operand decides: nothing, a cast, an index, AT TIME ZONE, OVER and the like.
    let (end, found) = primary(text, at)?;
    let (mut end, mut found) = (end, found);
    // A type's name gives way to that of an outer cast, any other name stays.
    let mut is_type = text.is_name(at) && text.kind(type_end(text, at)) == Some(TokenKind::Text);
    while end < item.end {
        match text.at(end) {
            "::" => {
                let after = type_end(text, end + 1);
                if found.is_none() || is_type {
                    found = Some(type_column(text, end + 1..after));
                    is_type = true;
                }
                end = after;
            }
            "[" => end = text.partner(end) + 1,
            "." if text.is_name(end + 1) => {
                found = Some(unquote_lower(text, end + 1));
                end += 2;
            }
            _ if text.is(end, "OVER") && text.at(end + 1) == "("
                || text.is(end, "FILTER") && text.at(end + 1) == "(" =>
            {
                end = text.partner(end + 1) + 1;
            }
            _ if text.is(end, "OVER") => end += 2,
            _ if text.are(end, &["WITHIN", "GROUP"]) => end = text.partner(end + 2) + 1,
            _ if text.are(end, &["AT", "TIME", "ZONE"]) && text.operand_end(end + 3) == item.end => {
                return Some("timezone".to_owned());
            }
            _ if text.is(end, "COLLATE") => end += 2,
            _ if text.is(end, "OVERLAPS") => return Some("overlaps".to_owned()),
            _ => return None,
        }
    }
    found
}

/// The token after the first operand, and its name if it has one.
fn primary(text: &Text<'_>, at: usize) -> Option<(usize, Option<String>)> {
    if text.at(at) == "(" {
        let close = text.partner(at);
        let inner = at + 1..close;
        let name = if text.is(inner.start, "SELECT") || text.is(inner.start, "WITH") || text.is(inner.start, "VALUES") {
            subquery(text, inner)
        } else if plain_name_end(text, inner.start) == close && text.is_name(inner.start) {
            Some(unquote_lower(text, close - 1))
        } else if text.arguments(at).len() > 1 {
            Some("row".to_owned())
        } else {
            figure(text, inner)
        };
        return Some((close + 1, name));
    }
    if matches!(text.kind(at), Some(TokenKind::Number | TokenKind::Text | TokenKind::Param)) {
        return Some((at + 1, None));
    }
    if !text.is_name(at) {
        return None;
    }
    if text.is(at, "CASE") {
        let end = case_end(text, at)?;
        return Some((end, Some("case".to_owned())));
    }
    if text.is(at, "NOT") {
        return None;
    }
    if ["NULL", "TRUE", "FALSE"].iter().any(|word| text.is(at, word)) {
        return Some((at + 1, None));
    }
    if text.is(at, "ARRAY") && matches!(text.at(at + 1), "[" | "(") {
        return Some((text.partner(at + 1) + 1, Some("array".to_owned())));
    }
    if text.is(at, "CAST") && text.at(at + 1) == "(" {
        return Some((text.partner(at + 1) + 1, cast_name(text, at + 1)));
    }
    // date '2024-01-31', interval '1' day
    let typed = type_end(text, at);
    if text.kind(typed) == Some(TokenKind::Text) {
        let name = type_column(text, at..typed);
        let mut end = typed + 1;
        if name == "interval" && text.is_name(end) && !text.is(end, "AT") {
            end += 1;
        }
        return Some((end, Some(name)));
    }
    let end = plain_name_end(text, at);
    if text.at(end) == "(" {
        return Some((text.partner(end) + 1, Some(function_column(text, at, end))));
    }
    Some((end, Some(unquote_lower(text, end - 1))))
}

/// What functions with a syntax of their own are called.
fn function_column(text: &Text<'_>, at: usize, open: usize) -> String {
    let name = unquote_lower(text, open - 1);
    match name.as_str() {
        "trim" if text.is(open + 1, "LEADING") => "ltrim".to_owned(),
        "trim" if text.is(open + 1, "TRAILING") => "rtrim".to_owned(),
        "trim" => "btrim".to_owned(),
        "ceiling" if at + 1 == open => "ceiling".to_owned(),
        _ => name,
    }
}

fn subquery(text: &Text<'_>, inner: Range<usize>) -> Option<String> {
    if !text.is(inner.start, "SELECT") {
        return text.is(inner.start, "VALUES").then(|| "column1".to_owned());
    }
    let mut at = inner.start + 1;
    let first = at;
    while at < inner.end {
        match text.at(at) {
            "(" | "[" | "{" => at = text.partner(at),
            "," => return None,
            _ if ["FROM", "WHERE", "ORDER", "LIMIT", "GROUP", "UNION"].iter().any(|word| text.is(at, word)) => break,
            _ => {}
        }
        at += 1;
    }
    if at >= 2 && text.is(at - 2, "AS") {
        return Some(unquote_lower(text, at - 1));
    }
    name(text, first..at).or_else(|| Some(unquote_lower(text, at - 1)))
}

fn cast_name(text: &Text<'_>, open: usize) -> Option<String> {
    let close = text.partner(open);
    let at = (open + 1..close).rev().find(|&at| text.is(at, "AS"))?;
    figure(text, open + 1..at).or_else(|| Some(type_column(text, at + 1..close)))
}

fn case_end(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut depth = 0;
    for end in at..text.len() {
        if text.is(end, "CASE") {
            depth += 1;
        } else if text.is(end, "END") {
            depth -= 1;
            if depth == 0 {
                return Some(end + 1);
            }
        }
    }
    None
}

/// A type's internal name, which is what a cast's column is called.
fn type_column(text: &Text<'_>, tokens: Range<usize>) -> String {
    let mut last = tokens.start;
    while text.at(last + 1) == "." {
        last += 2;
    }
    let words = text.text(&(last..tokens.end)).to_ascii_lowercase();
    let name = unquote_lower(text, last);
    let zoned = words.contains("with time zone");
    match name.as_str() {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "double" => "float8",
        "float" => match text.at(last + 2).parse::<u8>() {
            Ok(1..=24) if text.at(last + 1) == "(" => "float4",
            _ => "float8",
        },
        "decimal" | "dec" => "numeric",
        "boolean" => "bool",
        "character" | "char" if words.contains("varying") => "varchar",
        "character" | "char" => "bpchar",
        "timestamp" if zoned => "timestamptz",
        "time" if zoned => "timetz",
        "bit" if words.contains("varying") => "varbit",
        other => other,
    }
    .to_owned()
}

fn unquote_lower(text: &Text<'_>, at: usize) -> String {
    match text.kind(at) {
        Some(TokenKind::Quoted) => unquote(text.at(at)),
        _ => text.at(at).to_lowercase(),
    }
}
