use crate::certs_only::CertsOnlyError;
use crate::exchange::Answer;
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::key::KeyError;

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The body is no certs-only message.
    #[error("the server's certificates cannot be read: {0}")]
    Body(#[from] CertsOnlyError),
    /// None of the server's trust anchors has the pinned key.
    #[error(
        "the server's trust anchor is not the one that the registration key names; somebody may be in between"
    )]
    WrongAnchor,
    /// The registration key is unknown, used or expired, or a person refused this client: the server's own word.
    #[error("the server does not accept the registration key: {0}")]
    KeyRefused(String),
    /// Another answer than those of the protocol.
    #[error("enrolment failed: {why}")]
    Status {
        /// What to do about it.
        step: NextStep,
        /// One sentence.
        why: String,
    },
    /// No certificate in the answer is for our key.
    #[error("the server issued a certificate for another key")]
    WrongKey,
    /// The certificate's common name is no client name.
    #[error("the server issued a certificate whose common name is not a UUID")]
    NoName,
    /// The renewed certificate is for another client.
    #[error("the server issued a certificate for another client")]
    WrongName,
    /// A stored certificate or key cannot be used.
    #[error("the stored {0} cannot be used")]
    Stored(&'static str),
    /// The module that holds the key refuses or fails.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The random source gave nothing usable.
    #[error("no usable randomness for a key")]
    Randomness,
}

pub(super) fn status_error(answer: &Answer) -> EnrolError {
    EnrolError::Status { step: next_step(Outcome::Status(answer.status)), why: answer.complaint() }
}
