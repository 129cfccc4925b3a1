//! Calls: functions that are macros, and those whose arguments have a syntax of their own.

use std::collections::HashSet;

use super::super::Untranslated;
use super::super::walk::{Call, Edits, Text};
use super::SCHEMA;
use crate::lexer::{TokenKind, text_value};
use crate::name::literal;

/// Functions of PostgreSQL that give several rows where DuckDB's give a list.
const SETS: &[&str] = &["generate_series"];

/// What exists in PostgreSQL and has no counterpart here.
const NOT_TRANSLATED: &[&str] = &[
    "json_to_record",
    "json_to_recordset",
    "jsonb_to_record",
    "jsonb_to_recordset",
    "json_populate_record",
    "json_populate_recordset",
    "jsonb_populate_record",
    "jsonb_populate_recordset",
    "xmlelement",
    "xpath",
    "to_tsvector",
    "to_tsquery",
    "plainto_tsquery",
    "ts_rank",
    "lo_import",
    "lo_export",
    "dblink",
    "query_to_xml",
    "pg_read_file",
];

/// Aggregates over ordered sets that DuckDB does not have.
const HYPOTHETICAL: &[&str] = &["rank", "dense_rank", "percent_rank", "cume_dist"];

pub(super) fn rewrite(
    text: &Text<'_>,
    edits: &mut Edits,
    call: &Call,
    macros: &HashSet<String>,
) -> Result<(), Untranslated> {
    let function = text.at(call.name.end - 1).to_lowercase();
    let in_catalog = call.name.len() == 3 && text.is(call.name.start, "pg_catalog");
    if call.name.len() != 1 && !in_catalog {
        return Ok(());
    }
    if NOT_TRANSLATED.contains(&function.as_str()) {
        return Err(text.untranslated(call.name.start, format!("the function {function}")));
    }
    if HYPOTHETICAL.contains(&function.as_str()) && text.are(call.close + 1, &["WITHIN", "GROUP"]) {
        return Err(text.untranslated(call.name.start, format!("{function} WITHIN GROUP")));
    }
    let name = text.bytes(&call.name);
    match function.as_str() {
        "extract" => return extract(text, edits, call),
        "substring" => substring(text, edits, call)?,
        "overlay" => {
            words_to_commas(text, edits, call, &["PLACING", "FROM", "FOR"]);
            edits.replace(name, format!("{SCHEMA}.overlay"));
        }
        "format" => {
            edits.replace(name, format!("{SCHEMA}.{}", if call.args.len() == 1 { "_format_only" } else { "format" }))
        }
        "concat_ws" | "concat" => {}
        "num_nulls" | "num_nonnulls" => {
            edits.replace(name, format!("{SCHEMA}.{function}"));
            for arg in &call.args {
                edits.wrap(text.bytes(arg), "(", ") IS NULL");
            }
            edits.wrap(text.end(call.open)..text.start(call.close), "[", "]");
        }
        "make_interval" => {
            for arg in call.args.iter().filter(|arg| text.at(arg.start + 1) == "=>") {
                edits.replace(text.start(arg.start + 1)..text.end(arg.start + 1), ":=");
            }
            edits.replace(name, format!("{SCHEMA}.make_interval"));
        }
        "generate_series" => series(text, edits, call),
        "json_build_object" | "jsonb_build_object" => edits.replace(name, "json_object"),
        "json_build_array" | "jsonb_build_array" => edits.replace(name, "json_array"),
        "jsonb_extract_path" | "json_extract_path" => path_list(text, edits, call, "_jsonb_extract_list"),
        "jsonb_extract_path_text" | "json_extract_path_text" => {
            path_list(text, edits, call, "_jsonb_extract_list_text")
        }
        "json_agg" | "jsonb_agg" => {
            edits.replace(name, "list");
            edits.around(
                text.start(call.name.start)..super::operators::right_end(text, call.name.start),
                "to_json(",
                ")",
            );
        }
        "json_object_agg" | "jsonb_object_agg" => edits.replace(name, "json_group_object"),
        "every" => edits.replace(name, "bool_and"),
        "row_to_json" => edits.replace(name, "to_json"),
        "unnest" if call.args.len() > 1 => {
            return Err(text.untranslated(call.name.start, "unnest of several arrays"));
        }
        _ if macros.contains(&function) && !function.starts_with('_') => {
            edits.replace(name, format!("{SCHEMA}.{function}"))
        }
        _ if in_catalog => edits.replace(text.start(call.name.start)..text.end(call.name.start + 1), ""),
        _ => {}
    }
    if in_from(text, call) {
        name_column(text, edits, call, &function);
    } else if SETS.contains(&function.as_str()) {
        edits.around(text.start(call.name.start)..text.end(call.close), "unnest(", ")");
    }
    Ok(())
}

/// Whether a call stands in place of a table.
fn in_from(text: &Text<'_>, call: &Call) -> bool {
    let Some(mut at) = call.name.start.checked_sub(1) else { return false };
    // Back over what stands before it in the same FROM.
    loop {
        match text.at(at) {
            ")" | "]" => at = text.partner(at),
            "(" | "[" => return false,
            _ if ["FROM", "JOIN", "LATERAL"].iter().any(|word| text.is(at, word)) => return true,
            _ if ["SELECT", "WHERE", "ON", "BY", "HAVING", "VALUES", "SET", "RETURNING", "DISTINCT"]
                .iter()
                .any(|word| text.is(at, word)) =>
            {
                return false;
            }
            _ => {}
        }
        match at.checked_sub(1) {
            Some(before) => at = before,
            None => return false,
        }
    }
}

/// `FROM unnest(a) x`: the alias names the column as well.
fn name_column(text: &Text<'_>, edits: &mut Edits, call: &Call, function: &str) {
    const ONE_COLUMN: &[&str] = &[
        "unnest",
        "generate_series",
        "generate_subscripts",
        "json_array_elements",
        "jsonb_array_elements",
        "json_array_elements_text",
        "jsonb_array_elements_text",
        "json_object_keys",
        "jsonb_object_keys",
        "regexp_split_to_table",
        "string_to_table",
        "regexp_matches",
        "jsonb_path_query",
    ];
    if !ONE_COLUMN.contains(&function) {
        return;
    }
    let alias = if text.is(call.close + 1, "AS") { call.close + 2 } else { call.close + 1 };
    let words = [
        "WITH",
        "WHERE",
        "ORDER",
        "GROUP",
        "LIMIT",
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "CROSS",
        "INNER",
        "ON",
        "UNION",
        "HAVING",
        "INTERSECT",
        "EXCEPT",
        "OFFSET",
        "FETCH",
        "NATURAL",
        "USING",
        "RETURNING",
        "WINDOW",
        "TABLESAMPLE",
    ];
    // Some have a column of their own name, `value`, beside the alias.
    let own_column = (0..text.len()).any(|at| {
        text.at(at) == text.at(alias)
            && text.at(at + 1) == "."
            && (text.is(at + 2, "value") || text.is(at + 2, function))
    });
    if text.is_name(alias) && !own_column && !words.iter().any(|word| text.is(alias, word)) && text.at(alias + 1) != "("
    {
        edits.close(text.end(alias), format!("({})", text.at(alias)));
    }
}

/// `extract(field FROM x)` is a `numeric` with as many digits as the field has.
fn extract(text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated> {
    let field_at = call.open + 1;
    if !text.is(field_at + 1, "FROM") {
        return Ok(());
    }
    let field = match text.kind(field_at) {
        Some(TokenKind::Text) => text_value(text.at(field_at)).to_lowercase(),
        _ => text.at(field_at).to_lowercase(),
    };
    let function = match field.as_str() {
        "second" | "seconds" | "sec" | "secs" => "_extract_seconds",
        "millisecond" | "milliseconds" | "msec" | "ms" => "_extract_milliseconds",
        "epoch" => "_extract_epoch",
        _ => "_extract_field",
    };
    let first = if function == "_extract_field" { format!("{}, ", literal(&field)) } else { String::new() };
    edits.replace(text.start(call.name.start)..text.end(field_at + 1), format!("{SCHEMA}.{function}({first}"));
    Ok(())
}

/// `substring(x FROM 'pattern')` is a match; `substring(x FROM 2 FOR 3)` and `substring(x, 2, 3)` count characters.
fn substring(text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated> {
    let mut words = Vec::new();
    let mut at = call.open + 1;
    while at < call.close {
        match text.at(at) {
            "(" | "[" => at = text.partner(at),
            _ if text.is(at, "SIMILAR") => return Err(text.untranslated(at, "substring with SIMILAR")),
            _ if text.is(at, "FROM") || text.is(at, "FOR") || text.at(at) == "," => words.push(at),
            _ => {}
        }
        at += 1;
    }
    let Some(first) = words.first().copied() else { return Ok(()) };
    let is_pattern = text.kind(first + 1) == Some(TokenKind::Text) && !text.is(first, "FOR");
    if is_pattern && words.len() > 1 {
        return Err(text.untranslated(first, "substring with an escape character"));
    }
    edits.replace(
        text.bytes(&call.name),
        format!("{SCHEMA}.{}", if is_pattern { "_substring_match" } else { "substring" }),
    );
    for word in words.iter().filter(|at| text.at(**at) != ",") {
        let from_start = *word == first && text.is(first, "FOR");
        edits.replace(text.start(*word)..text.end(*word), if from_start { ", 1," } else { "," });
    }
    Ok(())
}

fn words_to_commas(text: &Text<'_>, edits: &mut Edits, call: &Call, words: &[&str]) {
    let mut at = call.open + 1;
    while at < call.close {
        match text.at(at) {
            "(" | "[" => at = text.partner(at),
            _ if words.iter().any(|word| text.is(at, word)) => edits.replace(text.start(at)..text.end(at), ","),
            _ => {}
        }
        at += 1;
    }
}

/// The step of a series of moments may be a text.
fn series(text: &Text<'_>, edits: &mut Edits, call: &Call) {
    if let Some(step) = call.args.get(2)
        && step.len() == 1
        && text.kind(step.start) == Some(TokenKind::Text)
    {
        edits.open(text.start(step.start), "INTERVAL ");
    }
}

/// `f(j, 'a', 'b')`: the steps as a list.
fn path_list(text: &Text<'_>, edits: &mut Edits, call: &Call, function: &str) {
    edits.replace(text.bytes(&call.name), format!("{SCHEMA}.{function}"));
    if let (Some(first), Some(last)) = (call.args.get(1), call.args.last()) {
        edits.around(text.start(first.start)..text.end(last.end - 1), "[", "]");
    }
}
