//! The loop of one client: read a message, answer it, watch the socket while the engine works.

use std::io;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use hatidata_core::{CancelReason, Canceller, Error, ErrorKind, Platform};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, watch};

use super::exchange::{CopyEnd, Exchange, Pending, REPORTED};
use super::frame::{self, FrameError, Frontend, Startup, put, put_error, put_parameter, put_text};
use super::listen::Sessions;
use super::startup;

/// Messages that a client may send ahead while a statement runs; more waits in the socket.
const AHEAD_BYTES_MAX: usize = 1 << 20;
/// How much of a COPY's data is read before it is worked on.
const COPY_BYTES: usize = 256 << 10;
/// How long a client may take to finish its start-up.
const STARTUP_SECONDS: u64 = 60;

/// A socket, plain or encrypted.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// Reads the packets before a session and answers what they ask for.
pub(super) struct Greeting {
    pub(super) socket: Box<dyn Socket>,
    pub(super) inbox: BytesMut,
}

impl Greeting {
    /// The next start-up packet; `None` when the client has gone.
    pub(super) async fn packet(&mut self) -> io::Result<Option<Result<Startup, Error>>> {
        loop {
            match frame::next_startup(&mut self.inbox) {
                Ok(Some(startup)) => return Ok(Some(Ok(startup))),
                Err(error) => return Ok(Some(Err(error))),
                Ok(None) => {}
            }
            let read = tokio::time::timeout(
                std::time::Duration::from_secs(STARTUP_SECONDS),
                self.socket.read_buf(&mut self.inbox),
            );
            match read.await {
                Ok(Ok(0)) | Err(_) => return Ok(None),
                Ok(result) => result.map(drop)?,
            }
        }
    }

    /// Says why there will be no session.
    pub(super) async fn refuse(&mut self, error: &Error) -> io::Result<()> {
        let mut out = BytesMut::new();
        put_error(&mut out, "FATAL", error, None);
        self.socket.write_all(&out).await?;
        self.socket.shutdown().await
    }
}

/// One client's connection.
pub(super) struct Connection {
    socket: Box<dyn Socket>,
    inbox: BytesMut,
    out: BytesMut,
    exchange: Arc<Mutex<Exchange>>,
    canceller: Canceller,
    stop: watch::Receiver<bool>,
    /// After an error in the extended protocol: skip until Sync.
    skipping: bool,
    /// Between ReadyForQuery and the client's next message: notifications may be sent.
    idle: bool,
    /// Says that a notification has arrived.
    notified: Arc<Notify>,
}

/// Why the loop of a client ends.
enum End {
    /// The client said goodbye or vanished.
    Gone,
    /// The client is told why.
    Fatal(Error),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        End::Gone
    }
}

/// Serves a client from its start-up packet to its end.
pub(super) async fn serve(
    mut greeting: Greeting,
    platform: Arc<Platform>,
    sessions: Arc<Sessions>,
    settings: Vec<(String, String)>,
    minor: u16,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let opened = {
        let platform = Arc::clone(&platform);
        let settings = settings.clone();
        tokio::task::spawn_blocking(move || startup::open(&platform, &settings)).await
    };
    let mut session = match opened {
        Ok(Ok(session)) => session,
        Ok(Err(error)) => return greeting.refuse(&error).await,
        Err(_) => return greeting.refuse(&Error::internal("opening the session failed")).await,
    };
    let canceller = session.canceller();
    let key = sessions.enter(canceller.clone());
    let mut out = BytesMut::new();
    let unknown: Vec<&str> =
        settings.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("_pq_.")).collect();
    if minor > 0 || !unknown.is_empty() {
        // Version 3.0 is spoken, none of the newer options.
        put(&mut out, b'v', |out| {
            out.put_u32(196_608);
            out.put_u32(unknown.len() as u32);
            unknown.iter().for_each(|name| put_text(out, name));
        });
    }
    put(&mut out, b'R', |out| out.put_u32(0));
    for (name, setting) in REPORTED {
        put_parameter(&mut out, name, session.setting(setting).unwrap_or_default());
    }
    put(&mut out, b'K', |out| {
        out.put_i32(key.pid);
        out.put_i32(key.secret);
    });
    let notified = Arc::new(Notify::new());
    let wake = Arc::clone(&notified);
    session.attach(key.pid, move || wake.notify_one());
    let mut exchange = Exchange::new(session);
    exchange.put_ready(&mut out);
    let mut connection = Connection {
        socket: greeting.socket,
        inbox: greeting.inbox,
        out,
        exchange: Arc::new(Mutex::new(exchange)),
        canceller,
        stop,
        skipping: false,
        idle: true,
        notified,
    };
    let end = connection.run().await;
    if let Err(End::Fatal(error)) = end {
        let mut out = std::mem::take(&mut connection.out);
        put_error(&mut out, "FATAL", &error, None);
        // The client may be gone already; there is nobody else to tell.
        let _ = connection.socket.write_all(&out).await;
        let _ = connection.socket.shutdown().await;
    }
    let Connection { exchange, .. } = connection;
    // Closing a session may wait for the engine.
    let _ = tokio::task::spawn_blocking(move || drop(exchange)).await;
    drop(key);
    Ok(())
}

impl Connection {
    async fn run(&mut self) -> Result<(), End> {
        self.flush().await?;
        loop {
            match frame::next(&mut self.inbox) {
                Ok(Some(Frontend::Terminate)) => return Ok(()),
                Ok(Some(message)) => self.answer(message).await?,
                Ok(None) => self.read().await?,
                Err(FrameError { error, fatal: true, .. }) => return Err(End::Fatal(error)),
                Err(FrameError { error, extended, .. }) => {
                    if extended {
                        self.exchange.lock().put_failure(&error, None, &mut self.out);
                        self.skipping = true;
                    } else {
                        let mut exchange = self.exchange.lock();
                        exchange.session.fail();
                        put_error(&mut self.out, "ERROR", &error, None);
                        exchange.put_ready(&mut self.out);
                    }
                    self.flush().await?;
                }
            }
        }
    }

    async fn flush(&mut self) -> Result<(), End> {
        if !self.out.is_empty() {
            self.socket.write_all(&self.out).await?;
            self.out.clear();
            self.socket.flush().await?;
        }
        Ok(())
    }

    /// Waits for more of the client's bytes.
    async fn read(&mut self) -> Result<(), End> {
        let shutdown = || {
            Error::new(ErrorKind::Unavailable, "terminating connection due to administrator command")
                .state("57P01")
                .hint("the server is shutting down; reconnect when it is back")
        };
        if *self.stop.borrow() {
            return Err(End::Fatal(shutdown()));
        }
        tokio::select! {
            read = self.socket.read_buf(&mut self.inbox) => match read? {
                0 => Err(End::Gone),
                _ => Ok(()),
            },
            _ = self.notified.notified(), if self.idle => {
                self.exchange.lock().put_notifications(&mut self.out);
                self.flush().await
            }
            _ = self.stop.changed() => Err(End::Fatal(shutdown())),
        }
    }

    async fn answer(&mut self, message: Frontend) -> Result<(), End> {
        if self.skipping && !matches!(message, Frontend::Sync) {
            return Ok(());
        }
        self.idle = false;
        let ends = matches!(message, Frontend::Query(_) | Frontend::Sync | Frontend::FunctionCall);
        self.respond(message).await?;
        self.idle = ends;
        Ok(())
    }

    async fn respond(&mut self, message: Frontend) -> Result<(), End> {
        match message {
            Frontend::Query(sql) => {
                let mut pending = self.work(move |exchange, out| Ok(exchange.simple(sql, out))).await?;
                self.flush().await?;
                loop {
                    pending = match pending {
                        Some(Pending::Simple(simple)) => {
                            self.work(move |exchange, out| Ok(exchange.simple_step(simple, out))).await?
                        }
                        Some(Pending::CopyIn) => {
                            let (data, end) = self.copied().await?;
                            self.work(move |exchange, out| exchange.copy_step(&data, end, out)).await?
                        }
                        other => {
                            pending = other;
                            break;
                        }
                    };
                    self.flush().await?;
                }
                if pending.is_none() {
                    // The work itself failed: the client still waits for ReadyForQuery.
                    self.skipping = false;
                    self.exchange.lock().sync(&mut self.out);
                    self.flush().await?;
                }
            }
            Frontend::Parse { name, sql, types } => {
                let text = sql.clone();
                self.extended(Some(text), move |exchange, out| {
                    exchange.parse(name, sql, types, out).map(|()| Pending::Nothing)
                })
                .await?;
            }
            Frontend::Bind { portal, statement, formats, params, results } => {
                self.extended(None, move |exchange, out| {
                    exchange.bind(portal, &statement, &formats, &params, &results, out).map(|()| Pending::Nothing)
                })
                .await?;
            }
            Frontend::Describe(target) => {
                self.extended(None, move |exchange, out| exchange.describe(&target, out).map(|()| Pending::Nothing))
                    .await?;
            }
            Frontend::Execute { portal, rows_max } => self.execute(portal, rows_max).await?,
            Frontend::Close(target) => {
                self.extended(None, move |exchange, out| {
                    exchange.close(&target, out);
                    Ok(Pending::Nothing)
                })
                .await?;
            }
            Frontend::Sync => {
                self.skipping = false;
                self.work(|exchange, out| {
                    exchange.sync(out);
                    Ok(Pending::Nothing)
                })
                .await?;
                self.flush().await?;
            }
            Frontend::Flush => self.flush().await?,
            Frontend::FunctionCall => {
                let error = Error::new(ErrorKind::Unsupported, "the function call protocol is not offered")
                    .hint("call functions with SELECT");
                put_error(&mut self.out, "ERROR", &error, None);
                self.exchange.lock().put_ready(&mut self.out);
                self.flush().await?;
            }
            Frontend::CopyData(_)
            | Frontend::CopyDone
            | Frontend::CopyFail(_)
            | Frontend::Password
            | Frontend::Terminate => {}
        }
        Ok(())
    }

    async fn execute(&mut self, portal: String, rows_max: u32) -> Result<(), End> {
        let alone = frame::peek(&self.inbox) == Some(b'S');
        let sql = self.exchange.lock().portal_sql(&portal);
        let mut pending =
            self.extended(sql.clone(), move |exchange, out| exchange.execute(portal, rows_max, alone, out)).await?;
        loop {
            pending = match pending {
                Some(Pending::Execute { portal, left, sent }) => {
                    self.flush().await?;
                    let step = move |exchange: &mut Exchange, out: &mut BytesMut| {
                        exchange.execute_step(portal, left, sent, out)
                    };
                    self.extended(sql.clone(), step).await?
                }
                Some(Pending::CopyIn) => {
                    self.flush().await?;
                    let (data, end) = self.copied().await?;
                    self.extended(sql.clone(), move |exchange, out| exchange.copy_step(&data, end, out)).await?
                }
                _ => return Ok(()),
            }
        }
    }

    /// The next piece of the data of a COPY, and its end if it has come.
    async fn copied(&mut self) -> Result<(BytesMut, Option<CopyEnd>), End> {
        let mut data = BytesMut::new();
        loop {
            match frame::next(&mut self.inbox) {
                Ok(Some(Frontend::CopyData(piece))) => data.extend_from_slice(&piece),
                Ok(Some(Frontend::CopyDone)) => return Ok((data, Some(CopyEnd::Done))),
                Ok(Some(Frontend::CopyFail(reason))) => {
                    let error =
                        Error::new(ErrorKind::State, format!("COPY from stdin failed: {reason}")).state("57014");
                    return Ok((data, Some(CopyEnd::Failed(error))));
                }
                // Drivers send these behind Execute before they know that it is a COPY.
                Ok(Some(Frontend::Sync | Frontend::Flush)) => {}
                Ok(Some(Frontend::Terminate)) => return Err(End::Gone),
                Ok(Some(_)) => {
                    let error = Error::new(ErrorKind::InvalidInput, "unexpected message during COPY from stdin")
                        .state("08P01")
                        .hint("end the data with CopyDone or CopyFail first");
                    return Ok((data, Some(CopyEnd::Failed(error))));
                }
                Ok(None) if !data.is_empty() => return Ok((data, None)),
                Ok(None) => self.read().await?,
                Err(FrameError { error, fatal: true, .. }) => return Err(End::Fatal(error)),
                Err(FrameError { error, .. }) => return Ok((data, Some(CopyEnd::Failed(error)))),
            }
            if data.len() >= COPY_BYTES {
                return Ok((data, None));
            }
        }
    }

    /// Runs a step of the extended protocol; an error is sent at once and starts the skipping.
    async fn extended(
        &mut self,
        sql: Option<String>,
        step: impl FnOnce(&mut Exchange, &mut BytesMut) -> Result<Pending, Error> + Send + 'static,
    ) -> Result<Option<Pending>, End> {
        let done = self
            .work(move |exchange, out| {
                step(exchange, out).inspect_err(|error| exchange.put_failure(error, sql.as_deref(), out))
            })
            .await?;
        if done.is_none() {
            self.skipping = true;
            self.flush().await?;
        }
        Ok(done)
    }

    /// Runs `step` on a blocking thread while watching the socket: a client that vanishes stops the
    /// engine. `None` when the step failed; its error is in the buffer. A panic is such a failure.
    async fn work(
        &mut self,
        step: impl FnOnce(&mut Exchange, &mut BytesMut) -> Result<Pending, Error> + Send + 'static,
    ) -> Result<Option<Pending>, End> {
        let exchange = Arc::clone(&self.exchange);
        let mut out = std::mem::take(&mut self.out);
        let mut task = tokio::task::spawn_blocking(move || {
            let mut exchange = exchange.lock();
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| step(&mut exchange, &mut out)));
            let result = result.unwrap_or_else(|_| {
                let error = Error::internal("the statement failed inside the server");
                exchange.put_failure(&error, None, &mut out);
                Err(error)
            });
            (result, out)
        });
        let mut gone = false;
        let mut told = false;
        loop {
            let listen = !gone && self.inbox.len() < AHEAD_BYTES_MAX;
            tokio::select! {
                done = &mut task => {
                    let Ok((result, out)) = done else {
                        return Err(End::Fatal(Error::internal("the statement failed inside the server")));
                    };
                    self.out = out;
                    return if gone { Err(End::Gone) } else { Ok(result.ok()) };
                }
                read = self.socket.read_buf(&mut self.inbox), if listen => {
                    if !matches!(read, Ok(n) if n > 0) {
                        gone = true;
                        self.canceller.cancel(CancelReason::User);
                    }
                }
                _ = tokio::time::sleep(std::time::Duration::from_millis(200)), if gone => {
                    // The statement may have started only after the first interrupt.
                    self.canceller.cancel(CancelReason::User);
                }
                _ = self.stop.changed(), if !told => told = true,
            }
        }
    }
}
