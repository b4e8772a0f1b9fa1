//! A certificate for the right host that leads to none of our anchors: somebody in between, or a server that leaves out a part
//! of its chain?
//!
//! ```text
//! its key is pinned ──────────────────────────────▶ incomplete chain        no pin fits ─▶ intercepted
//! issued by whom issued the one before ───────────▶ incomplete chain        by another ──▶ intercepted
//! issued by whom issued our own certificate ──────▶ incomplete chain
//! what came with it leads to a root of its own ───▶ intercepted
//! nothing of these is known ──────────────────────▶ either
//! ```
//!
//! This is about words alone: there is no connection in any of these cases.

use super::{TlsFault, TlsSettings};
use crate::registration_key::SpkiPin;
use rustls::RootCertStore;
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls_pki_types::{CertificateDer, ServerName};
use std::sync::{Mutex, PoisonError};
use x509_cert::Certificate;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::name::Name;

/// What is known of the server's true authorities.
#[derive(Debug)]
pub(super) struct Stranger {
    /// Names of our anchors, as the root store keeps them: without the tag and length of the SEQUENCE.
    anchors: Vec<Vec<u8>>,
    pins: Vec<SpkiPin>,
    /// Who issued the certificates of this client's own chain.
    kin: Vec<Name>,
    /// Who issued the server's certificate that was trusted last.
    before: Mutex<Option<Name>>,
}

impl Stranger {
    pub(super) fn new(roots: &RootCertStore, settings: &TlsSettings, own_chain: &[Vec<u8>]) -> Self {
        let issuer =
            |der: &Vec<u8>| Some(Certificate::from_der(der).ok()?.tbs_certificate().issuer().clone());
        Self {
            anchors: roots.roots.iter().map(|anchor| anchor.subject.as_ref().to_vec()).collect(),
            pins: settings.pins.clone(),
            kin: own_chain.iter().filter_map(issuer).collect(),
            before: Mutex::default(),
        }
    }

    /// Keeps who issued a certificate that was trusted.
    pub(super) fn remember(&self, certificate: &CertificateDer<'_>) {
        if let Ok(certificate) = Certificate::from_der(certificate) {
            let issuer = certificate.tbs_certificate().issuer().clone();
            *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(issuer);
        }
    }

    /// What a certificate of an unknown issuer means; nothing when it is for another name, signed by itself, or by one that
    /// calls itself like an authority of ours.
    pub(super) fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
    ) -> Option<TlsFault> {
        verify_server_name(&ParsedCertificate::try_from(certificate).ok()?, name).ok()?;
        let parsed = Certificate::from_der(certificate).ok()?;
        let (issuer, subject) = (parsed.tbs_certificate().issuer(), parsed.tbs_certificate().subject());
        if issuer == subject || self.is_anchor(issuer) {
            return None;
        }
        let said = printable(&issuer.to_string());
        let intercepted = |issuer| TlsFault::Intercepted { issuer, proxy: None };
        let incomplete = |issuer| TlsFault::IncompleteChain { issuer };
        if !self.pins.is_empty() {
            let pinned = SpkiPin::of_certificate(certificate).is_some_and(|pin| self.pins.contains(&pin));
            return Some(if pinned { incomplete(said) } else { intercepted(said) });
        }
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        Some(match &*before {
            Some(before) if before == issuer => incomplete(said),
            Some(_) => intercepted(said),
            None if self.kin.contains(issuer) => incomplete(said),
            None if self.ends_in_another_root(issuer, others) => intercepted(said),
            None => TlsFault::ForeignIssuer { issuer: said, proxy: None },
        })
    }

    /// Whether what was sent leads from this issuer to one that signed itself and is none of ours.
    fn ends_in_another_root(&self, issuer: &Name, others: &[CertificateDer<'_>]) -> bool {
        let sent: Vec<Certificate> =
            others.iter().take(LONGEST_CHAIN).filter_map(|der| Certificate::from_der(der).ok()).collect();
        let mut wanted = issuer.clone();
        for _ in 0..sent.len() {
            let is_wanted = |it: &&Certificate| *it.tbs_certificate().subject() == wanted;
            let Some(found) = sent.iter().find(is_wanted) else { return false };
            let above = found.tbs_certificate().issuer();
            if *above == wanted {
                return !self.is_anchor(above);
            }
            wanted = above.clone();
        }
        false
    }

    fn is_anchor(&self, name: &Name) -> bool {
        let der = name.to_der().unwrap_or_default();
        let inside = AnyRef::from_der(&der).map(|any| any.value().to_vec());
        inside.is_ok_and(|inside| self.anchors.contains(&inside))
    }
}

/// A name as a stranger wrote it, fit for a line of a log.
fn printable(name: &str) -> String {
    let clean = |character: char| if character.is_control() { '\u{FFFD}' } else { character };
    name.chars().take(LONGEST_NAME).map(clean).collect()
}

/// Characters of a stranger's name that are shown.
const LONGEST_NAME: usize = 120;
/// Certificates of a stranger's chain that are looked at.
const LONGEST_CHAIN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    type Issuer = CertifiedIssuer<'static, KeyPair>;

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    fn root(name: &str) -> Issuer {
        CertifiedIssuer::self_signed(params(name), KeyPair::generate().unwrap()).unwrap()
    }

    fn below(root: &Issuer, name: &str) -> Issuer {
        CertifiedIssuer::signed_by(params(name), KeyPair::generate().unwrap(), root).unwrap()
    }

    fn leaf(issuer: &Issuer) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["rs.test".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "rs.test");
        params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()
    }

    fn known(anchor: &Issuer, settings: &TlsSettings, own_chain: &[Vec<u8>]) -> Stranger {
        let mut roots = RootCertStore::empty();
        roots.add(anchor.der().clone()).unwrap();
        Stranger::new(&roots, settings, own_chain)
    }

    fn judge(known: &Stranger, certificate: &CertificateDer<'_>, others: &[&Issuer]) -> &'static str {
        let others: Vec<_> = others.iter().map(|issuer| issuer.der().clone()).collect();
        match known.judge(certificate, &others, &ServerName::try_from("rs.test").unwrap()) {
            None => "unknown",
            Some(TlsFault::Intercepted { .. }) => "intercepted",
            Some(TlsFault::ForeignIssuer { .. }) => "either",
            Some(TlsFault::IncompleteChain { .. }) => "incomplete",
            Some(other) => panic!("{other}"),
        }
    }

    #[test]
    fn without_anything_known_only_a_whole_chain_to_another_root_is_an_interceptor() {
        let (ours, firewall) = (root("ours"), root("firewall"));
        let (middle, theirs) = (below(&ours, "middle"), below(&firewall, "firewall's"));
        let known = known(&ours, &TlsSettings::default(), &[]);
        assert_eq!(judge(&known, &leaf(&middle), &[]), "either");
        assert_eq!(judge(&known, &leaf(&firewall), &[]), "either");
        assert_eq!(judge(&known, &leaf(&firewall), &[&firewall]), "intercepted");
        assert_eq!(judge(&known, &leaf(&theirs), &[&firewall, &theirs]), "intercepted");
        assert_eq!(judge(&known, &leaf(&theirs), &[&theirs]), "either");
        assert_eq!(
            judge(&known, &leaf(&middle), &[&firewall]),
            "either",
            "a root that has nothing to do with it"
        );
        // Somebody who calls himself like our authority.
        assert_eq!(judge(&known, &leaf(&root("ours")), &[]), "unknown");
    }

    #[test]
    fn whom_the_server_or_this_client_was_certified_by_before_is_no_interceptor() {
        let (ours, firewall) = (root("ours"), root("firewall"));
        let middle = below(&ours, "middle");
        let own_chain = [leaf(&middle).to_vec(), middle.der().to_vec()];
        assert_eq!(
            judge(&known(&ours, &TlsSettings::default(), &own_chain), &leaf(&middle), &[]),
            "incomplete"
        );

        let known = known(&ours, &TlsSettings::default(), &[]);
        known.remember(&leaf(&middle));
        assert_eq!(judge(&known, &leaf(&middle), &[]), "incomplete");
        assert_eq!(judge(&known, &leaf(&firewall), &[]), "intercepted");
    }

    #[test]
    fn with_pins_the_key_decides() {
        let (ours, firewall) = (root("ours"), root("firewall"));
        let certificate = leaf(&below(&ours, "middle"));
        let pins = vec![SpkiPin::of_certificate(&certificate).unwrap()];
        let known = known(&ours, &TlsSettings::default().with_pins(pins), &[]);
        assert_eq!(judge(&known, &certificate, &[]), "incomplete");
        assert_eq!(judge(&known, &leaf(&firewall), &[]), "intercepted");
    }

    #[test]
    fn a_certificate_for_another_host_says_nothing() {
        let (ours, firewall) = (root("ours"), root("firewall"));
        let known = known(&ours, &TlsSettings::default(), &[]);
        let certificate = leaf(&firewall);
        let other = ServerName::try_from("other.test").unwrap();
        assert_eq!(known.judge(&certificate, &[], &other), None);
    }
}
