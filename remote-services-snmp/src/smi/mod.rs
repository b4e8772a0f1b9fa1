//! The words of SNMP data (RFC 2578): object identifiers and values.
//!
//! An [`Oid`] and its borrowed sister [`OidRef`] keep the octets of the wire, because most identifiers are only
//! compared, copied or sent on; the numbers ("arcs") are read out when somebody asks. Two facts make that safe:
//! only the shortest form of each arc is ever stored, and the lexicographic order of names (RFC 3416 §4.2.2) is found
//! by comparing the octets from the first one that differs.
//!
//! ```text
//!  1 . 3 . 6 . 1 . 4 . 1 . 253      arcs
//!   2b     06  01  04  01  81 7d    wire: the first two arcs share one number, 40 × 1 + 3
//! ```
//!
//! A [`Value`] owns what it holds; a [`ValueRef`] borrows the datagram it was decoded from. What these types
//! never do: give meaning to a number. Units and "unknown" conventions belong to whoever knows the MIB object.
mod oid;
#[doc(hidden)]
pub mod oid_const;
mod oid_ref;
mod opaque;
mod short_name;
mod value;
mod wire;

pub use oid::{Oid, OidError};
pub use oid_ref::OidRef;
pub use opaque::OpaqueNumber;
pub(crate) use short_name::ShortName;
pub use value::{Value, ValueRef};
pub use wire::Arcs;
pub(crate) use wire::{WireFault, check as check_wire, is_usual};

/// The most arcs that an object identifier may have (RFC 2578 §3.5).
pub const MAX_ARCS: usize = 128;
