//! The numbers a manager works by, with defaults that suit an office network of printers.
//!
//! Both structures grow with time: write `..Default::default()` after the fields that you set.

use core::time::Duration;

use crate::ber::Quirks;
use crate::message::LARGEST_MESSAGE;
use crate::usm::EngineId;

/// Limits of one manager, which is to say of one site.
#[derive(Clone, Debug)]
pub struct ManagerConfig {
    /// Requests on their way at the same time, over all peers. Default 256: that many full answers of
    /// 1,472 octets fit into the socket buffer that the drivers ask for. A request whose first wait was in vain does not
    /// count any more, so that silent peers keep no others waiting: its repetitions are bounded by `packets_per_second`, of
    /// which new questions and repetitions have half each where both wait.
    pub max_in_flight: usize,
    /// Packets per second in the long run, retransmissions included. Default 500: with full answers
    /// about 6 Mbit/s, a small part of the slowest link in use.
    pub packets_per_second: u32,
    /// Packets that may leave at once after a pause. Default 64.
    pub burst: u32,
    /// Requests accepted and not yet handed out as `Completed`. Default 65,536; further ones are refused.
    pub max_pending: usize,
    /// Peers known at the same time. Default 65,536.
    pub max_peers: usize,
    /// The msgMaxSize (RFC 3412 §6) that we announce. Default 65,507, the largest UDP payload: with
    /// a small one net-snmp answers genErr to GETBULK. Values below 484 are raised to it.
    pub max_message_size: u32,
}

impl Default for ManagerConfig {
    fn default() -> Self {
        Self {
            max_in_flight: 256,
            packets_per_second: 500,
            burst: 64,
            max_pending: 65_536,
            max_peers: 65_536,
            max_message_size: LARGEST_MESSAGE,
        }
    }
}

/// How one peer is treated. What goes beyond the RFCs is a named field, off by default, but for the one habit
/// [taken without being asked for](crate::manual::bent_devices#taken-without-being-asked-for).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerOptions {
    /// How long to wait for the first answer. Default 1 s. Each further attempt waits twice as long as
    /// the one before, up to `max_timeout`, and up to a tenth more by chance so that a site does not
    /// retransmit in step.
    pub timeout: Duration,
    /// The longest wait for one answer. Default 8 s.
    pub max_timeout: Duration,
    /// Retransmissions after the first attempt. Default 3.
    pub retries: u8,
    /// Requests on their way to this peer at the same time. Default 2: printers answer one by one.
    pub window: usize,
    /// Variable bindings wanted in one GETBULK answer; repetitions are this divided by the columns
    /// asked for. Default 40, which mostly fits one Ethernet frame. Halved when the peer cannot cope.
    pub bulk_varbinds: u16,
    /// Names sent in one GET, GETNEXT; longer lists are split and the answers joined. Default 24.
    pub max_names: usize,
    /// Variable bindings after which a walk ends with an error. Default 100,000.
    pub max_walk_varbinds: usize,
    /// Octets of the variable bindings of one request's answers together, as they come over the wire, after which it ends with an error. Default
    /// 32 MiB: no whole MIB comes near it, and a peer that fills every datagram cannot fill the memory.
    pub max_answer_octets: usize,
    /// Retransmissions with each of the credentials of a [`CredentialSet`](super::CredentialSet) while it is not known
    /// which one works. Default 1.
    pub trial_retries: u8,
    /// The engine whose context is asked (RFC 3412 §6.8, contextEngineID), with SNMPv3. Default `None`: the peer's own.
    /// For an engine behind a proxy, or [`LOCAL_ENGINE_ID`](super::LOCAL_ENGINE_ID).
    pub context_engine_id: Option<EngineId>,
    /// How long one request may go on from its first answer, after which it ends with an error. Default 10 minutes: an
    /// agent that answers each message at the last moment would hold a walk for days.
    pub max_duration: Duration,
    /// Never send GETBULK (for agents that crash on it). Default off.
    pub avoid_bulk: bool,
    /// Send a SET again when no answer came. Default off: the first may have been carried out.
    pub retransmit_set: bool,
    /// Let a walk go on over names that do not increase (RFC 3416 §4.2.2 demands that they do); it then
    /// ends at the first name met twice. Default off.
    pub tolerate_unordered_names: bool,
    /// Take noSuchObject or noSuchInstance in an answer to GETNEXT or GETBULK for endOfMibView, the only exception that RFC
    /// 3416 §4.2.2 allows there. Default off.
    pub no_such_ends_walks: bool,
    /// Let a walk that found nothing below its name read that name itself, as `snmpwalk` does: the walk of an instance then
    /// has its value. Costs one message, and only where there was no row. Not for tables. Default off.
    pub walk_reads_instance: bool,
    /// Rows after which a column of a walk is left, with the error
    /// [`RequestError::WalkTooLong`](super::RequestError::WalkTooLong) when the others are at their end. The answer in
    /// which the limit is reached is taken whole. Default none: only
    /// [`max_walk_varbinds`](Self::max_walk_varbinds) holds.
    pub max_rows: usize,
    /// Leave out what an answer holds beyond the bindings that were asked for (RFC 3416 §4.2.1 and §4.2.2 demand one
    /// for each). Those before it have to be about the names asked all the same. Default off.
    pub drop_surplus_bindings: bool,
    /// Take NULL in an answer to GET for a value, `Null`. RFC 3416 §3 has it in requests only, so without this it is
    /// [`ProtocolError::NotAValue`](super::ProtocolError::NotAValue). Default off.
    pub accept_null: bool,
    /// Accept v1/v2c answers from another address than the one asked. Default off. With v3 this changes nothing: an
    /// authentic answer counts wherever it comes from, any other only from the address asked.
    pub accept_other_source: bool,
    /// Departures from the RFCs in this peer's values that are taken, each by its name. Default none.
    pub quirks: Quirks,
}

impl Default for PeerOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(1),
            max_timeout: Duration::from_secs(8),
            retries: 3,
            window: 2,
            bulk_varbinds: 40,
            max_names: 24,
            max_walk_varbinds: 100_000,
            max_answer_octets: 32 << 20,
            trial_retries: 1,
            context_engine_id: None,
            max_duration: Duration::from_secs(600),
            avoid_bulk: false,
            retransmit_set: false,
            tolerate_unordered_names: false,
            no_such_ends_walks: false,
            walk_reads_instance: false,
            max_rows: usize::MAX,
            drop_surplus_bindings: false,
            accept_null: false,
            accept_other_source: false,
            quirks: Quirks::NONE,
        }
    }
}
