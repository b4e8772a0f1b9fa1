//! The Trap of SNMPv1.
use alloc::vec::Vec;

use super::{VarBind, VarBindList, VarBinds};
use crate::ber::{Buffer, DecodeError, DecodeErrorKind, Limits, Reader, Tag, Writer};
use crate::smi::{Oid, ValueRef};

/// A Trap-PDU (RFC 1157 §4.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrapV1<V = Vec<VarBind>> {
    /// The kind of device that sends it: its sysObjectID, or the MIB that defines the trap.
    pub enterprise: Oid,
    /// The IPv4 address that the sender believes to have.
    pub agent_addr: [u8; 4],
    /// generic-trap: which of the seven it is.
    pub generic_trap: GenericTrap,
    /// specific-trap: the number below the enterprise, with [`GenericTrap::EnterpriseSpecific`].
    pub specific_trap: i32,
    /// time-stamp: sysUpTime when it happened, in hundredths of a second.
    pub time_stamp: u32,
    /// The variable bindings.
    pub varbinds: V,
}

/// generic-trap (RFC 1157 §4.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GenericTrap {
    /// coldStart (0).
    ColdStart,
    /// warmStart (1).
    WarmStart,
    /// linkDown (2).
    LinkDown,
    /// linkUp (3).
    LinkUp,
    /// authenticationFailure (4).
    AuthenticationFailure,
    /// egpNeighborLoss (5).
    EgpNeighborLoss,
    /// enterpriseSpecific (6).
    EnterpriseSpecific,
    /// A number that the RFC does not name.
    Other(i32),
}

impl<V: VarBindList> TrapV1<V> {
    /// Writes the PDU, tag and length included.
    pub fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        let end = writer.mark();
        self.varbinds.encode(writer);
        writer.value(ValueRef::TimeTicks(self.time_stamp));
        writer.integer(self.specific_trap);
        writer.integer(self.generic_trap.to_wire());
        writer.octets(Tag::IP_ADDRESS, &self.agent_addr);
        writer.octets(Tag::OBJECT_IDENTIFIER, self.enterprise.as_wire());
        writer.wrap(Tag::TRAP_V1, end);
    }
}

impl<'a> TrapV1<VarBinds<'a>> {
    /// Reads a Trap-PDU and looks at every variable binding.
    ///
    /// # Errors
    /// See [`DecodeErrorKind`]. A Counter64 or an exception is an unknown value here, since SNMPv1 has neither
    /// (RFC 1157 §4.1, RFC 2578 §7.1.10). A time stamp above 2^32 - 1 is refused whatever the quirks; in a variable binding
    /// such a number may come out as Counter64, see [`Quirks`](crate::ber::Quirks).
    pub fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<Self, DecodeError> {
        let mut contents = reader.expect(Tag::TRAP_V1)?;
        let enterprise = contents.oid(limits)?.to_owned();
        let agent_addr = match expect_value(&mut contents, Tag::IP_ADDRESS, limits)? {
            ValueRef::IpAddress(octets) => octets,
            _ => [0; 4],
        };
        let generic_trap = GenericTrap::from_wire(contents.integer()?);
        let specific_trap = contents.integer()?;
        // There is no other type here that would hold a larger one.
        let mut in_range = *limits;
        in_range.quirks.oversized_unsigned = false;
        let time_stamp = match expect_value(&mut contents, Tag::TIME_TICKS, &in_range)? {
            ValueRef::TimeTicks(ticks) => ticks,
            _ => 0,
        };
        let varbinds = VarBinds::decode(&mut contents, limits)?;
        varbinds.check_version1(limits)?;
        contents.finish()?;
        Ok(TrapV1 { enterprise, agent_addr, generic_trap, specific_trap, time_stamp, varbinds })
    }

    /// A copy that lives without the datagram.
    #[must_use]
    pub fn to_owned(&self) -> TrapV1 {
        TrapV1 {
            enterprise: self.enterprise.clone(),
            agent_addr: self.agent_addr,
            generic_trap: self.generic_trap,
            specific_trap: self.specific_trap,
            time_stamp: self.time_stamp,
            varbinds: self.varbinds.to_vec(),
        }
    }
}

impl GenericTrap {
    /// The trap with this number.
    #[must_use]
    pub fn from_wire(number: i32) -> Self {
        match number {
            0 => Self::ColdStart,
            1 => Self::WarmStart,
            2 => Self::LinkDown,
            3 => Self::LinkUp,
            4 => Self::AuthenticationFailure,
            5 => Self::EgpNeighborLoss,
            6 => Self::EnterpriseSpecific,
            other => Self::Other(other),
        }
    }

    /// The number of this trap.
    #[must_use]
    pub fn to_wire(self) -> i32 {
        match self {
            Self::ColdStart => 0,
            Self::WarmStart => 1,
            Self::LinkDown => 2,
            Self::LinkUp => 3,
            Self::AuthenticationFailure => 4,
            Self::EgpNeighborLoss => 5,
            Self::EnterpriseSpecific => 6,
            Self::Other(other) => other,
        }
    }
}

fn expect_value<'a>(
    reader: &mut Reader<'a>,
    expected: Tag,
    limits: &Limits,
) -> Result<ValueRef<'a>, DecodeError> {
    let found = reader.peek_tag()?;
    if found != expected {
        return Err(reader.error(DecodeErrorKind::UnexpectedTag { expected, found }));
    }
    reader.value(limits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, oid};

    #[test]
    fn a_trap_survives_the_wire() {
        for generic in -1..9 {
            let trap = TrapV1 {
                enterprise: oid!("1.3.6.1.4.1.253.8.62.1"),
                agent_addr: [192, 0, 2, 7],
                generic_trap: GenericTrap::from_wire(generic),
                specific_trap: 18,
                time_stamp: u32::MAX,
                varbinds: [VarBind::new(oid!("1.3.6.1.2.1.43.18.1.1.8.1.2"), Value::from("tray 2 empty"))]
                    .into(),
            };
            let mut writer = Writer::default();
            trap.encode(&mut writer);
            let octets = writer.into_vec();
            let decoded = TrapV1::decode(&mut Reader::new(&octets), &Limits::default()).unwrap();
            assert_eq!(decoded.to_owned(), trap);
        }
    }

    /// A Trap-PDU with this time stamp and with this value of 0.0.
    fn with(time_stamp: &[u8], value: &[u8]) -> Vec<u8> {
        let mut writer = Writer::default();
        let varbind = [&[6, 1, 0], value].concat();
        let varbind = [&[0x30, u8::try_from(varbind.len()).unwrap()], &*varbind].concat();
        writer.octets(Tag::SEQUENCE, &varbind);
        let rest = writer.into_vec();
        let fields = [&[6, 1, 0x2b, 0x40, 4, 192, 0, 2, 7, 2, 1, 6, 2, 1, 4], time_stamp, &*rest].concat();
        [&[0xa4, u8::try_from(fields.len()).unwrap()], &*fields].concat()
    }

    const OVERSIZED: [u8; 8] = [0x43, 6, 0, 1, 2, 3, 4, 5];

    #[test]
    fn an_oversized_number_comes_out_as_the_number_that_was_sent_or_not_at_all() {
        let mut limits = Limits::default();
        limits.quirks.oversized_unsigned = true;
        let octets = with(&[0x43, 1, 99], &OVERSIZED);
        let trap = TrapV1::decode(&mut Reader::new(&octets), &limits).unwrap().to_owned();
        assert_eq!((trap.time_stamp, &trap.varbinds[0].value), (99, &Value::Counter64(0x01_0203_0405)));
        // As what it came as it cannot go on: SNMPv1 does not have that type.
        let mut writer = Writer::default();
        trap.encode(&mut writer);
        let again = writer.into_vec();
        let error = TrapV1::decode(&mut Reader::new(&again), &limits).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::UnknownValue(Tag::COUNTER64));
        // A time stamp has no other type to be in.
        let octets = with(&OVERSIZED, &[2, 1, 1]);
        let error = TrapV1::decode(&mut Reader::new(&octets), &limits).unwrap_err();
        assert_eq!(
            error.kind(),
            TrapV1::decode(&mut Reader::new(&octets), &Limits::default()).unwrap_err().kind()
        );
    }

    #[test]
    fn a_wrong_field_type_is_named() {
        let octets = [0xa4, 8, 6, 2, 0x2b, 6, 0x41, 1, 9, 0];
        let error = TrapV1::decode(&mut Reader::new(&octets), &Limits::default()).unwrap_err();
        assert_eq!(
            error.kind(),
            DecodeErrorKind::UnexpectedTag { expected: Tag::IP_ADDRESS, found: Tag::COUNTER32 }
        );
        assert_eq!(error.offset(), 6);
    }
}
