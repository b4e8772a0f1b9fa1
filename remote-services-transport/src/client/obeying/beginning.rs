//! The beginning of a command in a round: the server is told before there is an effect.
//!
//! ```text
//! in the book ─▶ PUT running ─▶ taken, later, no answer: the effect
//!                  ▲   ││╲─▶ closed: left
//!                  │   │╰──▶ not trusted: taken back, begins again in a later round
//!       with its   │   ╲─▶ another version: GET execution ─▶ another beginning, closed: left
//!       version    ╰────────────── its answer was lost ◀──╯ ╲─▶ not said: neither begun nor left, looked after
//! ```

use super::{ObeyError, Round, RoundQuestion, Stage, UNAUTHORIZED};
use crate::client::{ClientError, calls};
use crate::document::{Execution, UrlTemplates};
use crate::exchange::{Answer, Request};
use crate::execution::{Begun, ReportOutcome, judge_report, report};
use crate::next_step::NextStep;
use crate::poll::MAX_SILENCES;
use uuid::Uuid;

/// What the server is told of a command before it has an effect.
pub(in crate::client) struct Beginning {
    pub(super) id: Uuid,
    begun: Begun,
    execution: Box<Execution>,
    body: Vec<u8>,
    etag: Option<String>,
    tries: u32,
}

impl Beginning {
    pub(super) fn report(&self, urls: &UrlTemplates, client: Uuid) -> Request<'_> {
        report(&urls.execution, client, self.id, self.etag.as_deref(), &self.body)
    }
}

impl Round<'_, '_, '_> {
    /// What the server is told of a command that has begun; while it is away, it is told of the result alone.
    pub(super) fn begin(&mut self, id: Uuid, begun: Begun) -> Option<RoundQuestion> {
        if self.progress.away {
            self.carry_out(id, begun);
            return None;
        }
        let execution = Box::new(self.book.execution(id)?.at_beginning(self.progress.number));
        match calls::json(&execution) {
            Ok(body) => {
                let beginning = Beginning { id, begun, execution, body, etag: None, tries: 1 };
                Some(RoundQuestion::Beginning(beginning))
            }
            Err(error) => {
                self.note(error.into());
                None
            }
        }
    }

    pub(super) fn took_beginning(
        &mut self,
        beginning: Beginning,
        answer: Result<Answer, ClientError>,
    ) -> Option<RoundQuestion> {
        let Beginning { id, begun, .. } = match answer {
            Err(error) => {
                self.unheard(beginning, error);
                return None;
            }
            Ok(answer) => match judge_report(&answer) {
                ReportOutcome::Taken { etag } => {
                    self.progress.tags.extend(etag.map(|etag| (beginning.id, etag)));
                    beginning
                }
                ReportOutcome::Later { retry_after, .. } => {
                    self.leave_alone(retry_after);
                    beginning
                }
                ReportOutcome::ReadAgain { .. } | ReportOutcome::Refused(_) => {
                    return Some(RoundQuestion::Known(beginning));
                }
                ReportOutcome::Closed(why) | ReportOutcome::BegunElsewhere(why) => {
                    self.leave(beginning, &why);
                    return None;
                }
                ReportOutcome::Untrusted(why) => {
                    self.take_back(beginning);
                    let error = ObeyError::Untrusted(why);
                    if answer.status == UNAUTHORIZED {
                        self.end_untrusted(error);
                    } else {
                        self.note(error);
                    }
                    return None;
                }
            },
        };
        self.carry_out(id, begun);
        None
    }

    /// Somebody else wrote, or the answer to this client was lost.
    pub(super) fn took_known(
        &mut self,
        mut beginning: Beginning,
        answer: Result<Answer, ClientError>,
    ) -> Option<RoundQuestion> {
        let known = answer.and_then(|answer| calls::judge_execution(&answer));
        // That nobody says what is no leave to begin.
        let settled =
            known.map(|known| calls::settle_beginning(known, &beginning.execution, &mut beginning.etag));
        let why = match settled {
            Ok(None) if beginning.tries < calls::MAX_REPORT_TRIES => {
                beginning.tries += 1;
                return Some(RoundQuestion::Beginning(beginning));
            }
            Ok(Some(ReportOutcome::Closed(why))) => {
                self.leave(beginning, &why);
                return None;
            }
            Ok(Some(ReportOutcome::BegunElsewhere(why))) => {
                let command = beginning.id;
                self.leave(beginning, &why);
                return self.not_begun(command, why);
            }
            Ok(_) => "the server has another version of it and does not say which".to_owned(),
            Err(error) => format!("the server has another version of it and does not say which: {error}"),
        };
        self.not_begun(beginning.id, why)
    }

    fn not_begun(&mut self, command: Uuid, why: String) -> Option<RoundQuestion> {
        self.note(ObeyError::NotBegun { command, why });
        None
    }

    /// A server that is away keeps nothing from being done, and is waited for with a few commands only. One that refuses this
    /// client's certificate is not away.
    fn unheard(&mut self, beginning: Beginning, error: ClientError) {
        if error.step() == NextStep::Trust {
            self.take_back(beginning);
            return self.end_untrusted(error.into());
        }
        self.progress.silences += usize::from(error.is_silence());
        let no_way = !error.concerns_one();
        self.progress.away = no_way || self.progress.silences >= MAX_SILENCES;
        self.carry_out(beginning.id, beginning.begun);
        // What was left open is done all the same; the rest of a list waits for the next round.
        if self.progress.away && matches!(self.progress.stage, Stage::List(_)) {
            self.poll.forget();
            if no_way { self.end(error.into()) } else { self.report_all() }
        }
    }

    /// Whoever is not known is not asked for more, and the list comes again when that is over.
    fn end_untrusted(&mut self, error: ObeyError) {
        self.poll.forget();
        self.end(error);
    }

    fn take_back(&mut self, Beginning { id, begun, .. }: Beginning) {
        self.progress.taken_back.insert(id);
        if let Err(error) = self.book.take_back(id, begun, self.keep) {
            self.not_kept(error);
        }
    }

    fn carry_out(&mut self, id: Uuid, begun: Begun) {
        if let Err(error) = self.book.carry_out(id, begun, self.keep, self.hands) {
            self.not_kept(error);
        }
    }

    fn leave(&mut self, Beginning { id, begun, .. }: Beginning, why: &str) {
        if let Err(error) = self.book.leave(id, begun, why, self.hands.now(), self.keep) {
            self.not_kept(error);
        }
    }
}
