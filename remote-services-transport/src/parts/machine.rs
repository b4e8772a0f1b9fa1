use crate::document::{ContentDigest, PartRanges, Receipt, expand, names};
use crate::exchange::{Answer, Body, Method, Request};
use crate::next_step::NextStep;
use crate::upload::{self, Concerns, UploadOutcome};
use uuid::Uuid;

/// The upload of one log in parts.
#[derive(Clone, Debug)]
pub struct PartsUpload {
    client: Uuid,
    upload: Uuid,
    of: u32,
    /// Parts that the server is known to have.
    present: PartRanges,
    phase: Phase,
    /// How often the list was refused for want of parts.
    rounds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Asking,
    Sending,
    Ended,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartsStep {
    /// Ask which parts the server has: [`PartsUpload::look`].
    Look,
    /// Send this part: [`PartsUpload::part`].
    Part(u32),
    /// All parts are there: send the signed list: [`PartsUpload::list`].
    List,
    /// It is over.
    Ended,
}

/// What an answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartsOutcome {
    /// One step further: see [`PartsUpload::next`].
    GoOn,
    /// The whole log is durable on the server.
    Stored {
        /// The server's word for the list, and with it for all parts.
        receipt: Receipt,
        /// Whether the server had it already.
        duplicate: bool,
    },
    /// The server will never take these bytes, whatever their name.
    Refused(String),
    /// The server has other bytes under this name, and nobody here knows which. What it has of the log is of no use: the log
    /// must begin again under another name.
    OtherBytes(String),
    /// The part is too large for somebody in front of the server. In parts of this length the log will never arrive: it
    /// must be cut smaller, and begin again under another name.
    TooLarge(String),
    /// As for an upload in one piece: the step is tried again later. Never `Stored` and never `Refused`.
    Not(UploadOutcome),
}

impl PartsUpload {
    /// An upload of `of` parts, at least one, of which nobody knows how many are on the server.
    #[must_use]
    pub fn new(client: Uuid, upload: Uuid, of: u32) -> Self {
        Self {
            client,
            upload,
            of: of.max(1),
            present: PartRanges::default(),
            phase: Phase::Asking,
            rounds: 0,
        }
    }

    /// The upload's name.
    #[must_use]
    pub fn upload(&self) -> Uuid {
        self.upload
    }

    /// How many parts there are.
    #[must_use]
    pub fn of(&self) -> u32 {
        self.of
    }

    /// The parts that the server is known to have.
    #[must_use]
    pub fn present(&self) -> &PartRanges {
        &self.present
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self) -> PartsStep {
        match self.phase {
            Phase::Asking => PartsStep::Look,
            Phase::Ended => PartsStep::Ended,
            Phase::Sending => {
                let missing = (1..=self.of).find(|part| !self.present.contains(*part));
                missing.map_or(PartsStep::List, PartsStep::Part)
            }
        }
    }

    /// `HEAD …/uploads/{upload}`.
    #[must_use]
    pub fn look(&self, template: &str) -> Request<'static> {
        Request::new(Method::Head, self.path(template, None))
    }

    /// `PUT …/parts/{part}`.
    #[must_use]
    pub fn part<'a>(&self, template: &str, part: u32, sealed: impl Into<Body<'a>>) -> Request<'a> {
        Request::new(Method::Put, self.path(template, Some(part)))
            .with("if-none-match", "*")
            .with_body(names::SEALED, sealed)
    }

    /// `PUT …/uploads/{upload}` with the list, saying how many parts it closes.
    #[must_use]
    pub fn list<'a>(&self, template: &str, sealed: impl Into<Body<'a>>) -> Request<'a> {
        Request::new(Method::Put, self.path(template, None))
            .with("if-none-match", "*")
            .with(names::PARTS, PartRanges::up_to(self.of).to_string())
            .with_body(names::SEALED, sealed)
    }

    /// Takes the answer to [`Self::look`] in.
    pub fn handle_look(&mut self, answer: &Answer) -> PartsOutcome {
        let parts = answer.field(names::PARTS).map(str::parse::<PartRanges>);
        let (step, why) = answer.verdict(names::JSON);
        match (step, parts) {
            // Whole there already: the list is sent all the same, since a receipt is wanted and it is harmless.
            (NextStep::GoOn, None) if answer.status == 200 => self.present = PartRanges::up_to(self.of),
            (NextStep::GoOn, Some(Ok(parts))) => self.present = parts,
            // By its media type: it is the server's. Parts that are there would be sealed anew for somebody else's.
            (NextStep::Gone, _) => self.present = PartRanges::default(),
            (NextStep::Unknown, _) if matches!(answer.status, 404 | 410) => {
                let (retry_after, concerns) = (answer.retry_after(), Concerns::Payload);
                return self.not(UploadOutcome::Later { retry_after, longest: false, concerns, why });
            }
            (NextStep::GoOn, _) => {
                let why = "the server does not say which parts it has".to_owned();
                return PartsOutcome::Not(UploadOutcome::Unconfirmed { status: answer.status, why });
            }
            // Nothing was sent that could be refused.
            _ => {
                let outcome = match upload::judge(self.upload, ContentDigest::of(b""), answer) {
                    UploadOutcome::Refused { why, .. } => UploadOutcome::Stopped { of_payload: true, why },
                    outcome => outcome,
                };
                return self.not(outcome);
            }
        }
        self.phase = Phase::Sending;
        PartsOutcome::GoOn
    }

    /// Takes the answer to [`Self::part`] in; `sent` is the digest of what was sent.
    pub fn handle_part(&mut self, part: u32, sent: ContentDigest, answer: &Answer) -> PartsOutcome {
        if conflict(answer).as_deref() == Some(OTHER_BYTES) {
            return self.other_bytes(answer);
        }
        match upload::judge(self.upload, sent, answer) {
            UploadOutcome::Stored { .. } => {
                self.present.insert(part);
                PartsOutcome::GoOn
            }
            UploadOutcome::PassedOver { why } => {
                self.phase = Phase::Ended;
                PartsOutcome::TooLarge(why)
            }
            other => self.not(other),
        }
    }

    /// Takes the answer to [`Self::list`] in; `sent` is the digest of what was sent.
    pub fn handle_list(&mut self, sent: ContentDigest, answer: &Answer) -> PartsOutcome {
        match conflict(answer).as_deref() {
            Some(MISSING_PARTS) => {
                self.rounds += 1;
                if self.rounds > MOST_ROUNDS {
                    return self.refused(answer.complaint());
                }
                self.phase = Phase::Asking;
                return PartsOutcome::GoOn;
            }
            Some(OTHER_BYTES) => return self.other_bytes(answer),
            _ => {}
        }
        match upload::judge(self.upload, sent, answer) {
            UploadOutcome::Stored { receipt, duplicate } => {
                self.phase = Phase::Ended;
                PartsOutcome::Stored { receipt, duplicate }
            }
            other => self.not(other),
        }
    }

    fn not(&mut self, outcome: UploadOutcome) -> PartsOutcome {
        match outcome {
            UploadOutcome::Refused { why, .. } => self.refused(why),
            // After any other failure the server may have lost or gained parts.
            UploadOutcome::Later { .. } => {
                self.phase = Phase::Asking;
                PartsOutcome::Not(outcome)
            }
            outcome => PartsOutcome::Not(outcome),
        }
    }

    fn refused(&mut self, why: String) -> PartsOutcome {
        self.phase = Phase::Ended;
        PartsOutcome::Refused(why)
    }

    fn other_bytes(&mut self, answer: &Answer) -> PartsOutcome {
        self.phase = Phase::Ended;
        PartsOutcome::OtherBytes(answer.complaint())
    }

    /// There was no answer, so nobody knows what arrived: the next step is to look.
    pub fn handle_no_answer(&mut self) {
        if self.phase == Phase::Sending {
            self.phase = Phase::Asking;
        }
    }

    fn path(&self, template: &str, part: Option<u32>) -> String {
        let (client, upload) = (self.client.to_string(), self.upload.to_string());
        let part = part.unwrap_or_default().to_string();
        expand(template, &[("client", &client), ("upload", &upload), ("part", &part)])
    }
}

/// The reason of a conflict, in the server's own word.
fn conflict(answer: &Answer) -> Option<String> {
    answer.problem().filter(|_| answer.status == 409)?.reason
}

/// The reason in the problem document that refuses what is sent under a name that has other bytes.
pub const OTHER_BYTES: &str = "otherBytes";
/// The reason in the problem document that refuses a list whose parts are not all there.
pub const MISSING_PARTS: &str = "missingParts";
/// How often a server may say that parts are missing which it said it had.
const MOST_ROUNDS: u32 = 8;
