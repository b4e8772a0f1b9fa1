//! SNMPv3: levels, discovery, Reports.
use super::*;
use crate::message::{ScopedPdu, V3MessageRef};
use crate::usm::{Envelope, Opened, RemoteClock, UsmStat, discovery, open_as_manager, seal};

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

#[cfg(feature = "legacy")]
#[test]
fn rfc3414_8_1_1_1_used_up_des_salts_begin_new_boots_which_the_manager_follows() {
    let mut v3 = V3::new();
    let provider = rustcrypto();
    let password: &[u8] = b"private secret";
    let (auth, privacy) = (Some((AuthProtocol::HmacSha1, password)), Some((PrivProtocol::Des, password)));
    let user = User::new(&provider, &mut KeyCache::new(), b"old", auth, privacy).unwrap();
    v3.keys = user.localize(&provider, engine_id()).unwrap();
    let config = ResponderConfig::new(engine_id(), 3).user(user, Access::Read, SecurityLevel::AuthPriv);
    v3.fixture.responder = Responder::new(config, &provider, at(1_000), random()).unwrap();
    v3.fixture.responder.authority.salts.leave_for_des(3, 2);
    let mut ask = |time| {
        let envelope = Envelope::for_user(&v3.keys, 4_711, 65_507, time, [7; 8]);
        let octets = seal(&envelope, &V3::scoped(PduKind::Get, &[NAME])).unwrap();
        let (_, scoped) = v3.exchange(&octets).unwrap();
        assert!(matches!(scoped.pdu.kind, PduKind::Response { .. }), "{:?}", scoped.pdu);
        (v3.clock.at(Duration::from_secs(1)).unwrap(), v3.fixture.responder.poll_event())
    };
    assert_eq!([ask(THERE), ask(THERE)], [(THERE, None); 2]);
    let anew = EngineTime { boots: 4, time: 0 };
    assert_eq!(ask(THERE), (anew, Some(ResponderEvent::EngineBoots(4))));
    assert_eq!(ask(anew), (anew, None));
    // Boots that stick give no more salts: nothing is sent rather than a salt twice.
    v3.fixture.responder.authority.clock = crate::usm::AuthorityClock::new(0x7fff_ffff, Duration::ZERO);
    v3.fixture.responder.authority.salts.leave_for_des(0x7fff_ffff, 0);
    let exhausted = v3.fixture.responder.time_and_salt(Instant::START, &v3.keys).err();
    assert_eq!(exhausted, Some(UsmError::SaltsExhausted));
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
