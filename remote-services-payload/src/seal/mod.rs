//! Signed, then encrypted: the sealed container.
//!
//! ```text
//! ContentInfo                                        what travels and what the server archives
//! └ AuthEnvelopedData        version 0               RFC 5083
//!   ├ recipientInfos         1 to 16                 KeyAgreeRecipientInfo, an ephemeral key for each
//!   │   dhSinglePass-stdDH-sha256kdf, AES-256 wrap   RFC 5753, RFC 3394
//!   ├ AES-256-GCM            12-octet nonce          RFC 5084
//!   │ └ ContentInfo          typed id-data, as S/MIME and OpenSSL do it
//!   │   └ SignedData         version 1 (3: signer named by key identifier)
//!   │     ├ content          the zip, as octets
//!   │     ├ certificates     the signer's, and up to 3 authorities
//!   │     └ SignerInfo       one: ECDSA P-256 with SHA-256 over contentType, signingTime, messageDigest
//!   └ mac                    16 octets
//! ```
//!
//! A narrow profile in strict DER: one way to write each thing, so that every changed bit is refused, also
//! where other readers shrug (version, content type, algorithm identifiers). `openssl cms -decrypt` and
//! `-verify` read what [`seal`] writes; [`open`] reads what `openssl cms -sign -nodetach -outform DER` and
//! `-encrypt -aes-256-gcm -keyopt ecdh_kdf_md:sha256 -outform DER` write. Another algorithm means other
//! object identifiers, so a later profile can stand beside this one.
//!
//! [`open`] works in one order that callers cannot change: size, form, tag, decryption, signature, signer,
//! time; only then there is something to read. A sealed container by itself can be sent again, to another
//! recipient by one of its readers, or out of order: the manifest inside names sender, recipients, transfer
//! and part, and [`crate::container`] compares them.
//!
//! Never here: files, clocks, sockets, logs. Time, randomness and keys are arguments; keys may live in a
//! hardware module behind [`SignerKey`] and [`RecipientKey`].

mod approval;
mod asn1;
mod certificate;
pub(crate) mod crypto;
mod encrypt;
mod error;
mod keys;
mod oid;
mod open;
mod sign;
mod trust;

pub use approval::{AlgorithmReport, Approval, approval_report};
pub use certificate::{Certificate, KeyId};
pub use encrypt::seal;
pub use error::{CertificateError, ChainError, DerError, DerErrorKind, OpenError, SealError};
pub use keys::{
    EcPoint, KeyError, OsRandom, Random, RandomError, RecipientKey, SignerKey, SoftwareRecipient,
    SoftwareSigner,
};
pub use open::{Opened, Recipient, SealLimits, open};
pub use sign::{Signer, Verified, sign, verify};
pub use trust::{PURPOSE_CLIENT, PURPOSE_CODE_SIGNING, Trust};

/// Recipients of one container: a server, its successor, an escrow, with room to spare.
pub const MAX_RECIPIENTS: usize = 16;
/// Authorities between a signer and a trust anchor.
pub const MAX_INTERMEDIATES: usize = 3;
/// Octets of content; what is longer travels as parts.
const MAX_CONTENT: usize = 256 << 20;
