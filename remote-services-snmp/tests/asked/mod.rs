//! A responder that is asked without a network: octets in, octets out.
#![allow(dead_code, unreachable_pub, reason = "a module of many test files, each of which uses its part")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::SocketAddr;
use std::time::Duration;

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{MibHandler, Responder, ResponderConfig};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, ScopedPdu, V3MessageRef, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::usm::{
    EngineId, EngineTime, Envelope, KeyCache, LocalizedUser, RemoteClock, SecurityLevel, User,
    open_as_manager, seal,
};
use remote_services_snmp::{Oid, Value, VarBind};

pub type Answer = (ErrorStatus, u32, Vec<VarBind>);

pub struct Asked<M> {
    pub responder: Responder,
    pub mib: M,
    pub now: Instant,
    pub from: SocketAddr,
}

pub fn engine_id() -> EngineId {
    EngineId::with_format(253, 4, b"asked").unwrap()
}

pub fn at(seconds: u64) -> Instant {
    Instant::from_start(Duration::from_secs(seconds))
}

pub fn user(name: &str) -> User {
    let auth = Some((AuthProtocol::HmacSha256, &b"maplesyrup"[..]));
    let privacy = Some((PrivProtocol::Aes128, &b"private secret"[..]));
    User::new(&rustcrypto(), &mut KeyCache::new(), name.as_bytes(), auth, privacy).unwrap()
}

pub fn keys(name: &str) -> LocalizedUser {
    user(name).localize(&rustcrypto(), engine_id()).unwrap()
}

pub const BULK: PduKind = PduKind::GetBulk { non_repeaters: 0, max_repetitions: 0x7fff_ffff };

impl<M: MibHandler> Asked<M> {
    pub fn new(boots: u32, mib: M, change: impl FnOnce(ResponderConfig) -> ResponderConfig) -> Self {
        let config = change(ResponderConfig::new(engine_id(), boots));
        let mut seed = 99_u64..;
        let responder = Responder::new(config, &rustcrypto(), at(0), || seed.next().unwrap()).unwrap();
        Asked { responder, mib, now: at(500), from: "192.0.2.9:1161".parse().unwrap() }
    }

    pub fn send(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        self.responder.handle_datagram(self.now, self.from, octets, &mut self.mib)
    }

    pub fn ask(&mut self, version: Version, community: &str, kind: PduKind, list: Vec<VarBind>) -> Answer {
        let message = CommunityMessage::new(version, community.as_bytes(), Pdu::request(kind, 17, list));
        let octets = self.send(&message.to_bytes()).expect("an answer");
        let message = CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap();
        let CommunityPdu::Pdu(pdu) = message.pdu else { panic!("not a trap") };
        answer(pdu)
    }

    pub fn read(&mut self, version: Version, community: &str, kind: PduKind, names: &[Oid]) -> Answer {
        self.ask(version, community, kind, names.iter().cloned().map(VarBind::unspecified).collect())
    }

    /// The names that a walk by GETNEXT comes across.
    pub fn walk(&mut self, version: Version, community: &str) -> Vec<Oid> {
        let mut seen = vec![Oid::default()];
        loop {
            let last = seen.last().unwrap().clone();
            let (status, _, mut next) = self.read(version, community, PduKind::GetNext, &[last]);
            if status == ErrorStatus::NoSuchName || next[0].value == Value::EndOfMibView {
                seen.remove(0);
                return seen;
            }
            seen.push(next.remove(0).name);
        }
    }

    pub fn time(&self) -> EngineTime {
        self.responder.engine_time(self.now)
    }

    /// Asks in SNMPv3 at this level and time; the PDU that comes back, with its level.
    pub fn ask_v3(&mut self, question: &V3Question<'_>) -> Option<(SecurityLevel, Pdu)> {
        self.ask_v3_with(&keys(question.user), question)
    }

    /// The same for who has made the keys before, which takes long.
    pub fn ask_v3_with(
        &mut self,
        keys: &LocalizedUser,
        question: &V3Question<'_>,
    ) -> Option<(SecurityLevel, Pdu)> {
        let time = question.time.unwrap_or(self.time());
        let envelope = Envelope {
            level: question.level,
            reportable: question.reportable,
            ..Envelope::for_user(keys, 4_711, question.max_size, time, [7; 8])
        };
        let pdu = Pdu::request(question.kind, 17, question.varbinds.clone());
        let context_name = question.context.as_bytes().to_vec();
        let context_engine_id = question.context_engine_id.clone();
        let scoped = ScopedPdu { context_engine_id, context_name, pdu };
        let reply = self.send(&seal(&envelope, &scoped).unwrap())?;
        assert!(reply.len() <= question.max_size as usize, "{} octets", reply.len());
        let message = V3MessageRef::decode(&reply, &Limits::default()).unwrap();
        let mut clock = RemoteClock::default();
        let opened = open_as_manager(&message, Some(keys), &mut clock, Duration::ZERO).unwrap();
        let scoped = opened.scoped_pdu(&Limits::default()).unwrap();
        Some((opened.level, scoped.pdu.to_owned()))
    }
}

pub struct V3Question<'a> {
    pub user: &'a str,
    pub level: SecurityLevel,
    pub reportable: bool,
    pub time: Option<EngineTime>,
    pub max_size: u32,
    pub context_engine_id: Vec<u8>,
    pub context: &'a str,
    pub kind: PduKind,
    pub varbinds: Vec<VarBind>,
}

impl<'a> V3Question<'a> {
    pub fn get(user: &'a str, name: Oid) -> Self {
        V3Question {
            user,
            level: SecurityLevel::AuthPriv,
            reportable: true,
            time: None,
            max_size: 65_507,
            context_engine_id: engine_id().as_slice().to_vec(),
            context: "",
            kind: PduKind::Get,
            varbinds: vec![VarBind::unspecified(name)],
        }
    }
}

pub fn answer(pdu: Pdu) -> Answer {
    let PduKind::Response { status, error_index } = pdu.kind else { panic!("{:?}", pdu.kind) };
    assert_eq!(pdu.request_id, 17);
    (status, error_index, pdu.varbinds)
}
