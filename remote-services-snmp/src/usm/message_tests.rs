//! Messages at the edges: slices too small for them, fields where they must not be, memory that comes back.
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::tests::{NOW, SHA1, SHA256, TIME, authority, engine, request, sealed, user};
use super::*;
use crate::ber::{BufferTooSmall, DecodeErrorKind, Limits, Tag, Writer};
use crate::crypto::{AuthKey, CryptoError, MAX_MAC, Mac, PrivProtocol, rustcrypto};
use crate::message::{MessageData, ScopedPdu, V3MessageRef};
use crate::pdu::{Pdu, PduKind};

const LEVELS: [SecurityLevel; 3] =
    [SecurityLevel::NoAuthNoPriv, SecurityLevel::AuthNoPriv, SecurityLevel::AuthPriv];

fn decoded(octets: &[u8]) -> V3MessageRef<'_> {
    V3MessageRef::decode(octets, &Limits::default()).unwrap()
}

#[test]
fn a_message_fills_a_slice_that_is_long_enough_and_tells_how_long_that_is() {
    let user = user(SHA256);
    for level in LEVELS {
        let envelope = Envelope { level, ..Envelope::for_user(&user, 77, 1_472, TIME, [1; 8]) };
        let whole = seal(&envelope, &request()).unwrap();
        for len in [0, 1, 60, whole.len() - 1] {
            let refused = seal_in(&mut vec![0; len], &envelope, &request()).map(<[u8]>::to_vec);
            let needed = BufferTooSmall { needed: whole.len() };
            assert_eq!(refused, Err(UsmError::BufferTooSmall(needed)), "{level}, {len}");
        }
        for len in [whole.len(), whole.len() + 9] {
            let mut memory = vec![0xee; len];
            assert_eq!(seal_in(&mut memory, &envelope, &request()), Ok(&whole[..]), "{level}, {len}");
        }
    }
}

#[test]
fn an_envelope_for_a_user_has_all_that_the_user_brings() {
    let user = user(SHA256);
    let octets = seal(&Envelope::for_user(&user, 77, 1_472, TIME, [9; 8]), &request()).unwrap();
    let message = decoded(&octets);
    assert_eq!((message.header.msg_id, message.header.max_size), (77, 1_472));
    let flags = message.header.flags;
    assert!(flags.auth && flags.privacy && flags.reportable);
    let parameters = UsmParameters::decode(&message).unwrap();
    assert_eq!((parameters.engine_id, parameters.user_name), (engine().as_slice(), &b"operator"[..]));
    assert_eq!((parameters.time, parameters.privacy), (TIME, &[9; 8][..]));
    let quiet = Envelope { reportable: false, ..Envelope::for_user(&user, 77, 1_472, TIME, [9; 8]) };
    assert!(!decoded(&seal(&quiet, &request()).unwrap()).header.flags.reportable);
}

/// RFC 3414 §8.1.1.2.
#[test]
#[cfg(feature = "legacy")]
fn rfc3414_8_1_1_2_what_des_encrypts_is_padded_to_a_whole_number_of_blocks() {
    for protocol in [PrivProtocol::Des, PrivProtocol::TripleDes] {
        let provider = rustcrypto();
        let (auth, privacy) = (Some((SHA1, &b"maplesyrup"[..])), Some((protocol, &b"private secret"[..])));
        let user = User::new(&provider, &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
        let user = user.localize(&provider, engine()).unwrap();
        for name_len in 0..9 {
            let scoped = ScopedPdu { context_name: vec![b'c'; name_len], ..request() };
            let mut measured = Writer::default();
            scoped.encode(&mut measured);
            let octets = seal(&Envelope::for_user(&user, 1, 1_472, TIME, [9; 8]), &scoped).unwrap();
            let message = decoded(&octets);
            let MessageData::Encrypted(ciphertext) = message.data else { panic!("it is encrypted") };
            assert_eq!(ciphertext.len(), measured.len().next_multiple_of(8), "{protocol}, {name_len}");
            let mut clock = RemoteClock::default();
            let opened = open_as_manager(&message, Some(&user), &mut clock, NOW);
            let opened = opened.unwrap_or_else(|error| panic!("{protocol}: {error}"));
            assert_eq!(opened.scoped_pdu(&Limits::default()).unwrap().to_owned(), scoped);
        }
    }
}

#[test]
fn a_manager_takes_messages_of_the_engine_and_the_user_that_it_asked() {
    let known = user(SHA256);
    let octets = sealed(&known, SecurityLevel::AuthNoPriv, TIME);
    let open = |asked: Option<&LocalizedUser>| {
        open_as_manager(&decoded(&octets), asked, &mut RemoteClock::default(), NOW).map(|_| ())
    };
    let bound = |name: &[u8], engine_id: EngineId, auth: bool| {
        let auth = auth.then_some((SHA256, &b"maplesyrup"[..]));
        let user = User::new(&rustcrypto(), &mut KeyCache::new(), name, auth, None).unwrap();
        user.localize(&rustcrypto(), engine_id).unwrap()
    };
    assert_eq!(open(Some(&known)), Ok(()));
    assert_eq!(open(None), Err(UsmError::UnknownUserName));
    let elsewhere = bound(b"operator", EngineId::new(b"other engine").unwrap(), true);
    assert_eq!(open(Some(&elsewhere)), Err(UsmError::UnknownEngineId));
    assert_eq!(open(Some(&bound(b"operators", engine(), true))), Err(UsmError::UnknownUserName));
    let without = bound(b"operator", engine(), false);
    assert_eq!(open(Some(&without)), Err(UsmError::UnsupportedSecurityLevel));
}

/// Step 5 comes before step 6: whoever has no key for the level is told so, and nothing of the digest or of the time.
#[test]
fn rfc3414_3_2_5_a_level_without_a_key_is_told_before_a_wrong_digest_is() {
    let octets = sealed(&user(SHA256), SecurityLevel::AuthPriv, TIME);
    let auth = Some((SHA256, &b"another password"[..]));
    let known = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, None).unwrap();
    let known = known.localize(&rustcrypto(), engine()).unwrap();
    let message = decoded(&octets);
    let opened = open_as_authority(&message, &engine(), |_| Some(&known), &authority(), NOW).map(|_| ());
    assert_eq!(opened, Err(UsmError::UnsupportedSecurityLevel));
    let opened = open_as_manager(&message, Some(&known), &mut RemoteClock::default(), NOW).map(|_| ());
    assert_eq!(opened, Err(UsmError::UnsupportedSecurityLevel));
}

#[test]
fn the_memory_of_what_was_decrypted_comes_back_and_is_used_again() {
    let user = user(SHA256);
    let mut clock = RemoteClock::default();
    let encrypted = sealed(&user, SecurityLevel::AuthPriv, TIME);
    let message = decoded(&encrypted);
    let memory = Vec::with_capacity(4_000);
    let opened = open_as_manager_in(&message, Some(&user), &mut clock, NOW, memory);
    let opened = opened.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(opened.scoped_pdu(&Limits::default()).unwrap().to_owned(), request());
    let memory = opened.into_memory().unwrap();
    assert!(memory.capacity() >= 4_000 && memory.starts_with(&[0x30]));
    // What is left in it does no harm to the next message.
    let opened = open_as_manager_in(&message, Some(&user), &mut clock, NOW, memory);
    let opened = opened.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(opened.scoped_pdu(&Limits::default()).unwrap().to_owned(), request());
    let readable = sealed(&user, SecurityLevel::AuthNoPriv, TIME);
    let opened = open_as_manager(&decoded(&readable), Some(&user), &mut clock, NOW);
    assert!(opened.unwrap_or_else(|error| panic!("{error}")).into_memory().is_none());
}

#[test]
fn a_manager_learns_of_a_wrong_key_at_once() {
    let octets = sealed(&user(SHA256), SecurityLevel::AuthPriv, TIME);
    let privacy = Some((PrivProtocol::Aes128, &b"another secret"[..]));
    let auth = Some((SHA256, &b"maplesyrup"[..]));
    let other = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
    let other = other.localize(&rustcrypto(), engine()).unwrap();
    let opened = open_as_manager(&decoded(&octets), Some(&other), &mut RemoteClock::default(), NOW);
    assert_eq!(opened.map(|_| ()), Err(UsmError::Decryption));
}

#[test]
fn encryption_without_authentication_is_opened_by_nobody() {
    let plain = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", None, None).unwrap();
    let plain = plain.localize(&rustcrypto(), engine()).unwrap();
    let octets = sealed(&plain, SecurityLevel::NoAuthNoPriv, TIME);
    // As no datagram decodes: its header is refused.
    let message = V3MessageRef { data: MessageData::Encrypted(&[1, 2, 3]), ..decoded(&octets) };
    let opened = open_as_manager(&message, Some(&plain), &mut RemoteClock::default(), NOW).map(|_| ());
    assert_eq!(opened, Err(UsmError::UnsupportedSecurityLevel));
    let opened = open_as_authority(&message, &engine(), |_| Some(&plain), &authority(), NOW).map(|_| ());
    assert_eq!(opened, Err(UsmError::UnsupportedSecurityLevel));
}

/// The security parameters with these contents of the SEQUENCE.
fn parameters_of(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    let end = writer.mark();
    write(&mut writer);
    writer.wrap(Tag::SEQUENCE, end);
    writer.into_vec()
}

#[test]
fn rfc3414_2_4_parameters_outside_of_their_ranges_are_malformed_and_the_octet_is_told() {
    let octets = sealed(&user(SHA256), SecurityLevel::NoAuthNoPriv, TIME);
    let read = |boots: i32, time: i32, user_len: usize| {
        let parameters = parameters_of(|writer| {
            writer.octets(Tag::OCTET_STRING, &[]);
            writer.octets(Tag::OCTET_STRING, &[1, 2, 3]);
            writer.octets(Tag::OCTET_STRING, &[b'u'; 33][..user_len]);
            writer.integer(time);
            writer.integer(boots);
            writer.octets(Tag::OCTET_STRING, b"engine");
        });
        let message = V3MessageRef {
            security_parameters: &parameters,
            security_parameters_offset: 100,
            ..decoded(&octets)
        };
        UsmParameters::decode(&message)
            .map(|read| (read.time, read.authentication_offset))
            .map_err(|error| (error.kind(), error.offset()))
    };
    let time = EngineTime { boots: 0, time: i32::MAX.cast_unsigned() };
    // 100, the headers of the SEQUENCE and its elements, and what stands in those before: 2 + 8 + 3 + 6 + 34 + 2.
    assert_eq!(read(0, i32::MAX, 32), Ok((time, 155)));
    let out_of_range = DecodeErrorKind::OutOfRange(Tag::INTEGER);
    assert_eq!(read(-1, 0, 0), Err((out_of_range, 110)));
    assert_eq!(read(0, -1, 0), Err((out_of_range, 113)));
    assert_eq!(read(0, 0, 33), Err((DecodeErrorKind::TooLong { limit: 32 }, 118)));
}

#[test]
fn boots_and_time_beyond_31_bits_are_written_as_the_highest() {
    let user = user(SHA256);
    let over = EngineTime { boots: u32::MAX, time: MAX_BOOTS_OR_TIME + 1 };
    let octets = sealed(&user, SecurityLevel::NoAuthNoPriv, over);
    let highest = EngineTime { boots: MAX_BOOTS_OR_TIME, time: MAX_BOOTS_OR_TIME };
    assert_eq!(UsmParameters::decode(&decoded(&octets)).unwrap().time, highest);
}

/// A module that gives this code for anything.
struct Fixed(Vec<u8>);

impl AuthKey for Fixed {
    fn mac(&self, _: &[&[u8]]) -> Result<Mac, CryptoError> {
        Mac::new(&self.0).ok_or(CryptoError::Module)
    }
}

#[test]
fn a_code_goes_where_there_is_room_for_all_of_it() {
    let key = Fixed(vec![7; 12]);
    let mut message = [1; 20];
    assert_eq!(sign(&key, &mut message, 8, 12), Ok(()));
    assert_eq!((&message[..8], &message[8..]), (&[1; 8][..], &[7; 12][..]));
    for (offset, mac_len) in [(9, 12), (21, 12), (usize::MAX, 12), (0, 11), (0, 13)] {
        let mut message = [1; 20];
        assert_eq!(
            sign(&key, &mut message, offset, mac_len),
            Err(CryptoError::Module),
            "{offset}, {mac_len}"
        );
    }
    assert_eq!(verify(&key, &message, 8, 12), Ok(true));
    for (offset, mac_len) in [(7, 12), (9, 12), (21, 12), (8, 11)] {
        assert_eq!(verify(&key, &message, offset, mac_len), Ok(false), "{offset}, {mac_len}");
    }
    let longest = Fixed(vec![7; MAX_MAC]);
    assert_eq!(verify(&longest, &[7; MAX_MAC + 1], 0, MAX_MAC), Ok(true));
    assert_eq!(verify(&longest, &[7; MAX_MAC + 1], 0, MAX_MAC + 1), Ok(false), "no code is that long");
}

#[test]
fn a_discovery_asks_for_nothing_by_its_number() {
    let octets = discovery(5, 6, 65_507);
    let message = decoded(&octets);
    assert_eq!(message.header.max_size, 65_507);
    let opened = open_as_manager(&message, None, &mut RemoteClock::default(), NOW);
    let opened = opened.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(opened.parameters.time, EngineTime::default());
    let scoped = opened.scoped_pdu(&Limits::default()).unwrap().to_owned();
    assert_eq!(scoped.pdu, Pdu::request(PduKind::Get, 6, Vec::new()));
}

#[test]
fn only_des_needs_boots_in_its_salts() {
    let mut salts = SaltCounter::new(41);
    let aes = user(SHA256);
    assert_eq!(aes.authority_salt(7, &mut salts), Ok([0, 0, 0, 0, 0, 0, 0, 42]));
    #[cfg(feature = "legacy")]
    for (protocol, count) in [(PrivProtocol::Des, 42), (PrivProtocol::TripleDes, 43)] {
        let (auth, privacy) = (Some((SHA1, &b"maplesyrup"[..])), Some((protocol, &b"private secret"[..])));
        let user = User::new(&rustcrypto(), &mut KeyCache::new(), b"operator", auth, privacy).unwrap();
        let user = user.localize(&rustcrypto(), engine()).unwrap();
        assert_eq!(user.authority_salt(7, &mut salts), Ok([0, 0, 0, 7, 0, 0, 0, count]));
    }
}

#[test]
fn levels_have_the_names_of_the_rfc() {
    assert_eq!(LEVELS.map(|level| level.to_string()), ["noAuthNoPriv", "authNoPriv", "authPriv"]);
}
