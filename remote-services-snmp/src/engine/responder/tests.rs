//! The responder as a manager sees it: octets in, octets out.
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use super::*;
use crate::ber::Tag;
use crate::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use crate::message::{CommunityMessage, CommunityPdu, ScopedPdu, V3MessageRef, Version};
use crate::oid;
use crate::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use crate::smi::{Oid, Value};
use crate::usm::{Envelope, KeyCache, Opened, RemoteClock, User, UsmStat, discovery, open_as_manager, seal};

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
        let responder = Responder::new(change(config), &rustcrypto(), at(1_000), 99).unwrap();
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
fn rfc3416_4_2_1_get_tells_per_binding_what_is_not_there() {
    let names = [NAME, oid!("1.3.6.1.2.1.1.5.1"), oid!("1.3.6.1.2.1.99.1.0"), OCTETS_64];
    let values = values(Fixture::new().read(Version::V2c, PduKind::Get, &names));
    let expected =
        [Value::from("printer"), Value::NoSuchInstance, Value::NoSuchObject, Value::Counter64(1 << 40)];
    assert_eq!(values, expected);
}

#[test]
fn rfc1157_4_1_2_v1_get_blames_the_first_missing_name_and_repeats_the_request() {
    let names = [NAME, oid!("1.3.6.1.2.1.1.5.1"), oid!("1.3.6.1.2.1.99.1.0")];
    let (status, index, varbinds) = Fixture::new().read(Version::V1, PduKind::Get, &names);
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
    assert_eq!(varbinds, names.map(VarBind::unspecified));
}

#[test]
fn rfc3584_4_2_2_counter64_does_not_exist_for_v1() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.read(Version::V1, PduKind::Get, &[OCTETS_64]).0, ErrorStatus::NoSuchName);
    let (status, _, varbinds) = fixture.read(Version::V1, PduKind::GetNext, &[SERVICES]);
    assert_eq!((status, varbinds[0].name.clone()), (ErrorStatus::NoError, ALIAS));
    let (_, _, varbinds) = fixture.read(Version::V2c, PduKind::GetNext, &[SERVICES]);
    assert_eq!(varbinds[0].name, OCTETS_64);
}

#[test]
fn rfc3416_4_2_2_get_next_past_the_end_repeats_the_name() {
    let mut fixture = Fixture::new();
    let beyond = oid!("1.3.6.1.9");
    let end = VarBind::new(beyond.clone(), Value::EndOfMibView);
    assert_eq!(
        fixture.read(Version::V2c, PduKind::GetNext, core::slice::from_ref(&beyond)),
        (ErrorStatus::NoError, 0, vec![end])
    );
    let (status, index, _) = fixture.read(Version::V1, PduKind::GetNext, &[NAME, beyond]);
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 2));
}

#[test]
fn rfc3416_4_2_3_bulk_reads_some_once_and_others_repeatedly_until_the_end() {
    let mut fixture = Fixture::new();
    let bulk = |non_repeaters, max_repetitions| PduKind::GetBulk { non_repeaters, max_repetitions };
    let names = |reply: Reply| reply.2.into_iter().map(|varbind| varbind.name).collect::<Vec<_>>();
    let start = [oid!("1.3.6"), NAME, OCTETS_64];
    let descr = oid!("1.3.6.1.2.1.1.1.0");
    let expected = [descr.clone(), SERVICES, ALIAS, OCTETS_64, ALIAS];
    assert_eq!(names(fixture.read(Version::V2c, bulk(1, 2), &start)), expected);
    assert_eq!(names(fixture.read(Version::V2c, bulk(0, 0), &start)), []);
    assert_eq!(names(fixture.read(Version::V2c, bulk(9, 5), &start)), [descr, SERVICES, ALIAS]);
    // One row of nothing but endOfMibView, then no more, however many were asked for.
    let all = values(fixture.read(Version::V2c, bulk(0, u32::MAX), &[OCTETS_64, ALIAS]));
    let end = Value::EndOfMibView;
    assert_eq!(all, [Value::from("alias"), end.clone(), end.clone(), end]);
}

#[test]
fn cve_2008_4309_a_bulk_of_any_size_is_cut_to_the_message() {
    let mut fixture = Fixture::with(|config| config.max_message_size(1_400));
    for row in 1..20_000 {
        fixture
            .mib
            .insert(NAME.extend(&[row]).unwrap(), Value::from("some text in a column of a long table"));
    }
    let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: i32::MAX.cast_unsigned() };
    for columns in [1, 7, 100] {
        let names = vec![VarBind::unspecified(NAME); columns];
        let pdu = Pdu::request(bulk, 17, names);
        let octets = fixture.send(&CommunityMessage::new(Version::V2c, b"public", pdu).to_bytes()).unwrap();
        assert!((1_300..=1_400).contains(&octets.len()), "{columns} columns: {}", octets.len());
    }
}

#[test]
fn rfc3416_4_2_1_3_what_does_not_fit_is_too_big_and_empty() {
    let mut fixture = Fixture::with(|config| config.max_message_size(484));
    fixture.mib.insert(NAME, Value::OctetString(vec![b'x'; 500]));
    let too_big = (ErrorStatus::TooBig, 0, Vec::new());
    assert_eq!(fixture.read(Version::V2c, PduKind::Get, &[NAME]), too_big);
    let (status, index, varbinds) = fixture.read(Version::V1, PduKind::Get, &[NAME]);
    assert_eq!((status, index, varbinds.len()), (ErrorStatus::TooBig, 0, 1));
}

#[test]
fn rfc3416_4_2_5_a_set_changes_everything_or_nothing() {
    let mut fixture = Fixture::new();
    let good = [(NAME, Value::from("new name")), (ALIAS, Value::from("new alias"))];
    let echoed = values(fixture.set(Version::V2c, &good));
    assert_eq!(echoed, [Value::from("new name"), Value::from("new alias")]);
    assert_eq!(fixture.mib.value(&ALIAS), Some(&Value::from("new alias")));

    let bad_third = |value: (Oid, Value)| [(NAME, Value::from("x")), (ALIAS, Value::from("y")), value];
    for (third, status, v1_status) in [
        ((SERVICES, Value::Integer(1)), ErrorStatus::NotWritable, ErrorStatus::NoSuchName),
        ((NAME, Value::Integer(1)), ErrorStatus::WrongType, ErrorStatus::BadValue),
        ((NAME, Value::Null), ErrorStatus::WrongType, ErrorStatus::BadValue),
        ((NAME, Value::NoSuchObject), ErrorStatus::WrongType, ErrorStatus::BadValue),
        ((oid!("1.3.6.1.9.9.0"), Value::Integer(1)), ErrorStatus::NoCreation, ErrorStatus::NoSuchName),
    ] {
        for (version, expected) in [(Version::V2c, status), (Version::V1, v1_status)] {
            let (status, index, varbinds) = fixture.set(version, &bad_third(third.clone()));
            assert_eq!((status, index, varbinds.len()), (expected, 3, 3));
            assert_eq!(fixture.mib.value(&NAME), Some(&Value::from("new name")));
        }
    }
}

/// A device whose second change fails, and which may or may not be able to go back.
struct Stubborn {
    can_undo: bool,
    undone: bool,
}

impl MibHandler for Stubborn {
    fn get(&mut self, _: &Request<'_>, _: &Oid) -> Result<Value, GenErr> {
        Err(GenErr)
    }

    fn get_next(&mut self, _: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        Ok(Some(VarBind::new(after.clone(), Value::Integer(1))))
    }

    fn test(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), SetFailure> {
        Ok(())
    }

    fn commit(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), usize> {
        Err(1)
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        self.undone = true;
        if self.can_undo { Ok(()) } else { Err(GenErr) }
    }
}

fn ask_stubborn(kind: PduKind, can_undo: bool) -> (ErrorStatus, u32, bool) {
    let mut responder = Fixture::new().responder;
    let mut mib = Stubborn { can_undo, undone: false };
    let varbinds = vec![VarBind::new(NAME, Value::Integer(1)), VarBind::new(ALIAS, Value::Integer(2))];
    let octets = CommunityMessage::new(Version::V2c, b"private", Pdu::request(kind, 17, varbinds)).to_bytes();
    let octets = responder.handle_datagram(at(1_500), FROM, &octets, &mut mib).unwrap();
    let CommunityPdu::Pdu(pdu) = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap().pdu
    else {
        panic!("not a trap")
    };
    let (status, index, _) = reply(pdu);
    (status, index, mib.undone)
}

#[test]
fn rfc3416_4_2_5_a_commit_that_fails_is_undone() {
    assert_eq!(ask_stubborn(PduKind::Set, true), (ErrorStatus::CommitFailed, 2, true));
    assert_eq!(ask_stubborn(PduKind::Set, false), (ErrorStatus::UndoFailed, 0, true));
}

#[test]
fn a_handler_that_fails_or_does_not_advance_is_a_gen_err() {
    assert_eq!(ask_stubborn(PduKind::Get, true), (ErrorStatus::GenErr, 1, false));
    assert_eq!(ask_stubborn(PduKind::GetNext, true), (ErrorStatus::GenErr, 1, false));
    let bulk = PduKind::GetBulk { non_repeaters: 1, max_repetitions: 5 };
    assert_eq!(ask_stubborn(bulk, true), (ErrorStatus::GenErr, 1, false));
}

#[test]
fn a_commit_is_taken_back_by_the_table_itself() {
    let mut table = mib();
    let request = Request {
        version: Version::V2c,
        level: SecurityLevel::NoAuthNoPriv,
        principal: b"private",
        context_name: b"",
        from: FROM,
    };
    let twice = [VarBind::new(NAME, Value::from("one")), VarBind::new(NAME, Value::from("two"))];
    table.commit(&request, &twice).unwrap();
    assert_eq!(table.value(&NAME), Some(&Value::from("two")));
    table.undo(&request, &twice).unwrap();
    assert_eq!(table.value(&NAME), Some(&Value::from("printer")));
}

#[test]
fn a_read_only_community_may_not_set() {
    let mut fixture = Fixture::new();
    let varbinds = || vec![VarBind::new(NAME, Value::from("x"))];
    let (status, index, _) = fixture.ask(Version::V2c, b"public", PduKind::Set, varbinds());
    assert_eq!((status, index), (ErrorStatus::NoAccess, 1));
    let (status, index, _) = fixture.ask(Version::V1, b"public", PduKind::Set, varbinds());
    assert_eq!((status, index), (ErrorStatus::NoSuchName, 1));
    assert_eq!(fixture.responder.stats().bad_community_uses, 2);
    assert_eq!(fixture.mib.value(&NAME), Some(&Value::from("printer")));
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

struct V3 {
    fixture: Fixture,
    keys: LocalizedUser,
    clock: RemoteClock,
}

/// Boots and time of the responder when `Fixture::send` hands it a datagram.
const THERE: EngineTime = EngineTime { boots: 3, time: 500 };

impl V3 {
    fn new() -> Self {
        let keys = user("maplesyrup", "private secret").localize(&rustcrypto(), engine_id()).unwrap();
        V3 { fixture: Fixture::new(), keys, clock: RemoteClock::default() }
    }

    fn envelope(&self) -> Envelope<'_> {
        Envelope::for_user(&self.keys, 4_711, 65_507, THERE, [7; 8])
    }

    fn scoped(kind: PduKind, names: &[Oid]) -> ScopedPdu {
        let varbinds = names.iter().cloned().map(VarBind::unspecified).collect();
        let pdu = Pdu::request(kind, 17, varbinds);
        ScopedPdu { context_engine_id: engine_id().as_slice().into(), context_name: Vec::new(), pdu }
    }

    /// The security level and scoped PDU of the reply.
    fn exchange(&mut self, octets: &[u8]) -> Option<(SecurityLevel, ScopedPdu)> {
        let octets = self.fixture.send(octets)?;
        let message = V3MessageRef::decode(&octets, &Limits::default()).unwrap();
        assert_eq!(message.header.msg_id, 4_711);
        assert!(!message.header.flags.reportable);
        let now = Duration::from_secs(1);
        let opened: Opened<'_> = open_as_manager(&message, Some(&self.keys), &mut self.clock, now)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(opened.parameters.engine_id, engine_id().as_slice());
        let scoped = opened.scoped_pdu(&Limits::default()).unwrap().to_owned();
        Some((opened.level, scoped))
    }

    fn report(&mut self, octets: &[u8]) -> Option<(SecurityLevel, VarBind)> {
        let (level, mut scoped) = self.exchange(octets)?;
        assert_eq!(scoped.pdu.kind, PduKind::Report);
        assert_eq!(scoped.pdu.varbinds.len(), 1);
        Some((level, scoped.pdu.varbinds.remove(0)))
    }
}

fn counted(stat: UsmStat, count: u32) -> VarBind {
    VarBind::new(stat.oid(), Value::Counter32(count))
}

#[test]
fn v3_requests_are_answered_at_their_own_level() {
    let mut v3 = V3::new();
    for level in [SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv] {
        let octets = seal(&Envelope { level, ..v3.envelope() }, &V3::scoped(PduKind::Get, &[NAME])).unwrap();
        let (answered_at, scoped) = v3.exchange(&octets).unwrap();
        assert_eq!(answered_at, level);
        assert_eq!(values(reply(scoped.pdu)), [Value::from("printer")]);
        assert_eq!(v3.clock.at(Duration::from_secs(1)), Some(THERE));
    }
}

#[test]
fn rfc3413_3_2_a_level_below_the_user_s_least_is_an_authorization_error() {
    let mut v3 = V3::new();
    let envelope = Envelope { level: SecurityLevel::NoAuthNoPriv, ..v3.envelope() };
    let octets = seal(&envelope, &V3::scoped(PduKind::Get, &[NAME])).unwrap();
    let (level, scoped) = v3.exchange(&octets).unwrap();
    let (status, index, varbinds) = reply(scoped.pdu);
    assert_eq!((level, status, index), (SecurityLevel::NoAuthNoPriv, ErrorStatus::AuthorizationError, 0));
    assert_eq!(varbinds, [VarBind::unspecified(NAME)]);
}

#[test]
fn rfc3414_4_discovery_in_two_steps() {
    let mut v3 = V3::new();
    let (level, content) = v3.report(&discovery(4_711, 1, 65_507)).unwrap();
    assert_eq!((level, content), (SecurityLevel::NoAuthNoPriv, counted(UsmStat::UnknownEngineIds, 1)));
    assert_eq!(v3.clock.at(Duration::ZERO), None);

    let envelope = Envelope { time: EngineTime::default(), ..v3.envelope() };
    let octets = seal(&envelope, &V3::scoped(PduKind::Get, &[])).unwrap();
    let (level, content) = v3.report(&octets).unwrap();
    assert_eq!((level, content), (SecurityLevel::AuthNoPriv, counted(UsmStat::NotInTimeWindows, 1)));
    assert_eq!(v3.clock.at(Duration::from_secs(1)), Some(THERE));
}

#[test]
fn rfc3414_3_2_each_refusal_is_reported_by_its_counter() {
    let mut v3 = V3::new();
    let scoped = V3::scoped(PduKind::Get, &[NAME]);
    let no_auth = SecurityLevel::NoAuthNoPriv;

    let other = Envelope { level: no_auth, engine_id: b"another engine", ..v3.envelope() };
    let octets = seal(&other, &scoped).unwrap();
    assert_eq!(v3.report(&octets), Some((no_auth, counted(UsmStat::UnknownEngineIds, 1))));

    let nobody = Envelope { level: no_auth, user_name: b"nobody", ..v3.envelope() };
    let octets = seal(&nobody, &scoped).unwrap();
    assert_eq!(v3.report(&octets), Some((no_auth, counted(UsmStat::UnknownUserNames, 1))));

    let mut octets = seal(&v3.envelope(), &scoped).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    assert_eq!(v3.report(&octets), Some((no_auth, counted(UsmStat::WrongDigests, 1))));

    let wrong_key = user("maplesyrup", "another secret").localize(&rustcrypto(), engine_id()).unwrap();
    let octets = seal(&Envelope { user: Some(&wrong_key), ..v3.envelope() }, &scoped).unwrap();
    assert_eq!(v3.report(&octets), Some((no_auth, counted(UsmStat::DecryptionErrors, 1))));

    let late = EngineTime { time: THERE.time + 151, ..THERE };
    let octets = seal(&Envelope { time: late, ..v3.envelope() }, &scoped).unwrap();
    let expected = counted(UsmStat::NotInTimeWindows, 1);
    assert_eq!(v3.report(&octets), Some((SecurityLevel::AuthNoPriv, expected)));
}

#[test]
fn rfc3414_3_2_5_a_level_that_the_user_has_no_keys_for_is_reported() {
    let mut v3 = V3::new();
    let auth = Some((AuthProtocol::HmacSha256, &b"maplesyrup"[..]));
    let no_privacy = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, None).unwrap();
    v3.fixture = Fixture::with(|config| config.user(no_privacy, Access::Read, SecurityLevel::AuthNoPriv));
    let octets = seal(&v3.envelope(), &V3::scoped(PduKind::Get, &[NAME])).unwrap();
    let expected = counted(UsmStat::UnsupportedSecLevels, 1);
    assert_eq!(v3.report(&octets), Some((SecurityLevel::NoAuthNoPriv, expected)));
}

#[test]
fn rfc3412_6_4_without_the_reportable_flag_there_is_no_report() {
    let mut v3 = V3::new();
    let late = EngineTime { time: 9_999, ..THERE };
    for level in [SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv] {
        let envelope = Envelope { reportable: false, time: late, level, ..v3.envelope() };
        let octets = seal(&envelope, &V3::scoped(PduKind::Get, &[NAME])).unwrap();
        assert_eq!(v3.fixture.send(&octets), None);
    }
    // The flag is set, but the PDU can be read and wants no answer.
    let envelope = Envelope { level: SecurityLevel::AuthNoPriv, time: late, ..v3.envelope() };
    let octets = seal(&envelope, &V3::scoped(PduKind::TrapV2, &[])).unwrap();
    assert_eq!(v3.fixture.send(&octets), None);
    assert_eq!(v3.fixture.responder.stats().usm.get(UsmStat::NotInTimeWindows), 3);
}

#[test]
fn rfc3412_7_2_other_engines_and_contexts_are_reported_at_the_request_s_level() {
    let mut v3 = V3::new();
    let mut scoped = V3::scoped(PduKind::Get, &[NAME]);
    scoped.context_name = b"nosuch".to_vec();
    let octets = seal(&v3.envelope(), &scoped).unwrap();
    let content = VarBind::new(oid!("1.3.6.1.6.3.12.1.5.0"), Value::Counter32(1));
    assert_eq!(v3.report(&octets), Some((SecurityLevel::AuthPriv, content)));

    let mut scoped = V3::scoped(PduKind::Get, &[NAME]);
    scoped.context_engine_id = b"another engine".to_vec();
    let octets = seal(&v3.envelope(), &scoped).unwrap();
    let content = VarBind::new(oid!("1.3.6.1.6.3.11.2.1.3.0"), Value::Counter32(1));
    assert_eq!(v3.report(&octets), Some((SecurityLevel::AuthPriv, content)));

    // RFC 5343 §3.1: localEngineID stands for whatever engine is asked.
    scoped.context_engine_id = vec![0x80, 0, 0, 0, 6];
    let octets = seal(&v3.envelope(), &scoped).unwrap();
    let (_, answer) = v3.exchange(&octets).unwrap();
    assert_eq!(values(reply(answer.pdu)), [Value::from("printer")]);
}

#[test]
fn rfc3412_6_a_header_that_is_wrong_is_dropped_and_counted() {
    let mut v3 = V3::new();
    let octets = discovery(4_711, 1, 484);
    let flags = octets.windows(3).position(|window| window == [Tag::OCTET_STRING.0, 1, 4]).unwrap() + 2;
    let model = flags + 3;
    let change = |at: usize, to: u8| {
        let mut changed = octets.clone();
        changed[at] = to;
        changed
    };
    assert_eq!(octets[model], 3);
    assert_eq!(v3.fixture.send(&change(flags, 6)), None);
    assert_eq!(v3.fixture.send(&change(model, 99)), None);
    assert_eq!(octets[flags - 4..flags - 2], [0x01, 0xe4]);
    assert_eq!(v3.fixture.send(&change(flags - 3, 0xe3)), None);
    assert!(v3.fixture.send(&change(flags, 0xfc)).is_some());
    let stats = v3.fixture.responder.stats();
    assert_eq!((stats.invalid_messages, stats.unknown_security_models, stats.asn_parse_errors), (1, 1, 1));
}

#[test]
fn replies_keep_to_the_smaller_of_both_sizes() {
    let mut v3 = V3::new();
    for row in 1..2_000 {
        v3.fixture.mib.insert(NAME.extend(&[row]).unwrap(), Value::from("one of many"));
    }
    let bulk = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 1_000 };
    for max_size in [484, 485, 700, 1_472, 9_000] {
        let envelope = Envelope { max_size, ..v3.envelope() };
        let octets = seal(&envelope, &V3::scoped(bulk, &[NAME])).unwrap();
        let size = v3.fixture.send(&octets).unwrap().len();
        let max_size = usize::try_from(max_size).unwrap();
        assert!((max_size - 60..=max_size).contains(&size), "{size} of {max_size}");
    }
    v3.fixture.mib.insert(NAME, Value::OctetString(vec![0; 480]));
    let envelope = Envelope { max_size: 484, ..v3.envelope() };
    let octets = seal(&envelope, &V3::scoped(PduKind::Get, &[NAME])).unwrap();
    let (_, scoped) = v3.exchange(&octets).unwrap();
    assert_eq!(reply(scoped.pdu), (ErrorStatus::TooBig, 0, Vec::new()));
}

#[test]
fn the_salts_of_replies_never_repeat() {
    let mut v3 = V3::new();
    let octets = seal(&v3.envelope(), &V3::scoped(PduKind::Get, &[NAME])).unwrap();
    let mut salts = alloc::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let reply = v3.fixture.send(&octets).unwrap();
        let message = V3MessageRef::decode(&reply, &Limits::default()).unwrap();
        let parameters = crate::usm::UsmParameters::decode(&message).unwrap();
        assert!(salts.insert(parameters.privacy.to_vec()));
    }
}
