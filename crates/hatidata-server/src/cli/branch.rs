//! `hati branch …`: the branch operations as verbs.

use clap::Subcommand;
use hatidata_core::Error;

use super::client::Client;
use super::print::{OutputFormat, print};
use crate::config::Config;

/// Work with branches
#[derive(Debug, Subcommand)]
pub(crate) enum Branch {
    /// List branches
    List {
        /// active, merged, expired, discarded or all
        #[arg(long)]
        status: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: OutputFormat,
    },
    /// Create a branch of main as it is now
    Create {
        name: Option<String>,
        #[arg(long)]
        description: Option<String>,
        /// Expire after this many seconds
        #[arg(long, value_name = "SECONDS")]
        ttl: Option<i64>,
        /// Only this table may be written; repeat for more
        #[arg(long = "table", value_name = "TABLE")]
        tables: Vec<String>,
        #[arg(long, value_enum, default_value_t)]
        format: OutputFormat,
    },
    /// Show what a branch has changed
    Diff {
        branch: String,
        /// The rows of this table
        table: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: OutputFormat,
    },
    /// Merge a branch into main
    Merge {
        branch: String,
        /// Who wins conflicts: branch_wins, main_wins, abort or manual
        #[arg(long, default_value = "branch_wins")]
        strategy: String,
        /// Only report what would happen
        #[arg(long)]
        dry_run: bool,
        #[arg(long, value_enum, default_value_t)]
        format: OutputFormat,
    },
    /// Give a branch up
    Discard {
        branch: String,
        #[arg(long, value_enum, default_value_t)]
        format: OutputFormat,
    },
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

impl Branch {
    pub(crate) fn run(&self, config: &Config) -> Result<(), Error> {
        let (call, format) = match self {
            Branch::List { status, format } => {
                (format!("branch_list({})", status.as_deref().map(text).unwrap_or_default()), format)
            }
            Branch::Create { name, description, ttl, tables, format } => {
                let mut arguments = vec![];
                arguments.extend(name.as_deref().map(|v| format!("name => {}", text(v))));
                arguments.extend(description.as_deref().map(|v| format!("description => {}", text(v))));
                arguments.extend(ttl.map(|v| format!("ttl_seconds => {v}")));
                if !tables.is_empty() {
                    let list: Vec<String> = tables.iter().map(|t| text(t)).collect();
                    arguments.push(format!("tables => [{}]", list.join(", ")));
                }
                (format!("branch_create({})", arguments.join(", ")), format)
            }
            Branch::Diff { branch, table, format } => {
                let table = table.as_deref().map(|t| format!(", {}", text(t))).unwrap_or_default();
                (format!("branch_diff({}{table})", text(branch)), format)
            }
            Branch::Merge { branch, strategy, dry_run, format } => {
                (format!("branch_merge({}, {}, {dry_run})", text(branch), text(strategy)), format)
            }
            Branch::Discard { branch, format } => (format!("branch_discard({})", text(branch)), format),
        };
        let mut client = Client::connect(config, None)?;
        client.run(&format!("SELECT * FROM {call}"), &mut |answer| print(&answer, *format))
    }
}
