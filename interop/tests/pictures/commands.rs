//! The poll for commands and what a client does with one against their pictures.
use super::drawn::{Arrows, answered, arrow, compare, drawn};
use remote_services_core::command::{Action, ActionSetting, CommandState, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{Command, Execution, ExecutionResult, NextPoll};
use remote_services_transport::exchange::Answer;
use remote_services_transport::execution::{
    Asked, Begun, Journal, Run, RunError, Site, Step, WindowState, next,
};
use remote_services_transport::next_step::NextStep;
use remote_services_transport::poll::{Poll, PollOutcome};
use std::collections::BTreeMap;

pub(crate) const COMPARED: &[&str] = &["Command poll", "Command execution"];

type Uuid = remote_services_core::id::Uuid;

#[test]
fn the_picture_of_the_poll_has_every_step_of_the_code_and_no_other() {
    let variants: BTreeMap<&str, &[&str]> = BTreeMap::from([("asking", &["list", "unreadable"][..])]);
    let fresh = || Poll::new(Uuid::from_u128(1), NextPoll { seconds: 900, jitter: 0 });
    // How long it waits at first and after many failures, in which the back-off grows beyond the pace.
    let both = |answer: Result<&Answer, (NextStep, String)>| {
        let mut tired = fresh();
        for _ in 0..20 {
            tired.handle(Err((NextStep::BackOff, String::new())), 0);
        }
        let (outcome, first) = fresh().handle(answer.clone(), 0);
        let (_, later) = tired.handle(answer, 0);
        let wait = match (first.as_secs(), later.as_secs()) {
            (900, 900) => "pace",
            (900, 1800) => "pace-or-back-off",
            (5, 1800) => "back-off",
            other => panic!("{other:?}"),
        };
        let name = match outcome {
            PollOutcome::Commands(_) => "commands",
            PollOutcome::Nothing => "nothing",
            PollOutcome::Untrusted(_) => "untrusted",
            PollOutcome::Failed { .. } if wait == "back-off" => "unreached",
            PollOutcome::Failed { .. } => "failed",
            other => panic!("{other:?} is in no picture"),
        };
        (name, wait)
    };
    let mut waits = Arrows::new();
    let mut coded = answered(&variants, |_, status, body| {
        let body = if body == "list" { &br#"{"commands":[]}"#[..] } else { b"[" };
        let answer = Answer { status, body: body.to_vec(), ..Answer::default() };
        let (name, wait) = both(Ok(&answer));
        waits.insert(arrow(name, wait, "asking"));
        Some(name.to_owned())
    });
    let (name, wait) = both(Err((NextStep::BackOff, String::new())));
    coded.insert(arrow("asking", "no-answer", name));
    coded.insert(arrow(name, wait, "asking"));
    coded.extend(waits);
    compare("Command poll", &drawn("Command poll", &variants), &coded);
}

/// A journal that keeps all.
struct Paper;

impl Journal for Paper {
    type Error = ();
    fn record(&mut self, _: Uuid, _: &Execution) -> Result<(), ()> {
        Ok(())
    }
}

const ID: Uuid = Uuid::from_u128(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

/// From second 0 to second 100, with a deadline of 10 s.
fn command() -> Command {
    let text = r#"{"id":"00000000-0000-0000-0000-000000000001","client":"00000000-0000-0000-0000-000000000002",
        "action":"restart","issuer":"o","issuedAt":"1970-01-01T00:00:00Z","expiresAt":"1970-01-01T00:01:40Z",
        "runDeadline":10,"nonce":"AAECAwQFBgcICQoLDA0ODw=="}"#;
    serde_json::from_str(text).unwrap()
}

/// A run in a state, as the journal would have it.
fn run_in(state: &CommandState) -> (Run, Option<Begun>) {
    if *state != CommandState::Running {
        return (Run::resume(ID, Execution::in_state(state.clone()), &mut Paper).unwrap(), None);
    }
    let mut run = Run::resume(ID, Execution::in_state(CommandState::Accepted), &mut Paper).unwrap();
    let begun = run.begin(&mut Paper, at(5)).unwrap();
    (run, Some(begun))
}

/// Where each step leads that `next` can ask for.
fn after(step: Step, from: &CommandState, now: Timestamp) -> Vec<CommandState> {
    let result = |code: ResultCode| ExecutionResult { code, text: String::new() };
    let codes = [ResultCode::Ok, ResultCode::NotReachable];
    let done = |step: &dyn Fn(&mut Run) -> Result<(), RunError<()>>| {
        let (mut run, _) = run_in(from);
        step(&mut run).unwrap();
        run.execution().state.clone()
    };
    match step {
        Step::Reject(reason) => vec![done(&|run| run.reject(&mut Paper, reason.clone(), now))],
        Step::Accept => vec![done(&|run| run.accept(&mut Paper))],
        Step::Hold(state) => vec![done(&|run| run.hold(&mut Paper, state.clone()))],
        Step::Begin => vec![done(&|run| run.begin(&mut Paper, now).map(|_| ()))],
        Step::GiveUp(code) => {
            vec![done(&|run| run.conclude(&mut Paper, result(code.clone()), Vec::new(), now))]
        }
        Step::Close(state) => vec![done(&|run| run.close(&mut Paper, state.clone(), now))],
        Step::Look => codes
            .into_iter()
            .map(|code| done(&|run| run.conclude(&mut Paper, result(code.clone()), Vec::new(), now)))
            .collect(),
        Step::Wait | Step::Over => Vec::new(),
        other => panic!("{other:?} is in no picture"),
    }
}

/// All that a site, a clock, a person and the server can say to one command.
fn each_situation(mut ask: impl FnMut(&Command, Asked, &Site<'_>, Timestamp)) {
    for bits in 0..1 << 7_u32 {
        let is = |bit: u32| bits & (1 << bit) != 0;
        let command = Command {
            not_before: is(0).then(|| at(50)),
            max_attempts: is(1).then_some(0),
            consent: is(2),
            client: Uuid::from_u128(if is(3) { 9 } else { 2 }),
            ..command()
        };
        let mode = if is(4) { SecurityMode::Lockdown } else { SecurityMode::Normal };
        let (cancel, seen) = (is(5), is(6));
        for setting in [ActionSetting::On, ActionSetting::Ask, ActionSetting::Off] {
            let actions = BTreeMap::from([(Action::Restart, setting)]);
            for supported in [&[Action::Restart][..], &[]] {
                let site = Site {
                    client: Uuid::from_u128(2),
                    mode,
                    actions: &actions,
                    supported,
                    manages: &|_| false,
                    seen: &|_| seen,
                };
                for window in [WindowState::Open, WindowState::Closed, WindowState::Unknown] {
                    for consent in [None, Some(true), Some(false)] {
                        for now in [10, 60, 200] {
                            ask(&command, Asked { consent, cancel, window }, &site, at(now));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_picture_of_a_commands_execution_has_every_step_of_the_code_and_no_other() {
    let mut coded = Arrows::new();
    let states = || CommandState::LISTED.iter().map(|(state, _, _)| state);
    // The server's own states are none of a client's.
    let own = states().filter(|state| !matches!(state, CommandState::Queued | CommandState::CancelRequested));
    for from in own {
        let execution = run_in(from).0.execution().clone();
        let mut steps = Vec::new();
        each_situation(|command, asked, site, now| {
            let step = next(command, &execution, asked, site, now);
            if !steps.contains(&(step.clone(), now)) {
                steps.push((step, now));
            }
        });
        for (step, now) in steps {
            for to in after(step, from, now) {
                coded.insert(arrow(&from.to_string(), "", &to.to_string()));
            }
        }
    }
    // What runs ends by its result, early or late, or by a crash.
    for (code, now) in [(ResultCode::Ok, 6), (ResultCode::NotReachable, 6), (ResultCode::NotReachable, 60)] {
        let (mut run, begun) = run_in(&CommandState::Running);
        let result = ExecutionResult { code, text: String::new() };
        run.finish(&mut Paper, begun.unwrap(), &command(), result, Vec::new(), at(now)).unwrap();
        coded.insert(arrow("running", "", &run.execution().state.to_string()));
    }
    let last = run_in(&CommandState::Running).0.execution().clone();
    let resumed = Run::resume(ID, last, &mut Paper).unwrap();
    coded.insert(arrow("running", "", &resumed.execution().state.to_string()));
    compare("Command execution", &drawn("Command execution", &BTreeMap::new()), &coded);
}
