//! The identifier octet.
use core::fmt;

/// The identifier octet of an element. SNMP uses no tag that needs more than one octet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub u8);

impl Tag {
    /// INTEGER.
    pub const INTEGER: Tag = Tag(0x02);
    /// OCTET STRING.
    pub const OCTET_STRING: Tag = Tag(0x04);
    /// NULL.
    pub const NULL: Tag = Tag(0x05);
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: Tag = Tag(0x06);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Tag = Tag(0x30);
    /// IpAddress (RFC 2578 §7.1.5).
    pub const IP_ADDRESS: Tag = Tag(0x40);
    /// Counter32 (RFC 2578 §7.1.6).
    pub const COUNTER32: Tag = Tag(0x41);
    /// Gauge32 and Unsigned32 (RFC 2578 §7.1.7, §7.1.11).
    pub const GAUGE32: Tag = Tag(0x42);
    /// TimeTicks (RFC 2578 §7.1.8).
    pub const TIME_TICKS: Tag = Tag(0x43);
    /// Opaque (RFC 2578 §7.1.9).
    pub const OPAQUE: Tag = Tag(0x44);
    /// Counter64 (RFC 2578 §7.1.10).
    pub const COUNTER64: Tag = Tag(0x46);
    /// noSuchObject (RFC 3416 §3).
    pub const NO_SUCH_OBJECT: Tag = Tag(0x80);
    /// noSuchInstance (RFC 3416 §3).
    pub const NO_SUCH_INSTANCE: Tag = Tag(0x81);
    /// endOfMibView (RFC 3416 §3).
    pub const END_OF_MIB_VIEW: Tag = Tag(0x82);
    /// GetRequest-PDU.
    pub const GET: Tag = Tag(0xa0);
    /// GetNextRequest-PDU.
    pub const GET_NEXT: Tag = Tag(0xa1);
    /// Response-PDU (GetResponse-PDU in SNMPv1).
    pub const RESPONSE: Tag = Tag(0xa2);
    /// SetRequest-PDU.
    pub const SET: Tag = Tag(0xa3);
    /// Trap-PDU of SNMPv1 (RFC 1157 §4.1.6).
    pub const TRAP_V1: Tag = Tag(0xa4);
    /// GetBulkRequest-PDU.
    pub const GET_BULK: Tag = Tag(0xa5);
    /// InformRequest-PDU.
    pub const INFORM: Tag = Tag(0xa6);
    /// SNMPv2-Trap-PDU.
    pub const TRAP_V2: Tag = Tag(0xa7);
    /// Report-PDU.
    pub const REPORT: Tag = Tag(0xa8);

    fn name(self) -> Option<&'static str> {
        Some(match self {
            Tag::INTEGER => "INTEGER",
            Tag::OCTET_STRING => "OCTET STRING",
            Tag::NULL => "NULL",
            Tag::OBJECT_IDENTIFIER => "OBJECT IDENTIFIER",
            Tag::SEQUENCE => "SEQUENCE",
            Tag::IP_ADDRESS => "IpAddress",
            Tag::COUNTER32 => "Counter32",
            Tag::GAUGE32 => "Gauge32",
            Tag::TIME_TICKS => "TimeTicks",
            Tag::OPAQUE => "Opaque",
            Tag::COUNTER64 => "Counter64",
            Tag::NO_SUCH_OBJECT => "noSuchObject",
            Tag::NO_SUCH_INSTANCE => "noSuchInstance",
            Tag::END_OF_MIB_VIEW => "endOfMibView",
            Tag::GET => "GetRequest",
            Tag::GET_NEXT => "GetNextRequest",
            Tag::RESPONSE => "Response",
            Tag::SET => "SetRequest",
            Tag::TRAP_V1 => "Trap",
            Tag::GET_BULK => "GetBulkRequest",
            Tag::INFORM => "InformRequest",
            Tag::TRAP_V2 => "SNMPv2-Trap",
            Tag::REPORT => "Report",
            _ => return None,
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:02x}", self.0),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_tag_prints_as_the_rfcs_call_it_and_any_other_octet_as_a_number() {
        let names = [
            (0x02, "INTEGER"),
            (0x04, "OCTET STRING"),
            (0x05, "NULL"),
            (0x06, "OBJECT IDENTIFIER"),
            (0x30, "SEQUENCE"),
            (0x40, "IpAddress"),
            (0x41, "Counter32"),
            (0x42, "Gauge32"),
            (0x43, "TimeTicks"),
            (0x44, "Opaque"),
            (0x46, "Counter64"),
            (0x80, "noSuchObject"),
            (0x81, "noSuchInstance"),
            (0x82, "endOfMibView"),
            (0xa0, "GetRequest"),
            (0xa1, "GetNextRequest"),
            (0xa2, "Response"),
            (0xa3, "SetRequest"),
            (0xa4, "Trap"),
            (0xa5, "GetBulkRequest"),
            (0xa6, "InformRequest"),
            (0xa7, "SNMPv2-Trap"),
            (0xa8, "Report"),
        ];
        for (octet, name) in names {
            assert_eq!(format!("{}", Tag(octet)), name);
        }
        for octet in (0..=u8::MAX).filter(|octet| names.iter().all(|(named, _)| named != octet)) {
            assert_eq!(format!("{}", Tag(octet)), format!("0x{octet:02x}"));
        }
        assert_eq!(format!("{:?}", Tag(0x43)), "Tag(TimeTicks)", "as assertions show it");
    }
}
