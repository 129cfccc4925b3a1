//! Starting all doors on one platform, and stopping them.

use std::io::Write;
use std::sync::Arc;

use hatidata_core::{Error, ErrorKind, Platform};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::config::Config;
use crate::pg::{Listener, Tls};

/// What a running server writes beside its database, so that others find it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    pub(crate) pg_port: u16,
}

impl Running {
    fn path(config: &Config) -> std::path::PathBuf {
        config.data_dir.join("server.json")
    }

    /// The server that runs on this folder, if one does.
    pub(crate) fn find(config: &Config) -> Option<Running> {
        let text = std::fs::read_to_string(Running::path(config)).ok()?;
        let running: Running = serde_json::from_str(&text).ok()?;
        let listens = || std::net::TcpStream::connect(("127.0.0.1", running.pg_port)).is_ok();
        (is_alive(running.pid) && is_ours(running.pid) && listens()).then_some(running)
    }
}

/// Whether a process exists.
pub(crate) fn is_alive(pid: u32) -> bool {
    // SAFETY: signal 0 only asks.
    unsafe { libc::kill(pid as libc::pid_t, 0) == 0 }
}

/// Whether a process runs this program: after a crash its number and its port may have gone to others. Where the
/// system does not tell, it is taken for ours.
fn is_ours(pid: u32) -> bool {
    let name = |path: std::path::PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let theirs = std::fs::read_link(format!("/proc/{pid}/exe")).ok().and_then(name);
    let ours = std::env::current_exe().ok().and_then(name);
    match (theirs, ours) {
        // An executable that was replaced is shown with " (deleted)".
        (Some(theirs), Some(ours)) => theirs.trim_end_matches(" (deleted)") == ours.trim_end_matches(" (deleted)"),
        _ => true,
    }
}

fn unavailable(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unavailable, what.to_string())
}

/// Runs the server in the foreground until SIGTERM or SIGINT.
pub(crate) fn serve(config: &Config) -> Result<(), Error> {
    config.check_reach()?;
    crate::cli::create_private(&config.data_dir).map_err(|e| {
        unavailable(format!("cannot create {}: {e}", config.data_dir.display()))
            .hint("check the permissions of the folder, or use another one with --data-dir")
    })?;
    let tls = match &config.tls {
        Some((certificate, key)) => Some(Tls::load(certificate, key)?),
        None if config.tls_self_signed => Some(self_signed(config)?),
        None => None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Deeply nested expressions recurse in the engine.
        .thread_stack_size(16 << 20)
        .max_blocking_threads(config.max_connections + 64)
        .build()
        .map_err(|e| unavailable(format!("cannot start the server's threads: {e}")))?;
    runtime.block_on(run(config, tls))
}

async fn run(config: &Config, tls: Option<Tls>) -> Result<(), Error> {
    // From here on a signal is heeded, however early it comes.
    let told_to_stop = told_to_stop();
    let options = config.options.clone();
    let path = config.database();
    let opened = tokio::task::spawn_blocking(move || Platform::open(Some(&path), &options)).await;
    let platform = opened.map_err(|e| unavailable(format!("opening the database failed: {e}")))??;
    let listener =
        Listener::bind(&config.host, config.pg_port, Arc::clone(&platform), tls, config.max_connections).await?;
    let port = listener.port();
    let running = Running { pid: std::process::id(), pg_port: port };
    write_running(config, &running)?;
    let (stop, stopped) = watch::channel(false);
    let door = tokio::spawn(listener.serve(stopped));
    let mut stdout = std::io::stdout();
    // Whoever started us may have closed the pipe; the server runs all the same.
    let _ = writeln!(stdout, "Proxy running on localhost:{port}").and_then(|()| stdout.flush());
    told_to_stop.await;
    let _ = stop.send(true);
    let _ = door.await;
    let _ = std::fs::remove_file(Running::path(config));
    let _ = tokio::task::spawn_blocking(move || platform.shut_down()).await;
    Ok(())
}

fn write_running(config: &Config, running: &Running) -> Result<(), Error> {
    let text = serde_json::to_string(running).map_err(unavailable)?;
    let path = Running::path(config);
    let fresh = path.with_extension("json.new");
    std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, &path)).map_err(|e| {
        unavailable(format!("cannot write {}: {e}", path.display())).hint("check the permissions of the folder")
    })
}

/// Listens for SIGTERM and SIGINT from now on; ends when one has come.
fn told_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        match signals {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            // Without signals only kill -9 ends the server, which the database survives.
            _ => std::future::pending().await,
        }
    }
}

/// A certificate for localhost, made once and kept in the folder.
fn self_signed(config: &Config) -> Result<Tls, Error> {
    let (certificate, key) = (config.data_dir.join("self-signed.pem"), config.data_dir.join("self-signed.key"));
    if !certificate.exists() || !key.exists() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()])
            .map_err(|e| unavailable(format!("cannot make a certificate: {e}")))?;
        write_secret(&key, &made.signing_key.serialize_pem())?;
        std::fs::write(&certificate, made.cert.pem())
            .map_err(|e| unavailable(format!("cannot write {}: {e}", certificate.display())))?;
    }
    Tls::load(&certificate, &key)
}

fn write_secret(path: &std::path::Path, text: &str) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt;
    let written = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    written
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| unavailable(format!("cannot write {}: {e}", path.display())))
}
