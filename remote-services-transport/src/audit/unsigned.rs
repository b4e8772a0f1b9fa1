//! Entries that are there while nobody can sign for them: a token that is out, a disk that takes no checkpoint.

use super::attacks::Kept;
use super::tests::{at, key, limits};
use super::*;
use remote_services_core::key::KeyError;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Of more entries a file than those of the other tests: this is not about rotation.
fn roomy() -> AuditLimits {
    AuditLimits { max_file: 4_000, ..limits() }
}

/// This client's key, in a token that can be taken out.
#[derive(Clone, Default)]
struct Token(Arc<AtomicBool>);

impl Token {
    fn take_out(&self, out: bool) {
        self.0.store(out, Ordering::Relaxed);
    }
}

impl CheckpointSigner for Token {
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(KeyError::Module("the token is out".into())),
            false => CheckpointSigner::sign(&key(), octets),
        }
    }
}

/// A log with three entries that are signed for, and the token that signs.
fn opened() -> (Kept, AuditLog, Token) {
    let (kept, token) = (Kept::with(3), Token::default());
    let log = AuditLog::open_signed(&kept.log(), roomy(), Box::new(token.clone()), &kept.history(), at(9));
    (kept, log.unwrap(), token)
}

fn append(log: &mut AuditLog, text: &str) {
    log.append(at(10), "stored", "x", text).unwrap();
}

fn times(kept: &Kept, text: &str) -> usize {
    let mut times = 0;
    let _ = verify_log(&kept.log(), None, &mut |entry| times += usize::from(entry.text == text));
    times
}

fn vouched(kept: &Kept) -> u64 {
    kept.verdict().unwrap().vouched.unwrap().0
}

#[test]
fn an_entry_is_there_once_though_its_checkpoint_fails_and_is_signed_for_with_the_next_one() {
    let (kept, mut log, token) = opened();
    token.take_out(true);
    for number in 4..=8 {
        append(&mut log, &format!("entry {number}"));
    }
    assert_eq!((log.head().entries, log.unsigned(), vouched(&kept)), (8, 5, 3));
    assert!(log.checkpoint(at(11)).unwrap_err().to_string().contains("the token is out"), "who asks is told");
    assert!((4..=8).all(|number| times(&kept, &format!("entry {number}")) == 1));
    token.take_out(false);
    append(&mut log, "entry 9");
    assert_eq!((log.unsigned(), vouched(&kept)), (0, 9));
    append(&mut log, "entry 10");
    assert_eq!(log.unsigned(), 1, "and no more often than ever");
}

#[test]
fn a_disk_that_takes_no_checkpoint_fails_no_entry_either() {
    let (kept, mut log, _token) = opened();
    let copy = fs::read(kept.copy()).unwrap();
    fs::remove_file(kept.copy()).unwrap();
    fs::create_dir(kept.copy()).unwrap();
    for number in 4..=8 {
        append(&mut log, &format!("entry {number}"));
    }
    assert_eq!((log.unsigned(), times(&kept, "entry 7")), (5, 1));
    fs::remove_dir(kept.copy()).unwrap();
    fs::write(kept.copy(), copy).unwrap();
    log.checkpoint(at(11)).unwrap();
    assert_eq!((log.unsigned(), vouched(&kept), log.broken()), (0, 8, None));
}

#[test]
fn what_is_due_is_signed_for_when_the_log_is_closed_unless_somebody_was_at_it() {
    for at_it in [false, true] {
        let (kept, mut log, token) = opened();
        token.take_out(true);
        for number in 4..=8 {
            append(&mut log, &format!("entry {number}"));
        }
        token.take_out(false);
        if at_it {
            fs::remove_file(kept.checkpoint()).unwrap();
        }
        drop(log);
        match at_it {
            true => assert!(matches!(kept.verdict(), Err(Fault::Gone(_)))),
            false => assert_eq!(vouched(&kept), 8),
        }
    }
}

#[test]
fn no_more_waits_for_a_signature_than_one_file_has() {
    let (kept, mut log, token) = opened();
    token.take_out(true);
    let failed =
        (4..1_000).find(|number| log.append(at(10), "stored", "x", &format!("entry {number}")).is_err());
    let failed = failed.unwrap();
    let octets = fs::metadata(kept.log()).unwrap().len();
    assert!(octets >= roomy().max_file && octets < roomy().max_file + 400, "{octets}");
    assert_eq!((log.head().entries, log.unsigned(), vouched(&kept)), (failed - 1, failed - 4, 3));
    assert_eq!(times(&kept, &format!("entry {failed}")), 0, "what is refused is not there");
    token.take_out(false);
    append(&mut log, &format!("entry {failed}"));
    log.checkpoint(at(11)).unwrap();
    assert_eq!((vouched(&kept), times(&kept, &format!("entry {failed}"))), (failed, 1));
}

#[test]
fn what_does_not_hold_is_told_once_and_stands_in_the_next_checkpoint_that_can_be_signed() {
    let (kept, log, token) = opened();
    drop(log);
    let text = fs::read_to_string(kept.log()).unwrap();
    fs::write(kept.log(), text.split_inclusive('\n').take(2).collect::<String>()).unwrap();
    token.take_out(true);
    let history = kept.history();
    let open = || AuditLog::open_signed(&kept.log(), roomy(), Box::new(token.clone()), &history, at(9));
    let mut log = open().unwrap();
    append(&mut log, "after it");
    assert_eq!(log.broken(), Some(3));
    token.take_out(false);
    append(&mut log, "signed for");
    assert_eq!(log.unsigned(), 0);
    let said = fs::read_to_string(kept.log()).unwrap().matches("\"event\":\"broken\"").count();
    assert_eq!(said, 1);
    drop(log);
    kept.never_holds_again(3, "up to 3");
}

#[test]
fn a_mark_that_could_not_be_signed_is_not_taken_for_one_that_was() {
    let (kept, mut log, token) = opened();
    token.take_out(true);
    for _ in 0..2 {
        log.set_mark("software", 7, at(10)).unwrap_err();
    }
    assert_eq!(kept.verdict().unwrap().marks.get("software"), None);
    token.take_out(false);
    log.set_mark("software", 7, at(10)).unwrap();
    assert_eq!(kept.verdict().unwrap().marks.get("software"), Some(&7));
}
