//! What somebody who may write the files, and has not the key, can try.

use super::checkpoint::Place;
use super::tests::{at, key, limits, public};
use super::*;
use crate::p256_key;
use std::fs;
use std::path::{Path, PathBuf};

/// A client's log: it was registered, and a copy of the last checkpoint is kept in a folder of its own.
pub(super) struct Kept(tempfile::TempDir);

impl Kept {
    /// With so many entries, all signed for.
    pub(super) fn with(entries: i64) -> Self {
        let made = Self(tempfile::tempdir().unwrap());
        fs::create_dir(made.0.path().join("identity")).unwrap();
        let first = AuditLog::open_signed(
            &made.log(),
            limits(),
            Box::new(key()),
            &History { begun: false, ..made.history() },
            at(0),
        );
        made.add(first.unwrap(), 1..=entries);
        made
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.path().join("audit.log")
    }

    pub(super) fn checkpoint(&self) -> PathBuf {
        self.0.path().join("audit.checkpoint")
    }

    pub(super) fn copy(&self) -> PathBuf {
        self.0.path().join("identity/audit.checkpoint")
    }

    pub(super) fn history(&self) -> History {
        History { log: "audit", keys: public(&key()), copy: Some(self.copy()), begun: true }
    }

    pub(super) fn open(&self) -> AuditLog {
        AuditLog::open_signed(&self.log(), limits(), Box::new(key()), &self.history(), at(9)).unwrap()
    }

    pub(super) fn add(&self, mut log: AuditLog, entries: std::ops::RangeInclusive<i64>) {
        for number in entries {
            log.append(at(number), "stored", "x", &format!("entry {number}")).unwrap();
        }
        log.checkpoint(at(99)).unwrap();
    }

    pub(super) fn verdict(&self) -> Result<Verdict, Fault> {
        verify_log(&self.log(), Some(&self.history()), &mut |_| {})
    }

    /// After the attack, the agent goes on for as long as rotation needs to forget what it saw. That the history does not
    /// hold from there on is known before, at once, and ever after.
    pub(super) fn never_holds_again(&self, from: u64, words: &str) {
        assert!(self.verdict().is_err(), "seen before anything is signed");
        let log = self.open();
        assert_eq!(log.broken(), Some(from));
        drop(log);
        let told = self.verdict().unwrap_err();
        assert!(matches!(&told, Fault::History { from: told, why: Some(_) } if *told == from), "{told}");
        assert!(told.to_string().contains(words), "{told}");
        for turn in 0..3 {
            let log = self.open();
            assert_eq!(log.broken(), Some(from));
            self.add(log, 1..=60);
            let told = self.verdict().unwrap_err();
            assert!(matches!(told, Fault::History { from: told, .. } if told == from), "turn {turn}: {told}");
        }
        let mut said = 0;
        let _ = verify_log(&self.log(), None, &mut |entry| {
            said += u32::from(entry.event == BROKEN);
        });
        assert_eq!(said, 0, "the entry that said so is gone, and still it is known");
        let mut export = Vec::new();
        super::export(&self.log(), &mut export).unwrap();
        let told = verify_export(Path::new("export"), &export[..], Some(&public(&key())), &mut |_| {});
        assert!(matches!(told, Err(Fault::History { .. })), "{told:?}");
    }
}

/// The entries as text, edited, in a chain that holds together.
pub(super) fn hashed_anew(log: &Path, edit: impl Fn(&str) -> String) {
    let text = edit(&fs::read_to_string(log).unwrap());
    let mut head = ChainHead::default();
    let mut lines = String::new();
    for line in text.lines() {
        match line.strip_prefix("checkpoint ") {
            Some(_) => {
                let read = Checkpoint::from_line(line.as_bytes()).unwrap();
                head = read.head().unwrap();
                lines += &read.to_line();
            }
            None => lines += &head.append(serde_json::from_str(&line[65..]).unwrap()),
        }
    }
    fs::write(log, lines).unwrap();
}

#[test]
fn nothing_is_found_where_nobody_did_anything_whatever_a_crash_leaves() {
    let kept = Kept::with(3);
    kept.verdict().unwrap();
    for entry in 4..40 {
        // Killed between an entry and its checkpoint; between a checkpoint and its copy.
        let (checkpoint, copy) = (fs::read(kept.checkpoint()).unwrap(), fs::read(kept.copy()).unwrap());
        kept.add(kept.open(), entry..=entry);
        match entry % 3 {
            0 => fs::write(kept.copy(), copy).unwrap(),
            1 => {
                fs::write(kept.copy(), copy).unwrap();
                fs::write(kept.checkpoint(), checkpoint).unwrap();
            }
            _ => {}
        }
        assert_eq!(kept.verdict().unwrap().last, u64::try_from(entry).unwrap());
        assert_eq!(kept.open().broken(), None, "entry {entry}");
    }
    // Killed while it is registered: before the first entry, between a checkpoint and its copy.
    let kept = Kept::with(0);
    assert_eq!(kept.open().broken(), None);
    fs::remove_file(kept.log()).unwrap();
    fs::remove_file(kept.copy()).unwrap();
    let registering = History { begun: false, ..kept.history() };
    let log = AuditLog::open_signed(&kept.log(), limits(), Box::new(key()), &registering, at(1)).unwrap();
    kept.add(log, 1..=3);
    assert_eq!(kept.open().broken(), None);
    kept.verdict().unwrap();
}

#[test]
fn a_checkpoint_that_was_removed_alone_is_missed() {
    let kept = Kept::with(30);
    fs::remove_file(kept.copy()).unwrap();
    assert!(matches!(kept.verdict(), Err(Fault::Gone(file)) if file == kept.copy()));
    kept.never_holds_again(31, "the copy of the checkpoint");
    let kept = Kept::with(30);
    fs::remove_file(kept.checkpoint()).unwrap();
    kept.never_holds_again(31, "the checkpoint that belongs to it is gone");
}

#[test]
fn an_edited_entry_in_a_chain_that_was_hashed_anew_is_not_signed_over() {
    let kept = Kept::with(3);
    kept.add(kept.open(), 4..=4);
    // What the copy vouches for and the checkpoint beside the log says something else about: the earlier one counts.
    hashed_anew(&kept.log(), |text| text.replace("entry 2", "entry two"));
    kept.never_holds_again(1, "entry 4 is not the one");

    let kept = Kept::with(3);
    let copy = fs::read(kept.copy()).unwrap();
    kept.add(kept.open(), 4..=5);
    fs::write(kept.copy(), copy).unwrap();
    hashed_anew(&kept.log(), |text| text.replace("entry 4", "entry four"));
    kept.never_holds_again(4, "entry 5 is not the one");
}

#[test]
fn an_edited_entry_that_is_followed_by_many_more_is_found() {
    let kept = Kept::with(3);
    hashed_anew(&kept.log(), |text| {
        let last = text.lines().last().unwrap().to_owned();
        text.replace("entry 2", "entry two") + &format!("{last}\n").repeat(3)
    });
    kept.never_holds_again(1, "entry 3 is not the one");
}

#[test]
fn a_cut_end_without_its_checkpoints_is_found() {
    for (beside, copy, from, words) in [
        (false, false, 3, "up to 3"),
        (true, false, 3, "up to 3"),
        (false, true, 3, "up to 3"),
        (true, true, 1, "the checkpoint that belongs to it is gone"),
    ] {
        let kept = Kept::with(3);
        let text = fs::read_to_string(kept.log()).unwrap();
        fs::write(kept.log(), text.split_inclusive('\n').take(2).collect::<String>()).unwrap();
        for (file, _) in [(kept.checkpoint(), beside), (kept.copy(), copy)].iter().filter(|(_, gone)| *gone) {
            fs::remove_file(file).unwrap();
        }
        kept.never_holds_again(from, words);
    }
}

#[test]
fn a_log_that_is_gone_is_missed() {
    for copy in [false, true] {
        let kept = Kept::with(30);
        for item in fs::read_dir(kept.0.path()).unwrap().map(|item| item.unwrap().path()) {
            if item.is_file() {
                fs::remove_file(item).unwrap();
            }
        }
        if copy {
            fs::remove_file(kept.copy()).unwrap();
        }
        kept.never_holds_again(1, if copy { "it is gone" } else { "up to 30" });
    }
}

#[test]
fn a_checkpoint_by_another_key_or_none_at_all_is_no_checkpoint() {
    let other = p256_key::fixed(8);
    for (entries, line) in [
        (
            3,
            Checkpoint::sign(
                ("audit", Place::Kept),
                ChainHead::default(),
                &Carried::default(),
                at(1),
                &other,
            )
            .unwrap()
            .to_line(),
        ),
        (3, Checkpoint::unsigned(ChainHead::default(), &Carried::default(), at(1)).to_line()),
        (3, "checkpoint {}\n".to_owned()),
        (3, String::new()),
    ] {
        let kept = Kept::with(entries);
        fs::write(kept.checkpoint(), &line).unwrap();
        fs::remove_file(kept.copy()).unwrap();
        hashed_anew(&kept.log(), |text| text.replace("entry 2", "entry two"));
        let words = if line.contains("signature") { "not signed by this client" } else { "cannot be read" };
        kept.never_holds_again(1, words);
    }
}

#[test]
fn a_file_that_was_removed_is_missed_when_the_log_is_opened() {
    let begun = Kept::with(30);
    let count = files::older(&begun.log()).unwrap().len();
    assert!(count >= 2 && count <= limits().keep, "{count} older files");
    for nth in 0..count {
        let kept = Kept::with(30);
        fs::remove_file(&files::older(&kept.log()).unwrap()[nth].1).unwrap();
        assert!(kept.verdict().is_err());
        if nth > 0 || count <= limits().keep {
            let log = kept.open();
            assert!(log.broken().is_some(), "file {nth}");
            let entries = log.head().entries;
            drop(log);
            assert_eq!(kept.open().head().entries, entries, "it is told once");
        }
    }
}

#[test]
fn an_older_file_that_was_hashed_anew_or_cut_is_missed_when_the_log_is_opened() {
    type Edit = fn(&Path);
    let edits: [(Edit, bool); 3] = [
        (|file| hashed_anew(file, |text| text.replacen("entry ", "no entry ", 1)), true),
        (
            |file| {
                let text = fs::read_to_string(file).unwrap();
                let end = text.trim_end().rfind('\n').unwrap();
                fs::write(file, &text[..=end]).unwrap();
            },
            true,
        ),
        // Inside a file, in a chain that does not hold together: whoever verifies finds it.
        (
            |file| {
                fs::write(file, fs::read_to_string(file).unwrap().replacen("entry ", "no entry ", 1))
                    .unwrap();
            },
            false,
        ),
    ];
    for (edit, is_missed) in edits {
        for nth in 0..files::older(&Kept::with(30).log()).unwrap().len() {
            let kept = Kept::with(30);
            let file = files::older(&kept.log()).unwrap()[nth].1.clone();
            assert_eq!(kept.open().broken(), None);
            edit(&file);
            assert!(kept.verdict().is_err());
            let begins = part::start_of(&file).unwrap().unwrap().0.entries + 1;
            assert_eq!(kept.open().broken(), is_missed.then_some(begins), "file {nth}");
        }
    }
}

#[test]
fn what_was_found_cannot_be_taken_out_of_a_checkpoint() {
    let kept = Kept::with(3);
    hashed_anew(&kept.log(), |text| text.replace("entry 2", "entry two"));
    drop(kept.open());
    let line = fs::read_to_string(kept.checkpoint()).unwrap();
    let without = line.replace("\"broken\":1,", "");
    assert_ne!(line, without);
    for file in [kept.checkpoint(), kept.copy()] {
        fs::write(file, &without).unwrap();
    }
    assert!(matches!(kept.verdict(), Err(Fault::Signature(_))));
    hashed_anew(&kept.log(), |text| text.lines().take(3).map(|line| format!("{line}\n")).collect());
    assert_eq!(kept.open().broken(), Some(1));
}
