//! A notifier and a receiver with time and randomness made of data.
#![allow(dead_code, unreachable_pub, reason = "a module of several test files, each of which uses its part")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::SocketAddr;
use std::time::Duration;

use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::notify::{
    Handled, Notice, Notification, Notifier, NotifierConfig, Receiver, ReceiverConfig,
};
use remote_services_snmp::engine::responder::{Responder, ResponderConfig};
use remote_services_snmp::engine::{Credentials, Instant};
use remote_services_snmp::message::{CommunityMessage, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use remote_services_snmp::{Value, VarBind, oid};

pub const USER: &str = "operator";
pub const AUTH: &str = "authentication";
pub const PRIVACY: &str = "privacypassword";

pub fn at(seconds: u64) -> Instant {
    Instant::from_start(Duration::from_secs(seconds))
}

pub fn source() -> SocketAddr {
    "192.0.2.7:50162".parse().unwrap()
}

pub fn target() -> SocketAddr {
    "192.0.2.1:162".parse().unwrap()
}

pub fn engine_id(last: u8) -> EngineId {
    EngineId::with_format(32_473, 5, &[1, 2, 3, last]).unwrap()
}

pub fn user(auth: &str) -> User {
    let auth = Some((AuthProtocol::HmacSha256, auth.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, PRIVACY.as_bytes()));
    User::new(&rustcrypto(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap()
}

pub fn v3() -> Credentials {
    Credentials::V3 {
        user: USER.into(),
        auth: Some((AuthProtocol::HmacSha256, AUTH.into())),
        privacy: Some((PrivProtocol::Aes128, PRIVACY.into())),
        context_name: "site".into(),
    }
}

/// Knows `public` and [`USER`].
/// A fixed sequence in place of randomness.
pub fn random() -> impl FnMut() -> u64 {
    let mut seed = 7..;
    move || seed.next().unwrap()
}

pub fn config() -> ReceiverConfig {
    ReceiverConfig::new(engine_id(1), 5).community("public").user(user(AUTH), SecurityLevel::AuthPriv)
}

pub fn receiver() -> Receiver {
    receiver_of(config())
}

pub fn receiver_of(config: ReceiverConfig) -> Receiver {
    Receiver::new(config, rustcrypto(), at(0), random()).unwrap()
}

/// The engine of a device that started at `started` for the time `boots`.
pub fn device(last: u8, boots: u32, started: Instant) -> Responder {
    Responder::new(ResponderConfig::new(engine_id(last), boots), &rustcrypto(), started, random()).unwrap()
}

pub fn notifier() -> Notifier {
    notifier_of(NotifierConfig::default())
}

pub fn notifier_of(config: NotifierConfig) -> Notifier {
    let mut state = 1_u64;
    Notifier::new(config, rustcrypto(), move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    })
    .unwrap()
}

pub fn event() -> Notification {
    Notification::new(4_711, oid!("1.3.6.1.2.1.43.18.2.0.1"))
        .with(oid!("1.3.6.1.2.1.43.18.1.1.8.1.2"), Value::from("tray 2 empty"))
}

pub fn v2c(kind: PduKind, request_id: i32, varbinds: Vec<VarBind>) -> Vec<u8> {
    CommunityMessage::new(Version::V2c, b"public", Pdu::request(kind, request_id, varbinds)).to_bytes()
}

/// Every datagram that waits to be sent.
pub fn datagrams(notifier: &mut Notifier) -> Vec<Vec<u8>> {
    let datagram = |notice| match notice {
        Notice::Transmit { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    };
    std::iter::from_fn(|| notifier.poll_notice()).map(datagram).collect()
}

/// Carries datagrams both ways until nothing is left; gives what the receiver handed out and what the notifier said.
pub fn carry(now: Instant, notifier: &mut Notifier, receiver: &mut Receiver) -> (Vec<Handled>, Vec<Notice>) {
    let (mut handled, mut said) = (Vec::new(), Vec::new());
    while let Some(notice) = notifier.poll_notice() {
        match notice {
            Notice::Transmit { to, bytes } => {
                let answer = receiver.handle_datagram(now, source(), &bytes);
                if let Some(reply) = &answer.reply {
                    notifier.handle_datagram(now, to, reply);
                }
                handled.push(answer);
            }
            other => said.push(other),
        }
    }
    (handled, said)
}
