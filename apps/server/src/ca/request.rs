//! Reads a PKCS#10 certification request (RFC 2986) and proves that its sender holds the key.

use der::asn1::{BitStringRef, ObjectIdentifier};
use der::{Reader, SliceReader};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A request whose signature was checked against the P-256 key inside it.
#[derive(Clone, Debug)]
pub(crate) struct CertificationRequest {
    spki: Vec<u8>,
}

/// Why a request is refused; always the sender's fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(crate) enum RequestError {
    /// Not the DER of a PKCS#10 request.
    #[error("the body is no PKCS#10 request in DER: {0}")]
    Malformed(#[from] der::Error),
    /// A key of another kind than EC P-256.
    #[error("the request's key is not an EC P-256 key")]
    UnsupportedKey,
    /// Signed by an algorithm other than ECDSA with SHA-256.
    #[error("the request is signed with {0}; only ecdsa-with-SHA256 is accepted")]
    UnsupportedSignature(ObjectIdentifier),
    /// The signature does not fit the key in the request.
    #[error("the request's signature does not match its own key")]
    BadSignature,
}

impl CertificationRequest {
    /// Parses and verifies a request. The subject and all attributes are ignored on purpose.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        let mut reader = SliceReader::new(der)?;
        // The signature covers the octets received, so they are kept instead of a re-encoding.
        let (info, algorithm, signature) = reader.sequence(|body| {
            let info = body.tlv_bytes()?;
            let algorithm = body.sequence(|fields| {
                let oid: ObjectIdentifier = fields.decode()?;
                while !fields.is_finished() {
                    fields.tlv_bytes()?;
                }
                Ok::<_, der::Error>(oid)
            })?;
            let signature: BitStringRef<'_> = body.decode()?;
            Ok::<_, der::Error>((info, algorithm, signature))
        })?;
        reader.finish()?;

        let spki = subject_public_key_info(info)?;
        if algorithm != ECDSA_WITH_SHA256 {
            return Err(RequestError::UnsupportedSignature(algorithm));
        }
        let key = VerifyingKey::from_public_key_der(spki).map_err(|_| RequestError::UnsupportedKey)?;
        let signature = signature
            .as_bytes()
            .and_then(|octets| DerSignature::from_bytes(octets).ok())
            .ok_or(RequestError::BadSignature)?;
        key.verify(info, &signature).map_err(|_| RequestError::BadSignature)?;
        Ok(Self { spki: spki.to_vec() })
    }

    /// The public key as `SubjectPublicKeyInfo`, in DER.
    #[must_use]
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of [`Self::spki`].
    #[must_use]
    pub(crate) fn spki_digest(&self) -> [u8; 32] {
        Sha256::digest(&self.spki).into()
    }
}

/// `CertificationRequestInfo ::= SEQUENCE { version, subject, subjectPKInfo, attributes }`.
fn subject_public_key_info(info: &[u8]) -> Result<&[u8], der::Error> {
    let mut reader = SliceReader::new(info)?;
    reader.sequence(|fields| {
        fields.tlv_bytes()?;
        fields.tlv_bytes()?;
        let spki = fields.tlv_bytes()?;
        while !fields.is_finished() {
            fields.tlv_bytes()?;
        }
        Ok::<_, der::Error>(spki)
    })
}

/// 1.2.840.10045.4.3.2 (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};

    fn request(key: &KeyPair) -> Vec<u8> {
        let params = CertificateParams::new(vec!["wish.test".into()]).unwrap();
        params.serialize_request(key).unwrap().der().to_vec()
    }

    #[test]
    fn a_p256_request_gives_its_public_key() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let read = CertificationRequest::from_der(&request(&key)).unwrap();
        assert!(read.spki().ends_with(key.public_key_raw()));
        assert_eq!(read.spki_digest(), <[u8; 32]>::from(Sha256::digest(read.spki())));
    }

    #[test]
    fn another_curve_is_refused() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        assert!(matches!(
            CertificationRequest::from_der(&request(&key)),
            Err(RequestError::UnsupportedSignature(_) | RequestError::UnsupportedKey)
        ));
    }

    #[test]
    fn no_changed_octet_passes_and_none_panics() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let good = request(&key);
        for at in 0..good.len() {
            let mut bent = good.clone();
            bent[at] ^= 1;
            assert!(CertificationRequest::from_der(&bent).is_err(), "octet {at} changed and nobody noticed");
            assert!(CertificationRequest::from_der(&good[..at]).is_err(), "cut at {at} and nobody noticed");
        }
    }
}
