//! One RecipientInfo (RFC 5652 §6.2): the content key, wrapped for one recipient.
//!
//! For a key on a curve KeyAgreeRecipientInfo (RFC 5753) with an ephemeral key of its own, X9.63 KDF or HKDF (RFC 8418) and
//! AES key wrap; for an RSA key KeyTransRecipientInfo with RSAES-OAEP (RFC 3560).

use super::approval::Service;
use super::asn1::{self, Cursor, Element, tag};
use super::certificate::Certificate;
use super::error::{OpenError, SealError};
use super::kdf::KeyDerivation;
use super::keys::{KeyError, Random, RecipientKey};
use super::oid;
use super::profile::{expect_algorithm, expect_version, no_parameters, unread};
use super::provider::{Key256, WRAPPED};
use super::public_key::{KeyKind, PublicKey};
use super::scheme::{Unread, are_oaep_parameters, oaep_parameters};
use super::sign::Signer;
use super::trust::Trust;

/// The RecipientInfo for this certificate, encoded.
pub(crate) fn write(
    certificate: &Certificate,
    key: &Key256,
    signer: &Signer<'_>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    match certificate.public_key().kind() {
        KeyKind::Rsa => write_transport(certificate, key, signer, random),
        _ => write_agreement(certificate, key, signer, random),
    }
}

fn write_agreement(
    certificate: &Certificate,
    key: &Key256,
    signer: &Signer<'_>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    let (provider, derivation) = (signer.provider, signer.derivation);
    let agreement = Service::KeyAgreement(certificate.public_key().kind());
    signer.demand(&[agreement, Service::KeyDerivation(derivation), Service::KeyWrap])?;
    let (ephemeral, shared) = provider.agree(certificate.public_key(), random)?;
    let ukm = derivation.fresh_ukm(random)?;
    let wrapped = provider.wrap(&derivation.key_encryption_key(provider, &shared, &ukm)?, key)?;

    // Zero unused bits stand before the point in a BIT STRING.
    let point = asn1::element(tag::BIT_STRING, &[&[0], ephemeral.as_octets()]);
    let originator_key = asn1::element(tag::CONTEXT_1, &[&asn1::algorithm(oid::EC_PUBLIC_KEY, &[]), &point]);
    let encrypted_key = asn1::element(
        tag::SEQUENCE,
        &[certificate.issuer_and_serial(), &asn1::element(tag::OCTET_STRING, &[&wrapped])],
    );
    let ukm = match ukm.as_slice() {
        [] => Vec::new(),
        ukm => asn1::element(tag::CONTEXT_1, &[&asn1::element(tag::OCTET_STRING, &[ukm])]),
    };
    Ok(asn1::element(
        tag::CONTEXT_1,
        &[
            &asn1::small_integer(KEY_AGREE_VERSION),
            &asn1::element(tag::CONTEXT_0, &[&originator_key]),
            &ukm,
            &asn1::algorithm(derivation.oid(), &asn1::algorithm(oid::AES_256_WRAP, &[])),
            &asn1::element(tag::SEQUENCE, &[&encrypted_key]),
        ],
    ))
}

fn write_transport(
    certificate: &Certificate,
    key: &Key256,
    signer: &Signer<'_>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, SealError> {
    signer.demand(&[Service::KeyTransport])?;
    let encrypted = signer.provider.encrypt_key(certificate.public_key(), key, random)?;
    Ok(asn1::element(
        tag::SEQUENCE,
        &[
            &asn1::small_integer(KEY_TRANSPORT_VERSION),
            certificate.issuer_and_serial(),
            &asn1::algorithm(oid::RSAES_OAEP, &oaep_parameters()),
            &asn1::element(tag::OCTET_STRING, &[&encrypted]),
        ],
    ))
}

/// One recipient's way to the content key, form checked.
pub(crate) struct RecipientInfo<'a> {
    id: RecipientId<'a>,
    way: Way<'a>,
}

enum Way<'a> {
    Agreement { ephemeral: PublicKey, derivation: KeyDerivation, ukm: &'a [u8], wrapped: [u8; WRAPPED] },
    Transport { encrypted: &'a [u8] },
}

/// Both RecipientIdentifier and KeyAgreeRecipientIdentifier (RFC 5652 §6.2).
enum RecipientId<'a> {
    IssuerAndSerial(&'a [u8]),
    KeyId(&'a [u8]),
}

impl<'a> RecipientInfo<'a> {
    pub(crate) fn read(infos: &mut Cursor<'a>) -> Result<Self, OpenError> {
        match infos.peek() {
            Some(tag::SEQUENCE) => Self::read_transport(infos),
            _ => Self::read_agreement(infos),
        }
    }

    /// Whether it is for this certificate.
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self.id {
            RecipientId::IssuerAndSerial(octets) => octets == certificate.issuer_and_serial(),
            RecipientId::KeyId(octets) => certificate.subject_key_id() == Some(octets),
        }
    }

    /// The content key.
    pub(crate) fn content_key(&self, key: &dyn RecipientKey, trust: &Trust) -> Result<Key256, OpenError> {
        let (kind, provider) = (key.public_key().kind(), trust.crypto());
        match &self.way {
            Way::Agreement { ephemeral, derivation, ukm, wrapped } if ephemeral.kind() == kind => {
                trust.demand(&[
                    Service::KeyAgreement(kind),
                    Service::KeyDerivation(*derivation),
                    Service::KeyWrap,
                ])?;
                let kek = derivation.key_encryption_key(provider, &key.agree(ephemeral)?, ukm);
                let kek = kek.map_err(OpenError::Crypto)?;
                provider.unwrap(&kek, wrapped).map_err(|_| OpenError::KeyUnwrap)
            }
            Way::Transport { encrypted } if kind == KeyKind::Rsa => {
                trust.demand(&[Service::KeyTransport])?;
                let octets = key.decrypt(encrypted).map_err(|error| match error {
                    KeyError::Decrypt => OpenError::KeyUnwrap,
                    error => OpenError::Key(error),
                })?;
                let octets: &[u8; 32] = octets.as_slice().try_into().map_err(|_| OpenError::KeyUnwrap)?;
                Ok(Key256::new(*octets))
            }
            Way::Agreement { .. } => Err(OpenError::EphemeralKey),
            Way::Transport { .. } => Err(OpenError::KeyUnwrap),
        }
    }

    fn read_agreement(infos: &mut Cursor<'a>) -> Result<Self, OpenError> {
        let der = OpenError::Envelope;
        let mut info = infos.enter(tag::CONTEXT_1, "KeyAgreeRecipientInfo").map_err(der)?;
        let version = info.small_integer("KeyAgreeRecipientInfo.version").map_err(der)?;
        expect_version("KeyAgreeRecipientInfo", version, KEY_AGREE_VERSION.into())?;
        let ephemeral = ephemeral(&mut info)?;
        let ukm = ukm(&mut info)?;
        let derivation = key_agreement(&mut info)?;
        let ukm = match (ukm, derivation.ukm_length()) {
            (None, 0) => &[][..],
            (Some(_), 0) => return Err(OpenError::NotInProfile { what: "KeyAgreeRecipientInfo.ukm" }),
            (Some(ukm), length) if ukm.len() == length => ukm,
            _ => return Err(OpenError::NotInProfile { what: "HKDF without a ukm as long as its digest" }),
        };
        let mut keys = info.enter(tag::SEQUENCE, "recipientEncryptedKeys").map_err(der)?;
        info.finish("KeyAgreeRecipientInfo").map_err(der)?;
        let mut key = keys.enter(tag::SEQUENCE, "RecipientEncryptedKey").map_err(der)?;
        if keys.peek().is_some() {
            return Err(OpenError::TooMany { what: "keys for one ephemeral key", limit: 1 });
        }
        let id = agreement_id(&mut key)?;
        let wrapped = key.element(tag::OCTET_STRING, "encryptedKey").map_err(der)?.body;
        let wrapped = wrapped.try_into().map_err(|_| OpenError::KeyUnwrap)?;
        key.finish("RecipientEncryptedKey").map_err(der)?;
        Ok(Self { id, way: Way::Agreement { ephemeral, derivation, ukm, wrapped } })
    }

    fn read_transport(infos: &mut Cursor<'a>) -> Result<Self, OpenError> {
        let der = OpenError::Envelope;
        let mut info = infos.enter(tag::SEQUENCE, "KeyTransRecipientInfo").map_err(der)?;
        let version = info.small_integer("KeyTransRecipientInfo.version").map_err(der)?;
        // RFC 5652 §6.2.1: version 0 names the recipient by issuer and serial number, version 2 by key identifier.
        let id = if info.peek() == Some(tag::CONTEXT_0_PRIMITIVE) {
            expect_version("KeyTransRecipientInfo", version, 2)?;
            let id = info.element(tag::CONTEXT_0_PRIMITIVE, "subjectKeyIdentifier").map_err(der)?;
            RecipientId::KeyId(id.body)
        } else {
            expect_version("KeyTransRecipientInfo", version, KEY_TRANSPORT_VERSION.into())?;
            let id = info.element(tag::SEQUENCE, "issuerAndSerialNumber").map_err(der)?;
            RecipientId::IssuerAndSerial(id.whole)
        };
        let role = "key transport";
        let algorithm = info.algorithm("keyEncryptionAlgorithm").map_err(der)?;
        expect_algorithm(&algorithm, role, (oid::RSAES_OAEP, "RSAES-OAEP with SHA-256"))?;
        if !are_oaep_parameters(algorithm.parameters) {
            return Err(unread(Unread::Parameters, &algorithm, role, ""));
        }
        let encrypted = info.element(tag::OCTET_STRING, "encryptedKey").map_err(der)?.body;
        info.finish("KeyTransRecipientInfo").map_err(der)?;
        Ok(Self { id, way: Way::Transport { encrypted } })
    }
}

/// OriginatorIdentifierOrKey, of which the profile has OriginatorPublicKey only.
fn ephemeral(info: &mut Cursor<'_>) -> Result<PublicKey, OpenError> {
    let der = OpenError::Envelope;
    let mut explicit = info.enter(tag::CONTEXT_0, "originator").map_err(der)?;
    let mut key = explicit.enter(tag::CONTEXT_1, "originatorKey").map_err(der)?;
    explicit.finish("originator").map_err(der)?;
    let algorithm = key.algorithm("originatorKey.algorithm").map_err(der)?;
    expect_algorithm(&algorithm, "ephemeral key", (oid::EC_PUBLIC_KEY, "id-ecPublicKey"))?;
    no_parameters(&algorithm, "ephemeral key")?;
    let bits = key.element(tag::BIT_STRING, "originatorKey.publicKey").map_err(der)?.body;
    key.finish("originatorKey").map_err(der)?;
    match bits.split_first() {
        Some((0, point)) => PublicKey::from_point(point).map_err(|_| OpenError::EphemeralKey),
        _ => Err(OpenError::EphemeralKey),
    }
}

/// UserKeyingMaterial, where it stands.
fn ukm<'a>(info: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, OpenError> {
    let der = OpenError::Envelope;
    if info.peek() != Some(tag::CONTEXT_1) {
        return Ok(None);
    }
    let mut explicit: Cursor<'a> = info.enter(tag::CONTEXT_1, "KeyAgreeRecipientInfo.ukm").map_err(der)?;
    let octets = explicit.element(tag::OCTET_STRING, "KeyAgreeRecipientInfo.ukm").map_err(der)?.body;
    explicit.finish("KeyAgreeRecipientInfo.ukm").map_err(der)?;
    Ok(Some(octets))
}

/// keyEncryptionAlgorithm: the KDFs and the one wrap of the profile.
fn key_agreement(info: &mut Cursor<'_>) -> Result<KeyDerivation, OpenError> {
    let der = OpenError::Envelope;
    let role = "key agreement";
    let algorithm = info.algorithm("keyEncryptionAlgorithm").map_err(der)?;
    let Some(derivation) = KeyDerivation::read(algorithm.oid) else {
        return Err(unread(Unread::Algorithm, &algorithm, role, SCHEMES));
    };
    if algorithm.parameters.is_empty() {
        return Err(OpenError::AlgorithmParameters { role, offset: algorithm.offset });
    }
    // The parameters are the last octets of the algorithm, right before what comes next.
    let base = info.offset() - algorithm.parameters.len();
    let mut parameters = Cursor::new(algorithm.parameters, base);
    let wrap = parameters.algorithm("keyEncryptionAlgorithm.parameters").map_err(der)?;
    parameters.finish("keyEncryptionAlgorithm.parameters").map_err(der)?;
    expect_algorithm(&wrap, "key wrap", (oid::AES_256_WRAP, "AES-256 key wrap"))?;
    no_parameters(&wrap, "key wrap")?;
    Ok(derivation)
}

fn agreement_id<'a>(key: &mut Cursor<'a>) -> Result<RecipientId<'a>, OpenError> {
    let der = OpenError::Envelope;
    if key.peek() == Some(tag::CONTEXT_0) {
        let mut id: Cursor<'a> = key.enter(tag::CONTEXT_0, "rKeyId").map_err(der)?;
        let octets: Element<'a> =
            id.element(tag::OCTET_STRING, "rKeyId.subjectKeyIdentifier").map_err(der)?;
        // A date or another attribute would be unauthenticated room.
        id.finish("rKeyId").map_err(der)?;
        return Ok(RecipientId::KeyId(octets.body));
    }
    key.element(tag::SEQUENCE, "issuerAndSerialNumber")
        .map(|id| RecipientId::IssuerAndSerial(id.whole))
        .map_err(der)
}

const SCHEMES: &str = "dhSinglePass-stdDH-sha256kdf, -hkdf-sha256 or -hkdf-sha384";
/// RFC 5652 §6.2.2
const KEY_AGREE_VERSION: u8 = 3;
/// RFC 5652 §6.2.1
const KEY_TRANSPORT_VERSION: u8 = 0;
