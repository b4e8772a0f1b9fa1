//! PEM (RFC 7468): certificates, private keys, and an identity as three texts: chain, key, trust anchors.

use crate::certs_only::base64_lines;
use crate::enrol::{ClientKey, EnrolError, Identity, TrustAnchors, client_name};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

impl Identity {
    /// Reads what [`Self::chain_pem`], [`Self::key_pem`] and [`Self::anchors_pem`] wrote.
    ///
    /// # Errors
    /// [`EnrolError::Stored`] with what of it cannot be used.
    pub fn from_pem(chain: &str, key: &str, anchors: &str) -> Result<Self, EnrolError> {
        Self::with_key(chain, key_from_pem(key)?, anchors)
    }

    /// The same with a key that was read already, or that something else holds.
    ///
    /// # Errors
    /// [`EnrolError::Stored`] with what of it cannot be used.
    pub fn with_key(chain: &str, key: ClientKey, anchors: &str) -> Result<Self, EnrolError> {
        let chain = certificates(chain).ok_or(EnrolError::Stored("certificate"))?;
        let anchors = certificates(anchors).ok_or(EnrolError::Stored("trust anchor"))?;
        let client = client_name(&chain[0]).ok_or(EnrolError::NoName)?;
        Ok(Self { client, chain, key, anchors: TrustAnchors::from_stored(anchors) })
    }

    /// The client's certificate and its chain.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| certificate_to_pem(der)).collect()
    }

    /// The private key: for a file that nobody else reads, see [`crate::durable::replace`]. `None` when something
    /// else holds it.
    #[must_use]
    pub fn key_pem(&self) -> Option<Zeroizing<String>> {
        key_to_pem(&self.key)
    }

    /// The trust anchors.
    #[must_use]
    pub fn anchors_pem(&self) -> String {
        self.anchors.certificates().iter().map(|der| certificate_to_pem(der)).collect()
    }
}

/// A private key as PEM of PKCS#8. To be kept before enrolment begins, so that a lost answer can be asked for again.
/// `None` when something else holds it: that keeps it.
#[must_use]
pub fn key_to_pem(key: &ClientKey) -> Option<Zeroizing<String>> {
    key.to_pkcs8_pem()
}

/// Reads what [`key_to_pem`] wrote.
///
/// # Errors
/// [`EnrolError::Stored`] when it is no P-256 key.
pub fn key_from_pem(text: &str) -> Result<ClientKey, EnrolError> {
    ClientKey::from_pkcs8_pem(text)
}

/// Certificates (DER each) out of a PEM text; `None` when there is none or one is broken.
#[must_use]
pub fn certificates(text: &str) -> Option<Vec<Vec<u8>>> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let found: Vec<Vec<u8>> = read.ok()?.iter().map(|der| der.to_vec()).collect();
    if found.is_empty() { None } else { Some(found) }
}

/// A certificate (DER) as PEM (RFC 7468 §5).
#[must_use]
pub fn certificate_to_pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", base64_lines(der))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_identity_survives_its_files() {
        let key = ClientKey::generate(&mut |octets| octets.fill(5)).unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, Uuid::from_u128(7).to_string());
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let identity = Identity {
            client: Uuid::from_u128(7),
            chain: vec![certificate.clone(), certificate.clone()],
            key,
            anchors: TrustAnchors::from_stored(vec![certificate.clone()]),
        };
        let (chain, key, anchors) =
            (identity.chain_pem(), identity.key_pem().unwrap(), identity.anchors_pem());
        let again = Identity::from_pem(&chain, &key, &anchors).unwrap();
        assert_eq!(again.client, identity.client);
        assert_eq!(again.chain, identity.chain);
        assert_eq!(again.anchors, identity.anchors);
        assert_eq!(again.key.public_spki(), identity.key.public_spki());
        for (chain, key, anchors) in [("", &**key, &*anchors), (&*chain, "", &anchors), (&chain, &key, "")] {
            assert!(Identity::from_pem(chain, key, anchors).is_err());
        }
    }
}
