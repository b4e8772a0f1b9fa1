//! What stands around a reply.
use alloc::vec::Vec;

use crate::ber::Writer;
use crate::message::{CommunityPdu, ScopedPdu, Version, encode_community};
use crate::pdu::{ErrorStatus, Pdu, VarBindList};
use crate::usm::{Envelope, SecurityLevel, seal_into};

/// The envelope of a reply, without the PDU.
pub(super) enum Frame<'a> {
    Community { version: Version, community: &'a [u8] },
    V3 { envelope: Envelope<'a>, context_engine_id: &'a [u8], context_name: &'a [u8] },
}

impl Frame<'_> {
    /// Makes `message` the whole message, or gives `None` when our own cryptography fails.
    pub(super) fn encode<V: VarBindList>(&self, pdu: Pdu<V>, message: &mut Writer) -> Option<()> {
        message.clear();
        match self {
            Frame::Community { version, community } => {
                encode_community(message, *version, community, &CommunityPdu::Pdu(pdu));
                Some(())
            }
            Frame::V3 { envelope, .. } => self.seal(envelope, pdu, message),
        }
    }

    /// The most octets that stand around the bindings of a Response, however long they are. Uses `message`.
    pub(super) fn octets_around(&self, request_id: i32, message: &mut Writer) -> Option<usize> {
        let empty = Pdu::response(request_id, ErrorStatus::NoError, 0, Vec::new());
        let Frame::V3 { envelope, .. } = self else {
            self.encode(empty, message)?;
            return Some(message.len() + LONGER_LENGTHS);
        };
        // Encrypting only to measure would be a waste.
        message.clear();
        let level = envelope.level.min(SecurityLevel::AuthNoPriv);
        self.seal(&Envelope { level, ..*envelope }, empty, message)?;
        let privacy = if envelope.level == level { 0 } else { ENCRYPTED };
        Some(message.len() + LONGER_LENGTHS + privacy)
    }

    fn seal<V: VarBindList>(&self, envelope: &Envelope<'_>, pdu: Pdu<V>, message: &mut Writer) -> Option<()> {
        let Frame::V3 { context_engine_id, context_name, .. } = self else { return None };
        let scoped = ScopedPdu { context_engine_id: *context_engine_id, context_name: *context_name, pdu };
        seal_into(message, envelope, &scoped).ok()
    }
}

/// Five nested lengths, each of which may need three octets more than in an empty reply.
const LONGER_LENGTHS: usize = 15;
/// Salt, padding and the header around what is encrypted.
const ENCRYPTED: usize = 8 + 8 + 4;
