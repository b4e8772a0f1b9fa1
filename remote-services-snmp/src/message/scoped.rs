//! The scoped PDU of SNMPv3.
use alloc::vec::Vec;

use crate::ber::{DecodeError, Limits, Reader, Tag, Writer};
use crate::pdu::{Pdu, VarBind, VarBindList, VarBinds};

/// A PDU and the context that it is about (RFC 3412 §6.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopedPdu<V = Vec<VarBind>> {
    /// The engine whose context it is.
    pub context_engine_id: Vec<u8>,
    /// The name of the context; empty is the default one.
    pub context_name: Vec<u8>,
    /// The PDU itself.
    pub pdu: Pdu<V>,
}

/// A scoped PDU whose variable bindings are still in the datagram.
pub type ScopedPduRef<'a> = ScopedPdu<VarBinds<'a>>;

impl<V: VarBindList> ScopedPdu<V> {
    /// Writes the scoped PDU, tag and length included.
    pub fn encode(&self, writer: &mut Writer) {
        let end = writer.mark();
        self.pdu.encode(writer);
        writer.octets(Tag::OCTET_STRING, &self.context_name);
        writer.octets(Tag::OCTET_STRING, &self.context_engine_id);
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
        let context_engine_id = contents.octet_string(MAX_ENGINE_ID)?.into();
        let context_name = contents.octet_string(MAX_CONTEXT_NAME)?.into();
        let pdu = Pdu::decode(&mut contents, limits)?;
        contents.finish()?;
        Ok(ScopedPdu { context_engine_id, context_name, pdu })
    }

    /// A copy that lives without the datagram.
    #[must_use]
    pub fn to_owned(&self) -> ScopedPdu {
        ScopedPdu {
            context_engine_id: self.context_engine_id.clone(),
            context_name: self.context_name.clone(),
            pdu: self.pdu.to_owned(),
        }
    }
}

/// RFC 3411 §5, SnmpEngineID.
pub(crate) const MAX_ENGINE_ID: usize = 32;
/// RFC 3411 §5: a context name is an SnmpAdminString of at most 255 octets.
pub(crate) const MAX_CONTEXT_NAME: usize = 255;
