//! Statements that PostgreSQL writes in another form.

use super::super::Untranslated;
use super::super::walk::{Edits, Text};

pub(super) fn rewrite(text: &Text<'_>, edits: &mut Edits) -> Result<(), Untranslated> {
    let refused = |at: usize, what: &str, hint: &'static str| {
        Err(Untranslated { construct: what.to_owned(), position: text.start(at), hint: Some(hint) })
    };
    let object = text.upper(if text.are(1, &["OR", "REPLACE"]) { 3 } else { 1 });
    match (text.upper(0).as_str(), object.as_str()) {
        ("CREATE" | "DROP" | "ALTER", "MATERIALIZED") => {
            return refused(0, "a materialized view", "CREATE TABLE … AS SELECT …, and fill it again when needed");
        }
        ("CREATE" | "DROP" | "ALTER", "DOMAIN") => {
            return refused(0, "a domain", "use the type with a CHECK in the table");
        }
        ("CREATE" | "DROP" | "ALTER", "FUNCTION" | "PROCEDURE" | "TRIGGER" | "RULE" | "AGGREGATE" | "OPERATOR") => {
            return refused(
                0,
                &format!("{} {object}", text.upper(0)),
                "CREATE MACRO makes functions of one expression",
            );
        }
        ("CREATE", _) => create(text, edits),
        ("SELECT", _) => select_into(text, edits),
        ("VALUES", _) => name_values(text, edits),
        _ => {}
    }
    Ok(())
}

fn create(text: &Text<'_>, edits: &mut Edits) {
    let index = if text.is(1, "UNIQUE") { 2 } else { 1 };
    if text.is(index, "INDEX") {
        name_index(text, edits, index);
        // DuckDB has one kind of index and calls it by another name.
        if let Some(at) = (index..text.len()).find(|&at| text.are(at, &["USING", "btree"])) {
            edits.replace(text.start(at)..text.end(at + 1), "");
        }
    }
    for at in 0..text.len() {
        // DuckDB computes such columns when they are read, which gives the same.
        if text.is(at, "STORED") && text.at(at.saturating_sub(1)) == ")" {
            edits.replace(text.start(at)..text.end(at), "VIRTUAL");
        }
        if text.is(at, "UNLOGGED") && at == 1 {
            edits.replace(text.start(at)..text.end(at), "");
        }
    }
}

/// `CREATE INDEX ON t (a, b)` is called `t_a_b_idx`.
fn name_index(text: &Text<'_>, edits: &mut Edits, index: usize) {
    let at = if text.is(index + 1, "CONCURRENTLY") { index + 2 } else { index + 1 };
    if !text.is(at, "ON") {
        return;
    }
    let Some(open) = (at..text.len()).find(|&i| text.at(i) == "(") else { return };
    let table = if text.at(at + 2) == "." { at + 3 } else { at + 1 };
    let columns = text
        .arguments(open)
        .into_iter()
        .map(|arg| if text.is_name(arg.start) && text.at(arg.start + 1) != "(" { text.at(arg.start) } else { "expr" });
    let parts: Vec<String> = std::iter::once(text.at(table)).chain(columns).map(crate::name::unquote).collect();
    edits.open(text.start(at), format!("{} ", crate::name::quote(&format!("{}_idx", parts.join("_")))));
}

/// The columns of VALUES are called `column1`, `column2`, …
fn name_values(text: &Text<'_>, edits: &mut Edits) {
    let mut last = 1;
    while text.at(text.partner(last) + 1) == "," && text.at(text.partner(last) + 2) == "(" {
        last = text.partner(last) + 2;
    }
    if text.at(last) != "(" {
        return;
    }
    let names: Vec<String> = (1..=text.arguments(1).len()).map(|n| format!("column{n}")).collect();
    let rows = text.start(0)..text.end(text.partner(last));
    edits.around(rows, "SELECT * FROM (", format!(") AS rows({})", names.join(", ")));
}

/// `SELECT … INTO t FROM …` makes a table.
fn select_into(text: &Text<'_>, edits: &mut Edits) {
    let mut at = 1;
    while at < text.len() {
        match text.at(at) {
            "(" | "[" => at = text.partner(at),
            _ if text.is(at, "INTO") => {
                let mut name = at + 1;
                let mut kind = "";
                while ["TEMP", "TEMPORARY", "UNLOGGED", "TABLE"].iter().any(|word| text.is(name, word)) {
                    kind = if text.is(name, "TEMP") || text.is(name, "TEMPORARY") { "TEMP " } else { kind };
                    name += 1;
                }
                let end = if text.at(name + 1) == "." { name + 3 } else { name + 1 };
                edits.around(
                    0..text.end(text.len() - 1),
                    format!("CREATE {kind}TABLE {} AS ", text.text(&(name..end))),
                    "",
                );
                edits.replace(text.start(at)..text.end(end - 1), "");
                return;
            }
            _ if text.is(at, "FROM") => return,
            _ => {}
        }
        at += 1;
    }
}
