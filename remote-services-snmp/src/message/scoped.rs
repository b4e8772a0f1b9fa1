//! The scoped PDU of SNMPv3.
use alloc::vec::Vec;

use crate::ber::{Buffer, DecodeError, Limits, Reader, Tag, Writer};
use crate::pdu::{Pdu, PduKind, VarBind, VarBindList, VarBinds};

/// A PDU and the context that it is about (RFC 3412 §6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopedPdu<B = Vec<u8>, V = Vec<VarBind>> {
    /// The engine whose context it is: at most 32 octets.
    pub context_engine_id: B,
    /// The name of the context, at most 255 octets; empty is the default one.
    pub context_name: B,
    /// The PDU itself.
    pub pdu: Pdu<V>,
}

/// A scoped PDU that borrows the datagram.
pub type ScopedPduRef<'a> = ScopedPdu<&'a [u8], VarBinds<'a>>;

impl<B: AsRef<[u8]>, V: VarBindList> ScopedPdu<B, V> {
    /// Writes the scoped PDU, tag and length included.
    pub fn encode<M: Buffer>(&self, writer: &mut Writer<M>) {
        let end = writer.mark();
        self.pdu.encode(writer);
        writer.octets(Tag::OCTET_STRING, self.context_name.as_ref());
        writer.octets(Tag::OCTET_STRING, self.context_engine_id.as_ref());
        writer.wrap(Tag::SEQUENCE, end);
    }
}

impl<'a> ScopedPduRef<'a> {
    /// Reads a scoped PDU and looks at every variable binding. Octets that follow it are ignored: ciphers pad.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`](crate::ber::DecodeErrorKind).
    pub fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<Self, DecodeError> {
        let mut contents = reader.sequence()?;
        let context_engine_id = contents.octet_string(MAX_ENGINE_ID)?;
        let context_name = contents.octet_string(MAX_CONTEXT_NAME)?;
        let pdu = Pdu::decode(&mut contents, limits)?;
        contents.finish()?;
        Ok(ScopedPdu { context_engine_id, context_name, pdu })
    }

    /// Whether the octets begin as a scoped PDU does, up to the tag of the PDU.
    pub(crate) fn looks_like_one(octets: &[u8]) -> bool {
        let front = |mut outer: Reader<'_>| {
            let mut contents = outer.sequence()?;
            contents.octet_string(MAX_ENGINE_ID)?;
            contents.octet_string(MAX_CONTEXT_NAME)?;
            contents.peek_tag()
        };
        front(Reader::new(octets)).is_ok_and(PduKind::is_tag)
    }

    /// A copy that lives without the datagram.
    #[must_use]
    pub fn to_owned(&self) -> ScopedPdu {
        ScopedPdu {
            context_engine_id: self.context_engine_id.into(),
            context_name: self.context_name.into(),
            pdu: self.pdu.to_owned(),
        }
    }
}

/// RFC 3411 §5, SnmpEngineID.
pub(crate) const MAX_ENGINE_ID: usize = 32;
/// RFC 3411 §5: a context name is an SnmpAdminString of at most 255 octets.
const MAX_CONTEXT_NAME: usize = 255;
