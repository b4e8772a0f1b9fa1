//! Basic encoding rules (X.690) as far as SNMP uses them (RFC 3417 §8).
//!
//! ```text
//!  30 0c 02 01 07 04 07 …     an element: tag, length, contents. Contents of a SEQUENCE are elements again
//!  │  │  └── INTEGER 7
//!  │  └───── length: one octet below 128, else 0x80 + how many octets follow (at most 4 are accepted)
//!  └──────── tag: always one octet in SNMP
//! ```
//!
//! The [`Reader`] borrows and never copies, never recurses and never looks beyond the element it was given. It
//! takes lengths and integers with more octets than needed, because deployed devices send them, and refuses the
//! indefinite form. Each [`DecodeError`] tells the octet, counted from the first of the datagram.
//!
//! The [`Writer`] goes back to front, so that each length is known when it is written and nothing moves. It
//! writes into a `Vec` or, where nothing is to be allocated, into a slice.
mod buffer;
mod error;
mod limits;
mod numbers;
mod quirks;
mod reader;
mod tag;
mod writer;

pub use buffer::{Buffer, BufferTooSmall, FixedBuffer};
pub use error::{DecodeError, DecodeErrorKind};
pub use limits::Limits;
pub(crate) use numbers::short_signed;
pub use quirks::Quirks;
pub use reader::Reader;
pub use tag::Tag;
pub use writer::{Mark, Writer};
