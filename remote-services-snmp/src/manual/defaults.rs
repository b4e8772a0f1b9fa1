//! The defaults, why they are what they are, and when to change them.
//!
//! # The manager, for one site
//!
//! | field of [`ManagerConfig`] | default | why | change it when |
//! | --- | --- | --- | --- |
//! | `max_in_flight` | 256 | that many full answers fit into the socket buffer that the drivers ask for; more are dropped by the kernel before anybody reads them; who has not answered within the first wait does not count, so that silent devices keep no others waiting | the system grants a larger buffer, or a smaller one |
//! | `packets_per_second` | 500 | about 6 Mbit/s with full answers: a small part of the slowest link in use | the site's link is slower, or the devices stand in one fast network |
//! | `burst` | 64 | lets a quiet manager start at once, and is far below what a switch port buffers | with the rate |
//! | `max_message_size` | 65,507 | the largest UDP payload; net-snmp answers genErr to GETBULK when a small size is announced | memory for one datagram is short |
//! | `max_peers`, `max_pending` | 65,536 | bound what a list of addresses without end can cost | the site is larger |
//!
//! # One peer
//!
//! | field of [`PeerOptions`] | default | why | change it when |
//! | --- | --- | --- | --- |
//! | `timeout`, `max_timeout`, `retries` | 1 s, doubled up to 8 s, 3 | a printer that wakes needs seconds; one that is off should not cost a minute | the link is a satellite's, or the network one rack |
//! | `window` | 2 | printers answer one by one: one request is worked on while the next one waits | the peer is a computer |
//! | `bulk_varbinds` | 40 | 40 bindings mostly fit one Ethernet frame, and lost fragments cost the whole answer | the path takes larger packets |
//! | `max_names` | 24 | small agents refuse long lists; a split list costs one round trip more | the devices are known to take more |
//! | `max_walk_varbinds` | 100,000 | no printer has a tenth of that; an agent that invents rows has an end | routes or MAC tables are walked |
//! | `max_answer_octets` | 32 MiB | a peer that fills every datagram cannot fill the memory | never met |
//! | `max_duration` | 10 min | an agent that answers each message at the last moment would hold a walk for days | whole MIBs are walked over slow links |
//! | `trial_retries` | 1 | while it is not known which credentials of a set work, each silent one costs its time-outs | devices lose packets often |
//! | everything else | off | each one lets a device break a rule, and is named after the rule | that device needs it |
//!
//! # Notifications in, for one source
//!
//! | field of [`SourceLimits`] | default | why |
//! | --- | --- | --- |
//! | datagrams a second, and at once | 50, 200 | a printer with an open door sends a few; a flood costs its source only |
//! | addresses with an allowance of their own | 4,096 | invented source addresses cannot fill the memory |
//!
//! # The decoder
//!
//! | field of [`Limits`] | default | why |
//! | --- | --- | --- |
//! | `message_size` | 65,507 | the most that UDP over IPv4 carries |
//! | `varbinds` | 4,096 | a full datagram of bindings of 16 octets; each one costs memory when it is kept |
//! | `arcs` | 128 | RFC 2578 §3.5; a higher setting has no effect |
//! | `quirks` | none | a value that breaks its type is refused, with the place; a device that is known for it gets that quirk by name |
//!
//! # Security
//!
//! No default weakens security, and no Cargo feature changes a default. Without further setting, a response counts only
//! from the address that was asked, under the numbers of the request, and in SNMPv3 at the security level of the request;
//! a SET is not sent a second time; an unauthenticated message never moves a clock.
//!
//! [`ManagerConfig`]: crate::engine::ManagerConfig
//! [`PeerOptions`]: crate::engine::PeerOptions
//! [`Limits`]: crate::ber::Limits
//! [`SourceLimits`]: crate::engine::notify::SourceLimits
