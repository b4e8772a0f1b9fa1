//! Printer data on its way: the core model as XML, packed in a zip, signed and encrypted.
//!
//! ```text
//! core model ──▶ XML, one file a kind ──▶ deterministic zip with manifest ──▶ signed ──▶ encrypted
//!                [kind] over [xml]        [archive]                          [seal]
//! ```
//!
//! The crate takes octets, times, keys and randomness as arguments and does no I/O. [`container`] joins the
//! zip and the seal into the two calls that applications want: pack and unpack.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`kind`] | the eleven kinds of documents: model to XML and back |
//! | [`preview`] | what would be sent beside what was read, for a person: text, XML, a page |
//! | [`xml`] | the strict dialect of XML under them: limits, errors, tables |
//! | [`archive`] | the zip and its manifest: writer, strict reader |
//! | [`seal`] | CMS SignedData in AuthEnvelopedData: keys, certificates, trust, cryptographic modules |
//! | [`container`] | both together, with the checks that the manifest allows; long logs in parts |
//!
//! | feature | who needs it |
//! | --- | --- |
//! | `rust-crypto` (default) | who opens payloads, or has RSA keys: pure Rust, everywhere |
//! | `ring` | a device whose TLS is ring's: without the default it seals with a third of the crates, and opens nothing |
//! | `aws-lc-rs` | whose program seals or opens much, or has AWS-LC anyway: `seal::aws_lc` (needs a C compiler) |
//! | `fips` | who must use a FIPS 140 module: the same by AWS-LC's (needs cmake, go, perl and a C++ compiler) |
//!
//! It refuses to open files, read clocks and draw randomness, and to give out anything of a payload whose seal,
//! signer or manifest does not hold.
//!
//! ```
//! # use std::error::Error;
//! use remote_services_core::{device::DeviceReport, id::Uuid, time::Timestamp};
//! use remote_services_payload::archive::{EntrySource, ManifestHead};
//! use remote_services_payload::container::{Limits, pack};
//! use remote_services_payload::kind::encode_report;
//! use remote_services_payload::seal::{Certificate, OsRandom, Signer, SoftwareSigner};
//!
//! fn seal(
//!     report: &DeviceReport, client: &str, transfer: Uuid, now: Timestamp,
//!     (own, key, server): (&str, &str, &str), // PEM: our certificate and key, the server's certificate
//! ) -> Result<Vec<u8>, Box<dyn Error>> {
//!     let documents = encode_report(report)?;
//!     let entries: Vec<EntrySource<'_>> = documents.iter().map(EntrySource::from).collect();
//!     let head = ManifestHead::whole(transfer, client, 1, now);
//!     let (certificate, key) = (Certificate::from_pem(own)?, SoftwareSigner::from_pkcs8_pem(key)?);
//!     let signer = Signer::new(&certificate, &key);
//!     Ok(pack(head, &entries, &[], &signer, &[Certificate::from_pem(server)?], &Limits::default(), &mut OsRandom)?)
//! }
//! ```

#[cfg(test)]
extern crate self as remote_services_payload;

pub mod archive;
pub mod container;
pub mod kind;
pub mod preview;
pub mod seal;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
pub mod xml;

/// The example of the README is built with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
