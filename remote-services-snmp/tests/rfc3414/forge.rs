//! A responder with one user, and messages to it that differ from good ones in one thing.
#![allow(dead_code, reason = "each folder of tests uses a part of it")]

use std::cell::RefCell;

use remote_services_snmp::ber::{Limits, Tag, Writer};
use remote_services_snmp::crypto::{AuthProtocol, KeyMaterial, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::responder::{Access, Responder, ResponderConfig, SortedTable};
use remote_services_snmp::message::{MessageData, ScopedPdu, ScopedPduRef, V3MessageRef};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User, UsmStat, sign};
use remote_services_snmp::{Value, VarBind, oid};

pub(crate) const PASSWORD: &[u8] = b"maplesyrup";
pub(crate) const BOOTS: u32 = 7;

thread_local! {
    /// Master keys, so that each is made once.
    static KEYS: RefCell<KeyCache> = RefCell::new(KeyCache::new());
}

/// A message in pieces.
pub(crate) struct Forged {
    pub(crate) auth_protocol: AuthProtocol,
    pub(crate) priv_protocol: PrivProtocol,
    /// msgFlags.
    pub(crate) flags: u8,
    pub(crate) user_name: Vec<u8>,
    /// msgAuthenticationParameters; written over by `signed`.
    pub(crate) authentication: Vec<u8>,
    /// msgPrivacyParameters.
    pub(crate) privacy: Vec<u8>,
    /// msgData: ciphertext when the flags say so.
    pub(crate) data: Vec<u8>,
    /// The outermost length in five octets instead of the fewest.
    pub(crate) long_length: bool,
}

pub(crate) fn engine() -> EngineId {
    EngineId::new(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]).unwrap()
}

pub(crate) fn user(auth: AuthProtocol, privacy: PrivProtocol) -> User {
    let auth = Some((auth, PASSWORD));
    let privacy = Some((privacy, PASSWORD));
    KEYS.with_borrow_mut(|keys| User::new(&rustcrypto(), keys, b"operator", auth, privacy).unwrap())
}

pub(crate) fn responder(auth: AuthProtocol, privacy: PrivProtocol) -> Responder {
    let config = ResponderConfig::new(engine(), BOOTS).user(
        user(auth, privacy),
        Access::Read,
        SecurityLevel::AuthNoPriv,
    );
    let mut seed = 0x0123_4567_89ab_cdef_u64..;
    Responder::new(config, &rustcrypto(), Instant::START, || seed.next().unwrap()).unwrap()
}

pub(crate) fn scoped_pdu() -> Vec<u8> {
    let names = vec![VarBind::new(oid!("1.3.6.1.2.1.1.5.0"), Value::Null)];
    let scoped = ScopedPdu {
        context_engine_id: engine().as_slice().to_vec(),
        context_name: Vec::new(),
        pdu: Pdu::request(PduKind::Get, 42, names),
    };
    let mut writer = Writer::with_capacity(128);
    scoped.encode(&mut writer);
    writer.into_vec()
}

impl Forged {
    /// A good authNoPriv request.
    pub(crate) fn plain(auth_protocol: AuthProtocol) -> Self {
        Forged {
            auth_protocol,
            priv_protocol: PrivProtocol::Aes128,
            flags: 0x05,
            user_name: b"operator".to_vec(),
            authentication: vec![0; auth_protocol.mac_len()],
            privacy: Vec::new(),
            data: scoped_pdu(),
            long_length: false,
        }
    }

    /// A good authPriv request.
    pub(crate) fn secret(auth_protocol: AuthProtocol, priv_protocol: PrivProtocol) -> Self {
        let salt = [9; 8];
        let mut data = scoped_pdu();
        data.resize(data.len().next_multiple_of(priv_protocol.block_len()), 0x5a);
        let keys = user(auth_protocol, priv_protocol).export_localized_keys(&rustcrypto(), engine()).unwrap();
        let algorithm = rustcrypto().privacy(priv_protocol).unwrap();
        let key = algorithm.key(keys.privacy().unwrap().1).unwrap();
        key.encrypt(BOOTS, 0, salt, &mut data).unwrap();
        Forged { priv_protocol, flags: 0x07, privacy: salt.to_vec(), data, ..Self::plain(auth_protocol) }
    }

    /// The octets, and where the authentication parameters start.
    pub(crate) fn written(&self) -> (Vec<u8>, usize) {
        let mut writer = Writer::with_capacity(512);
        let end = writer.mark();
        if self.flags & 2 == 0 {
            writer.raw(&self.data);
        } else {
            writer.octets(Tag::OCTET_STRING, &self.data);
        }
        let parameters = writer.mark();
        writer.octets(Tag::OCTET_STRING, &self.privacy);
        let code = writer.mark();
        writer.raw(&self.authentication);
        let from_end = writer.len();
        writer.wrap(Tag::OCTET_STRING, code);
        writer.octets(Tag::OCTET_STRING, &self.user_name);
        writer.integer(0);
        writer.integer(BOOTS.try_into().unwrap());
        writer.octets(Tag::OCTET_STRING, engine().as_slice());
        writer.wrap(Tag::SEQUENCE, parameters);
        writer.wrap(Tag::OCTET_STRING, parameters);
        let header = writer.mark();
        writer.integer(3);
        writer.octets(Tag::OCTET_STRING, &[self.flags]);
        writer.integer(65_507);
        writer.integer(77);
        writer.wrap(Tag::SEQUENCE, header);
        writer.integer(3);
        if self.long_length {
            let length = u32::try_from(writer.len()).unwrap().to_be_bytes();
            writer.raw(&length);
            writer.raw(&[0x30, 0x84]);
        } else {
            writer.wrap(Tag::SEQUENCE, end);
        }
        let octets = writer.into_vec();
        let at = octets.len() - from_end;
        (octets, at)
    }

    /// The octets with the right authentication code.
    pub(crate) fn signed(&self) -> Vec<u8> {
        let (mut octets, at) = self.written();
        let keys = user(self.auth_protocol, self.priv_protocol)
            .export_localized_keys(&rustcrypto(), engine())
            .unwrap();
        let (protocol, material) = keys.auth().unwrap();
        let key = rustcrypto().auth(protocol).unwrap().key(material).unwrap();
        sign(&*key, &mut octets, at, protocol.mac_len()).unwrap();
        octets
    }

    /// The right code, of which the tests send a part.
    pub(crate) fn code(&self) -> Vec<u8> {
        let (_, at) = self.written();
        self.signed()[at..at + self.auth_protocol.mac_len()].to_vec()
    }
}

/// What a responder said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Nothing,
    Answer,
    /// A Report with this counter at this number.
    Report(UsmStat, u32),
}

/// Sends one datagram to a new responder.
pub(crate) fn ask(forged: &Forged, octets: &[u8]) -> Said {
    let mut responder = responder(forged.auth_protocol, forged.priv_protocol);
    let mut mib = SortedTable::from_iter([(oid!("1.3.6.1.2.1.1.5.0"), Value::from("printer"))]);
    let from = "192.0.2.9:50000".parse().unwrap();
    let Some(reply) = responder.handle_datagram(Instant::START, from, octets, &mut mib) else {
        return Said::Nothing;
    };
    let message = V3MessageRef::decode(&reply, &Limits::default()).unwrap();
    let MessageData::Plaintext(data) = message.data else { return Said::Answer };
    let mut reader = remote_services_snmp::ber::Reader::at(data, 0);
    let scoped = ScopedPduRef::decode(&mut reader, &Limits::default()).unwrap().to_owned();
    if scoped.pdu.kind != PduKind::Report {
        return Said::Answer;
    }
    let first = &scoped.pdu.varbinds[0];
    match (UsmStat::from_oid(&first.name), &first.value) {
        (Some(stat), Value::Counter32(number)) => Said::Report(stat, *number),
        _ => panic!("a report of something else: {first:?}"),
    }
}

pub(crate) fn key(octets: &[u8]) -> KeyMaterial {
    KeyMaterial::new(octets).unwrap()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
