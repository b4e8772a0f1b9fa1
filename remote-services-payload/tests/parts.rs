//! A long log in parts: the round trip, and what each wrong part is told.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod log;
mod support;

use log::{PART, TRANSFER, World, head};
use remote_services_core::id::Uuid;
use remote_services_payload::archive::{ArchiveErrorKind, EntrySource, ManifestHead, ManifestVersion, Part};
use remote_services_payload::container::{
    ExpectedLog, Limits, LogHead, LogPart, MAX_PART_OCTETS, PackError, Packer, PartsError, SealedPart,
    SignerBinding, UnpackError, Unpacker, pack,
};
use remote_services_payload::seal::{OpenError, OsRandom, Random, RandomError};
use support::{Counting, now};

fn entry<'a>(name: &'a str, octets: &'a [u8]) -> EntrySource<'a> {
    EntrySource { name, kind: "engineering", schema: None, octets }
}

fn log(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251).to_le_bytes()[0]).collect()
}

fn take(unpacker: &mut Unpacker<'_>, part: &SealedPart) -> Result<LogPart, PartsError> {
    unpacker.part(part.part.number, part.octets.clone())
}

#[test]
fn a_log_comes_back_whatever_its_length_and_the_order_of_its_parts() {
    let world = World::new();
    for length in [0, 1, 999, 1_000, 1_001, 3_500, 4_000] {
        let log = log(length);
        let (parts, list) = world.packed(head(length), &log);
        assert_eq!(parts.len(), length.div_ceil(PART).max(1));
        for reverse in [false, true] {
            let mut unpacker = world.unpacker();
            let mut found = vec![0; length];
            let mut order: Vec<_> = parts.iter().collect();
            if reverse {
                order.reverse();
            }
            let opened: Vec<_> = order.into_iter().map(|part| take(&mut unpacker, part).unwrap()).collect();
            for part in opened {
                let offset = usize::try_from(unpacker.offset(part.part.number).unwrap()).unwrap();
                found[offset..offset + part.octets.len()].copy_from_slice(&part.octets);
                assert_eq!(part.sequence, 39 + u64::from(part.part.number));
            }
            assert_eq!(found, log, "{length}");
            let list = unpacker.finish(list.clone()).unwrap();
            assert_eq!((list.length, list.name.as_str()), (length as u64, "engine.log"));
        }
    }
}

#[test]
fn a_receiver_goes_on_where_it_was() {
    let world = World::new();
    let (parts, list) = world.packed(head(2_500), &log(2_500));
    let mut first = world.unpacker();
    assert!(first.progress().is_none());
    take(&mut first, &parts[2]).unwrap();
    assert_eq!(first.missing().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(first.offset(3), None, "nobody knows yet how long parts are");
    let mut second = world.unpacker().resume(first.progress().unwrap().clone());
    take(&mut second, &parts[0]).unwrap();
    assert!(matches!(second.finish(list.clone()), Err(PartsError::Missing { number: 2 })));
    take(&mut second, &parts[1]).unwrap();
    assert_eq!(second.offset(3), Some(2_000));
    assert_eq!(second.missing().count(), 0);
    assert_eq!(second.finish(list).unwrap().parts.len(), 3);
}

#[test]
fn a_part_that_came_already_is_refused() {
    let world = World::new();
    let (parts, _) = world.packed(head(2_500), &log(2_500));
    let mut unpacker = world.unpacker();
    take(&mut unpacker, &parts[0]).unwrap();
    assert!(matches!(take(&mut unpacker, &parts[0]), Err(PartsError::Twice { number: 1 })));
}

#[test]
fn a_part_in_the_place_of_another_is_refused() {
    let world = World::new();
    let (parts, _) = world.packed(head(2_500), &log(2_500));
    match world.unpacker().part(1, parts[1].octets.clone()) {
        Err(PartsError::Part { number: 1, error }) => {
            assert!(matches!(*error, UnpackError::Part { found: Part { number: 2, of: 3 }, .. }), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_part_of_another_transfer_or_sender_is_refused() {
    let world = World::new();
    let refused = |parts: &[SealedPart]| match take(&mut world.unpacker(), &parts[0]) {
        Err(PartsError::Part { number: 1, error }) => *error,
        other => panic!("{other:?}"),
    };
    let other = LogHead { transfer: Uuid::from_u128(3), ..head(2_500) };
    let error = refused(&world.packed(other, &log(2_500)).0);
    assert!(matches!(error, UnpackError::Transfer { .. }), "{error}");
    let mallory = world.authority.signer("mallory");
    let error = refused(&world.packed_by(mallory.as_signer(), head(2_500), &log(2_500)).0);
    assert!(matches!(error, UnpackError::Signer { .. }), "{error}");
}

#[test]
fn a_part_that_is_cut_off_or_damaged_is_refused_and_may_come_again() {
    let world = World::new();
    let (parts, _) = world.packed(head(2_500), &log(2_500));
    let mut unpacker = world.unpacker();
    let mut refused = |octets: Vec<u8>| match unpacker.part(1, octets) {
        Err(PartsError::Part { number: 1, error }) => *error,
        other => panic!("{other:?}"),
    };
    let whole = parts[0].octets.clone();
    let error = refused(whole[..whole.len() - 1].to_vec());
    assert!(matches!(error, UnpackError::Open(OpenError::Envelope(_))), "{error}");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    let error = refused(damaged);
    assert!(matches!(error, UnpackError::Open(_)), "{error}");
    take(&mut unpacker, &parts[0]).unwrap();
}

#[test]
fn parts_that_do_not_agree_are_refused() {
    let world = World::new();
    let (parts, _) = world.packed(head(2_500), &log(2_500));
    let mut unpacker = world.unpacker();
    take(&mut unpacker, &parts[0]).unwrap();
    let (longer, _) = world.packed(head(3_500), &log(3_500));
    let error = take(&mut unpacker, &longer[1]).unwrap_err();
    assert!(matches!(error, PartsError::Count { number: 2, found: 4, expected: 3 }), "{error}");
    let renamed = LogHead { name: "another.log".to_owned(), ..head(2_500) };
    let error = take(&mut unpacker, &world.packed(renamed, &log(2_500)).0[1]).unwrap_err();
    assert!(matches!(error, PartsError::Entry { number: 2 }), "{error}");

    // Two entries instead of one, and a part of another length than the first.
    let recipients = [world.server.certificate.clone()];
    let made = |number, entries: &[EntrySource<'_>]| {
        let head = ManifestHead {
            version: ManifestVersion::V1_0,
            payload: Uuid::from_u128(9),
            transfer: TRANSFER,
            sender: "client-7".to_owned(),
            recipients: Vec::new(),
            sequence: 41,
            part: Part { number, of: 3 },
            created_at: now(),
            redaction: "default".to_owned(),
            device: None,
        };
        let (signer, limits) = (world.client.as_signer(), Limits::default());
        pack(head, entries, &world.permits(), &signer, &recipients, &limits, &mut OsRandom).unwrap()
    };
    let two = made(2, &[entry("engine.log", b"a"), entry("more.log", b"b")]);
    assert!(matches!(unpacker.part(2, two), Err(PartsError::Entry { number: 2 })));
    for (number, octets) in [(2, 999), (2, 1_001), (3, 1_001), (3, 0)] {
        let log = log(octets);
        let error = unpacker.part(number, made(number, &[entry("engine.log", &log)])).unwrap_err();
        assert!(matches!(error, PartsError::Length { found, .. } if found == octets as u64), "{error}");
    }
}

#[test]
fn a_list_that_does_not_fit_is_refused() {
    let world = World::new();
    let (parts, list) = world.packed(head(2_500), &log(2_500));
    let complete = || {
        let mut unpacker = world.unpacker();
        parts.iter().for_each(|part| drop(take(&mut unpacker, part).unwrap()));
        unpacker
    };
    complete().finish(list.clone()).unwrap();
    let error = world.unpacker().finish(list.clone()).unwrap_err();
    assert!(matches!(error, PartsError::Missing { number: 1 }), "{error}");
    // The same log sealed again: other octets, another digest.
    let mut again = log(2_500);
    again[1_500] ^= 1;
    let error = complete().finish(world.packed(head(2_500), &again).1).unwrap_err();
    assert!(matches!(error, PartsError::Changed { number: 2 }), "{error}");
    let error = complete().finish(world.packed(head(1_500), &log(1_500)).1).unwrap_err();
    assert!(matches!(error, PartsError::ListedCount { listed: 2, expected: 3 }), "{error}");
    let renamed = LogHead { name: "another.log".to_owned(), ..head(2_500) };
    let error = complete().finish(world.packed(renamed, &log(2_500)).1).unwrap_err();
    assert!(matches!(error, PartsError::ListedLog), "{error}");
    let error = complete().finish(parts[0].octets.clone()).unwrap_err();
    assert!(matches!(error, PartsError::NoList), "{error}");
    let error = complete().finish(list[..list.len() - 1].to_vec()).unwrap_err();
    assert!(matches!(error, PartsError::Closing(_)), "{error}");
    // A list is no part.
    let error = world.unpacker().part(1, list).unwrap_err();
    assert!(matches!(error, PartsError::Entry { number: 1 }), "{error}");
}

#[test]
fn the_packer_keeps_to_what_was_announced() {
    let world = World::new();
    let recipients = [world.server.certificate.clone()];
    let permits = world.permits();
    let new = |length: u64, part| {
        let head = LogHead { length, ..head(0) };
        Packer::new(head, part, &permits, world.client.as_signer(), &recipients, Limits::default())
    };
    assert!(matches!(new(1, 0), Err(PartsError::PartSize { octets: 0 })));
    assert!(matches!(new(1, MAX_PART_OCTETS + 1), Err(PartsError::PartSize { .. })));
    assert!(matches!(new(10_001, 1), Err(PartsError::TooMany { needed: 10_001 })));
    assert_eq!(new(80_000_000_000, MAX_PART_OCTETS).unwrap().parts(), 9_612);

    let mut packer = new(3, PART).unwrap();
    let mut octets = &b"abcd"[..];
    let part = packer.push(&mut octets, now(), &mut Counting(1)).unwrap().unwrap();
    assert_eq!((part.part, octets), (Part::WHOLE, &b"d"[..]));
    let error = packer.push(&mut octets, now(), &mut Counting(2)).unwrap_err();
    assert!(matches!(error, PartsError::Surplus { announced: 3 }), "{error}");
    let mut packer = new(3, PART).unwrap();
    assert!(packer.push(&mut &b"ab"[..], now(), &mut Counting(1)).unwrap().is_none());
    let error = packer.finish(now(), &mut Counting(2)).unwrap_err();
    assert!(matches!(error, PartsError::Short { taken: 2, announced: 3 }), "{error}");
}

/// Fails once, then is [`Counting`].
struct FailsOnce(bool, Counting);

impl Random for FailsOnce {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        if core::mem::take(&mut self.0) { Err(RandomError) } else { self.1.fill(out) }
    }
}

#[test]
fn a_part_that_could_not_be_sealed_is_sealed_by_the_next_call() {
    let world = World::new();
    let recipients = [world.server.certificate.clone()];
    let permits = world.permits();
    let signer = world.client.as_signer();
    let mut packer =
        Packer::new(head(2_500), PART, &permits, signer, &recipients, Limits::default()).unwrap();
    let log = log(2_500);
    let mut octets = log.as_slice();
    let mut random = FailsOnce(true, Counting(1));
    packer.push(&mut octets, now(), &mut random).unwrap_err();
    let mut numbers = Vec::new();
    while let Some(sealed) = packer.push(&mut octets, now(), &mut random).unwrap() {
        numbers.push(sealed.part.number);
    }
    assert_eq!((numbers, octets), (vec![1, 2, 3], &[][..]));
    packer.finish(now(), &mut random).unwrap();
}

#[test]
fn neither_a_part_nor_the_list_of_a_log_is_sealed_without_consent() {
    let world = World::new();
    let recipients = [world.server.certificate.clone()];
    let packer = |length| {
        let head = LogHead { length, ..head(0) };
        Packer::new(head, PART, &[], world.client.as_signer(), &recipients, Limits::default()).unwrap()
    };
    let error = packer(1).push(&mut &b"a"[..], now(), &mut Counting(1)).unwrap_err();
    assert!(matches!(error, PartsError::Pack(PackError::Consent(_))), "{error}");
    let error = packer(0).finish(now(), &mut Counting(1)).unwrap_err();
    assert!(matches!(error, PartsError::Pack(PackError::Consent(_))), "{error}");

    // a document that needs a consent, as a log of a kind that needs none
    let document = b"<J xmlns='urn:remote-services:jobAccounting:1'/>";
    let head = LogHead { length: document.len() as u64, kind: "status".into(), ..head(0) };
    let mut packer =
        Packer::new(head, PART, &[], world.client.as_signer(), &recipients, Limits::default()).unwrap();
    let error = packer.push(&mut &document[..], now(), &mut Counting(1)).unwrap_err();
    assert!(matches!(error, PartsError::Pack(PackError::Consent(_))), "{error}");
}

#[test]
fn a_part_beyond_the_limits_is_refused_before_it_is_inflated() {
    let world = World::new();
    let (parts, _) = world.packed(head(2_500), &log(2_500));
    let mut limits = Limits::default();
    limits.archive.max_entry = 999;
    let (sender, binding) = ("client-7".to_owned(), SignerBinding::CommonName);
    let expected = ExpectedLog { sender, binding, transfer: TRANSFER };
    let mut unpacker = Unpacker::new(expected, world.server.as_recipient(), &world.trust, limits);
    match take(&mut unpacker, &parts[0]) {
        Err(PartsError::Part { error, .. }) => match *error {
            UnpackError::Archive(error) => {
                assert!(matches!(error.kind, ArchiveErrorKind::EntryTooLarge { .. }), "{error}");
            }
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_log_that_was_begun_by_another_process_goes_on_where_that_one_stopped() {
    let world = World::new();
    let log: Vec<u8> = (0..2_500_u32).map(|at| (at % 251) as u8).collect();
    let (recipients, permits) = ([world.server.certificate.clone()], world.permits());
    let fresh = || {
        Packer::new(head(log.len()), PART, &permits, world.client.as_signer(), &recipients, Limits::default())
            .unwrap()
    };
    let mut unpacker = world.unpacker();
    let mut sealed = Vec::new();
    let mut out = Vec::new();
    // A packer of its own for each part, as if the process died after each.
    for number in 1..=3 {
        let mut packer = fresh().resume(sealed.clone()).unwrap();
        let mut rest = &log[usize::try_from(packer.taken()).unwrap()..];
        let part = packer.push(&mut rest, now(), &mut OsRandom).unwrap().unwrap();
        assert_eq!(part.part, Part { number, of: 3 });
        let opened = unpacker.part(number, part.octets).unwrap();
        out.extend_from_slice(&opened.octets);
        sealed.push(unpacker.progress().unwrap().parts[&number]);
    }
    assert_eq!(out, log);
    let list = fresh().resume(sealed.clone()).unwrap().finish(now(), &mut OsRandom).unwrap();
    assert!(list.last.is_none());
    assert_eq!(unpacker.finish(list.list).unwrap().parts, sealed);

    let mut short = sealed.clone();
    short[0].length -= 1;
    let mut many = sealed.clone();
    many.push(sealed[2]);
    for wrong in [short, many] {
        assert!(matches!(fresh().resume(wrong), Err(PartsError::Resume { .. })));
    }
}
