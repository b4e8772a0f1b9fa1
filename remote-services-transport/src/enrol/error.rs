use crate::certs_only::CertsOnlyError;
use crate::exchange::Answer;
use crate::next_step::{NextStep, Outcome, next_step};
use remote_services_core::key::KeyError;
use remote_services_core::time::Timestamp;

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
    /// The certificate leads to none of the trust anchors.
    #[error("the server issued a certificate that leads to none of this client's trust anchors")]
    UnknownIssuer,
    /// The certificate names an authority that leads to the trust anchors, and that one did not sign it.
    #[error("the server issued a certificate whose signature is not that of the authority that it names")]
    BadSignature,
    /// The certificate's time is over, or that of an authority on the way.
    #[error("the server issued a certificate that expired {ended}, or the clock is wrong, which shows {now}")]
    Expired {
        /// When it ended.
        ended: Timestamp,
        /// What time it was: by the server's clock, or by this host's where the server did not say.
        now: Timestamp,
    },
    /// The certificate's time has not come by far, or that of an authority on the way.
    #[error(
        "the server issued a certificate that is not valid before {begins}, or the clock is wrong, which shows {now}"
    )]
    NotYetValid {
        /// When it begins.
        begins: Timestamp,
        /// What time it was: by the server's clock, or by this host's where the server did not say.
        now: Timestamp,
    },
    /// The renewed certificate ends before the present one, and too soon to be renewed itself.
    #[error(
        "the server issued a certificate that ends {ends}, before the present one, which ends {present}, and too soon to be renewed in time"
    )]
    EndsEarly {
        /// When it ends.
        ends: Timestamp,
        /// When the present one ends.
        present: Timestamp,
    },
    /// The certificate's extended key usage has no TLS client in it.
    #[error(
        "the server issued a certificate that is not meant for clients (extendedKeyUsage without clientAuth)"
    )]
    WrongPurpose,
    /// The certificate's key usage does not let the client sign.
    #[error(
        "the server issued a certificate whose key is not meant for signing (keyUsage without digitalSignature), which TLS \
         demands of a client's"
    )]
    WrongKeyUsage,
    /// The certificate is one of an authority.
    #[error("the server issued a certificate of an authority (CA:TRUE), where one of a client was asked for")]
    OfAnAuthority,
    /// Another fault of the certificate.
    #[error("the server issued a certificate that is not acceptable: {0}")]
    Unacceptable(String),
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

impl EnrolError {
    /// Whether a certificate was issued, and is one that cannot be used.
    #[must_use]
    pub fn is_of_the_issued(&self) -> bool {
        matches!(
            self,
            Self::WrongKey
                | Self::NoName
                | Self::WrongName
                | Self::UnknownIssuer
                | Self::BadSignature
                | Self::Expired { .. }
                | Self::NotYetValid { .. }
                | Self::EndsEarly { .. }
                | Self::WrongPurpose
                | Self::WrongKeyUsage
                | Self::OfAnAuthority
                | Self::Unacceptable(_)
        )
    }
}

pub(super) fn status_error(answer: &Answer) -> EnrolError {
    EnrolError::Status { step: next_step(Outcome::Status(answer.status)), why: answer.complaint() }
}
