//! `hati doctor`: looks for what could be wrong with this installation.

use std::process::ExitCode;

use hatidata_core::Error;

use super::client::Client;
use super::say;
use crate::config::{Config, Flags};
use crate::server::Running;

pub(crate) fn run(flags: &Flags) -> Result<ExitCode, Error> {
    let mut healthy = true;
    let mut report = |what: &str, result: Result<String, Error>| match result {
        Ok(fine) => say(&format!("ok    {what}: {fine}")),
        Err(error) => {
            healthy = false;
            say(&format!("FAIL  {what}: {error}"));
            if let Some(hint) = &error.hint {
                say(&format!("      {hint}"));
            }
        }
    };
    match Config::load(flags) {
        Err(error) => report("configuration", Err(error)),
        Ok(config) => {
            report("folder", writable(&config));
            report(
                "configuration",
                config.check_reach().map(|()| format!("listens on {}:{}", config.host, config.pg_port)),
            );
            let running = Running::find(&config);
            report(
                "server",
                Ok(running
                    .as_ref()
                    .map_or("not running".into(), |r| format!("running on localhost:{} (pid {})", r.pg_port, r.pid))),
            );
            if running.is_none() {
                report("port", free_port(&config));
            }
            report("database", answers(&config));
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn writable(config: &Config) -> Result<String, Error> {
    use hatidata_core::ErrorKind;
    let probe = config.data_dir.join(".doctor");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(|e| {
        Error::new(ErrorKind::Unavailable, format!("{} cannot be written: {e}", config.data_dir.display()))
            .hint("create it with hati init, or check its owner and permissions")
    })?;
    Ok(config.data_dir.display().to_string())
}

fn free_port(config: &Config) -> Result<String, Error> {
    use hatidata_core::ErrorKind;
    std::net::TcpListener::bind((config.host.as_str(), config.pg_port))
        .map(|_| format!("{} is free", config.pg_port))
        .map_err(|e| {
            Error::new(ErrorKind::Unavailable, format!("{} cannot be used: {e}", config.pg_port))
                .hint("choose another with --pg-port, or stop what uses it")
        })
}

fn answers(config: &Config) -> Result<String, Error> {
    let mut version = String::new();
    Client::connect(config, None)?.run("SELECT version()", &mut |answer| {
        version = answer.rows.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_default();
        Ok(())
    })?;
    Ok(format!("answers, {version}"))
}
