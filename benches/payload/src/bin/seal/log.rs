//! A long log, sealed and opened at once.
use remote_services_core::consent::{Consent, ConsentScope, Consents};
use remote_services_core::id::Uuid;
use remote_services_core::mode::SecurityMode;
use remote_services_payload::container::{
    ExpectedLog, Limits, LogHead, PART_OCTETS, Packer, SignerBinding, Unpacker,
};
use remote_services_payload::seal::{OsRandom, rust_crypto};

use crate::world::{World, now};

const PIECE: usize = 64 << 10;

/// The most KiB of memory that the process had (`VmHWM`).
pub fn most_memory(mib: u64) -> u64 {
    let world = World::new(rust_crypto());
    let head = LogHead {
        transfer: Uuid::from_u128(2),
        sender: "client".to_owned(),
        sequence: 1,
        redaction: "default".to_owned(),
        device: None,
        kind: "engineering".to_owned(),
        name: "engine.log".to_owned(),
        length: mib << 20,
    };
    let expected = ExpectedLog {
        sender: "client".to_owned(),
        binding: SignerBinding::CommonName,
        transfer: head.transfer,
    };
    let mut unpacker = Unpacker::new(expected, world.recipient(), &world.trust, Limits::default());
    let recipients = [world.server.0.clone()];
    let scope = ConsentScope::Engineering;
    let consent = Consent {
        id: Uuid::from_u128(7),
        given_by: "the manager of the site".to_owned(),
        given_at: now(),
        scopes: vec![scope.clone()],
        devices: Vec::new(),
        until: None,
        text: scope.statement().to_owned(),
        revocation: None,
    };
    let consents = Consents::try_from(vec![consent]).expect("it proves something");
    let permits = [consents.permit(&scope, None, now(), SecurityMode::default()).expect("it was given")];
    let length = head.length;
    let mut packer = Packer::new(head, PART_OCTETS, &permits, world.signer(), &recipients, Limits::default())
        .expect("a log");
    let (mut piece, mut expected, mut found) = (vec![0; PIECE], vec![0; PIECE], 0_u64);
    for at in 0..length / PIECE as u64 {
        write_piece(at, &mut piece);
        let mut octets = &piece[..];
        while let Some(part) = packer.push(&mut octets, now(), &mut OsRandom).expect("it seals") {
            let opened = unpacker.part(part.part.number, part.octets).expect("it opens");
            for chunk in opened.octets.chunks(PIECE) {
                write_piece(found / PIECE as u64, &mut expected);
                assert!(chunk == &expected[..chunk.len()], "the log came back changed");
                found += chunk.len() as u64;
            }
        }
    }
    let list = packer.finish(now(), &mut OsRandom).expect("it seals").list;
    let list = unpacker.finish(list).expect("all parts came");
    assert!(list.length == length && found == length, "the log came back short");
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("Linux says it");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number of KiB")
}

/// Lines that compress, and every other piece a dump that does not.
fn write_piece(at: u64, out: &mut [u8]) {
    let mut state = at.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for eight in out.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = if at % 2 == 0 && state % 4 != 0 { *b"fuser ok" } else { state.to_le_bytes() };
        eight.copy_from_slice(&word[..eight.len()]);
    }
}
