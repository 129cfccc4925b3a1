//! Deadlines of statements: one thread that interrupts sessions whose time is up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::session::{CancelReason, Canceller};

/// Watches the deadlines of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    watched: Mutex<Watched>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Watched {
    deadlines: BTreeMap<(Instant, u64), Canceller>,
    next: u64,
    closed: bool,
}

/// A deadline that is in force until dropped.
pub(crate) struct Deadline {
    watchdog: Arc<Watchdog>,
    key: (Instant, u64),
}

impl Watchdog {
    /// Interrupts through `canceller` after `time`, unless the result is dropped before.
    pub(crate) fn watch(self: &Arc<Self>, time: Duration, canceller: Canceller) -> Deadline {
        let mut watched = self.watched.lock();
        watched.next += 1;
        let key = (Instant::now() + time, watched.next);
        watched.deadlines.insert(key, canceller);
        self.changed.notify_one();
        Deadline { watchdog: Arc::clone(self), key }
    }

    /// Runs until [`Watchdog::close`].
    pub(crate) fn run(&self) {
        let mut watched = self.watched.lock();
        while !watched.closed {
            let now = Instant::now();
            match watched.deadlines.first_key_value().map(|(key, _)| *key) {
                Some(key) if key.0 <= now => {
                    if let Some(canceller) = watched.deadlines.remove(&key) {
                        canceller.cancel(CancelReason::Timeout);
                    }
                }
                Some(key) => {
                    self.changed.wait_until(&mut watched, key.0);
                }
                None => self.changed.wait(&mut watched),
            }
        }
    }

    pub(crate) fn close(&self) {
        self.watched.lock().closed = true;
        self.changed.notify_all();
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.watchdog.watched.lock().deadlines.remove(&self.key);
    }
}
