//! Asking one agent, message by message.
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::message::{
    CommunityMessage, CommunityPdu, Message, ScopedPdu, V3MessageRef, Version,
};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{
    EngineId, EngineTime, Envelope, KeyCache, LocalizedUser, RemoteClock, SecurityLevel, User, UsmParameters,
    UsmStat, discovery, open_as_manager, seal,
};
use remote_services_snmp::{Oid, Value, VarBind};

use super::SYS_UP_TIME;
use crate::process::PATIENCE;
use crate::responder::{AUTH_PASSWORD, PRIVACY_PASSWORD};

/// An agent, and what must be known to ask it.
pub struct Peer {
    socket: UdpSocket,
    engine_id: EngineId,
    time: EngineTime,
    since: Instant,
    cache: KeyCache,
    request_id: i32,
}

/// A request in SNMPv3, with all that may be wrong about it.
pub(super) struct Question {
    pub(super) keys: LocalizedUser,
    pub(super) user_name: Vec<u8>,
    pub(super) engine_id: Vec<u8>,
    pub(super) level: SecurityLevel,
    pub(super) reportable: bool,
    pub(super) time: EngineTime,
    pub(super) max_size: u32,
    pub(super) context_engine_id: Vec<u8>,
    pub(super) context_name: Vec<u8>,
    pub(super) kind: PduKind,
    pub(super) varbinds: Vec<VarBind>,
}

impl Peer {
    /// Learns the name and the time of the agent's engine.
    ///
    /// # Panics
    /// When it does not say them.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        socket.connect(address).expect("loopback needs no route");
        socket.set_read_timeout(Some(PATIENCE)).expect("a bound socket takes a time-out");
        let ask = |octets: &[u8]| {
            socket.send(octets).expect("the agent is there");
            receive(&socket)
        };
        let limits = Limits::default();
        let reply = ask(&discovery(1, 1, 65_507));
        let message = V3MessageRef::decode(&reply, &limits).expect("a message of SNMPv3");
        let parameters = UsmParameters::decode(&message).expect("USM");
        let engine_id = EngineId::new(parameters.engine_id).expect("an engine ID of five octets or more");
        let mut peer = Peer {
            socket,
            engine_id,
            time: EngineTime::default(),
            since: Instant::now(),
            cache: KeyCache::new(),
            request_id: 1_000,
        };
        // The time comes with the second step, which is authenticated (RFC 3414 §4).
        let question = peer.question("sha256only");
        let reply = peer.exchange(&peer.seal(&question)).expect("a Report");
        let message = V3MessageRef::decode(&reply, &limits).expect("a message of SNMPv3");
        peer.time = UsmParameters::decode(&message).expect("USM").time;
        peer.since = Instant::now();
        peer
    }

    pub(super) fn next_request_id(&mut self) -> i32 {
        self.request_id += 2;
        self.request_id
    }

    /// Sends a message and waits for what comes back, or for the answer to a request that is sent after it: then
    /// there was nothing.
    ///
    /// # Panics
    /// When the agent does not even answer that.
    pub(super) fn exchange(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let names = vec![VarBind::unspecified(SYS_UP_TIME)];
        let after = CommunityMessage::new(Version::V2c, b"public", Pdu::request(PduKind::Get, AFTER, names));
        self.socket.send(octets).expect("the agent is there");
        self.socket.send(&after.to_bytes()).expect("the agent is there");
        let mut reply = None;
        loop {
            let received = receive(&self.socket);
            if request_id(&received) == Some(AFTER) {
                return reply;
            }
            assert!(reply.replace(received).is_none(), "one question, two answers");
        }
    }

    /// Asks in SNMPv1 or SNMPv2c and puts the answer into words.
    pub(super) fn ask(
        &mut self,
        version: Version,
        community: &str,
        kind: PduKind,
        varbinds: Vec<VarBind>,
    ) -> String {
        match self.pdu(version, community, kind, varbinds) {
            Some(pdu) => in_words(&pdu),
            None => SILENCE.to_owned(),
        }
    }

    /// The same with names to be read.
    pub(super) fn read(&mut self, version: Version, community: &str, kind: PduKind, names: &[Oid]) -> String {
        self.ask(version, community, kind, unspecified(names))
    }

    /// Asks in SNMPv1 or SNMPv2c.
    pub(super) fn pdu(
        &mut self,
        version: Version,
        community: &str,
        kind: PduKind,
        varbinds: Vec<VarBind>,
    ) -> Option<Pdu> {
        let request_id = self.next_request_id();
        let request = Pdu::request(kind, request_id, varbinds);
        let message = CommunityMessage::new(version, community.as_bytes(), request);
        let pdu = self.raw(&message.to_bytes())?;
        assert_eq!(pdu.request_id, request_id);
        Some(pdu)
    }

    /// Sends octets and reads the answer as SNMPv1 or SNMPv2c.
    pub(super) fn raw(&self, octets: &[u8]) -> Option<Pdu> {
        let reply = self.exchange(octets)?;
        let message = CommunityMessage::from_bytes(&reply, &Limits::default()).expect("a good message");
        let CommunityPdu::Pdu(pdu) = message.pdu else { panic!("an answer, not a trap") };
        Some(pdu)
    }

    /// A user's keys for the agent's engine.
    pub(super) fn keys(&mut self, name: &str, auth: &str, privacy: Option<&str>) -> LocalizedUser {
        let provider = rustcrypto();
        let auth = Some((AuthProtocol::HmacSha256, auth.as_bytes()));
        let privacy = privacy.map(|password| (PrivProtocol::Aes128, password.as_bytes()));
        let user = User::new(&provider, &mut self.cache, name.as_bytes(), auth, privacy);
        let user = user.expect("the passwords are long enough");
        user.localize(&provider, self.engine_id).expect("the provider has these algorithms")
    }

    /// A GET of sysUpTime.0 by `sha256aes` or `sha256only`, with nothing wrong about it.
    pub(super) fn question(&mut self, user: &str) -> Question {
        let privacy = user.ends_with("aes").then_some(PRIVACY_PASSWORD);
        let keys = self.keys(user, AUTH_PASSWORD, privacy);
        let elapsed = u32::try_from(self.since.elapsed().as_secs()).expect("tests are short");
        Question {
            level: keys.level(),
            keys,
            user_name: user.into(),
            engine_id: self.engine_id.as_slice().into(),
            reportable: true,
            time: EngineTime { time: self.time.time + elapsed, ..self.time },
            max_size: 65_507,
            context_engine_id: self.engine_id.as_slice().into(),
            context_name: Vec::new(),
            kind: PduKind::Get,
            varbinds: unspecified(&[SYS_UP_TIME]),
        }
    }

    /// The octets of a question.
    pub(super) fn seal(&self, question: &Question) -> Vec<u8> {
        let envelope = Envelope {
            level: question.level,
            reportable: question.reportable,
            engine_id: &question.engine_id,
            user_name: &question.user_name,
            ..Envelope::for_user(&question.keys, 4_711, question.max_size, question.time, [7; 8])
        };
        let pdu = Pdu::request(question.kind, self.request_id, question.varbinds.clone());
        let scoped = ScopedPdu {
            context_engine_id: question.context_engine_id.clone(),
            context_name: question.context_name.clone(),
            pdu,
        };
        seal(&envelope, &scoped).expect("the keys are there")
    }

    /// Asks in SNMPv3. The PDU that comes back with its level, and the octets of the message.
    pub(super) fn ask_v3(&self, question: &Question) -> Option<(SecurityLevel, Pdu, usize)> {
        let reply = self.exchange(&self.seal(question))?;
        let message = V3MessageRef::decode(&reply, &Limits::default()).expect("a message of SNMPv3");
        let keys = message.header.flags.auth.then_some(&question.keys);
        let opened = open_as_manager(&message, keys, &mut RemoteClock::default(), Duration::ZERO);
        let opened = opened.expect("an authentic message");
        let scoped = opened.scoped_pdu(&Limits::default()).expect("a good scoped PDU");
        Some((opened.level, scoped.pdu.to_owned(), reply.len()))
    }

    /// The same in words.
    pub(super) fn say_v3(&self, question: &Question) -> String {
        match self.ask_v3(question) {
            Some((level, pdu, _)) => format!("{} at {level}", in_words(&pdu)),
            None => SILENCE.to_owned(),
        }
    }
}

/// Names to be read.
pub(super) fn unspecified(names: &[Oid]) -> Vec<VarBind> {
    names.iter().cloned().map(VarBind::unspecified).collect()
}

/// `noSuchName 2: value, NULL`, or `Report unknownUserNames`.
pub(super) fn in_words(pdu: &Pdu) -> String {
    if pdu.kind == PduKind::Report {
        let name = pdu.varbinds.first().map(|varbind| &varbind.name).expect("a Report names a counter");
        return match UsmStat::from_oid(name) {
            Some(stat) => format!("Report {stat:?}"),
            None => format!("Report {name}"),
        };
    }
    let PduKind::Response { status, error_index } = pdu.kind else { return format!("{:?}", pdu.kind) };
    let values: Vec<_> = pdu.varbinds.iter().map(|varbind| word(&varbind.value)).collect();
    format!("{status} {error_index}: {}", values.join(", "))
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::NoSuchObject => "noSuchObject",
        Value::NoSuchInstance => "noSuchInstance",
        Value::EndOfMibView => "endOfMibView",
        Value::Counter64(_) => "Counter64",
        _ => "value",
    }
}

fn request_id(octets: &[u8]) -> Option<i32> {
    match Message::decode(octets, &Limits::default()) {
        Ok(Message::Community(message)) => message.pdu.request_id(),
        _ => None,
    }
}

fn receive(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).expect("the agent answers");
    buffer.truncate(length);
    buffer
}

/// What is said when nothing came back.
pub(super) const SILENCE: &str = "silence";
/// The request-id of the request that ends the waiting.
const AFTER: i32 = 77_777_777;
