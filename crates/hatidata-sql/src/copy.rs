//! COPY through the connection: what is copied, which way, and in which format.
//!
//! Both of Postgres' spellings of options are read, the list in parentheses and the one of before
//! version 9 (`WITH CSV HEADER DELIMITER AS ';'`), with Postgres' rules about what goes together.

use std::ops::Range;

use crate::lexer::{Token, TokenKind, text_value, tokenize};
use crate::name::unquote;
use crate::scan::Scanner;

/// A COPY statement whose data travel on the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// `FROM STDIN` rather than `TO STDOUT`.
    pub is_load: bool,
    /// What is copied.
    pub subject: CopySubject,
    /// How rows are written.
    pub options: CopyOptions,
}

/// What a COPY copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopySubject {
    /// A table, with the columns that are named; none means all.
    Table {
        /// The bytes of its name.
        name: Range<usize>,
        /// Columns without their quotes, each with its position.
        columns: Vec<(String, usize)>,
    },
    /// The rows of a query: its bytes.
    Query(Range<usize>),
}

/// How rows are written on the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CopyFormat {
    /// Fields between delimiters, with backslashes.
    #[default]
    Text,
    /// Fields between delimiters, with quotes.
    Csv,
    /// Values in their binary form.
    Binary,
}

/// Whether the first line names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CopyHeader {
    /// It is data.
    #[default]
    Absent,
    /// It is written, or skipped.
    Present,
    /// It must name the columns as the statement does.
    Match,
}

/// Columns that an option is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CopyColumns {
    /// None.
    #[default]
    None,
    /// These.
    Some(Vec<String>),
    /// All: `*`.
    All,
}

impl CopyColumns {
    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            CopyColumns::None => false,
            CopyColumns::Some(names) => names.iter().any(|n| n.eq_ignore_ascii_case(name)),
            CopyColumns::All => true,
        }
    }
}

/// The options of a COPY, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOptions {
    /// `FORMAT`
    pub format: CopyFormat,
    /// `DELIMITER`
    pub delimiter: u8,
    /// `NULL`: the text that stands for it.
    pub null: String,
    /// `HEADER`
    pub header: CopyHeader,
    /// `QUOTE`
    pub quote: u8,
    /// `ESCAPE`: in front of a quote within quotes.
    pub escape: u8,
    /// `FORCE_QUOTE`
    pub force_quote: CopyColumns,
    /// `FORCE_NOT_NULL`
    pub force_not_null: CopyColumns,
    /// `FORCE_NULL`
    pub force_null: CopyColumns,
}

/// Why a COPY cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyError {
    /// SQLSTATE.
    pub sqlstate: &'static str,
    /// What is wrong.
    pub message: String,
    /// Byte position of what is wrong.
    pub position: usize,
}

/// Options as they were given.
#[derive(Default)]
struct Given {
    format: Option<CopyFormat>,
    delimiter: Option<String>,
    null: Option<String>,
    header: Option<CopyHeader>,
    quote: Option<String>,
    escape: Option<String>,
    encoding: Option<()>,
    freeze: Option<()>,
    force_quote: Option<CopyColumns>,
    force_not_null: Option<CopyColumns>,
    force_null: Option<CopyColumns>,
}

struct Reader<'a> {
    s: &'a Scanner<'a>,
    at: usize,
    end: usize,
}

/// Reads a COPY from or to the connection; `None` for one with a file.
pub fn parse_copy(sql: &str) -> Result<Option<Copy>, CopyError> {
    let Ok(tokens) = tokenize(sql) else { return Ok(None) };
    let Ok(scanner) = Scanner::new(sql, &tokens) else { return Ok(None) };
    if !scanner.is(0, "COPY") {
        return Ok(None);
    }
    let mut r = Reader { s: &scanner, at: 1, end: tokens.len() };
    let subject = r.subject()?;
    let is_load = r.take("FROM");
    if !is_load && !r.take("TO") {
        return Err(r.syntax());
    }
    if r.s.kind(r.at) == Some(TokenKind::Text) {
        return Ok(None);
    }
    if r.is("PROGRAM") {
        return Err(r.error("0A000", "COPY of a program's output is not offered"));
    }
    if !(r.take("STDIN") || r.take("STDOUT")) {
        return Err(r.syntax());
    }
    if is_load && matches!(subject, CopySubject::Query(_)) {
        return Err(r.syntax());
    }
    let given = r.options()?;
    if r.at < r.end {
        return Err(match r.is("WHERE") {
            true => r.error("0A000", "WHERE is not offered for COPY FROM"),
            false => r.syntax(),
        });
    }
    let options = check(given, is_load).map_err(|(sqlstate, message)| r.error(sqlstate, message))?;
    Ok(Some(Copy { is_load, subject, options }))
}

impl Reader<'_> {
    fn is(&self, word: &str) -> bool {
        self.at < self.end && self.s.is(self.at, word)
    }

    fn symbol(&self, symbol: &str) -> bool {
        self.at < self.end && self.s.symbol(self.at, symbol)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn error(&self, sqlstate: &'static str, message: impl Into<String>) -> CopyError {
        let position = self.s.tokens.get(self.at.min(self.end.saturating_sub(1))).map_or(0, |t: &Token| t.start);
        CopyError { sqlstate, message: message.into(), position }
    }

    fn syntax(&self) -> CopyError {
        match self.s.tokens.get(self.at).filter(|_| self.at < self.end) {
            Some(token) => {
                self.error("42601", format!("syntax error at or near \"{}\"", &self.s.sql[token.start..token.end]))
            }
            None => self.error("42601", "syntax error at end of input"),
        }
    }

    fn subject(&mut self) -> Result<CopySubject, CopyError> {
        if self.symbol("(") {
            let close = self.s.partner(self.at);
            let span = self.s.span(self.at + 1, close);
            self.at = close + 1;
            return Ok(CopySubject::Query(span));
        }
        let Some((_, next)) = self.s.name(self.at) else { return Err(self.syntax()) };
        let name = self.s.span(self.at, next);
        self.at = next;
        let columns = if self.symbol("(") { self.column_list()? } else { Vec::new() };
        Ok(CopySubject::Table { name, columns })
    }

    /// `(a, "B", …)`
    fn column_list(&mut self) -> Result<Vec<(String, usize)>, CopyError> {
        let mut columns = Vec::new();
        loop {
            self.at += 1;
            columns.push((self.name()?, self.s.tokens[self.at - 1].start));
            if self.symbol(")") {
                self.at += 1;
                return Ok(columns);
            }
            if !self.symbol(",") {
                return Err(self.syntax());
            }
        }
    }

    fn name(&mut self) -> Result<String, CopyError> {
        match self.s.kind(self.at).filter(|_| self.at < self.end) {
            Some(TokenKind::Word | TokenKind::Quoted) => {
                self.at += 1;
                Ok(unquote(self.s.text(self.at - 1)))
            }
            _ => Err(self.syntax()),
        }
    }

    fn text(&mut self) -> Result<String, CopyError> {
        match self.s.kind(self.at).filter(|_| self.at < self.end) {
            Some(TokenKind::Text) => {
                self.at += 1;
                Ok(text_value(self.s.text(self.at - 1)))
            }
            _ => Err(self.syntax()),
        }
    }

    /// A word or a string: both spell the value of an option.
    fn word_or_text(&mut self) -> Result<String, CopyError> {
        if self.s.kind(self.at) == Some(TokenKind::Text) { self.text() } else { self.name() }
    }

    fn options(&mut self) -> Result<Given, CopyError> {
        let mut given = Given::default();
        self.take("WITH");
        if self.symbol("(") {
            loop {
                self.at += 1;
                self.option(&mut given)?;
                if self.symbol(")") {
                    self.at += 1;
                    return Ok(given);
                }
                if !self.symbol(",") {
                    return Err(self.syntax());
                }
            }
        }
        while self.at < self.end && !self.is("WHERE") {
            self.old_option(&mut given)?;
        }
        Ok(given)
    }

    /// One option of the list in parentheses.
    fn option(&mut self, given: &mut Given) -> Result<(), CopyError> {
        let start = self.at;
        let word = self.name()?.to_ascii_lowercase();
        match word.as_str() {
            "format" => {
                let format = self.word_or_text()?;
                let format = match format.to_ascii_lowercase().as_str() {
                    "text" => CopyFormat::Text,
                    "csv" => CopyFormat::Csv,
                    "binary" => CopyFormat::Binary,
                    _ => {
                        self.at -= 1;
                        return Err(self.error("22023", format!("COPY format \"{format}\" not recognized")));
                    }
                };
                self.once(&mut given.format, format)
            }
            "delimiter" => {
                let text = self.text()?;
                self.once(&mut given.delimiter, text)
            }
            "null" => {
                let text = self.text()?;
                self.once(&mut given.null, text)
            }
            "quote" => {
                let text = self.text()?;
                self.once(&mut given.quote, text)
            }
            "escape" => {
                let text = self.text()?;
                self.once(&mut given.escape, text)
            }
            "encoding" => self.encoding(given),
            "header" => {
                let header = self.header()?;
                self.once(&mut given.header, header)
            }
            "freeze" => {
                self.flag()?;
                self.once(&mut given.freeze, ())
            }
            "force_quote" => {
                let columns = self.columns()?;
                self.once(&mut given.force_quote, columns)
            }
            "force_not_null" => {
                let columns = self.columns()?;
                self.once(&mut given.force_not_null, columns)
            }
            "force_null" => {
                let columns = self.columns()?;
                self.once(&mut given.force_null, columns)
            }
            _ => {
                self.at = start;
                Err(self.error("42601", format!("option \"{word}\" not recognized")))
            }
        }
    }

    /// One option of the older syntax.
    fn old_option(&mut self, given: &mut Given) -> Result<(), CopyError> {
        if self.take("BINARY") {
            return self.once(&mut given.format, CopyFormat::Binary);
        }
        if self.take("CSV") {
            return self.once(&mut given.format, CopyFormat::Csv);
        }
        if self.take("HEADER") {
            return self.once(&mut given.header, CopyHeader::Present);
        }
        if self.take("FREEZE") {
            return self.once(&mut given.freeze, ());
        }
        if self.take("ENCODING") {
            return self.encoding(given);
        }
        if self.take("FORCE") {
            let is_not = self.take("NOT");
            return match (is_not, self.take("NULL"), self.take("QUOTE")) {
                (true, true, _) => {
                    let columns = self.bare_columns()?;
                    self.once(&mut given.force_not_null, columns)
                }
                (false, true, _) => {
                    let columns = self.bare_columns()?;
                    self.once(&mut given.force_null, columns)
                }
                (false, false, true) => {
                    let columns = self.bare_columns()?;
                    self.once(&mut given.force_quote, columns)
                }
                _ => Err(self.syntax()),
            };
        }
        let known = ["DELIMITER", "NULL", "QUOTE", "ESCAPE"].iter().position(|word| self.is(word));
        let Some(known) = known else { return Err(self.syntax()) };
        self.at += 1;
        self.take("AS");
        let text = self.text()?;
        match known {
            0 => self.once(&mut given.delimiter, text),
            1 => self.once(&mut given.null, text),
            2 => self.once(&mut given.quote, text),
            _ => self.once(&mut given.escape, text),
        }
    }

    fn once<T>(&self, slot: &mut Option<T>, value: T) -> Result<(), CopyError> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(CopyError { position: self.s.tokens[self.at - 1].start, ..self.redundant() }),
        }
    }

    fn redundant(&self) -> CopyError {
        self.error("42601", "conflicting or redundant options")
    }

    fn encoding(&mut self, given: &mut Given) -> Result<(), CopyError> {
        let name = self.text()?;
        let plain = name.to_ascii_lowercase().replace(['-', '_'], "");
        if !matches!(plain.as_str(), "utf8" | "unicode") {
            self.at -= 1;
            return Err(self.error("0A000", format!("encoding \"{name}\" is not offered: data travel as UTF8")));
        }
        self.once(&mut given.encoding, ())
    }

    /// The value of an option that is on or off; on when it has none.
    fn flag(&mut self) -> Result<bool, CopyError> {
        if self.symbol(",") || self.symbol(")") {
            return Ok(true);
        }
        if self.s.kind(self.at) == Some(TokenKind::Number) {
            self.at += 1;
            return match self.s.text(self.at - 1) {
                "1" => Ok(true),
                "0" => Ok(false),
                _ => Err(self.not_boolean()),
            };
        }
        match self.word_or_text()?.to_ascii_lowercase().as_str() {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => Err(self.not_boolean()),
        }
    }

    fn not_boolean(&self) -> CopyError {
        CopyError {
            position: self.s.tokens[self.at - 1].start,
            ..self.error("42601", "this option needs true or false")
        }
    }

    fn header(&mut self) -> Result<CopyHeader, CopyError> {
        if self.take("MATCH") {
            return Ok(CopyHeader::Match);
        }
        Ok(if self.flag()? { CopyHeader::Present } else { CopyHeader::Absent })
    }

    /// `*` or `(a, b)`
    fn columns(&mut self) -> Result<CopyColumns, CopyError> {
        if self.symbol("*") {
            self.at += 1;
            return Ok(CopyColumns::All);
        }
        if !self.symbol("(") {
            return Err(self.syntax());
        }
        Ok(CopyColumns::Some(self.column_list()?.into_iter().map(|(name, _)| name).collect()))
    }

    /// `*` or `a, b`
    fn bare_columns(&mut self) -> Result<CopyColumns, CopyError> {
        if self.symbol("*") {
            return self.columns();
        }
        let mut names = vec![self.name()?];
        while self.symbol(",") {
            self.at += 1;
            names.push(self.name()?);
        }
        Ok(CopyColumns::Some(names))
    }
}

type Refusal = (&'static str, &'static str);

/// Fills defaults in and refuses what does not go together, in Postgres' words.
fn check(given: Given, is_load: bool) -> Result<CopyOptions, Refusal> {
    let format = given.format.unwrap_or_default();
    let (csv, binary) = (format == CopyFormat::Csv, format == CopyFormat::Binary);
    let refuse = |wrong: bool, sqlstate, message| if wrong { Err((sqlstate, message)) } else { Ok(()) };
    refuse(binary && given.delimiter.is_some(), "42601", "cannot specify DELIMITER in BINARY mode")?;
    refuse(binary && given.null.is_some(), "42601", "cannot specify NULL in BINARY mode")?;
    let header = given.header.unwrap_or_default();
    refuse(binary && header != CopyHeader::Absent, "42601", "cannot specify HEADER in BINARY mode")?;
    refuse(!is_load && header == CopyHeader::Match, "42601", "cannot use \"match\" with HEADER in COPY TO")?;
    refuse(!csv && given.quote.is_some(), "0A000", "COPY quote available only in CSV mode")?;
    refuse(!csv && given.escape.is_some(), "0A000", "COPY escape available only in CSV mode")?;
    let force_quote = given.force_quote.unwrap_or_default();
    let force_not_null = given.force_not_null.unwrap_or_default();
    let force_null = given.force_null.unwrap_or_default();
    let used = |columns: &CopyColumns| *columns != CopyColumns::None;
    refuse(used(&force_quote) && !csv, "0A000", "COPY force quote available only in CSV mode")?;
    refuse(used(&force_quote) && is_load, "0A000", "COPY force quote only available using COPY TO")?;
    refuse(used(&force_not_null) && !csv, "0A000", "COPY force not null available only in CSV mode")?;
    refuse(used(&force_not_null) && !is_load, "0A000", "COPY force not null only available using COPY FROM")?;
    refuse(used(&force_null) && !csv, "0A000", "COPY force null available only in CSV mode")?;
    refuse(used(&force_null) && !is_load, "0A000", "COPY force null only available using COPY FROM")?;
    let byte = |given: Option<String>, default: u8, refusal: Refusal| match given.as_deref().map(str::as_bytes) {
        None => Ok(default),
        Some([byte]) => Ok(*byte),
        Some(_) => Err(refusal),
    };
    let one = "COPY delimiter must be a single one-byte character";
    let delimiter = byte(given.delimiter, if csv { b',' } else { b'\t' }, ("0A000", one))?;
    let null = given.null.unwrap_or_else(|| if csv { String::new() } else { "\\N".into() });
    refuse(matches!(delimiter, b'\n' | b'\r'), "22023", "COPY delimiter cannot be newline or carriage return")?;
    refuse(null.contains(['\n', '\r']), "22023", "COPY null representation cannot use newline or carriage return")?;
    // What is not CSV is escaped with letters and digits after a backslash.
    let is_ambiguous =
        delimiter.is_ascii_lowercase() || delimiter.is_ascii_digit() || matches!(delimiter, b'\\' | b'.');
    refuse(!csv && is_ambiguous, "22023", "COPY delimiter cannot be a lower-case letter, digit, point or backslash")?;
    let quote = byte(given.quote, b'"', ("0A000", "COPY quote must be a single one-byte character"))?;
    let escape = byte(given.escape, quote, ("0A000", "COPY escape must be a single one-byte character"))?;
    refuse(csv && delimiter == quote, "22023", "COPY delimiter and quote must be different")?;
    refuse(null.as_bytes().contains(&delimiter), "22023", "COPY delimiter must not appear in the NULL specification")?;
    refuse(
        csv && null.as_bytes().contains(&quote),
        "22023",
        "CSV quote character must not appear in the NULL specification",
    )?;
    Ok(CopyOptions { format, delimiter, null, header, quote, escape, force_quote, force_not_null, force_null })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(sql: &str) -> CopyOptions {
        parse_copy(sql).unwrap().unwrap().options
    }

    #[test]
    fn subjects_and_directions_are_read() {
        let copy = |sql: &str| parse_copy(sql).unwrap().unwrap();
        let sql = "copy Main.\"My T\" (a, \"B c\") from stdin";
        let read = copy(sql);
        assert!(read.is_load);
        let CopySubject::Table { name, columns } = read.subject else { panic!("a table") };
        assert_eq!(&sql[name], "Main.\"My T\"");
        assert_eq!(columns, [("a".to_owned(), 18), ("B c".to_owned(), 21)]);
        let sql = "COPY ( SELECT (1), ')' ) TO STDOUT;";
        let read = copy(sql.trim_end_matches(';'));
        assert!(!read.is_load);
        let CopySubject::Query(query) = read.subject else { panic!("a query") };
        assert_eq!(&sql[query], "SELECT (1), ')'");
        assert_eq!(parse_copy("COPY t FROM 'file.csv'"), Ok(None));
        assert_eq!(parse_copy("SELECT 1"), Ok(None));
    }

    #[test]
    fn both_spellings_of_options_mean_the_same() {
        for (old, new) in [
            ("", "(FORMAT text)"),
            ("WITH DELIMITER AS E'\\t' NULL AS E'\\\\N'", "WITH (DELIMITER '\t', NULL '\\N')"),
            (
                "WITH CSV HEADER DELIMITER AS ';' QUOTE '''' ESCAPE AS '\\'",
                "(FORMAT CSV, HEADER, DELIMITER ';', QUOTE '''', ESCAPE '\\')",
            ),
            ("CSV NULL 'x' FORCE NOT NULL a, b", "(format 'csv', null 'x', force_not_null (a, b))"),
            ("BINARY", "(FORMAT binary)"),
        ] {
            assert_eq!(
                options(&format!("COPY t FROM STDIN {old}")),
                options(&format!("COPY t FROM STDIN {new}")),
                "{old}"
            );
        }
        assert_eq!(options("COPY t TO STDOUT CSV FORCE QUOTE *").force_quote, CopyColumns::All);
        assert_eq!(options("COPY t FROM STDIN (FORMAT csv, HEADER match)").header, CopyHeader::Match);
        assert_eq!(options("COPY t FROM STDIN (FORMAT csv, HEADER false)").header, CopyHeader::Absent);
        assert_eq!(options("COPY t FROM STDIN (FORMAT csv, QUOTE 'q')").escape, b'q');
    }

    #[test]
    fn wrong_options_are_named_at_their_place() {
        for (sql, state, message, place) in [
            ("COPY t FROM STDIN (FORMAT xml)", "22023", "COPY format \"xml\" not recognized", "xml"),
            ("COPY t FROM STDIN (NOSUCH 1)", "42601", "option \"nosuch\" not recognized", "NOSUCH"),
            ("COPY t FROM STDIN (NULL 'a', NULL 'b')", "42601", "conflicting or redundant options", "'b'"),
            (
                "COPY t FROM STDIN (ENCODING 'LATIN1')",
                "0A000",
                "encoding \"LATIN1\" is not offered: data travel as UTF8",
                "'LATIN1'",
            ),
            ("COPY t FROM STDIN DELIMITER 'ab'", "0A000", "COPY delimiter must be a single one-byte character", "'ab'"),
            ("COPY t FROM STDIN BINARY NULL 'a'", "42601", "cannot specify NULL in BINARY mode", "'a'"),
            ("COPY t FROM STDIN QUOTE 'q'", "0A000", "COPY quote available only in CSV mode", "'q'"),
            ("COPY t FROM PROGRAM 'ls'", "0A000", "COPY of a program's output is not offered", "PROGRAM"),
            ("COPY t FROM STDIN WHERE a > 1", "0A000", "WHERE is not offered for COPY FROM", "WHERE"),
            ("COPY t FROM nowhere", "42601", "syntax error at or near \"nowhere\"", "nowhere"),
            ("COPY t (a b) FROM STDIN", "42601", "syntax error at or near \"b\"", "b)"),
        ] {
            let error = parse_copy(sql).unwrap_err();
            assert_eq!((error.sqlstate, error.message.as_str()), (state, message), "{sql}");
            assert!(sql[error.position..].starts_with(place), "{sql}: {}", &sql[error.position..]);
        }
    }
}
