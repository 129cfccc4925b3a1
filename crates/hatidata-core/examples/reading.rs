//! Times what reading a statement's dialect costs, for `bench/transpile.py`: one line of JSON. The arguments are files of
//! statements in Snowflake's SQL, in the form of the tests' corpus.

use std::time::{Duration, Instant};

use hatidata_core::{Identity, Platform, Query, Session, parse};
use hatidata_sql::{Dialect, translate};

const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut statements = Vec::new();
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(file)?;
        for block in text.split("\n\n") {
            let query =
                block.trim().strip_prefix("query ").and_then(|rest| rest.split_once('\n')).map(|(_, rest)| rest);
            let sql = query.and_then(|rest| rest.split("\n----").next()).unwrap_or_default();
            if !sql.is_empty() && matches!(translate(sql, Dialect::Snowflake), Ok(Some(_))) {
                statements.push(sql.to_owned());
            }
        }
    }
    let mut translating: Vec<Duration> = Vec::new();
    for sql in statements.iter().cycle().take(statements.len() * 20) {
        let started = Instant::now();
        let translated = translate(sql, Dialect::Snowflake);
        translating.push(started.elapsed());
        drop(translated);
    }

    // The same statement, read as DuckDB's and described, with and without a dialect to look for.
    let platform = Platform::open(None, &Default::default())?;
    let mut named = platform.connect(Identity::default(), &[("hatidata_dialect".into(), "duckdb".into())])?;
    let mut auto = platform.connect(Identity::default(), &[])?;
    let mut snowflake = platform.connect(Identity::default(), &[("hatidata_dialect".into(), "snowflake".into())])?;
    let valid = "SELECT a, b + 1 AS c FROM (VALUES (1, 2), (3, 4)) t(a, b) WHERE a > 1 ORDER BY b";
    let foreign = "SELECT IFF(a > 1, NVL(b, 0), 2) AS c FROM (VALUES (1, 2), (3, 4)) t(a, b) WHERE a > 1 ORDER BY b";
    let Some(translated) = translate(foreign, Dialect::Snowflake).ok().flatten() else {
        return Err("not translated".into());
    };
    let checked = added(&mut auto, valid, &mut named, valid)?;
    let remembered = added(&mut snowflake, foreign, &mut named, &translated.sql)?;
    let micros = |d: Duration| d.as_nanos() as f64 / 1000.0;
    translating.sort();
    let report = serde_json::json!({
        "statements": statements.len(),
        "translate_p50": micros(translating[translating.len() / 2]),
        "translate_p99": micros(translating[translating.len() * 99 / 100]),
        "valid_added_p50": checked,
        "remembered_added_p50": remembered,
    });
    use std::io::Write;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

/// Microseconds that describing `sql` in `session` takes longer than `peer_sql` in `peer`: the median of differences of
/// neighbouring runs.
fn added(
    session: &mut Session,
    sql: &str,
    peer: &mut Session,
    peer_sql: &str,
) -> Result<f64, Box<dyn std::error::Error>> {
    let (ours, theirs) = (one(sql)?, one(peer_sql)?);
    let mut differences = Vec::new();
    for round in 0..ROUNDS * 10 {
        let time = |session: &mut Session, query: &Query| -> Result<f64, hatidata_core::Error> {
            let started = Instant::now();
            session.describe(query, &[])?;
            Ok(started.elapsed().as_nanos() as f64 / 1000.0)
        };
        let (a, b) = if round % 2 == 0 {
            let a = time(session, &ours)?;
            (a, time(peer, &theirs)?)
        } else {
            let b = time(peer, &theirs)?;
            (time(session, &ours)?, b)
        };
        if round >= ROUNDS {
            differences.push(a - b);
        }
    }
    differences.sort_by(f64::total_cmp);
    Ok(differences[differences.len() / 2])
}

fn one(sql: &str) -> Result<std::sync::Arc<Query>, Box<dyn std::error::Error>> {
    Ok(parse(sql)?.pop().ok_or("no statement")?)
}
