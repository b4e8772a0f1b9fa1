//! Counters of what a manager dropped or noticed.

/// What happened to datagrams, since the manager was made. Nothing here resets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManagerStats {
    /// Datagrams handed out for sending.
    pub sent: u64,
    /// Of these, sent again because no answer came.
    pub retransmitted: u64,
    /// Datagrams handed in.
    pub received: u64,
    /// Answers and reports that were used.
    pub accepted: u64,
    /// Could not be decoded as an SNMP message (snmpInASNParseErrs).
    pub malformed: u64,
    /// From an address other than the one asked, and not even claiming to be authentic.
    pub wrong_source: u64,
    /// With a msgID or request-id that nothing waits for: late, sent twice, or invented.
    pub unmatched: u64,
    /// With another version, community, user, engine, context, security level or request-id than the request with that msgID.
    pub mismatched: u64,
    /// With a wrong message authentication code.
    pub not_authentic: u64,
    /// Authentic, but outside the time window (RFC 3414 §3.2 step 7): replayed, or the peer's clock was set back.
    pub not_in_time: u64,
    /// Reports without authentication that wanted to move our notion of a peer's clock.
    pub unauthenticated_time: u64,
    /// Reports without authentication that refused what was asked with authentication. The request goes on waiting.
    pub unauthenticated_refusals: u64,
    /// Clocks of peers followed after an authenticated notInTimeWindows report.
    pub resynchronised: u64,
}
