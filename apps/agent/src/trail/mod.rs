//! What this agent did, as its logs have it: entries of its own in the audit log, and each exchange with the server in a log of
//! its own, see [`Logs`].
//!
//! An exchange is written down at once. One that comes out as the last one about the same thing did, such as a poll that finds
//! nothing, a server that is away, or one more piece of a file, is counted, and told with the others of an hour; so is what is
//! beyond a number an hour, by its kind: neither idleness nor a server must fill the log. What a server can bring about
//! without a signature has a line now and then ([`Trail::claim`]), so that nothing else is given up for it.

mod budget;
mod logs;
mod runs;
#[cfg(test)]
mod tests;

pub use logs::{AUDIT, EXCHANGES, LogLimits, Logs, Verdicts, take_along, verify};

use self::budget::Budget;
use self::logs::tell_broken;
use self::runs::{Runs, Seen};
use crate::failure::Failure;
use crate::survey::now;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_transport::audit::{AuditError, AuditLog, ChainHead};
use remote_services_transport::client::{Exchange, Observe};
use remote_services_transport::document::AuditStand;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The logs in the hands of all who write in them. Before there are any, what is to be in them waits.
#[derive(Clone, Default)]
pub struct Trail(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    logs: Option<Logs>,
    /// From which entry on it was found, when that was last looked at, that the audit log cannot be believed.
    broken: Option<u64>,
    /// Exchanges that are counted.
    runs: Runs,
    /// What the server can bring about as often as it likes, by event.
    claims: BTreeMap<String, Claims>,
    /// Entries that could not be written yet, oldest first.
    waiting: VecDeque<Line>,
    /// How many more there were.
    lost: u64,
}

struct Line {
    at: Timestamp,
    event: String,
    subject: String,
    text: String,
    is_of_exchanges: bool,
}

impl Line {
    fn of_exchanges(at: Timestamp, event: &str, subject: &str, text: String) -> Self {
        Self { is_of_exchanges: true, ..Self::of_main(at, event, subject, text) }
    }

    fn of_main(at: Timestamp, event: &str, subject: &str, text: String) -> Self {
        Self { at, event: event.to_owned(), subject: subject.to_owned(), text, is_of_exchanges: false }
    }
}

/// Entries of one event that anybody can bring about who answers for the server.
struct Claims {
    room: Budget,
    /// What had no room since the last one that was written: the newest, and since when how many others.
    over: Option<(Line, Timestamp, u64)>,
}

impl Trail {
    /// Writes in these logs from now on.
    pub fn begin(&self, logs: Logs) {
        let mut book = self.book();
        (book.broken, book.logs) = (logs.main.broken(), Some(logs));
        book.catch_up();
    }

    /// Writes in other logs from here on, which are opened while nobody writes in those of before.
    ///
    /// # Errors
    /// As the opening fails: those of before then go on.
    pub fn begin_anew(&self, open: impl FnOnce() -> Result<Logs, Failure>) -> Result<(), Failure> {
        let mut book = self.book();
        let logs = open()?;
        (book.broken, book.logs) = (logs.main.broken(), Some(logs));
        book.catch_up();
        Ok(())
    }

    /// Bounds the logs in another way, each from its next file on.
    pub fn bound(&self, limits: LogLimits) {
        if let Some(logs) = &mut self.book().logs {
            logs.main.bound(limits.main);
            logs.exchanges.bound(limits.exchanges);
        }
    }

    /// Adds an entry, durably once there is a log: one that people must be able to read later. Nobody brings it about who has
    /// not the key to sign for it.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn append(&self, now: Timestamp, event: &str, subject: &str, text: &str) -> Result<(), AuditError> {
        self.book().write(Line::of_main(now, event, subject, text.to_owned()))
    }

    /// Adds an entry that the server can bring about as often as it likes, with no signature. Some are written at once, and then one
    /// an hour, the newest, with the number of the others.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn claim(&self, now: Timestamp, event: &str, subject: &str, text: &str) -> Result<(), AuditError> {
        let mut book = self.book();
        let text = text.chars().take(LONGEST_CLAIM).collect();
        book.claim(Line::of_main(now, event, subject, text)).map_or(Ok(()), |line| book.write(line))
    }

    /// Adds what became of a payload: in the log of exchanges when the server has it. That it has not, or not yet, stands in the audit
    /// log, up to the number of [`Self::claim`].
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn payload(&self, now: Timestamp, event: &str, id: &str, text: &str) -> Result<(), AuditError> {
        let mut book = self.book();
        let in_exchanges = Line::of_exchanges(now, event, id, text.to_owned());
        if event == STORED {
            book.runs.earn();
            return book.write(in_exchanges);
        }
        let clipped = text.chars().take(LONGEST_CLAIM).collect();
        let line = book.claim(Line::of_main(now, event, id, clipped)).unwrap_or(in_exchanges);
        book.write(line)
    }

    /// Signs where the logs stand: what is in them now cannot be cut off unnoticed.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn checkpoint(&self, now: Timestamp) -> Result<(), AuditError> {
        let mut book = self.book();
        let lines = book.runs.tell(|since| now.since(since) >= HOUR);
        book.put(lines);
        book.tell_claims(|claims| claims.room.take(now));
        book.catch_up();
        let signed = book.logs.as_mut().map_or(Ok(()), |logs| logs.checkpoint(now));
        book.tell_broken();
        signed
    }

    /// Writes down what was only counted so far, and signs: this process may end without being asked.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn settle(&self, now: Timestamp) -> Result<(), AuditError> {
        self.book().tell_all();
        self.checkpoint(now)
    }

    /// A number that only grows, which whoever removes a file of the state does not make the agent forget; 0 when nobody set it.
    #[must_use]
    pub fn mark(&self, name: &str) -> u64 {
        self.book().logs.as_ref().map_or(0, |logs| logs.main.mark(name))
    }

    /// Sets such a number, durably; a lower one changes nothing.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn set_mark(&self, name: &str, mark: u64, now: Timestamp) -> Result<(), AuditError> {
        self.book().logs.as_mut().map_or(Ok(()), |logs| logs.main.set_mark(name, mark, now))
    }

    /// What was put down under this name, which nobody without the client's key can put there or back.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<String> {
        self.book().logs.as_ref()?.main.word(name).map(str::to_owned)
    }

    /// Puts down such a text.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn set_word(&self, name: &str, word: &str, now: Timestamp) -> Result<(), AuditError> {
        self.book().logs.as_mut().map_or(Ok(()), |logs| logs.main.set_word(name, word, now))
    }

    /// Where the audit log stands.
    #[must_use]
    pub fn stand(&self) -> Option<AuditStand> {
        let mut book = self.book();
        let log = &mut book.logs.as_mut()?.main;
        // Nobody is told of what a loss of power could take back.
        log.sync().ok()?;
        let head = log.head();
        let hash = hex::encode(&head.hash);
        Some(AuditStand { entries: head.entries, hash, broken: log.broken(), time: Some(now()) })
    }

    /// Holds the audit log against where it stood when the server was told of it. Says whether that shows, which was not known
    /// before, that it cannot be believed.
    pub(crate) fn hold_against(&self, told: &AuditStand) -> bool {
        let mut book = self.book();
        let (Some(logs), Some(hash)) = (&mut book.logs, hex::decode(&told.hash)) else { return false };
        let was_broken = logs.main.broken().is_some();
        let held = logs.main.hold_against(ChainHead { entries: told.entries, hash }, now());
        let is_broken = logs.main.broken().is_some();
        if let Err(error) = held {
            tell!("the audit log could not be held against what the server was told of it: {error}");
        }
        book.tell_broken();
        is_broken && !was_broken
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observe for Trail {
    fn exchanged(&self, exchange: &Exchange<'_>) {
        let Exchange { method, peer, path, outcome, sent, received, duration, .. } = *exchange;
        let ms = duration.as_millis();
        self.book().note(&Seen { method, peer, path, outcome, sent, received, ms }, now());
    }
}

impl Book {
    fn note(&mut self, seen: &Seen<'_>, at: Timestamp) {
        let lines = self.runs.note(seen, at);
        self.put(lines);
        self.catch_up();
    }

    /// Writes an entry durably, after what waits.
    fn write(&mut self, line: Line) -> Result<(), AuditError> {
        self.catch_up();
        let Some(logs) = &mut self.logs else {
            self.put([line]);
            return Ok(());
        };
        let Line { at, event, subject, text, .. } = &line;
        let added = logs.of(&line).append(*at, event, subject, text);
        self.tell_broken();
        added
    }

    /// Gives the entry back if there is room for it, with the number of those before that had none.
    fn claim(&mut self, line: Line) -> Option<Line> {
        let claims = self.claims.entry(line.event.clone()).or_default();
        if claims.room.take(line.at) {
            let over = claims.over.take().map(|(_, since, others)| (since, others + 1));
            return Some(line.with_others(over));
        }
        let over = claims.over.take().map(|(_, since, others)| (since, others + 1));
        let (since, others) = over.unwrap_or((line.at, 0));
        claims.over = Some((line, since, others));
        None
    }

    /// Writes the newest of what had no room where this says that there is some now.
    fn tell_claims(&mut self, mut has_room: impl FnMut(&mut Claims) -> bool) {
        let over: Vec<Line> = self
            .claims
            .values_mut()
            .filter_map(|claims| {
                let is_told = claims.over.is_some() && has_room(claims);
                let (line, since, others) = claims.over.take_if(|_| is_told)?;
                Some(line.with_others((others > 0).then_some((since, others))))
            })
            .collect();
        self.put(over);
    }

    fn tell_all(&mut self) {
        let lines = self.runs.tell(|_| true);
        self.put(lines);
        self.tell_claims(|_| true);
    }

    /// Says that somebody was at a log while it was open.
    fn tell_broken(&mut self) {
        let Some(logs) = &mut self.logs else { return };
        // If it cannot be written now, it is with the next entry.
        let _ = logs.take_doubts(now());
        if logs.main.broken() != self.broken {
            self.broken = logs.main.broken();
            tell_broken(&logs.main);
        }
    }

    fn put(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            if self.waiting.len() >= MOST_WAITING {
                self.waiting.pop_front();
                self.lost += 1;
            }
            self.waiting.push_back(line);
        }
    }

    /// Writes what waits, as far as the disk lets it; the rest waits on. Whoever adds an entry hears of the disk.
    fn catch_up(&mut self) {
        let Some(logs) = &mut self.logs else { return };
        if self.lost > 0 {
            let text = format!("{} entries could not be written down", self.lost);
            if logs.exchanges.append_lazily(now(), EXCHANGE, "audit log", &text).is_err() {
                return;
            }
            self.lost = 0;
        }
        while let Some(line) = self.waiting.front() {
            let Line { at, event, subject, text, .. } = line;
            if logs.of(line).append_lazily(*at, event, subject, text).is_err() {
                return;
            }
            self.waiting.pop_front();
        }
    }
}

impl Line {
    fn with_others(mut self, others: Option<(Timestamp, u64)>) -> Self {
        if let Some((since, count)) = others {
            self.text += &format!("; {count} more of the kind since {since}");
        }
        self
    }
}

impl Logs {
    fn of(&mut self, line: &Line) -> &mut AuditLog {
        if line.is_of_exchanges { &mut self.exchanges } else { &mut self.main }
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self { room: Budget::new(MOST_CLAIMS, MOST_CLAIMS, HOUR), over: None }
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        self.tell_all();
        self.catch_up();
    }
}

/// What an entry about an exchange is called.
const EXCHANGE: &str = "exchange";
/// What one is called about a payload that the server has.
const STORED: &str = "stored";
/// How long what is equal is counted before it is told.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How many entries of one event the server can bring about at once, before it is one an hour.
const MOST_CLAIMS: u32 = 32;
/// Characters of such an entry.
const LONGEST_CLAIM: usize = 1_024;
/// How many entries wait for the logs, or for room on the disk.
const MOST_WAITING: usize = 256;
