//! A round of commands of a client without a person to ask: what is asked next, and what an answer means for it. Neither sends
//! nor waits.
//!
//! ```text
//! what is open, advanced ─▶ GET commands ─▶ each of the list: GET it when it is new, advance ─▶ PUT each report ─▶ when to ask again
//!            │                 │      ╲─▶ no list: nothing new    │                                 │
//!            │                 ╲─▶ untrusted: the round ends      │                                 │
//!            └── what is wrong with one command is told at the end, and holds up no other ──────────┤
//!                                                 no way to the server, or 401: the round ends ◀────┘
//! ```

use super::{ClientError, FetchedCommand, calls};
use crate::document::{CommandEntry, Execution, UrlTemplates};
use crate::exchange::{Answer, Request};
use crate::execution::{CommandBook, Hands, KeepBook, Orders, ReportOutcome, RunError, judge_report, report};
use crate::poll::{MAX_SILENCES, Poll, PollOutcome};
use remote_services_core::command::{CommandState, RejectReason};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use uuid::Uuid;

/// Why a round of commands was not finished, or what was wrong with the first of its commands that could not be carried
/// through; the others were. What had begun is in the book and is taken up by the next round.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObeyError {
    /// The server could not be asked or told.
    #[error(transparent)]
    Exchange(#[from] ClientError),
    /// The server does not trust this client.
    #[error("{0}")]
    Untrusted(String),
    /// The book could not be kept.
    #[error(transparent)]
    Book(#[from] RunError<io::Error>),
}

/// One round of commands.
pub(super) struct Round<'a, 'k, 'h> {
    pub(super) client: Uuid,
    pub(super) poll: &'a mut Poll,
    pub(super) book: &'a mut CommandBook,
    pub(super) keep: &'a mut KeepBook<'k>,
    pub(super) orders: &'a Orders<'a>,
    pub(super) hands: &'a mut (dyn Hands + 'h),
    pub(super) progress: Progress,
}

/// How far a round is.
pub(super) struct Progress {
    stage: Stage,
    wait: Duration,
    /// How many commands were waited for in vain.
    silences: usize,
    /// How many reports are to be sent later.
    put_off: usize,
    /// What was wrong with the first command that something was wrong with.
    failed: Option<ObeyError>,
}

enum Stage {
    Begin,
    /// These were listed and not looked at yet.
    List(VecDeque<CommandEntry>),
    /// The server does not know these yet.
    Reports(VecDeque<(Uuid, Execution)>),
    /// Nothing more can be asked.
    Ended(ObeyError),
}

/// What to do next.
pub(super) enum RoundStep {
    /// Send this, and say what came of it.
    Send(RoundQuestion),
    /// It is over: when to ask again.
    End(Result<Duration, ObeyError>),
}

/// What is sent with one request.
pub(super) enum RoundQuestion {
    /// The question for the list.
    List,
    /// One command of it.
    Command(CommandEntry),
    /// How far a command is.
    Report { id: Uuid, execution: Box<Execution>, body: Vec<u8>, etag: Option<String>, tries: u32 },
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { stage: Stage::Begin, wait: Duration::ZERO, silences: 0, put_off: 0, failed: None }
    }
}

impl Round<'_, '_, '_> {
    /// What to ask, after all was done that can be done without asking.
    pub(super) fn next(&mut self) -> RoundStep {
        loop {
            match &mut self.progress.stage {
                Stage::Begin => {
                    for id in self.book.open() {
                        self.advance(id, false);
                    }
                    return RoundStep::Send(RoundQuestion::List);
                }
                Stage::List(listed) => match listed.pop_front() {
                    Some(entry) if self.book.knows(entry.id) => self.advance_listed(&entry),
                    Some(entry) => return RoundStep::Send(RoundQuestion::Command(entry)),
                    None => self.report_all(),
                },
                Stage::Reports(reports) => {
                    let Some((id, execution)) = reports.pop_front() else {
                        let failed = self.progress.failed.take();
                        return RoundStep::End(failed.map_or(Ok(self.progress.wait), Err));
                    };
                    match calls::json(&execution) {
                        Ok(body) => return RoundStep::Send(first_report(id, execution, body)),
                        Err(error) => self.note(error.into()),
                    }
                }
                Stage::Ended(_) => {
                    let stage = std::mem::replace(&mut self.progress.stage, Stage::Begin);
                    let Stage::Ended(error) = stage else { continue };
                    return RoundStep::End(Err(error));
                }
            }
        }
    }

    pub(super) fn request<'q>(&self, question: &'q RoundQuestion, urls: &UrlTemplates) -> Request<'q> {
        match question {
            RoundQuestion::List => self.poll.request(&urls.commands, None),
            RoundQuestion::Command(entry) => calls::command_request(urls, self.client, entry.id),
            RoundQuestion::Report { id, body, etag, .. } => {
                report(&urls.execution, self.client, *id, etag.as_deref(), body)
            }
        }
    }

    /// Takes in what came of a question; gives the same one when it is to be sent again at once. `random` is a fresh random
    /// number.
    pub(super) fn took(
        &mut self,
        question: RoundQuestion,
        answer: Result<Answer, ClientError>,
        random: u64,
    ) -> Option<RoundQuestion> {
        match (question, answer) {
            (RoundQuestion::List, answer) => {
                let (outcome, wait) = self.poll.handle(answer.as_ref().map_err(calls::unanswered), random);
                self.progress.wait = wait;
                match outcome {
                    PollOutcome::Commands(list) => {
                        let listed = self.poll.at_once(list, |id| self.book.knows(id));
                        self.progress.stage = Stage::List(listed.into());
                    }
                    PollOutcome::Untrusted(why) => self.end(ObeyError::Untrusted(why)),
                    PollOutcome::Nothing | PollOutcome::Failed { .. } => self.report_all(),
                }
            }
            (RoundQuestion::Command(entry), answer) => self.took_command(&entry, answer),
            (RoundQuestion::Report { id, .. }, Err(error)) => {
                if error.is_silence() {
                    self.put_off_report(id);
                }
                self.fail(error);
            }
            (RoundQuestion::Report { id, execution, body, mut etag, tries }, Ok(answer)) => {
                let outcome = judge_report(&answer);
                let Some(outcome) = calls::settle_report(outcome, &mut etag, tries) else {
                    return Some(RoundQuestion::Report { id, execution, body, etag, tries: tries + 1 });
                };
                self.took_report(id, &execution, answer.status, outcome);
            }
        }
        None
    }

    fn took_command(&mut self, entry: &CommandEntry, answer: Result<Answer, ClientError>) {
        let unauthorized = answer.as_ref().is_ok_and(|answer| answer.status == UNAUTHORIZED);
        let fetched = answer.and_then(|answer| calls::judge_command(&answer, entry.id, self.orders.verifier));
        let now = self.hands.now();
        let command = match fetched {
            Ok(FetchedCommand::Verified(command)) => Ok(*command),
            Ok(FetchedCommand::BadSignature(_)) => Err(RejectReason::BadSignature),
            Ok(FetchedCommand::Unreadable(_)) => Err(RejectReason::Unsupported),
            Ok(FetchedCommand::Gone) => return,
            Err(error) => {
                // The list must come again, or this one would be forgotten.
                self.poll.forget();
                if unauthorized {
                    return self.end(error.into());
                }
                if error.is_silence() {
                    self.poll.put_off(entry.id);
                    self.progress.silences += 1;
                    if self.progress.silences == MAX_SILENCES {
                        self.report_all();
                    }
                }
                return self.fail(error);
            }
        };
        self.book.take_up(entry.id, command, &entry.state, now);
        self.advance_listed(entry);
    }

    fn took_report(&mut self, id: Uuid, execution: &Execution, status: u16, outcome: ReportOutcome) {
        match outcome {
            ReportOutcome::Taken { .. }
            | ReportOutcome::Closed(_)
            | ReportOutcome::Refused(_)
            | ReportOutcome::BegunElsewhere(_) => {
                self.poll.reported(id, true);
                let kept = self.book.reported(id, execution, self.hands.now(), self.keep);
                if let Err(error) = kept {
                    self.note(RunError::Journal(error).into());
                }
            }
            ReportOutcome::Untrusted(why) if status == UNAUTHORIZED => self.end(ObeyError::Untrusted(why)),
            ReportOutcome::Untrusted(why) => self.note(ObeyError::Untrusted(why)),
            ReportOutcome::Later { retry_after, .. } => {
                // Whoever wants to be left alone is left alone.
                let asked = retry_after.unwrap_or_default().min(LONGEST_ALONE);
                self.progress.wait = self.progress.wait.max(asked);
                self.put_off_report(id);
            }
            ReportOutcome::ReadAgain { .. } => self.put_off_report(id),
        }
    }

    fn advance_listed(&mut self, entry: &CommandEntry) {
        if !self.advance(entry.id, entry.state == CommandState::CancelRequested) {
            // Who reads the book anew does not know it, and must be told of it again.
            self.poll.forget();
        }
    }

    /// Does with one command what can be done now; says whether the book could be kept.
    fn advance(&mut self, id: Uuid, cancel: bool) -> bool {
        match self.book.advance(id, cancel, self.orders, self.keep, self.hands) {
            Ok(()) => true,
            Err(error) => {
                self.note(error.into());
                false
            }
        }
    }

    /// One may be the fault of its command; with the second the rest waits for the next round, in which those that were not taken
    /// come last.
    fn put_off_report(&mut self, id: Uuid) {
        self.poll.reported(id, false);
        self.progress.put_off += 1;
        if self.progress.put_off == MAX_SILENCES {
            self.progress.stage = Stage::Reports(VecDeque::new());
        }
    }

    fn report_all(&mut self) {
        let mut reports = self.book.unreported();
        reports.sort_by_key(|(id, _)| self.poll.is_late(*id));
        self.progress.stage = Stage::Reports(reports.into());
    }

    /// Something is wrong with one command, or with the way to the server.
    fn fail(&mut self, error: ClientError) {
        if error.concerns_one() { self.note(error.into()) } else { self.end(error.into()) }
    }

    fn note(&mut self, error: ObeyError) {
        self.progress.failed.get_or_insert(error);
    }

    fn end(&mut self, error: ObeyError) {
        self.progress.stage = Stage::Ended(error);
    }
}

fn first_report(id: Uuid, execution: Execution, body: Vec<u8>) -> RoundQuestion {
    RoundQuestion::Report { id, execution: Box::new(execution), body, etag: None, tries: 1 }
}

/// The longest wait of the protocol.
const LONGEST_ALONE: Duration = Duration::from_secs(3600);
/// RFC 9110 §15.5.2: whoever asks is not known, whatever is asked for. 403 may be about this one alone.
const UNAUTHORIZED: u16 = 401;
