use super::{EnrolError, status_error};
use crate::certs_only;
use crate::document::names;
use crate::exchange::{Answer, Method, Request};
use crate::registration_key::SpkiPin;

/// Certificates (DER) that the server's own must lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustAnchors {
    certificates: Vec<Vec<u8>>,
    /// What else came with them. None of it is believed: a client's certificate may lead over it to an anchor (RFC 7030 §4.1.3).
    beside: Vec<Vec<u8>>,
}

impl TrustAnchors {
    /// Those certificates of a `cacerts` answer that have the pinned key; the others are not believed.
    ///
    /// # Errors
    /// [`EnrolError::WrongAnchor`] when there are none, or why the answer cannot be read.
    pub fn from_cacerts(answer: &Answer, pin: SpkiPin) -> Result<Self, EnrolError> {
        if answer.status != 200 {
            return Err(status_error(answer));
        }
        let all = certs_only::read(&answer.body)?;
        let (certificates, beside): (Vec<_>, _) =
            all.into_iter().partition(|certificate| SpkiPin::of_certificate(certificate) == Some(pin));
        if certificates.is_empty() { Err(EnrolError::WrongAnchor) } else { Ok(Self { certificates, beside }) }
    }

    /// Anchors that were stored by an earlier run or put there by a person, DER each.
    #[must_use]
    pub fn from_stored(anchors: Vec<Vec<u8>>) -> Self {
        Self { certificates: anchors, beside: Vec::new() }
    }

    /// The certificates, DER each.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    pub(super) fn beside(&self) -> &[Vec<u8>] {
        &self.beside
    }
}

/// What to ask to learn the trust anchors.
#[must_use]
pub fn cacerts_request() -> Request<'static> {
    Request::new(Method::Get, names::EST_CACERTS).with("accept", names::PKCS7)
}
