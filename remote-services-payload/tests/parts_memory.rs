//! A long log in parts is sealed and opened in little memory, whatever its length.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod log;
mod support;

use log::{World, head};
use remote_services_payload::container::{Limits, LogHead, MAX_PART_OCTETS, Packer};
use support::{Counting, now};

/// Octets of a log: lines that compress, and dumps that do not.
fn piece(at: u64, out: &mut [u8]) {
    let mut state = at.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for eight in out.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = if at.is_multiple_of(4) { *b"fuser ok" } else { state.to_le_bytes() };
        eight.copy_from_slice(&word[..eight.len()]);
    }
}

#[test]
fn sixty_four_mib_are_sealed_and_opened_at_once_in_less_than_32_mib() {
    const PIECE: usize = 64 << 10;
    let world = World::new();
    let length = 64_u64 << 20;
    let recipients = [world.server.certificate.clone()];
    let permits = world.permits();
    let mut largest = 0;
    let used = allocation_counter::measure(|| {
        let (mut random, mut unpacker) = (Counting(1), world.unpacker());
        let head = LogHead { length, ..head(0) };
        let signer = world.client.as_signer();
        let mut packer =
            Packer::new(head, MAX_PART_OCTETS, &permits, signer, &recipients, Limits::default()).unwrap();
        let (mut piece_out, mut found) = (vec![0; PIECE], 0);
        let mut expected = vec![0; PIECE];
        for at in 0..length / PIECE as u64 {
            piece(at, &mut piece_out);
            let mut octets = &piece_out[..];
            while let Some(part) = packer.push(&mut octets, now(), &mut random).unwrap() {
                largest = largest.max(part.octets.len());
                let opened = unpacker.part(part.part.number, part.octets).unwrap();
                // Every piece of what came back, by its place in the log.
                for chunk in opened.octets.chunks(PIECE) {
                    piece(found / PIECE as u64, &mut expected);
                    assert_eq!(chunk, &expected[..chunk.len()]);
                    found += chunk.len() as u64;
                }
            }
        }
        let list = packer.finish(now(), &mut random).unwrap().list;
        assert_eq!(unpacker.finish(list).unwrap().length, length);
        assert_eq!(found, length);
    });
    assert!(used.bytes_max < 32 << 20, "{} octets at once", used.bytes_max);
    assert!((4 << 20..=8 << 20).contains(&largest), "the largest part has {largest} octets");
}
