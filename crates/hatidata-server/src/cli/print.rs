//! Printing answers as a table, JSON or CSV.

use clap::ValueEnum;
use hatidata_core::{Error, ErrorKind};
use serde_json::{Map, Value};

use super::client::Answer;
use super::say;

/// How answers are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns under their names
    #[default]
    Table,
    /// One JSON array of objects per statement
    Json,
    /// Comma-separated values with a header
    Csv,
}

pub(crate) fn print(answer: &Answer, format: OutputFormat) -> Result<(), Error> {
    match format {
        OutputFormat::Table => table(answer),
        OutputFormat::Json => json(answer)?,
        OutputFormat::Csv => csv(answer),
    }
    Ok(())
}

fn table(answer: &Answer) {
    if answer.columns.is_empty() {
        say(&answer.tag);
        return;
    }
    let width = |text: &str| text.chars().count();
    let shown = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "NULL".into()).replace('\n', "\\n");
    let mut widths: Vec<usize> = answer.columns.iter().map(|c| width(&c.name)).collect();
    for row in &answer.rows {
        for (at, cell) in row.iter().enumerate() {
            widths[at] = widths[at].max(width(&shown(cell)));
        }
    }
    let line = |cells: &mut dyn Iterator<Item = String>| {
        let padded: Vec<String> =
            cells.zip(&widths).map(|(c, w)| format!("{c}{}", " ".repeat(w - width(&c)))).collect();
        padded.join(" | ").trim_end().to_owned()
    };
    say(&line(&mut answer.columns.iter().map(|c| c.name.clone())));
    say(&widths.iter().map(|w| "-".repeat(*w)).collect::<Vec<_>>().join("-+-"));
    for row in &answer.rows {
        say(&line(&mut row.iter().map(shown)));
    }
    let rows = answer.rows.len();
    say(&format!("({rows} row{})", if rows == 1 { "" } else { "s" }));
}

fn json(answer: &Answer) -> Result<(), Error> {
    if answer.columns.is_empty() {
        say(&serde_json::json!({ "status": answer.tag }).to_string());
        return Ok(());
    }
    let rows: Vec<Value> = answer
        .rows
        .iter()
        .map(|row| {
            let cells = answer.columns.iter().zip(row);
            Value::Object(
                cells
                    .map(|(column, cell)| (column.name.clone(), json_value(column.oid, cell.as_deref())))
                    .collect::<Map<_, _>>(),
            )
        })
        .collect();
    let text = serde_json::to_string(&rows).map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?;
    say(&text);
    Ok(())
}

/// Numbers, booleans and JSON keep their kind; everything else is text.
fn json_value(oid: u32, cell: Option<&str>) -> Value {
    const BOOL: u32 = 16;
    const NUMBERS: [u32; 6] = [20, 21, 23, 700, 701, 1700];
    const JSON: [u32; 2] = [114, 3802];
    let Some(text) = cell else { return Value::Null };
    if let Some(element) = element_type(oid) {
        return array(element, text).unwrap_or_else(|| Value::String(text.to_owned()));
    }
    let parsed = match oid {
        BOOL => return Value::Bool(text == "t"),
        oid if NUMBERS.contains(&oid) || JSON.contains(&oid) => serde_json::from_str(text).ok(),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The element type of an array type.
fn element_type(oid: u32) -> Option<u32> {
    const ARRAYS: [(u32, u32); 9] = [
        (1000, 16),
        (1005, 21),
        (1007, 23),
        (1016, 20),
        (1021, 700),
        (1022, 701),
        (1231, 1700),
        (199, 114),
        (1009, 25),
    ];
    ARRAYS.iter().find(|(array, _)| *array == oid).map(|(_, element)| *element)
}

/// A Postgres array literal as a JSON array; `None` when it is malformed.
fn array(element: u32, text: &str) -> Option<Value> {
    fn read(element: u32, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Value> {
        let mut items = Vec::new();
        if chars.next()? != '{' {
            return None;
        }
        loop {
            match chars.peek()? {
                '}' => {
                    chars.next();
                    return Some(Value::Array(items));
                }
                ',' => drop(chars.next()),
                '{' => items.push(read(element, chars)?),
                '"' => {
                    chars.next();
                    let mut item = String::new();
                    loop {
                        match chars.next()? {
                            '"' => break,
                            '\\' => item.push(chars.next()?),
                            c => item.push(c),
                        }
                    }
                    items.push(json_value(element, Some(&item)));
                }
                _ => {
                    let mut item = String::new();
                    while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '}')) {
                        item.push(c);
                    }
                    items.push(json_value(element, Some(&item).filter(|i| *i != "NULL").map(String::as_str)));
                }
            }
        }
    }
    read(element, &mut text.chars().peekable())
}

fn csv(answer: &Answer) {
    if answer.columns.is_empty() {
        return;
    }
    let quote = |text: &str| {
        if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    say(&answer.columns.iter().map(|c| quote(&c.name)).collect::<Vec<_>>().join(","));
    for row in &answer.rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.as_deref().map(quote).unwrap_or_default()).collect();
        say(&cells.join(","));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_become_json_arrays() {
        assert_eq!(json_value(1007, Some("{1,NULL,{2}}")), serde_json::json!([1, null, [2]]));
        assert_eq!(json_value(1009, Some("{a,\"b, \\\"c\",\"NULL\"}")), serde_json::json!(["a", "b, \"c", "NULL"]));
        assert_eq!(json_value(1007, Some("{}")), serde_json::json!([]));
    }
}
