//! `hati`: the server of HatiData and its command line.

mod cli;
mod config;
mod pg;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
