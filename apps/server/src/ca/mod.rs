//! The server's own certification authority, for the embedded default.
//!
//! On first start it makes a P-256 root, keeps it in `DATA/ca/` (files readable by the owner only) and
//! issues from it everything that the server and its clients need:
//!
//! | certificate | key usage | lives in | who holds the key |
//! | --- | --- | --- | --- |
//! | root | keyCertSign | `ca.pem` | server, `ca.key` |
//! | TLS server | digitalSignature, serverAuth | memory, new at each start | server |
//! | payload encryption | keyAgreement | `encryption.pem` | server, `encryption.key` |
//! | command signing | digitalSignature, codeSigning | `command.pem` | server, `command.key` |
//! | software signing | digitalSignature, updatePackageSigning (RFC 9809) | `software.pem` | server, `software.key` |
//! | client | digitalSignature, clientAuth | database | the client: only its PKCS#10 comes here |
//!
//! The subject that a client asks for is a wish: the identity (the client's UUID, as common name) is
//! given by the server. Only P-256 keys get a certificate, and only when the request is signed by that key.
//! Its keys are encrypted on the disk ([`keys`]). The authority never answers for revocation: that is looked up per request in the store.

mod authority;
mod issue;
mod keys;
mod request;

pub use authority::CaError;
pub(crate) use authority::{Authority, Credential, root_spki_pin};
pub(crate) use issue::IssuedCertificate;
pub use issue::Lifetimes;
pub(crate) use keys::Passphrase;
pub(crate) use request::CertificationRequest;
