//! Commands about the session: prepared statements, cursors, notifications.

use std::ops::Range;

use crate::lexer::{LexError, TokenKind, text_value, tokenize};
use crate::name::unquote;
use crate::scan::Scanner;
use crate::splice::{Splice, apply};

/// A command about the session. Names are as Postgres folds them: lower case unless quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `PREPARE name [(types)] AS statement`
    Prepare {
        /// Its name.
        name: String,
        /// The types of its parameters, as far as they are given.
        types: Vec<String>,
        /// The bytes of the statement.
        statement: Range<usize>,
    },
    /// `EXECUTE name [(arguments)]`
    Execute {
        /// Its name.
        name: String,
        /// The arguments' texts.
        arguments: Vec<String>,
    },
    /// `DEALLOCATE [PREPARE] name`, or `None` for `ALL`
    Deallocate(Option<String>),
    /// `DECLARE name … CURSOR … FOR query`
    Declare(Declare),
    /// `FETCH` and `MOVE`
    Fetch {
        /// The cursor.
        name: String,
        /// Which rows.
        motion: Motion,
    },
    /// `CLOSE name`, or `None` for `ALL`
    Close(Option<String>),
    /// `LISTEN channel`
    Listen(String),
    /// `UNLISTEN channel`, or `None` for `*`
    Unlisten(Option<String>),
    /// `NOTIFY channel [, payload]`
    Notify {
        /// The channel.
        channel: String,
        /// What listeners are told; may be empty.
        payload: String,
    },
    /// `DISCARD` and the word after it, upper case; `TEMPORARY` is `TEMP`.
    Discard(String),
}

/// A cursor's declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declare {
    /// Its name.
    pub name: String,
    /// Rows are sent in the binary format.
    pub binary: bool,
    /// `SCROLL`: it can go back.
    pub scroll: bool,
    /// `WITH HOLD`: it outlives its transaction.
    pub hold: bool,
    /// The bytes of its query.
    pub query: Range<usize>,
}

/// Which rows of a cursor are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// So many after the current one; `None` for all. 0 is the current one again.
    Forward(Option<u64>),
    /// So many before the current one; `None` for all.
    Backward(Option<u64>),
    /// The row of this number; counted from the end when negative.
    Absolute(i64),
    /// The row so many after the current one.
    Relative(i64),
}

struct Reader<'a> {
    s: &'a Scanner<'a>,
    at: usize,
}

/// Reads such a command; the error has the place that cannot be read.
pub fn parse_command(sql: &str) -> Result<Command, LexError> {
    let tokens = tokenize(sql)?;
    let scanner = Scanner::new(sql, &tokens).map_err(|_| LexError { message: "unbalanced bracket", position: 0 })?;
    let mut reader = Reader { s: &scanner, at: 1 };
    let command = reader.command(&scanner.text(0).to_ascii_uppercase());
    match command {
        Some(command) if reader.at >= tokens.len() => Ok(command),
        _ => {
            let position = tokens.get(reader.at).map_or(sql.len(), |t| t.start);
            Err(LexError { message: "syntax error in this command", position })
        }
    }
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.s.is(self.at, word);
        self.at += usize::from(found);
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.s.symbol(self.at, symbol);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        let name = match self.s.kind(self.at)? {
            TokenKind::Word => self.s.text(self.at).to_lowercase(),
            TokenKind::Quoted => unquote(self.s.text(self.at)),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// The bytes from here to the end.
    fn rest(&mut self) -> Option<Range<usize>> {
        let (from, end) = (self.at, self.s.tokens.len());
        self.at = end;
        (from < end).then(|| self.s.span(from, end))
    }

    /// The texts between the brackets that begin here, cut at commas.
    fn list(&mut self) -> Vec<String> {
        let close = self.s.partner(self.at);
        let mut items = Vec::new();
        let mut start = self.at + 1;
        let mut at = start;
        while at <= close && start < close {
            if at == close || self.s.symbol(at, ",") {
                items.push(self.s.sql[self.s.span(start, at)].to_owned());
                start = at + 1;
            }
            at = self.s.partner(at).max(at) + 1;
        }
        self.at = close + 1;
        items
    }

    fn command(&mut self, word: &str) -> Option<Command> {
        match word {
            "PREPARE" => {
                let name = self.name()?;
                let types = if self.s.symbol(self.at, "(") { self.list() } else { Vec::new() };
                let statement = if self.take("AS") { self.rest()? } else { return None };
                Some(Command::Prepare { name, types, statement })
            }
            "EXECUTE" => {
                let name = self.name()?;
                let arguments = if self.s.symbol(self.at, "(") { self.list() } else { Vec::new() };
                Some(Command::Execute { name, arguments })
            }
            "DEALLOCATE" => {
                if self.s.is(self.at, "PREPARE") && self.at + 1 < self.s.tokens.len() {
                    self.at += 1;
                }
                self.name_or_all().map(Command::Deallocate)
            }
            "DECLARE" => self.declare().map(Command::Declare),
            "FETCH" | "MOVE" => self.fetch(),
            "CLOSE" => self.name_or_all().map(Command::Close),
            "LISTEN" => self.name().map(Command::Listen),
            "UNLISTEN" if self.symbol("*") => Some(Command::Unlisten(None)),
            "UNLISTEN" => self.name().map(|name| Command::Unlisten(Some(name))),
            "NOTIFY" => {
                let channel = self.name()?;
                let payload = if self.symbol(",") { self.text()? } else { String::new() };
                Some(Command::Notify { channel, payload })
            }
            "DISCARD" => {
                let what = self.name()?.to_ascii_uppercase();
                let known = matches!(what.as_str(), "ALL" | "PLANS" | "SEQUENCES" | "TEMP" | "TEMPORARY");
                let what = if what == "TEMPORARY" { "TEMP".to_owned() } else { what };
                known.then_some(Command::Discard(what))
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        (self.s.kind(self.at)? == TokenKind::Text).then(|| {
            self.at += 1;
            text_value(self.s.text(self.at - 1))
        })
    }

    fn name_or_all(&mut self) -> Option<Option<String>> {
        if self.take("ALL") { Some(None) } else { self.name().map(Some) }
    }

    fn declare(&mut self) -> Option<Declare> {
        let name = self.name()?;
        let (mut binary, mut scroll) = (false, false);
        loop {
            if self.take("BINARY") {
                binary = true;
            } else if self.take("NO") {
                scroll = false;
                if !self.take("SCROLL") {
                    return None;
                }
            } else if self.take("SCROLL") {
                scroll = true;
            } else if !(self.take("INSENSITIVE") || self.take("ASENSITIVE")) {
                break;
            }
        }
        if !self.take("CURSOR") {
            return None;
        }
        let hold = self.take("WITH");
        if (hold || self.take("WITHOUT")) && !self.take("HOLD") {
            return None;
        }
        let query = if self.take("FOR") { self.rest()? } else { return None };
        Some(Declare { name, binary, scroll, hold, query })
    }

    fn number(&mut self) -> Option<i64> {
        let negative = self.symbol("-") || {
            self.symbol("+");
            false
        };
        let number: i64 = self.s.text(self.at).parse().ok()?;
        self.at += 1;
        Some(if negative { -number } else { number })
    }

    /// A number of rows behind FORWARD or BACKWARD: one if it is left out, `None` for ALL.
    fn count(&mut self) -> Option<i64> {
        if self.take("ALL") {
            return None;
        }
        Some(self.number().unwrap_or(1))
    }

    fn fetch(&mut self) -> Option<Command> {
        let forward = |count: Option<i64>| match count {
            None => Motion::Forward(None),
            Some(count) if count < 0 => Motion::Backward(Some(count.unsigned_abs())),
            Some(count) => Motion::Forward(Some(count.unsigned_abs())),
        };
        let backward = |count: Option<i64>| match count {
            None => Motion::Backward(None),
            Some(count) => forward(Some(-count)),
        };
        // A cursor may have the name of a direction: `FETCH next` fetches from it.
        let is_only_a_name = self.at + 1 == self.s.tokens.len();
        let motion = if is_only_a_name || self.take("NEXT") {
            Motion::Forward(Some(1))
        } else if self.take("PRIOR") {
            Motion::Backward(Some(1))
        } else if self.take("FIRST") {
            Motion::Absolute(1)
        } else if self.take("LAST") {
            Motion::Absolute(-1)
        } else if self.take("ABSOLUTE") {
            Motion::Absolute(self.number()?)
        } else if self.take("RELATIVE") {
            Motion::Relative(self.number()?)
        } else if self.take("ALL") {
            Motion::Forward(None)
        } else if self.take("FORWARD") {
            forward(self.count())
        } else if self.take("BACKWARD") {
            backward(self.count())
        } else {
            forward(Some(self.number().unwrap_or(1)))
        };
        if !self.take("FROM") {
            self.take("IN");
        }
        Some(Command::Fetch { name: self.name()?, motion })
    }
}

/// `sql` with the text that `argument` gives in place of each `$n`.
pub fn replace_params(sql: &str, argument: impl Fn(usize) -> Option<String>) -> String {
    let tokens = tokenize(sql).unwrap_or_default();
    let splices = tokens.iter().filter(|token| token.kind == TokenKind::Param).filter_map(|token| {
        let text = argument(sql[token.start + 1..token.end].parse().ok()?)?;
        Some(Splice { range: token.start..token.end, text })
    });
    apply(sql, splices.collect()).sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Command {
        parse_command(sql).unwrap()
    }

    #[test]
    fn prepared_statements_are_read() {
        let sql = "prepare P (int, decimal(3, 1)) as select $1 + $2";
        let Command::Prepare { name, types, statement } = read(sql) else { panic!("PREPARE") };
        assert_eq!(
            (name.as_str(), types, &sql[statement]),
            ("p", vec!["int".to_owned(), "decimal(3, 1)".into()], "select $1 + $2")
        );
        let arguments = vec!["1".to_owned(), "f(a, ',')".into(), "(2)".into()];
        assert_eq!(read("EXECUTE \"P\"(1, f(a, ','), (2))"), Command::Execute { name: "P".into(), arguments });
        assert_eq!(read("EXECUTE p"), Command::Execute { name: "p".into(), arguments: Vec::new() });
        assert_eq!(read("EXECUTE p()"), Command::Execute { name: "p".into(), arguments: Vec::new() });
        assert_eq!(read("DEALLOCATE PREPARE p"), Command::Deallocate(Some("p".into())));
        assert_eq!(read("DEALLOCATE prepare"), Command::Deallocate(Some("prepare".into())));
        assert_eq!(read("DEALLOCATE ALL"), Command::Deallocate(None));
        assert_eq!(
            replace_params("SELECT $2, '$1', $1, $3", |n| (n < 3).then(|| format!("({n})"))),
            "SELECT (2), '$1', (1), $3"
        );
    }

    #[test]
    fn cursors_are_read() {
        let sql = "DECLARE c BINARY INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR SELECT 1";
        let Command::Declare(declare) = read(sql) else { panic!("DECLARE") };
        assert_eq!(
            (declare.binary, declare.scroll, declare.hold, &sql[declare.query]),
            (true, false, true, "SELECT 1")
        );
        for (sql, motion) in [
            ("FETCH c", Motion::Forward(Some(1))),
            ("FETCH FROM c", Motion::Forward(Some(1))),
            ("FETCH 10 IN c", Motion::Forward(Some(10))),
            ("FETCH -2 c", Motion::Backward(Some(2))),
            ("FETCH ALL FROM c", Motion::Forward(None)),
            ("FETCH FORWARD FROM c", Motion::Forward(Some(1))),
            ("FETCH FORWARD ALL FROM c", Motion::Forward(None)),
            ("FETCH BACKWARD 3 FROM c", Motion::Backward(Some(3))),
            ("FETCH BACKWARD ALL c", Motion::Backward(None)),
            ("FETCH PRIOR c", Motion::Backward(Some(1))),
            ("FETCH FIRST c", Motion::Absolute(1)),
            ("FETCH LAST c", Motion::Absolute(-1)),
            ("FETCH ABSOLUTE -3 c", Motion::Absolute(-3)),
            ("MOVE RELATIVE 2 c", Motion::Relative(2)),
        ] {
            assert_eq!(read(sql), Command::Fetch { name: "c".into(), motion }, "{sql}");
        }
        assert_eq!(read("FETCH next"), Command::Fetch { name: "next".into(), motion: Motion::Forward(Some(1)) });
        assert_eq!(read("CLOSE ALL"), Command::Close(None));
    }

    #[test]
    fn notifications_are_read() {
        assert_eq!(read("LISTEN \"My channel\""), Command::Listen("My channel".into()));
        assert_eq!(read("UNLISTEN *"), Command::Unlisten(None));
        let notify = |payload: &str| Command::Notify { channel: "c".into(), payload: payload.into() };
        assert_eq!((read("NOTIFY C"), read("NOTIFY c, 'it''s'")), (notify(""), notify("it's")));
    }

    #[test]
    fn what_cannot_be_read_has_its_place() {
        for (sql, place) in [
            ("FETCH c d e", 8),
            ("PREPARE p SELECT 1", 10),
            ("NOTIFY c, 5", 10),
            ("DECLARE c CURSOR", 16),
            ("DISCARD x", 9),
        ] {
            assert_eq!(parse_command(sql).unwrap_err().position, place, "{sql}");
        }
    }
}
