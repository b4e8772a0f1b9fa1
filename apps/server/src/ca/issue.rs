//! The profiles of the certificates that the authority issues.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SubjectPublicKeyInfo, date_time_ymd,
};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;
use uuid::Uuid;

use super::CaError;
use crate::random;

/// How long certificates are valid, counted from their issue.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Client certificates (default 90 days; clients renew from two thirds of it).
    pub client: Duration,
    /// How long after its end a client certificate may still renew itself (default 30 days).
    pub renewal_grace: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { client: 90 * DAY, renewal_grace: 30 * DAY }
    }
}

/// A certificate as it left the authority.
#[derive(Clone, Debug)]
pub(crate) struct IssuedCertificate {
    /// The certificate in DER.
    pub(crate) der: Vec<u8>,
    /// End of validity, milliseconds since 1970.
    pub(crate) not_after_ms: i64,
}

impl IssuedCertificate {
    /// SHA-256 of the DER: how the store finds a certificate that was shown on a connection.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }
}

/// What a certificate may be used for; each is one row of the table in [`super`].
pub(super) enum Profile<'a> {
    Server(&'a [String]),
    Encryption,
    CommandSigning,
    SoftwareSigning,
    Client(Uuid),
}

impl Profile<'_> {
    fn params(&self) -> Result<CertificateParams, CaError> {
        let mut params = CertificateParams::default();
        let common_name = match self {
            Self::Server(names) => {
                params.subject_alt_names = alternative_names(names)?;
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
                "remote-services server".to_owned()
            }
            Self::Encryption => {
                params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
                "remote-services payload encryption".to_owned()
            }
            Self::CommandSigning => {
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                // What tells this signer from a client, whose certificate has the same issuer.
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
                "remote-services command signing".to_owned()
            }
            Self::SoftwareSigning => {
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                // Whoever holds the key for commands cannot replace programs, and the other way round.
                params.extended_key_usages =
                    vec![ExtendedKeyUsagePurpose::Other(UPDATE_PACKAGE_SIGNING.to_vec())];
                "remote-services software signing".to_owned()
            }
            Self::Client(id) => {
                params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                id.to_string()
            }
        };
        params.distinguished_name = name(&common_name);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }
}

/// Issues a certificate for `key` (DER of its `SubjectPublicKeyInfo`).
pub(super) fn issue(
    profile: &Profile<'_>,
    spki: &[u8],
    issuer: &Issuer<'_, KeyPair>,
    now_ms: i64,
    lifetime: Duration,
) -> Result<IssuedCertificate, CaError> {
    let key = SubjectPublicKeyInfo::from_der(spki)?;
    let mut params = profile.params()?;
    let not_after_ms = set_validity(&mut params, now_ms, lifetime);
    params.serial_number = Some(random_serial()?);
    let certificate = params.signed_by(&key, issuer)?;
    Ok(IssuedCertificate { der: certificate.der().to_vec(), not_after_ms })
}

/// The parameters of the self-signed root.
pub(super) fn root_params(now_ms: i64) -> Result<CertificateParams, CaError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("remote-services throw-away CA");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(random_serial()?);
    set_validity(&mut params, now_ms, ROOT_LIFETIME);
    Ok(params)
}

pub(super) fn spki_of(key: &KeyPair) -> Vec<u8> {
    key.subject_public_key_info()
}

/// Sets the validity in whole seconds, with a start a little in the past for clients whose clock is
/// behind, and returns its end.
fn set_validity(params: &mut CertificateParams, now_ms: i64, lifetime: Duration) -> i64 {
    let now = Duration::from_secs(u64::try_from(now_ms / 1_000).unwrap_or(0));
    let epoch = date_time_ymd(1970, 1, 1);
    let not_after = now + Duration::from_secs(lifetime.as_secs());
    params.not_before = epoch + now.saturating_sub(CLOCK_SKEW);
    params.not_after = epoch + not_after;
    i64::try_from(not_after.as_millis()).unwrap_or(i64::MAX)
}

fn alternative_names(names: &[String]) -> Result<Vec<SanType>, CaError> {
    let mut all = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    for name in names {
        let san = match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        };
        if !all.contains(&san) {
            all.push(san);
        }
    }
    Ok(all)
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// 126 random bits with a fixed first bit: positive, never shorter, unique for the same key renewed
/// (RFC 5280 §4.1.2.2 allows 20 octets).
fn random_serial() -> Result<SerialNumber, CaError> {
    let mut octets: [u8; 16] = random::octets()?;
    octets[0] = octets[0] & 0x7F | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}

/// id-kp-updatePackageSigning (RFC 9809 §3).
const UPDATE_PACKAGE_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 43];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);
const ROOT_LIFETIME: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);
