//! Cursors in SQL: a query's rows, fetched as the client asks for them.
//!
//! A cursor's rows are those of a stream. Only what lies ahead of its position is kept; one declared
//! with SCROLL keeps what it has passed as well, and one WITH HOLD is read to its end when its
//! transaction commits.

use std::collections::VecDeque;

use hatidata_engine::{Batch, Column};
use hatidata_sql::{Declare, Motion};

use super::run::Outcome;
use super::stream::{BUFFERED_BATCHES_MAX, StreamId};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

/// A cursor that SQL has declared. Rows are counted from 1.
pub(crate) struct Cursor {
    /// Where more rows come from.
    stream: Option<StreamId>,
    columns: Vec<Column>,
    kept: VecDeque<Batch>,
    /// The number of the first row that is kept.
    first: u64,
    /// The number of the last row that has come.
    last: u64,
    /// The current row: 0 before the first, one more than `last` after the end.
    position: u64,
    scroll: bool,
    hold: bool,
    /// It has outlived its transaction.
    held: bool,
    binary: bool,
}

impl Cursor {
    /// Whether it has outlived its transaction.
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// The rows `from..=to`, as far as they are kept.
    fn rows(&self, from: u64, to: u64) -> VecDeque<Batch> {
        let mut rows = VecDeque::new();
        let mut number = self.first;
        for batch in &self.kept {
            let next = number + batch.rows() as u64;
            let (start, end) = (from.max(number), (to.saturating_add(1)).min(next));
            if start < end {
                rows.push_back(batch.slice((start - number) as usize, (end - start) as usize));
            }
            number = next;
        }
        rows
    }

    /// Forgets what lies before the current row.
    fn forget_passed(&mut self) {
        while let Some(batch) = self.kept.front().filter(|_| !self.scroll && !self.hold) {
            let next = self.first + batch.rows() as u64;
            if next > self.position {
                return;
            }
            self.first = next;
            self.kept.pop_front();
        }
    }
}

fn no_cursor(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("cursor \"{name}\" does not exist"))
        .state("34000")
        .hint("DECLARE it in this transaction; cursors end with their transaction unless they are WITH HOLD")
}

fn forward_only() -> Error {
    Error::new(ErrorKind::State, "cursor can only scan forward").hint("declare it with SCROLL to go back")
}

impl Session {
    /// Why `declare` cannot be done now.
    pub(super) fn check_declare(&self, declare: &Declare) -> Result<()> {
        if !declare.hold && !self.in_transaction() {
            return Err(Error::new(ErrorKind::State, "DECLARE CURSOR can only be used in transaction blocks")
                .state("25P01")
                .hint("BEGIN first, or declare the cursor WITH HOLD"));
        }
        if self.cursors.contains_key(&declare.name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("cursor \"{}\" already exists", declare.name))
                .state("42P03")
                .hint("CLOSE it first, or use another name"));
        }
        Ok(())
    }

    /// Makes a cursor of the rows of its query.
    pub(super) fn declare(&mut self, declare: Declare, rows: Outcome) -> Result<Outcome> {
        let Outcome::Rows { stream, columns } = rows else {
            return Err(Error::internal("a cursor's query gave no rows"));
        };
        let Declare { name, binary, scroll, hold, .. } = declare;
        let alone = !self.in_transaction();
        let cursor = Cursor {
            stream: Some(stream),
            columns,
            kept: VecDeque::new(),
            first: 1,
            last: 0,
            position: 0,
            scroll,
            hold,
            held: false,
            binary,
        };
        self.cursors.insert(name, cursor);
        if alone {
            self.hold_cursors()?;
        }
        Ok(Outcome::Done { tag: "DECLARE CURSOR".into() })
    }

    /// The columns of a cursor that SQL has declared.
    pub fn cursor_columns(&self, name: &str) -> Option<&[Column]> {
        self.cursors.get(name).map(|cursor| cursor.columns.as_slice())
    }

    /// As [`Session::cursor_columns`], or why there are none.
    pub(super) fn columns_of_cursor(&self, name: &str) -> Result<Vec<Column>> {
        self.cursor_columns(name).map(<[Column]>::to_vec).ok_or_else(|| no_cursor(name))
    }

    /// `FETCH` and `MOVE`
    pub(super) fn fetch_from_cursor(&mut self, name: &str, motion: Motion, is_move: bool) -> Result<Outcome> {
        let mut cursor = self.cursors.remove(name).ok_or_else(|| no_cursor(name))?;
        let moved = self.move_cursor(&mut cursor, motion);
        let (columns, binary) = (cursor.columns.clone(), cursor.binary);
        self.cursors.insert(name.to_owned(), cursor);
        let batches = moved?;
        if is_move {
            let count: usize = batches.iter().map(Batch::rows).sum();
            return Ok(Outcome::Done { tag: format!("MOVE {count}") });
        }
        Ok(self.open_batches(batches, columns, binary))
    }

    fn move_cursor(&mut self, cursor: &mut Cursor, motion: Motion) -> Result<VecDeque<Batch>> {
        match motion {
            Motion::Forward(Some(0)) | Motion::Backward(Some(0)) | Motion::Relative(0) => {
                Ok(cursor.rows(cursor.position, cursor.position))
            }
            Motion::Forward(count) => {
                let from = cursor.position + 1;
                let to = count.map_or(u64::MAX, |count| cursor.position.saturating_add(count));
                cursor.forget_passed();
                let arrived = self.read_cursor_to(cursor, to)?;
                cursor.position = if arrived { to } else { cursor.last + 1 };
                Ok(cursor.rows(from, to))
            }
            Motion::Backward(count) => {
                if !cursor.scroll {
                    return Err(forward_only());
                }
                let before = cursor.position;
                let to = count.map_or(0, |count| before.saturating_sub(count));
                cursor.position = to;
                Ok((to.max(1)..before).rev().flat_map(|row| cursor.rows(row, row)).collect())
            }
            Motion::Absolute(number) => {
                if number < 0 {
                    self.read_cursor_to(cursor, u64::MAX)?;
                }
                let end = i64::try_from(cursor.last).unwrap_or(i64::MAX).saturating_add(1);
                let row = if number < 0 { end.saturating_add(number) } else { number };
                self.move_cursor_to(cursor, u64::try_from(row).unwrap_or(0))
            }
            Motion::Relative(count) => {
                let row = cursor.position.saturating_add_signed(count);
                self.move_cursor_to(cursor, row)
            }
        }
    }

    fn move_cursor_to(&mut self, cursor: &mut Cursor, row: u64) -> Result<VecDeque<Batch>> {
        if row < cursor.position && !cursor.scroll {
            return Err(forward_only());
        }
        cursor.forget_passed();
        let arrived = self.read_cursor_to(cursor, row)?;
        cursor.position = if arrived { row } else { cursor.last + 1 };
        Ok(cursor.rows(row, row))
    }

    /// Reads rows until `row` has come; `false` when there are fewer.
    fn read_cursor_to(&mut self, cursor: &mut Cursor, row: u64) -> Result<bool> {
        while cursor.last < row {
            let Some(stream) = cursor.stream else { return Ok(false) };
            if cursor.kept.len() >= BUFFERED_BATCHES_MAX {
                return Err(Error::new(ErrorKind::Resource, "a cursor cannot keep this many rows")
                    .state("54000")
                    .hint("fetch fewer rows at once; SCROLL and WITH HOLD keep at most four million"));
            }
            match self.fetch(stream)? {
                Some(batch) => {
                    cursor.last += batch.rows() as u64;
                    cursor.kept.push_back(batch);
                }
                None => cursor.stream = None,
            }
        }
        Ok(true)
    }

    /// Reads cursors that outlive their transaction to their end: it is about to commit.
    pub(crate) fn hold_cursors(&mut self) -> Result<()> {
        let names: Vec<String> =
            self.cursors.iter().filter(|(_, c)| c.hold && !c.is_held()).map(|(name, _)| name.clone()).collect();
        for name in names {
            if let Some(mut cursor) = self.cursors.remove(&name) {
                self.read_cursor_to(&mut cursor, u64::MAX)?;
                cursor.held = true;
                self.cursors.insert(name, cursor);
            }
        }
        Ok(())
    }

    /// `CLOSE`
    pub(super) fn close_cursor(&mut self, name: Option<&str>) -> Result<()> {
        let closed: Vec<Cursor> = match name {
            None => self.cursors.drain().map(|(_, cursor)| cursor).collect(),
            Some(name) => vec![self.cursors.remove(name).ok_or_else(|| no_cursor(name))?],
        };
        for stream in closed.into_iter().filter_map(|cursor| cursor.stream) {
            self.close_stream(stream);
        }
        Ok(())
    }
}
