//! LISTEN and NOTIFY: what sessions tell each other when their transactions commit.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::Session;
use crate::error::{Error, ErrorKind, Result};

/// What a listener is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The number of the session that sent it, as its door gave it.
    pub sender: i32,
    /// The channel.
    pub channel: String,
    /// The text; may be empty.
    pub payload: String,
}

type Wake = Box<dyn Fn() + Send + Sync>;

/// Notifications that wait for one session.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<VecDeque<Notification>>,
    wake: OnceLock<Wake>,
}

/// Who listens to which channel.
#[derive(Default)]
pub(crate) struct Channels {
    listeners: Mutex<HashMap<String, Vec<Arc<Inbox>>>>,
}

impl Channels {
    fn listen(&self, channel: &str, inbox: &Arc<Inbox>) {
        let mut listeners = self.listeners.lock();
        let known = listeners.entry(channel.to_owned()).or_default();
        if !known.iter().any(|other| Arc::ptr_eq(other, inbox)) {
            known.push(Arc::clone(inbox));
        }
    }

    /// Stops listening to one channel, or to all.
    fn unlisten(&self, channel: Option<&str>, inbox: &Arc<Inbox>) {
        self.listeners.lock().retain(|name, known| {
            if channel.is_none_or(|channel| channel == name) {
                known.retain(|other| !Arc::ptr_eq(other, inbox));
            }
            !known.is_empty()
        });
    }

    fn notify(&self, notification: &Notification) {
        let listeners = self.listeners.lock().get(&notification.channel).cloned().unwrap_or_default();
        for inbox in listeners {
            inbox.waiting.lock().push_back(notification.clone());
            if let Some(wake) = inbox.wake.get() {
                wake();
            }
        }
    }
}

/// What LISTEN, UNLISTEN and NOTIFY do when their transaction commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    Listen(String),
    /// `None` is all channels.
    Unlisten(Option<String>),
    Notify(Notification),
}

impl Session {
    /// Gives the session the number by which others know it, and what to call when a notification waits for it.
    pub fn attach(&mut self, number: i32, wake: impl Fn() + Send + Sync + 'static) {
        self.number = number;
        // A session has one door, which attaches it once.
        let _ = self.inbox.wake.set(Box::new(wake));
        self.show_activity();
    }

    /// The number by which others know the session.
    pub(crate) fn number(&self) -> i32 {
        self.number
    }

    /// The notifications that have arrived.
    pub fn take_notifications(&mut self) -> VecDeque<Notification> {
        std::mem::take(&mut *self.inbox.waiting.lock())
    }

    /// Does `signal` now, or with the transaction's commit.
    pub(crate) fn signal(&mut self, signal: Signal) {
        match self.transaction.as_mut() {
            // Equal notifications of one transaction are one.
            Some(transaction) if matches!(signal, Signal::Notify(_)) && transaction.signals.contains(&signal) => {}
            Some(transaction) => transaction.signals.push(signal),
            None => self.send(vec![signal]),
        }
    }

    pub(super) fn send(&self, signals: Vec<Signal>) {
        let channels = &self.platform.channels;
        for signal in signals {
            match signal {
                Signal::Listen(channel) => channels.listen(&channel, &self.inbox),
                Signal::Unlisten(channel) => channels.unlisten(channel.as_deref(), &self.inbox),
                Signal::Notify(notification) => channels.notify(&notification),
            }
        }
    }

    /// `NOTIFY` and `pg_notify`
    pub(crate) fn notification(&self, channel: &str, payload: &str) -> Result<Signal> {
        /// As in Postgres.
        const CHANNEL_BYTES_MAX: usize = 63;
        const PAYLOAD_BYTES_MAX: usize = 7_999;
        let invalid = |message: &str, hint: &str| Err(Error::new(ErrorKind::InvalidInput, message).hint(hint));
        if channel.is_empty() {
            return invalid("channel name cannot be empty", "give the channel a name");
        }
        if channel.len() > CHANNEL_BYTES_MAX {
            return invalid("channel name too long", "a channel's name has at most 63 bytes");
        }
        if payload.len() > PAYLOAD_BYTES_MAX {
            return invalid(
                "payload string too long",
                "store the text in a table and send its key: at most 7999 bytes",
            );
        }
        Ok(Signal::Notify(Notification {
            sender: self.number,
            channel: channel.to_owned(),
            payload: payload.to_owned(),
        }))
    }

    pub(crate) fn unlisten_all(&self) {
        self.platform.channels.unlisten(None, &self.inbox);
    }
}
