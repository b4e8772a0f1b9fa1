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
//!
//! Where advancing begins a command, the server is told before there is an effect: see [`beginning`].

mod beginning;

use self::beginning::Beginning;
use super::{ClientError, FetchedCommand, calls};
use crate::document::{CommandEntry, Execution, UrlTemplates};
use crate::exchange::{Answer, Request};
use crate::execution::{
    CommandBook, Hands, KeepBook, Orders, ReportOutcome, RunError, is_underway, judge_report, report,
};
use crate::poll::{MAX_SILENCES, Poll, PollOutcome};
use remote_services_core::command::{CommandState, RejectReason};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// The server has another version of a command that was about to have its effect: another client has this one's name and
    /// key, such as a copy of its state.
    #[error("command {command} was not begun here: {why}")]
    NotBegun {
        /// Which.
        command: Uuid,
        /// One sentence.
        why: String,
    },
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
    /// Told with each beginning of this round.
    number: u64,
    /// How many commands were waited for in vain.
    silences: usize,
    /// How many reports are to be sent later.
    put_off: usize,
    /// Whether the server was told of a beginning in vain: it is told of no other.
    away: bool,
    /// The versions of what the server took of a beginning.
    tags: BTreeMap<Uuid, String>,
    /// What began and was taken back: it does not begin again in this round.
    taken_back: BTreeSet<Uuid>,
    /// What was wrong with the first command that something was wrong with.
    failed: Option<ObeyError>,
}

enum Stage {
    Begin,
    /// These were left open by an earlier round and not looked at yet.
    Open(VecDeque<Uuid>),
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
    /// Where one command of it stands that is new here and has begun.
    Standing(CommandEntry),
    /// One command of it, and where it stands if it has begun.
    Command(CommandEntry, Option<Box<Execution>>),
    /// That a command begins.
    Beginning(Beginning),
    /// What else the server knows of a command, since it did not take that it begins.
    Known(Beginning),
    /// How far a command is.
    Report { id: Uuid, execution: Box<Execution>, body: Vec<u8>, etag: Option<String>, tries: u32 },
}

impl Progress {
    /// `random` is a fresh random number.
    pub(super) fn new(random: u64) -> Self {
        Self {
            number: random,
            stage: Stage::Begin,
            wait: Duration::ZERO,
            silences: 0,
            put_off: 0,
            away: false,
            tags: BTreeMap::new(),
            taken_back: BTreeSet::new(),
            failed: None,
        }
    }
}

impl Round<'_, '_, '_> {
    /// What to ask, after all was done that can be done without asking.
    pub(super) fn next(&mut self) -> RoundStep {
        loop {
            match &mut self.progress.stage {
                Stage::Begin => self.progress.stage = Stage::Open(self.book.open().into()),
                Stage::Open(open) => {
                    let Some(id) = open.pop_front() else { return RoundStep::Send(RoundQuestion::List) };
                    if let Some(question) = self.advance(id, false) {
                        return RoundStep::Send(question);
                    }
                }
                Stage::List(listed) => match listed.pop_front() {
                    Some(entry) if self.book.knows(entry.id) => {
                        if let Some(question) = self.advance_listed(&entry) {
                            return RoundStep::Send(question);
                        }
                    }
                    Some(entry) if has_begun(&entry) => {
                        return RoundStep::Send(RoundQuestion::Standing(entry));
                    }
                    Some(entry) => return RoundStep::Send(RoundQuestion::Command(entry, None)),
                    None => self.report_all(),
                },
                Stage::Reports(reports) => {
                    let Some((id, execution)) = reports.pop_front() else {
                        let failed = self.progress.failed.take();
                        return RoundStep::End(failed.map_or(Ok(self.progress.wait), Err));
                    };
                    match calls::json(&execution) {
                        Ok(body) => return RoundStep::Send(self.first_report(id, execution, body)),
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
            RoundQuestion::Standing(entry) => calls::execution_request(urls, self.client, entry.id),
            RoundQuestion::Command(entry, _) => calls::command_request(urls, self.client, entry.id),
            RoundQuestion::Beginning(beginning) => beginning.report(urls, self.client),
            RoundQuestion::Known(beginning) => calls::execution_request(urls, self.client, beginning.id),
            RoundQuestion::Report { id, body, etag, .. } => {
                report(&urls.execution, self.client, *id, etag.as_deref(), body)
            }
        }
    }

    /// Takes in what came of a question; gives the one that is to be sent at once. `random` is a fresh random number.
    pub(super) fn took(
        &mut self,
        question: RoundQuestion,
        answer: Result<Answer, ClientError>,
        random: u64,
    ) -> Option<RoundQuestion> {
        match (question, answer) {
            (RoundQuestion::List, answer) => {
                let (outcome, wait) = self.poll.handle(answer.as_ref().map_err(calls::unanswered), random);
                self.progress.wait = self.progress.wait.max(wait);
                match outcome {
                    PollOutcome::Commands(list) => {
                        let listed = self.poll.at_once(list, |id| self.book.knows(id));
                        self.progress.stage = Stage::List(listed.into());
                    }
                    PollOutcome::Untrusted(why) => self.end(ObeyError::Untrusted(why)),
                    PollOutcome::Nothing | PollOutcome::Failed { .. } => self.report_all(),
                }
            }
            (RoundQuestion::Standing(entry), answer) => return self.took_standing(entry, answer),
            (RoundQuestion::Command(entry, known), answer) => {
                return self.took_command(&entry, known.map(|known| *known), answer);
            }
            (RoundQuestion::Beginning(beginning), answer) => return self.took_beginning(beginning, answer),
            (RoundQuestion::Known(beginning), answer) => return self.took_known(beginning, answer),
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

    /// By the server's word this client has begun it, and does not know that any more.
    fn took_standing(
        &mut self,
        entry: CommandEntry,
        answer: Result<Answer, ClientError>,
    ) -> Option<RoundQuestion> {
        let unauthorized = is_unauthorized(&answer);
        match answer.and_then(|answer| calls::judge_execution(&answer)) {
            Ok(Some((known, _))) if known.state.is_closed() => {}
            Ok(Some((known, _))) if !is_underway(&known, self.hands.now()) => {
                return Some(RoundQuestion::Command(entry, Some(Box::new(known))));
            }
            Ok(_) => self.poll.forget(),
            Err(error) => self.not_had(entry.id, error, unauthorized),
        }
        None
    }

    fn took_command(
        &mut self,
        entry: &CommandEntry,
        known: Option<Execution>,
        answer: Result<Answer, ClientError>,
    ) -> Option<RoundQuestion> {
        let unauthorized = is_unauthorized(&answer);
        let fetched = answer.and_then(|answer| calls::judge_command(&answer, entry.id, self.orders.verifier));
        let command = match fetched {
            Ok(FetchedCommand::Verified(command)) => Ok(*command),
            Ok(FetchedCommand::BadSignature(_)) => Err(RejectReason::BadSignature),
            Ok(FetchedCommand::Unreadable(_)) => Err(RejectReason::Unsupported),
            // Whether it is to be taken up after all, the list says when it comes again.
            Ok(FetchedCommand::Gone) => {
                self.poll.forget();
                return None;
            }
            Err(error) => {
                self.not_had(entry.id, error, unauthorized);
                return None;
            }
        };
        self.book.take_up(entry.id, command, known, self.hands.now());
        self.advance_listed(entry)
    }

    /// A command of the list did not come: the list must come again, or it would be forgotten.
    fn not_had(&mut self, id: Uuid, error: ClientError, unauthorized: bool) {
        self.poll.forget();
        if unauthorized {
            return self.end(error.into());
        }
        if error.is_silence() {
            self.poll.put_off(id);
            self.progress.silences += 1;
            if self.progress.silences >= MAX_SILENCES {
                self.report_all();
            }
        }
        self.fail(error);
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
                self.leave_alone(retry_after);
                self.put_off_report(id);
            }
            ReportOutcome::ReadAgain { .. } => self.put_off_report(id),
        }
    }

    fn advance_listed(&mut self, entry: &CommandEntry) -> Option<RoundQuestion> {
        self.advance(entry.id, entry.state == CommandState::CancelRequested)
    }

    /// Does with one command what can be done now; gives what the server is told before it has an effect.
    fn advance(&mut self, id: Uuid, cancel: bool) -> Option<RoundQuestion> {
        if self.progress.taken_back.contains(&id) && !cancel {
            return None;
        }
        match self.book.advance(id, cancel, self.orders, self.keep, self.hands) {
            Ok(begun) => self.begin(id, begun?),
            Err(error) => {
                self.not_kept(error);
                None
            }
        }
    }

    /// Who reads the book anew does not know the command, and must be told of it again.
    fn not_kept(&mut self, error: RunError<io::Error>) {
        self.note(error.into());
        self.poll.forget();
    }

    /// Whoever wants to be left alone is left alone.
    fn leave_alone(&mut self, retry_after: Option<Duration>) {
        let asked = retry_after.unwrap_or_default().min(LONGEST_ALONE);
        self.progress.wait = self.progress.wait.max(asked);
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
        reports.sort_by_cached_key(|(id, _)| self.poll.turn_of_report(*id));
        self.progress.stage = Stage::Reports(reports.into());
    }

    fn first_report(&mut self, id: Uuid, execution: Execution, body: Vec<u8>) -> RoundQuestion {
        let etag = self.progress.tags.remove(&id);
        RoundQuestion::Report { id, execution: Box::new(execution), body, etag, tries: 1 }
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

/// Whether a command has begun by the server's word.
fn has_begun(entry: &CommandEntry) -> bool {
    matches!(entry.state, CommandState::Running | CommandState::Interrupted)
}

fn is_unauthorized(answer: &Result<Answer, ClientError>) -> bool {
    answer.as_ref().is_ok_and(|answer| answer.status == UNAUTHORIZED)
}

/// The longest wait of the protocol.
const LONGEST_ALONE: Duration = Duration::from_secs(3600);
/// RFC 9110 §15.5.2: whoever asks is not known, whatever is asked for. 403 may be about this one alone.
const UNAUTHORIZED: u16 = 401;
