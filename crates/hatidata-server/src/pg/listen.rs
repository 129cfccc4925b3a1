//! Accepting clients, encryption, cancel requests, and the end of all sessions.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use hatidata_core::{CancelReason, Canceller, Error, ErrorKind, Platform};
use parking_lot::Mutex;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::connection::{Greeting, serve};
use super::frame::Startup;

/// How long running statements may go on after a shutdown was asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// Encryption for those who ask for it.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

impl Tls {
    /// Reads a certificate chain and its key, both PEM.
    pub(crate) fn load(certificate: &Path, key: &Path) -> Result<Tls, Error> {
        let bad = |what: &Path, why: String| {
            Error::new(ErrorKind::InvalidInput, format!("cannot use {} for TLS: {why}", what.display()))
                .hint("tls_cert and tls_key under [server] name PEM files; leave both out to run without TLS")
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|e| bad(certificate, e.to_string()))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| bad(key, e.to_string()))?;
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret))
            .map_err(|e| bad(certificate, e.to_string()))?;
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }
}

/// The open sessions, by the key that a cancel request names.
#[derive(Default)]
pub(super) struct Sessions {
    open: Mutex<HashMap<i32, (i32, Canceller)>>,
    next: AtomicI32,
    count: AtomicUsize,
}

/// A session's entry, gone when dropped.
pub(super) struct Key {
    pub(super) pid: i32,
    pub(super) secret: i32,
    sessions: Arc<Sessions>,
}

impl Sessions {
    pub(super) fn enter(self: &Arc<Self>, canceller: Canceller) -> Key {
        let pid = self.next.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let secret = secret();
        self.open.lock().insert(pid, (secret, canceller));
        self.count.fetch_add(1, Ordering::SeqCst);
        Key { pid, secret, sessions: Arc::clone(self) }
    }

    fn cancel(&self, pid: i32, secret: i32) {
        if let Some((known, canceller)) = self.open.lock().get(&pid)
            && *known == secret
        {
            canceller.cancel(CancelReason::User);
        }
    }
}

/// Random bits that another client cannot guess.
fn secret() -> i32 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish() as i32
}

impl Drop for Key {
    fn drop(&mut self) {
        self.sessions.open.lock().remove(&self.pid);
        self.sessions.count.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The door that listens.
pub(crate) struct Listener {
    socket: TcpListener,
    platform: Arc<Platform>,
    tls: Option<Tls>,
    connections_max: usize,
}

impl Listener {
    /// Binds `host`:`port`; port 0 picks a free one.
    pub(crate) async fn bind(
        host: &str,
        port: u16,
        platform: Arc<Platform>,
        tls: Option<Tls>,
        connections_max: usize,
    ) -> Result<Listener, Error> {
        let socket = TcpListener::bind((host, port)).await.map_err(|e| {
            let hint = match e.kind() {
                io::ErrorKind::AddrInUse => {
                    "another server uses it: stop that one, or choose another port with --pg-port (0 picks a free one)"
                }
                io::ErrorKind::PermissionDenied => "ports below 1024 need privileges; choose another with --pg-port",
                _ => "check host under [server] in config.toml",
            };
            Error::new(ErrorKind::Unavailable, format!("cannot listen on {host}:{port}: {e}")).hint(hint)
        })?;
        Ok(Listener { socket, platform, tls, connections_max })
    }

    /// The port that was bound.
    pub(crate) fn port(&self) -> u16 {
        self.socket.local_addr().map_or(0, |address| address.port())
    }

    /// Serves clients until `stop` becomes true, then lets running statements end.
    pub(crate) async fn serve(self, mut stop: watch::Receiver<bool>) {
        let sessions = Arc::new(Sessions::default());
        let session_stop = stop.clone();
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, _)) => {
                        let full = sessions.count.load(Ordering::SeqCst) >= self.connections_max;
                        let client = greet(
                            stream,
                            Arc::clone(&self.platform),
                            Arc::clone(&sessions),
                            self.tls.clone(),
                            full,
                            session_stop.clone(),
                        );
                        tokio::spawn(client);
                    }
                    // Out of file descriptors: wait until some are given back.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                _ = stop.changed() => break,
            }
        }
        drop(self.socket);
        let over = tokio::time::Instant::now() + DRAIN;
        while sessions.count.load(Ordering::SeqCst) > 0 && tokio::time::Instant::now() < over {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for (_, canceller) in sessions.open.lock().values() {
            canceller.cancel(CancelReason::Shutdown);
        }
        let over = tokio::time::Instant::now() + Duration::from_secs(2);
        while sessions.count.load(Ordering::SeqCst) > 0 && tokio::time::Instant::now() < over {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Answers the packets before a session: encryption, cancel, start-up.
async fn greet(
    stream: TcpStream,
    platform: Arc<Platform>,
    sessions: Arc<Sessions>,
    tls: Option<Tls>,
    full: bool,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut greeting = Greeting { socket: Box::new(stream), inbox: BytesMut::new() };
    let mut encrypted = false;
    loop {
        match greeting.packet().await? {
            None => return Ok(()),
            Some(Err(error)) => return greeting.refuse(&error).await,
            Some(Ok(Startup::Gss)) => greeting.socket.write_all(b"N").await?,
            Some(Ok(Startup::Ssl)) => match &tls {
                Some(Tls(acceptor)) if !encrypted => {
                    greeting.socket.write_all(b"S").await?;
                    if !greeting.inbox.is_empty() {
                        let error = Error::new(ErrorKind::InvalidInput, "unencrypted data after the SSL request")
                            .state("08P01");
                        return greeting.refuse(&error).await;
                    }
                    greeting =
                        Greeting { socket: Box::new(acceptor.accept(greeting.socket).await?), inbox: BytesMut::new() };
                    encrypted = true;
                }
                _ => greeting.socket.write_all(b"N").await?,
            },
            Some(Ok(Startup::Cancel { pid, secret })) => {
                sessions.cancel(pid, secret);
                return greeting.socket.shutdown().await;
            }
            Some(Ok(Startup::Version { major, minor })) => {
                let error = Error::new(
                    ErrorKind::Unsupported,
                    format!("unsupported frontend protocol {major}.{minor}: the server speaks 3.0"),
                )
                .hint("use a client for PostgreSQL 7.4 or newer");
                return greeting.refuse(&error).await;
            }
            Some(Ok(Startup::Session { .. })) if full => {
                let error = Error::new(ErrorKind::Resource, "sorry, too many clients already")
                    .state("53300")
                    .hint("close idle connections, or raise max_connections under [server] in config.toml");
                return greeting.refuse(&error).await;
            }
            Some(Ok(Startup::Session { minor, settings })) => {
                return serve(greeting, platform, sessions, settings, minor, stop).await;
            }
        }
    }
}
