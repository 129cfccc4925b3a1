//! The corpus of `tests/sql` over the wire: as simple queries, whose answers are text, and as prepared statements,
//! whose answers are binary.

#[path = "../../../../tests/sql/slt.rs"]
mod slt;

use slt::{Cell, Output, Refusal};
use sqllogictest::{DB, DBOutput, DefaultColumnType};
use tokio::runtime::Runtime;
use tokio_postgres::types::{FromSql, Kind, Type};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::server::Server;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error.as_db_error() {
            Some(error) => Refusal {
                sqlstate: error.code().code().into(),
                message: error.message().into(),
                hint: error.hint().map(Into::into),
            },
            None => Refusal { sqlstate: "-----".into(), message: error.to_string(), hint: None },
        }
    }
}

async fn simple(client: &Client, sql: &str) -> Result<Output, Error> {
    let mut columns = None;
    let mut rows = Vec::new();
    let mut changed = 0;
    for message in client.simple_query(sql).await? {
        match message {
            SimpleQueryMessage::RowDescription(names) => {
                columns = Some(names.len());
                rows.clear();
            }
            SimpleQueryMessage::Row(row) => {
                rows.push((0..row.len()).map(|at| slt::shown(row.get(at))).collect());
            }
            SimpleQueryMessage::CommandComplete(count) => changed = count,
            _ => {}
        }
    }
    Ok(match columns {
        Some(columns) => slt::rows(columns, rows),
        None => DBOutput::StatementComplete(changed),
    })
}

async fn extended(client: &Client, sql: &str) -> Result<Output, Error> {
    let statement = client.prepare(sql).await?;
    let columns = statement.columns().len();
    if columns == 0 {
        return Ok(DBOutput::StatementComplete(client.execute(&statement, &[]).await?));
    }
    let rows = client.query(&statement, &[]).await?;
    Ok(slt::rows(columns, rows.iter().map(|row| (0..columns).map(|at| row.get::<_, Cell>(at).shown()).collect())))
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let mut bytes = Bytes(raw);
        if let Kind::Array(item) = of.kind() {
            return Ok(array(item, &mut bytes));
        }
        Ok(match *of {
            Type::BOOL => Cell::Bool(raw[0] == 1),
            Type::INT2 => Cell::Int(bytes.i16().into()),
            Type::INT4 => Cell::Int(bytes.i32().into()),
            Type::INT8 => Cell::Int(bytes.i64().into()),
            Type::OID => Cell::Int(u32::from_be_bytes(bytes.take()).into()),
            Type::FLOAT4 => Cell::Float(f32::from_be_bytes(bytes.take())),
            Type::FLOAT8 => Cell::Double(f64::from_be_bytes(bytes.take())),
            Type::NUMERIC => numeric(&mut bytes),
            Type::BYTEA => Cell::Bytes(raw.into()),
            Type::UUID => Cell::Uuid(u128::from_be_bytes(bytes.take())),
            Type::DATE => Cell::Date(i64::from(bytes.i32()) + DAYS_TO_2000),
            Type::TIME => Cell::Time(bytes.i64()),
            Type::TIMETZ => {
                let (micros, west) = (bytes.i64(), bytes.i32());
                Cell::Text(format!("{}{:+03}", Cell::Time(micros).text(), -west / 3600))
            }
            Type::TIMESTAMP => Cell::Timestamp(bytes.i64() + DAYS_TO_2000 * 86_400_000_000),
            Type::TIMESTAMPTZ => Cell::TimestampTz(bytes.i64() + DAYS_TO_2000 * 86_400_000_000),
            Type::INTERVAL => {
                let (micros, days, months) = (bytes.i64(), bytes.i32(), bytes.i32());
                Cell::Interval { months, days, micros }
            }
            Type::VARBIT => {
                let length = bytes.i32() as usize;
                let all: String = bytes.0.iter().map(|byte| format!("{byte:08b}")).collect();
                Cell::Text(all[..length].into())
            }
            _ => Cell::Text(std::str::from_utf8(raw)?.into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Binary dates count from 2000-01-01.
const DAYS_TO_2000: i64 = 10_957;

/// What is left of a value in Postgres' binary format.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (head, rest) = self.0.split_first_chunk().unwrap();
        self.0 = rest;
        *head
    }

    fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.take())
    }

    fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.take())
    }

    fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.take())
    }
}

/// Digits to the base of 10,000, of which the first counts 10,000 to the power of the weight.
fn numeric(bytes: &mut Bytes<'_>) -> Cell {
    let (count, weight, sign, scale) = (bytes.i16(), bytes.i16(), bytes.i16(), bytes.i16());
    if sign as u16 == 0xC000 {
        return Cell::Text("NaN".into());
    }
    let digits: Vec<u128> = (0..count).map(|_| bytes.i16() as u128).collect();
    let fraction = (scale + 3) / 4;
    // Every place from the weight down to the last one of the scale, 0 where nothing was sent.
    let all = (-fraction..=weight).rev().map(|place| digits.get((weight - place) as usize).copied().unwrap_or(0));
    let value = all.fold(0, |value, digit| value * 10_000 + digit) / 10_u128.pow((fraction * 4 - scale) as u32);
    let value = i128::try_from(value).unwrap();
    Cell::Decimal(if sign == 0x4000 { -value } else { value }, scale as usize)
}

fn array(item: &Type, bytes: &mut Bytes<'_>) -> Cell {
    let dimensions = bytes.i32();
    let _has_nulls_and_type = bytes.i64();
    let lengths: Vec<i32> = (0..dimensions)
        .map(|_| {
            let length = bytes.i32();
            let _lower_bound = bytes.i32();
            length
        })
        .collect();
    items(item, bytes, &lengths)
}

fn items(item: &Type, bytes: &mut Bytes<'_>, lengths: &[i32]) -> Cell {
    let Some((length, inner)) = lengths.split_first() else { return Cell::Array(Vec::new()) };
    let next = |bytes: &mut Bytes<'_>| {
        if !inner.is_empty() {
            return items(item, bytes, inner);
        }
        let Ok(size) = usize::try_from(bytes.i32()) else { return Cell::Null };
        let (raw, rest) = bytes.0.split_at(size);
        bytes.0 = rest;
        Cell::from_sql(item, raw).unwrap()
    };
    Cell::Array((0..*length).map(|_| next(bytes)).collect())
}

struct Wire<F> {
    runtime: std::sync::Arc<Runtime>,
    client: Client,
    ask: F,
}

impl<F> DB for Wire<F>
where
    F: AsyncFn(&Client, &str) -> Result<Output, Error>,
{
    type Error = Refusal;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<Output, Refusal> {
        Ok(self.runtime.block_on((self.ask)(&self.client, sql))?)
    }

    fn error_sql_state(error: &Refusal) -> Option<String> {
        Some(error.sqlstate.clone())
    }
}

fn run(way: &str, ask: impl AsyncFn(&Client, &str) -> Result<Output, Error> + Copy + Send + Sync) {
    slt::run(way, |file| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let runtime = std::sync::Arc::new(runtime);
        let server = Server::start();
        slt::failures(file, || {
            let client = runtime.block_on(server.connect("hatidata"));
            let mut wire = Wire { runtime: runtime.clone(), client, ask };
            let ready = wire.run("SET TimeZone = 'UTC'").map(|_| wire);
            async { ready }
        })
    });
}

#[test]
fn the_corpus_holds_over_simple_queries() {
    run("simple queries", simple);
}

#[test]
fn the_corpus_holds_over_prepared_statements() {
    run("prepared statements", extended);
}
