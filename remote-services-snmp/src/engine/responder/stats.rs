//! What a responder counts.
use crate::usm::UsmStats;

/// Counters of the snmp group (RFC 3418), snmpMPDStats (RFC 3412 §5), snmpUnknownContexts (RFC 3413 §4.1.2) and
/// usmStats (RFC 3414 §5). They wrap at 2^32.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponderStats {
    /// snmpInPkts: datagrams taken in.
    pub in_packets: u32,
    /// snmpInBadVersions: messages of a version that does not exist.
    pub bad_versions: u32,
    /// snmpInBadCommunityNames: messages of an unknown community.
    pub bad_community_names: u32,
    /// snmpInBadCommunityUses: messages of a community that may not do this.
    pub bad_community_uses: u32,
    /// snmpInASNParseErrs: datagrams that could not be decoded.
    pub asn_parse_errors: u32,
    /// snmpSilentDrops: requests without answer because not even an empty one would fit.
    pub silent_drops: u32,
    /// snmpUnknownSecurityModels.
    pub unknown_security_models: u32,
    /// snmpInvalidMsgs: messages whose header contradicts itself.
    pub invalid_messages: u32,
    /// snmpUnknownPDUHandlers: PDUs that a responder does not handle, or for another engine.
    pub unknown_pdu_handlers: u32,
    /// snmpUnknownContexts: requests for a context that is not there.
    pub unknown_contexts: u32,
    /// usmStats.
    pub usm: UsmStats,
}

impl ResponderStats {
    pub(super) fn raise(counter: &mut u32) {
        *counter = counter.wrapping_add(1);
    }
}
