//! Uploads, whole and in parts, and the back-off between their tries against their pictures.
use super::drawn::{Arrows, STATUSES, answered, arrow, compare, drawn, event};
use remote_services_core::backoff::Backoff;
use remote_services_core::time::Timestamp;
use remote_services_transport::client::ClientError;
use remote_services_transport::document::{ContentDigest, Receipt, names};
use remote_services_transport::exchange::Answer;
use remote_services_transport::next_step::NextStep;
use remote_services_transport::parts::{Cut, PartsOutcome, PartsStep, PartsUpload};
use remote_services_transport::upload::{Concerns, UploadOutcome, judge, wait_after};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) const COMPARED: &[&str] = &["Upload", "Upload in parts", "Length of parts", "Back-off"];

type Uuid = remote_services_core::id::Uuid;

const UPLOAD: Uuid = Uuid::from_u128(1);
const BYTES: &[u8] = b"sealed";

fn answer(status: u16, variant: &str) -> Answer {
    let field = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let receipt = |bytes| {
        let stored_at = Timestamp::from_unix_seconds(1);
        serde_json::to_vec(&Receipt { upload: UPLOAD, digest: ContentDigest::of(bytes), stored_at }).unwrap()
    };
    let (fields, body) = match variant {
        "receipt" => (Vec::new(), receipt(BYTES)),
        "other-receipt" => (Vec::new(), receipt(b"others")),
        "problem" => (field("content-type", names::PROBLEM_JSON), b"{}".to_vec()),
        "missingParts" => {
            (field("content-type", names::PROBLEM_JSON), br#"{"reason":"missingParts"}"#.to_vec())
        }
        "otherBytes" => (field("content-type", names::PROBLEM_JSON), br#"{"reason":"otherBytes"}"#.to_vec()),
        "first" => (field(names::PARTS, "(1 1)"), Vec::new()),
        "all" => (field(names::PARTS, "(1 2)"), Vec::new()),
        "garbled" => (field(names::PARTS, "1, 2"), Vec::new()),
        _ => (Vec::new(), Vec::new()),
    };
    Answer { status, fields, body }
}

fn name(outcome: &UploadOutcome) -> &'static str {
    match outcome {
        UploadOutcome::Stored { .. } => "stored",
        UploadOutcome::Unconfirmed { .. } => "unconfirmed",
        UploadOutcome::Refused { .. } => "refused",
        UploadOutcome::Untrusted { .. } => "untrusted",
        UploadOutcome::Stopped { .. } => "stopped",
        UploadOutcome::PassedOver { .. } => "passedOver",
        UploadOutcome::Later { concerns: Concerns::Either, .. } => "lost",
        UploadOutcome::Later { longest: false, .. } => "later",
        UploadOutcome::Later { .. } => "muchLater",
        other => panic!("{other:?} is in no picture"),
    }
}

#[test]
fn the_picture_of_an_upload_has_every_step_of_the_code_and_no_other() {
    let variants: BTreeMap<&str, &[&str]> =
        BTreeMap::from([("spooled", &["receipt", "other-receipt", "problem", "bare"][..])]);
    let mut again = Arrows::new();
    let mut coded = answered(&variants, |_, status, variant| {
        let outcome = judge(UPLOAD, ContentDigest::of(BYTES), &answer(status, variant));
        let first = wait_after(&outcome, &mut Backoff::PROTOCOL.clone(), 0);
        let wait = match first.map(|wait| wait.as_secs()) {
            Some(5) => Some("back-off"),
            Some(3600) => Some("longest-wait"),
            None => None,
            Some(other) => panic!("{other} s"),
        };
        again.extend(wait.map(|wait| arrow(name(&outcome), wait, "spooled")));
        Some(name(&outcome).to_owned())
    });
    let silence = ClientError::Refused { peer: String::new() }.step();
    assert_eq!(silence, NextStep::BackOff);
    // Which of both it is, the tests beside the machine tell.
    coded.insert(arrow("spooled", "unreached", "later"));
    coded.insert(arrow("spooled", "no-answer", "lost"));
    coded.extend(again);
    compare("Upload", &drawn("Upload", &variants), &coded);
}

/// A state of the machine, and the state that it is in.
fn state(upload: &PartsUpload) -> &'static str {
    match upload.next() {
        PartsStep::Look => "looking",
        PartsStep::Part(_) => "sending",
        PartsStep::List => "closing",
        PartsStep::Ended => "ended",
    }
}

#[test]
fn the_picture_of_an_upload_in_parts_has_every_step_of_the_code_and_no_other() {
    let sent: &[&str] = &["receipt", "other-receipt", "problem", "missingParts", "otherBytes", "bare"];
    let variants: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("looking", &["bare", "first", "all", "garbled", "problem"][..]),
        ("sending", sent),
        ("closing", sent),
    ]);
    let digest = ContentDigest::of(BYTES);
    let start = PartsUpload::new(UPLOAD, UPLOAD, 2);
    let (mut seen, mut open, mut coded) = (BTreeSet::new(), vec![start], Arrows::new());
    while let Some(upload) = open.pop() {
        let from = state(&upload);
        if from == "ended" || !seen.insert(format!("{upload:?}")) {
            continue;
        }
        for status in STATUSES {
            for variant in variants[from] {
                let (mut after, answer) = (upload.clone(), answer(status, variant));
                let outcome = match upload.next() {
                    PartsStep::Look => after.handle_look(&answer),
                    PartsStep::Part(part) => after.handle_part(part, digest, &answer),
                    _ => after.handle_list(digest, &answer),
                };
                let to = match &outcome {
                    PartsOutcome::GoOn => state(&after),
                    PartsOutcome::Stored { .. } => "stored",
                    PartsOutcome::Refused(_) => "refused",
                    PartsOutcome::OtherBytes(_) => "otherBytes",
                    PartsOutcome::TooLarge(_) => "tooLarge",
                    PartsOutcome::Not(UploadOutcome::Later { .. }) => state(&after),
                    PartsOutcome::Not(outcome) => {
                        assert_eq!(state(&after), from, "the same again when that has changed");
                        name(outcome)
                    }
                    other => panic!("{other:?} is in no picture"),
                };
                let ends = ["stored", "refused", "otherBytes", "tooLarge"].contains(&to);
                assert_eq!(state(&after) == "ended", ends, "{outcome:?}");
                coded.insert(arrow(from, &event(status, variant), to));
                open.push(after);
            }
        }
        let mut after = upload.clone();
        after.handle_no_answer();
        coded.insert(arrow(from, "no-answer", state(&after)));
        open.push(after);
    }
    compare("Upload in parts", &drawn("Upload in parts", &variants), &coded);
}

#[test]
fn the_picture_of_the_length_of_parts_has_every_step_of_the_code_and_no_other() {
    let mut coded = Arrows::new();
    let lengths = [0, 1, Cut::SMALLEST, Cut::SMALLEST + 1, 100_000, 9_000_000, u64::MAX];
    let wishes = [1, Cut::SMALLEST, 3 * Cut::SMALLEST, 4 << 20];
    for (length, wish, most) in lengths
        .into_iter()
        .flat_map(|length| wishes.map(|wish| (length, wish)))
        .flat_map(|(length, wish)| [1, 7, 4096].map(|most| (length, wish, most)))
    {
        let (mut cut, mut from) = (Cut::new(length, wish, most), "wished");
        loop {
            coded.insert(arrow(from, "taken", "stored"));
            let Some(smaller) = cut.smaller() else {
                coded.insert(arrow(from, "too-large", "failed"));
                break;
            };
            assert!(smaller.part() < cut.part() && smaller.parts() <= most.max(cut.parts()));
            let is_half = smaller.part() == cut.part().min(length).div_ceil(2);
            assert!(is_half || smaller.smaller().is_none(), "{smaller:?}");
            let to = if smaller.smaller().is_some() { "halved" } else { "smallest" };
            coded.insert(arrow(from, "too-large", to));
            (cut, from) = (smaller, to);
        }
    }
    compare("Length of parts", &drawn("Length of parts", &BTreeMap::new()), &coded);
}

#[test]
fn the_picture_of_the_back_off_has_every_step_of_the_code_and_no_other() {
    let (base, cap) = (Duration::from_secs(5), Duration::from_secs(3600));
    let mut coded = Arrows::new();
    let mut backoff = Backoff::PROTOCOL;
    assert_eq!(backoff, Backoff::new(base, cap));
    let mut from = "rested";
    for failure in 0..40_u32 {
        let mut rested = backoff;
        rested.reset();
        assert_eq!(rested, Backoff::PROTOCOL, "all is forgotten");
        if failure > 0 {
            coded.insert(arrow(from, "succeeded", "rested"));
        }
        let asked = [None, Some(Duration::from_secs(100)), Some(2 * cap)];
        let waits = asked.map(|asked| backoff.clone().next_wait(0, asked));
        let doubled = base * 2_u32.saturating_pow(failure).min(1000);
        let least = doubled.min(cap / 2);
        assert_eq!(waits, [least, least.max(Duration::from_secs(100)), cap], "{failure}");
        let most = backoff.next_wait(u64::MAX, None);
        assert!(most >= least && most <= 2 * least, "{failure}: {most:?}");
        let to = if least < cap / 2 { "growing" } else { "longest" };
        coded.insert(arrow(from, "failed", to));
        from = to;
    }
    compare("Back-off", &drawn("Back-off", &BTreeMap::new()), &coded);
}
