//! Runs the corpus of `.slt` files beside it over any way into the database, and prints values for all of them.
//!
//! The core's and the server's tests include this file: the one reads values from the engine, the other from
//! Postgres' text and binary formats. All have to print what the files say, so each checks the others. It
//! knows no crate of ours.
//!
//! A row is one line, its values divided by ` | `. `NULL` is written so, an empty text as `(empty)`, everything
//! else as psql shows it in the time zone UTC. An error is `sqlstate: message (hint)`.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

use sqllogictest::{DB, DBOutput, DefaultColumnType, MakeConnection, Runner};

pub type Output = DBOutput<DefaultColumnType>;

/// A refusal, as far as a test looks at it.
#[derive(Debug)]
pub struct Refusal {
    pub sqlstate: String,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.sqlstate, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for Refusal {}

/// A value, whichever way it came.
pub enum Cell {
    Null,
    Bool(bool),
    Int(i128),
    Float(f32),
    Double(f64),
    /// A decimal without its point, and the digits after the point.
    Decimal(i128, usize),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(u128),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01.
    Timestamp(i64),
    TimestampTz(i64),
    Interval {
        months: i32,
        days: i32,
        micros: i64,
    },
    Array(Vec<Cell>),
}

/// What a query gives: the number of columns, and each row in one line.
pub fn rows(columns: usize, cells: impl IntoIterator<Item = Vec<String>>) -> Output {
    let rows = cells.into_iter().map(|row| vec![row.join(" | ")]).collect();
    DBOutput::Rows { types: vec![DefaultColumnType::Text; columns], rows }
}

/// A column's text as a line shows it.
pub fn shown(text: Option<&str>) -> String {
    match text {
        None => "NULL".into(),
        Some("") => "(empty)".into(),
        Some(text) => text.replace('\n', "\\n"),
    }
}

impl Cell {
    /// The value as a line shows it.
    pub fn shown(&self) -> String {
        if matches!(self, Cell::Null) { shown(None) } else { shown(Some(&self.text())) }
    }

    /// The value in Postgres' text format.
    pub fn text(&self) -> String {
        match self {
            Cell::Null => "NULL".into(),
            Cell::Bool(value) => if *value { "t" } else { "f" }.into(),
            Cell::Int(value) => value.to_string(),
            Cell::Float(value) => float(&format!("{value:e}"), 6),
            Cell::Double(value) => float(&format!("{value:e}"), 15),
            Cell::Decimal(unscaled, scale) => decimal(*unscaled, *scale),
            Cell::Text(text) => text.clone(),
            Cell::Bytes(bytes) => bytes.iter().fold("\\x".into(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }),
            Cell::Uuid(value) => {
                let hex = format!("{value:032x}");
                [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
            }
            Cell::Date(days) => date(*days),
            Cell::Time(micros) => time(*micros),
            Cell::Timestamp(micros) => timestamp(*micros),
            Cell::TimestampTz(micros) => timestamp(*micros) + "+00",
            Cell::Interval { months, days, micros } => interval(*months, *days, *micros),
            Cell::Array(items) => format!("{{{}}}", items.iter().map(element).collect::<Vec<_>>().join(",")),
        }
    }
}

/// An item of an array, in quotes where Postgres puts them.
fn element(cell: &Cell) -> String {
    let text = cell.text();
    let plain = !text.is_empty()
        && !text.eq_ignore_ascii_case("null")
        && !text.contains(['"', '\\', '{', '}', ',', ' ', '\t', '\n']);
    if plain || matches!(cell, Cell::Null | Cell::Array(_)) {
        return text;
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The shortest digits that mean the number, with an exponent where Postgres writes one.
fn float(shortest: &str, digits: i32) -> String {
    let Some((mantissa, exponent)) = shortest.split_once('e') else {
        return match shortest {
            "inf" => "Infinity".into(),
            "-inf" => "-Infinity".into(),
            nan => nan.into(),
        };
    };
    let exponent: i32 = exponent.parse().unwrap();
    if exponent < -4 || exponent >= digits {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let figures: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if exponent < 0 {
        return format!("{sign}0.{}{figures}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if figures.len() <= whole {
        return format!("{sign}{figures}{}", "0".repeat(whole - figures.len()));
    }
    format!("{sign}{}.{}", &figures[..whole], &figures[whole..])
}

fn decimal(unscaled: i128, scale: usize) -> String {
    let digits = format!("{:0>1$}", unscaled.unsigned_abs(), scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn date(days: i64) -> String {
    // Years begin in March, so that a leap day is the last day of its year.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i64::from(month >= 10);
    format!("{year:04}-{:02}-{day:02}", if month < 10 { month + 3 } else { month - 9 })
}

fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { whole } else { format!("{whole}.{fraction:06}").trim_end_matches('0').into() }
}

fn timestamp(micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    format!("{} {}", date(micros.div_euclid(DAY)), time(micros.rem_euclid(DAY)))
}

fn interval(months: i32, days: i32, micros: i64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut negative = false;
    for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if value != 0 {
            let sign = if negative && value > 0 { "+" } else { "" };
            parts.push(format!("{sign}{value} {unit}{}", if value == 1 { "" } else { "s" }));
            negative = value < 0;
        }
    }
    if parts.is_empty() || micros != 0 {
        let sign = match micros {
            ..0 => "-",
            _ if negative => "+",
            _ => "",
        };
        parts.push(format!("{sign}{}", time(micros.abs())));
    }
    parts.join(" ")
}

/// The files of the corpus, by name.
pub fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sql").canonicalize().unwrap();
    let mut files = Vec::new();
    for folder in root.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "slt")));
    }
    files.sort();
    assert!(!files.is_empty(), "no .slt file below {}", root.display());
    // HATI_SLT=snowflake/dates runs what has this in its path.
    let only = std::env::var("HATI_SLT").unwrap_or_default();
    files.retain(|path| path.to_string_lossy().contains(&only));
    files
}

/// Runs a file; what does not hold in it, each with its place and both outputs.
pub fn failures<D: DB + Send, M: MakeConnection<Conn = D>>(file: &Path, connect: M) -> Vec<String> {
    let mut runner = Runner::new(connect);
    runner.with_validator(|_, actual, expected| actual.iter().flatten().eq(expected));
    runner.with_column_validator(|actual, expected| actual.len() == expected.len());
    let records = match sqllogictest::parse_file(file) {
        Ok(records) => records,
        Err(error) => return vec![error.to_string()],
    };
    records.into_iter().filter_map(|record| runner.run(record).err()).map(|error| error.to_string()).collect()
}

/// Runs every file with a database of its own, and says everything that does not hold.
pub fn run(way: &str, check: impl Fn(&Path) -> Vec<String> + Sync) {
    let files = files();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || {
        let mut found = Vec::new();
        while let Some(file) = files.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            found.extend(check(file));
        }
        found
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let found: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(found.is_empty(), "{} statements fail over {way}:\n\n{}", found.len(), found.join("\n\n"));
}
