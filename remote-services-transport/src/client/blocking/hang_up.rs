use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Ends an exchange from another thread, for good: its connection is cut at once, and one that is still being made asks
/// nothing any more. For one exchange at a time; clones are one.
#[derive(Clone, Debug, Default)]
pub struct HangUp(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
enum Line {
    #[default]
    Quiet,
    Open(TcpStream),
    HungUp,
}

impl HangUp {
    /// One that nobody has used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the exchange that goes on, and lets none begin.
    pub fn hang_up(&self) {
        let before = std::mem::replace(&mut *self.line(), Line::HungUp);
        if let Line::Open(tcp) = before {
            // One that the other side has closed needs no more.
            let _ = tcp.shutdown(Shutdown::Both);
        }
    }

    /// Whether it was used.
    #[must_use]
    pub fn is_hung_up(&self) -> bool {
        matches!(*self.line(), Line::HungUp)
    }

    /// An exchange begins on this connection; says whether it may.
    pub(super) fn begin(&self, tcp: &TcpStream) -> bool {
        let mut line = self.line();
        if matches!(*line, Line::HungUp) {
            return false;
        }
        // Where there is no other handle of it, the exchange ends by itself.
        *line = tcp.try_clone().map_or(Line::Quiet, Line::Open);
        true
    }

    /// It ended by itself: the connection may serve others.
    pub(super) fn end(&self) {
        let mut line = self.line();
        if matches!(*line, Line::Open(_)) {
            *line = Line::Quiet;
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
