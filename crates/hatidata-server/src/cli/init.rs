//! `hati init` and `hati start`.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use hatidata_core::{Error, ErrorKind, Platform};

use super::say;
use crate::config::{Config, FOLDER, Flags, TEMPLATE};
use crate::server::Running;

/// How long a server may take to come up: it may have a log to replay.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// Create a .hati folder and start its server
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Where to create it
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Only create the folder
    #[arg(long)]
    no_start: bool,
}

impl Init {
    pub(crate) fn run(&self, flags: &Flags) -> Result<(), Error> {
        let folder = flags.data_dir.clone().unwrap_or_else(|| self.dir.join(FOLDER));
        let failed = |what: &str, e: std::io::Error| {
            Error::new(ErrorKind::Unavailable, format!("cannot {what} {}: {e}", folder.display()))
                .hint("check the permissions of the folder, or init in another one")
        };
        create_private(&folder).map_err(|e| failed("create", e))?;
        for (name, text) in [("config.toml", TEMPLATE), (".gitignore", "*\n")] {
            let path = folder.join(name);
            if !path.exists() {
                std::fs::write(&path, text).map_err(|e| failed("write into", e))?;
            }
        }
        let config = Config::of(&folder, flags)?;
        let running = Running::find(&config);
        if running.is_none() && !config.database().exists() {
            let platform = Platform::open(Some(&config.database()), &config.options)?;
            // The server that is started next must find the file closed.
            platform.shut_down();
        }
        say("HatiData initialized successfully.");
        if self.no_start {
            return Ok(());
        }
        let running = match running {
            Some(running) => running,
            None => spawn(&config, flags)?,
        };
        say(&format!("Proxy running on localhost:{}", running.pg_port));
        Ok(())
    }
}

/// Creates a folder that only its owner can read: on loopback nobody is asked for a password.
pub(crate) fn create_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Starts the server of a folder in the background, or finds it running.
pub(crate) fn start(config: &Config, flags: &Flags) -> Result<(), Error> {
    if !config.data_dir.is_dir() {
        return Err(Error::new(ErrorKind::NotFound, format!("there is no folder {}", config.data_dir.display()))
            .hint("create it with: hati init"));
    }
    let running = match Running::find(config) {
        Some(running) => running,
        None => spawn(config, flags)?,
    };
    say(&format!("Proxy running on localhost:{}", running.pg_port));
    Ok(())
}

/// Starts `hati serve` detached from this terminal and waits until it listens.
fn spawn(config: &Config, flags: &Flags) -> Result<Running, Error> {
    use std::os::unix::process::CommandExt;
    let log_path = config.data_dir.join("server.log");
    let unavailable = |what: String| Error::new(ErrorKind::Unavailable, what);
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log_path)
        .map_err(|e| unavailable(format!("cannot write {}: {e}", log_path.display())))?;
    let begin = log.metadata().map_or(0, |meta| meta.len());
    let errors = log.try_clone().map_err(|e| unavailable(e.to_string()))?;
    let program = std::env::current_exe().map_err(|e| unavailable(format!("cannot find the hati binary: {e}")))?;
    let mut command = Command::new(program);
    command.arg("serve").arg("--data-dir").arg(&config.data_dir);
    for (flag, port) in [("--pg-port", flags.pg_port), ("--rest-port", flags.rest_port), ("--mcp-port", flags.mcp_port)]
    {
        if let Some(port) = port {
            command.arg(flag).arg(port.to_string());
        }
    }
    for (flag, value) in [
        ("--host", flags.host.clone()),
        ("--memory-limit", flags.memory_limit.clone()),
        ("--threads", flags.threads.map(|n| n.to_string())),
        ("--external-access", flags.external_access.map(|b| b.to_string())),
    ] {
        if let Some(value) = value {
            command.arg(flag).arg(value);
        }
    }
    command.stdin(Stdio::null()).stdout(log).stderr(errors);
    // A session of its own: closing this terminal does not end the server.
    // SAFETY: setsid is async-signal-safe and touches no memory of ours.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            Ok(())
        });
    }
    let mut child = command.spawn().map_err(|e| unavailable(format!("cannot start the server: {e}")))?;
    let over = Instant::now() + START_TIMEOUT;
    loop {
        if let Some(running) = Running::find(config)
            && running.pid == child.id()
        {
            return Ok(running);
        }
        if let Ok(Some(_)) = child.try_wait() {
            return Err(why(&log_path, begin));
        }
        if Instant::now() > over {
            return Err(unavailable(format!("the server did not come up in {} s", START_TIMEOUT.as_secs()))
                .hint(format!("look into {}", log_path.display())));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The reason that the server wrote before it ended.
fn why(log_path: &std::path::Path, begin: u64) -> Error {
    use std::io::{Read, Seek, SeekFrom};
    let mut text = String::new();
    if let Ok(mut log) = File::open(log_path) {
        // A log that cannot be read leaves the text empty, which is handled below.
        let _ = log.seek(SeekFrom::Start(begin)).and_then(|_| log.read_to_string(&mut text));
    }
    let find = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix)).map(str::to_owned);
    let message = find("error: ").unwrap_or_else(|| "the server ended at once".into());
    let error = Error::new(ErrorKind::Unavailable, message);
    match find("hint: ") {
        Some(hint) => error.hint(hint),
        None => error.hint(format!("look into {}", log_path.display())),
    }
}
