//! What who empties a spool hears of it.

use crate::document::Receipt;
use crate::spool::Entry;
use std::time::Duration;

/// What happens while a spool is emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadEvent {
    /// A payload is being sent.
    Sending {
        /// Which.
        entry: Entry,
        /// How many wait, this one included.
        waiting: usize,
    },
    /// The server has it.
    Stored {
        /// Which.
        entry: Entry,
        /// The server's word for it.
        receipt: Receipt,
        /// Whether the server had it already.
        duplicate: bool,
    },
    /// It was set aside and will not be sent again.
    SetAside {
        /// Which.
        entry: Entry,
        /// One sentence.
        why: String,
        /// Whether it was damaged on this machine's disk; else the server would not take it.
        damaged: bool,
    },
    /// It waits on, while others are sent: it cannot be read, is too large for somebody on the way, or the server did not take
    /// it or was lost over it several times.
    PassedOver {
        /// Which.
        entry: Entry,
        /// One sentence.
        why: String,
    },
    /// It did not work this time.
    Waiting {
        /// Until the next try.
        wait: Duration,
        /// One sentence.
        why: String,
    },
}

/// Why an [`Uploader`](crate::client::blocking::Uploader) ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrainEnd {
    /// The spool is empty.
    Empty,
    /// The stop flag was set.
    Stopped,
    /// It was not allowed any more, see [`Uploader::while_allowed`](crate::client::blocking::Uploader::while_allowed).
    Halted,
    /// Too many failures in a row; the rest waits for the next time.
    GaveUp(String),
    /// The server does not trust this client; the rest waits for the enrolment.
    Untrusted(String),
    /// The server is there, for others or for all else, and what comes first it did not take several times, or it is too large
    /// for somebody on the way; each such is tried again after a wait of its own.
    Stuck(String),
    /// Something is set up wrongly, or what is left cannot be read; it waits for a person.
    Misconfigured(String),
}

/// What an [`Uploader`](crate::client::blocking::Uploader) did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrainReport {
    /// Payloads that the server has now.
    pub stored: usize,
    /// Payloads among them that it had already.
    pub duplicates: usize,
    /// Payloads that were set aside.
    pub set_aside: usize,
    /// Payloads among them that were damaged on this machine's disk and not sent.
    pub damaged: usize,
    /// Why it ended.
    pub end: DrainEnd,
    /// After [`DrainEnd::GaveUp`]: how long the server is to be left alone, as it asked or as the back-off has it.
    pub leave_alone: Duration,
}
