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
    assert_eq!(upload.handle_look(&problem(404, "notFound")), PartsOutcome::GoOn);
    let outcome = upload.handle_part(1, ContentDigest::of(b"x"), &stored(201, b"y"));
    assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::Unconfirmed { .. })), "{outcome:?}");
    assert!(upload.present().is_empty());
}

#[test]
fn a_part_that_is_too_large_for_somebody_in_between_ends_it_under_this_name_and_a_list_does_not() {
    let mut first = upload(2);
    first.handle_look(&listing("(1 1)"));
    let mut list = first.clone();
    let outcome = first.handle_part(2, ContentDigest::of(b"x"), &answer(413));
    assert!(
        matches!(&outcome, PartsOutcome::TooLarge(why) if why.contains("client_max_body_size")),
        "{outcome:?}"
    );
    assert_eq!(first.next(), PartsStep::Ended);
    // Smaller parts are more of them, and a longer list.
    assert_eq!(list.handle_part(2, ContentDigest::of(b"x"), &stored(201, b"x")), PartsOutcome::GoOn);
    let outcome = list.handle_list(ContentDigest::of(b"list"), &answer(413));
    assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::PassedOver { .. })), "{outcome:?}");
    assert_eq!(list.next(), PartsStep::List);
}

/// Lengths of parts and how many there are, from the first cut on to where there is no smaller one.
fn cuts(length: u64, part: u64, most: u32) -> Vec<(u64, u32)> {
    std::iter::successors(Some(Cut::new(length, part, most)), Cut::smaller)
        .map(|cut| (cut.part(), cut.parts()))
        .collect()
}

#[test]
fn parts_become_half_as_large_down_to_the_smallest_and_never_too_many() {
    assert_eq!(cuts(100_000, 50_000, 4096), [(50_000, 2), (25_000, 4), (16_384, 7)]);
    // Halves of what was sent, not of what might have been.
    assert_eq!(cuts(100_000, 4_000_000, 4096), [(4_000_000, 1), (50_000, 2), (25_000, 4), (16_384, 7)]);
    assert_eq!(cuts(100_000, 50_000, 5), [(50_000, 2), (25_000, 4), (20_000, 5)]);
    assert_eq!(
        cuts(100_000, 1_000, 5),
        [(20_000, 5)],
        "larger than wished for, where there would be too many"
    );
    for length in [0, 1, 16_384] {
        assert_eq!(cuts(length, 50_000, 4096), [(50_000, 1)]);
    }
    assert_eq!(cuts(u64::MAX, 1, 1), [(u64::MAX, 1)]);
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
fn other_bytes_under_the_name_end_it_under_this_name_alone_and_only_by_the_servers_own_word() {
    let sent = ContentDigest::of(b"x");
    let page =
        Answer { fields: vec![("content-type".into(), "text/html".into())], ..problem(409, OTHER_BYTES) };
    for (parts, of_list) in [("(1 1)", false), ("(1 2)", true)] {
        let handled = |answer: &Answer| {
            let mut upload = upload(2);
            upload.handle_look(&listing(parts));
            let outcome =
                if of_list { upload.handle_list(sent, answer) } else { upload.handle_part(2, sent, answer) };
            (outcome, upload.next())
        };
        let (outcome, next) = handled(&problem(409, OTHER_BYTES));
        assert!(matches!(outcome, PartsOutcome::OtherBytes(_)), "{outcome:?}");
        assert_eq!(next, PartsStep::Ended);
        let (outcome, next) = handled(&page);
        assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::Stopped { .. })), "{outcome:?}");
        assert_ne!(next, PartsStep::Ended);
        for other in [problem(409, "another"), problem(422, OTHER_BYTES)] {
            let (outcome, _) = handled(&other);
            assert!(matches!(outcome, PartsOutcome::Refused(_)), "{outcome:?}");
        }
    }
}

#[test]
fn a_page_that_says_that_nothing_is_there_is_not_believed() {
    let mut upload = upload(3);
    assert_eq!(upload.handle_look(&listing("(1 2)")), PartsOutcome::GoOn);
    upload.handle_no_answer();
    for status in [404, 410] {
        let page = Answer { fields: vec![("content-type".into(), "text/html".into())], ..answer(status) };
        let outcome = upload.handle_look(&page);
        assert!(matches!(outcome, PartsOutcome::Not(UploadOutcome::Later { .. })), "{status}: {outcome:?}");
        assert_eq!(upload.next(), PartsStep::Look);
    }
    assert_eq!(upload.handle_look(&listing("(1 2)")), PartsOutcome::GoOn);
    assert_eq!(upload.next(), PartsStep::Part(3), "what is there is not sealed anew");
    // To HEAD the server's own word has a header alone.
    upload.handle_no_answer();
    let gone = Answer { body: Vec::new(), ..problem(404, "notFound") };
    assert_eq!(upload.handle_look(&gone), PartsOutcome::GoOn);
    assert_eq!(upload.next(), PartsStep::Part(1));
}

#[test]
fn after_a_failure_it_looks_again() {
    let mut upload = upload(2);
    upload.handle_look(&problem(404, "notFound"));
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
    #[test]
    fn a_cut_covers_the_log_and_smaller_ones_come_to_an_end(length: u64, part: u64, most: u32) {
        let cuts = cuts(length, part, most);
        prop_assert!(cuts.len() < 66);
        for (part, parts) in &cuts {
            prop_assert!(*parts <= most.max(1));
            let (part, parts) = (u128::from(*part), u128::from(*parts));
            prop_assert!(part * parts >= u128::from(length) && part * (parts - 1) <= u128::from(length));
        }
        prop_assert!(cuts.windows(2).all(|two| two[1].0 < two[0].0));
    }

    /// Whatever the server answers, the list goes out only when every part is known to be there, and only a
    /// receipt for the list ends it as stored.
    #[test]
    fn nothing_but_receipts_brings_it_to_its_end(
        of in 1_u32..6,
        answers in proptest::collection::vec((0_usize..9, 0_u32..7), 0..60),
    ) {
        let mut upload = upload(of);
        for (kind, parts) in answers {
            let reply = match kind {
                0 => stored(201, b"x"),
                1 => stored(200, b"x"),
                2 => stored(201, b"y"),
                3 => problem(404, "notFound"),
                4 => answer(503),
                5 => problem(409, MISSING_PARTS),
                7 => answer(413),
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
