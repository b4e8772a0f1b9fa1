//! One SNMP request to all hosts of a subnet (RFC 1122 §3.3.6), and whoever answers.
//!
//! [`Broadcast`] sends nothing: it makes the messages and says who answered. An answer tells no more than that somebody
//! is there; each is then asked by itself as any other target. Policies hold here too: a community goes out in clear to
//! the whole subnet, so it is sent only where credentials of that version are allowed. SNMPv3 asks for engine IDs
//! (RFC 3414 §4), which shows no user name.

use core::net::SocketAddr;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::engine::Credentials;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Message, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::{VarBind, usm};
use std::collections::BTreeSet;

use super::SnmpVersion;
use crate::tables::system::SYS_OBJECT_ID;

/// The most hosts that one broadcast may find. Further ones are not heard.
pub const MAX_HOSTS: usize = 65_536;

/// A request to all hosts of a subnet. No `Debug`: the messages have communities in them.
pub struct Broadcast {
    messages: Vec<Vec<u8>>,
    number: i32,
    heard: BTreeSet<SocketAddr>,
}

impl Broadcast {
    /// One message for each credential of the versions from `lowest` up; users of SNMPv3 share one. `random` is what answers are known by.
    pub fn new(credentials: &[&Credentials], lowest: SnmpVersion, random: u32) -> Self {
        // Request ids and message ids are positive with everybody's agents.
        let number = i32::try_from(random >> 1).unwrap_or(i32::MAX).max(1);
        let mut messages: Vec<Vec<u8>> = Vec::new();
        for credentials in credentials {
            let message = match credentials {
                Credentials::V1 { community } if lowest <= SnmpVersion::V1 => {
                    question(Version::V1, community.expose(), number)
                }
                Credentials::V2c { community } if lowest <= SnmpVersion::V2c => {
                    question(Version::V2c, community.expose(), number)
                }
                Credentials::V3 { .. } | Credentials::V3Localized { .. } => {
                    usm::discovery(number, number, MAX_SIZE)
                }
                _ => continue,
            };
            if !messages.contains(&message) {
                messages.push(message);
            }
        }
        Self { messages, number, heard: BTreeSet::new() }
    }

    /// The messages to send, each to the broadcast address of every subnet.
    pub fn messages(&self) -> impl Iterator<Item = &[u8]> {
        self.messages.iter().map(Vec::as_slice)
    }

    /// Takes a datagram. Gives the host when it is an answer and its first.
    pub fn handle_datagram(&mut self, from: SocketAddr, bytes: &[u8]) -> Option<SocketAddr> {
        let ours = match Message::decode(bytes, &Limits::default()).ok()? {
            Message::Community(message) => match message.pdu {
                CommunityPdu::Pdu(pdu) => {
                    matches!(pdu.kind, PduKind::Response { .. }) && pdu.request_id == self.number
                }
                CommunityPdu::TrapV1(_) => false,
            },
            Message::V3(message) => message.header.msg_id == self.number && !message.header.flags.reportable,
        };
        (ours && self.heard.len() < MAX_HOSTS && self.heard.insert(from)).then_some(from)
    }

    /// Everybody who answered, in the order of their addresses.
    pub fn hosts(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.heard.iter().copied()
    }
}

fn question(version: Version, community: &[u8], number: i32) -> Vec<u8> {
    let names = vec![VarBind::unspecified(SYS_OBJECT_ID)];
    CommunityMessage::new(version, community, Pdu::request(PduKind::Get, number, names)).to_bytes()
}

/// msgMaxSize that we announce: what fits an Ethernet frame is plenty for a Report.
const MAX_SIZE: u32 = 1_472;

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::Value;
    use remote_services_snmp::pdu::ErrorStatus;

    fn from(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 161))
    }

    fn credentials() -> Vec<Credentials> {
        let user = |user: &str| Credentials::V3 {
            user: user.into(),
            auth: None,
            privacy: None,
            context_name: String::new(),
        };
        vec![user("a"), user("b"), Credentials::v2c("public"), Credentials::v1("public")]
    }

    fn answer(number: i32) -> Vec<u8> {
        let values = vec![VarBind::new(SYS_OBJECT_ID, Value::from("x"))];
        let pdu = Pdu::response(number, ErrorStatus::NoError, 0, values);
        CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes()
    }

    #[test]
    fn no_message_goes_out_below_the_policy_and_users_share_one() {
        let count =
            |lowest| Broadcast::new(&credentials().iter().collect::<Vec<_>>(), lowest, 8).messages().count();
        assert_eq!([SnmpVersion::V1, SnmpVersion::V2c, SnmpVersion::V3].map(count), [3, 2, 1]);
        let strict = Broadcast::new(&credentials().iter().collect::<Vec<_>>(), SnmpVersion::V3, 8);
        assert!(strict.messages().all(|message| !message.windows(6).any(|text| text == b"public")));
    }

    #[test]
    fn each_host_that_answers_is_heard_once() {
        let mut broadcast = Broadcast::new(&credentials().iter().collect::<Vec<_>>(), SnmpVersion::V1, 8);
        assert_eq!(broadcast.handle_datagram(from(1), &answer(4)), Some(from(1)));
        assert_eq!(broadcast.handle_datagram(from(1), &answer(4)), None);
        assert_eq!(broadcast.handle_datagram(from(2), &answer(4)), Some(from(2)));
        assert_eq!(broadcast.hosts().count(), 2);
    }

    #[test]
    fn what_is_no_answer_to_us_is_not_heard() {
        let mut broadcast = Broadcast::new(&credentials().iter().collect::<Vec<_>>(), SnmpVersion::V1, 8);
        let ours: Vec<Vec<u8>> = broadcast.messages().map(<[u8]>::to_vec).collect();
        for bytes in ours.iter().chain([&answer(5), &b"HTTP/1.1 400".to_vec()]) {
            assert_eq!(broadcast.handle_datagram(from(1), bytes), None);
        }
        let good = answer(4);
        for cut in 0..good.len() {
            assert_eq!(broadcast.handle_datagram(from(1), &good[..cut]), None);
        }
    }
}
