//! XML as the payloads use it: a narrow, strict dialect, written and read in one pass.
//!
//! ```text
//!            declared once a type (macros.rs): names, order, cardinality
//!                   │                 │                   │
//!   model ──▶ [write] literal tags    │      quick-xml events [read] ──▶ model + what was not known
//!                                     ▼
//!                              [table] ◀── compared by a test with ── schemas/*.xsd
//! ```
//!
//! **Writing** is deterministic: the same model gives the same octets. Members stand in the order of their
//! declaration, nothing is indented, absent members leave no trace. Text comes from devices, so it may hold
//! characters that XML 1.0 cannot carry at all: U+0000 to U+001F (but for tab and line feeds) are replaced by
//! their pictures U+2400 to U+241F (`␀`, `␛`), U+FFFE and U+FFFF by U+FFFD (`�`). A person sees that something
//! was there, and the document stays readable. Carriage returns are kept as `&#13;`.
//!
//! **Reading** expects hostile octets. UTF-8 only; XML 1.0 only; no DOCTYPE, no processing instructions, no
//! entities but the five of XML, no duplicate attributes; limits on octets, depth, elements, attributes and
//! text ([`Limits`]). Elements stand in the order of the schema, required ones are there, single ones are
//! single. What a newer schema may have added is stepped over and reported ([`Unknown`]). An error says where:
//! line, column and element path ([`XmlError`]).

mod attributes;
mod error;
mod limits;
#[macro_use]
pub(crate) mod macros;
mod member;
mod namespace;
mod path;
mod read;
mod simple;
pub mod table;
mod tokens;
mod write;

pub use error::{EncodeCause, EncodeError, XmlCause, XmlError};
pub use limits::Limits;
pub use read::Unknown;

pub(crate) use member::{Attribute, Member, Record, Value};
pub(crate) use read::{Reader, Seen};
pub(crate) use simple::{Simple, tokens};
pub(crate) use write::{Place, Tag, Writer};
