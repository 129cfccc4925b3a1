//! The command line: one file per verb, one table of them here.

mod branch;
mod client;
mod doctor;
mod init;
mod print;
mod query;
mod status;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use hatidata_core::Error;

pub(crate) use init::create_private;

use crate::config::{Config, Flags};
use crate::server;

/// The data layer for AI agents: governed SQL with branches, over the Postgres protocol.
#[derive(Debug, Parser)]
#[command(name = "hati", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a .hati folder and start its server
    Init(init::Init),
    /// Start the server in the background
    Start,
    /// Stop the server
    Stop,
    /// Show whether the server runs, and where
    Status(status::Status),
    /// Run the server in the foreground
    Serve,
    /// Run SQL
    Query(query::Query),
    /// Work with branches
    #[command(subcommand)]
    Branch(branch::Branch),
    /// Look for what could be wrong with this installation
    Doctor,
    /// Rewrite the database file without the space of discarded data (the server must be stopped)
    Compact,
    /// Show the configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Every setting, its value, and where it comes from
    Show,
}

/// Prints a line to standard output; a closed pipe is not an error of ours.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line to standard error.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Parses the arguments and runs the verb.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            warn(&format!("error: {error}"));
            if let Some(hint) = &error.hint {
                warn(&format!("hint: {hint}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Error> {
    let flags = cli.flags;
    match cli.verb {
        Verb::Init(init) => init.run(&flags)?,
        Verb::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "hati", &mut std::io::stdout());
        }
        Verb::Serve => server::serve(&Config::load(&flags)?)?,
        Verb::Start => init::start(&Config::load(&flags)?, &flags)?,
        Verb::Stop => status::stop(&Config::load(&flags)?)?,
        Verb::Status(status) => return status.run(&Config::load(&flags)?),
        Verb::Query(query) => query.run(&Config::load(&flags)?)?,
        Verb::Branch(branch) => branch.run(&Config::load(&flags)?)?,
        Verb::Doctor => return doctor::run(&flags),
        Verb::Compact => status::compact(&Config::load(&flags)?)?,
        Verb::Config(ConfigVerb::Show) => {
            let config = Config::load(&flags)?;
            say(&format!("{:<26} {}", "data_dir", config.data_dir.display()));
            for (name, value, origin) in &config.shown {
                say(&format!("{name:<26} {value:<16} ({})", origin.as_str()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
