//! The object identifiers of the profile.

use der::asn1::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(crate) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// id-ct-authEnvelopedData (RFC 5083 §2)
pub(crate) const AUTH_ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.23");

pub(crate) const ATTRIBUTE_CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub(crate) const ATTRIBUTE_MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub(crate) const ATTRIBUTE_SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");

pub(crate) const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA_384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
pub(crate) const ECDSA_WITH_SHA_256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
pub(crate) const ECDSA_WITH_SHA_384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = oid("1.2.840.10045.2.1");
pub(crate) const P_256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
pub(crate) const P_384: ObjectIdentifier = oid("1.3.132.0.34");
/// rsaEncryption and what else RFC 8017 §A and RFC 4055 name.
pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub(crate) const RSAES_OAEP: ObjectIdentifier = oid("1.2.840.113549.1.1.7");
pub(crate) const MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
pub(crate) const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub(crate) const SHA_256_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
pub(crate) const SHA_384_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
/// dhSinglePass-stdDH-sha256kdf-scheme (RFC 5753 §7.1.4)
pub(crate) const ECDH_SHA_256_KDF: ObjectIdentifier = oid("1.3.132.1.11.1");
/// dhSinglePass-stdDH-hkdf-sha256-scheme and -sha384- (RFC 8418)
pub(crate) const ECDH_HKDF_SHA_256: ObjectIdentifier = oid("1.2.840.113549.1.9.16.3.19");
pub(crate) const ECDH_HKDF_SHA_384: ObjectIdentifier = oid("1.2.840.113549.1.9.16.3.20");
pub(crate) const AES_256_WRAP: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.45");
pub(crate) const AES_256_GCM: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.46");

pub(crate) const EXTENSION_SUBJECT_KEY_ID: ObjectIdentifier = oid("2.5.29.14");
pub(crate) const EXTENSION_KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub(crate) const EXTENSION_SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
pub(crate) const EXTENSION_BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub(crate) const EXTENSION_EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
