//! FIPS 140: what is approved, what is not, and how to find out at run time.
//!
//! A certificate of the Cryptographic Module Validation Program is given to a module in one version on named platforms, not to
//! a program that calls it. This crate says which module does the work, in which version, whether it runs in FIPS mode, and
//! for each algorithm whether that module offers it as an approved service. It says no more than that, and neither should
//! whoever links it.
//!
//! ```
//! # #[cfg(feature = "rustcrypto")] {
//! use remote_services_snmp::crypto::{FipsPolicy, rustcrypto};
//!
//! let provider = rustcrypto().with_policy(FipsPolicy::Off);
//! println!("{}", provider.report()); // module, version, mode, and a line for each algorithm
//! # }
//! ```
//!
//! # Approval
//!
//! | service | RustCrypto | AWS-LC in FIPS mode |
//! | --- | --- | --- |
//! | HMAC-SHA-1-96 (RFC 3414) | not approved: no validated module | approved; SHA-1 is to end in 2030 |
//! | HMAC-SHA-224, -256, -384, -512 (RFC 7860) | not approved: no validated module | approved |
//! | AES-128, -192, -256 in CFB mode (RFC 3826, drafts) | not approved: no validated module | **not approved**: the module has the cipher, but not in this mode as an approved service |
//! | password to key (RFC 3414 §A.2) | not approved: no validated module | **not approved**: the module has no such function, it is composed from its hashes |
//! | HMAC-MD5-96, DES, 3DES | not approved | not approved |
//!
//! An approved service is an approved service of that module only. CFB is never put together from ECB here and called approved.
//!
//! # Policies
//!
//! | [`FipsPolicy`] | authentication | encryption | passwords |
//! | --- | --- | --- | --- |
//! | `Off` | any that the provider has | any | become keys |
//! | `ApprovedAuthOnly` | approved only | any | become keys |
//! | `Strict` | approved only | approved only | refused: import localised keys |
//!
//! What a policy refuses is an error that names the service and says what to use instead. Nothing falls back to another
//! algorithm or another module.
//!
//! Under `Strict`, keys are localised elsewhere and imported. With the modules of today this leaves authNoPriv, since none of
//! the back-ends offers AES-CFB128 as approved; a module that does can be linked by implementing
//! [`PrivacyAlgorithm`](crate::crypto::PrivacyAlgorithm) in a crate of its own.
//!
//! [`FipsPolicy`]: crate::crypto::FipsPolicy
