//! What was encoded decodes to the same.
#![cfg(feature = "rustcrypto")]
mod generate;

use core::time::Duration;

use proptest::prelude::*;
use remote_services_snmp::ber::{Limits, Reader, Writer};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::message::{CommunityMessage, Message, ScopedPdu, V3MessageRef};
use remote_services_snmp::pdu::{Pdu, PduKind, PduRef, VarBindList};
use remote_services_snmp::usm::{
    EngineId, EngineTime, Envelope, KeyCache, LocalizedUser, RemoteClock, SecurityLevel, User,
    open_as_manager, seal,
};
use remote_services_snmp::{Oid, oid};

proptest! {
    #[test]
    fn identifiers_keep_their_arcs_their_text_and_their_order(a in generate::oid(), b in generate::oid()) {
        let arcs = |oid: &Oid| oid.arcs().collect::<Vec<_>>();
        prop_assert_eq!(&Oid::from_arcs(&arcs(&a)).unwrap(), &a);
        prop_assert_eq!(&a.to_string().parse::<Oid>().unwrap(), &a);
        prop_assert_eq!(a.cmp(&b), arcs(&a).cmp(&arcs(&b)));
        prop_assert_eq!(a.starts_with(&b), arcs(&a).starts_with(&arcs(&b)));
        prop_assert_eq!(a.len(), arcs(&a).len());
    }

    #[test]
    fn values_come_back(value in generate::value()) {
        let mut writer = Writer::default();
        writer.value(value.as_ref());
        let octets = writer.into_vec();
        let mut reader = Reader::new(&octets);
        prop_assert_eq!(reader.value(&Limits::default()).unwrap().to_owned(), value);
        prop_assert!(reader.is_empty());
    }

    #[test]
    fn community_messages_come_back(message in generate::community_message()) {
        let octets = message.to_bytes();
        prop_assert_eq!(&CommunityMessage::from_bytes(&octets, &Limits::default()).unwrap(), &message);
        let Ok(Message::Community(borrowed)) = Message::decode(&octets, &Limits::default()) else {
            return Err(TestCaseError::fail("not decoded"));
        };
        prop_assert_eq!(borrowed.to_owned(), message);
    }

    #[test]
    fn borrowed_bindings_are_written_as_the_owned_ones(varbinds in generate::varbinds()) {
        let pdu = Pdu::request(PduKind::Set, 1, varbinds);
        let mut writer = Writer::default();
        pdu.encode(&mut writer);
        let octets = writer.into_vec();
        let borrowed = PduRef::decode(&mut Reader::new(&octets), &Limits::default()).unwrap();
        let (mut one, mut other) = (Writer::default(), Writer::default());
        borrowed.varbinds.encode(&mut one);
        pdu.varbinds.encode(&mut other);
        prop_assert_eq!(one.as_slice(), other.as_slice());
    }

    #[test]
    fn sealed_messages_come_back(
        pdu in generate::pdu(),
        level in prop_oneof![
            Just(SecurityLevel::NoAuthNoPriv), Just(SecurityLevel::AuthNoPriv), Just(SecurityLevel::AuthPriv)
        ],
        (boots, time) in (0..0x7fff_ffff_u32, 0..0x7fff_ffff_u32),
        salt: [u8; 8],
        context_name in prop::collection::vec(any::<u8>(), 0..=255),
    ) {
        let user = user();
        let time = EngineTime { boots, time };
        let scoped = ScopedPdu { context_engine_id: engine_id().as_slice().to_vec(), context_name, pdu };
        let envelope = Envelope { level, ..Envelope::for_user(&user, 5, 1_472, time, salt) };
        let octets = seal(&envelope, &scoped).unwrap();
        let message = V3MessageRef::decode(&octets, &Limits::default()).unwrap();
        let mut clock = RemoteClock::default();
        let Ok(opened) = open_as_manager(&message, Some(&user), &mut clock, Duration::ZERO) else {
            return Err(TestCaseError::fail("not opened"));
        };
        prop_assert_eq!(opened.level, level);
        prop_assert_eq!(opened.scoped_pdu(&Limits::default()).unwrap().to_owned(), scoped);
    }
}

fn engine_id() -> EngineId {
    EngineId::new(b"an engine").expect("nine octets")
}

fn user() -> LocalizedUser {
    thread_local! {
        // Deriving keys hashes a mebibyte; the tests of this file share them.
        static USER: User = {
            let auth = Some((AuthProtocol::HmacSha256, &b"maplesyrup"[..]));
            let privacy = Some((PrivProtocol::Aes128, &b"private secret"[..]));
            User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).expect("a good user")
        };
    }
    USER.with(|user| user.localize(&rustcrypto(), engine_id())).expect("RustCrypto has both algorithms")
}

#[test]
fn compile_time_identifiers_are_constants() {
    const TABLE: [Oid; 2] = [oid!("1.3.6.1.2.1.43.11.1.1.9"), oid!(1, 3, 6, 1, 4, 1, 253)];
    assert!(TABLE[0] < TABLE[1]);
}
