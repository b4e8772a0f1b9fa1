//! Two clients with one name and key, such as two devices with copies of one flash: the server is told of a beginning before
//! there is an effect, and the one that it does not take leaves the command alone.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_core::command::{Action, ActionSetting, CommandState, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::blocking::{self, ObeyError};
use remote_services_transport::client::tokio as on_tokio;
use remote_services_transport::document::{Command, Execution, ExecutionResult, NextPoll};
use remote_services_transport::execution::{Begun, CommandBook, Hands, KeepBook, Orders, Ruling, rule};
use remote_services_transport::next_step::NextStep;
use remote_services_transport::poll::Poll;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Authority, PROBLEM, SIGNED, Seen, Server, Tls, answer, server_tls};
use uuid::Uuid;

const CLIENT: Uuid = Uuid::from_u128(7);
const COMMAND: Uuid = Uuid::from_u128(3);
const NOON: &str = "2026-11-22T12:00:00Z";

/// What the server has of the command, and how it answers reports of a beginning.
struct Row {
    state: CommandState,
    stored: Option<Execution>,
    version: u32,
    /// So many are answered with this status and not taken.
    refusals: (usize, u16),
    /// So many answers are lost, though the report was taken.
    lost: usize,
}

impl Row {
    fn queued() -> Self {
        Self { state: CommandState::Queued, stored: None, version: 0, refusals: (0, 0), lost: 0 }
    }

    fn take(&mut self, seen: &Seen, tls: &mut Tls) -> std::io::Result<bool> {
        let report: Execution = serde_json::from_slice(&seen.body).unwrap();
        if report.state == CommandState::Running && self.refusals.0 > 0 {
            self.refusals.0 -= 1;
            return answer(tls, self.refusals.1, PROBLEM, b"{}");
        }
        let tag = format!("\"{}\"", self.version);
        let sent = seen.field("if-match");
        let matches = sent.map_or(self.version == 0, |sent| sent == tag);
        match rule(&self.state, self.stored.as_ref(), &report, matches) {
            Ruling::Take => {
                (self.state, self.version) = (report.state.clone(), self.version + 1);
                self.stored = Some(report);
                if self.lost > 0 {
                    self.lost -= 1;
                    return Ok(false);
                }
                answer(tls, 200, &format!("etag: \"{}\"\r\n", self.version), b"")
            }
            Ruling::Repeated => answer(tls, 200, &format!("etag: {tag}\r\n"), b""),
            Ruling::Stale => answer(tls, 412, &format!("{PROBLEM}etag: {tag}\r\n"), b"{}"),
            Ruling::Closed(_) => answer(tls, 410, PROBLEM, b"{}"),
            _ => answer(tls, 409, PROBLEM, b"{}"),
        }
    }
}

struct World {
    server: Server,
    row: Arc<Mutex<Row>>,
    blocking: blocking::Client,
    tokio: on_tokio::Client,
}

impl World {
    /// Lists the command as `queued`, whatever it has of it: that list was on its way meanwhile.
    fn new(row: Row) -> Self {
        let authority = Authority::new();
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let row = Arc::new(Mutex::new(row));
        let known = Arc::clone(&row);
        let server = Server::start(tls, move |seen, tls| {
            let path = seen.line.split(' ').nth(1).unwrap();
            if path.ends_with("/commands") {
                let list = json!({"commands": [{"id": COMMAND, "state": "queued"}]}).to_string();
                return answer(tls, 200, "", list.as_bytes());
            }
            if path.ends_with("/execution") {
                let mut row = known.lock().unwrap();
                if seen.line.starts_with("PUT ") {
                    return row.take(seen, tls);
                }
                let known = row.stored.clone().unwrap_or_else(|| Execution::in_state(row.state.clone()));
                let tag = format!("etag: \"{}\"\r\n", row.version);
                return answer(tls, 200, &tag, &serde_json::to_vec(&known).unwrap());
            }
            let command = json!({"id": COMMAND, "client": CLIENT, "action": "restart", "issuer": "o",
                "issuedAt": "2026-11-22T10:00:00Z", "expiresAt": "2026-11-23T10:00:00Z",
                "nonce": "AAECAwQFBgcICQoLDA0ODw=="});
            answer(tls, 200, SIGNED, command.to_string().as_bytes())
        });
        let identity = authority.client();
        let blocking = blocking::Client::new(server.config(), &identity).unwrap();
        let tokio = on_tokio::Client::new(server.config(), &identity).unwrap();
        Self { server, row, blocking, tokio }
    }

    fn round(
        &self,
        on_tokio: bool,
        book: &mut CommandBook,
        hands: &mut Copied<'_>,
    ) -> Result<Duration, ObeyError> {
        self.round_kept(on_tokio, book, hands, &mut |_| Ok(()))
    }

    fn round_kept(
        &self,
        on_tokio: bool,
        book: &mut CommandBook,
        hands: &mut Copied<'_>,
        keep: &mut KeepBook<'_>,
    ) -> Result<Duration, ObeyError> {
        let actions = BTreeMap::from([(Action::Restart, ActionSetting::On)]);
        let verifier = |_: &str, body: &[u8]| Ok::<_, String>(body.to_vec());
        let (mode, manages) = (SecurityMode::Normal, &|_| false);
        let orders = Orders { client: CLIENT, mode, actions: &actions, manages, verifier: &verifier };
        let mut poll = Poll::new(CLIENT, NextPoll { seconds: 900, jitter: 0 });
        if !on_tokio {
            return self.blocking.obey(&mut poll, book, keep, &orders, hands);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.tokio.obey(&mut poll, book, keep, &orders, hands))
    }

    fn state(&self) -> CommandState {
        self.row.lock().unwrap().state.clone()
    }
}

/// One of the copies: its clock is so many seconds after noon.
#[derive(Default)]
struct Copied<'a> {
    acts: usize,
    looks: usize,
    second: u64,
    /// What happens while it is at it.
    meanwhile: Option<&'a dyn Fn()>,
}

impl Hands for Copied<'_> {
    fn act(&mut self, _: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
        self.acts += 1;
        if let Some(meanwhile) = self.meanwhile {
            meanwhile();
        }
        (ExecutionResult { code: ResultCode::Ok, text: "done".into() }, Vec::new())
    }
    fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
        self.looks += 1;
        (ExecutionResult { code: ResultCode::Internal, text: "looked".into() }, Vec::new())
    }
    fn now(&self) -> Timestamp {
        NOON.parse::<Timestamp>().unwrap().plus(Duration::from_secs(self.second))
    }
}

#[test]
fn of_two_copies_of_one_client_one_has_the_effect_and_its_result_is_what_the_server_hears() {
    // The other begins a second later, or in the same millisecond.
    for (on_tokio, second) in [(false, 1), (true, 1), (false, 0), (true, 0)] {
        let world = World::new(Row::queued());
        let other = || {
            let (mut book, mut copy) = (CommandBook::default(), Copied { second, ..Copied::default() });
            let error = world.round(!on_tokio, &mut book, &mut copy).unwrap_err();
            assert!(matches!(error, ObeyError::NotBegun { command: COMMAND, .. }), "{error}");
            assert!(
                error.to_string().contains("another client of this name began it at 2026-11-22T12:00:00")
            );
            for _ in 0..2 {
                world.round(!on_tokio, &mut book, &mut copy).unwrap();
            }
            assert_eq!((copy.acts, copy.looks), (0, 0), "the other is at it");
            assert!(book.open().is_empty() && book.unreported().is_empty(), "nothing is told of it");
        };
        let mut first = Copied { meanwhile: Some(&other), ..Copied::default() };
        world.round(on_tokio, &mut CommandBook::default(), &mut first).unwrap();
        assert_eq!((first.acts, first.looks, world.state()), (1, 0, CommandState::Succeeded));
    }
}

#[test]
fn what_the_server_has_closed_meanwhile_is_left_and_nobody_is_accused() {
    for on_tokio in [false, true] {
        let world = World::new(Row { state: CommandState::Cancelled, version: 1, ..Row::queued() });
        let (mut book, mut hands) = (CommandBook::default(), Copied::default());
        world.round(on_tokio, &mut book, &mut hands).unwrap();
        assert_eq!((hands.acts, hands.looks, world.state()), (0, 0, CommandState::Cancelled));
        assert!(book.unreported().is_empty());
    }
}

#[test]
fn what_another_wrote_that_is_no_beginning_and_an_answer_that_was_lost_keep_nothing_from_being_done() {
    for on_tokio in [false, true] {
        let accepted = Execution::in_state(CommandState::Accepted);
        let written =
            Row { state: CommandState::Accepted, stored: Some(accepted), version: 1, ..Row::queued() };
        for row in [written, Row { lost: 1, ..Row::queued() }] {
            let world = World::new(row);
            let mut hands = Copied::default();
            world.round(on_tokio, &mut CommandBook::default(), &mut hands).unwrap();
            assert_eq!((hands.acts, hands.looks, world.state()), (1, 0, CommandState::Succeeded));
        }
    }
}

#[test]
fn a_server_that_is_away_keeps_nothing_from_being_done_and_one_that_has_another_version_does() {
    for on_tokio in [false, true] {
        for (status, acts) in [(500, 1), (503, 1), (429, 1), (409, 0)] {
            let world = World::new(Row { refusals: (9, status), ..Row::queued() });
            let (mut book, mut hands) = (CommandBook::default(), Copied::default());
            let round = world.round(on_tokio, &mut book, &mut hands);
            assert_eq!(round.is_ok(), acts == 1, "{status}: {round:?}");
            assert_eq!((hands.acts, hands.looks), (acts, 0), "{status}");
            world.row.lock().unwrap().refusals.0 = 0;
            let _ = world.round(on_tokio, &mut book, &mut hands);
            assert_eq!(
                (hands.acts, hands.looks),
                (acts, 1 - acts),
                "{status}: looked after, never begun again"
            );
        }
    }
}

#[test]
fn a_beginning_that_is_not_trusted_is_taken_back_and_done_once_when_that_is_over_wherever_a_crash_comes() {
    for (on_tokio, status) in
        [(false, 401), (true, 401), (false, 403), (true, 403), (false, 496), (true, 496)]
    {
        let world = World::new(Row { refusals: (9, status), ..Row::queued() });
        let (mut book, mut hands, mut disk) = (CommandBook::default(), Copied::default(), Vec::new());
        for _ in 0..2 {
            let kept = &mut |book: &CommandBook| {
                disk.push(book.clone());
                Ok(())
            };
            let error = world.round_kept(on_tokio, &mut book, &mut hands, kept).unwrap_err();
            let untrusted = matches!(error, ObeyError::Untrusted(_))
                || matches!(&error, ObeyError::Exchange(error) if error.step() == NextStep::Trust);
            assert!(untrusted, "{status}: {error}");
            assert_eq!(
                book.execution(COMMAND).unwrap(),
                &Execution::in_state(CommandState::Accepted),
                "{status}"
            );
        }
        let tries = world.server.seen().iter().filter(|seen| is_beginning(seen)).count();
        assert_eq!(tries, 2, "{status}: once a round");
        assert_eq!((hands.acts, hands.looks), (0, 0), "{status}");
        // Accepted, running, taken back; in the second round the last two, and what was told each time.
        assert!(disk.len() >= 5, "{status}: {}", disk.len());
        for mut book in disk {
            let before = book.execution(COMMAND).unwrap().state.clone();
            *world.row.lock().unwrap() = Row::queued();
            let mut hands = Copied { second: 60, ..Copied::default() };
            for _ in 0..2 {
                world.round(on_tokio, &mut book, &mut hands).unwrap();
            }
            let crashed = before == CommandState::Running;
            assert_eq!(
                (hands.acts, hands.looks),
                (usize::from(!crashed), usize::from(crashed)),
                "{status}: {before}"
            );
            let end = if crashed { CommandState::Failed } else { CommandState::Succeeded };
            assert_eq!(world.state(), end, "{status}: {before}");
        }
    }
}

#[test]
fn what_cannot_be_taken_back_in_the_book_is_looked_after() {
    for on_tokio in [false, true] {
        let world = World::new(Row { refusals: (9, 403), ..Row::queued() });
        let (mut book, mut hands, mut writings) = (CommandBook::default(), Copied::default(), 0);
        let full = &mut |_: &CommandBook| {
            writings += 1;
            // Accepted, running, taken back.
            if writings == 3 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        };
        world.round_kept(on_tokio, &mut book, &mut hands, full).unwrap_err();
        assert_eq!(book.execution(COMMAND).unwrap().state, CommandState::Running);
        world.row.lock().unwrap().refusals.0 = 0;
        world.round(on_tokio, &mut book, &mut hands).unwrap();
        assert_eq!((hands.acts, hands.looks, world.state()), (0, 1, CommandState::Failed));
    }
}

fn is_beginning(seen: &Seen) -> bool {
    let begins = |body| serde_json::from_slice::<Execution>(body).unwrap().state == CommandState::Running;
    seen.line.starts_with("PUT ") && begins(&seen.body)
}

#[test]
fn a_result_is_told_for_the_version_that_the_beginning_made() {
    let world = World::new(Row::queued());
    world.round(false, &mut CommandBook::default(), &mut Copied::default()).unwrap();
    let puts: Vec<_> = world.server.seen().into_iter().filter(|seen| seen.line.starts_with("PUT ")).collect();
    assert_eq!(puts.len(), 2, "{puts:?}");
    assert_eq!((puts[0].field("if-match"), puts[1].field("if-match")), (None, Some("\"1\"")));
}
