//! Arrays as parameters, in both formats.

use super::binary::malformed;
use super::{Fault, binary, element_type, text, utf8};
use crate::pg::value::oid::{MAX_DIMENSIONS, ParamKind, ParamType, param_type};
use hatidata_core::{SqlType, Value};

/// Lists within lists, before the type of their elements is known.
enum Tree {
    Leaf(Value),
    Node(Vec<Tree>),
}

impl Tree {
    /// How many levels of lists; `None` when lists and values stand side by side.
    fn depth(&self) -> Option<usize> {
        let Tree::Node(items) = self else {
            return Some(0);
        };
        let mut depth = None;
        for item in items {
            let below = match item {
                Tree::Leaf(Value::Null) => continue,
                item => item.depth()?,
            };
            // An empty list does not say what it would hold.
            let open = matches!(item, Tree::Node(inner) if inner.is_empty());
            depth = match depth {
                None => Some((below, open)),
                Some((known, true)) if below >= known && below > 0 => Some((below, open)),
                Some((known, false)) if below == known || (open && known > 0) => depth,
                Some(_) => return None,
            };
        }
        Some(depth.map_or(0, |(below, _)| below) + 1)
    }

    fn leaves<'a>(&'a self, found: &mut Vec<&'a Value>) {
        match self {
            Tree::Leaf(value) => found.push(value),
            Tree::Node(items) => items.iter().for_each(|item| item.leaves(found)),
        }
    }

    fn into_value(self, depth: usize, element: &SqlType) -> Value {
        match self {
            Tree::Leaf(value) => value,
            Tree::Node(items) => {
                let below = depth.saturating_sub(1);
                let item = (0..below).fold(element.clone(), |item, _| SqlType::List(Box::new(item)));
                let items = items.into_iter().map(|item| item.into_value(below, element));
                Value::List(item, items.collect())
            }
        }
    }
}

/// How many levels of lists a type has.
fn levels(sql_type: &SqlType) -> usize {
    match sql_type {
        SqlType::List(item) | SqlType::Array(item, _) => 1 + levels(item),
        _ => 0,
    }
}

/// The tree as a list value. A list that is empty has the depth that DuckDB expects.
fn finish(tree: Tree, depth: usize, kind: ParamKind, inferred: &SqlType) -> Value {
    let mut leaves = Vec::new();
    tree.leaves(&mut leaves);
    let depth = if leaves.is_empty() { depth.max(levels(inferred)) } else { depth };
    let element = element_type(kind, inferred, &leaves);
    tree.into_value(depth, &element)
}

/// An array literal: `{1,NULL,"a b",{...}}`, perhaps with bounds before it.
pub(super) fn decode_text(kind: ParamKind, inferred: &SqlType, bytes: &[u8]) -> Result<Value, Fault> {
    let literal = utf8(bytes)?;
    let fault = |detail: &str| ("22P02", format!("malformed array literal: \"{literal}\": {detail}"));
    let mut reader = Reader { rest: literal.trim_ascii_start(), kind, inferred };
    if reader.rest.starts_with('[') {
        let bounds = reader.rest.find('=').ok_or_else(|| fault("missing \"=\" after the bounds"))?;
        let known = |byte: u8| byte.is_ascii_digit() || b"[]:+- ".contains(&byte);
        if !reader.rest.as_bytes()[..bounds].iter().copied().all(known) {
            return Err(fault("the bounds are not numbers"));
        }
        reader.rest = reader.rest[bounds + 1..].trim_ascii_start();
    }
    if !reader.rest.starts_with('{') {
        return Err(fault("an array must start with \"{\""));
    }
    let tree = reader.list(0).map_err(|stop| match stop {
        Stop::Syntax(detail) => fault(detail),
        Stop::Value(fault) => fault,
    })?;
    if !reader.rest.trim_ascii().is_empty() {
        return Err(fault("junk after the closing brace"));
    }
    let depth = tree.depth().ok_or_else(|| fault("lists and values on the same level"))?;
    Ok(finish(tree, depth, kind, inferred))
}

enum Stop {
    Syntax(&'static str),
    Value(Fault),
}

struct Reader<'a> {
    rest: &'a str,
    kind: ParamKind,
    inferred: &'a SqlType,
}

impl Reader<'_> {
    /// From an opening brace to the closing one.
    fn list(&mut self, depth: usize) -> Result<Tree, Stop> {
        if depth == MAX_DIMENSIONS {
            return Err(Stop::Value(too_deep()));
        }
        self.rest = self.rest[1..].trim_ascii_start();
        let mut items = Vec::new();
        if let Some(rest) = self.rest.strip_prefix('}') {
            self.rest = rest;
            return Ok(Tree::Node(items));
        }
        loop {
            items.push(match self.rest.as_bytes().first() {
                Some(b'{') => self.list(depth + 1)?,
                _ => Tree::Leaf(self.element()?),
            });
            self.rest = self.rest.trim_ascii_start();
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return Ok(Tree::Node(items));
            }
            self.rest = match self.rest.strip_prefix(',') {
                Some(rest) => rest.trim_ascii_start(),
                None if self.rest.is_empty() => return Err(Stop::Syntax("unexpected end")),
                None => return Err(Stop::Syntax("expected \",\" or \"}\" after an element")),
            };
        }
    }

    fn element(&mut self) -> Result<Value, Stop> {
        const END: Stop = Stop::Syntax("unexpected end");
        let quoted = self.rest.starts_with('"');
        let mut escaped = false;
        let mut value = String::new();
        // Length of `value` up to the last character that is not unquoted white space.
        let mut solid = 0;
        let mut characters = self.rest.char_indices().skip(usize::from(quoted));
        let end = loop {
            let (at, character) = characters.next().ok_or(END)?;
            match character {
                '\\' => {
                    value.push(characters.next().ok_or(END)?.1);
                    solid = value.len();
                    escaped = true;
                }
                '"' if quoted => break at + 1,
                ',' | '}' if !quoted => break at,
                '"' | '{' if !quoted => return Err(Stop::Syntax("unexpected quote or brace")),
                character => {
                    value.push(character);
                    if quoted || !character.is_ascii_whitespace() {
                        solid = value.len();
                    }
                }
            }
        };
        self.rest = &self.rest[end..];
        value.truncate(solid);
        if !quoted && value.is_empty() {
            return Err(Stop::Syntax("an element is missing"));
        }
        if !quoted && !escaped && value.eq_ignore_ascii_case("NULL") {
            return Ok(Value::Null);
        }
        text::decode(self.kind, self.inferred, value.as_bytes()).map_err(Stop::Value)
    }
}

fn too_deep() -> Fault {
    let most = MAX_DIMENSIONS;
    ("54000", format!("number of array dimensions exceeds the maximum allowed ({most})"))
}

/// Dimensions, null flag, element type, sizes and lower bounds, then the elements.
pub(super) fn decode_binary(inferred: &SqlType, bytes: &[u8]) -> Result<Value, Fault> {
    let mut rest = bytes;
    let depth = usize::try_from(int(&mut rest)?).map_err(|_| malformed("array"))?;
    let _has_null = int(&mut rest)?;
    let oid = int(&mut rest)? as u32;
    if depth > MAX_DIMENSIONS {
        return Err(too_deep());
    }
    let Some(ParamType::One(kind)) = param_type(oid) else {
        return Err(("0A000", format!("arrays of the type with OID {oid} are not supported")));
    };
    let mut sizes = Vec::with_capacity(depth);
    for _ in 0..depth {
        sizes.push(usize::try_from(int(&mut rest)?).map_err(|_| malformed("array"))?);
        let _lower_bound = int(&mut rest)?;
    }
    // Each element takes four bytes at least, so this bounds what the sizes may claim.
    let elements = sizes.iter().try_fold(1usize, |all, size| all.checked_mul(*size));
    if depth == 0 || elements == Some(0) {
        return Ok(finish(Tree::Node(Vec::new()), 1, kind, inferred));
    }
    if elements.is_none_or(|count| count > rest.len() / 4) {
        return Err(malformed("array"));
    }
    let tree = elements_of(&mut rest, &sizes, kind, inferred)?;
    if !rest.is_empty() {
        return Err(malformed("array"));
    }
    Ok(finish(tree, depth, kind, inferred))
}

fn elements_of(rest: &mut &[u8], sizes: &[usize], kind: ParamKind, inferred: &SqlType) -> Result<Tree, Fault> {
    if let Some((size, inner)) = sizes.split_first() {
        let items = (0..*size).map(|_| elements_of(rest, inner, kind, inferred));
        return items.collect::<Result<_, _>>().map(Tree::Node);
    }
    let length = int(rest)?;
    if length == -1 {
        return Ok(Tree::Leaf(Value::Null));
    }
    let length = usize::try_from(length).map_err(|_| malformed("array"))?;
    let (element, after) = rest.split_at_checked(length).ok_or_else(|| malformed("array"))?;
    *rest = after;
    binary::decode(kind, inferred, element).map(Tree::Leaf)
}

fn int(rest: &mut &[u8]) -> Result<i32, Fault> {
    let (value, after) = rest.split_first_chunk().ok_or_else(|| malformed("array"))?;
    *rest = after;
    Ok(i32::from_be_bytes(*value))
}
