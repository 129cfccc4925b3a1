//! Types, and casts that PostgreSQL does in its own way.

use std::ops::Range;

use super::super::Untranslated;
use super::super::walk::{Cast, Edits, Text, TypePlace};
use super::{SCHEMA, array, literals};
use crate::lexer::{TokenKind, text_value};

/// Digits after the point of a `numeric` without limits: DuckDB's have a fixed scale.
const FREE_SCALE: &str = "DECIMAL(38, 10)";

pub(super) fn rewrite(text: &Text<'_>, edits: &mut Edits, place: &TypePlace) -> Result<(), Untranslated> {
    let at = if text.is(place.tokens.start, "pg_catalog") { place.tokens.start + 2 } else { place.tokens.start };
    let written = place.tokens.start..place.tokens.end;
    let rest = text.text(&(at + 1..place.tokens.end.max(at + 1)));
    let (is_array, has_args) = (rest.ends_with(']'), rest.starts_with('('));
    let word = text.upper(at);
    let args = if has_args { text.text(&(at + 1..text.partner(at + 1) + 1)) } else { "" };
    let brackets = rest.find('[').map_or("", |i| &rest[i..]);
    let to = |edits: &mut Edits, name: &str| edits.replace(text.bytes(&written), format!("{name}{brackets}"));

    match word.as_str() {
        "JSONB" if place.cast.is_some() && !is_array && !is_param(text, place) => {
            by_macro(text, edits, place, "_jsonb")
        }
        "JSONB" => to(edits, "JSON"),
        "VARBIT" => to(edits, "BIT"),
        "NAME" | "BPCHAR" | "CITEXT" => to(edits, "VARCHAR"),
        "FLOAT" if !has_args => to(edits, "DOUBLE"),
        "FLOAT" => {
            let short = text.at(at + 2).parse::<u8>().is_ok_and(|bits| bits <= 24);
            to(edits, if short { "FLOAT" } else { "DOUBLE" });
        }
        "NUMERIC" | "DECIMAL" | "DEC" if !has_args => {
            let exact = place.cast.as_ref().and_then(|cast| scale_of_operand(text, cast, at));
            to(edits, exact.as_deref().unwrap_or(FREE_SCALE));
        }
        "CHAR" | "CHARACTER" | "VARCHAR" if place.cast.is_some() && !is_array => {
            let length = if has_args {
                args.trim_matches(['(', ')', ' ']).to_owned()
            } else if text.is(at + 1, "VARYING") {
                if text.at(at + 2) == "(" { text.at(at + 3).to_owned() } else { String::new() }
            } else if word == "VARCHAR" {
                String::new()
            } else {
                "1".to_owned()
            };
            to(edits, "VARCHAR");
            if !length.is_empty() {
                around_cast(text, edits, place, "left(", &format!(", {length})"));
            }
        }
        "TEXT" | "VARCHAR" if !is_array && text.kind(at) == Some(TokenKind::Word) => {}
        "MONEY" | "XML" | "INET" | "CIDR" | "MACADDR" | "POINT" | "LINE" | "LSEG" | "BOX" | "PATH" | "POLYGON"
        | "CIRCLE" | "TSVECTOR" | "TSQUERY" | "INT4RANGE" | "INT8RANGE" | "NUMRANGE" | "TSRANGE" | "TSTZRANGE"
        | "DATERANGE" | "JSONPATH" => {
            return Err(text.untranslated(at, format!("the type {}", word.to_lowercase())));
        }
        _ => {}
    }
    if matches!(
        word.as_str(),
        "DATE" | "TIME" | "TIMETZ" | "TIMESTAMP" | "TIMESTAMPTZ" | "INTERVAL" | "BOOL" | "BOOLEAN"
    ) && !is_array
    {
        value_of_literal(text, edits, place, &word);
    }
    if matches!(word.as_str(), "TEXT" | "VARCHAR") && !is_array && !has_args {
        text_of(text, edits, place);
    }
    if is_array && let Some(Cast::Colons(operand)) = place.cast {
        let value = text.token_at(operand);
        if text.kind(value) == Some(TokenKind::Text) && text.at(value + 1) == "::" && value + 2 == place.tokens.start {
            let Some(items) = array::parse(&text_value(text.at(value))) else { return Ok(()) };
            let more = array::depth(&items).saturating_sub(brackets.matches('[').count());
            edits.replace(text.start(value)..text.end(value), array::list(&items));
            edits.close(text.end(place.tokens.end - 1), "[]".repeat(more));
        }
    }
    Ok(())
}

/// A literal that is cast, in the form that DuckDB reads.
fn value_of_literal(text: &Text<'_>, edits: &mut Edits, place: &TypePlace, word: &str) {
    let value = match place.cast {
        Some(Cast::Colons(operand)) => text.token_at(operand),
        Some(Cast::Call(name)) => name + 2,
        None => return,
    };
    if text.kind(value) == Some(TokenKind::Text)
        && matches!(text.at(value + 1), "::" | "AS" | "as")
        && let Some(read) = literals::read(word, &text_value(text.at(value)))
    {
        edits.replace(text.start(value)..text.end(value), read);
    }
}

/// A cast to text shows values as PostgreSQL does.
fn text_of(text: &Text<'_>, edits: &mut Edits, place: &TypePlace) {
    let is_text = operand(text, place)
        .is_some_and(|at| text.kind(at) == Some(TokenKind::Text) && matches!(text.at(at + 1), "::" | "AS" | "as"));
    if !is_text && !is_param(text, place) {
        by_macro(text, edits, place, "_text_of");
    }
}

/// The first token of what is cast.
fn operand(text: &Text<'_>, place: &TypePlace) -> Option<usize> {
    place.cast.as_ref().map(|cast| match cast {
        Cast::Colons(operand) => text.token_at(*operand),
        Cast::Call(name) => name + 2,
    })
}

/// Whether a parameter is cast: its type is asked of the cast.
fn is_param(text: &Text<'_>, place: &TypePlace) -> bool {
    operand(text, place).is_some_and(|at| text.kind(at) == Some(TokenKind::Param))
}

/// Puts a macro in place of a cast.
fn by_macro(text: &Text<'_>, edits: &mut Edits, place: &TypePlace, function: &str) {
    let cast = text.start(place.tokens.start - 1)..text.end(place.tokens.end - 1);
    match place.cast {
        Some(Cast::Colons(operand)) => {
            edits.open(operand, format!("{SCHEMA}.{function}("));
            edits.replace(cast, ")");
        }
        Some(Cast::Call(name)) => {
            edits.replace(text.start(name)..text.end(name), format!("{SCHEMA}.{function}"));
            edits.replace(cast, "");
        }
        None => {}
    }
}

fn around_cast(text: &Text<'_>, edits: &mut Edits, place: &TypePlace, open: &str, close: &str) {
    match place.cast {
        Some(Cast::Colons(operand)) => {
            edits.open(operand, open);
            edits.close(text.end(place.tokens.end - 1), close);
        }
        Some(Cast::Call(name)) => {
            let end = text.end(text.partner(name + 1));
            edits.around(text.start(name)..end, open, close);
        }
        None => {}
    }
}

/// The type of a literal cast to `numeric`: it keeps the digits it was written with.
fn scale_of_operand(text: &Text<'_>, cast: &Cast, type_at: usize) -> Option<String> {
    let value = match cast {
        Cast::Colons(operand) => text.token_at(*operand),
        Cast::Call(name) => name + 2,
    };
    let ends: Range<usize> = value + 1..value + 3;
    if !ends.contains(&(type_at - 1)) || !matches!(text.at(value + 1), "::" | "AS" | "as" | "As") {
        return None;
    }
    let digits = match text.kind(value)? {
        TokenKind::Number => text.at(value).to_owned(),
        TokenKind::Text => text_value(text.at(value)),
        _ => return None,
    };
    let digits = digits.trim().trim_start_matches(['-', '+']);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let scale = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    (plain && digits.len() <= 38).then(|| format!("DECIMAL(38, {scale})"))
}
