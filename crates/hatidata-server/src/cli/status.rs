//! `hati status`, `hati stop` and `hati compact`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use hatidata_core::{Error, ErrorKind};

use super::say;
use crate::config::Config;
use crate::server::{Running, is_alive};

/// How long `stop` waits for running statements.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Show whether the server runs, and where
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(crate) fn run(&self, config: &Config) -> Result<ExitCode, Error> {
        if !config.data_dir.is_dir() {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no folder {}", config.data_dir.display()))
                .hint("create it with: hati init"));
        }
        let running = Running::find(config);
        let size = std::fs::metadata(config.database()).map_or(0, |meta| meta.len());
        if self.json {
            let status = serde_json::json!({
                "running": running.is_some(),
                "pid": running.as_ref().map(|r| r.pid),
                "pg_port": running.as_ref().map(|r| r.pg_port),
                "data_dir": config.data_dir,
                "database": config.database(),
                "database_bytes": size,
                "version": env!("CARGO_PKG_VERSION"),
            });
            say(&status.to_string());
        } else {
            match &running {
                Some(running) => say(&format!("running on localhost:{} (pid {})", running.pg_port, running.pid)),
                None => say("not running; start it with: hati start"),
            }
            say(&format!("folder   {}", config.data_dir.display()));
            say(&format!("database {} ({size} bytes)", config.database().display()));
        }
        Ok(if running.is_some() { ExitCode::SUCCESS } else { ExitCode::from(3) })
    }
}

/// Asks the server to end and waits until it has.
pub(crate) fn stop(config: &Config) -> Result<(), Error> {
    let Some(running) = Running::find(config) else {
        say("not running");
        return Ok(());
    };
    // SAFETY: only sends a signal.
    unsafe {
        libc::kill(running.pid as libc::pid_t, libc::SIGTERM);
    }
    let over = Instant::now() + STOP_TIMEOUT;
    while is_alive(running.pid) && config.data_dir.join("server.json").exists() {
        if Instant::now() > over {
            return Err(Error::new(
                ErrorKind::Unavailable,
                format!("the server (pid {}) has not ended after {} s", running.pid, STOP_TIMEOUT.as_secs()),
            )
            .hint(format!(
                "it may be finishing a statement; wait, or end it with kill -9 {}: committed data is safe",
                running.pid
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    while is_alive(running.pid) && Instant::now() < over {
        std::thread::sleep(Duration::from_millis(10));
    }
    say("stopped");
    Ok(())
}

/// Rewrites the database file without free space.
pub(crate) fn compact(config: &Config) -> Result<(), Error> {
    if let Some(running) = Running::find(config) {
        return Err(Error::new(ErrorKind::State, format!("the server is running (pid {})", running.pid))
            .hint("stop it first with: hati stop"));
    }
    let path = config.database();
    if !path.exists() {
        return Err(Error::new(ErrorKind::NotFound, format!("there is no database {}", path.display()))
            .hint("create it with: hati init"));
    }
    let before = std::fs::metadata(&path).map_or(0, |meta| meta.len());
    hatidata_core::Platform::compact(&path, &config.options)?;
    let after = std::fs::metadata(&path).map_or(0, |meta| meta.len());
    say(&format!("{before} bytes before, {after} bytes after"));
    Ok(())
}
