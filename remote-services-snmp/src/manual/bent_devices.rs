//! Devices that break the rules: which habits can be admitted by name, and what is refused or taken that others treat
//! differently.
//!
//! No habit is admitted by default and none for all peers: set it in the [`PeerOptions`] of the device that has it. Makers
//! are not named here, because a firmware release brings a fault or mends it. What tells a device's habit is the error that
//! its answers are refused with, [`RequestError::Timeout`] with its `garbage`, which names the type and the octet.
//!
//! # Values that break their type
//!
//! These are fields of [`Quirks`], in [`PeerOptions::quirks`]. No number is made up: a value that does not fit its type is
//! handed out as a type that holds it.
//!
//! **`oversized_unsigned`**, default off. Agents that count in 64 bits and write what they have, often page or octet
//! counters that have run for years: a Counter32, Gauge32 or TimeTicks above 2^32 - 1. Admitted up to 2^64 - 1, as
//! `Counter64`. The error without it: "Counter32 out of range".
//!
//! **`oversized_integer`**, default off. Agents that keep sizes and capacities unsigned and send them as INTEGER: 2^31 to
//! 2^63 - 1. Admitted as `Gauge32`, or as `Counter64` above 2^32 - 1. The error without it: "INTEGER out of range".
//!
//! **`negative_unsigned`**, default off. Agents with one signed encoder for all numbers, which leaves out the zero octet in
//! front: a Counter32 of 3,000,000,000 comes as four octets whose first bit is set. Admitted as the unsigned number of
//! these four octets, or of eight in a Counter64; shorter ones stay refused, because it cannot be told what was meant. The
//! error without it: "Counter32 out of range".
//!
//! **`empty_number`**, default off. Encoders that drop all leading zero octets, and so the only one of 0: a number of no
//! octets. Admitted as 0. The error without it: "INTEGER of 0 octets".
//!
//! **`empty_oid`**, default off. Agents that have no sysObjectID or no ifSpecific and send an OBJECT IDENTIFIER of no
//! octets as a value. Admitted as 0.0; as a name it stays refused. The error without it:
//! "object identifier without arcs".
//!
//! **`empty_ip_address`**, default off. Agents that have no address to tell and send an IpAddress of no octets. Admitted as
//! `Null`. The error without it: "IpAddress of 0 octets".
//!
//! # Habits of conversation
//!
//! These are fields of [`PeerOptions`] itself.
//!
//! **`avoid_bulk`**, default off. Agents that crash or go silent when GETBULK comes, mostly of the nineties. Without it
//! a peer that does not answer GETBULK is asked with half as many repetitions, down to GETNEXT, which costs time-outs.
//!
//! **`tolerate_unordered_names`**, default off. Agents whose tables stand in the order of their making, so that GETNEXT
//! goes backwards. Admitted is any order; the walk ends at the first name met twice. The error without it:
//! [`RequestError::OidNotIncreasing`].
//!
//! **`drop_surplus_bindings`**, default off. Agents that put something behind the bindings that were asked for. What is
//! about the names asked, in their order, is taken; the rest of that answer is not. Who did it once is asked by GETNEXT from then
//! on: how long an answer to GETBULK is the agent decides, and what stands behind its rows would look like the end of a column.
//!
//! **`no_such_ends_walks`**, default off. Agents that end a table as if GET had been asked, with noSuchObject or
//! noSuchInstance. Admitted for endOfMibView. The error without it: [`ProtocolError::NoSuchForNext`], with what was read
//! before, since an agent that mistakes GETBULK for GET says the same and has rows. noSuchName needs no quirk: in SNMPv1 it
//! is the end (RFC 1157 §4.1.3), and in later versions a proxy's word for it (RFC 3416 §3).
//!
//! **`accept_null`**, default off. Agents that answer GET with NULL where they have nothing to say. Admitted as `Null`, which
//! `empty_ip_address` implies. The error without it: [`ProtocolError::NotAValue`]. endOfMibView in an answer to GET is
//! refused always.
//!
//! **`accept_other_source`**, default off. Hosts with several addresses that answer from another one than was asked.
//! Admits anybody who guesses 31 random bits in time; SNMPv3 does not need it, since an authentic answer counts from
//! wherever it comes. The error without it: a time-out.
//!
//! **`retransmit_set`**, default off. For links so bad that a SET must be repeated, where carrying it out twice does no
//! harm.
//!
//! # Taken without being asked for
//!
//! A walk ends at the first name outside its subtree, also where that is a smaller name than the one asked: some agents
//! start again at the top when they have come to their end. RFC 3416 §4.2.2 does not allow it; net-snmp's `snmpwalk` takes
//! it the same way. Within the subtree names must increase.
//!
//! # Stricter and laxer than others
//!
//! Measured with the 10,601 requests of PROTOS c06-snmpv1, most of them broken on purpose. The second column says how many
//! of them a rule decides. Nothing is decoded here that pysnmp 7 refuses.
//!
//! | we refuse what pysnmp decodes | requests |
//! | --- | --- |
//! | an INTEGER has 32 bits (RFC 2578 §2, RFC 1157 as deployed); to pysnmp it has no bounds | 2,916 |
//! | a sub-identifier is at most 2^32 - 1 (RFC 2578 §3.5); to pysnmp it has no bound | 415 |
//! | an identifier has at most 128 sub-identifiers (RFC 2578 §3.5); to pysnmp any number | 171 |
//! | a number has at least one octet (X.690 §8.3.1); pysnmp takes none for 0, we do by a quirk only | 40 |
//! | a message has at most so many bindings, `Limits::varbinds`; more are refused before they cost memory | 6 |
//! | a PDU has a tag of one octet; pysnmp reads tags of several | 1 |
//!
//! | we do not answer what net-snmp 5.9 answers | requests |
//! | --- | --- |
//! | an INTEGER has 32 bits; net-snmp cuts request-ids and error fields of more | 413 |
//! | Counter32, Gauge32 and TimeTicks have 32 bits and no sign; net-snmp cuts them, pysnmp refuses them too, and we read them by a quirk only | 276 |
//! | an identifier has at least one octet (X.690 §8.19.2); net-snmp takes none for 0.0, pysnmp refuses it too | 4 |
//! | a message has at most so many bindings, `Limits::varbinds` | 1 |
//!
//! | we answer what net-snmp 5.9 does not answer | requests |
//! | --- | --- |
//! | octets that only repeat the sign are no part of a number (RFC 3417 §8 lets senders use more than needed); net-snmp wants at most as many as the type needs | 160 |
//! | every sound request of a known community is answered (RFC 1157 §4.1); net-snmp was silent to some in the neighbourhood of its largest, which pysnmp decodes as we do | 49 |
//!
//! [`PeerOptions`]: crate::engine::PeerOptions
//! [`PeerOptions::quirks`]: crate::engine::PeerOptions::quirks
//! [`Quirks`]: crate::ber::Quirks
//! [`RequestError::Timeout`]: crate::engine::RequestError::Timeout
//! [`RequestError::OidNotIncreasing`]: crate::engine::RequestError::OidNotIncreasing
//! [`ProtocolError::NotAValue`]: crate::engine::ProtocolError::NotAValue
//! [`ProtocolError::NoSuchForNext`]: crate::engine::ProtocolError::NoSuchForNext
