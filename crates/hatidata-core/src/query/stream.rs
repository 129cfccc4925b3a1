//! Rows on their way to a client: fetched batch by batch, kept while another statement runs, ended.

use std::collections::VecDeque;

use hatidata_engine::{Batch, Column, Rows};

use super::run::Outcome;
use crate::audit::{Outcome as Ending, Receipt};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

/// Names a stream of rows within its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamId(pub(crate) u64);

/// Rows on their way to the client.
pub(crate) struct Stream {
    rows: Option<Rows>,
    /// Batches fetched early because another statement needed the connection.
    buffer: VecDeque<Batch>,
    columns: Vec<Column>,
    fetched: u64,
    /// All rows were computed before the first: another statement does not disturb them.
    collected: bool,
    /// The statement's own read transaction, to be ended with its rows.
    ends_transaction: bool,
    receipt: Option<Receipt>,
    /// A cursor's rows that were asked for in the binary format.
    binary: bool,
}

/// How much of a portal is kept for its client while another statement runs: four million rows.
pub(super) const BUFFERED_BATCHES_MAX: usize = 2_000;

impl Stream {
    /// Whether its rows still hold the statement's own transaction open.
    pub(crate) fn is_open_transaction(&self) -> bool {
        self.ends_transaction
    }
}

impl Session {
    pub(super) fn open_stream(
        &mut self,
        rows: Rows,
        collected: bool,
        ends_transaction: bool,
        receipt: Option<Receipt>,
    ) -> Outcome {
        let columns = rows.columns().to_vec();
        let stream = Stream {
            rows: Some(rows),
            buffer: VecDeque::new(),
            columns: columns.clone(),
            fetched: 0,
            collected,
            ends_transaction,
            receipt,
            binary: false,
        };
        Outcome::Rows { stream: self.add_stream(stream), columns }
    }

    /// Rows that are there already.
    pub(super) fn open_batches(&mut self, batches: VecDeque<Batch>, columns: Vec<Column>, binary: bool) -> Outcome {
        let stream = Stream {
            rows: None,
            buffer: batches,
            columns: columns.clone(),
            fetched: 0,
            collected: true,
            ends_transaction: false,
            receipt: None,
            binary,
        };
        Outcome::Rows { stream: self.add_stream(stream), columns }
    }

    /// Whether the rows of a stream were asked for in the binary format, by `DECLARE … BINARY`.
    pub fn is_binary(&self, id: StreamId) -> bool {
        self.stream_ref(id).is_some_and(|stream| stream.binary)
    }

    /// The next rows of a stream, or `None` at its end; the end ends the statement.
    pub fn fetch(&mut self, id: StreamId) -> Result<Option<Batch>> {
        let Some(mut stream) = self.take_stream(id) else { return Ok(None) };
        let deadline = self.deadline();
        let next = match stream.buffer.pop_front() {
            Some(batch) => Ok(Some(batch)),
            None => stream.rows.as_mut().map_or(Ok(None), Rows::next_batch),
        };
        drop(deadline);
        match next {
            Ok(Some(batch)) => {
                stream.fetched += batch.rows() as u64;
                self.put_stream(id, stream);
                Ok(Some(batch))
            }
            Ok(None) => {
                stream.rows = None;
                if stream.ends_transaction {
                    self.commit()?;
                }
                if let Some(receipt) = stream.receipt {
                    receipt.close(Ending::Ok, stream.fetched);
                }
                self.end_activity();
                Ok(None)
            }
            Err(error) => {
                stream.rows = None;
                let error = self.explain_cancel(Error { position: None, ..Error::from(error) });
                if stream.ends_transaction {
                    self.abandon_own_transaction();
                }
                self.fail_transaction();
                self.end_activity();
                Err(self.finish_failed(error, stream.receipt))
            }
        }
    }

    /// The columns of an open stream.
    pub fn columns(&self, id: StreamId) -> Vec<Column> {
        self.stream_ref(id).map(|stream| stream.columns.clone()).unwrap_or_default()
    }

    /// Ends a stream before its rows are all fetched.
    pub fn close_stream(&mut self, id: StreamId) {
        if let Some(stream) = self.take_stream(id) {
            let ends_transaction = stream.ends_transaction;
            drop(stream);
            if ends_transaction {
                self.abandon_own_transaction();
            }
        }
    }

    /// DuckDB keeps one unfinished result per connection: the rest of an older one is fetched now.
    pub(crate) fn buffer_open_streams(&mut self) -> Result<()> {
        let mut ended = false;
        for stream in self.streams_mut().filter(|stream| !stream.collected) {
            while let Some(rows) = &mut stream.rows {
                if stream.buffer.len() >= BUFFERED_BATCHES_MAX {
                    return Err(Error::new(
                        ErrorKind::Resource,
                        "another statement cannot run while a portal has this many rows left to fetch",
                    )
                    .state("54000")
                    .hint("fetch the rest of the portal or close it first, or use a second connection"));
                }
                match rows.next_batch() {
                    Ok(Some(batch)) => stream.buffer.push_back(batch),
                    // A later fetch finds the error or the end.
                    _ => break,
                }
            }
            stream.collected = true;
            ended |= std::mem::take(&mut stream.ends_transaction);
        }
        if ended {
            self.abandon_own_transaction();
        }
        Ok(())
    }
}
