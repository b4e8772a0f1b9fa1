//! What all lists of revoked certificates together say of the certificates on a way to an anchor.
//!
//! ```text
//! for each certificate: lists of its issuer's name ─▶ signed by its issuer's key ─▶ any names it ──────────▶ revoked
//!                                                     └─▶ newest that covers it ──▶ hard: in its time? ─▶ passes
//! ```
//!
//! The order of the lists does not matter, and an old list takes nothing away from what another says.

use super::crl::{Crl, Signature};
use super::strength::may;
use super::{RevocationPolicy, TlsFault};
use der::Decode as _;
use der::asn1::AnyRef;
use rustls_pki_types::{SignatureVerificationAlgorithm, UnixTime};
use webpki::{Cert, VerifiedPath};
use x509_cert::ext::pkix::KeyUsage;

/// Who judges: the lists, and by what they are judged.
pub(super) struct Standing<'a> {
    pub(super) lists: &'a [Crl],
    pub(super) policy: RevocationPolicy,
    pub(super) now: UnixTime,
    pub(super) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
}

/// A certificate and who issued it.
struct Link<'a> {
    certificate: &'a Cert<'a>,
    is_authority: bool,
    /// The inside of the issuer's SubjectPublicKeyInfo.
    issuer_key: Vec<u8>,
    issuer_signs_lists: bool,
}

impl Standing<'_> {
    /// Whether nothing speaks against any certificate on the way, but for the anchor.
    ///
    /// # Errors
    /// What speaks against one, the anchor's end first.
    pub(super) fn judge(&self, path: &VerifiedPath<'_>) -> Result<(), TlsFault> {
        let links = links(path)?;
        links.iter().rev().try_for_each(|link| self.judge_one(link, &links))
    }

    fn judge_one(&self, link: &Link<'_>, links: &[Link<'_>]) -> Result<(), TlsFault> {
        let (mut signed, mut foreign) = (Vec::new(), Vec::new());
        for list in self.lists.iter().filter(|list| list.is_of_issuer(link.certificate)) {
            match list.signature(&link.issuer_key, self.algorithms) {
                Signature::Holds => signed.push(list),
                other => foreign.push((list, other)),
            }
        }
        if !signed.is_empty() && !link.issuer_signs_lists {
            return Err(unusable("its issuer may not sign such lists"));
        }
        if signed.iter().any(|list| list.names(link.certificate)) {
            return Err(TlsFault::Revoked);
        }
        if signed.is_empty() {
            self.without_a_list(&foreign, links)?;
        }
        match self.policy {
            RevocationPolicy::Hard => self.in_time(link, &signed),
            RevocationPolicy::Soft => Ok(()),
        }
    }

    /// A list of the issuer's name that no key on the way signed is forged or damaged, or of a key that is no more.
    fn without_a_list(&self, foreign: &[(&Crl, Signature)], links: &[Link<'_>]) -> Result<(), TlsFault> {
        let is_anothers = |list: &Crl| {
            links.iter().any(|link| list.signature(&link.issuer_key, self.algorithms) == Signature::Holds)
        };
        match foreign.iter().find(|(list, _)| !is_anothers(list)) {
            Some((_, Signature::Unknown)) => {
                Err(unusable("its signature is by an algorithm that is not accepted"))
            }
            Some(_) => Err(unusable("its signature does not hold")),
            None => Ok(()),
        }
    }

    /// Whether the newest of the lists that would name the certificate is in its time.
    fn in_time(&self, link: &Link<'_>, signed: &[&Crl]) -> Result<(), TlsFault> {
        let covering = || signed.iter().filter(|list| list.covers(link.certificate, link.is_authority));
        let newest = covering()
            .filter(|list| list.this_update.as_secs() <= self.now.as_secs().saturating_add(SLOW_CLOCK))
            .max_by_key(|list| (list.this_update, list.next_update));
        match newest {
            Some(list) if self.now < list.next_update => Ok(()),
            Some(_) => Err(TlsFault::RevocationListExpired),
            None if covering().next().is_some() => {
                Err(unusable("it is not valid yet, or the clock here is wrong"))
            }
            None => Err(TlsFault::RevocationUnknown),
        }
    }
}

/// The server's certificate first.
fn links<'a>(path: &'a VerifiedPath<'_>) -> Result<Vec<Link<'a>>, TlsFault> {
    let certificates: Vec<&Cert<'_>> =
        std::iter::once::<&Cert<'_>>(path.end_entity()).chain(path.intermediate_certificates()).collect();
    let mut links = Vec::with_capacity(certificates.len());
    for (number, &certificate) in certificates.iter().enumerate() {
        let (issuer_key, issuer_signs_lists) = match certificates.get(number + 1) {
            Some(issuer) => (key_of(issuer)?, may(&issuer.der(), KeyUsage::crl_sign).unwrap_or(false)),
            None => (path.anchor().subject_public_key_info.to_vec(), true),
        };
        links.push(Link { certificate, is_authority: number > 0, issuer_key, issuer_signs_lists });
    }
    Ok(links)
}

fn key_of(certificate: &Cert<'_>) -> Result<Vec<u8>, TlsFault> {
    let whole = certificate.subject_public_key_info();
    let inside = AnyRef::from_der(&whole).map(|any| any.value().to_vec());
    inside.map_err(|_| unusable("its issuer's key cannot be read"))
}

fn unusable(why: &str) -> TlsFault {
    TlsFault::RevocationList(why.to_owned())
}

/// Seconds that the clock here may be slow: a list that is put in its place as soon as it is issued is not of the future.
const SLOW_CLOCK: u64 = 300;
