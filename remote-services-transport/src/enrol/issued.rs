//! Whether a certificate that a server issued may take the place of what is there.
//!
//! A certificate that the server would not accept later locks its client out, so it is looked at as the server will: by webpki, for a
//! client, and by the server's clock. One whose time comes within an hour is taken as such: whoever has another one uses that until then.

use super::{ClientKey, EnrolError, TrustAnchors, client_name, validity};
use crate::chain_fault;
use crate::registration_key::SpkiPin;
use der::Decode as _;
use remote_services_core::time::Timestamp;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use std::cmp::Reverse;
use std::time::Duration;
use uuid::Uuid;
use webpki::EndEntityCert;
use x509_cert::Certificate;
use x509_cert::ext::pkix::KeyUsage;

/// What a certificate is judged by that a server issues.
#[derive(Clone, Copy)]
pub struct Issuers<'a> {
    /// What it must lead to.
    pub anchors: &'a TrustAnchors,
    /// Certificates over which it may lead there, besides those of the answer: for a renewal, the present chain.
    pub between: &'a [Vec<u8>],
    /// Who checks signatures: rustls's providers have them as `signature_verification_algorithms.all`.
    pub algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    /// What time it is by the server's clock, or by this host's where that is not known. The answer's own `Date` goes before it.
    pub now: Timestamp,
}

/// A certificate that can be used.
pub(super) struct Chosen {
    /// The client's name in it.
    pub(super) client: Uuid,
    /// With it what came along, or leads from it to an anchor.
    pub(super) chain: Vec<Vec<u8>>,
    /// When it begins to be valid, with all that it leads over.
    pub(super) begins: Option<Timestamp>,
}

impl Issuers<'_> {
    /// Whether one of them issued this certificate, for a client.
    #[must_use]
    pub fn issued(&self, certificate: &[u8]) -> bool {
        self.way(certificate, &[]).is_ok()
    }

    /// Of the certificates that an answer holds, the one for our key and this client that can be used, and of several the one that ends
    /// last.
    pub(super) fn choose(
        &self,
        key: &ClientKey,
        own: Option<Uuid>,
        all: Vec<Vec<u8>>,
    ) -> Result<Chosen, EnrolError> {
        let ours = SpkiPin::of_public_key(&key.public_spki());
        let (mut issued, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|certificate| SpkiPin::of_certificate(certificate) == Some(ours));
        issued.sort_by_key(|certificate| Reverse(validity(certificate).map(|(_, end)| end)));
        let mut first = None;
        for certificate in issued {
            match self.accept(&certificate, &others, own) {
                Ok((client, between)) => {
                    let begin = |der: &Vec<u8>| validity(der).map(|(from, _)| from);
                    let begins = between.iter().chain([&certificate]).filter_map(begin).max();
                    let mut chain = vec![certificate];
                    chain.extend(others);
                    let missing: Vec<_> = between.into_iter().filter(|way| !chain.contains(way)).collect();
                    chain.extend(missing);
                    return Ok(Chosen { client, chain, begins });
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or(EnrolError::WrongKey))
    }

    /// The client's name in a certificate, and what leads from it to an anchor, if it can be used.
    fn accept(
        &self,
        certificate: &[u8],
        others: &[Vec<u8>],
        own: Option<Uuid>,
    ) -> Result<(Uuid, Vec<Vec<u8>>), EnrolError> {
        let between = self.way(certificate, others)?;
        if !may_sign(certificate) {
            return Err(EnrolError::WrongKeyUsage);
        }
        let client = client_name(certificate).ok_or(EnrolError::NoName)?;
        if own.is_some_and(|own| own != client) { Err(EnrolError::WrongName) } else { Ok((client, between)) }
    }

    fn way(&self, certificate: &[u8], others: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, EnrolError> {
        let roots: Vec<_> =
            self.anchors.certificates().iter().map(|der| CertificateDer::from(&**der)).collect();
        let anchors: Result<Vec<TrustAnchor<'_>>, _> =
            roots.iter().map(webpki::anchor_from_trusted_cert).collect();
        let anchors = anchors.map_err(|_| EnrolError::Stored("trust anchor"))?;
        let helpers = others.iter().chain(self.between).chain(self.anchors.beside());
        let helpers: Vec<_> = helpers.map(|der| CertificateDer::from(&**der)).collect();
        let certificate = CertificateDer::from(certificate);
        let unreadable = |error| fault(&error, self.now);
        let certificate = EndEntityCert::try_from(&certificate).map_err(unreadable)?;
        let verify = |now: Timestamp| {
            let usage = webpki::KeyUsage::client_auth();
            certificate
                .verify_for_usage(self.algorithms, &anchors, &helpers, unix(now), usage, None, None)
                .map(|path| path.intermediate_certificates().map(|way| way.der().to_vec()).collect())
        };
        let verified = match verify(self.now) {
            Err(webpki::Error::CertNotValidYet { .. }) => verify(self.now.plus(SLOW_CLOCK)),
            verified => verified,
        };
        verified.map_err(|error| fault(&error, self.now))
    }
}

/// What webpki's refusal means.
fn fault(error: &webpki::Error, now: Timestamp) -> EnrolError {
    use webpki::Error as E;
    let moment = |time: &UnixTime| Timestamp::default().plus(Duration::from_secs(time.as_secs()));
    match error {
        E::UnknownIssuer => EnrolError::UnknownIssuer,
        E::InvalidSignatureForPublicKey => EnrolError::BadSignature,
        E::CertExpired { not_after, .. } => EnrolError::Expired { ended: moment(not_after), now },
        E::CertNotValidYet { not_before, .. } => EnrolError::NotYetValid { begins: moment(not_before), now },
        E::RequiredEkuNotFoundContext(_) | E::EmptyEkuExtension => EnrolError::WrongPurpose,
        E::CaUsedAsEndEntity => EnrolError::OfAnAuthority,
        E::UnsupportedSignatureAlgorithmContext(_)
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            EnrolError::Unacceptable(UNKNOWN_ALGORITHM.to_owned())
        }
        other => EnrolError::Unacceptable(chain_fault::in_words(other)),
    }
}

/// Whether a certificate's key may sign (RFC 5280 §4.2.1.3), as TLS demands it (RFC 8446 §4.4.2.2).
fn may_sign(certificate: &[u8]) -> bool {
    let usage = Certificate::from_der(certificate)
        .and_then(|certificate| certificate.tbs_certificate().get_extension::<KeyUsage>());
    usage.is_ok_and(|usage| usage.is_none_or(|(_, usage)| usage.digital_signature()))
}

fn unix(moment: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(moment.since(Timestamp::default()))
}

/// Who issues may be ahead of who tells the time, or of this host, by as much as two clocks may be that agree. It is no leave to use what
/// was issued before its time: see [`EnrolOutcome::IssuedEarly`](super::EnrolOutcome::IssuedEarly).
const SLOW_CLOCK: Duration = Duration::from_secs(3600);
const UNKNOWN_ALGORITHM: &str =
    "it, or an authority's on the way, is signed by an algorithm that this client does not accept";

#[cfg(all(test, feature = "client"))]
mod tests;
