//! One walk over the tokens of a statement, which tells a dialect's rules what it passes.
//!
//! The walk knows brackets, calls, casts, the items of select lists and where the operand ends that
//! an operator follows. It does not build a tree: rules insert text around what they have been shown
//! and replace single tokens, so nothing that they do not know is touched.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Untranslated;
use crate::lexer::{Token, TokenKind, tokenize};
use crate::splice::{Splice, Spliced, apply};

/// A dialect's part in the walk. All positions are indexes of tokens unless they say bytes.
pub(super) trait Rules {
    /// Looks at the whole statement first. `true` ends the walk.
    fn statement(&self, text: &Text<'_>, edits: &mut Edits) -> Result<bool, Untranslated>;

    /// A call whose arguments have been walked.
    fn call(&self, text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated>;

    /// A type, after `::`, in CAST or in a column's definition.
    fn type_name(&self, text: &Text<'_>, edits: &mut Edits, place: &TypePlace) -> Result<(), Untranslated>;

    /// Any other token, with the operand before it if one ends there. Gives the index of the next token to walk
    /// and whether the operand goes on.
    fn token(
        &self,
        text: &Text<'_>,
        edits: &mut Edits,
        at: usize,
        context: &Context<'_>,
    ) -> Result<Option<usize>, Untranslated>;

    /// An item of a select list that was changed and has no alias: the name of its column.
    fn column_name(&self, text: &Text<'_>, item: Range<usize>) -> Option<String>;

    /// Whether items that were not changed get a name too.
    fn names_every_column(&self) -> bool {
        false
    }
}

/// What surrounds a token.
pub(super) struct Context<'a> {
    /// First byte of the operand that ends before the token.
    pub(super) operand: Option<usize>,
    /// First byte of the chain of products and quotients that ends before the token.
    pub(super) product: Option<usize>,
    /// The names of the calls around it, innermost last, upper case.
    pub(super) calls: &'a [String],
    /// Whether the innermost bracket is a brace.
    pub(super) in_braces: bool,
    /// The clause, upper case: SELECT, FROM, WHERE, ORDER, …
    pub(super) clause: &'a str,
}

/// A call.
pub(super) struct Call {
    /// Tokens of the name.
    pub(super) name: Range<usize>,
    /// The opening parenthesis.
    pub(super) open: usize,
    /// The closing parenthesis.
    pub(super) close: usize,
    /// Tokens of each argument.
    pub(super) args: Vec<Range<usize>>,
}

/// A type's place.
pub(super) struct TypePlace {
    /// Tokens of the type with its arguments.
    pub(super) tokens: Range<usize>,
    /// What is cast, in bytes, and how.
    pub(super) cast: Option<Cast>,
}

/// A cast of a value.
pub(super) enum Cast {
    /// `operand::type`: first byte of the operand.
    Colons(usize),
    /// `CAST(operand AS type)` or TRY_CAST: the token of the call's name.
    Call(usize),
}

/// A text with its tokens.
pub(super) struct Text<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: Vec<Token>,
    partners: Vec<usize>,
}

impl<'a> Text<'a> {
    fn new(sql: &'a str) -> Option<Text<'a>> {
        let tokens = tokenize(sql).ok()?;
        let mut partners = vec![usize::MAX; tokens.len()];
        let mut open = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match &sql[token.start..token.end] {
                "(" | "[" | "{" => open.push(at),
                ")" | "]" | "}" => {
                    let start = open.pop()?;
                    partners[start] = at;
                    partners[at] = start;
                }
                _ => {}
            }
        }
        open.is_empty().then_some(Text { sql, tokens, partners })
    }

    /// The text of a token; empty after the end.
    pub(super) fn at(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| &self.sql[t.start..t.end])
    }

    /// The text of a token in upper case.
    pub(super) fn upper(&self, at: usize) -> String {
        self.at(at).to_ascii_uppercase()
    }

    /// Whether a token is this word, in any case.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.at(at).eq_ignore_ascii_case(word)
    }

    /// The token that starts at or after the byte `start`.
    pub(super) fn token_at(&self, start: usize) -> usize {
        self.tokens.partition_point(|t| t.start < start)
    }

    /// The token after the operand that begins at `at`: signs, a name, value, call or bracket, and what is
    /// tied to it by `.`, `::`, `:` or an index.
    pub(super) fn operand_end(&self, at: usize) -> usize {
        let mut end = at;
        while matches!(self.at(end), "-" | "+") {
            end += 1;
        }
        end = if matches!(self.at(end), "(" | "[" | "{") { self.partner(end) + 1 } else { end + 1 };
        loop {
            match self.at(end) {
                "(" | "[" => end = self.partner(end) + 1,
                "::" => end = type_end(self, end + 1),
                "." | ":" if self.is_name(end + 1) => end += 2,
                _ => return end.min(self.len()),
            }
        }
    }

    /// Whether these words follow each other from `at` on.
    pub(super) fn are(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, word)| self.is(at + i, word))
    }

    pub(super) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|t| t.kind)
    }

    pub(super) fn is_name(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Quoted))
    }

    /// First byte of a token; the text's end after the last.
    pub(super) fn start(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.sql.len(), |t| t.start)
    }

    /// Byte after a token.
    pub(super) fn end(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.sql.len(), |t| t.end)
    }

    /// The bytes of some tokens.
    pub(super) fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        if tokens.is_empty() {
            self.start(tokens.start)..self.start(tokens.start)
        } else {
            self.start(tokens.start)..self.end(tokens.end - 1)
        }
    }

    /// The text of some tokens.
    pub(super) fn text(&self, tokens: &Range<usize>) -> &'a str {
        &self.sql[self.bytes(tokens)]
    }

    /// The bracket that belongs to the one at `at`.
    pub(super) fn partner(&self, at: usize) -> usize {
        self.partners.get(at).copied().filter(|p| *p != usize::MAX).unwrap_or(at)
    }

    /// Ranges between commas inside the bracket that opens at `open`.
    pub(super) fn arguments(&self, open: usize) -> Vec<Range<usize>> {
        let close = self.partner(open);
        let mut args = Vec::new();
        let mut start = open + 1;
        let mut at = start;
        while at < close {
            match self.at(at) {
                "(" | "[" | "{" => at = self.partner(at),
                "," => {
                    args.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        if start < close || !args.is_empty() {
            args.push(start..close);
        }
        args
    }

    /// The number of tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// An error about the token at `at`.
    pub(super) fn untranslated(&self, at: usize, construct: impl Into<String>) -> Untranslated {
        Untranslated { construct: construct.into(), position: self.start(at), hint: None }
    }
}

/// Changes of a text, collected while it is walked.
#[derive(Default)]
pub(super) struct Edits {
    opened: Vec<(usize, String)>,
    closed: Vec<(usize, String)>,
    replaced: Vec<(Range<usize>, String)>,
    around: Vec<(Range<usize>, String, String)>,
    after: Vec<(usize, String)>,
}

impl Edits {
    /// Inserts before the byte `at`; what is inserted later at one place stands first.
    pub(super) fn open(&mut self, at: usize, text: impl Into<String>) {
        self.opened.push((at, text.into()));
    }

    /// Inserts after what ends at the byte `at`; what is inserted later at one place stands last.
    pub(super) fn close(&mut self, at: usize, text: impl Into<String>) {
        self.closed.push((at, text.into()));
    }

    /// Puts `open` and `close` around some bytes.
    pub(super) fn wrap(&mut self, bytes: Range<usize>, open: impl Into<String>, close: impl Into<String>) {
        self.open(bytes.start, open);
        self.close(bytes.end, close);
    }

    /// Puts `open` and `close` around some bytes and everything that is inserted at their ends, now or later.
    pub(super) fn around(&mut self, bytes: Range<usize>, open: impl Into<String>, close: impl Into<String>) {
        self.around.push((bytes, open.into(), close.into()));
    }

    /// Inserts after everything else that ends at the byte `at`.
    fn after(&mut self, at: usize, text: String) {
        self.after.push((at, text));
    }

    pub(super) fn replace(&mut self, bytes: Range<usize>, text: impl Into<String>) {
        self.replaced.push((bytes, text.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    fn count(&self) -> usize {
        self.opened.len() + self.closed.len() + self.replaced.len() + self.around.len() + self.after.len()
    }

    /// One splice for each place: closings, openings, then what is replaced there.
    pub(super) fn apply(mut self, sql: &str) -> Spliced {
        for (bytes, open, close) in std::mem::take(&mut self.around) {
            self.wrap(bytes, open, close);
        }
        let after = std::mem::take(&mut self.after);
        self.closed.extend(after);
        let mut places: BTreeMap<usize, Place> = BTreeMap::new();
        for (at, text) in self.closed {
            places.entry(at).or_default().closed.push_str(&text);
        }
        for (at, text) in self.opened {
            places.entry(at).or_default().opened.insert_str(0, &text);
        }
        for (range, text) in self.replaced {
            places.entry(range.start).or_default().replaced = Some((range.end, text));
        }
        let splice = |(start, place): (usize, Place)| {
            let (end, text) = place.replaced.unwrap_or((start, String::new()));
            Splice { range: start..end, text: place.closed + &place.opened + &text }
        };
        apply(sql, places.into_iter().map(splice).collect())
    }
}

/// What happens at one byte.
#[derive(Default)]
struct Place {
    closed: String,
    opened: String,
    /// Up to which byte the text is replaced, and by what.
    replaced: Option<(usize, String)>,
}

/// An open bracket, or the statement itself.
struct Frame {
    operand: Option<usize>,
    /// First byte of a chain of products and quotients.
    product: Option<usize>,
    /// Tokens of a call's name.
    call: Option<Range<usize>>,
    brace: bool,
    /// The operand before an index.
    indexed: Option<usize>,
    /// First byte of what a parenthesis or an open CASE will be as an operand.
    start: usize,
    clause: String,
    /// Of the select item under way: its first token and how many edits there were before it.
    item: Option<(usize, usize)>,
    cases: Vec<usize>,
    /// Whether this is the list of columns of a CREATE TABLE.
    columns: bool,
}

impl Frame {
    fn new(start: usize) -> Frame {
        Frame {
            operand: None,
            product: None,
            call: None,
            brace: false,
            indexed: None,
            start,
            clause: String::new(),
            item: None,
            cases: Vec::new(),
            columns: false,
        }
    }
}

/// Words that end an operand or stand between operands.
const WORDS_BETWEEN: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "BY",
    "LIMIT",
    "OFFSET",
    "QUALIFY",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "MINUS",
    "ON",
    "USING",
    "AND",
    "OR",
    "NOT",
    "IS",
    "IN",
    "LIKE",
    "ILIKE",
    "RLIKE",
    "SIMILAR",
    "BETWEEN",
    "WHEN",
    "THEN",
    "ELSE",
    "AS",
    "JOIN",
    "INNER",
    "CROSS",
    "NATURAL",
    "SET",
    "VALUES",
    "INTO",
    "RETURNING",
    "DISTINCT",
    "ALL",
    "ANY",
    "SOME",
    "CASE",
    "ASC",
    "DESC",
    "NULLS",
    "WITH",
    "OVER",
    "PARTITION",
    "FILTER",
    "WITHIN",
    "EXISTS",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "MATCHED",
    "CREATE",
    "TABLE",
    "FETCH",
    "FOR",
    "LATERAL",
    "COLLATE",
    "REGEXP",
    "ISNULL",
    "NOTNULL",
    "DEFAULT",
    "CHECK",
    "ROWS",
    "RANGE",
    "UNBOUNDED",
    "PRECEDING",
    "FOLLOWING",
    "ESCAPE",
];

fn is_between(word: &str) -> bool {
    WORDS_BETWEEN.iter().any(|w| w.eq_ignore_ascii_case(word))
}

/// Words that begin a clause of a query.
const CLAUSES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "QUALIFY",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "MINUS",
    "SET",
    "VALUES",
    "RETURNING",
    "INTO",
    "OFFSET",
    "FETCH",
    "FOR",
];

/// Walks over `sql`. A text that cannot be cut into tokens gives no edits: the engine names its error.
pub(super) fn walk(sql: &str, rules: &dyn Rules) -> Result<Edits, Untranslated> {
    let mut edits = Edits::default();
    let Some(text) = Text::new(sql) else { return Ok(edits) };
    if rules.statement(&text, &mut edits)? {
        return Ok(edits);
    }
    let mut walker = Walker { rules, text, edits, frames: vec![Frame::new(0)], calls: Vec::new() };
    walker.run()?;
    Ok(walker.edits)
}

struct Walker<'a> {
    rules: &'a dyn Rules,
    text: Text<'a>,
    edits: Edits,
    frames: Vec<Frame>,
    calls: Vec<String>,
}

impl Walker<'_> {
    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(0));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn run(&mut self) -> Result<(), Untranslated> {
        let mut at = 0;
        let creates = self.text.is(0, "CREATE");
        while at < self.text.len() {
            at = self.step(at, creates)?;
        }
        self.end_item(self.text.len());
        Ok(())
    }

    /// Walks the token at `at`; gives the next one.
    fn step(&mut self, at: usize, creates: bool) -> Result<usize, Untranslated> {
        let operand = self.frame().operand;
        let (calls, frame) = (std::mem::take(&mut self.calls), self.frames.len() - 1);
        let next = {
            let frame = &self.frames[frame];
            let product = operand.map(|start| frame.product.unwrap_or(start));
            let context = Context { operand, product, calls: &calls, in_braces: frame.brace, clause: &frame.clause };
            self.rules.token(&self.text, &mut self.edits, at, &context)
        };
        self.calls = calls;
        if let Some(next) = next? {
            return Ok(next);
        }
        let symbol = self.text.at(at);
        match symbol {
            "(" => self.open_parenthesis(at, creates),
            ")" => return self.close_parenthesis(at),
            "[" => {
                let start = self.text.start(at);
                let mut frame = Frame::new(operand.unwrap_or(start));
                frame.indexed = operand;
                self.frames.push(frame);
            }
            "]" => {
                let start = self.frames.pop().map_or(0, |f| f.start);
                self.frame().operand = Some(start);
            }
            "{" => {
                let mut frame = Frame::new(self.text.start(at));
                frame.brace = true;
                self.frames.push(frame);
            }
            "}" => {
                let start = self.frames.pop().map_or(0, |f| f.start);
                self.frame().operand = Some(start);
            }
            "," => {
                self.end_item(at);
                let count = self.edits.count();
                let frame = self.frame();
                (frame.operand, frame.product) = (None, None);
                if frame.clause == "SELECT" || frame.clause == "RETURNING" {
                    frame.item = Some((at + 1, count));
                }
                if frame.columns {
                    return self.column_definition(at + 1);
                }
            }
            "::" => return self.cast_by_colons(at, operand),
            "." => {}
            _ => return self.word_or_value(at, operand),
        }
        Ok(at + 1)
    }

    fn open_parenthesis(&mut self, at: usize, creates: bool) {
        let name = self.name_before(at);
        let mut frame = Frame::new(name.as_ref().map_or(self.text.start(at), |n| self.text.start(n.start)));
        if let Some(name) = &name {
            self.calls.push(self.text.upper(name.end - 1));
        }
        frame.call = name;
        // CREATE TABLE name ( … )
        frame.columns = creates && self.frames.len() == 1 && frame.call.is_none() && {
            let text = &self.text;
            let table = (0..at).any(|i| text.is(i, "TABLE"));
            let query = (0..at).any(|i| text.is(i, "AS") || text.is(i, "LIKE") || text.is(i, "CLONE"));
            let is_query = text.is(at + 1, "SELECT") || text.is(at + 1, "WITH");
            table && !query && !is_query
        };
        if frame.columns {
            // The first definition has no comma before it.
            frame.operand = None;
        }
        let columns = frame.columns;
        self.frames.push(frame);
        if columns {
            let _ = self.column_definition(at + 1);
        }
    }

    /// The tokens of the name that is called by the parenthesis at `open`.
    fn name_before(&self, open: usize) -> Option<Range<usize>> {
        let last = open.checked_sub(1)?;
        let text = &self.text;
        if !text.is_name(last) || text.kind(last) == Some(TokenKind::Word) && not_a_function(&text.upper(last)) {
            return None;
        }
        let mut first = last;
        while first >= 2 && text.at(first - 1) == "." && text.is_name(first - 2) {
            first -= 2;
        }
        let before = first.checked_sub(1).map(|b| text.upper(b)).unwrap_or_default();
        // CREATE TABLE name (, INSERT INTO name (, WITH name (, … AS alias (
        let defines = matches!(
            before.as_str(),
            "TABLE"
                | "INTO"
                | "EXISTS"
                | "VIEW"
                | "AS"
                | "WITH"
                | "RECURSIVE"
                | "MACRO"
                | "REFERENCES"
                | "INDEX"
                | "COPY"
        ) || self.frames.last().is_some_and(|f| f.clause == "FROM")
            && (before == ")" || text.is_name(first.wrapping_sub(1)) && !is_between(&before));
        (!defines).then_some(first..last + 1)
    }

    fn close_parenthesis(&mut self, at: usize) -> Result<usize, Untranslated> {
        self.end_item(at);
        let Some(frame) = self.frames.pop() else { return Ok(at + 1) };
        let outer = self.frame();
        outer.operand = Some(frame.start);
        if let Some(name) = frame.call {
            self.calls.pop();
            let open = self.text.partner(at);
            let args = self.text.arguments(open);
            if self.text.is(name.end - 1, "CAST") || self.text.is(name.end - 1, "TRY_CAST") {
                self.cast_by_call(&name, &args)?;
            } else {
                let call = Call { name, open, close: at, args };
                self.rules.call(&self.text, &mut self.edits, &call)?;
            }
        }
        Ok(at + 1)
    }

    fn cast_by_call(&mut self, name: &Range<usize>, args: &[Range<usize>]) -> Result<(), Untranslated> {
        let Some(arg) = args.first() else { return Ok(()) };
        let end = args.last().map_or(arg.end, |a| a.end);
        let mut depth = 0;
        for at in arg.start..end {
            match self.text.at(at) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                _ if depth == 0 && self.text.is(at, "AS") => {
                    let place = TypePlace { tokens: at + 1..end, cast: Some(Cast::Call(name.start)) };
                    return self.rules.type_name(&self.text, &mut self.edits, &place);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn cast_by_colons(&mut self, at: usize, operand: Option<usize>) -> Result<usize, Untranslated> {
        let end = type_end(&self.text, at + 1);
        let place = TypePlace { tokens: at + 1..end, cast: operand.map(Cast::Colons) };
        self.rules.type_name(&self.text, &mut self.edits, &place)?;
        self.frame().operand = operand;
        Ok(end)
    }

    /// `name type …` in CREATE TABLE.
    fn column_definition(&mut self, at: usize) -> Result<usize, Untranslated> {
        let constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "LIKE", "EXCLUDE"];
        if self.text.is_name(at) && !constraint.iter().any(|word| self.text.is(at, word)) && self.text.is_name(at + 1) {
            let end = type_end(&self.text, at + 1);
            let place = TypePlace { tokens: at + 1..end, cast: None };
            self.rules.type_name(&self.text, &mut self.edits, &place)?;
            return Ok(end);
        }
        Ok(at)
    }

    fn word_or_value(&mut self, at: usize, operand: Option<usize>) -> Result<usize, Untranslated> {
        let start = self.text.start(at);
        let follows_point = at > 0 && self.text.at(at - 1) == ".";
        match self.text.kind(at) {
            Some(TokenKind::Word) if !follows_point => {
                let word = self.text.upper(at);
                if CLAUSES.contains(&word.as_str()) && self.begins_clause(at, &word) {
                    self.begin_clause(at, &word);
                    return Ok(at + 1);
                }
                match word.as_str() {
                    "CASE" => {
                        let frame = self.frame();
                        frame.cases.push(start);
                        frame.operand = None;
                    }
                    "END" => {
                        let frame = self.frame();
                        frame.operand = frame.cases.pop().or(Some(start));
                    }
                    word if is_between(word) => {
                        let frame = self.frame();
                        (frame.operand, frame.product) = (None, None);
                    }
                    _ => self.frame().operand = Some(start),
                }
            }
            Some(TokenKind::Symbol) => {
                let continues = matches!(self.text.at(at), "*" | "/" | "%");
                let frame = self.frame();
                frame.product = if continues { frame.product.or(operand) } else { None };
                frame.operand = None;
            }
            _ if follows_point => self.frame().operand = operand.or(Some(start)),
            // DATE '2024-01-31'
            Some(TokenKind::Text) if at > 0 && self.text.kind(at - 1) == Some(TokenKind::Word) && operand.is_some() => {
                self.frame().operand = operand;
            }
            _ => self.frame().operand = Some(start),
        }
        Ok(at + 1)
    }

    fn begins_clause(&self, at: usize, word: &str) -> bool {
        let call = self.frames.last().and_then(|f| f.call.as_ref()).map(|c| self.text.upper(c.end - 1));
        match (call.as_deref(), word) {
            // EXTRACT(year FROM x), TRIM(BOTH FROM x), SUBSTRING(x FROM 1 FOR 2), OVERLAY, POSITION
            (Some("EXTRACT" | "TRIM" | "SUBSTRING" | "OVERLAY" | "POSITION"), "FROM" | "FOR" | "SET") => false,
            (_, "FROM") => !(at > 0 && self.text.is(at - 1, "DISTINCT")),
            (_, "GROUP") => !(at > 0 && self.text.is(at - 1, "WITHIN")),
            _ => true,
        }
    }

    fn begin_clause(&mut self, at: usize, word: &str) {
        if word != "SELECT" {
            self.end_item(at);
        }
        let mut first = at + 1;
        if word == "SELECT" {
            while ["DISTINCT", "ALL"].iter().any(|w| self.text.is(first, w)) {
                first += 1;
            }
        }
        let count = self.edits.count();
        let frame = self.frame();
        frame.clause = word.to_owned();
        (frame.operand, frame.product) = (None, None);
        frame.item = matches!(word, "SELECT" | "RETURNING").then_some((first, count));
    }

    /// Ends the item of a select list before the token at `end`.
    fn end_item(&mut self, end: usize) {
        let Some((first, count)) = self.frame().item.take() else { return };
        let changed = self.edits.count() > count;
        if !(changed || self.rules.names_every_column()) || first >= end || has_alias(&self.text, first..end) {
            return;
        }
        if let Some(name) = self.rules.column_name(&self.text, first..end) {
            self.edits.after(self.text.end(end - 1), format!(" AS {}", crate::name::quote(&name)));
        }
    }
}

/// Words before a parenthesis that are not functions.
fn not_a_function(word: &str) -> bool {
    is_between(word)
        && !matches!(
            word,
            "INSERT" | "LEFT" | "RIGHT" | "TABLE" | "ANY" | "SOME" | "ALL" | "RLIKE" | "REGEXP" | "ILIKE" | "LIKE"
        )
        || matches!(word, "KEY" | "UNIQUE" | "END" | "VALUES")
        || matches!(word, "ANY" | "SOME" | "ALL" | "LIKE" | "ILIKE")
}

/// The token after a type that starts at `at`.
pub(super) fn type_end(text: &Text<'_>, at: usize) -> usize {
    let mut end = at + 1;
    while text.at(end) == "." && text.is_name(end + 1) {
        end += 2;
    }
    let word = text.upper(end - 1);
    match word.as_str() {
        "DOUBLE" if text.is(end, "PRECISION") => end += 1,
        "CHARACTER" | "CHAR" | "NATIONAL" | "BIT" if text.is(end, "VARYING") => end += 1,
        _ => {}
    }
    if text.at(end) == "(" {
        end = text.partner(end) + 1;
    }
    if matches!(word.as_str(), "TIME" | "TIMESTAMP")
        && (text.is(end, "WITH") || text.is(end, "WITHOUT"))
        && text.is(end + 1, "TIME")
        && text.is(end + 2, "ZONE")
    {
        end += 3;
    }
    while text.at(end) == "[" {
        end = text.partner(end) + 1;
    }
    end
}

/// Whether a select item ends with an alias, or is a star.
fn has_alias(text: &Text<'_>, item: Range<usize>) -> bool {
    let last = item.end - 1;
    let mut depth = 0;
    let mut stars = false;
    for at in item.clone() {
        match text.at(at) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "*" if depth == 0 && (at == item.start || text.at(at - 1) == ".") => stars = true,
            _ => {}
        }
    }
    if stars || item.len() == 1 && text.is(last, "*") {
        return true;
    }
    if !text.is_name(last) || item.len() < 2 {
        return false;
    }
    if text.is(last - 1, "AS") {
        return true;
    }
    // INTERVAL '1' YEAR
    if last >= item.start + 2 && text.is(last - 2, "INTERVAL") && text.kind(last - 1) == Some(TokenKind::Text) {
        return false;
    }
    let word = text.upper(last);
    if text.kind(last) == Some(TokenKind::Word)
        && matches!(
            word.as_str(),
            "END" | "NULL" | "TRUE" | "FALSE" | "PRECISION" | "VARYING" | "ZONE" | "ISNULL" | "NOTNULL"
        )
    {
        return false;
    }
    match text.kind(last - 1) {
        Some(TokenKind::Symbol) => matches!(text.at(last - 1), ")" | "]" | "}"),
        Some(TokenKind::Word) => {
            !is_between(text.at(last - 1)) && text.at(last - 1) != "INTERVAL" && !text.is(last - 1, "DATE")
        }
        _ => true,
    }
}
