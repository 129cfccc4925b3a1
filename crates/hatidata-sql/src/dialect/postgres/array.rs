//! PostgreSQL's text form of arrays: `{1,NULL,"a b"}`.

use super::super::Untranslated;
use super::super::walk::{Edits, Text};
use crate::lexer::{TokenKind, text_value};
use crate::name::literal;

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Null,
    Value(String),
    Array(Vec<Item>),
}

impl Item {
    /// The text of a value; of anything else, nothing.
    pub(super) fn text(&self) -> &str {
        match self {
            Item::Value(value) => value,
            _ => "",
        }
    }
}

/// The elements of an array's text; `None` if it is not one.
pub(super) fn parse(array: &str) -> Option<Vec<Item>> {
    let mut rest = array.trim();
    let items = elements(&mut rest)?;
    rest.trim().is_empty().then_some(items)
}

fn elements(rest: &mut &str) -> Option<Vec<Item>> {
    *rest = rest.trim_start().strip_prefix('{')?;
    let mut items = Vec::new();
    *rest = rest.trim_start();
    if let Some(after) = rest.strip_prefix('}') {
        *rest = after;
        return Some(items);
    }
    loop {
        *rest = rest.trim_start();
        items.push(match rest.chars().next()? {
            '{' => Item::Array(elements(rest)?),
            '"' => quoted(rest)?,
            _ => bare(rest)?,
        });
        *rest = rest.trim_start();
        match rest.chars().next()? {
            ',' => *rest = &rest[1..],
            '}' => {
                *rest = &rest[1..];
                return Some(items);
            }
            _ => return None,
        }
    }
}

fn quoted(rest: &mut &str) -> Option<Item> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                *rest = &rest[at + 1..];
                return Some(Item::Value(value));
            }
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

fn bare(rest: &mut &str) -> Option<Item> {
    let end = rest.find([',', '}', '{', '"'])?;
    let value = rest[..end].trim_end();
    *rest = &rest[end..];
    match value {
        "" => None,
        value if value.eq_ignore_ascii_case("NULL") => Some(Item::Null),
        value => Some(Item::Value(value.to_owned())),
    }
}

/// How many dimensions an array has.
pub(super) fn depth(items: &[Item]) -> usize {
    let inner = items.iter().map(|item| if let Item::Array(items) = item { depth(items) } else { 0 });
    1 + inner.max().unwrap_or(0)
}

/// The same as a list of texts in DuckDB's SQL.
pub(super) fn list(items: &[Item]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            Item::Null => "NULL".to_owned(),
            Item::Value(value) => literal(value),
            Item::Array(items) => list(items),
        })
        .collect();
    format!("[{}]", items.join(", "))
}

/// The string literal `'{1,2}'` as a list in DuckDB's SQL.
pub(crate) fn literal_as_list(raw: &str) -> Option<String> {
    parse(&text_value(raw)).map(|items| list(&items))
}

/// `ANY ('{1,2}')`: an array's text is meant.
pub(super) fn literal_in_parentheses(text: &Text<'_>, edits: &mut Edits, open: usize) -> Result<(), Untranslated> {
    if text.kind(open + 1) == Some(TokenKind::Text) && text.at(open + 2) == ")" {
        let Some(items) = parse(&text_value(text.at(open + 1))) else {
            return Err(text.untranslated(open + 1, "a text that is not an array"));
        };
        let is_number = |item: &Item| matches!(item, Item::Value(value) if value.parse::<i64>().is_ok());
        let list = match items.iter().all(is_number) && !items.is_empty() {
            true => format!("[{}]", items.iter().map(Item::text).collect::<Vec<_>>().join(", ")),
            false => list(&items),
        };
        edits.replace(text.start(open + 1)..text.end(open + 1), list);
    }
    Ok(())
}

/// Whether an array's text needs an element in quotes.
fn needs_quotes(value: &str) -> bool {
    value.is_empty()
        || value.eq_ignore_ascii_case("NULL")
        || value.contains(|c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_ascii_whitespace())
}

/// DuckDB's text of a list, `[1, NULL, 'a,b']`, as PostgreSQL's.
pub(super) fn from_list(list: &str, element: &dyn Fn(&str) -> String) -> Option<String> {
    let mut rest = list;
    let array = list_elements(&mut rest, element)?;
    rest.is_empty().then_some(array)
}

fn list_elements(rest: &mut &str, element: &dyn Fn(&str) -> String) -> Option<String> {
    *rest = rest.strip_prefix('[')?;
    let mut out = String::from("{");
    loop {
        match rest.chars().next()? {
            ']' => {
                *rest = &rest[1..];
                out.push('}');
                return Some(out);
            }
            ',' => {
                *rest = rest[1..].trim_start_matches(' ');
                out.push(',');
            }
            '[' => out.push_str(&list_elements(rest, element)?),
            '\'' => {
                let mut value = String::new();
                let mut chars = rest.char_indices().skip(1);
                loop {
                    match chars.next()? {
                        (at, '\'') => {
                            *rest = &rest[at + 1..];
                            break;
                        }
                        (_, '\\') => value.push(chars.next()?.1),
                        (_, c) => value.push(c),
                    }
                }
                push_element(&mut out, &element(&value));
            }
            _ => {
                let end = rest.find([',', ']'])?;
                match &rest[..end] {
                    "NULL" => out.push_str("NULL"),
                    value => push_element(&mut out, &element(value)),
                }
                *rest = &rest[end..];
            }
        }
    }
}

fn push_element(out: &mut String, value: &str) {
    if needs_quotes(value) {
        out.push('"');
        out.push_str(&value.replace('\\', "\\\\").replace('"', "\\\""));
        out.push('"');
    } else {
        out.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrays_text_becomes_a_list() {
        let list_of = |array: &str| parse(array).map(|items| list(&items));
        assert_eq!(list_of("{1, 2,NULL}").as_deref(), Some("['1', '2', NULL]"));
        assert_eq!(list_of(r#"{a,"b,c","d\"e","NULL"}"#).as_deref(), Some(r#"['a', 'b,c', 'd"e', 'NULL']"#));
        assert_eq!(list_of("{{1,2},{3,4}}").as_deref(), Some("[['1', '2'], ['3', '4']]"));
        assert_eq!(list_of("{}").as_deref(), Some("[]"));
        assert_eq!(list_of("{1,2"), None);
        assert_eq!(list_of("1,2}"), None);
    }

    #[test]
    fn a_list_becomes_an_arrays_text() {
        let array = |list: &str| from_list(list, &str::to_owned);
        assert_eq!(array("[1, NULL, 3]").as_deref(), Some("{1,NULL,3}"));
        assert_eq!(array("[a b, 'c\"d', 'null', '']").as_deref(), Some(r#"{"a b","c\"d","null",""}"#));
        assert_eq!(array("[[1, 2], []]").as_deref(), Some("{{1,2},{}}"));
    }
}
