use super::*;
use crate::enrol::ClientKey;
use crate::p256_key;
use remote_services_core::time::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn key() -> ClientKey {
    p256_key::fixed(7)
}

pub(super) fn public(key: &ClientKey) -> CheckpointKey {
    CheckpointKey::from_spki(&key.public_spki()).unwrap()
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

pub(super) fn limits() -> AuditLimits {
    AuditLimits { max_file: 1_000, keep: 3, checkpoint_every: 4 }
}

/// A log of nobody who was registered, without a copy of its checkpoint.
fn plain(keys: CheckpointKey) -> History {
    History { log: "audit", keys, copy: None, begun: false }
}

fn open(path: &Path) -> Result<AuditLog, AuditError> {
    AuditLog::open_signed(path, limits(), Box::new(key()), &plain(public(&key())), at(9))
}

fn verdict(path: &Path) -> Result<Verdict, Fault> {
    verify_log(path, Some(&plain(public(&key()))), &mut |_| {})
}

/// A log of so many entries, opened anew now and then.
fn written(folder: &Path, entries: i64) -> PathBuf {
    let path = folder.join("audit.log");
    let mut log = open(&path).unwrap();
    for number in 1..=entries {
        if number % 7 == 0 {
            drop(log);
            log = open(&path).unwrap();
        }
        log.append(at(number), "stored", "x", &format!("entry {number}")).unwrap();
    }
    log.checkpoint(at(entries)).unwrap();
    path
}

#[test]
fn a_log_of_any_length_is_bounded_and_its_chain_goes_on_through_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 100);
    let verdict = verdict(&path).unwrap();
    assert_eq!((verdict.last, verdict.vouched), (100, Some((100, at(100)))));
    assert!(verdict.first > 50, "the oldest were given up: {verdict:?}");
    let sizes: Vec<u64> =
        fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).collect();
    assert_eq!(sizes.len(), 5, "the present file, three older ones, a checkpoint");
    assert!(sizes.iter().all(|size| *size < 1_400), "{sizes:?}");
    let mut texts = Vec::new();
    verify_log(&path, None, &mut |entry| texts.push(entry.text)).unwrap();
    assert_eq!(texts.first(), Some(&format!("entry {}", verdict.first)));
    assert_eq!(texts.len() as u64, 100 - verdict.first + 1);
}

#[test]
fn every_changed_octet_of_every_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 22);
    verdict(&path).unwrap();
    let files: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            fs::write(&file, &bent).unwrap();
            assert!(verdict(&path).is_err(), "octet {at} of {}", file.display());
        }
        fs::write(&file, whole).unwrap();
    }
    verdict(&path).unwrap();
}

#[test]
fn a_cut_end_is_found_by_verify_and_by_the_next_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 3);
    let (whole, checkpoint) =
        (fs::read_to_string(&path).unwrap(), fs::read(path.with_extension("checkpoint")).unwrap());
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for keep in 0..lines.len() {
        fs::write(&path, lines[..keep].concat()).unwrap();
        let last = keep as u64;
        assert!(matches!(verdict(&path), Err(Fault::Cut { last: found, vouched: 3 }) if found == last));
        let opened = open(&path).unwrap();
        assert_eq!((opened.head().entries, opened.broken()), (last + 1, Some(last + 1)), "cut behind {keep}");
        let words = "entries were there up to 3";
        assert!(verdict(&path).unwrap_err().to_string().contains(words), "it stays known");
        fs::write(path.with_extension("checkpoint"), &checkpoint).unwrap();
    }
    // Another end, made with care, is no better.
    let mut other = AuditLog::open(&folder.path().join("other.log"), at(1)).unwrap();
    for number in 1..=3 {
        other.append(at(number), "stored", "x", "another").unwrap();
    }
    fs::copy(folder.path().join("other.log"), &path).unwrap();
    assert!(matches!(verdict(&path), Err(Fault::Replaced(3))));
}

#[test]
fn removed_files_and_checkpoints_and_foreign_signatures_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 100);
    let older = files::older(&path).unwrap();
    for (_, file) in &older {
        let whole = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        assert!(verdict(&path).is_err(), "{} is missing", file.display());
        fs::write(file, whole).unwrap();
    }
    let stranger = p256_key::fixed(8);
    let found = verify_log(&path, Some(&plain(public(&stranger))), &mut |_| {});
    assert!(matches!(found, Err(Fault::Signature(_))), "{found:?}");
    fs::remove_file(path.with_extension("checkpoint")).unwrap();
    assert!(matches!(verdict(&path), Err(Fault::Gone(_))));
}

#[test]
fn a_log_that_more_than_one_key_signed_is_checked_with_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 30);
    let renewed = ClientKey::generate(&mut |octets| octets.fill(8)).unwrap();
    let new = public(&renewed);
    let history = plain(new.clone().or(public(&key())));
    let mut log = AuditLog::open_signed(&path, limits(), Box::new(renewed), &history, at(31)).unwrap();
    log.append(at(31), "renewed", "certificate", "a new key").unwrap();
    log.checkpoint(at(31)).unwrap();
    drop(log);
    let check = |key: &CheckpointKey| verify_log(&path, Some(&plain(key.clone())), &mut |_| {});
    assert!(
        matches!(check(&new), Err(Fault::Signature(_))),
        "older files begin with checkpoints by the old key"
    );
    assert!(matches!(check(&public(&key())), Err(Fault::Signature(_))), "the last is by the new one");
    assert_eq!(check(&new.or(public(&key()))).unwrap().vouched, Some((31, at(31))));
}

#[test]
fn an_export_is_checked_without_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 50);
    let mut lines = Vec::new();
    export(&path, &mut lines).unwrap();
    let key = public(&key());
    let check = |lines: &[u8]| verify_export(Path::new("export"), lines, Some(&key), &mut |_| {});
    assert_eq!(check(&lines).unwrap(), verdict(&path).unwrap());
    let text = String::from_utf8(lines.clone()).unwrap();
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    for left_out in 1..all.len() {
        let mut some = all.clone();
        some.remove(left_out);
        let word = all[left_out].starts_with("checkpoint");
        assert!(word || check(some.concat().as_bytes()).is_err(), "line {left_out} left out");
    }
}

#[test]
fn an_export_that_is_signed_has_no_end_that_nobody_vouches_for_and_leaves_the_log_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 50);
    let mut log = open(&path).unwrap();
    for number in 51..=53 {
        log.append(at(number), "stored", "x", "behind the checkpoint").unwrap();
    }
    let behind = log.unsigned();
    assert!(behind > 0);
    let files = || {
        let files = fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().path());
        files.map(|file| (fs::read(&file).unwrap(), file)).collect::<Vec<_>>()
    };
    let (before, history) = (files(), plain(public(&key())));
    let taken = |signer: &dyn CheckpointSigner, history: &History| {
        let mut lines = Vec::new();
        let signed = export_signed(&path, history, signer, at(60), &mut lines).unwrap();
        let check = verify_export(Path::new("export"), &lines[..], Some(&public(&key())), &mut |_| {});
        (signed, check.unwrap(), String::from_utf8(lines).unwrap())
    };
    let (signed, checked, text) = taken(&key(), &history);
    assert_eq!((checked.last, checked.vouched, checked.unsigned()), (53, Some((53, at(60))), 0));
    assert_eq!(signed.unwrap(), checked);
    // Cut at a checkpoint inside it, it does not say that it ends there.
    assert!(checked.is_end);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut cut = 0;
    for end in 1..lines.len() {
        let shown = lines[..end].concat();
        let found = verify_export(Path::new("export"), shown.as_bytes(), Some(&public(&key())), &mut |_| {});
        cut += usize::from(found.is_ok_and(|found| {
            assert!(!found.is_end, "cut after line {end}");
            found.unsigned() == 0
        }));
    }
    assert!(cut > 0, "it would pass for the whole otherwise");
    assert!(before == files(), "nothing is written there");
    assert_eq!(verdict(&path).unwrap().unsigned(), behind);

    // Nothing is signed on top of what does not hold: here a copy of a checkpoint that was there.
    let missed = History { copy: Some(folder.path().join("gone")), begun: true, ..history };
    let (signed, checked, _) = taken(&key(), &missed);
    assert!(!checked.is_end, "nobody says so");
    assert!(matches!(signed, Err(NotSigned::Doubted(Fault::Gone(_)))), "{signed:?}");
    assert_eq!((checked.last, checked.unsigned()), (53, behind));
}

#[test]
fn a_crash_between_the_steps_of_a_rotation_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 12);
    let last = verdict(&path).unwrap().last;
    fs::rename(&path, files::older_name(&path, last)).unwrap();
    assert_eq!(verdict(&path).unwrap().last, last);
    let mut log = open(&path).unwrap();
    log.append(at(99), "stored", "x", "after the crash").unwrap();
    assert_eq!(verdict(&path).unwrap().last, last + 1);
}
