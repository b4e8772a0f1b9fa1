//! Archives that were cut off or damaged, and any that our writer can make.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

mod archives;
mod support;

use archives::{STATUS, SUPPLIES, head, honest, read_all};
use proptest::prelude::*;
use remote_services_payload::archive::{Archive, ArchiveLimits, EntrySource, ManifestHead, write};
use support::zips::{RawEnd, zip};

#[test]
fn no_truncation_is_read() {
    let octets = zip(&honest(), &RawEnd::default());
    for length in 0..octets.len() {
        assert!(read_all(&octets[..length], &ArchiveLimits::default()).is_err(), "{length}");
    }
}

#[test]
fn a_flipped_bit_is_refused_or_changes_nothing_that_is_given_out() {
    let octets = zip(&honest(), &RawEnd::default());
    let manifest = Archive::open(&octets, &ArchiveLimits::default()).unwrap().into_manifest();
    for bit in 0..octets.len() * 8 {
        let mut changed = octets.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(contents) = read_all(&changed, &ArchiveLimits::default()) {
            assert_eq!(contents, [SUPPLIES, STATUS], "bit {bit}");
            let read = Archive::open(&changed, &ArchiveLimits::default()).unwrap().into_manifest();
            assert_eq!(read, manifest, "bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_all(&octets, &ArchiveLimits::default());
    }

    #[test]
    fn no_damage_panics(at in 0..1000_usize, with in proptest::collection::vec(any::<u8>(), 1..24)) {
        let mut octets = zip(&honest(), &RawEnd::default());
        let at = at % (octets.len() - with.len());
        octets[at..at + with.len()].copy_from_slice(&with);
        if let Ok(contents) = read_all(&octets, &ArchiveLimits::default()) {
            prop_assert_eq!(contents, [SUPPLIES, STATUS]);
        }
    }

    #[test]
    fn whatever_is_written_reads_back(
        contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 1..8),
        sequence in any::<u64>(),
    ) {
        let names: Vec<String> = (0..contents.len()).map(|at| format!("e{at}.bin")).collect();
        let sources: Vec<_> = names.iter().zip(&contents)
            .map(|(name, octets)| EntrySource { name, kind: "engineering", schema: None, octets })
            .collect();
        let octets = write(&ManifestHead { sequence, ..head() }, &sources, &ArchiveLimits::default()).unwrap();
        prop_assert_eq!(read_all(&octets, &ArchiveLimits::default()).unwrap(), contents);
    }
}
