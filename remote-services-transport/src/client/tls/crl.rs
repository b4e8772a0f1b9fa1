//! One list of revoked certificates (CRL, RFC 5280 §5): whose it is, when it was made, what it speaks of, and who signed it.

use super::revocation::RevocationListError;
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use rustls_pki_types::{CertificateRevocationListDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{BorrowedCertRevocationList, CertRevocationList};
use x509_cert::Certificate;
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::time::Time;

/// A list that can be used.
#[derive(Debug)]
pub(super) struct Crl {
    der: CertificateRevocationListDer<'static>,
    /// What is signed: the TBSCertList with its tag and length.
    signed: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    scope: Option<IssuingDistributionPoint>,
    pub(super) this_update: UnixTime,
    pub(super) next_update: UnixTime,
}

/// Whether a key signed a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    Holds,
    Fails,
    /// By an algorithm that the provider does not know.
    Unknown,
}

impl Crl {
    pub(super) fn read(der: CertificateRevocationListDer<'static>) -> Result<Self, RevocationListError> {
        let parsed = BorrowedCertRevocationList::from_der(&der).map_err(|error| match why(&error) {
            RevocationListError::Malformed => {
                lacks(&der).map_or(RevocationListError::Malformed, RevocationListError::Incomplete)
            }
            why => why,
        })?;
        for revoked in &parsed {
            revoked.map_err(|error| why(&error))?;
        }
        let parsed = CertRevocationList::from(parsed);
        let issuer = parsed.issuer().to_vec();
        let scope = parsed.issuing_distribution_point().map(IssuingDistributionPoint::from_der).transpose();
        let scope = scope
            .map_err(|_| RevocationListError::Unsupported("its issuing distribution point cannot be read"))?;
        let (signed, algorithm, signature) = outer(&der).map_err(|_| RevocationListError::Malformed)?;
        let (this_update, next_update) = times(signed).map_err(|_| RevocationListError::Malformed)?;
        let (signed, algorithm, signature) = (signed.to_vec(), algorithm.to_vec(), signature.to_vec());
        Ok(Self { der, signed, algorithm, signature, issuer, scope, this_update, next_update })
    }

    pub(super) fn der(&self) -> &CertificateRevocationListDer<'static> {
        &self.der
    }

    /// Whether the list says that it is from whom the certificate is from.
    pub(super) fn is_of_issuer(&self, certificate: &webpki::Cert<'_>) -> bool {
        self.issuer == certificate.issuer()
    }

    /// Whether this key (the inside of a SubjectPublicKeyInfo) signed the list.
    pub(super) fn signature(&self, key: &[u8], known: &[&dyn SignatureVerificationAlgorithm]) -> Signature {
        let Ok((kind, key)) = key_of(key) else { return Signature::Fails };
        let mut fitting =
            known.iter().filter(|known| known.signature_alg_id().as_ref() == self.algorithm).peekable();
        if fitting.peek().is_none() {
            return Signature::Unknown;
        }
        let holds = fitting
            .filter(|known| known.public_key_alg_id().as_ref() == kind)
            .any(|known| known.verify_signature(key, &self.signed, &self.signature).is_ok());
        if holds { Signature::Holds } else { Signature::Fails }
    }

    /// Whether the certificate's serial number is on the list. Numbers are given once by each issuer, so it does not matter
    /// here which of its certificates the list is about.
    pub(super) fn names(&self, certificate: &webpki::Cert<'_>) -> bool {
        let parsed = BorrowedCertRevocationList::from_der(&self.der).map(CertRevocationList::from);
        let found =
            parsed.and_then(|list| list.find_serial(certificate.serial()).map(|found| found.is_some()));
        // `read` went through all of it; whatever cannot be read after all is no word in the certificate's favour.
        found.unwrap_or(true)
    }

    /// Whether the certificate would be on this list if it were revoked (RFC 5280 §6.3.3 (b)): the list is about
    /// everything, or about certificates of this kind and one of its distribution points.
    pub(super) fn covers(&self, certificate: &webpki::Cert<'_>, is_authority: bool) -> bool {
        let Some(scope) = &self.scope else { return true };
        if scope.only_contains_ca_certs && !is_authority || scope.only_contains_user_certs && is_authority {
            return false;
        }
        let der = certificate.der();
        let Ok(parsed) = Certificate::from_der(&der) else { return false };
        match parsed.tbs_certificate().get_extension::<CrlDistributionPoints>() {
            Ok(None) => true,
            Ok(Some((_, CrlDistributionPoints(points)))) => points
                .iter()
                .filter(|point| point.crl_issuer.is_none() && point.reasons.is_none())
                .flat_map(|point| places(point.distribution_point.as_ref()))
                .any(|place| places(scope.distribution_point.as_ref()).any(|own| own == place)),
            Err(_) => false,
        }
    }
}

/// Why a list cannot be used.
fn why(error: &webpki::Error) -> RevocationListError {
    use webpki::Error as E;
    RevocationListError::Unsupported(match error {
        E::UnsupportedDeltaCrl => "it says only what has changed since another (delta CRL)",
        E::UnsupportedIndirectCrl => "it is about certificates of other issuers, too (indirect CRL)",
        E::UnsupportedCriticalExtension => "it has a critical extension that this client does not know",
        E::UnsupportedRevocationReasonsPartitioning => "it is about some reasons only (onlySomeReasons)",
        E::UnsupportedCrlIssuingDistributionPoint => "its issuing distribution point has no full name",
        E::UnsupportedCrlVersion => "it is not of version 2",
        E::UnsupportedRevocationReason => "it gives a reason that this client does not know",
        _ => return RevocationListError::Malformed,
    })
}

/// What a list does not have though each needs it (RFC 5280 §5.1.2.1, §5.1.2.5, §5.2), if it is a list otherwise.
fn lacks(der: &[u8]) -> Option<&'static str> {
    let (signed, _, _) = outer(der).ok()?;
    let mut tags = Vec::new();
    let members = SliceReader::new(signed).ok()?.sequence(|inside: &mut SliceReader<'_>| {
        while !inside.is_finished() && tags.len() <= MOST_MEMBERS {
            tags.push(AnyRef::decode(inside)?.tag());
        }
        inside.drain(inside.remaining_len())
    });
    members.ok()?;
    let mut tags = tags.into_iter().peekable();
    let is_time = |tag: &Tag| matches!(tag, Tag::UtcTime | Tag::GeneralizedTime);
    let has_version = tags.next_if_eq(&Tag::Integer).is_some();
    let begins = [tags.next()?, tags.next()?] == [Tag::Sequence; 2] && is_time(&tags.next()?);
    let (has_next, _revoked) = (tags.next_if(is_time).is_some(), tags.next_if_eq(&Tag::Sequence));
    let has_extensions = tags.next_if(|tag| tag.is_context_specific()).is_some();
    match (has_version, has_next, has_extensions) {
        _ if !begins || tags.next().is_some() => None,
        (false, ..) => Some(
            "it is of version 1, and version 2 is needed, with its number and the key identifier of its authority (of openssl ca: \
             crl_extensions)",
        ),
        (_, false, _) => Some("it does not say when the next one comes (nextUpdate)"),
        (.., false) => Some(
            "it has no extensions, and its number and the key identifier of its authority are needed (of openssl ca: \
             crl_extensions)",
        ),
        _ => None,
    }
}

/// Members of a TBSCertList.
const MOST_MEMBERS: usize = 7;

/// The URIs of a distribution point.
fn places(point: Option<&DistributionPointName>) -> impl Iterator<Item = &str> {
    let names = match point {
        Some(DistributionPointName::FullName(names)) => names.as_slice(),
        _ => &[],
    };
    names.iter().filter_map(|name| match name {
        GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str()),
        _ => None,
    })
}

/// TBSCertList with its tag and length, the inside of the signature's AlgorithmIdentifier, and the signature.
fn outer(der: &[u8]) -> der::Result<(&[u8], &[u8], &[u8])> {
    SliceReader::new(der)?.sequence(|inside: &mut SliceReader<'_>| {
        Ok((inside.tlv_bytes()?, AnyRef::decode(inside)?.value(), bits(inside)?))
    })
}

/// thisUpdate and nextUpdate of a TBSCertList.
fn times(signed: &[u8]) -> der::Result<(UnixTime, UnixTime)> {
    SliceReader::new(signed)?.sequence(|inside: &mut SliceReader<'_>| {
        u8::decode(inside)?;
        AnyRef::decode(inside)?;
        AnyRef::decode(inside)?;
        let times = (time(inside)?, time(inside)?);
        inside.drain(inside.remaining_len())?;
        Ok(times)
    })
}

fn time(reader: &mut SliceReader<'_>) -> der::Result<UnixTime> {
    Time::decode(reader).map(|time| UnixTime::since_unix_epoch(time.to_unix_duration()))
}

/// Algorithm and key of what is inside of a SubjectPublicKeyInfo.
fn key_of(inside: &[u8]) -> der::Result<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(inside)?;
    Ok((AnyRef::decode(&mut reader)?.value(), bits(&mut reader)?))
}

fn bits<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let bits = BitStringRef::decode(reader)?;
    bits.as_bytes().ok_or_else(|| Tag::BitString.value_error().into())
}
