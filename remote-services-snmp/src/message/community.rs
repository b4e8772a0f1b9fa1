//! SNMPv1 and SNMPv2c messages.
use alloc::vec::Vec;
use core::fmt;

use super::{Version, open};
use crate::ber::{Buffer, BufferTooSmall, DecodeError, DecodeErrorKind, Limits, Reader, Tag, Writer};
use crate::pdu::{Pdu, PduKind, PduRef, TrapV1, VarBind, VarBindList, VarBinds};

/// A message of SNMPv1 or SNMPv2c. `Debug` hides the community, which is a password in the clear.
#[derive(Clone, PartialEq, Eq)]
pub struct CommunityMessage<C = Vec<u8>, V = Vec<VarBind>> {
    /// [`Version::V1`] or [`Version::V2c`].
    pub version: Version,
    /// The community string.
    pub community: C,
    /// What it carries.
    pub pdu: CommunityPdu<V>,
}

/// A decoded message of SNMPv1 or SNMPv2c that borrows the datagram. `Debug` hides the community.
#[derive(Clone, PartialEq, Eq)]
pub struct CommunityMessageRef<'a> {
    /// [`Version::V1`] or [`Version::V2c`].
    pub version: Version,
    /// The community string.
    pub community: &'a [u8],
    /// What it carries.
    pub pdu: CommunityPdu<VarBinds<'a>>,
}

/// What a message of SNMPv1 or SNMPv2c carries: no version will have a third form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommunityPdu<V = Vec<VarBind>> {
    /// Any PDU but the Trap of SNMPv1.
    Pdu(Pdu<V>),
    /// The Trap of SNMPv1, in SNMPv1 only.
    TrapV1(TrapV1<V>),
}

impl CommunityMessage {
    /// A message that carries a PDU. A `version` of [`Version::V3`] is written as [`Version::V2c`].
    #[must_use]
    pub fn new(version: Version, community: &[u8], pdu: Pdu) -> Self {
        CommunityMessage { version, community: community.into(), pdu: CommunityPdu::Pdu(pdu) }
    }

    /// Decodes a datagram into a message that owns what it holds.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`]; SNMPv3 is an unknown version here.
    pub fn from_bytes(datagram: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        CommunityMessageRef::decode(datagram, limits).map(|message| message.to_owned())
    }
}

impl<C: AsRef<[u8]>, V: VarBindList> CommunityMessage<C, V> {
    /// Writes the message before what `writer` holds. A writer that is cleared and used again allocates nothing:
    /// ```
    /// # use remote_services_snmp::{ber::Writer, message::{CommunityMessage, Version}, oid, pdu::{Pdu, PduKind, VarBind}};
    /// # let names = vec![VarBind::unspecified(oid!("1.3.6.1.2.1.1.1.0"))];
    /// # let message = CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, 7, names));
    /// let mut writer = Writer::with_capacity(1_472);
    /// for _ in 0..3 {
    ///     writer.clear();
    ///     message.encode(&mut writer);
    ///     assert_eq!(writer.as_slice(), message.to_bytes()); // here it would be sent
    /// }
    /// ```
    pub fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        encode(writer, self.version, self.community.as_ref(), &self.pdu);
    }

    /// Writes the message into `buffer`, where it stands at the end. Nothing is allocated, and a message that borrows its
    /// parts needs no memory but the buffer's:
    /// ```
    /// use remote_services_snmp::ber::BufferTooSmall;
    /// use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
    /// use remote_services_snmp::oid;
    /// use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBindRef};
    /// use remote_services_snmp::smi::ValueRef;
    ///
    /// let name = oid!("1.3.6.1.2.1.1.5.0");
    /// let varbinds = [VarBindRef { name: name.as_ref(), value: ValueRef::OctetString(b"printer") }];
    /// let kind = PduKind::Response { status: ErrorStatus::NoError, error_index: 0 };
    /// let pdu = CommunityPdu::Pdu(Pdu { kind, request_id: 7, varbinds: &varbinds[..] });
    /// let message = CommunityMessage { version: Version::V2c, community: "public", pdu };
    ///
    /// let mut buffer = [0; 484];
    /// let octets = message.encode_in(&mut buffer)?; // here it would be sent
    /// assert_eq!(octets.len(), 47);
    /// assert_eq!(message.encode_in(&mut [0; 46]), Err(BufferTooSmall { needed: 47 }));
    /// # Ok::<(), BufferTooSmall>(())
    /// ```
    ///
    /// # Errors
    /// The buffer is too small; the error says what the message needs.
    pub fn encode_in<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], BufferTooSmall> {
        let mut writer = Writer::in_slice(buffer);
        self.encode(&mut writer);
        writer.finish()
    }

    /// The octets to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256);
        self.encode(&mut writer);
        writer.into_vec()
    }
}

impl<'a> CommunityMessageRef<'a> {
    /// Decodes a datagram and looks at every variable binding.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`]; SNMPv3 is an unknown version here.
    pub fn decode(datagram: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (version, contents) = open(datagram, limits)?;
        Self::decode_contents(version, contents, limits)
    }

    pub(super) fn decode_contents(
        version: Version,
        mut contents: Reader<'a>,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        if version == Version::V3 {
            return Err(contents.error(DecodeErrorKind::UnknownVersion(version.to_wire())));
        }
        let community = contents.octet_string(limits.message_size)?;
        let start = contents;
        let pdu = if contents.peek_tag()? == Tag::TRAP_V1 {
            CommunityPdu::TrapV1(TrapV1::decode(&mut contents, limits)?)
        } else {
            CommunityPdu::Pdu(PduRef::decode(&mut contents, limits)?)
        };
        if !pdu.belongs_to(version) {
            return Err(start.error(DecodeErrorKind::UnknownPdu(pdu.tag())));
        }
        contents.finish()?;
        Ok(CommunityMessageRef { version, community, pdu })
    }

    /// A copy that lives without the datagram.
    #[must_use]
    pub fn to_owned(&self) -> CommunityMessage {
        let pdu = match &self.pdu {
            CommunityPdu::Pdu(pdu) => CommunityPdu::Pdu(pdu.to_owned()),
            CommunityPdu::TrapV1(trap) => CommunityPdu::TrapV1(trap.to_owned()),
        };
        CommunityMessage { version: self.version, community: self.community.into(), pdu }
    }
}

impl<V> CommunityPdu<V> {
    /// The request-id; a Trap of SNMPv1 has none.
    #[must_use]
    pub fn request_id(&self) -> Option<i32> {
        match self {
            CommunityPdu::Pdu(pdu) => Some(pdu.request_id),
            CommunityPdu::TrapV1(_) => None,
        }
    }

    fn tag(&self) -> Tag {
        match self {
            CommunityPdu::Pdu(pdu) => pdu.kind.tag(),
            CommunityPdu::TrapV1(_) => Tag::TRAP_V1,
        }
    }

    fn belongs_to(&self, version: Version) -> bool {
        match self {
            CommunityPdu::TrapV1(_) => version == Version::V1,
            CommunityPdu::Pdu(pdu) => {
                let in_v1 = matches!(
                    pdu.kind,
                    PduKind::Get | PduKind::GetNext | PduKind::Set | PduKind::Response { .. }
                );
                version == Version::V2c || in_v1
            }
        }
    }
}

/// Writes a whole message. Shared with the responder, which holds community and PDU apart.
pub(crate) fn encode<V: VarBindList, B: Buffer>(
    writer: &mut Writer<B>,
    version: Version,
    community: &[u8],
    pdu: &CommunityPdu<V>,
) {
    let end = writer.mark();
    match pdu {
        CommunityPdu::Pdu(pdu) => pdu.encode(writer),
        CommunityPdu::TrapV1(trap) => trap.encode(writer),
    }
    writer.octets(Tag::OCTET_STRING, community);
    writer.integer(version.min(Version::V2c).to_wire());
    writer.wrap(Tag::SEQUENCE, end);
}

impl<C, V: fmt::Debug> fmt::Debug for CommunityMessage<C, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, community: _, pdu } = self;
        f.debug_struct("CommunityMessage").field("version", version).field("pdu", pdu).finish_non_exhaustive()
    }
}

impl fmt::Debug for CommunityMessageRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, community: _, pdu } = self;
        f.debug_struct("CommunityMessageRef")
            .field("version", version)
            .field("pdu", pdu)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::pdu::{ErrorStatus, GenericTrap};
    use crate::{Value, oid};

    const SYS_DESCR: crate::Oid = oid!("1.3.6.1.2.1.1.1.0");

    // sysDescr.0 asked for with "public" and request-id 1, as every textbook has it.
    const TEXTBOOK_GET: [u8; 43] = [
        0x30, 0x29, 0x02, 0x01, 0x00, 0x04, 0x06, b'p', b'u', b'b', b'l', b'i', b'c', 0xa0, 0x1c, 0x02, 0x04,
        0x00, 0x00, 0x00, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0e, 0x30, 0x0c, 0x06, 0x08, 0x2b,
        0x06, 0x01, 0x02, 0x01, 0x01, 0x01, 0x00, 0x05, 0x00,
    ];

    fn get(version: Version) -> CommunityMessage {
        let names = [VarBind::unspecified(SYS_DESCR)];
        CommunityMessage::new(version, b"public", Pdu::request(PduKind::Get, 1, names.into()))
    }

    #[test]
    fn the_textbook_request_is_read_padded_integer_included() {
        let message = CommunityMessage::from_bytes(&TEXTBOOK_GET, &Limits::default()).unwrap();
        assert_eq!(message, get(Version::V1));
        // Ours is shorter, since we spare the padding.
        assert_eq!(message.to_bytes().len(), TEXTBOOK_GET.len() - 3);
    }

    #[test]
    fn octets_after_the_message_are_ignored_and_inside_refused() {
        let mut octets = get(Version::V2c).to_bytes();
        octets.extend([0, 0, 0]);
        assert_eq!(CommunityMessage::from_bytes(&octets, &Limits::default()), Ok(get(Version::V2c)));
        octets[1] += 3;
        let error = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TrailingData { extra: 3 });
        assert_eq!(error.offset(), octets.len() - 3);
    }

    #[test]
    fn versions_and_their_pdus_belong_together() {
        let refused = |message: &CommunityMessage| {
            CommunityMessage::from_bytes(&message.to_bytes(), &Limits::default()).unwrap_err().kind()
        };
        let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 10 };
        let mut message = CommunityMessage::new(Version::V1, b"public", Pdu::request(bulk, 1, Vec::new()));
        assert_eq!(refused(&message), DecodeErrorKind::UnknownPdu(Tag::GET_BULK));
        message.version = Version::V2c;
        message.pdu = CommunityPdu::TrapV1(TrapV1 {
            enterprise: SYS_DESCR,
            agent_addr: [0; 4],
            generic_trap: GenericTrap::ColdStart,
            specific_trap: 0,
            time_stamp: 0,
            varbinds: Vec::new(),
        });
        assert_eq!(refused(&message), DecodeErrorKind::UnknownPdu(Tag::TRAP_V1));
        let mut octets = get(Version::V1).to_bytes();
        octets[4] = 2;
        let error = Message::decode(&octets, &Limits::default()).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::UnknownVersion(2), 2));
    }

    use super::super::Message;

    #[test]
    fn a_datagram_above_the_limit_is_not_looked_at() {
        let limits = Limits { message_size: 20, ..Limits::default() };
        let error = Message::decode(&TEXTBOOK_GET, &limits).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::MessageTooLarge { limit: 20 });
    }

    #[test]
    fn debug_output_hides_the_community() {
        let response =
            Pdu::response(1, ErrorStatus::NoError, 0, [VarBind::new(SYS_DESCR, Value::Null)].into());
        let message = CommunityMessage::new(Version::V2c, b"s3ntinel", response);
        let octets = message.to_bytes();
        let borrowed = CommunityMessageRef::decode(&octets, &Limits::default()).unwrap();
        for text in [format!("{message:?}"), format!("{borrowed:?}")] {
            assert!(text.contains("Response") && !text.contains("s3ntinel") && !text.contains("115, 51"));
        }
    }
}
