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
//! | [`kind`] | the seven kinds of documents: model to XML and back |
//! | [`preview`] | the documents of a payload, laid out for a person |
//! | [`xml`] | the strict dialect of XML under them: limits, errors, tables |
//! | [`archive`] | the zip and its manifest: writer, strict reader |
//! | [`seal`] | CMS SignedData in AuthEnvelopedData: keys, certificates, trust |
//! | [`container`] | both together, with the checks that the manifest allows |

pub mod archive;
pub mod container;
pub mod kind;
pub mod preview;
pub mod seal;
pub mod xml;
