//! The corpus of `tests/sql` through a session of the core.

#[path = "../../../../tests/sql/slt.rs"]
mod slt;

use hatidata_core::{Error, Identity, Items, Outcome, Scalar, Session, SqlType, parse};
use slt::{Cell, Output, Refusal};
use sqllogictest::{DB, DBOutput, DefaultColumnType};

use crate::Place;

struct InProcess(Session);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal { sqlstate: error.sqlstate.into(), message: error.message, hint: error.hint }
    }
}

impl DB for InProcess {
    type Error = Refusal;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<Output, Refusal> {
        let mut output = DBOutput::StatementComplete(0);
        for query in parse(sql)? {
            output = match self.0.run(&query, &[])? {
                Outcome::Done { tag } => {
                    DBOutput::StatementComplete(tag.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0))
                }
                Outcome::Rows { stream, columns } => {
                    let mut rows = Vec::new();
                    while let Some(batch) = self.0.fetch(stream)? {
                        rows.extend((0..batch.rows()).map(|row| {
                            let cells = columns.iter().enumerate();
                            cells.map(|(at, column)| cell(&column.sql_type, batch.get(at, row)).shown()).collect()
                        }));
                    }
                    slt::rows(columns.len(), rows)
                }
                Outcome::Copied { .. } | Outcome::Load(_) => return Err(Error::internal("COPY in the corpus").into()),
            };
        }
        Ok(output)
    }

    fn error_sql_state(error: &Refusal) -> Option<String> {
        Some(error.sqlstate.clone())
    }
}

fn cell(sql_type: &SqlType, value: Scalar<'_>) -> Cell {
    match value {
        Scalar::Null => Cell::Null,
        Scalar::Bool(value) => Cell::Bool(value),
        Scalar::Int(value) => Cell::Int(value.into()),
        Scalar::UInt(value) => Cell::Int(value.into()),
        Scalar::HugeInt(value) => Cell::Int(value),
        Scalar::UHugeInt(value) => Cell::Text(value.to_string()),
        Scalar::Float(value) => Cell::Float(value),
        Scalar::Double(value) => Cell::Double(value),
        Scalar::Decimal { unscaled, scale } => Cell::Decimal(unscaled, scale.into()),
        Scalar::Text(value) => Cell::Text(value.into()),
        Scalar::Blob(value) => Cell::Bytes(value.into()),
        Scalar::Bit(value) => Cell::Text(bits(value)),
        Scalar::Uuid(value) => Cell::Uuid(value),
        Scalar::Date(days) => Cell::Date(days.into()),
        Scalar::Time(micros) => Cell::Time(micros),
        Scalar::TimeNs(nanos) => Cell::Time(nanos / 1000),
        Scalar::TimeTz { micros, offset_seconds } => {
            Cell::Text(format!("{}{:+03}", Cell::Time(micros).text(), offset_seconds / 3600))
        }
        Scalar::Timestamp(micros) => Cell::Timestamp(micros),
        Scalar::TimestampNs(nanos) => Cell::Timestamp(nanos.div_euclid(1000)),
        Scalar::TimestampTz(micros) => Cell::TimestampTz(micros),
        Scalar::Interval { months, days, micros } => Cell::Interval { months, days, micros },
        Scalar::List(items) if !holds_json(sql_type) => Cell::Array(array(sql_type, items)),
        Scalar::List(_) | Scalar::Struct(_) | Scalar::Map(_) | Scalar::Union(_) => Cell::Text(json(sql_type, value)),
    }
}

fn array(sql_type: &SqlType, items: Items<'_>) -> Vec<Cell> {
    items.iter().map(|item| cell(item_type(sql_type), item)).collect()
}

fn item_type(sql_type: &SqlType) -> &SqlType {
    match sql_type {
        SqlType::List(item) | SqlType::Array(item, _) => item,
        _ => &SqlType::Unknown,
    }
}

/// Whether a list is a JSON array to Postgres, because it has no arrays of such items.
fn holds_json(sql_type: &SqlType) -> bool {
    match sql_type {
        SqlType::List(item) | SqlType::Array(item, _) => holds_json(item),
        SqlType::Struct(_) | SqlType::Map(..) | SqlType::Union(_) => true,
        _ => false,
    }
}

fn json(sql_type: &SqlType, value: Scalar<'_>) -> String {
    let pair = |key: String, value: String| format!("{key}:{value}");
    match value {
        Scalar::Null => "null".into(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Text(document) if *sql_type == SqlType::Json => document.into(),
        Scalar::List(items) => {
            let items: Vec<String> = items.iter().map(|item| json(item_type(sql_type), item)).collect();
            format!("[{}]", items.join(","))
        }
        Scalar::Struct(fields) => {
            let types = if let SqlType::Struct(types) = sql_type { types.as_slice() } else { &[] };
            let fields = (0..fields.len()).map(|at| {
                pair(quoted(fields.name(at)), json(types.get(at).map_or(&SqlType::Unknown, |t| &t.1), fields.get(at)))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Scalar::Map(entries) => {
            let (key, of) = if let SqlType::Map(key, of) = sql_type { (&**key, &**of) } else { (sql_type, sql_type) };
            let entries = (0..entries.len())
                .map(|at| pair(quoted(&cell(key, entries.key(at)).text()), json(of, entries.value(at))));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Scalar::Union(tagged) => {
            let members = if let SqlType::Union(members) = sql_type { members.as_slice() } else { &[] };
            let of = members.iter().find(|m| m.0 == tagged.tag()).map_or(&SqlType::Unknown, |m| &m.1);
            format!("{{{}}}", pair(quoted(tagged.tag()), json(of, tagged.value())))
        }
        Scalar::Int(_) | Scalar::UInt(_) | Scalar::HugeInt(_) | Scalar::UHugeInt(_) | Scalar::Decimal { .. } => {
            cell(sql_type, value).text()
        }
        Scalar::Double(number) if number.is_finite() => cell(sql_type, value).text(),
        Scalar::Float(number) if number.is_finite() => cell(sql_type, value).text(),
        Scalar::Timestamp(_) => quoted(&cell(sql_type, value).text().replace(' ', "T")),
        other => quoted(&cell(sql_type, other).text()),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// The engine's first byte says how many bits of the second are padding.
fn bits(value: &[u8]) -> String {
    let all: String = value[1..].iter().map(|byte| format!("{byte:08b}")).collect();
    all[usize::from(value[0])..].into()
}

#[test]
fn the_corpus_holds_in_process() {
    slt::run("a session of the core", |file| {
        let place = Place::open();
        slt::failures(file, || {
            let identity =
                Identity { user: "u".into(), database: "hatidata".into(), door: "local", ..Identity::default() };
            let mut session = InProcess(place.platform.connect(identity, &[]).unwrap());
            let ready = session.run("SET TimeZone = 'UTC'").map(|_| session);
            async { ready }
        })
    });
}
