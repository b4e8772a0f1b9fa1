//! Protocol data units (RFC 3416 §3, RFC 1157 §4.1.6): what is asked, what is answered, what is reported.
//!
//! ```text
//!  a2 len   02 .. request-id   02 .. error-status   02 .. error-index   30 len { 30 len { name value } … }
//!  └─ kind                     └─ non-repeaters     └─ max-repetitions in GetBulk only
//! ```
//!
//! [`Pdu`] comes in two forms that differ in how they hold their variable bindings: a plain `Pdu` owns a `Vec`, a
//! [`PduRef`] borrows the datagram. Decoding looks at **every** binding before it says Ok, so that walking through
//! a [`VarBinds`] afterwards cannot meet a corrupt one. The Trap of SNMPv1 has other fields and its own type.
mod common_form;
mod error_status;
mod kind;
mod trap_v1;
mod varbind;
mod varbinds;

use alloc::vec::Vec;

pub use error_status::ErrorStatus;
pub use kind::PduKind;
pub use trap_v1::{GenericTrap, TrapV1};
pub use varbind::{VarBind, VarBindRef};
pub use varbinds::{VarBindList, VarBinds, VarBindsIter};

use crate::ber::{Buffer, DecodeError, DecodeErrorKind, Limits, Reader, Tag, Writer};

/// Any PDU but the Trap of SNMPv1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu<V = Vec<VarBind>> {
    /// What it asks or answers, with the fields that only this kind has.
    pub kind: PduKind,
    /// Matches a response to its request. Any 32-bit number.
    pub request_id: i32,
    /// The variable bindings.
    pub varbinds: V,
}

/// A PDU whose variable bindings are still in the datagram.
pub type PduRef<'a> = Pdu<VarBinds<'a>>;

impl Pdu {
    /// A PDU of this kind.
    #[must_use]
    pub fn request(kind: PduKind, request_id: i32, varbinds: Vec<VarBind>) -> Self {
        Pdu { kind, request_id, varbinds }
    }

    /// A Response (RFC 3416 §4.2). `error_index` counts from 1; 0 blames no binding.
    #[must_use]
    pub fn response(request_id: i32, status: ErrorStatus, error_index: u32, varbinds: Vec<VarBind>) -> Self {
        Pdu { kind: PduKind::Response { status, error_index }, request_id, varbinds }
    }
}

impl<V: VarBindList> Pdu<V> {
    /// Writes the PDU, tag and length included.
    pub fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        let end = writer.mark();
        self.varbinds.encode(writer);
        let (first, second) = self.kind.fields();
        writer.integer(second);
        writer.integer(first);
        writer.integer(self.request_id);
        writer.wrap(self.kind.tag(), end);
    }
}

impl<'a> PduRef<'a> {
    /// Reads a PDU and looks at every variable binding.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`]; a Trap of SNMPv1 is an unknown PDU here.
    pub fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<Self, DecodeError> {
        let start = *reader;
        let (tag, mut contents) = reader.element()?;
        if !PduKind::is_tag(tag) {
            return Err(start.error(DecodeErrorKind::UnknownPdu(tag)));
        }
        let request_id = contents.integer()?;
        let fields = contents;
        let (first, second) = (contents.integer()?, contents.integer()?);
        let kind = PduKind::from_fields(tag, first, second)
            .ok_or_else(|| fields.error(DecodeErrorKind::OutOfRange(Tag::INTEGER)))?;
        let varbinds = VarBinds::decode(&mut contents, limits)?;
        contents.finish()?;
        Ok(Pdu { kind, request_id, varbinds })
    }

    /// A copy that lives without the datagram.
    #[must_use]
    pub fn to_owned(&self) -> Pdu {
        Pdu { kind: self.kind, request_id: self.request_id, varbinds: self.varbinds.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, oid};

    fn decoded(octets: &[u8]) -> Result<Pdu, DecodeError> {
        PduRef::decode(&mut Reader::new(octets), &Limits::default()).map(|pdu| pdu.to_owned())
    }

    fn encoded(pdu: &Pdu) -> Vec<u8> {
        let mut writer = Writer::default();
        pdu.encode(&mut writer);
        writer.into_vec()
    }

    fn response() -> Pdu {
        let varbinds = [
            VarBind::new(oid!("1.3.6.1.2.1.1.3.0"), Value::TimeTicks(4)),
            VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer")),
        ];
        Pdu::response(-9, ErrorStatus::NoError, 0, varbinds.into())
    }

    #[test]
    fn every_kind_survives_the_wire() {
        for kind in [
            PduKind::Get,
            PduKind::GetNext,
            PduKind::GetBulk { non_repeaters: 1, max_repetitions: 2_147_483_647 },
            PduKind::Response { status: ErrorStatus::InconsistentName, error_index: 2 },
            PduKind::Response { status: ErrorStatus::Other(99), error_index: 0 },
            PduKind::Set,
            PduKind::Inform,
            PduKind::TrapV2,
            PduKind::Report,
        ] {
            let pdu = Pdu { kind, ..response() };
            assert_eq!(decoded(&encoded(&pdu)), Ok(pdu));
        }
    }

    #[test]
    fn a_request_s_error_fields_are_ignored_and_negative_bulk_fields_are_zero() {
        let octets = [0xa0, 11, 2, 1, 7, 2, 1, 0xff, 2, 1, 5, 0x30, 0];
        assert_eq!(decoded(&octets).unwrap().kind, PduKind::Get);
        let octets = [0xa5, 11, 2, 1, 7, 2, 1, 0xff, 2, 1, 0x80, 0x30, 0];
        let nothing = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 0 };
        assert_eq!(decoded(&octets).unwrap().kind, nothing);
        let octets = [0xa2, 11, 2, 1, 7, 2, 1, 0, 2, 1, 0x80, 0x30, 0];
        assert_eq!(decoded(&octets).unwrap_err().kind(), DecodeErrorKind::OutOfRange(Tag::INTEGER));
    }

    #[test]
    fn a_corrupt_last_binding_spoils_the_whole_pdu() {
        let good = encoded(&response());
        let mut bad = good.clone();
        let value_tag = good.len() - 9;
        bad[value_tag] = 0x45;
        assert_eq!(decoded(&bad).unwrap_err().kind(), DecodeErrorKind::UnknownValue(Tag(0x45)));
        assert_eq!(decoded(&bad).unwrap_err().offset(), value_tag);
        bad[value_tag..].copy_from_slice(&[4, 6, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(decoded(&bad).unwrap_err().kind(), DecodeErrorKind::TrailingData { extra: 1 });
    }

    #[test]
    fn more_bindings_than_the_limit_are_refused() {
        let octets = encoded(&response());
        let limits = Limits { varbinds: 1, ..Limits::default() };
        let error = PduRef::decode(&mut Reader::new(&octets), &limits).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TooManyVarBinds { limit: 1 });
    }
}
