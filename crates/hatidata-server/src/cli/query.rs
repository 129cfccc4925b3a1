//! `hati query`.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use hatidata_core::{Error, ErrorKind};

use super::client::Client;
use super::print::{OutputFormat, print};
use crate::config::Config;

/// Run SQL
#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The statements, or - for standard input
    #[arg(required_unless_present = "file", allow_hyphen_values = true)]
    sql: Option<String>,
    /// Read the statements from a file
    #[arg(short, long, conflicts_with = "sql")]
    file: Option<PathBuf>,
    /// How to print the answers
    #[arg(long, value_enum, default_value_t)]
    format: OutputFormat,
    /// Run on this branch
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

impl Query {
    pub(crate) fn run(&self, config: &Config) -> Result<(), Error> {
        let unreadable =
            |what: String, e: std::io::Error| Error::new(ErrorKind::InvalidInput, format!("cannot read {what}: {e}"));
        let sql = match (&self.file, self.sql.as_deref()) {
            (Some(path), _) => std::fs::read_to_string(path).map_err(|e| {
                unreadable(path.display().to_string(), e).hint("check the name of the file; it must be UTF-8 text")
            })?,
            (None, Some("-") | None) => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map_err(|e| unreadable("standard input".into(), e))?;
                text
            }
            (None, Some(sql)) => sql.to_owned(),
        };
        let mut client = Client::connect(config, self.branch.as_deref())?;
        client.run(&sql, &mut |answer| print(&answer, self.format))
    }
}
