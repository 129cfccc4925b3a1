//! Configuration: `config.toml`, then the environment, then flags; each later one wins.

use std::path::{Path, PathBuf};

use clap::Args;
use hatidata_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// The folder that `hati init` creates.
pub(crate) const FOLDER: &str = ".hati";
/// The database file in it.
pub(crate) const DATABASE: &str = "hatidata.duckdb";

/// Flags that every command takes; each has an environment variable.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Flags {
    /// The `.hati` folder itself [default: the nearest one upwards from here]
    #[arg(long, global = true, env = "HATIDATA_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, global = true, env = "HATIDATA_HOST")]
    pub(crate) host: Option<String>,
    /// Port of the Postgres protocol, 0 for a free one [default: 5439]
    #[arg(long, global = true, env = "HATIDATA_PG_PORT", value_name = "PORT")]
    pub(crate) pg_port: Option<u16>,
    /// Port of the REST control plane (not offered yet) [default: 8080]
    #[arg(long, global = true, env = "HATIDATA_REST_PORT", value_name = "PORT")]
    pub(crate) rest_port: Option<u16>,
    /// Port of MCP (not offered yet) [default: 5440]
    #[arg(long, global = true, env = "HATIDATA_MCP_PORT", value_name = "PORT")]
    pub(crate) mcp_port: Option<u16>,
    /// Let statements read and write files [default: false]
    #[arg(long, global = true, env = "HATIDATA_EXTERNAL_ACCESS", value_name = "BOOL")]
    pub(crate) external_access: Option<bool>,
    /// Memory for the database, such as 4GB [default: 80 % of the machine]
    #[arg(long, global = true, env = "HATIDATA_MEMORY_LIMIT", value_name = "SIZE")]
    pub(crate) memory_limit: Option<String>,
    /// Worker threads of the database [default: one per core]
    #[arg(long, global = true, env = "HATIDATA_THREADS", value_name = "N")]
    pub(crate) threads: Option<u32>,
}

/// What `config.toml` may hold.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    pub(crate) server: ServerSection,
    pub(crate) database: DatabaseSection,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerSection {
    pub(crate) host: Option<String>,
    pub(crate) pg_port: Option<u16>,
    pub(crate) rest_port: Option<u16>,
    pub(crate) mcp_port: Option<u16>,
    pub(crate) max_connections: Option<usize>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) tls_self_signed: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DatabaseSection {
    pub(crate) memory_limit: Option<String>,
    pub(crate) threads: Option<u32>,
    pub(crate) external_access: Option<bool>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File,
    Environment,
    Flag,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Origin::Default => "default",
            Origin::File => "config.toml",
            Origin::Environment => "environment",
            Origin::Flag => "flag",
        }
    }
}

/// One setting with its value as text and its origin.
pub(crate) type Shown = (&'static str, String, Origin);

/// The configuration in force.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) host: String,
    pub(crate) pg_port: u16,
    pub(crate) max_connections: usize,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) tls_self_signed: bool,
    pub(crate) options: hatidata_core::Options,
    pub(crate) shown: Vec<Shown>,
}

impl Config {
    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.data_dir.join(DATABASE)
    }

    /// Reads the configuration of the folder that the flags name or that lies upwards from here.
    pub(crate) fn load(flags: &Flags) -> Result<Config, Error> {
        let data_dir = match &flags.data_dir {
            Some(dir) => dir.clone(),
            None => find_folder()?,
        };
        Config::of(&data_dir, flags)
    }

    /// Reads the configuration of `data_dir`, which need not exist yet.
    pub(crate) fn of(data_dir: &Path, flags: &Flags) -> Result<Config, Error> {
        let path = data_dir.join("config.toml");
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str::<File>(&text).map_err(|e| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("{} cannot be read: {}", path.display(), e.to_string().trim()),
                )
                .hint("correct the line named above; hati config show lists the settings")
            })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(e) => {
                return Err(Error::new(ErrorKind::Unavailable, format!("{} cannot be read: {e}", path.display()))
                    .hint("check its owner and permissions"));
            }
        };
        let mut shown = Vec::new();
        let (server, database) = (file.server, file.database);
        let mut pick = Picker { shown: &mut shown };
        let host = pick.one("server.host", "HATIDATA_HOST", &flags.host, server.host, "127.0.0.1".into());
        let pg_port = pick.one("server.pg_port", "HATIDATA_PG_PORT", &flags.pg_port, server.pg_port, 5439);
        pick.one("server.rest_port", "HATIDATA_REST_PORT", &flags.rest_port, server.rest_port, 8080);
        pick.one("server.mcp_port", "HATIDATA_MCP_PORT", &flags.mcp_port, server.mcp_port, 5440);
        let max_connections = pick.one("server.max_connections", "", &None, server.max_connections, 1000);
        let tls_self_signed = pick.one("server.tls_self_signed", "", &None, server.tls_self_signed, false);
        let external_access = pick.one(
            "database.external_access",
            "HATIDATA_EXTERNAL_ACCESS",
            &flags.external_access,
            database.external_access,
            false,
        );
        let memory_limit =
            pick.optional("database.memory_limit", "HATIDATA_MEMORY_LIMIT", &flags.memory_limit, database.memory_limit);
        let threads = pick.optional("database.threads", "HATIDATA_THREADS", &flags.threads, database.threads);
        let tls = match (server.tls_cert, server.tls_key) {
            (Some(cert), Some(key)) => Some((data_dir.join(cert), data_dir.join(key))),
            (None, None) => None,
            _ => {
                return Err(Error::new(ErrorKind::InvalidInput, "TLS needs both tls_cert and tls_key under [server]")
                    .hint("give both PEM files, or tls_self_signed = true"));
            }
        };
        Ok(Config {
            data_dir: data_dir.to_owned(),
            host,
            pg_port,
            max_connections,
            tls,
            tls_self_signed,
            options: hatidata_core::Options { memory_limit, threads, external_access, ..Default::default() },
            shown,
        })
    }

    /// Refuses to listen where anybody could connect without encryption and keys.
    pub(crate) fn check_reach(&self) -> Result<(), Error> {
        let loopback = matches!(self.host.as_str(), "localhost" | "::1") || self.host.starts_with("127.");
        if loopback {
            return Ok(());
        }
        let missing = if self.tls.is_none() && !self.tls_self_signed { "without TLS and keys" } else { "without keys" };
        Err(Error::new(
            ErrorKind::Denied,
            format!(
                "the server does not listen on {} {missing}: in local mode nobody is asked for a password",
                self.host
            ),
        )
        .hint("listen on 127.0.0.1 and reach it through a tunnel; access with keys is not offered yet"))
    }
}

struct Picker<'a> {
    shown: &'a mut Vec<Shown>,
}

impl Picker<'_> {
    fn optional<T: Clone + ToString>(
        &mut self,
        name: &'static str,
        variable: &str,
        flag: &Option<T>,
        file: Option<T>,
    ) -> Option<T> {
        let (value, origin) = match (flag, file) {
            (Some(value), _) => (Some(value.clone()), flag_origin(name, variable)),
            (None, Some(value)) => (Some(value), Origin::File),
            (None, None) => (None, Origin::Default),
        };
        self.shown.push((name, value.as_ref().map(T::to_string).unwrap_or_default(), origin));
        value
    }

    fn one<T: Clone + ToString>(
        &mut self,
        name: &'static str,
        variable: &str,
        flag: &Option<T>,
        file: Option<T>,
        default: T,
    ) -> T {
        match self.optional(name, variable, flag, file) {
            Some(value) => value,
            None => {
                if let Some(last) = self.shown.last_mut() {
                    last.1 = default.to_string();
                }
                default
            }
        }
    }
}

/// Whether a value that clap found stood on the command line or in the environment.
fn flag_origin(name: &str, variable: &str) -> Origin {
    let flag = format!("--{}", name.rsplit('.').next().unwrap_or(name).replace('_', "-"));
    let on_line = std::env::args().any(|arg| arg == flag || arg.starts_with(&format!("{flag}=")));
    if !on_line && std::env::var_os(variable).is_some() { Origin::Environment } else { Origin::Flag }
}

/// The nearest `.hati` upwards from the current folder.
fn find_folder() -> Result<PathBuf, Error> {
    let here = std::env::current_dir()
        .map_err(|e| Error::new(ErrorKind::Unavailable, format!("the current folder cannot be read: {e}")))?;
    here.ancestors().map(|dir| dir.join(FOLDER)).find(|dir| dir.is_dir()).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no {FOLDER} folder in {} or above it", here.display()))
            .hint("create one with: hati init")
    })
}

/// The text of a new `config.toml`.
pub(crate) const TEMPLATE: &str = "\
# HatiData. Precedence: this file < environment (HATIDATA_PG_PORT, ...) < flags (--pg-port, ...).
[server]
# host = \"127.0.0.1\"        # beyond loopback the server refuses to start in local mode
# pg_port = 5439             # 0 picks a free port
# max_connections = 1000
# tls_cert = \"cert.pem\"      # relative to this folder; with tls_key, TLS is offered
# tls_key = \"key.pem\"
# tls_self_signed = true     # make a certificate at start instead

[database]
# memory_limit = \"4GB\"
# threads = 4
# external_access = false    # true lets statements read and write files (COPY, read_csv, ...)
";
