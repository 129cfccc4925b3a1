//! Changes of JSON documents as PostgreSQL's operators and functions make them, over texts.

use super::array;

/// A document. Numbers and texts keep the form in which they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Json {
    /// A number, a word or a text in its quotes.
    Scalar(String),
    Array(Vec<Json>),
    /// Keys in their quotes.
    Object(Vec<(String, Json)>),
}

type Computed = Result<Option<String>, String>;

/// Deeper documents are refused instead of filling the stack.
const DEPTH_MAX: usize = 500;

fn parse(text: &str) -> Result<Json, String> {
    let mut rest = text.trim_start();
    let json = value(&mut rest, 0).filter(|_| rest.trim().is_empty());
    json.ok_or_else(|| "[22P02] invalid input syntax for type json".to_owned())
}

fn value(rest: &mut &str, depth: usize) -> Option<Json> {
    *rest = rest.trim_start();
    if depth > DEPTH_MAX {
        return None;
    }
    match rest.as_bytes().first()? {
        b'{' => {
            let mut members: Vec<(String, Json)> = Vec::new();
            items(rest, '}', |rest| {
                let key = string(rest)?;
                *rest = rest.trim_start().strip_prefix(':')?;
                let member = value(rest, depth + 1)?;
                put(&mut members, key, member);
                Some(())
            })?;
            Some(Json::Object(members))
        }
        b'[' => {
            let mut elements = Vec::new();
            items(rest, ']', |rest| value(rest, depth + 1).map(|element| elements.push(element)))?;
            Some(Json::Array(elements))
        }
        b'"' => string(rest).map(Json::Scalar),
        _ => {
            let end = rest.find([',', ']', '}', ' ', '\n', '\t', '\r']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            *rest = after;
            is_scalar(word).then(|| Json::Scalar(word.to_owned()))
        }
    }
}

/// What stands between a bracket and `close`, separated by commas.
fn items(rest: &mut &str, close: char, mut item: impl FnMut(&mut &str) -> Option<()>) -> Option<()> {
    *rest = rest[1..].trim_start();
    if let Some(after) = rest.strip_prefix(close) {
        *rest = after;
        return Some(());
    }
    loop {
        *rest = rest.trim_start();
        item(rest)?;
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(close) {
            *rest = after;
            return Some(());
        }
        *rest = rest.strip_prefix(',')?;
    }
}

fn string(rest: &mut &str) -> Option<String> {
    let bytes = rest.as_bytes();
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => {
                let (text, after) = rest.split_at(at + 1);
                *rest = after;
                return Some(text.to_owned());
            }
            _ => at += 1,
        }
    }
    None
}

/// A later member of the same name replaces an earlier one.
fn put(members: &mut Vec<(String, Json)>, key: String, member: Json) {
    match members.iter_mut().find(|(known, _)| *known == key) {
        Some(known) => known.1 = member,
        None => members.push((key, member)),
    }
}

fn show(json: &Json, out: &mut String) {
    match json {
        Json::Scalar(text) => out.push_str(text),
        Json::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                show(element, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (key, member)) in members.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                out.push_str(key);
                out.push_str(": ");
                show(member, out);
            }
            out.push('}');
        }
    }
}

fn text(json: &Json) -> Computed {
    let mut out = String::new();
    show(json, &mut out);
    Ok(Some(out))
}

/// A document in `jsonb`'s form: keys by their length and bytes, each once.
pub fn canonical(document: &str) -> Computed {
    fn sort(json: &mut Json) {
        match json {
            Json::Object(members) => {
                members.iter_mut().for_each(|(_, member)| sort(member));
                members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
            }
            Json::Array(elements) => elements.iter_mut().for_each(sort),
            Json::Scalar(_) => {}
        }
    }
    let mut json = parse(document)?;
    sort(&mut json);
    text(&json)
}

/// Whether a word is a number or one of JSON's names.
fn is_scalar(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    matches!(word, "true" | "false" | "null")
        || digits.starts_with(|c: char| c.is_ascii_digit()) && word.parse::<f64>().is_ok()
}

/// A key in its quotes.
fn key(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The position that a step of a path means in an array of `length`.
fn index(step: &str, length: usize) -> Option<usize> {
    let at: i64 = step.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    usize::try_from(if at < 0 { length + at } else { at }).ok()
}

fn steps(path: &str) -> Result<Vec<String>, String> {
    let items = array::parse(path).ok_or("[22P02] malformed array literal")?;
    Ok(items.iter().map(|item| item.text().to_owned()).collect())
}

/// `a || b`
pub fn concat(a: &str, b: &str) -> Computed {
    let list = |json: Json| match json {
        Json::Array(elements) => elements,
        other => vec![other],
    };
    let joined = match (parse(a)?, parse(b)?) {
        (Json::Object(mut members), Json::Object(more)) => {
            for (key, member) in more {
                put(&mut members, key, member);
            }
            Json::Object(members)
        }
        (a, b) => Json::Array(list(a).into_iter().chain(list(b)).collect()),
    };
    text(&joined)
}

/// `document - step`; the step as JSON: a key, a position, or an array of keys.
pub fn without(document: &str, step: &str) -> Computed {
    let mut json = parse(document)?;
    let removed = match parse(step)? {
        Json::Array(steps) => steps,
        one => vec![one],
    };
    for step in removed {
        let Json::Scalar(step) = step else { continue };
        match &mut json {
            Json::Object(members) => members.retain(|(key, _)| *key != step),
            Json::Array(elements) if step.starts_with('"') => elements.retain(|e| *e != Json::Scalar(step.clone())),
            Json::Array(elements) => {
                if let Some(at) = index(&step, elements.len()).filter(|at| *at < elements.len()) {
                    elements.remove(at);
                }
            }
            Json::Scalar(_) => return Err("[22023] cannot delete from scalar".to_owned()),
        }
    }
    text(&json)
}

/// What happens at the end of a path.
enum Change {
    Set { value: Json, creates: bool },
    Insert(Json),
    Remove,
}

fn change(json: &mut Json, path: &[String], change: &Change) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else { return Ok(()) };
    match json {
        Json::Object(members) => {
            let name = key(step);
            let found = members.iter().position(|(key, _)| *key == name);
            match (found, rest.is_empty(), change) {
                (Some(at), false, _) => return self::change(&mut members[at].1, rest, change),
                (Some(at), true, Change::Set { value, .. }) => members[at].1 = value.clone(),
                (Some(at), true, Change::Remove) => drop(members.remove(at)),
                (Some(_), true, Change::Insert(_)) => return Err("[22023] cannot replace existing key".to_owned()),
                (None, true, Change::Set { value, creates: true } | Change::Insert(value)) => {
                    members.push((name, value.clone()))
                }
                _ => {}
            }
        }
        Json::Array(elements) => {
            let length = elements.len();
            let at = index(step, length).unwrap_or(0);
            match (at < length, rest.is_empty(), change) {
                (true, false, _) => return self::change(&mut elements[at], rest, change),
                (true, true, Change::Set { value, .. }) => elements[at] = value.clone(),
                (true, true, Change::Remove) => drop(elements.remove(at)),
                (true, true, Change::Insert(value)) => elements.insert(at, value.clone()),
                (false, true, Change::Set { value, creates: true } | Change::Insert(value)) => {
                    elements.push(value.clone())
                }
                _ => {}
            }
        }
        Json::Scalar(_) => {}
    }
    Ok(())
}

fn changed(document: &str, path: &str, how: &Change) -> Computed {
    let mut json = parse(document)?;
    change(&mut json, &steps(path)?, how)?;
    text(&json)
}

/// `jsonb_set(document, path, value, creates)`
pub fn set(document: &str, path: &str, value: &str, creates: &str) -> Computed {
    changed(document, path, &Change::Set { value: parse(value)?, creates: creates == "true" })
}

/// `jsonb_insert(document, path, value)`
pub fn insert(document: &str, path: &str, value: &str) -> Computed {
    changed(document, path, &Change::Insert(parse(value)?))
}

/// `document #- path`
pub fn without_path(document: &str, path: &str) -> Computed {
    changed(document, path, &Change::Remove)
}

/// `jsonb_strip_nulls(document)`
pub fn strip_nulls(document: &str) -> Computed {
    fn strip(json: &mut Json) {
        match json {
            Json::Object(members) => {
                members.retain(|(_, member)| *member != Json::Scalar("null".to_owned()));
                members.iter_mut().for_each(|(_, member)| strip(member));
            }
            Json::Array(elements) => elements.iter_mut().for_each(strip),
            Json::Scalar(_) => {}
        }
    }
    let mut json = parse(document)?;
    strip(&mut json);
    text(&json)
}

/// `jsonb_pretty(document)`
pub fn pretty(document: &str) -> Computed {
    fn put(json: &Json, depth: usize, out: &mut String) {
        let (open, close, count) = match json {
            Json::Array(elements) => ('[', ']', elements.len()),
            Json::Object(members) => ('{', '}', members.len()),
            Json::Scalar(text) => return out.push_str(text),
        };
        out.push(open);
        for at in 0..count {
            out.push_str(if at > 0 { ",\n" } else { "\n" });
            out.push_str(&"    ".repeat(depth + 1));
            match json {
                Json::Array(elements) => put(&elements[at], depth + 1, out),
                Json::Object(members) => {
                    out.push_str(&members[at].0);
                    out.push_str(": ");
                    put(&members[at].1, depth + 1, out);
                }
                Json::Scalar(_) => {}
            }
        }
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
        out.push(close);
    }
    let mut out = String::new();
    put(&parse(document)?, 0, &mut out);
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(computed: Computed) -> String {
        computed.unwrap().unwrap()
    }

    #[test]
    fn documents_are_joined() {
        assert_eq!(shown(concat(r#"{"a":1}"#, r#"{"a":2,"b":3}"#)), r#"{"a": 2, "b": 3}"#);
        assert_eq!(shown(concat("[1]", "2")), "[1, 2]");
        assert!(concat("{", "1").is_err());
    }

    #[test]
    fn parts_of_documents_are_removed() {
        assert_eq!(shown(without(r#"{"a":1,"b":2}"#, "\"a\"")), r#"{"b": 2}"#);
        assert_eq!(shown(without(r#"["a","b","c"]"#, "-1")), r#"["a", "b"]"#);
        assert_eq!(shown(without_path(r#"{"a":{"b":1,"c":2}}"#, "{a,b}")), r#"{"a": {"c": 2}}"#);
        assert_eq!(shown(strip_nulls(r#"{"a":null,"b":[null]}"#)), r#"{"b": [null]}"#);
    }

    #[test]
    fn values_are_set_at_a_path() {
        assert_eq!(shown(set(r#"{"a":{"b":1}}"#, "{a,b}", "\"x\"", "true")), r#"{"a": {"b": "x"}}"#);
        assert_eq!(shown(set(r#"{"a":1}"#, "{b}", "2", "false")), r#"{"a": 1}"#);
        assert_eq!(shown(insert("[1,3]", "{1}", "2")), "[1, 2, 3]");
    }

    #[test]
    fn a_document_has_one_form() {
        assert_eq!(shown(canonical(r#"{"bb":1, "a":[1,2],"a":3}"#)), r#"{"a": 3, "bb": 1}"#);
        assert!(canonical("x").is_err());
        assert!(canonical(r#"{"a":}"#).is_err());
    }

    #[test]
    fn a_deep_document_is_refused() {
        assert!(concat(&"[".repeat(100_000), "1").is_err());
    }
}
