//! The responder as a manager sees it: octets in, octets out. Here: the fixture, what gets no answer, the engine's objects.
mod computed;
mod read;
mod tree;
mod version3;
mod write;

use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use super::*;
use crate::ber::Tag;
use crate::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use crate::message::{CommunityMessage, CommunityPdu, Version};
use crate::oid;
use crate::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use crate::smi::{Oid, Value};
use crate::usm::{KeyCache, User};

const FROM: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1_161);
const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
const SERVICES: Oid = oid!("1.3.6.1.2.1.1.7.0");
const OCTETS_64: Oid = oid!("1.3.6.1.2.1.31.1.1.1.6.1");
const ALIAS: Oid = oid!("1.3.6.1.2.1.31.1.1.1.18.1");

fn at(seconds: u64) -> Instant {
    Instant::from_start(Duration::from_secs(seconds))
}

fn mib() -> SortedTable {
    let mut table = SortedTable::new();
    table.insert(oid!("1.3.6.1.2.1.1.1.0"), Value::from("a printer made of software"));
    table.insert_writable(NAME, Value::from("printer"));
    table.insert(SERVICES, Value::Integer(64));
    table.insert(OCTETS_64, Value::Counter64(1 << 40));
    table.insert_writable(ALIAS, Value::from("alias"));
    table
}

fn engine_id() -> EngineId {
    EngineId::with_format(253, 4, b"responder").unwrap()
}

/// A fixed sequence in place of randomness.
fn random() -> impl FnMut() -> u64 {
    let mut seed = 99..;
    move || seed.next().unwrap()
}

fn user(auth: &str, privacy: &str) -> User {
    let auth = Some((AuthProtocol::HmacSha256, auth.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, privacy.as_bytes()));
    User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).unwrap()
}

struct Fixture {
    responder: Responder,
    mib: SortedTable,
}

impl Fixture {
    fn new() -> Self {
        Self::with(|config| config)
    }

    fn with(change: impl FnOnce(ResponderConfig) -> ResponderConfig) -> Self {
        let config = ResponderConfig::new(engine_id(), 3)
            .community("public", Access::Read)
            .community("private", Access::ReadWrite)
            .user(user("maplesyrup", "private secret"), Access::ReadWrite, SecurityLevel::AuthNoPriv)
            .serve_engine_objects(false);
        let responder = Responder::new(change(config), &rustcrypto(), at(1_000), random()).unwrap();
        Fixture { responder, mib: mib() }
    }

    fn send(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        self.responder.handle_datagram(at(1_500), FROM, octets, &mut self.mib)
    }

    /// Status, index and bindings of the reply to a PDU in a community message.
    fn ask(&mut self, version: Version, community: &[u8], kind: PduKind, varbinds: Vec<VarBind>) -> Reply {
        let pdu = Pdu::request(kind, 17, varbinds);
        let octets = self.send(&CommunityMessage::new(version, community, pdu).to_bytes()).expect("a reply");
        let message = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap();
        assert_eq!((message.version, message.community.as_slice()), (version, community));
        let CommunityPdu::Pdu(pdu) = message.pdu else { panic!("not a trap") };
        reply(pdu)
    }

    fn read(&mut self, version: Version, kind: PduKind, names: &[Oid]) -> Reply {
        self.ask(version, b"public", kind, names.iter().cloned().map(VarBind::unspecified).collect())
    }

    fn set(&mut self, version: Version, varbinds: &[(Oid, Value)]) -> Reply {
        let varbinds = varbinds.iter().cloned().map(|(name, value)| VarBind::new(name, value)).collect();
        self.ask(version, b"private", PduKind::Set, varbinds)
    }
}

type Reply = (ErrorStatus, u32, Vec<VarBind>);

fn reply(pdu: Pdu) -> Reply {
    let PduKind::Response { status, error_index } = pdu.kind else { panic!("{:?}", pdu.kind) };
    assert_eq!(pdu.request_id, 17);
    (status, error_index, pdu.varbinds)
}

fn values(reply: Reply) -> Vec<Value> {
    assert_eq!((reply.0, reply.1), (ErrorStatus::NoError, 0));
    reply.2.into_iter().map(|varbind| varbind.value).collect()
}

#[test]
fn what_deserves_no_answer_gets_none_and_is_counted() {
    let mut fixture = Fixture::new();
    let message = |community: &[u8], kind| {
        CommunityMessage::new(Version::V2c, community, Pdu::request(kind, 1, Vec::new())).to_bytes()
    };
    for community in [&b""[..], b"publi", b"public1", b"PUBLIC"] {
        assert_eq!(fixture.send(&message(community, PduKind::Get)), None);
    }
    for kind in [PduKind::Report, PduKind::TrapV2, PduKind::Inform] {
        assert_eq!(fixture.send(&message(b"public", kind)), None);
    }
    let mut version_2 = message(b"public", PduKind::Get);
    version_2[4] = 2;
    assert_eq!(fixture.send(&version_2), None);
    assert_eq!(fixture.send(b""), None);
    assert_eq!(fixture.send(b"garbage"), None);
    let stats = fixture.responder.stats();
    assert_eq!((stats.bad_community_names, stats.unknown_pdu_handlers), (4, 3));
    assert_eq!((stats.bad_versions, stats.asn_parse_errors, stats.in_packets), (1, 2, 10));
}

#[test]
fn the_engine_s_own_objects_lie_over_the_handler_s() {
    let mut fixture = Fixture::with(|config| config.serve_engine_objects(true));
    let names =
        [oid!("1.3.6.1.6.3.10.2.1.1.0"), oid!("1.3.6.1.6.3.10.2.1.2.0"), oid!("1.3.6.1.6.3.10.2.1.3.0")];
    let expected =
        [Value::OctetString(engine_id().as_slice().into()), Value::Integer(3), Value::Integer(500)];
    assert_eq!(values(fixture.read(Version::V2c, PduKind::Get, &names)), expected);
    let mut walked = Vec::new();
    let mut name = oid!("1.3");
    loop {
        let (_, _, mut next) = fixture.read(Version::V2c, PduKind::GetNext, &[name]);
        let varbind = next.remove(0);
        if varbind.value == Value::EndOfMibView {
            break;
        }
        name = varbind.name.clone();
        walked.push(varbind.name);
    }
    assert_eq!(walked.len(), 5 + 23);
    assert!(walked.is_sorted());
}

// SNMPv3: a manager that knows the keys.
