//! What stands around a reply.
use alloc::vec::Vec;

use crate::ber::Writer;
use crate::message::{CommunityPdu, ScopedPdu, Version, encode_community};
use crate::pdu::Pdu;
use crate::usm::{Envelope, seal};

/// The envelope of a reply, without the PDU.
pub(super) enum Frame<'a> {
    Community { version: Version, community: &'a [u8] },
    V3 { envelope: Envelope<'a>, context_engine_id: &'a [u8], context_name: &'a [u8] },
}

impl Frame<'_> {
    /// The octets of the whole message, or `None` when our own cryptography fails.
    pub(super) fn encode(&self, pdu: Pdu) -> Option<Vec<u8>> {
        match self {
            Frame::Community { version, community } => {
                let mut writer = Writer::with_capacity(512);
                encode_community(&mut writer, *version, community, &CommunityPdu::Pdu(pdu));
                Some(writer.into_vec())
            }
            Frame::V3 { envelope, context_engine_id, context_name } => {
                let scoped =
                    ScopedPdu { context_engine_id: *context_engine_id, context_name: *context_name, pdu };
                seal(envelope, &scoped).ok()
            }
        }
    }
}
