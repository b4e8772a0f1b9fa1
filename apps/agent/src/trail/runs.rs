//! Exchanges that are counted.

use super::budget::Budget;
use super::{EXCHANGE, HOUR, Line};
use remote_services_core::time::Timestamp;
use remote_services_transport::client::ClientError;
use remote_services_transport::exchange::Method;
use std::collections::VecDeque;
use std::time::Duration;

/// What an entry has of an exchange.
pub(super) struct Seen<'a> {
    pub(super) method: Method,
    pub(super) peer: &'a str,
    pub(super) path: &'a str,
    pub(super) outcome: Result<u16, &'a ClientError>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) ms: u128,
}

/// What was asked lately, and what it came to.
pub(super) struct Runs {
    /// The one that was asked last is the last.
    runs: VecDeque<Run>,
    /// By kind, where there was no room for a line of each.
    folded: Vec<Run>,
    /// How many stand there by themselves.
    room: Budget,
}

/// Exchanges about one thing with one outcome, after the first of them; or all that were folded.
struct Run {
    subject: String,
    outcome: String,
    since: Timestamp,
    last: Timestamp,
    count: u64,
    sent: u64,
    received: u64,
}

impl Default for Runs {
    fn default() -> Self {
        Self { runs: VecDeque::new(), folded: Vec::new(), room: Budget::new(1_024, 4_096, MINUTE) }
    }
}

impl Runs {
    /// Counts an exchange, or gives its line, with those of what was counted before.
    pub(super) fn note(&mut self, seen: &Seen<'_>, at: Timestamp) -> Vec<Line> {
        let mut lines = Vec::new();
        let subject = format!("{} {}{}", seen.method.as_str(), seen.peer, seen.path);
        let (outcome, quiet) = match seen.outcome {
            Ok(status) => (status.to_string(), seen.method == Method::Get && COUNTED.contains(&status)),
            Err(error) => (error.to_string().chars().take(LONGEST_ERROR).collect(), true),
        };
        let known = self.runs.iter().position(|run| run.subject == subject);
        let is_same = |run: &Run| quiet && run.outcome == outcome;
        if let Some(mut run) = known.and_then(|at| self.runs.remove(at)) {
            if is_same(&run) {
                run.count(seen, at);
                self.runs.push_back(run);
            } else if self.room.take(at) {
                lines.extend(run.line());
                lines.push(one(&subject, &outcome, seen, at));
                self.remember(quiet, subject, outcome, at, &mut lines);
            } else {
                self.runs.push_back(run);
                self.fold(seen, outcome, at);
            }
        } else if self.room.take(at) {
            lines.push(one(&subject, &outcome, seen, at));
            self.remember(quiet, subject, outcome, at, &mut lines);
        } else {
            self.fold(seen, outcome, at);
        }
        lines.extend(self.tell(|since| at.since(since) >= HOUR));
        lines
    }

    fn remember(
        &mut self,
        quiet: bool,
        subject: String,
        outcome: String,
        at: Timestamp,
        lines: &mut Vec<Line>,
    ) {
        if quiet {
            self.runs.push_back(Run::new(subject, outcome, at));
        }
        if self.runs.len() > MOST_RUNS {
            lines.extend(self.runs.pop_front().and_then(Run::line));
        }
    }

    /// Whoever answers for the server decides how much there is to ask: what is beyond the room is counted, whatever ids it is about.
    fn fold(&mut self, seen: &Seen<'_>, outcome: String, at: Timestamp) {
        let subject = format!("{} {}{}", seen.method.as_str(), seen.peer, without_ids(seen.path));
        let is_it =
            |run: &Run, subject: &str, outcome: &str| run.subject == subject && run.outcome == outcome;
        let known = self.folded.iter().position(|run| is_it(run, &subject, &outcome));
        let place = known.or_else(|| {
            let is_room = self.folded.len() < MOST_FOLDED;
            let (subject, outcome) =
                if is_room { (subject, outcome) } else { (OTHERS.to_owned(), VARIOUS.to_owned()) };
            let others = self.folded.iter().position(|run| is_it(run, &subject, &outcome));
            others.or_else(|| {
                self.folded.push(Run::new(subject, outcome, at));
                Some(self.folded.len() - 1)
            })
        });
        if let Some(run) = place.and_then(|place| self.folded.get_mut(place)) {
            run.count(seen, at);
        }
    }

    /// What was counted, of runs whose begin this holds for. They begin anew.
    pub(super) fn tell(&mut self, is_over: impl Fn(Timestamp) -> bool) -> Vec<Line> {
        let mut lines = Vec::new();
        for run in self.runs.iter_mut().filter(|run| is_over(run.since)) {
            let anew = Run::new(run.subject.clone(), run.outcome.clone(), run.last);
            lines.extend(std::mem::replace(run, anew).line());
        }
        let (over, kept) = std::mem::take(&mut self.folded).into_iter().partition(|run| is_over(run.since));
        self.folded = kept;
        let over: Vec<Run> = over;
        lines.extend(over.into_iter().filter_map(Run::line));
        lines
    }

    /// What this site sends of its own accord has its lines, however much it is.
    pub(super) fn earn(&mut self) {
        self.room.earn(LINES_OF_A_PAYLOAD);
    }
}

fn one(subject: &str, outcome: &str, seen: &Seen<'_>, at: Timestamp) -> Line {
    let Seen { sent, received, ms, .. } = *seen;
    let text = format!("{outcome}; {sent} octets sent, {received} received, {ms} ms");
    Line::of_exchanges(at, EXCHANGE, subject, text)
}

impl Run {
    fn new(subject: String, outcome: String, at: Timestamp) -> Self {
        Self { subject, outcome, since: at, last: at, count: 0, sent: 0, received: 0 }
    }

    fn count(&mut self, seen: &Seen<'_>, at: Timestamp) {
        (self.count, self.last) = (self.count + 1, at);
        (self.sent, self.received) = (self.sent + seen.sent, self.received + seen.received);
    }

    /// Those that were counted, in an entry.
    fn line(self) -> Option<Line> {
        let Self { subject, outcome, since, last, count, sent, received } = self;
        let text = format!(
            "{outcome}; the same {count} times more since {since}; {sent} octets sent, {received} received"
        );
        (count > 0).then(|| Line::of_exchanges(last, EXCHANGE, &subject, text))
    }
}

/// A path with `{id}` for what names one thing of many.
fn without_ids(path: &str) -> String {
    let is_digit = |octet: u8| octet.is_ascii_digit();
    let is_id = |part: &str| {
        !part.is_empty()
            && (part.bytes().all(is_digit) || (part.len() >= SHORTEST_ID && part.bytes().any(is_digit)))
    };
    path.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect::<Vec<_>>().join("/")
}

/// Answers to GET that say nothing new, or give, or lead to, one more piece of a file.
const COUNTED: [u16; 5] = [204, 206, 304, 307, 308];
/// How many things are remembered that something was asked about.
const MOST_RUNS: usize = 64;
/// How many kinds are told apart of what has no room.
const MOST_FOLDED: usize = 32;
const OTHERS: &str = "other exchanges";
const VARIOUS: &str = "various";
/// Characters of an error that are kept.
const LONGEST_ERROR: usize = 512;
const SHORTEST_ID: usize = 16;
/// A device is told of, and its payload sent.
const LINES_OF_A_PAYLOAD: u32 = 2;
const MINUTE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_kind_whatever_it_is_about() {
        for (path, kind) in [
            ("/rs/v1/clients/7b0d6a5e-4f0d-4c3e-9d8a-0123456789ab/commands", "/rs/v1/clients/{id}/commands"),
            ("/logs/17/parts/3", "/logs/{id}/parts/{id}"),
            ("/.well-known/est/simpleenroll", "/.well-known/est/simpleenroll"),
            ("/", "/"),
        ] {
            assert_eq!(without_ids(path), kind);
        }
    }
}
