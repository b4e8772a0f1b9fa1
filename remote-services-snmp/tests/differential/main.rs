//! Ours and snmp-parser read the same messages of every version as the same. Where only one of them takes a message
//! the reason is listed, in [`ONLY_THEIRS`] or [`ONLY_OURS`], and is shown to occur.
#![cfg(feature = "rustcrypto")]
#[path = "../generate/mod.rs"]
mod generate;
mod seen;
mod vectors;

use proptest::prelude::*;
use remote_services_snmp::ber::{DecodeError, DecodeErrorKind as Kind, Reader, Tag};
use seen::{Seen, ours, theirs};
use vectors::{for_changed, hex, messages};

/// A reason in words, and whether it explains that we refuse with this error.
type OnlyTheirs = (&'static str, fn(Kind) -> bool);
/// The same for a message that we take.
type OnlyOurs = (&'static str, fn(&Seen, &[u8]) -> bool);

/// Why snmp-parser takes what we refuse, and the errors of ours that this explains.
const ONLY_THEIRS: [OnlyTheirs; 7] = [
    ("any number is SNMPv3 to it, and any PDU goes with any version", |kind| {
        matches!(kind, Kind::UnknownVersion(_) | Kind::UnknownPdu(_))
    }),
    ("it does not look at the tag, or not at all of it, where only one can stand", |kind| {
        matches!(kind, Kind::UnexpectedTag { .. })
    }),
    ("it hands out values of types that it does not know, and of SNMPv2 in traps of SNMPv1", |kind| {
        matches!(kind, Kind::UnknownValue(_))
    }),
    ("it does not look into identifiers", |kind| {
        matches!(kind, Kind::EmptyOid | Kind::UnfinishedArc | Kind::PaddedArc | Kind::ArcTooLarge)
    }),
    ("it does not look at the length of a PDU, and octets left over anywhere are ignored", |kind| {
        matches!(kind, Kind::TrailingData { .. } | Kind::Truncated { .. })
    }),
    ("numbers of no octets are zero to it, and NULL may have octets", |kind| {
        matches!(kind, Kind::WrongSize { .. })
    }),
    ("it does not look whether the fields of SNMPv3 are within their bounds and go together", |kind| {
        matches!(
            kind,
            Kind::MaxSizeTooSmall(_)
                | Kind::PrivacyWithoutAuthentication
                | Kind::OutOfRange(Tag::INTEGER)
                | Kind::TooLong { .. }
        )
    }),
];

/// Why snmp-parser refuses what we take: the reason, and whether it is one for these octets.
const ONLY_OURS: [OnlyOurs; 2] = [
    (
        "all numbers before the bindings are unsigned to it; RFC 1157 and RFC 3416 have them signed",
        |_, octets| numbers(octets).is_ok_and(|numbers| numbers.iter().any(|&number| number < 0)),
    ),
    (
        "communities and user names are UTF-8 to it; a community is any octets (RFC 1157 §3.2.5)",
        |seen, _| seen.names().is_some_and(|names| core::str::from_utf8(names).is_err()),
    ),
];

#[test]
fn changed_messages_of_all_versions_are_read_alike_or_the_reason_is_listed_and_occurs() {
    let mut agreed = [0; 4];
    let mut refused = 0;
    let (mut only_theirs, mut only_ours) = ([0; ONLY_THEIRS.len()], [0; ONLY_OURS.len()]);
    for_changed(60_000, |octets| match (ours(octets), theirs(octets)) {
        (Ok(ours), Some(theirs)) => {
            assert_eq!(ours, theirs, "{}", hex(octets));
            agreed[usize::from(ours.version())] += 1;
        }
        (Ok(seen), None) => {
            let reason = ONLY_OURS.iter().position(|(_, explains)| explains(&seen, octets));
            only_ours[reason.unwrap_or_else(|| panic!("only we take {}", hex(octets)))] += 1;
        }
        (Err(kind), Some(_)) => {
            let reason = ONLY_THEIRS.iter().position(|(_, explains)| explains(kind));
            only_theirs
                [reason.unwrap_or_else(|| panic!("{kind}: only snmp-parser takes {}", hex(octets)))] += 1;
        }
        (Err(_), None) => refused += 1,
    });
    assert!(refused > 10_000, "{refused}");
    assert!([0, 1, 3].iter().all(|&version: &usize| agreed[version] > 2_000), "{agreed:?}");
    for ((reason, _), count) in ONLY_THEIRS.iter().zip(only_theirs) {
        assert!(count > 0, "this does not occur: {reason}");
    }
    for ((reason, _), count) in ONLY_OURS.iter().zip(only_ours) {
        assert!(count > 0, "this does not occur: {reason}");
    }
}

#[test]
fn unchanged_messages_are_read_alike() {
    for octets in messages() {
        let ours = ours(&octets).expect("a sound message");
        assert_eq!(Some(ours), theirs(&octets), "{}", hex(&octets));
    }
}

#[test]
fn the_bench_messages_are_read_alike() {
    for (octets, bindings) in [
        (&include_bytes!("../../../benches/snmp/data/resp20.bin")[..], 20),
        (include_bytes!("../../../benches/snmp/data/get6.bin"), 6),
    ] {
        let ours = ours(octets).expect("a sound message");
        assert_eq!(ours.bindings(), bindings);
        assert_eq!(Some(ours), theirs(octets));
    }
}

proptest! {
    #[test]
    fn generated_messages_are_read_alike_or_the_reason_is_listed(message in generate::community_message()) {
        let octets = message.to_bytes();
        let ours = ours(&octets).expect("what we write we read");
        match theirs(&octets) {
            // snmp-parser cuts generic-trap to eight bits.
            Some(_) if ours.generic_trap().is_some_and(|number| number > 255) => {}
            Some(theirs) => prop_assert_eq!(ours, theirs),
            None => prop_assert!(ONLY_OURS.iter().any(|(_, explains)| explains(&ours, &octets))),
        }
    }

    #[test]
    fn changed_responses_are_read_alike_or_refused_for_a_listed_reason(
        message in generate::response(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut octets = message.to_bytes();
        for (at, to) in changes {
            let at = at.index(octets.len());
            octets[at] = to;
        }
        match (ours(&octets), theirs(&octets)) {
            (Ok(ours), Some(theirs)) => prop_assert_eq!(ours, theirs),
            (Ok(ours), None) => {
                prop_assert!(ONLY_OURS.iter().any(|(_, explains)| explains(&ours, &octets)), "{}", hex(&octets));
            }
            _ => {}
        }
    }
}

/// The numbers between the head of a message and its bindings.
fn numbers(octets: &[u8]) -> Result<Vec<i32>, DecodeError> {
    let mut contents = Reader::new(octets).sequence()?;
    if contents.integer()? == 3 {
        contents.sequence()?;
        contents.octet_string(usize::MAX)?;
        contents = contents.sequence()?;
        contents.octet_string(usize::MAX)?;
    }
    contents.octet_string(usize::MAX)?;
    let (tag, mut pdu) = contents.element()?;
    if tag == Tag::TRAP_V1 {
        pdu.element()?;
        pdu.element()?;
        return Ok(vec![pdu.integer()?, pdu.integer()?]);
    }
    Ok(vec![pdu.integer()?, pdu.integer()?, pdu.integer()?])
}
