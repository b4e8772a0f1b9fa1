//! XML as the payloads use it: a narrow, strict dialect, written and read in one pass, without a tree.
//!
//! ```text
//!            declared once a type (macros.rs): names, order, cardinality
//!                   │                 │                   │
//!   model ──▶ [write] literal tags    │      tags, text, quick-xml events [read] ──▶ model ┐
//!                   ▲                 ▼                                              what was not known
//!                   │    [table] ◀── compared by a test with ── schemas/*.xsd              │
//!                   └──────────────────── put back ────────────────────────────────────────┘
//! ```
//!
//! **Writing** is deterministic: the same model gives the same octets. Members stand in the order of their
//! declaration, nothing is indented, absent members leave no trace. Text comes from devices, so it may hold
//! characters that XML 1.0 cannot carry at all: U+0000 to U+001F (but for tab and line feeds) are replaced by
//! their pictures U+2400 to U+241F (`␀`, `␛`), U+FFFE and U+FFFF by U+FFFD (`�`). A person sees that something
//! was there, and the document stays readable. Carriage returns are kept as `&#13;`. A long document goes to a sink
//! in pieces ([`Document::encode_to`](crate::kind::Document::encode_to)).
//!
//! **Reading** expects hostile octets. What it refuses, each with an error of its own ([`XmlCause`]) that says
//! where, by line, column and element path ([`XmlError`]):
//!
//! | refused | because |
//! | --- | --- |
//! | a DOCTYPE, in any spelling | it brings entities that multiply, and files of others |
//! | references to entities but `lt` `gt` `amp` `quot` `apos` and characters | there is no DOCTYPE to declare them |
//! | processing instructions | nobody here would carry them out |
//! | UTF-16, UTF-32, EBCDIC, Latin-1 and all that is not UTF-8; a declaration of another encoding or version | two readers must not see two documents in the same octets |
//! | characters that XML 1.0 forbids, written or as a reference | the same |
//! | what is not well-formed: tags that do not match, `<` or `]]>` where they may not stand, names that are none, attributes twice, be it through two prefixes, prefixes that are not declared or that XML keeps for itself | the same |
//! | an XML declaration with parts that are unknown, doubled, out of order or not apart; CDATA and references outside the root | the same |
//! | elements too late, twice, or missing; text between elements; elements in text; values that are none of their type | the schema says so |
//! | anything beyond a limit | memory and time belong to us |
//!
//! | limit ([`Limits`]) | default |
//! | --- | --- |
//! | octets of the document | 16 MiB |
//! | elements inside each other · in all | 16 · 250,000 |
//! | attributes of an element | 16 |
//! | prefixes declared at one place · octets of a namespace's name | 32 · 1,024 |
//! | octets of the text of an element or attribute, whatever it is put together from | 256 KiB |
//! | unknown elements and attributes that are kept | 10,000 |
//!
//! Whatever this reader takes, libxml2 finds well-formed too: a test holds thousands of changed documents before both.
//!
//! Memory stays within a factor of the document's size and instructions grow in proportion to it: a test measures
//! the one, `cargo xtask bench payload` counts the other, both with documents made to hurt.
//!
//! **What a newer schema has added**, and what others put into `Extensions`, is stepped over, reported ([`Unknown`])
//! and kept beside the model, with its place and its namespaces. [`Decoded::encode`](crate::kind::Decoded::encode)
//! puts it back, so that a program that knows less loses nothing of what it passes on.

mod attributes;
mod declaration;
mod error;
mod limits;
#[macro_use]
pub(crate) mod macros;
mod member;
mod namespace;
mod path;
mod read;
mod root;
mod scan;
mod seen;
#[cfg(test)]
mod short_cut_tests;
mod simple;
pub mod table;
mod tokens;
mod unknown;
mod write;

pub use error::{EncodeCause, EncodeError, PassOnError, WriteError, XmlCause, XmlError};
pub use limits::Limits;
pub use unknown::Unknown;

pub(crate) use attributes::Attributes;
pub(crate) use member::{Attribute, Drain, Member, Record, Value};
pub(crate) use read::{Reader, is_blank};
pub(crate) use root::root_namespace;
pub(crate) use seen::Seen;
pub(crate) use simple::{Simple, tokens};
pub(crate) use tokens::{Token, Tokens};
pub(crate) use unknown::Kept;
pub(crate) use write::{Place, Tag, Writer};
