//! The CSV format: fields between delimiters, in quotes where they need them.

use memchr::memchr2;

use super::fields::Fields;

/// The bytes that mean something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub(super) delimiter: u8,
    pub(super) quote: u8,
    pub(super) escape: u8,
}

/// How far a line has been looked through for its end.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Scan {
    at: usize,
    in_quotes: bool,
}

impl Scan {
    /// Where the line at the start of `data` ends; `None` when its end has not arrived.
    pub(super) fn line_end(&mut self, data: &[u8], marks: Marks) -> Option<usize> {
        loop {
            let rest = data.get(self.at..)?;
            let found = match self.in_quotes {
                true => memchr2(marks.quote, marks.escape, rest),
                false => memchr2(marks.quote, b'\n', rest),
            };
            let Some(found) = found else {
                self.at = data.len();
                return None;
            };
            let at = self.at + found;
            match data[at] {
                b'\n' if !self.in_quotes => return Some(at),
                byte if self.in_quotes && byte == marks.escape && marks.escape != marks.quote => {
                    if at + 1 == data.len() {
                        self.at = at;
                        return None;
                    }
                    // It escapes nothing but itself and the quote.
                    let escapes = data[at + 1] == marks.quote || data[at + 1] == marks.escape;
                    self.at = at + 1 + usize::from(escapes);
                }
                _ => {
                    self.in_quotes = !self.in_quotes;
                    self.at = at + 1;
                }
            }
        }
    }
}

/// A quoted field has no end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unterminated;

/// Cuts a line into its fields. `keeps_null` and `forces_null` say for a field whether the text of NULL is
/// data there (`FORCE_NOT_NULL`), and whether it is NULL even in quotes (`FORCE_NULL`).
pub(super) fn split(
    line: &[u8],
    marks: Marks,
    null: &[u8],
    keeps_null: impl Fn(usize) -> bool,
    forces_null: impl Fn(usize) -> bool,
    fields: &mut Fields,
) -> Result<(), Unterminated> {
    fields.clear();
    let mut start = 0;
    loop {
        let stop = memchr2(marks.delimiter, marks.quote, &line[start..]).map_or(line.len(), |at| start + at);
        let index = fields.len();
        let end = if line.get(stop) == Some(&marks.quote) {
            let begin = fields.begin();
            let end = unquote(line, start, marks, fields)?;
            fields.push_built(begin);
            if forces_null(index) && fields.get(line, index) == Some(null) {
                fields.replace_last_with_null();
            }
            end
        } else {
            if &line[start..stop] == null && !keeps_null(index) {
                fields.push_null();
            } else {
                fields.push_raw(start..stop);
            }
            stop
        };
        if end == line.len() {
            return Ok(());
        }
        start = end + 1;
    }
}

/// Puts a field with quotes together and gives its end.
fn unquote(line: &[u8], start: usize, marks: Marks, fields: &mut Fields) -> Result<usize, Unterminated> {
    let mut at = start;
    let mut in_quotes = false;
    loop {
        let rest = &line[at..];
        let found = match in_quotes {
            true => memchr2(marks.quote, marks.escape, rest),
            false => memchr2(marks.quote, marks.delimiter, rest),
        };
        let Some(found) = found else {
            if in_quotes {
                return Err(Unterminated);
            }
            fields.add(rest);
            return Ok(line.len());
        };
        fields.add(&rest[..found]);
        at += found;
        let next = line.get(at + 1).copied();
        if !in_quotes {
            if line[at] == marks.delimiter {
                return Ok(at);
            }
            in_quotes = true;
        } else if let Some(escaped) =
            next.filter(|n| line[at] == marks.escape && (*n == marks.escape || *n == marks.quote))
        {
            fields.add(&[escaped]);
            at += 1;
        } else if line[at] == marks.quote {
            in_quotes = false;
        } else {
            fields.add(&[line[at]]);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks = Marks { delimiter: b',', quote: b'"', escape: b'"' };
    const BACKSLASH: Marks = Marks { delimiter: b',', quote: b'"', escape: b'\\' };

    fn fields(line: &str, marks: Marks) -> Option<Vec<Option<String>>> {
        let mut fields = Fields::default();
        split(line.as_bytes(), marks, b"", |at| at == 3, |at| at == 4, &mut fields).ok()?;
        let text = |f: &[u8]| String::from_utf8_lossy(f).into_owned();
        Some((0..fields.len()).map(|at| fields.get(line.as_bytes(), at).map(text)).collect())
    }

    #[test]
    fn quotes_hold_delimiters_newlines_and_themselves() {
        for (line, marks, expected) in [
            ("a,b", MARKS, vec![Some("a"), Some("b")]),
            ("\"a,\nb\",\"\"\"x\"\"\"", MARKS, vec![Some("a,\nb"), Some("\"x\"")]),
            (",\"\"", MARKS, vec![None, Some("")]),
            ("a\"b,c\"d,e", MARKS, vec![Some("ab,cd"), Some("e")]),
            ("1,2,3,,\"\"", MARKS, vec![Some("1"), Some("2"), Some("3"), Some(""), None]),
            ("\"a\\\"b\\\\\\c\"", BACKSLASH, vec![Some("a\"b\\\\c")]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|f| f.map(str::to_owned)).collect();
            assert_eq!(fields(line, marks), Some(expected), "{line:?}");
        }
        assert_eq!(fields("\"a", MARKS), None);
    }

    #[test]
    fn a_newline_in_quotes_does_not_end_the_line() {
        for (data, marks, end) in [
            ("a,\"b\nc\"\nd", MARKS, Some(7)),
            ("\"a\"\"\n\"\nd", MARKS, Some(6)),
            ("\"a\\\"\n\"\nd", BACKSLASH, Some(6)),
            ("a,\"b\nc", MARKS, None),
        ] {
            assert_eq!(Scan::default().line_end(data.as_bytes(), marks), end, "{data:?}");
        }
        let mut scan = Scan::default();
        assert_eq!(scan.line_end(b"\"a\n", MARKS), None);
        assert_eq!(scan.line_end(b"\"a\nb\"\n", MARKS), Some(5));
    }
}
