//! What checkpoints carry along, and what somebody without the key can make of it.

use super::attacks::Kept;
use super::checkpoint::Place;
use super::tests::{at, key, limits};
use super::*;
use crate::p256_key;
use std::fs;

#[test]
fn a_mark_only_grows_and_outlives_rotation_and_whoever_removes_a_checkpoint() {
    let kept = Kept::with(3);
    let mut log = kept.open();
    log.set_mark("software", 7, at(1)).unwrap();
    log.set_mark("software", 5, at(1)).unwrap();
    assert_eq!((log.mark("software"), log.mark("other")), (7, 0));
    kept.add(log, 4..=60);
    for gone in [vec![], vec![kept.checkpoint()], vec![kept.copy()], vec![kept.checkpoint(), kept.copy()]] {
        for file in &gone {
            fs::remove_file(file).unwrap();
        }
        let log = kept.open();
        assert_eq!(log.mark("software"), 7, "without {gone:?}");
        kept.add(log, 1..=1);
    }
    let line = fs::read_to_string(kept.checkpoint()).unwrap();
    assert!(line.contains(r#""marks":{"software":7}"#), "{line}");
    fs::write(kept.checkpoint(), line.replace(r#""software":7"#, r#""software":1"#)).unwrap();
    assert!(matches!(kept.verdict(), Err(Fault::Signature(_))), "it is signed");
    assert_eq!(kept.open().mark("software"), 7);
}

#[test]
fn a_word_is_the_last_one_that_was_put_down_and_outlives_rotation() {
    let kept = Kept::with(3);
    let mut log = kept.open();
    for word in ["one", "two", "one"] {
        log.set_word("file", word, at(1)).unwrap();
        assert_eq!((log.word("file"), log.word("other")), (Some(word), None));
    }
    kept.add(log, 4..=60);
    assert_eq!(kept.open().word("file"), Some("one"));
    // Of two checkpoints the later one counts, whatever it says.
    let before = fs::read(kept.copy()).unwrap();
    kept.open().set_word("file", "three", at(2)).unwrap();
    fs::write(kept.copy(), before).unwrap();
    assert_eq!(kept.open().word("file"), Some("three"));
    let line = fs::read_to_string(kept.checkpoint()).unwrap();
    fs::write(kept.checkpoint(), line.replace("three", "seven")).unwrap();
    assert!(matches!(kept.verdict(), Err(Fault::Signature(_))));
    assert_eq!(kept.open().word("file"), Some("one"), "what nobody signed is no word");
}

/// A checkpoint as a later version writes it, that says something more.
fn of_a_later_version(line: &str) -> String {
    let (statement, _) =
        line.trim_end().strip_prefix("checkpoint ").unwrap().rsplit_once(",\"signature\"").unwrap();
    let statement = statement.replacen(",\"time\":", ",\"later\":{\"than\": [1,\"this\"]},\"time\":", 1);
    let signed = format!("remote-services audit checkpoint\n{statement}}}");
    let signature = CheckpointSigner::sign(&key(), signed.as_bytes()).unwrap();
    let digits: String = signature.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("checkpoint {statement},\"signature\":\"{digits}\"}}\n")
}

#[test]
fn what_a_later_version_says_in_a_checkpoint_is_read_over_and_signed_all_the_same() {
    let kept = Kept::with(30);
    let mut log = kept.open();
    log.set_mark("software", 7, at(1)).unwrap();
    drop(log);
    let text = fs::read_to_string(kept.log()).unwrap();
    let first = text.lines().next().unwrap().to_owned();
    fs::write(kept.log(), text.replace(&first, of_a_later_version(&first).trim_end())).unwrap();
    let line = of_a_later_version(&fs::read_to_string(kept.checkpoint()).unwrap());
    for file in [kept.checkpoint(), kept.copy()] {
        fs::write(file, &line).unwrap();
    }
    kept.verdict().unwrap();
    for (from, to) in
        [("[1,", "[2,"), (": [1", ":[1"), (",\"later\":{\"than\": [1,\"this\"]}", ""), ("this", "that")]
    {
        let edited = line.replace(from, to);
        assert_ne!(edited, line);
        fs::write(kept.checkpoint(), &edited).unwrap();
        assert!(matches!(kept.verdict(), Err(Fault::Signature(_))), "{edited}");
    }
    fs::write(kept.checkpoint(), &line).unwrap();
    let log = kept.open();
    assert_eq!((log.broken(), log.mark("software")), (None, 7), "the version before goes on");
    kept.add(log, 31..=40);
    kept.verdict().unwrap();
}

/// The same statement with a mark that is higher, under the signature of the one before.
fn with_a_mark_of(line: &str, mark: u64) -> String {
    let raised = line.replace(r#""software":7"#, &format!(r#""software":{mark}"#));
    assert_ne!(raised, line);
    raised
}

#[test]
fn a_mark_counts_only_where_this_client_signed_it() {
    let begun = || {
        let kept = Kept::with(30);
        kept.open().set_mark("software", 7, at(1)).unwrap();
        // Until the next file begins, which says it, too.
        kept.add(kept.open(), 31..=60);
        kept
    };
    let mark = |kept: &Kept| {
        assert!(matches!(kept.verdict(), Err(Fault::Signature(_))));
        let log = kept.open();
        assert!(log.broken().is_some(), "and it is told that somebody tried");
        log.mark("software")
    };
    let kept = begun();
    for file in [kept.checkpoint(), kept.copy()] {
        let line = fs::read_to_string(&file).unwrap();
        fs::write(file, with_a_mark_of(&line, 1_000_000)).unwrap();
    }
    assert_eq!(mark(&kept), 7, "the present file has it from its begin on");

    let kept = begun();
    let text = fs::read_to_string(kept.log()).unwrap();
    fs::write(kept.log(), with_a_mark_of(&text, 1_000_000)).unwrap();
    assert_eq!(mark(&kept), 7, "the checkpoint beside the log has it");

    let kept = begun();
    let head =
        Checkpoint::from_line(fs::read(kept.copy()).unwrap().trim_ascii_end()).unwrap().head().unwrap();
    let raised = Carried { marks: [("software".to_owned(), 1_000_000)].into(), ..Carried::default() };
    let other = Checkpoint::sign(("audit", Place::Kept), head, &raised, at(9), &p256_key::fixed(8)).unwrap();
    fs::write(kept.copy(), other.to_line()).unwrap();
    assert_eq!(mark(&kept), 7);

    // A file that is begun anew goes on with what the one before says, if that is this client's word.
    let kept = begun();
    fs::remove_file(kept.log()).unwrap();
    let (_, last) = files::older(&kept.log()).unwrap().pop().unwrap();
    let text = fs::read_to_string(&last).unwrap();
    fs::write(&last, with_a_mark_of(&text, 1_000_000)).unwrap();
    assert_eq!(mark(&kept), 7);
}

#[test]
fn what_its_owner_doubts_is_never_believed_again() {
    let kept = Kept::with(3);
    let mut log = kept.open();
    log.doubt("what belongs to it is gone", at(4)).unwrap();
    log.doubt("another thing", at(4)).unwrap();
    assert_eq!((log.broken(), log.head().entries), (Some(4), 4));
    drop(log);
    kept.never_holds_again(4, "what belongs to it is gone");
}

#[test]
fn a_log_may_be_bounded_in_another_way_from_its_next_file_on_and_still_holds() {
    for octets in [8 * 400, 8 * 4_000] {
        let kept = Kept::with(60);
        let mut log = kept.open();
        let other = AuditLimits { keep: limits().keep, ..AuditLimits::of_octets(octets) };
        assert_eq!(other.max_file, octets / 8);
        log.bound(other);
        kept.add(log, 61..=160);
        let verdict = kept.verdict().unwrap();
        assert_eq!((verdict.last, verdict.vouched), (160, Some((160, at(99)))));
        assert_eq!(kept.open().broken(), None);
    }
}

#[test]
fn the_verdict_has_the_marks_that_were_signed() {
    let kept = Kept::with(3);
    kept.open().set_mark("software", 7, at(1)).unwrap();
    assert_eq!(kept.verdict().unwrap().marks, [("software".to_owned(), 7)].into());
}
