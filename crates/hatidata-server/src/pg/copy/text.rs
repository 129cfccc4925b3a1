//! The text format: fields between delimiters, special bytes after a backslash.

use memchr::{memchr, memchr2};

use super::fields::Fields;

/// Where the first line in `data` ends, looking from `from` on; a newline after a backslash is data.
pub(super) fn line_end(data: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr(b'\n', data.get(at..)?)?;
        let backslashes = data[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            return Some(at);
        }
        at += 1;
    }
}

/// Cuts a line into its fields.
pub(super) fn split(line: &[u8], delimiter: u8, null: &[u8], fields: &mut Fields) {
    fields.clear();
    let mut start = 0;
    loop {
        let rest = &line[start..];
        let stop = memchr2(delimiter, b'\\', rest).map_or(line.len(), |at| start + at);
        if line.get(stop) != Some(&b'\\') {
            push(line, start, stop, null, fields);
            if stop == line.len() {
                return;
            }
            start = stop + 1;
            continue;
        }
        // From the first backslash on, the field is put together.
        let begin = fields.begin();
        fields.add(&line[start..stop]);
        let mut at = stop;
        while let Some(&byte) = line.get(at).filter(|byte| **byte != delimiter) {
            if byte == b'\\' {
                at += 1 + unescape(&line[at + 1..], fields);
            } else {
                let plain = memchr2(delimiter, b'\\', &line[at..]).map_or(line.len(), |plain| at + plain);
                fields.add(&line[at..plain]);
                at = plain;
            }
        }
        if &line[start..at] == null {
            fields.push_null();
        } else {
            fields.push_built(begin);
        }
        if at == line.len() {
            return;
        }
        start = at + 1;
    }
}

fn push(line: &[u8], start: usize, stop: usize, null: &[u8], fields: &mut Fields) {
    if &line[start..stop] == null { fields.push_null() } else { fields.push_raw(start..stop) }
}

/// Adds what the bytes after a backslash stand for and gives their number.
fn unescape(rest: &[u8], fields: &mut Fields) -> usize {
    let (byte, length) = match rest {
        [] => (b'\\', 0),
        [b'b', ..] => (0x08, 1),
        [b'f', ..] => (0x0c, 1),
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [b'v', ..] => (0x0b, 1),
        [b'0'..=b'7', ..] => number(rest, 8, 3),
        [b'x', hex @ ..] if hex.first().is_some_and(u8::is_ascii_hexdigit) => {
            let (byte, digits) = number(hex, 16, 2);
            (byte, digits + 1)
        }
        [other, ..] => (*other, 1),
    };
    fields.add(&[byte]);
    length
}

/// A byte from at most `most` digits, and their number.
fn number(digits: &[u8], base: u32, most: usize) -> (u8, usize) {
    let mut value = 0_u32;
    let mut length = 0;
    while let Some(digit) = digits.get(length).and_then(|d| char::from(*d).to_digit(base)).filter(|_| length < most) {
        value = value * base + digit;
        length += 1;
    }
    (value as u8, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<Option<String>> {
        let mut fields = Fields::default();
        split(line.as_bytes(), b'\t', b"\\N", &mut fields);
        (0..fields.len())
            .map(|at| fields.get(line.as_bytes(), at).map(|f| String::from_utf8_lossy(f).into_owned()))
            .collect()
    }

    #[test]
    fn backslashes_stand_for_special_bytes() {
        for (line, expected) in [
            ("a\tb", vec![Some("a"), Some("b")]),
            ("", vec![Some("")]),
            ("\t", vec![Some(""), Some("")]),
            ("\\N\t\\\\N\tx\\N", vec![None, Some("\\N"), Some("xN")]),
            ("a\\tb\\n\\\\\t\\b\\f\\v\\r", vec![Some("a\tb\n\\"), Some("\u{8}\u{c}\u{b}\r")]),
            ("\\x41\\102\\x4g\\q\\xz", vec![Some("AB\u{4}gqxz")]),
            ("a\\\tb", vec![Some("a\tb")]),
            ("end\\", vec![Some("end\\")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|f| f.map(str::to_owned)).collect();
            assert_eq!(fields(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_newline_after_a_backslash_does_not_end_the_line() {
        assert_eq!(line_end(b"a\\\nb\nc", 0), Some(4));
        assert_eq!(line_end(b"a\\\\\nb", 0), Some(3));
        assert_eq!(line_end(b"abc", 0), None);
    }
}
