//! What connections to a responder may cost.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::message::Framer;

/// Bounds for a responder that is asked over streams. Whoever goes beyond them is cut off, and nobody else notices.
/// Write `..Default::default()` after the fields that you set.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// Connections at the same time. Default 64; further ones are closed at once.
    pub connections: usize,
    /// Of these, connections from one address. Default 16.
    pub connections_of_one_source: usize,
    /// How long a connection may say nothing between two messages. Default 5 minutes.
    pub idle: Duration,
    /// How long one message may take to come, from its first octet, and one answer to leave. Default 10 s.
    pub message: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            connections: 64,
            connections_of_one_source: 16,
            idle: Duration::from_secs(300),
            message: Duration::from_secs(10),
        }
    }
}

/// Who is connected.
#[derive(Clone, Default)]
pub(super) struct Connected(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// One connection, for as long as this lives.
pub(super) struct Place {
    connected: Connected,
    from: IpAddr,
}

impl Connected {
    /// A place for one more connection, unless there are too many.
    pub(super) fn enter(&self, from: IpAddr, limits: &StreamLimits) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let same = counts.get(&from).copied().unwrap_or(0);
        if all >= limits.connections || same >= limits.connections_of_one_source {
            return None;
        }
        counts.insert(from, same + 1);
        Some(Place { connected: self.clone(), from })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connected.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.from) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.from)),
        }
    }
}

/// Until when a connection must have said something.
pub(super) struct Patience {
    limits: StreamLimits,
    since: Instant,
    inside: bool,
}

impl Patience {
    pub(super) fn new(limits: StreamLimits) -> Self {
        Self { limits, since: Instant::now(), inside: false }
    }

    /// Takes note of where the stream stands after octets came; `messages` is whether a message ended.
    pub(super) fn heard(&mut self, framer: &Framer, messages: bool) {
        if messages || self.inside != framer.is_inside() {
            self.since = Instant::now();
        }
        self.inside = framer.is_inside();
    }

    /// How long to go on waiting; zero when it is over.
    pub(super) fn left(&self) -> Duration {
        let whole = if self.inside { self.limits.message } else { self.limits.idle };
        whole.saturating_sub(self.since.elapsed())
    }
}
