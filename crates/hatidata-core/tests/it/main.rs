//! The core through its public API, on a database file of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

mod audit;
mod branches;
mod corpus;
mod walls;

use std::path::PathBuf;
use std::sync::Arc;

use hatidata_core::{Error, Identity, Options, Outcome, Platform, Scalar, Session, parse};

/// A platform on a file in a folder that goes away with it.
pub struct Place {
    pub platform: Arc<Platform>,
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn open() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Some(&folder.path().join("hatidata.duckdb")), &Options::default()).unwrap();
        Place { platform, folder }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("hatidata.duckdb")
    }

    pub fn session(&self, agent: &str) -> Session {
        let identity = Identity { agent_id: agent.into(), user: "u".into(), door: "local", ..Identity::default() };
        self.platform.connect(identity, &[]).unwrap()
    }
}

/// Runs the statements of `sql`; the rows of the last one as text.
pub fn run(session: &mut Session, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = Vec::new();
    for query in parse(sql)? {
        rows.clear();
        if let Outcome::Rows { stream, columns } = session.run(&query, &[])? {
            while let Some(batch) = session.fetch(stream)? {
                for row in 0..batch.rows() {
                    rows.push((0..columns.len()).map(|column| show(batch.get(column, row))).collect());
                }
            }
        }
    }
    Ok(rows)
}

fn show(value: Scalar<'_>) -> String {
    match value {
        Scalar::Null => "NULL".into(),
        Scalar::Text(text) => text.into(),
        Scalar::Int(n) => n.to_string(),
        Scalar::HugeInt(n) => n.to_string(),
        Scalar::Bool(b) => b.to_string(),
        other => format!("{other:?}"),
    }
}
