//! What somebody who may write the files can try while a program has the log open.

use super::attacks::{Kept, hashed_anew};
use super::tests::{at, limits};
use super::*;
use remote_services_core::key::KeyError;
use std::fs;

/// The log of a client with so many entries, of which the last ones are in no checkpoint yet.
fn opened(entries: i64) -> (Kept, AuditLog) {
    let kept = Kept::with(entries - 1);
    let mut log = kept.open();
    log.append_lazily(at(1), "stored", "x", "the last").unwrap();
    (kept, log)
}

fn append(log: &mut AuditLog) {
    log.append(at(2), "stored", "x", "after it").unwrap();
}

/// An older copy of all files, put back.
fn put_back(kept: &Kept, copies: &[Vec<u8>; 3]) {
    for (file, copy) in [kept.log(), kept.checkpoint(), kept.copy()].iter().zip(copies) {
        fs::write(file, copy).unwrap();
    }
}

#[test]
fn an_older_copy_of_all_files_is_found_by_what_was_told_elsewhere_though_the_log_grew_past_it() {
    let kept = Kept::with(2);
    let copies = [kept.log(), kept.checkpoint(), kept.copy()].map(|file| fs::read(file).unwrap());
    let mut log = kept.open();
    append(&mut log);
    append(&mut log);
    log.checkpoint(at(2)).unwrap();
    let told = log.head();
    append(&mut log);
    log.hold_against(told, at(3)).unwrap();
    log.hold_against(ChainHead::default(), at(3)).unwrap();
    log.hold_against(log.head(), at(3)).unwrap();
    assert_eq!(log.broken(), None, "it only grew");
    drop(log);

    put_back(&kept, &copies);
    let mut log = kept.open();
    log.hold_against(told, at(3)).unwrap();
    assert_eq!(log.broken(), Some(told.entries - 1), "entries are missing");
    drop(log);

    put_back(&kept, &copies);
    let mut log = kept.open();
    for _ in 0..4 {
        log.append(at(2), "stored", "x", "another one").unwrap();
    }
    assert!(log.head().entries > told.entries && log.broken().is_none());
    log.hold_against(told, at(3)).unwrap();
    assert_eq!(log.broken(), Some(told.entries));
    log.hold_against(told, at(3)).unwrap();
    drop(log);
    kept.never_holds_again(told.entries, "is not the one that was told elsewhere");
}

#[test]
fn what_was_told_elsewhere_of_an_entry_that_rotation_gave_up_says_nothing() {
    let kept = Kept::with(3);
    let mut log = kept.open();
    let early = ChainHead { entries: 1, hash: [7; 32] };
    for _ in 0..40 {
        append(&mut log);
    }
    log.hold_against(early, at(3)).unwrap();
    assert_eq!(log.broken(), None);
    let late = ChainHead { entries: log.head().entries - 1, hash: [7; 32] };
    log.hold_against(late, at(3)).unwrap();
    assert_eq!(log.broken(), Some(late.entries));
}

#[test]
fn a_log_that_is_removed_is_told_with_the_next_entry() {
    let (kept, mut log) = opened(3);
    fs::remove_file(kept.log()).unwrap();
    assert_eq!(log.broken(), None);
    append(&mut log);
    assert_eq!(log.broken(), Some(1));
    let text = fs::read_to_string(kept.log()).unwrap();
    assert!(text.contains("entries were there up to 3") && text.contains("after it"), "{text}");
    drop(log);
    kept.never_holds_again(1, "up to 3");
}

#[test]
fn a_log_that_is_removed_with_its_checkpoints_is_told_by_the_next_checkpoint_or_mark() {
    for mark in [false, true] {
        let (kept, mut log) = opened(3);
        for file in [kept.log(), kept.checkpoint(), kept.copy()] {
            fs::remove_file(file).unwrap();
        }
        if mark { log.set_mark("software", 7, at(2)) } else { log.checkpoint(at(2)) }.unwrap();
        assert_eq!((log.broken(), log.mark("software")), (Some(1), if mark { 7 } else { 0 }));
        drop(log);
        kept.never_holds_again(1, "up to 3");
    }
}

#[test]
fn an_end_that_is_cut_off_or_a_file_that_was_edited_is_told() {
    let (kept, mut log) = opened(3);
    let text = fs::read_to_string(kept.log()).unwrap();
    fs::write(kept.log(), text.split_inclusive('\n').take(2).collect::<String>()).unwrap();
    append(&mut log);
    assert_eq!(log.broken(), Some(3));
    drop(log);
    kept.never_holds_again(3, "up to 3");

    let (kept, mut log) = opened(3);
    let edited = kept.log().with_extension("edited");
    fs::copy(kept.log(), &edited).unwrap();
    hashed_anew(&edited, |text| text.replace("entry 2", "entry 9"));
    fs::rename(edited, kept.log()).unwrap();
    append(&mut log);
    assert_eq!(log.broken(), Some(1));
    drop(log);
    kept.never_holds_again(1, "entry 3 is not the one");
}

#[test]
fn a_checkpoint_that_is_removed_is_told_and_made_again() {
    for copy in [false, true] {
        let (kept, mut log) = opened(3);
        let (gone, words) = match copy {
            true => (kept.copy(), "the copy of the checkpoint"),
            false => (kept.checkpoint(), "the checkpoint that belongs to it is gone"),
        };
        fs::remove_file(&gone).unwrap();
        append(&mut log);
        assert_eq!(log.broken(), Some(4));
        assert!(gone.exists());
        drop(log);
        kept.never_holds_again(4, words);
    }
}

#[test]
fn a_checkpoint_that_is_removed_is_told_though_the_log_cannot_be_opened_at_once() {
    let (kept, mut log) = opened(3);
    let text = fs::read(kept.log()).unwrap();
    fs::remove_file(kept.copy()).unwrap();
    fs::write(kept.log(), "no line of a log\n").unwrap();
    assert!(matches!(log.append(at(2), "stored", "x", "not yet"), Err(AuditError::Chain { .. })));
    fs::write(kept.log(), text).unwrap();
    append(&mut log);
    assert_eq!(log.broken(), Some(4));
}

#[test]
fn a_file_that_holds_the_same_or_goes_on_with_the_chain_is_no_finding() {
    let (kept, mut log) = opened(3);
    let same = kept.log().with_extension("same");
    fs::copy(kept.log(), &same).unwrap();
    fs::rename(same, kept.log()).unwrap();
    append(&mut log);
    // Somebody else with the key wrote in it, such as a log that was opened for a new one.
    kept.add(kept.open(), 5..=6);
    append(&mut log);
    log.checkpoint(at(3)).unwrap();
    assert_eq!((log.head().entries, log.broken()), (7, None));
    assert_eq!(kept.verdict().unwrap().last, 7);
    // A line that is not finished is cut off as ever.
    let mut text = fs::read(kept.log()).unwrap();
    text.extend(b"0123");
    fs::write(kept.log(), text).unwrap();
    append(&mut log);
    assert_eq!((log.head().entries, log.broken()), (9, None));
    log.checkpoint(at(4)).unwrap();
    assert_eq!(kept.verdict().unwrap().last, 9);
}

#[test]
fn what_somebody_else_added_is_not_signed_for() {
    let (kept, mut log) = opened(3);
    append(&mut log);
    let mut head = log.head();
    let line = fs::read_to_string(kept.log()).unwrap().lines().last().unwrap()[65..].to_owned();
    let forged: String = (0..3).map(|_| head.append(serde_json::from_str(&line).unwrap())).collect();
    fs::write(kept.log(), fs::read_to_string(kept.log()).unwrap() + &forged).unwrap();
    append(&mut log);
    log.checkpoint(at(3)).unwrap();
    assert_eq!(log.broken(), Some(5));
    let told = kept.verdict().unwrap_err().to_string();
    assert!(
        told.contains("entries up to 7 were added by somebody else, and up to 4 by this client"),
        "{told}"
    );
}

#[test]
fn a_rotation_that_was_not_finished_is_finished_with_the_next_entry() {
    let (kept, mut log) = opened(30);
    fs::rename(kept.log(), files::older_name(&kept.log(), log.head().entries)).unwrap();
    append(&mut log);
    log.checkpoint(at(3)).unwrap();
    assert_eq!((log.head().entries, log.broken()), (31, None));
    assert_eq!(kept.verdict().unwrap().last, 31);
}

#[test]
fn a_log_that_nobody_signs_says_itself_that_it_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    let mut log = AuditLog::open(&path, at(0)).unwrap();
    append(&mut log);
    fs::remove_file(&path).unwrap();
    append(&mut log);
    assert_eq!((log.head().entries, log.broken()), (2, Some(1)));
    let told = verify_log(&path, None, &mut |_| {});
    assert!(matches!(told, Err(Fault::History { from: 1, .. })), "{told:?}");
}

#[test]
fn a_signer_that_fails_keeps_what_was_found_from_being_forgotten() {
    struct Out;
    impl CheckpointSigner for Out {
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, KeyError> {
            Err(KeyError::Module("the token is out".into()))
        }
    }
    let kept = Kept::with(3);
    let mut log =
        AuditLog::open_signed(&kept.log(), limits(), Box::new(Out), &kept.history(), at(9)).unwrap();
    fs::remove_file(kept.log()).unwrap();
    for _ in 0..2 {
        assert!(log.append(at(2), "stored", "x", "nothing").is_err());
    }
    drop(log);
    kept.never_holds_again(1, "up to 3");
}
