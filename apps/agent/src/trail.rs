//! What this agent did, as its audit log has it: entries of its own, and each exchange with the server.
//!
//! An exchange is written down at once. One that comes out as the last one about the same thing did, such as a poll that finds
//! nothing, a server that is away, or one more piece of a file, is counted, and told with the others of an hour: neither
//! idleness nor a server that gives little at a time must fill the log.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::identity::{self, Registered};
use crate::survey::now;
use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use remote_services_transport::audit::{AuditError, AuditLimits, AuditLog, CheckpointKey, History};
use remote_services_transport::client::{ClientError, Exchange, Observe};
use remote_services_transport::document::AuditStand;
use remote_services_transport::enrol::Identity;
use remote_services_transport::exchange::Method;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The audit log, its checkpoints signed by this client's key. One that was edited, cut or removed says so from then on, and
/// so does this.
///
/// # Errors
/// When the disk fails, or the present file of the log does not hold together.
pub fn open_audit(home: &Home, identity: &Identity) -> Result<AuditLog, Failure> {
    let signer = Box::new(identity.key.duplicate());
    let own = CheckpointKey::from_spki(&identity.key.public_spki()).context("this client's key")?;
    let history = match identity::exists(home) {
        true => {
            let known = history(home)?;
            History { keys: own.or(known.keys), ..known }
        }
        // It is being registered.
        false => History { keys: own, copy: Some(home.audit_mark()), begun: false },
    };
    let log = AuditLog::open_signed(&home.audit(), AuditLimits::default(), signer, &history, now())
        .map_err(|error| {
            let what_to_do = match &error {
                AuditError::Chain { path, .. } => format!(
                    ". Bring {0} back from a backup, or move it aside, for whoever asks what was in it: another one begins, and \
                     audit verify says that this one is missing",
                    path.display()
                ),
                _ => String::new(),
            };
            Failure::failed(format_args!("audit log: {error}{what_to_do}"))
        })?;
    tell_broken(&log);
    Ok(log)
}

fn tell_broken(log: &AuditLog) {
    if let Some(from) = log.broken() {
        tell!("the audit log cannot be believed from entry {from} on: audit verify says why");
    }
}

/// What the audit log of a registered agent is held against.
///
/// # Errors
/// When the identity cannot be read.
pub fn history(home: &Home) -> Result<History, Failure> {
    let Registered { certificate, earlier, .. } = identity::registered(home)?;
    let of = |der: &Vec<u8>| CheckpointKey::from_certificate(der).context("this client's certificate");
    let mut keys = of(&certificate)?;
    for der in &earlier {
        keys = keys.or(of(der)?);
    }
    Ok(History { keys, copy: Some(home.audit_mark()), begun: true })
}

/// The audit log in the hands of all who write in it. Before there is a log, what is to be in it waits.
#[derive(Clone, Default)]
pub struct Trail(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    log: Option<AuditLog>,
    /// From which entry on it was found, when that was last looked at, that the log cannot be believed.
    broken: Option<u64>,
    /// What each was about that was asked lately, and what it came to; the one that was asked last is the last.
    runs: VecDeque<Run>,
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
}

/// Exchanges about one thing with one outcome, after the first of them.
struct Run {
    subject: String,
    outcome: String,
    since: Timestamp,
    last: Timestamp,
    count: u64,
    sent: u64,
    received: u64,
}

impl Trail {
    /// Writes in this log from now on.
    pub fn begin(&self, log: AuditLog) {
        let mut book = self.book();
        (book.broken, book.log) = (log.broken(), Some(log));
        book.catch_up();
    }

    /// Adds an entry, durably once there is a log.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn append(&self, now: Timestamp, event: &str, subject: &str, text: &str) -> Result<(), AuditError> {
        let mut book = self.book();
        book.catch_up();
        if let Some(log) = &mut book.log {
            let added = log.append(now, event, subject, text);
            book.tell_broken();
            return added;
        }
        let (event, subject, text) = (event.to_owned(), subject.to_owned(), text.to_owned());
        book.put(Line { at: now, event, subject, text });
        Ok(())
    }

    /// Signs where the log stands: what is in it now cannot be cut off unnoticed.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn checkpoint(&self, now: Timestamp) -> Result<(), AuditError> {
        let mut book = self.book();
        book.tell_runs(|run| now.since(run.since) >= LONGEST_RUN);
        book.catch_up();
        let signed = book.log.as_mut().map_or(Ok(()), |log| log.checkpoint(now));
        book.tell_broken();
        signed
    }

    /// Writes down what was only counted so far, and signs: this process may end without being asked.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn settle(&self, now: Timestamp) -> Result<(), AuditError> {
        self.book().tell_runs(|_| true);
        self.checkpoint(now)
    }

    /// A number that only grows, which whoever removes a file of the state does not make the agent forget; 0 when nobody set it.
    #[must_use]
    pub fn mark(&self, name: &str) -> u64 {
        self.book().log.as_ref().map_or(0, |log| log.mark(name))
    }

    /// Sets such a number, durably; a lower one changes nothing.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn set_mark(&self, name: &str, mark: u64, now: Timestamp) -> Result<(), AuditError> {
        self.book().log.as_mut().map_or(Ok(()), |log| log.set_mark(name, mark, now))
    }

    /// Where the log stands.
    #[must_use]
    pub fn stand(&self) -> Option<AuditStand> {
        let book = self.book();
        let log = book.log.as_ref()?;
        let head = log.head();
        let hash = hex::encode(&head.hash);
        Some(AuditStand { entries: head.entries, hash, broken: log.broken(), time: Some(now()) })
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

/// What an entry has of an exchange.
struct Seen<'a> {
    method: Method,
    peer: &'a str,
    path: &'a str,
    outcome: Result<u16, &'a ClientError>,
    sent: u64,
    received: u64,
    ms: u128,
}

impl Book {
    fn note(&mut self, seen: &Seen<'_>, at: Timestamp) {
        let Seen { method, peer, path, sent, received, ms, .. } = *seen;
        let subject = format!("{} {peer}{path}", method.as_str());
        // Whatever changes something stands there with its own moment.
        let (outcome, quiet) = match seen.outcome {
            Ok(status) => (status.to_string(), method == Method::Get && COUNTED.contains(&status)),
            Err(error) => (error.to_string(), true),
        };
        let known = self.runs.iter().position(|run| run.subject == subject);
        let mut known = known.and_then(|at| self.runs.remove(at));
        if let Some(run) = known.as_mut().filter(|run| quiet && run.outcome == outcome) {
            run.count += 1;
            run.last = at;
            (run.sent, run.received) = (run.sent + sent, run.received + received);
        } else {
            if let Some(line) = known.take().and_then(Run::line) {
                self.put(line);
            }
            let text = format!("{outcome}; {sent} octets sent, {received} received, {ms} ms");
            self.put(Line { at, event: EXCHANGE.to_owned(), subject: subject.clone(), text });
        }
        if quiet {
            self.runs.push_back(known.unwrap_or(Run {
                subject,
                outcome,
                since: at,
                last: at,
                count: 0,
                sent: 0,
                received: 0,
            }));
        }
        while self.runs.len() > MOST_RUNS {
            if let Some(line) = self.runs.pop_front().and_then(Run::line) {
                self.put(line);
            }
        }
        self.tell_runs(|run| at.since(run.since) >= LONGEST_RUN);
        self.catch_up();
    }

    /// Tells of runs that this holds for, and lets them begin anew.
    fn tell_runs(&mut self, is_over: impl Fn(&Run) -> bool) {
        for at in 0..self.runs.len() {
            if let Some(run) = self.runs.get_mut(at).filter(|run| is_over(run)) {
                let begun = Run {
                    subject: run.subject.clone(),
                    outcome: run.outcome.clone(),
                    since: run.last,
                    last: run.last,
                    count: 0,
                    sent: 0,
                    received: 0,
                };
                if let Some(line) = std::mem::replace(run, begun).line() {
                    self.put(line);
                }
            }
        }
    }

    /// Says that somebody was at the log while it was open.
    fn tell_broken(&mut self) {
        if let Some(log) = self.log.as_ref().filter(|log| log.broken() != self.broken) {
            self.broken = log.broken();
            tell_broken(log);
        }
    }

    fn put(&mut self, line: Line) {
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
            self.lost += 1;
        }
        self.waiting.push_back(line);
    }

    /// Writes what waits, as far as the disk lets it; the rest waits on. Whoever adds an entry hears of the disk.
    fn catch_up(&mut self) {
        let Some(log) = &mut self.log else { return };
        if self.lost > 0 {
            let text = format!("{} entries could not be written down", self.lost);
            if log.append_lazily(now(), EXCHANGE, "audit log", &text).is_err() {
                return;
            }
            self.lost = 0;
        }
        while let Some(Line { at, event, subject, text }) = self.waiting.front() {
            if log.append_lazily(*at, event, subject, text).is_err() {
                return;
            }
            self.waiting.pop_front();
        }
    }
}

impl Run {
    /// Those after the first, in an entry.
    fn line(self) -> Option<Line> {
        let Self { subject, outcome, since, last, count, sent, received } = self;
        let text = format!(
            "{outcome}; the same {count} times more since {since}; {sent} octets sent, {received} received"
        );
        (count > 0).then_some(Line { at: last, event: EXCHANGE.to_owned(), subject, text })
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        self.tell_runs(|_| true);
        self.catch_up();
    }
}

/// What such an entry is called.
const EXCHANGE: &str = "exchange";
/// Answers to GET that say nothing new, or give, or lead to, one more piece of a file.
const COUNTED: [u16; 5] = [204, 206, 304, 307, 308];
/// How long equal exchanges are counted before they are told.
const LONGEST_RUN: Duration = Duration::from_secs(60 * 60);
/// How many things are remembered that something was asked about.
const MOST_RUNS: usize = 64;
/// How many exchanges wait for the log, or for room on the disk.
const MOST_WAITING: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn trail(folder: &tempfile::TempDir) -> Trail {
        let trail = Trail::default();
        trail.begin(AuditLog::open(&folder.path().join("audit.log"), at(0)).unwrap());
        trail
    }

    fn entries(folder: &tempfile::TempDir) -> Vec<String> {
        let text = std::fs::read_to_string(folder.path().join("audit.log")).unwrap();
        text.lines().map(|line| line[65..].to_owned()).collect()
    }

    /// So many polls, a minute apart, by what they come to.
    fn polls(trail: &Trail, from: i64, count: i64, outcome: Result<u16, &ClientError>) {
        for nth in from..from + count {
            trail.take_at(Method::Get, "/commands", outcome, at(nth * 60));
        }
    }

    impl Trail {
        fn take_at(&self, method: Method, path: &str, outcome: Result<u16, &ClientError>, at: Timestamp) {
            self.book()
                .note(&Seen { method, peer: "server:443", path, outcome, sent: 3, received: 5, ms: 7 }, at);
        }
    }

    #[test]
    fn idle_polls_of_a_year_are_a_few_entries_an_hour_and_what_differs_stands_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let trail = trail(&folder);
        polls(&trail, 0, 600, Ok(304));
        assert!(entries(&folder).len() <= 11, "{:?}", entries(&folder));
        assert!(entries(&folder)[1].contains("304; the same 60 times more"), "{:?}", entries(&folder)[1]);
        let before = entries(&folder).len();
        polls(&trail, 600, 1, Ok(200));
        polls(&trail, 601, 1, Ok(304));
        let all = entries(&folder);
        assert_eq!(all.len(), before + 3, "those counted, what differs, and the first of the next: {all:?}");
        assert!(
            all[before].contains("the same")
                && all[before + 1].contains("200; 3 octets sent, 5 received, 7 ms")
        );
    }

    #[test]
    fn a_server_that_is_away_is_told_once_an_hour_and_each_write_stands_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let trail = trail(&folder);
        let away = ClientError::Refused { peer: "server:443".into() };
        polls(&trail, 0, 120, Err(&away));
        assert!(entries(&folder).len() <= 3, "{:?}", entries(&folder));
        for second in 7_150..7_160 {
            trail.take_at(Method::Put, "/clients/7", Ok(204), at(second));
        }
        assert!(entries(&folder).len() >= 10);
        drop(trail);
        assert!(
            entries(&folder).last().unwrap().contains("the same 59 times more"),
            "nothing counted is lost"
        );
    }

    #[test]
    fn a_file_in_a_thousand_pieces_is_two_entries_with_all_its_octets() {
        let folder = tempfile::tempdir().unwrap();
        let trail = trail(&folder);
        for _ in 0..1_000 {
            trail.take_at(Method::Get, "/artifacts/7", Ok(307), at(0));
            trail.take_at(Method::Get, "/elsewhere/7", Ok(206), at(0));
        }
        trail.take_at(Method::Get, "/elsewhere/7", Ok(404), at(0));
        drop(trail);
        let all = entries(&folder);
        assert_eq!(all.len(), 5, "{all:?}");
        let told = |what: &str| all.iter().any(|entry| entry.contains(what));
        assert!(told("206; 3 octets sent, 5 received, 7 ms") && told("404; 3 octets"), "{all:?}");
        assert!(told("206; the same 999 times more") && told("2997 octets sent, 4995 received"), "{all:?}");
        assert!(told("307; the same 999 times more"), "{all:?}");
    }

    #[test]
    fn what_happens_before_there_is_a_log_waits_for_it_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let trail = Trail::default();
        for second in 0..300 {
            trail.take_at(Method::Put, "/clients/7", Ok(204), at(second));
        }
        trail.begin(AuditLog::open(&folder.path().join("audit.log"), at(0)).unwrap());
        let all = entries(&folder);
        assert_eq!(all.len(), 257);
        assert!(all[0].contains("44 entries could not be written down"), "{}", all[0]);
    }
}
