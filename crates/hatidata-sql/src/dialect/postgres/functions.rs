//! What PostgreSQL's functions compute where SQL over DuckDB's own cannot say it: texts in, text out. An error's text
//! begins with its SQLSTATE in brackets.

use super::{array, datetime, number};

type Computed = Result<Option<String>, String>;

/// `to_char(value, pattern)` for a value of DuckDB's type `kind`.
pub fn to_char(kind: &str, text: &str, pattern: &str) -> Computed {
    match kind {
        "DATE" | "TIME" | "INTERVAL" => datetime::to_char(kind, text, pattern),
        kind if kind.starts_with("TIME") => datetime::to_char("TIMESTAMP", text, pattern),
        "VARCHAR" => Err("[42883] function to_char(text, text) does not exist".to_owned()),
        _ => number::to_char(text, pattern).map(Some),
    }
}

/// `to_date` and `to_timestamp` of a text.
pub fn to_moment(text: &str, pattern: &str) -> Computed {
    datetime::to_moment(text, pattern).map(Some)
}

/// `justify_hours`, `justify_days` or `justify_interval` of an interval.
pub fn justify(what: &str, interval: &str) -> Computed {
    Ok(datetime::justify(what, interval))
}

/// `to_number` of a text.
pub fn to_number(text: &str, pattern: &str) -> Computed {
    number::to_number(text, pattern).map(Some)
}

/// A value of DuckDB's type `kind` as PostgreSQL writes it.
pub fn text_of(kind: &str, text: &str) -> Computed {
    if let Some(element) = kind.strip_suffix(']').and_then(|k| k.rfind('[').map(|i| &k[..i])) {
        let element = element.split('[').next().unwrap_or(element).to_owned();
        let shown = array::from_list(text, &|value| scalar(&element, value));
        return Ok(Some(shown.unwrap_or_else(|| text.to_owned())));
    }
    Ok(Some(scalar(kind, text)))
}

fn scalar(kind: &str, text: &str) -> String {
    match kind {
        "DOUBLE" | "FLOAT" => float(text),
        "BOOLEAN" => text.get(..1).unwrap_or("").to_owned(),
        "INTERVAL" => interval(text),
        "BLOB" => format!("\\x{}", blob(text)),
        _ => text.to_owned(),
    }
}

/// PostgreSQL's name of a type of DuckDB.
pub fn type_name(kind: &str) -> Computed {
    if let Some(element) = kind.strip_suffix("[]") {
        let element = element.split('[').next().unwrap_or(element);
        return Ok(type_name(element)?.map(|name| format!("{name}[]")));
    }
    let name = match kind {
        "TINYINT" | "SMALLINT" => "smallint",
        "DOUBLE" => "double precision",
        "FLOAT" => "real",
        "VARCHAR" => "text",
        "BLOB" => "bytea",
        "BIT" => "bit varying",
        "HUGEINT" | "UBIGINT" | "UHUGEINT" => "numeric",
        "TIMESTAMP" => "timestamp without time zone",
        "TIME" => "time without time zone",
        "\"NULL\"" | "NULL" => "unknown",
        kind if kind.starts_with("DECIMAL") => "numeric",
        kind if kind.starts_with("STRUCT") => "record",
        kind => return Ok(Some(kind.to_lowercase())),
    };
    Ok(Some(name.to_owned()))
}

fn float(text: &str) -> String {
    match text {
        "inf" => "Infinity".to_owned(),
        "-inf" => "-Infinity".to_owned(),
        "nan" | "-nan" => "NaN".to_owned(),
        _ => text.strip_suffix(".0").unwrap_or(text).to_owned(),
    }
}

/// `2 months` is `2 mons`.
fn interval(text: &str) -> String {
    text.replace("months", "mons").replace("month", "mon")
}

/// Hexadecimal digits of DuckDB's text of bytes, `a\x00`.
fn blob(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match rest.strip_prefix("\\x").and_then(|r| r.get(..2)) {
            Some(digits) => {
                out.push_str(&digits.to_lowercase());
                rest = &rest[4..];
            }
            None => {
                out.extend(c.to_string().bytes().map(|b| format!("{b:02x}")));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// `format(pattern, …)`; the arguments are a JSON array of texts.
pub fn format(pattern: &str, arguments: &str) -> Computed {
    let arguments = strings(arguments);
    let mut next = 0;
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        while let Some(c) = chars.peek().copied().filter(|c| c.is_ascii_digit() || matches!(c, '$' | '-')) {
            spec.push(c);
            chars.next();
        }
        let kind = chars.next().ok_or("[22023] unterminated format() type specifier")?;
        if kind == '%' {
            out.push('%');
            continue;
        }
        let (position, width) = match spec.split_once('$') {
            Some((position, width)) => (position.parse::<usize>().ok(), width.to_owned()),
            None => (None, spec),
        };
        let index = position.map_or(next, |p| p.wrapping_sub(1));
        next = index.wrapping_add(1);
        let argument = arguments.get(index).ok_or("[22023] too few arguments for format()")?;
        let shown = match (kind, argument) {
            ('s', argument) => argument.clone().unwrap_or_default(),
            ('I', Some(argument)) => identifier(argument),
            ('I', None) => return Err("[22004] null values cannot be formatted as an SQL identifier".to_owned()),
            ('L', Some(argument)) => crate::name::literal(argument),
            ('L', None) => "NULL".to_owned(),
            (other, _) => return Err(format!("[22023] unrecognized format() type specifier \"{other}\"")),
        };
        let left = width.starts_with('-');
        let width: usize = width.trim_start_matches('-').parse().unwrap_or(0);
        out.push_str(&if left { format!("{shown:<width$}") } else { format!("{shown:>width$}") });
    }
    Ok(Some(out))
}

fn identifier(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let reserved = ["select", "from", "where", "table", "user", "order", "group", "all", "and", "or", "not", "null"];
    if plain && !reserved.contains(&name) { name.to_owned() } else { crate::name::quote(name) }
}

/// The texts of a JSON array of texts and nulls.
fn strings(json: &str) -> Vec<Option<String>> {
    let mut out = Vec::new();
    let mut rest = json.trim_start_matches('[');
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(after) = rest.strip_prefix("null") {
            out.push(None);
            rest = after;
        } else if let Some(body) = rest.strip_prefix('"') {
            let mut value = String::new();
            let mut chars = body.char_indices();
            let mut end = body.len();
            while let Some((at, c)) = chars.next() {
                match c {
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    '\\' => match chars.next().map(|(_, c)| c) {
                        Some('n') => value.push('\n'),
                        Some('t') => value.push('\t'),
                        Some('r') => value.push('\r'),
                        Some('b') => value.push('\u{8}'),
                        Some('f') => value.push('\u{c}'),
                        Some('u') => {
                            let code: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                            value.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                        }
                        other => value.extend(other),
                    },
                    c => value.push(c),
                }
            }
            out.push(Some(value));
            rest = &body[end..];
        } else {
            return out;
        }
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok()).collect()
}

/// `encode(bytes, form)`; the bytes come as hexadecimal digits.
pub fn encode(hex: &str, form: &str) -> Computed {
    let bytes = bytes_of_hex(hex).unwrap_or_default();
    Ok(Some(match form.to_lowercase().as_str() {
        "hex" => hex.to_lowercase(),
        "base64" => {
            let mut out = String::new();
            for chunk in bytes.chunks(3) {
                let word = chunk.iter().enumerate().fold(0u32, |word, (i, b)| word | u32::from(*b) << (16 - 8 * i));
                for i in 0..4 {
                    let digit = (word >> (18 - 6 * i) & 63) as usize;
                    out.push(if i <= chunk.len() { char::from(BASE64[digit]) } else { '=' });
                }
            }
            let lines: Vec<&str> = (0..out.len()).step_by(76).map(|i| &out[i..out.len().min(i + 76)]).collect();
            lines.join("\n")
        }
        "escape" => bytes
            .iter()
            .map(|b| match b {
                b'\\' => "\\\\".to_owned(),
                0 | 128.. => format!("\\{b:03o}"),
                b => char::from(*b).to_string(),
            })
            .collect(),
        _ => return Err(format!("[22023] unrecognized encoding: \"{form}\"")),
    }))
}

/// `decode(text, form)` as hexadecimal digits.
pub fn decode(text: &str, form: &str) -> Computed {
    let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    Ok(Some(match form.to_lowercase().as_str() {
        "hex" => {
            let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            if let Some(wrong) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
                return Err(format!("[22023] invalid hexadecimal digit: \"{wrong}\""));
            }
            if digits.len() % 2 == 1 {
                return Err("[22023] invalid hexadecimal data: odd number of digits".to_owned());
            }
            digits
        }
        "base64" => {
            let mut bits = 0u32;
            let mut count = 0;
            let mut bytes = Vec::new();
            for c in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
                let Some(digit) = BASE64.iter().position(|b| *b == c) else {
                    return Err(format!(
                        "[22023] invalid symbol \"{}\" found while decoding base64 sequence",
                        char::from(c)
                    ));
                };
                bits = bits << 6 | u32::try_from(digit).unwrap_or(0);
                count += 6;
                if count >= 8 {
                    count -= 8;
                    bytes.push((bits >> count & 255) as u8);
                }
            }
            hex(bytes)
        }
        "escape" => {
            let mut bytes = Vec::new();
            let mut rest = text.as_bytes();
            while let Some((first, after)) = rest.split_first() {
                rest = after;
                if *first != b'\\' {
                    bytes.push(*first);
                } else if let Some(after) = rest.strip_prefix(b"\\") {
                    bytes.push(b'\\');
                    rest = after;
                } else {
                    let octal = rest
                        .get(..3)
                        .and_then(|d| std::str::from_utf8(d).ok())
                        .and_then(|d| u8::from_str_radix(d, 8).ok());
                    bytes.push(octal.ok_or("[22P02] invalid input syntax for type bytea")?);
                    rest = &rest[3..];
                }
            }
            hex(bytes)
        }
        _ => return Err(format!("[22023] unrecognized encoding: \"{form}\"")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_postgresql_does() {
        let shown = |kind: &str, text: &str| text_of(kind, text).unwrap().unwrap();
        assert_eq!(shown("DOUBLE", "1.0"), "1");
        assert_eq!(shown("INTERVAL", "1 year 2 months"), "1 year 2 mons");
        assert_eq!(shown("BOOLEAN[]", "[true, false, NULL]"), "{t,f,NULL}");
        assert_eq!(shown("BLOB", "a\\x00"), "\\x6100");
    }

    #[test]
    fn formats_take_their_arguments() {
        let shown = |pattern: &str, json: &str| format(pattern, json).unwrap().unwrap();
        assert_eq!(shown("%s-%s", r#"["a",null]"#), "a-");
        assert_eq!(shown("%2$s %1$s %%", r#"["a","b"]"#), "b a %");
        assert_eq!(shown("%I %L", r#"["a b","it's"]"#), "\"a b\" 'it''s'");
        assert_eq!(shown("%5s|%-5s|", r#"["a","b"]"#), "    a|b    |");
        assert!(format("%s", "[]").is_err());
    }

    #[test]
    fn bytes_have_three_forms() {
        assert_eq!(encode("616263", "base64").unwrap().unwrap(), "YWJj");
        assert_eq!(encode("00FF5C", "escape").unwrap().unwrap(), "\\000\\377\\\\");
        assert_eq!(decode("YWI=", "base64").unwrap().unwrap(), "6162");
        assert_eq!(decode("a\\000\\\\", "escape").unwrap().unwrap(), "61005c");
        assert!(decode("zz", "hex").is_err());
    }
}
