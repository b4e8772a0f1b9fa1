//! Asking for commands, at the pace that the server sets.
//!
//! ```text
//! ┌▶ GET commands (If-None-Match, Prefer: wait) ─▶ 200 list ──────────────▶ new or cancelled commands ─┐
//! │                                            ╲─▶ 201 204 304 ───────────▶ nothing ────────────────────┤
//! │                                            ╲─▶ 401 403 ───────────────▶ untrusted ─┐                │
//! │                                            ╲─▶ another, not readable ─▶ failed ────┤                │
//! │                                            ╲─▶ no answer ─────────────▶ failed ─┐  │                │
//! ├── wait: back-off ◀──────────────────────────────────────────────────────────────┘  │                │
//! ├── wait: back-off, Retry-After, and never less than the pace ◀──────────────────────┘                │
//! └── wait: Next-Poll + jitter, within bounds ◀─────────────────────────────────────────────────────────┘
//! ```

use crate::document::{CommandEntry, CommandList, NextPoll, expand, names};
use crate::exchange::{Answer, Method, Request};
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::backoff::Backoff;
use std::collections::VecDeque;
use std::time::Duration;
use uuid::Uuid;

/// The poll of one client.
#[derive(Clone, Debug)]
pub struct Poll {
    client: Uuid,
    etag: Option<String>,
    backoff: Backoff,
    pace: NextPoll,
    /// Commands for which the server was waited for in vain.
    put_off: PutOff,
    /// Commands whose reports were not taken.
    #[cfg(feature = "client")]
    late: PutOff,
}

/// Commands that were tried in vain, those whose last try is longest ago first. All others go before them, so that none that never
/// works keeps another from its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOff(VecDeque<Uuid>);

impl PutOff {
    /// Notes that one was tried in vain just now. Of more than [`MAX_PUT_OFF`] the first is forgotten.
    pub fn add(&mut self, command: Uuid) {
        self.remove(command);
        if self.0.len() == MAX_PUT_OFF {
            self.0.pop_front();
        }
        self.0.push_back(command);
    }

    /// Notes that one is not tried in vain any more.
    pub fn remove(&mut self, command: Uuid) {
        self.0.retain(|other| *other != command);
    }

    /// The place of a command: 0 of one that was not put off, which comes first.
    #[must_use]
    pub fn place(&self, command: Uuid) -> usize {
        self.0.iter().position(|other| *other == command).map_or(0, |place| place + 1)
    }

    /// In their order.
    pub fn iter(&self) -> impl Iterator<Item = Uuid> {
        self.0.iter().copied()
    }
}

impl FromIterator<Uuid> for PutOff {
    fn from_iter<I: IntoIterator<Item = Uuid>>(commands: I) -> Self {
        let mut all = Self::default();
        commands.into_iter().for_each(|command| all.add(command));
        all
    }
}

/// What one poll brought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PollOutcome {
    /// The list changed.
    Commands(CommandList),
    /// Nothing new.
    Nothing,
    /// The client is not, or no longer, trusted.
    Untrusted(String),
    /// It did not work; later it may.
    Failed {
        /// What to do about it.
        step: NextStep,
        /// One sentence.
        why: String,
    },
}

impl Poll {
    /// A poll that knows nothing yet. `pace` holds until the server says otherwise.
    #[must_use]
    pub fn new(client: Uuid, pace: NextPoll) -> Self {
        Self {
            client,
            etag: None,
            backoff: Backoff::PROTOCOL,
            pace,
            put_off: PutOff::default(),
            #[cfg(feature = "client")]
            late: PutOff::default(),
        }
    }

    /// The same with commands that were put off before, as an earlier poll had them in [`Poll::put_off_so_far`].
    #[must_use]
    pub fn with_put_off(self, put_off: PutOff) -> Self {
        Self { put_off, ..self }
    }

    /// What to ask; `wait` lets the server hold the answer for that long (RFC 7240 §4.3).
    #[must_use]
    pub fn request(&self, template: &str, wait: Option<Duration>) -> Request<'static> {
        let path = expand(template, &[("client", &self.client.to_string())]);
        let mut request = Request::new(Method::Get, path).with("accept", names::JSON);
        if let Some(etag) = &self.etag {
            request = request.with("if-none-match", etag.clone());
        }
        match wait {
            Some(wait) => request.with("prefer", format!("wait={}", wait.as_secs())),
            None => request,
        }
    }

    /// Takes the answer in, or what to do about there being none and one sentence about why, and says when to ask again. `random` is a
    /// fresh random number.
    pub fn handle(
        &mut self,
        answer: Result<&Answer, (NextStep, String)>,
        random: u64,
    ) -> (PollOutcome, Duration) {
        let answer = match answer {
            Ok(answer) => answer,
            Err((step, why)) => {
                return (PollOutcome::Failed { step, why }, self.backoff.next_wait(random, None));
            }
        };
        if let Some(pace) = answer.next_poll() {
            self.pace = pace;
        }
        let outcome = match (next_step(Outcome::Status(answer.status)), answer.status) {
            (NextStep::GoOn, 200) => match serde_json::from_slice(&answer.body) {
                Ok(list) => {
                    self.etag = answer.etag().map(str::to_owned);
                    PollOutcome::Commands(list)
                }
                Err(error) => PollOutcome::Failed {
                    step: NextStep::Unknown,
                    why: format!("the list of commands cannot be read: {error}"),
                },
            },
            // 204 says that the list is empty now, so what the tag stood for is gone.
            (NextStep::GoOn, 204) => {
                self.etag = answer.etag().map(str::to_owned);
                PollOutcome::Nothing
            }
            (NextStep::GoOn, _) => PollOutcome::Nothing,
            (NextStep::Trust, _) => PollOutcome::Untrusted(answer.complaint()),
            (step, _) => PollOutcome::Failed { step, why: answer.complaint() },
        };
        let wait = match outcome {
            PollOutcome::Commands(_) | PollOutcome::Nothing => {
                self.backoff.reset();
                self.wait(random)
            }
            _ => self.backoff.next_wait(random, answer.retry_after()).max(self.wait(random)),
        };
        (outcome, wait)
    }

    /// The commands of a list that are looked at now: all that this client knows, and no more than [`MAX_COMMANDS`] of the
    /// others. The rest comes with the next list. Those that were put off come last.
    pub fn at_once(&mut self, list: CommandList, knows: impl Fn(Uuid) -> bool) -> Vec<CommandEntry> {
        let (mut unknown, mut commands) = (0, list.commands);
        // Before it is cut: a hundred that were put off hide no other.
        self.put_off.0.retain(|id| commands.iter().any(|entry| entry.id == *id));
        commands.sort_by_cached_key(|entry| self.put_off.place(entry.id));
        commands.retain(|entry| {
            let known = knows(entry.id);
            unknown += usize::from(!known);
            known || unknown <= MAX_COMMANDS
        });
        if unknown > MAX_COMMANDS {
            self.forget();
        }
        commands
    }

    /// The server was waited for in vain when it was asked for this command. It comes again with the next list, after the
    /// others.
    pub fn put_off(&mut self, command: Uuid) {
        self.put_off.add(command);
        self.forget();
    }

    /// The commands that are put off: what a client that ends after each round keeps for the next one.
    #[must_use]
    pub fn put_off_so_far(&self) -> &PutOff {
        &self.put_off
    }

    /// Notes whether the server took the report about a command.
    #[cfg(feature = "client")]
    pub(crate) fn reported(&mut self, command: Uuid, taken: bool) {
        if taken {
            self.late.remove(command);
        } else {
            self.late.add(command);
        }
    }

    /// When the report about a command has its turn, see [`PutOff::place`].
    #[cfg(feature = "client")]
    pub(crate) fn turn_of_report(&self, command: Uuid) -> usize {
        self.late.place(command)
    }

    /// Forgets which list came last, so that it comes again: it could not be taken up as a whole.
    pub fn forget(&mut self) {
        self.etag = None;
    }

    /// Whether it knows the version of the list: without it a server has no reason to hold its answer.
    #[must_use]
    pub fn knows_version(&self) -> bool {
        self.etag.is_some()
    }

    /// The wait by the server's pace alone.
    fn wait(&self, random: u64) -> Duration {
        self.pace.wait(u32::try_from(random >> 32).unwrap_or(u32::MAX))
    }
}

/// More commands than this that are new are not taken from one list, however long it is: what a server lists costs the client a
/// request, a place in its journal and a line of its audit log each.
pub const MAX_COMMANDS: usize = 100;
/// One command may be what the server is silent about; with the second the rest waits for the next round, since each wait is a
/// long one.
pub const MAX_SILENCES: usize = 2;
/// So many commands are remembered as put off, each with a few octets.
pub const MAX_PUT_OFF: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use remote_services_core::command::CommandState;

    fn poll() -> Poll {
        Poll::new(Uuid::from_u128(1), NextPoll { seconds: 60, jitter: 0 })
    }

    fn answer(status: u16, fields: &[(&str, &str)], body: &str) -> Answer {
        Answer {
            status,
            fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn remembers_the_version_of_the_list() {
        let mut poll = poll();
        let (outcome, wait) = poll.handle(Ok(&answer(200, &[("etag", "\"7\"")], r#"{"commands":[]}"#)), 0);
        assert_eq!(outcome, PollOutcome::Commands(CommandList::default()));
        assert_eq!(wait, Duration::from_secs(60));
        let request = poll.request(names::COMMANDS, Some(Duration::from_secs(50)));
        assert!(request.fields.contains(&("if-none-match", "\"7\"".to_owned())));
        assert!(request.fields.contains(&("prefer", "wait=50".to_owned())));
        assert_eq!(poll.handle(Ok(&answer(304, &[], "")), 0).0, PollOutcome::Nothing);
        assert!(poll.knows_version());
        assert!(poll.request(names::COMMANDS, None).fields.iter().any(|(name, _)| *name == "if-none-match"));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_asked_for_again() {
        let mut poll = poll();
        let (outcome, _) = poll.handle(Ok(&answer(200, &[("etag", "\"7\"")], "[")), 0);
        assert!(matches!(outcome, PollOutcome::Failed { step: NextStep::Unknown, .. }));
        assert!(poll.request(names::COMMANDS, None).fields.iter().all(|(name, _)| *name != "if-none-match"));
    }

    #[test]
    fn of_a_list_that_is_too_long_the_beginning_is_taken_and_the_rest_is_asked_for_again() {
        let list = |length: u128| {
            let ids = (0..length).map(|id| format!(r#"{{"id":"{}","state":"queued"}}"#, Uuid::from_u128(id)));
            format!(r#"{{"commands":[{}]}}"#, ids.collect::<Vec<_>>().join(","))
        };
        let mut poll = poll();
        // Those that it knows already, which may be all that the server lists first, leave the others their room.
        for (known, length, kept) in
            [(0, 100, true), (0, 101, false), (0, 8_000, false), (500, 600, true), (500, 601, false)]
        {
            let (outcome, _) = poll.handle(Ok(&answer(200, &[("etag", "\"7\"")], &list(length))), 0);
            let PollOutcome::Commands(list) = outcome else { panic!("{outcome:?}") };
            let taken = poll.at_once(list, |id| id.as_u128() < known);
            let ids = taken.iter().map(|entry| entry.id.as_u128());
            assert!(ids.eq(0..known + 100), "{known} {length}");
            let tagged =
                poll.request(names::COMMANDS, None).fields.iter().any(|(name, _)| *name == "if-none-match");
            assert_eq!(tagged, kept, "{length}");
        }
    }

    #[test]
    fn what_was_put_off_comes_after_the_others() {
        let ids = |numbers: &[u128]| CommandList {
            commands: numbers
                .iter()
                .map(|number| CommandEntry { id: Uuid::from_u128(*number), state: CommandState::Queued })
                .collect(),
        };
        let mut poll = poll();
        poll.handle(Ok(&answer(200, &[("etag", "\"7\"")], r#"{"commands":[]}"#)), 0);
        poll.put_off(Uuid::from_u128(1));
        poll.put_off(Uuid::from_u128(9));
        assert!(!poll.knows_version(), "it is listed again");
        assert_eq!(poll.at_once(ids(&[1, 2, 3]), |_| false), ids(&[2, 3, 1]).commands);
        // What is not listed any more is forgotten.
        assert_eq!(poll.at_once(ids(&[9, 1, 2]), |_| false), ids(&[9, 2, 1]).commands);
    }

    #[test]
    fn of_those_that_were_put_off_each_has_its_turn() {
        let id = Uuid::from_u128;
        let mut put_off: PutOff = [1, 2, 3].map(id).into_iter().collect();
        // The first two are tried in vain once more.
        put_off.add(id(1));
        put_off.add(id(2));
        assert_eq!([7, 3, 1, 2].map(|number| put_off.place(id(number))), [0, 1, 2, 3]);
        put_off.remove(id(1));
        assert!(put_off.iter().eq([3, 2].map(id)));
        let many: PutOff = (0..).map(id).take(MAX_PUT_OFF + 1).collect();
        assert_eq!((many.iter().count(), many.place(id(0)), many.place(id(1))), (MAX_PUT_OFF, 0, 1));
    }

    #[test]
    fn the_server_sets_the_pace_on_every_answer() {
        let mut poll = poll();
        let (_, wait) =
            poll.handle(Ok(&answer(304, &[("remote-services-next-poll", "900;jitter=300")], "")), 0);
        assert_eq!(wait, Duration::from_secs(900));
        assert!(poll.handle(Ok(&answer(304, &[], "")), u64::MAX).1 > Duration::from_secs(1199));
        assert!(matches!(poll.handle(Ok(&answer(403, &[], "")), 0).0, PollOutcome::Untrusted(_)));
    }

    proptest! {
        #[test]
        fn never_asks_faster_or_slower_than_its_bounds(
            status in 200_u16..600, seconds: u32, jitter: u32, retry in 0_u32..2_000_000_000, random: u64, failures in 0_usize..9
        ) {
            let mut poll = poll();
            let pace = NextPoll { seconds, jitter }.to_string();
            let retry = retry.to_string();
            for _ in 0..failures {
                poll.handle(Err((NextStep::BackOff, String::new())), random);
            }
            let fields = [("remote-services-next-poll", pace.as_str()), ("retry-after", retry.as_str())];
            let (_, wait) = poll.handle(Ok(&answer(status, &fields, "{}")), random);
            prop_assert!(wait >= NextPoll::MIN && wait <= NextPoll::MAX);
        }
    }
}
