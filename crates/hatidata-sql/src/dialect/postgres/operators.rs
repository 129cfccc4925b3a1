//! Operators: division, patterns, JSON, arrays, and those that DuckDB spells as functions.

use super::super::Untranslated;
use super::super::walk::{Context, Edits, Text, type_end};
use super::{SCHEMA, array, literals};
use crate::lexer::{TokenKind, text_value};
use crate::name::literal;

/// Looks at the token at `at`; gives the next one to walk if the operand before it goes on.
pub(super) fn rewrite(
    text: &Text<'_>,
    edits: &mut Edits,
    at: usize,
    context: &Context<'_>,
) -> Result<Option<usize>, Untranslated> {
    match text.kind(at) {
        Some(TokenKind::Symbol) => Ok(symbol(text, edits, at, context)),
        Some(TokenKind::Param) if text.at(at) == "?" => Ok(exists(text, edits, at, context)),
        Some(TokenKind::Word) => word(text, edits, at, context),
        Some(TokenKind::Text) => {
            if let Some(bits) = literals::bit_string(text.at(at)) {
                edits.replace(text.start(at)..text.end(at), bits);
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// The operator that begins at `at`: symbols that touch each other.
fn operator<'a>(text: &Text<'a>, at: usize) -> &'a str {
    let mut end = at;
    while text.at(end + 1).chars().all(|c| "+-*/<>=~!@#%^&|".contains(c))
        && !text.at(end + 1).is_empty()
        && text.start(end + 1) == text.end(end)
        // A sign belongs to what follows it.
        && !(matches!(text.at(end + 1), "-" | "+") && text.at(end) != "#")
    {
        end += 1;
    }
    &text.sql[text.start(at)..text.end(end)]
}

fn symbol(text: &Text<'_>, edits: &mut Edits, at: usize, context: &Context<'_>) -> Option<usize> {
    // Inside of an operator that has been looked at.
    if at > 0
        && text.kind(at - 1) == Some(TokenKind::Symbol)
        && text.end(at - 1) == text.start(at)
        && !matches!(text.at(at - 1), "(" | ")" | "[" | "]" | "," | "::")
    {
        return None;
    }
    let operator = operator(text, at);
    let bytes = text.start(at)..text.start(at) + operator.len();
    let right = text.token_at(bytes.end);
    let Some(operand) = context.operand else {
        match operator {
            "|/" => edits.replace(bytes, "sqrt"),
            "||/" => edits.replace(bytes, "cbrt"),
            "-" if is_negative_index(text, at) => {
                edits.replace(text.start(at)..text.end(at + 1), "0");
                return Some(at + 2);
            }
            _ => return None,
        }
        parenthesise(text, edits, right);
        return None;
    };
    match operator {
        "/" if is_interval(text, operand) => {
            edits.replace(bytes, "*");
            edits.wrap(text.start(right)..right_end(text, right), "(1::DOUBLE / ", ")");
        }
        "/" | "%" if !is_known_not_to_be_zero(text, right) => {
            edits.wrap(text.start(right)..right_end(text, right), format!("{SCHEMA}._nonzero("), ")");
        }
        "~" | "~*" | "!~" | "!~*" => {
            let any_case = operator.ends_with('*');
            edits.replace(bytes, if operator.starts_with('!') { "!~" } else { "~" });
            let function = if any_case { "_anywhere_in_any_case" } else { "_anywhere" };
            edits.wrap(text.start(right)..right_end(text, right), format!("{SCHEMA}.{function}("), ")");
        }
        "^@" => infix(text, edits, bytes, right, operand, "starts_with"),
        "#" => infix(text, edits, bytes, right, operand, "xor"),
        "->" | "->>" | "#>" | "#>>" => return json_step(text, edits, operator, right, operand, bytes),
        "#-" => infix(text, edits, bytes, right, operand, &format!("{SCHEMA}._json_without_path")),
        "@?" => infix(text, edits, bytes, right, operand, &format!("{SCHEMA}.jsonb_path_exists")),
        "@>" if is_json(text, operand, right) => {
            infix(text, edits, bytes, right, operand, &format!("{SCHEMA}._json_contains"));
        }
        "<@" if is_json(text, operand, right) => {
            infix(text, edits, bytes, right, operand, &format!("{SCHEMA}._json_is_contained"));
        }
        "||" if is_json(text, operand, right) => {
            infix(text, edits, bytes, right, operand, &format!("{SCHEMA}._json_concat"));
            return skip_simple(text, right);
        }
        "||" => append(text, edits, operand, right),
        "-" if is_json(text, operand, right) => {
            infix(text, edits, bytes, right, operand, &format!("{SCHEMA}._json_without"));
        }
        _ => {}
    }
    None
}

fn word(text: &Text<'_>, edits: &mut Edits, at: usize, context: &Context<'_>) -> Result<Option<usize>, Untranslated> {
    let word = text.upper(at);
    match word.as_str() {
        "LIKE" | "ILIKE" if context.operand.is_some() => like(text, edits, at, context),
        "LIKE" | "ILIKE" if at > 0 && text.is(at - 1, "NOT") => {
            if matches!(text.upper(at + 1).as_str(), "ANY" | "ALL" | "SOME") && text.at(at + 2) == "(" {
                return Err(text.untranslated(at - 1, format!("NOT {word} {}", text.upper(at + 1))));
            }
            like(text, edits, at, context);
        }
        "SIMILAR" if text.is(at + 1, "TO") => {
            let end = text.operand_end(at + 2);
            if text.is(end, "ESCAPE") {
                return Err(text.untranslated(end, "SIMILAR TO with ESCAPE"));
            }
            edits.wrap(text.start(at + 2)..text.end(end - 1), format!("{SCHEMA}._similar("), ")");
        }
        "AS" if context.clause == "SELECT"
            && context.calls.is_empty()
            && text.kind(at + 1) == Some(TokenKind::Word) =>
        {
            let alias = text.at(at + 1);
            if alias.bytes().any(|b| b.is_ascii_uppercase())
                && alias.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            {
                edits.replace(text.start(at + 1)..text.end(at + 1), alias.to_lowercase());
            }
        }
        "ANY" | "SOME" | "ALL" if text.at(at + 1) == "(" => {
            array::literal_in_parentheses(text, edits, at + 1)?;
        }
        "SYMMETRIC" if at > 0 && text.is(at - 1, "BETWEEN") => {
            return Err(text.untranslated(at, "BETWEEN SYMMETRIC"));
        }
        "DATE" | "TIME" | "TIMESTAMP" | "TIMESTAMPTZ" | "INTERVAL" => {
            let value = type_end(text, at);
            if text.kind(value) == Some(TokenKind::Text)
                && let Some(read) = literals::read(&word, &text_value(text.at(value)))
                && read.starts_with('\'')
            {
                edits.replace(text.start(value)..text.end(value), read);
            }
        }
        // Words that are values; DuckDB would take them for columns.
        "USER" | "CURRENT_SCHEMA" if is_value(text, at) => {
            edits.replace(
                text.start(at)..text.end(at),
                if word == "USER" { "current_user" } else { "current_schema()" },
            );
        }
        "OVERLAPS" if at > 0 && text.at(at - 1) == ")" && text.at(at + 1) == "(" => {
            if let Some(operand) = context.operand {
                edits.open(operand, format!("{SCHEMA}.overlaps"));
                edits.replace(text.start(at - 1)..text.end(at + 1), ", ");
            }
        }
        _ => {}
    }
    Ok(None)
}

/// Whether a word stands by itself: no part of a name, no call.
fn is_value(text: &Text<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| text.upper(before)).unwrap_or_default();
    !matches!(text.at(at + 1), "." | "(")
        && !matches!(before.as_str(), "." | "AS" | "CREATE" | "DROP" | "ALTER" | "TO" | "SHOW" | "SET")
}

/// In PostgreSQL a backslash in a pattern always takes the meaning of what follows.
fn like(text: &Text<'_>, edits: &mut Edits, at: usize, context: &Context<'_>) {
    if let (true, Some(operand)) =
        (["ANY", "ALL", "SOME"].iter().any(|w| text.is(at + 1, w)) && text.at(at + 2) == "(", context.operand)
    {
        let function = match (text.is(at, "ILIKE"), text.is(at + 1, "ALL")) {
            (false, false) => "_like_any",
            (false, true) => "_like_all",
            (true, false) => "_ilike_any",
            (true, true) => "_ilike_all",
        };
        edits.open(operand, format!("{SCHEMA}.{function}("));
        edits.replace(text.start(at)..text.end(at + 2), ",");
        return;
    }
    let end = text.operand_end(at + 1);
    let constant = text.kind(at + 1) == Some(TokenKind::Text) && end == at + 2;
    let escapes = !constant || text.at(at + 1).contains('\\');
    if escapes && !text.is(end, "ESCAPE") && text.at(end) != "|" {
        edits.close(text.end(end - 1), " ESCAPE '\\'");
    }
}

/// `j ? 'key'`, `j ?| array`, `j ?& array`.
fn exists(text: &Text<'_>, edits: &mut Edits, at: usize, context: &Context<'_>) -> Option<usize> {
    let operand = context.operand?;
    let touches = text.start(at + 1) == text.end(at);
    let (function, right) = match text.at(at + 1) {
        "|" if touches => ("_json_has_any", at + 2),
        "&" if touches => ("_json_has_all", at + 2),
        _ => ("_json_has", at + 1),
    };
    let bytes = text.start(at)..text.end(right - 1);
    infix(text, edits, bytes, right, operand, &format!("{SCHEMA}.{function}"));
    Some(right)
}

/// Puts `function(left, right)` in place of `left operator right`.
fn infix(
    text: &Text<'_>,
    edits: &mut Edits,
    operator: std::ops::Range<usize>,
    right: usize,
    operand: usize,
    function: &str,
) {
    edits.replace(operator, ",");
    edits.open(operand, format!("{function}("));
    edits.close(right_end(text, right), ")");
}

/// `j -> 'key'`, `j ->> 0`, `j #> '{a,0}'`: with the path as DuckDB writes it, so that no key is taken for one.
fn json_step(
    text: &Text<'_>,
    edits: &mut Edits,
    operator: &str,
    right: usize,
    operand: usize,
    bytes: std::ops::Range<usize>,
) -> Option<usize> {
    let function = if operator.ends_with(">>") { "json_extract_string" } else { "json_extract" };
    let negative = text.at(right) == "-" && text.kind(right + 1) == Some(TokenKind::Number);
    let step = if negative { right + 1 } else { right };
    let end = step + 1;
    let known = match text.kind(step) {
        // A cast or another operator on the step makes it an expression.
        _ if matches!(text.at(end), "::") => None,
        Some(TokenKind::Text) if operator.starts_with('#') => {
            let keys = array::parse(&text_value(text.at(step)));
            keys.map(|keys| keys.iter().map(|key| path_step(key.text())).collect::<String>())
        }
        Some(TokenKind::Text) => Some(key_step(&text_value(text.at(step)))),
        Some(TokenKind::Number) if negative => Some(format!("[#-{}]", text.at(step))),
        Some(TokenKind::Number) => Some(format!("[{}]", text.at(step))),
        _ => None,
    };
    let Some(path) = known else {
        let macros = match operator {
            "->" => "_json_get",
            "->>" => "_json_get_text",
            "#>" => "_jsonb_extract_list",
            _ => "_jsonb_extract_list_text",
        };
        if operator.starts_with('#') && text.kind(step) == Some(TokenKind::Param) && text.at(end) != "::" {
            edits.replace(text.start(step)..text.end(step), format!("{}::VARCHAR[]", text.at(step)));
        }
        infix(text, edits, bytes, right, operand, &format!("{SCHEMA}.{macros}"));
        return skip_simple(text, right);
    };
    edits.replace(bytes.start..text.end(step), format!(", {})", literal(&format!("${path}"))));
    edits.open(operand, format!("{function}("));
    Some(end)
}

pub(super) fn key_step(key: &str) -> String {
    format!(".\"{}\"", key.replace('"', "\\\""))
}

/// A step of a path: a number is taken for a position.
fn path_step(key: &str) -> String {
    match key.parse::<i64>() {
        Ok(index) if index < 0 => format!("[#{index}]"),
        Ok(index) => format!("[{index}]"),
        Err(_) => key_step(key),
    }
}

/// The token after `right` if nothing in it needs to be walked: the chain goes on with the same operand.
fn skip_simple(text: &Text<'_>, right: usize) -> Option<usize> {
    let simple = matches!(
        text.kind(right),
        Some(TokenKind::Param | TokenKind::Text | TokenKind::Number | TokenKind::Word | TokenKind::Quoted)
    );
    (simple && text.operand_end(right) == right + 1).then_some(right + 1)
}

/// Whether one side of an operator says that it is JSON, by a cast, by its function, or by looking like a document.
fn is_json(text: &Text<'_>, operand: usize, right: usize) -> bool {
    let left = text.token_at(operand)..right;
    let sides = [left, right..text.operand_end(right)];
    sides.into_iter().any(|side| {
        let mut depth = 0i32;
        side.clone().any(|at| {
            match text.at(at) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                _ => {}
            }
            if depth > 0 && at != side.start {
                return false;
            }
            let cast = text.at(at) == "::"
                && ["json", "jsonb"].iter().any(|word| text.is(at + 1, word))
                && text.operand_end(side.start) == side.end.min(text.operand_end(side.start));
            let built = at == side.start
                && text.is_name(at)
                && text.at(at + 1) == "("
                && ["json", "to_json", "row_to_json"]
                    .iter()
                    .any(|prefix| text.at(at).to_lowercase().starts_with(prefix))
                && !text.at(at).to_lowercase().ends_with("_text");
            let document = text.kind(at) == Some(TokenKind::Text) && at == side.start && {
                let value = text_value(text.at(at));
                value.starts_with("{\"") || value.starts_with("[{") || value == "{}"
            };
            cast || built || document
        })
    })
}

/// `ARRAY[1, 2] || 3` and `0 || ARRAY[1, 2]`: DuckDB joins lists only with lists.
fn append(text: &Text<'_>, edits: &mut Edits, operand: usize, right: usize) {
    let left = text.token_at(operand);
    let is_array = |at: usize| text.is(at, "ARRAY") && text.at(at + 1) == "[";
    let is_single =
        |at: usize| matches!(text.kind(at), Some(TokenKind::Number | TokenKind::Text)) || text.at(at) == "(";
    if is_array(left) && is_single(right) {
        edits.wrap(text.start(right)..right_end(text, right), "[", "]");
    } else if is_array(right) && is_single(left) {
        let end = text.token_at(text.start(right)).saturating_sub(2);
        edits.wrap(operand..text.end(end.saturating_sub(1)), "[", "]");
    }
}

/// `a[-1]`: DuckDB would count from the end, PostgreSQL finds nothing there, as both do at 0.
fn is_negative_index(text: &Text<'_>, at: usize) -> bool {
    let Some(indexed) = at.checked_sub(2) else { return false };
    let is_array = matches!(text.at(indexed), ")" | "]") || text.is_name(indexed) && !text.is(indexed, "ARRAY");
    is_array && text.at(at - 1) == "[" && text.kind(at + 1) == Some(TokenKind::Number) && text.at(at + 2) == "]"
}

fn is_interval(text: &Text<'_>, operand: usize) -> bool {
    let at = text.token_at(operand);
    let typed = |at: usize| text.is(at, "INTERVAL");
    typed(at) || at.checked_sub(1).is_some_and(typed) || text.at(at + 1) == "::" && typed(at + 2)
}

fn is_known_not_to_be_zero(text: &Text<'_>, at: usize) -> bool {
    text.kind(at) == Some(TokenKind::Number) && text.at(at).bytes().any(|b| (b'1'..=b'9').contains(&b))
        // Too much for one operand; or no number at all.
        || ["CASE", "NOT", "SELECT"].iter().any(|word| text.is(at, word))
        || text.is_name(at) && text.kind(at + 1) == Some(TokenKind::Text)
}

/// The byte after the operand at `at`, with what belongs to an aggregate or window call.
pub(super) fn right_end(text: &Text<'_>, at: usize) -> usize {
    let mut end = text.operand_end(at);
    loop {
        let open = match text.upper(end).as_str() {
            "FILTER" | "OVER" => end + 1,
            "WITHIN" => end + 2,
            _ => return text.end(end - 1),
        };
        end = if text.at(open) == "(" { text.partner(open) + 1 } else { open + 1 };
    }
}

/// Puts an operand in parentheses.
fn parenthesise(text: &Text<'_>, edits: &mut Edits, at: usize) {
    edits.wrap(text.start(at)..right_end(text, at), "(", ")");
}
