//! Replacing pieces of a text while every other byte stays, and mapping positions back.

use std::ops::Range;

/// A replacement of one range of the original text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// The bytes that are replaced.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

/// A text after its splices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spliced {
    /// The new text.
    pub sql: String,
    splices: Vec<Splice>,
}

/// Applies `splices` to `sql`. They may come in any order; one inside another is dropped.
pub fn apply(sql: &str, mut splices: Vec<Splice>) -> Spliced {
    // What is inserted at a place stands before what is replaced there.
    splices.sort_by_key(|s| (s.range.start, !s.range.is_empty(), std::cmp::Reverse(s.range.end)));
    let mut out = String::with_capacity(sql.len() + splices.len() * 24);
    let mut kept: Vec<Splice> = Vec::with_capacity(splices.len());
    let mut at = 0;
    for splice in splices {
        if splice.range.start < at {
            continue;
        }
        out.push_str(&sql[at..splice.range.start]);
        out.push_str(&splice.text);
        at = splice.range.end;
        kept.push(splice);
    }
    out.push_str(&sql[at..]);
    Spliced { sql: out, splices: kept }
}

impl Spliced {
    /// What was replaced, in the order of the original text, and by what.
    pub fn splices(&self) -> &[Splice] {
        &self.splices
    }

    /// The position in the original text of `position` in the new one; inside a replacement,
    /// the start of what was replaced.
    pub fn original(&self, position: usize) -> usize {
        let mut shift: isize = 0;
        for splice in &self.splices {
            let start = splice.range.start.wrapping_add_signed(shift);
            if position < start {
                break;
            }
            if position < start + splice.text.len() {
                return splice.range.start;
            }
            shift += splice.text.len() as isize - splice.range.len() as isize;
        }
        position.wrapping_add_signed(-shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_map_back_to_the_original() {
        let sql = "SELECT x FROM t, u WHERE y";
        let spliced = apply(
            sql,
            vec![
                Splice { range: 17..18, text: "\"b\".\"u\" AS u".into() },
                Splice { range: 14..15, text: "\"b\".\"t\" AS t".into() },
            ],
        );
        assert_eq!(spliced.sql, "SELECT x FROM \"b\".\"t\" AS t, \"b\".\"u\" AS u WHERE y");
        assert_eq!(spliced.original(7), 7);
        assert_eq!(spliced.original(spliced.sql.find("AS t").unwrap()), 14);
        assert_eq!(spliced.original(spliced.sql.len() - 1), sql.len() - 1);
    }
}
