//! One host under way, and what its credentials have come to.
//!
//! The strongest credentials are asked with first. After their first silence the next ones are asked with too, while the
//! first may still be answered, so that an address that is nobody's costs little more than one patience; and so on down the
//! ladder. What counts in the end is the strongest that was answered: an answer to weaker ones waits until all stronger
//! ones are over.

use core::net::SocketAddr;
use remote_services_snmp::engine::RequestError;
use std::rc::Rc;

use super::Target;
use crate::store::ObjectStore;

/// Positions of usable credentials, strongest version first.
pub(super) type Ladder = Rc<[usize]>;

#[derive(Debug)]
pub(super) struct Host {
    /// Being asked is `target.address`; addresses that were silent are gone.
    pub(super) target: Target,
    /// What the finding is about when no address answers.
    pub(super) named: SocketAddr,
    pub(super) ladder: Ladder,
    pub(super) step: Step,
    /// Of the ladder from its top, the rungs that were begun.
    tries: Vec<Try>,
    /// The rung that counts, once one does.
    pub(super) rung: usize,
    pub(super) answers: ObjectStore,
    /// The most telling failure so far.
    pub(super) refused: Option<RequestError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Echo,
    /// Which credentials, and what is it?
    Identify,
    ListDevices,
    TellKind,
}

/// What has become of one rung.
#[derive(Debug)]
enum Try {
    Open,
    /// Asked again more plainly.
    OpenPlainly,
    Over,
    Answered(ObjectStore),
}

/// What to do about a host next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait for what is open.
    Wait,
    /// Ask with this rung.
    Ask(usize),
    /// A rung was answered and counts.
    Take,
    /// Nothing is left to ask with.
    GiveUp,
}

impl Host {
    pub(super) fn new(target: Target, ladder: Ladder, step: Step) -> Self {
        Self {
            named: target.address,
            target,
            ladder,
            step,
            tries: Vec::new(),
            rung: 0,
            answers: ObjectStore::new(),
            refused: None,
        }
    }

    /// Goes on with the host's next address, if it has one.
    pub(super) fn next_address(&mut self, step: Step) -> bool {
        if self.target.others.is_empty() {
            return false;
        }
        self.target.address = self.target.others.remove(0);
        self.step = step;
        self.tries.clear();
        true
    }

    /// Whether this rung is to be asked the plain question.
    pub(super) fn is_plain(&self, rung: usize) -> bool {
        matches!(self.tries.get(rung), Some(Try::OpenPlainly))
    }

    /// Whether any rung was answered.
    pub(super) fn has_answered(&self) -> bool {
        self.tries.iter().any(|it| matches!(it, Try::Answered(_)))
    }

    /// Begins the next rung, if none was answered and there is one.
    pub(super) fn begin(&mut self) -> Option<usize> {
        let rung = self.tries.len();
        if self.has_answered() || rung >= self.ladder.len() {
            return None;
        }
        self.tries.push(Try::Open);
        Some(rung)
    }

    /// Whether `rung` is the last that was begun.
    pub(super) fn is_last(&self, rung: usize) -> bool {
        rung + 1 == self.tries.len()
    }

    pub(super) fn answered(&mut self, rung: usize, answers: ObjectStore) {
        self.note(rung, Try::Answered(answers));
    }

    pub(super) fn over(&mut self, rung: usize) {
        self.note(rung, Try::Over);
    }

    /// Has the rung asked again more plainly.
    pub(super) fn ask_plainly(&mut self, rung: usize) {
        self.note(rung, Try::OpenPlainly);
    }

    fn note(&mut self, rung: usize, what: Try) {
        if let Some(noted) = self.tries.get_mut(rung) {
            *noted = what;
        }
    }

    /// What to do after a rung has come to something.
    pub(super) fn next(&mut self) -> Next {
        let last_is_over = matches!(self.tries.last(), Some(Try::Over));
        let mut not_over = self.tries.iter_mut().enumerate().filter(|(_, it)| !matches!(it, Try::Over));
        match not_over.next() {
            Some((rung, Try::Answered(answers))) => {
                self.answers = core::mem::take(answers);
                self.rung = rung;
                Next::Take
            }
            Some(_) if !last_is_over => Next::Wait,
            // What is open may be answered; but the last one said no, so the next one's turn has come.
            Some(_) => self.begin().map_or(Next::Wait, Next::Ask),
            None => self.begin().map_or(Next::GiveUp, Next::Ask),
        }
    }
}
