//! Messages: the envelope around a PDU (RFC 1157 §4, RFC 1901, RFC 3412 §6).
//!
//! ```text
//!  v1, v2c   30 { 02 version   04 community   PDU }
//!
//!  v3        30 { 02 3   30 { msgID msgMaxSize msgFlags msgSecurityModel }
//!                 04 msgSecurityParameters
//!                 30 { contextEngineID contextName PDU }   or   04 the same, encrypted }
//! ```
//!
//! [`Message::decode`] finds out the version and opens the envelope. A v3 message is opened in three steps, because
//! who may look at the inner ones is decided by security: the header here, the parameters in [`usm`](crate::usm),
//! the scoped PDU when the parameters were found to be authentic.
//!
//! Octets after the outer SEQUENCE, and in v3 after the scoped PDU, are ignored: some devices pad (net-snmp takes
//! them as well). The message authentication code is computed over the datagram as received, padding included.
mod community;
mod scoped;
mod stream;
mod v3;
mod version;

pub(crate) use community::encode as encode_community;
pub use community::{CommunityMessage, CommunityMessageRef, CommunityPdu};
pub(crate) use scoped::MAX_ENGINE_ID;
pub use scoped::{ScopedPdu, ScopedPduRef};
pub use stream::Framer;
pub use v3::{MIN_MAX_SIZE, MessageData, MsgFlags, V3Header, V3MessageRef};
pub use version::Version;

use crate::ber::{DecodeError, DecodeErrorKind, Limits, Reader};

/// The most octets of a message that is sent, and those of an answer that we say we take: UDP over IPv4 carries no more
/// (RFC 3417 §3). The same over TCP, where a peer may well be behind a proxy to UDP.
pub(crate) const LARGEST_MESSAGE: u32 = 65_507;

/// A decoded message of any version that borrows the datagram. The forms are closed: versions other than these are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// SNMPv1 or SNMPv2c.
    Community(CommunityMessageRef<'a>),
    /// SNMPv3, opened as far as the header.
    V3(V3MessageRef<'a>),
}

impl<'a> Message<'a> {
    /// Opens a datagram.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`].
    pub fn decode(datagram: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (version, contents) = open(datagram, limits)?;
        match version {
            Version::V3 => V3MessageRef::decode_contents(datagram, contents).map(Message::V3),
            community => {
                CommunityMessageRef::decode_contents(community, contents, limits).map(Message::Community)
            }
        }
    }
}

/// The version and what follows it.
fn open<'a>(datagram: &'a [u8], limits: &Limits) -> Result<(Version, Reader<'a>), DecodeError> {
    if datagram.len() > limits.message_size {
        let limit = limits.message_size;
        return Err(DecodeError::new(DecodeErrorKind::MessageTooLarge { limit }, limit));
    }
    let mut contents = Reader::new(datagram).sequence()?;
    let start = contents;
    let number = contents.integer()?;
    let version =
        Version::from_wire(number).ok_or_else(|| start.error(DecodeErrorKind::UnknownVersion(number)))?;
    Ok((version, contents))
}
