use super::*;
use crate::document::{ContentDigest, Receipt, names};
use crate::exchange::Answer;
use crate::upload::UploadOutcome;
use proptest::prelude::*;
use remote_services_core::time::Timestamp;
use std::fs;
use uuid::Uuid;

fn id() -> Uuid {
    Uuid::from_u128(7)
}

fn upload(of: u32) -> PartsUpload {
    PartsUpload::new(Uuid::from_u128(1), id(), of)
}

fn answer(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

fn listing(parts: &str) -> Answer {
    Answer { fields: vec![(names::PARTS.to_owned(), parts.to_owned())], ..answer(204) }
}

fn problem(status: u16, reason: &str) -> Answer {
    Answer {
        fields: vec![("content-type".to_owned(), names::PROBLEM_JSON.to_owned())],
        body: format!("{{\"reason\":\"{reason}\"}}").into_bytes(),
        ..answer(status)
    }
}

fn stored(status: u16, octets: &[u8]) -> Answer {
    let receipt = Receipt {
        upload: id(),
        digest: ContentDigest::of(octets),
        stored_at: Timestamp::from_unix_seconds(1),
    };
    Answer { body: serde_json::to_vec(&receipt).unwrap(), ..answer(status) }
}

#[test]
fn looks_first_and_sends_only_what_is_missing() {
    let mut upload = upload(4);
    assert_eq!(upload.next(), PartsStep::Look);
    assert_eq!(upload.handle_look(&listing("(1 1), (3 3)")), PartsOutcome::GoOn);
    for part in [2, 4] {
        assert_eq!(upload.next(), PartsStep::Part(part));
        let request = upload.part(names::UPLOAD_PART, part, b"x");
        assert!(request.path.ends_with(&format!("/parts/{part}")));
        assert_eq!(upload.handle_part(part, ContentDigest::of(b"x"), &stored(201, b"x")), PartsOutcome::GoOn);
    }
    assert_eq!(upload.next(), PartsStep::List);
    let request = upload.list(names::UPLOAD, b"list");
    assert!(request.fields.contains(&(names::PARTS, "(1 4)".to_owned())));
    let outcome = upload.handle_list(ContentDigest::of(b"list"), &stored(201, b"list"));
    assert!(matches!(outcome, PartsOutcome::Stored { duplicate: false, .. }));
    assert_eq!(upload.next(), PartsStep::Ended);
}

#[test]
fn a_receipt_for_other_bytes_is_no_part() {
    let mut upload = upload(1);
    assert_eq!(upload.handle_look(&answer(404)), PartsOutcome::GoOn);
    let outcome = upload.handle_part(1, ContentDigest::of(b"x"), &stored(201, b"y"));
    assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::Unconfirmed { .. })), "{outcome:?}");
    assert!(upload.present().is_empty());
}

#[test]
fn parts_that_the_server_lost_are_sent_again_but_not_for_ever() {
    let mut upload = upload(2);
    for _ in 0..8 {
        assert_eq!(upload.handle_look(&listing("(1 2)")), PartsOutcome::GoOn);
        assert_eq!(upload.next(), PartsStep::List);
        let outcome = upload.handle_list(ContentDigest::of(b"list"), &problem(409, MISSING_PARTS));
        assert_eq!((outcome, upload.next()), (PartsOutcome::GoOn, PartsStep::Look));
    }
    upload.handle_look(&listing("(1 2)"));
    let outcome = upload.handle_list(ContentDigest::of(b"list"), &problem(409, MISSING_PARTS));
    assert!(matches!(outcome, PartsOutcome::Refused(_)));
    assert_eq!(upload.next(), PartsStep::Ended);
}

#[test]
fn other_bytes_under_the_name_end_it() {
    let mut upload = upload(2);
    upload.handle_look(&answer(404));
    let outcome = upload.handle_part(1, ContentDigest::of(b"x"), &problem(409, "otherBytes"));
    assert!(matches!(outcome, PartsOutcome::Refused(_)), "{outcome:?}");
}

#[test]
fn after_a_failure_it_looks_again() {
    let mut upload = upload(2);
    upload.handle_look(&answer(404));
    let outcome = upload.handle_part(1, ContentDigest::of(b"x"), &answer(503));
    assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::Later { .. })));
    assert_eq!(upload.next(), PartsStep::Look);
    upload.handle_look(&listing("(1 1)"));
    assert_eq!(upload.next(), PartsStep::Part(2));
    upload.handle_no_answer();
    assert_eq!(upload.next(), PartsStep::Look);
}

#[test]
fn success_without_a_list_of_parts_is_not_this_protocol() {
    let mut upload = upload(2);
    for answer in [answer(204), listing("all of them")] {
        let outcome = upload.handle_look(&answer);
        assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::Unconfirmed { .. })), "{outcome:?}");
        assert_eq!(upload.next(), PartsStep::Look);
    }
}

#[test]
fn a_folder_goes_on_with_the_same_octets_under_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let mut parts = PartsFolder::open(&path, id(), 3, "a log").unwrap();
    parts.keep(1, 10, b"sealed one").unwrap();
    parts.sent(1).unwrap();
    parts.keep(2, 10, b"sealed two").unwrap();
    drop(parts);
    let parts = PartsFolder::open(&path, Uuid::from_u128(8), 3, "a log").unwrap();
    assert_eq!(parts.upload(), id(), "the name stays");
    assert_eq!(parts.sealed().len(), 2);
    assert_eq!(parts.kept(1).unwrap(), None);
    assert_eq!(parts.kept(2).unwrap(), Some((b"sealed two".to_vec(), ContentDigest::of(b"sealed two"))));
    assert_eq!(parts.kept(3).unwrap(), None);
    assert!(matches!(PartsFolder::open(&path, id(), 3, "another"), Err(Fault::AnotherLog(_))));
    assert!(matches!(PartsFolder::open(&path, id(), 4, "a log"), Err(Fault::AnotherLog(_))));
    parts.remove().unwrap();
    assert!(!path.exists());
}

#[test]
fn a_torn_line_or_a_damaged_part_is_sealed_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = PartsFolder::open(folder.path(), id(), 2, "a log").unwrap();
    parts.keep(1, 10, b"sealed one").unwrap();
    let log = folder.path().join("parts.log");
    let whole = fs::read(&log).unwrap();
    parts.keep(2, 10, b"sealed two").unwrap();
    let both = fs::read(&log).unwrap();
    drop(parts);
    for cut in whole.len()..both.len() {
        fs::write(&log, &both[..cut]).unwrap();
        let parts = PartsFolder::open(folder.path(), id(), 2, "a log").unwrap();
        assert_eq!(parts.sealed().len(), 1, "cut at {cut}");
        assert_eq!(parts.kept(2).unwrap(), None);
        assert_eq!(fs::read(&log).unwrap(), whole);
    }
    fs::write(folder.path().join("1.sealed"), b"sealed 0ne").unwrap();
    let mut parts = PartsFolder::open(folder.path(), id(), 2, "a log").unwrap();
    assert_eq!(parts.kept(1).unwrap(), None);
    parts.keep(1, 10, b"again").unwrap();
    drop(parts);
    let parts = PartsFolder::open(folder.path(), id(), 2, "a log").unwrap();
    assert_eq!(parts.sealed()[&1].digest, ContentDigest::of(b"again"));
}

proptest! {
    /// Whatever the server answers, the list goes out only when every part is known to be there, and only a
    /// receipt for the list ends it as stored.
    #[test]
    fn nothing_but_receipts_brings_it_to_its_end(
        of in 1_u32..6,
        answers in proptest::collection::vec((0_usize..8, 0_u32..7), 0..60),
    ) {
        let mut upload = upload(of);
        for (kind, parts) in answers {
            let reply = match kind {
                0 => stored(201, b"x"),
                1 => stored(200, b"x"),
                2 => stored(201, b"y"),
                3 => answer(404),
                4 => answer(503),
                5 => problem(409, MISSING_PARTS),
                6 => listing(&if parts == 0 { String::new() } else { format!("(1 {parts})") }),
                _ => answer(302),
            };
            let sent = ContentDigest::of(b"x");
            match upload.next() {
                PartsStep::Look => { upload.handle_look(&reply); }
                PartsStep::Part(part) => {
                    prop_assert!(part <= of && !upload.present().contains(part));
                    upload.handle_part(part, sent, &reply);
                }
                PartsStep::List => {
                    prop_assert!((1..=of).all(|part| upload.present().contains(part)));
                    let ended = matches!(upload.handle_list(sent, &reply), PartsOutcome::Stored { .. });
                    prop_assert_eq!(ended, kind <= 1);
                }
                PartsStep::Ended => break,
            }
        }
    }
}
