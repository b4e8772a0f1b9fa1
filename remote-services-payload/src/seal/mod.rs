//! Signed, then encrypted: the sealed container.
//!
//! ```text
//! ContentInfo                                        what travels and what the server archives
//! └ AuthEnvelopedData        version 0               RFC 5083
//!   ├ recipientInfos         1 to 16
//!   │   KeyAgreeRecipientInfo     P-256, P-384       an ephemeral key for each; dhSinglePass-stdDH-sha256kdf, or
//!   │                                                -hkdf-sha256 or -hkdf-sha384 with a ukm as long as the digest;
//!   │                                                AES-256 key wrap (RFC 5753, RFC 8418, RFC 3394)
//!   │   KeyTransRecipientInfo     RSA                RSAES-OAEP with SHA-256, for old keys (RFC 3560)
//!   ├ AES-256-GCM            12-octet nonce          RFC 5084
//!   │ └ ContentInfo          typed id-data, as S/MIME and OpenSSL do it
//!   │   └ SignedData         version 1 (3: signer named by key identifier)
//!   │     ├ content          the zip, as octets
//!   │     ├ certificates     the signer's, and up to 3 authorities
//!   │     └ SignerInfo       one, over contentType, signingTime, messageDigest
//!   └ mac                    16 octets
//! ```
//!
//! | signer's key | digest and signature |
//! | --- | --- |
//! | P-256 | SHA-256, ECDSA |
//! | P-384 | SHA-384, ECDSA (read also with SHA-256) |
//! | RSA, 2,048 to 4,096 bits | SHA-256, RSASSA-PSS with a salt of 32 octets (read also with SHA-384 and 48) |
//!
//! Certificates on the path may also be signed with RSASSA-PKCS1-v1_5, as old authorities do.
//!
//! A narrow profile in strict DER: one way to write each thing, so that every changed bit is refused, also
//! where other readers shrug (version, content type, algorithm identifiers). Only what wraps the content key for other
//! recipients is theirs to check: it can be changed, or taken out, without a trace for us. `openssl cms -decrypt` and
//! `-verify` read what [`crate::container::seal_message`] and [`crate::container::pack`] write; [`open`] reads what `openssl cms -sign -nodetach -outform DER` and
//! `-encrypt -aes-256-gcm -keyopt ecdh_kdf_md:sha256 -outform DER` write. Content keys by HKDF are not for it
//! ([`Signer::derivation`]). Another algorithm means other
//! object identifiers, so a later profile can stand beside this one.
//!
//! [`open`] works in one order that callers cannot change: size, form, tag, decryption, signature, signer,
//! time; only then there is something to read. A sealed container by itself can be sent again, to another
//! recipient by one of its readers, or out of order: the manifest inside names sender, recipients, transfer
//! and part, and [`crate::container`] compares them.
//!
//! A [`CryptoProvider`] carries the primitives out: [`rust_crypto`], or ring or AWS-LC where the crate is built with them.
//! [`CryptoProvider::report`] says which of them are approved services of a FIPS 140 module. The X9.63 KDF is
//! composed here over the provider's SHA-256, since no module offers it, and so is never approved. HKDF is the provider's:
//! RFC 8418 has it for X25519 and X448, and here it stands in the same form between ECDH on P-256 or P-384 and the key wrap.
//! The sender chooses the derivation, the reader takes all. Who demands approved services
//! ([`Signer::approved_only`], [`Trust::approved_only`]) seals and opens by nothing else.
//!
//! Never here: files, clocks, sockets, logs. Time, randomness and keys are arguments; keys may live in a
//! hardware module behind [`SignerKey`] and [`RecipientKey`].

mod approval;
mod asn1;
mod attributes;
#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
mod aws_lc;
mod certificate;
mod encrypt;
mod envelope;
mod error;
mod hash;
mod kdf;
#[cfg(any(feature = "ring", feature = "rust-crypto"))]
mod key_wrap;
mod keys;
#[cfg(not(any(feature = "ring", feature = "rust-crypto")))]
mod no_module;
mod oid;
mod open;
mod profile;
mod provider;
mod public_key;
mod recipient_info;
#[cfg(feature = "ring")]
mod ring;
#[cfg(feature = "rust-crypto")]
mod rust_crypto;
mod scheme;
mod sign;
#[cfg(feature = "rust-crypto")]
mod software;
mod standard;
mod trust;
#[cfg(test)]
mod trust_tests;
mod verify;

#[cfg(feature = "ring")]
pub use self::ring::ring;
pub use approval::{Approval, ApprovalReport, Service};
#[cfg(any(feature = "aws-lc-rs", feature = "fips"))]
pub use aws_lc::aws_lc;
pub use certificate::{Certificate, KeyId};
pub use der::asn1::ObjectIdentifier;
pub(crate) use encrypt::Sealing;
pub(crate) use encrypt::seal_octets;
pub use error::{CertificateError, ChainError, DerError, DerErrorKind, OpenError, SealError};
pub use kdf::KeyDerivation;
#[cfg(feature = "rust-crypto")]
pub use keys::OsRandom;
pub use keys::{KeyError, Random, RandomError, RecipientKey, SignerKey};
pub use open::{Opened, Recipient, SealLimits, open, open_in_place};
pub use provider::{CryptoError, CryptoProvider, Key256, Module, NONCE, TAG, WRAPPED};
pub use public_key::{KeyKind, PublicKey};
#[cfg(feature = "rust-crypto")]
pub use rust_crypto::rust_crypto;
pub use scheme::{Digest, DigestAlgorithm, SignatureScheme};
pub use sign::{Signer, sign};
#[cfg(feature = "rust-crypto")]
pub use software::{SoftwareRecipient, SoftwareSigner};
pub(crate) use standard::standard;
pub use trust::{MAX_AGE, MAX_SKEW, PURPOSE_CLIENT, PURPOSE_CODE_SIGNING, PURPOSE_UPDATE_SIGNING, Trust};
pub use verify::{Verified, verify};

/// Recipients of one container: a server, its successor, an escrow, with room to spare.
pub const MAX_RECIPIENTS: usize = 16;
/// Authorities between a signer and a trust anchor.
pub const MAX_INTERMEDIATES: usize = 3;
/// Octets of content; what is longer travels as parts.
const MAX_CONTENT: usize = 256 << 20;
