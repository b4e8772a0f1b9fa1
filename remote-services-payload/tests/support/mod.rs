//! A small certification authority for the tests: certificates by rcgen, keys by ring.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

pub mod claims;
pub mod der;
pub mod kinds;
pub mod zips;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SigningKey,
};
use remote_services_core::time::Timestamp;
use remote_services_payload::seal::{
    Certificate, Random, RandomError, Recipient, Signer, SoftwareRecipient, SoftwareSigner, Trust,
};

use self::der::Node;

/// 2026-11-22T09:30:00Z, when everything happens.
pub fn now() -> Timestamp {
    "2026-11-22T09:30:00Z".parse().unwrap()
}

/// All cryptographic modules that this crate is built with.
#[cfg(feature = "rust-crypto")]
pub fn modules() -> Vec<&'static dyn remote_services_payload::seal::CryptoProvider> {
    vec![
        remote_services_payload::seal::rust_crypto(),
        #[cfg(feature = "ring")]
        remote_services_payload::seal::ring(),
        #[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
        remote_services_payload::seal::aws_lc().unwrap(),
    ]
}

/// An authority that issues certificates valid from 2026 to 2027.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub certificate: Certificate,
}

/// A certificate with its key as PKCS#8.
pub struct Issued {
    pub certificate: Certificate,
    pub pem: String,
    pub key_pem: String,
    pub signer: SoftwareSigner,
    pub recipient: SoftwareRecipient,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::wrap(CertifiedIssuer::self_signed(authority_params(name, None), key).unwrap())
    }

    /// An authority with this key.
    pub fn with_key(name: &str, key: KeyPair) -> Self {
        Self::wrap(CertifiedIssuer::self_signed(authority_params(name, None), key).unwrap())
    }

    /// An authority below this one, with these parameters.
    pub fn issue_authority(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::wrap(CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap())
    }

    /// An authority below this one.
    pub fn below(&self, name: &str, path_length: Option<u8>) -> Self {
        let key = KeyPair::generate().unwrap();
        Self::wrap(
            CertifiedIssuer::signed_by(authority_params(name, path_length), key, &self.issuer).unwrap(),
        )
    }

    /// So many authorities, the first below this one and each of the others below the one before it; called `1`, `2` and so on.
    pub fn descending(&self, count: usize) -> Vec<Self> {
        let mut authorities: Vec<Self> = Vec::new();
        for number in 1..=count {
            let above = authorities.last().unwrap_or(self);
            authorities.push(above.below(&number.to_string(), None));
        }
        authorities
    }

    /// A client's certificate whose holder issues others with its key all the same.
    pub fn leaf_that_issues(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = params(name, &[KeyUsagePurpose::DigitalSignature], &[]);
        Self::wrap(CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap())
    }

    fn wrap(issuer: CertifiedIssuer<'static, KeyPair>) -> Self {
        let certificate = Certificate::from_pem(&issuer.pem()).unwrap();
        Self { issuer, certificate }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub fn issue(&self, params: &CertificateParams) -> Issued {
        self.issue_for(params, &KeyPair::generate().unwrap())
    }

    pub fn issue_for(&self, params: &CertificateParams, key: &KeyPair) -> Issued {
        let issued = params.signed_by(key, &self.issuer).unwrap();
        Issued {
            certificate: Certificate::from_der(issued.der()).unwrap(),
            pem: issued.pem(),
            key_pem: key.serialize_pem(),
            signer: SoftwareSigner::from_pkcs8_der(&key.serialize_der()).unwrap(),
            recipient: SoftwareRecipient::from_pkcs8_der(&key.serialize_der()).unwrap(),
        }
    }

    /// A client's certificate, as for mutual TLS.
    pub fn signer(&self, name: &str) -> Issued {
        self.issue(&params(
            name,
            &[KeyUsagePurpose::DigitalSignature],
            &[ExtendedKeyUsagePurpose::ClientAuth],
        ))
    }

    /// A server's encryption certificate.
    pub fn recipient(&self, name: &str) -> Issued {
        self.issue(&params(name, &[KeyUsagePurpose::KeyAgreement], &[]))
    }

    /// Another certificate of the same authority and key, valid for the year 2025.
    pub fn certificate_of_last_year(&self) -> Certificate {
        let mut params = authority_params("authority", None);
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2025, 1, 1), rcgen::date_time_ymd(2026, 1, 1));
        let certificate = params.self_signed(self.issuer.key()).unwrap();
        Certificate::from_der(certificate.der()).unwrap()
    }

    /// The certificate with its signed part changed, and signed again.
    pub fn signed_again(&self, certificate: &Certificate, change: impl FnOnce(&mut Node)) -> Certificate {
        let mut tree = Node::read(certificate.der());
        change(tree.at(&[0]));
        let signature = self.issuer.key().sign(&tree.at(&[0]).write()).unwrap();
        *tree.at(&[2]).bytes() = [&[0], &signature[..]].concat();
        Certificate::from_der(&tree.write()).unwrap()
    }

    pub fn trust(&self) -> Trust {
        Trust::new(now()).authority(self.certificate.clone())
    }
}

impl Issued {
    pub fn as_signer(&self) -> Signer<'_> {
        Signer::new(&self.certificate, &self.signer)
    }

    pub fn as_recipient(&self) -> Recipient<'_> {
        Recipient { certificate: &self.certificate, key: &self.recipient }
    }
}

pub fn params(
    name: &str,
    usages: &[KeyUsagePurpose],
    purposes: &[ExtendedKeyUsagePurpose],
) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    params.key_usages = usages.to_vec();
    params.extended_key_usages = purposes.to_vec();
    params
}

fn authority_params(name: &str, path_length: Option<u8>) -> CertificateParams {
    let mut params = params(name, &[KeyUsagePurpose::KeyCertSign], &[]);
    params.is_ca =
        IsCa::Ca(path_length.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    params
}

/// Counts up: the same octets in every run, never twice in one.
pub struct Counting(pub u64);

impl Random for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for octet in out {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *octet = self.0.to_be_bytes()[0];
        }
        Ok(())
    }
}
