//! What somebody without the key can put elsewhere: lines, files, a whole other log, parts of an export.

use super::attacks::Kept;
use super::checkpoint::Place;
use super::tests::{at, key, limits, public};
use super::*;
use crate::p256_key;
use std::fs;
use std::path::{Path, PathBuf};

fn log_of(folder: &Path, log: &'static str, entries: i64) -> (PathBuf, History) {
    let path = folder.join(format!("{log}.log"));
    let copy = Some(folder.join(format!("{log}.copy")));
    let history = History { log, keys: public(&key()), copy, begun: false };
    let mut open = AuditLog::open_signed(&path, limits(), Box::new(key()), &history, at(0)).unwrap();
    for number in 1..=entries {
        open.append(at(number), "stored", log, &format!("entry {number}")).unwrap();
    }
    open.checkpoint(at(99)).unwrap();
    (path, History { begun: true, ..history })
}

#[test]
fn another_log_by_the_same_key_does_not_pass_for_this_one() {
    for entries in [3, 40] {
        let folder = tempfile::tempdir().unwrap();
        let (audit, history) = log_of(folder.path(), "audit", entries);
        let (exchanges, others) = log_of(folder.path(), "exchanges", entries);
        let verdict = |path: &Path, history: &History| {
            verify_log(path, Some(history), &mut |_| {}).map(|verdict| verdict.log)
        };
        assert_eq!(verdict(&audit, &history).unwrap(), "audit");
        assert_eq!(verdict(&exchanges, &others).unwrap(), "exchanges");
        for (_, file) in files::older(&audit).unwrap() {
            fs::remove_file(file).unwrap();
        }
        for (last, file) in files::older(&exchanges).unwrap() {
            fs::copy(file, files::older_name(&audit, last)).unwrap();
        }
        fs::copy(&exchanges, &audit).unwrap();
        fs::copy(files::checkpoint(&exchanges), files::checkpoint(&audit)).unwrap();
        fs::copy(others.copy.as_ref().unwrap(), history.copy.as_ref().unwrap()).unwrap();
        let told = verdict(&audit, &history).unwrap_err();
        assert!(matches!(&told, Fault::OtherLog { other, .. } if other == "exchanges"), "{told}");
        let opened = AuditLog::open_signed(&audit, limits(), Box::new(key()), &history, at(100)).unwrap();
        assert!(opened.broken().is_some(), "nothing is signed on top of it");
    }
}

#[test]
fn an_export_says_of_which_log_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for log in ["audit", "exchanges"] {
        let (path, history) = log_of(folder.path(), log, 20);
        let before = lines.len();
        let signed = export_signed(&path, &history, &key(), at(100), &mut lines).unwrap();
        let check = verify_export(Path::new("export"), &lines[before..], Some(&public(&key())), &mut |_| {});
        assert_eq!(check.unwrap(), signed.unwrap());
    }
    let text = String::from_utf8(lines).unwrap();
    assert!(text.contains(r#""log":"audit""#) && text.contains(r#""log":"exchanges""#));
}

/// A log of several files, and what became of one of them.
fn edited(edit: impl FnOnce(&Kept, &[(u64, PathBuf)])) -> Result<Verdict, Fault> {
    let kept = Kept::with(30);
    let older = files::older(&kept.log()).unwrap();
    assert!(older.len() >= 2);
    kept.verdict().unwrap();
    edit(&kept, &older);
    kept.verdict()
}

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap().split_inclusive('\n').map(str::to_owned).collect()
}

#[test]
fn a_checkpoint_that_a_file_begins_with_is_missed() {
    let without_first = |file: &Path| fs::write(file, lines(file)[1..].concat()).unwrap();
    for told in [
        edited(|kept, _| without_first(&kept.log())),
        edited(|_, older| without_first(&older[1].1)),
        edited(|kept, older| {
            // All in one file.
            let all = older.iter().map(|(_, file)| lines(file).concat()).collect::<String>();
            fs::write(kept.log(), all + &lines(&kept.log()).concat()).unwrap();
            older.iter().for_each(|(_, file)| fs::remove_file(file).unwrap());
        }),
        edited(|_, older| {
            // The last line of one file at the beginning of the next.
            let (mut one, mut next) = (lines(&older[0].1), lines(&older[1].1));
            next.insert(0, one.pop().unwrap());
            fs::write(&older[0].1, one.concat()).unwrap();
            fs::write(&older[1].1, next.concat()).unwrap();
        }),
    ] {
        assert!(matches!(told, Err(Fault::File { .. } | Fault::Chain { .. })), "{told:?}");
    }
    // The oldest that is there has none before it whose end it could say.
    let begun = Kept::with(3);
    let checkpoint =
        Checkpoint::sign(("audit", Place::Begin), ChainHead::default(), &Carried::default(), at(1), &key())
            .unwrap();
    fs::write(begun.log(), checkpoint.to_line() + &lines(&begun.log()).concat()).unwrap();
    assert!(matches!(begun.verdict(), Err(Fault::File { .. })), "{:?}", begun.verdict());
}

#[test]
fn a_checkpoint_between_entries_or_of_an_export_is_found() {
    let kept = Kept::with(30);
    let line = fs::read_to_string(kept.checkpoint()).unwrap();
    for place in 0..=2 {
        let told = edited(|_, older| {
            let mut all = lines(&older[1].1);
            all.insert(place, line.clone());
            fs::write(&older[1].1, all.concat()).unwrap();
        });
        assert!(matches!(told, Err(Fault::File { .. })), "{place}: {told:?}");
    }
    let told = edited(|kept, _| {
        let line = fs::read_to_string(kept.checkpoint()).unwrap();
        fs::write(kept.log(), lines(&kept.log()).concat() + &line).unwrap();
    });
    assert!(matches!(told, Err(Fault::File { .. })), "{told:?}");
    let told = edited(|kept, _| {
        let mut export = Vec::new();
        let signed = export_signed(&kept.log(), &kept.history(), &key(), at(1), &mut export);
        signed.unwrap().unwrap();
        let export = String::from_utf8(export).unwrap();
        fs::write(kept.checkpoint(), export.split_inclusive('\n').next_back().unwrap()).unwrap();
    });
    assert!(matches!(told, Err(Fault::File { .. })), "{told:?}");
}

#[test]
fn a_checkpoint_that_says_less_and_was_signed_for_another_place_does_not_cut_the_log() {
    // The first line of the last file, and the end of an export from before.
    for of_an_export in [false, true] {
        let kept = Kept::with(30);
        let mut export = Vec::new();
        export_signed(&kept.log(), &kept.history(), &key(), at(1), &mut export).unwrap().unwrap();
        kept.add(kept.open(), 31..=32);
        let (line, rest) = match of_an_export {
            true => {
                let line = String::from_utf8(export).unwrap().lines().last().unwrap().to_owned() + "\n";
                let all = lines(&kept.log());
                (line, all[..all.len() - 2].concat())
            }
            false => (lines(&kept.log()).remove(0), lines(&kept.log()).remove(0)),
        };
        for (file, text) in [(kept.log(), &rest), (kept.checkpoint(), &line), (kept.copy(), &line)] {
            fs::write(file, text).unwrap();
        }
        assert!(matches!(kept.verdict(), Err(Fault::File { .. })), "{:?}", kept.verdict());
        assert!(kept.open().broken().is_some());
    }
}

#[test]
fn a_file_that_was_renamed_is_found() {
    for to in [1_u64, 2] {
        let told = edited(|kept, older| {
            let (last, file) = &older[1];
            fs::rename(file, files::older_name(&kept.log(), last - to)).unwrap();
        });
        assert!(matches!(told, Err(Fault::File { .. })), "{told:?}");
    }
}

#[test]
fn no_line_of_a_signed_export_is_missed_by_nobody_wherever_it_stood() {
    let kept = Kept::with(60);
    let mut export = Vec::new();
    let signed = export_signed(&kept.log(), &kept.history(), &key(), at(100), &mut export);
    assert!(signed.unwrap().unwrap().first > 1, "rotation gave some up");
    let last = fs::read_to_string(kept.checkpoint()).unwrap();
    assert!(
        !String::from_utf8_lossy(&export).contains(&last),
        "what is kept is not handed out to be put back"
    );
    let text = String::from_utf8(export).unwrap();
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let check = |lines: &[&str]| {
        let lines = lines.concat();
        verify_export(Path::new("export"), lines.as_bytes(), Some(&public(&key())), &mut |_| {})
    };
    assert!(check(&all).unwrap().is_end);
    for place in 0..all.len() - 1 {
        // Cut off at its beginning, and one line taken out.
        assert!(place == 0 || check(&all[place..]).is_err(), "from line {place} on");
        assert!(check(&[&all[..place], &all[place + 1..]].concat()).is_err(), "without line {place}");
    }
    let one_more = [&all[..], &all[all.len() - 1..]].concat();
    assert!(matches!(check(&one_more), Err(Fault::Export(_))), "nothing stands behind its end");
    assert!(matches!(check(&[all[all.len() - 1]]), Err(Fault::Export(_))), "an end of nothing");
}

#[test]
fn what_rotates_while_it_is_read_is_read_once_and_whole() {
    let kept = Kept::with(30);
    let mut log = Some(kept.open());
    let (mut names, mut next) = (Vec::new(), 31);
    let read = files::each(
        &kept.log(),
        |_, error| error,
        |file, opened| {
            assert!(opened.is_some());
            names.push((file.path.to_owned(), file.last));
            // At the first file, the present one becomes an older one.
            if let Some(mut log) = log.take() {
                let before = files::older(&kept.log()).unwrap().last().unwrap().0;
                while files::older(&kept.log()).unwrap().last().unwrap().0 == before {
                    log.append(at(next), "stored", "x", "more").unwrap();
                    next += 1;
                }
            }
            Ok(())
        },
    );
    let lasts: Vec<u64> = names.iter().filter_map(|(_, last)| *last).collect();
    assert!(lasts.is_sorted_by(|one, next| one < next), "{lasts:?}");
    assert_eq!(names.iter().filter(|(_, last)| last.is_none()).count(), 1);
    let there: Vec<u64> = files::older(&kept.log()).unwrap().into_iter().map(|(last, _)| last).collect();
    read.unwrap();
    assert!(there.iter().all(|last| lasts.contains(last)), "{there:?} in {lasts:?}");
}

#[cfg(unix)]
#[test]
fn what_only_has_the_name_of_a_file_stands_for_none() {
    let whole = || {
        let kept = Kept::with(60);
        let older = files::older(&kept.log()).unwrap();
        assert_eq!(older.len(), limits().keep, "rotation gave some up");
        (kept, older)
    };
    let link = |path: &Path| std::os::unix::fs::symlink("gone", path).unwrap();
    let (kept, older) = whole();
    fs::remove_file(&older[0].1).unwrap();
    fs::write(files::older_name(&kept.log(), 0), "").unwrap();
    assert!(matches!(kept.verdict(), Err(Fault::Beginning(_))), "{:?}", kept.verdict());
    assert!(kept.open().broken().is_some());
    let (kept, older) = whole();
    fs::remove_file(&older[0].1).unwrap();
    link(&older[0].1);
    assert!(matches!(kept.verdict(), Err(Fault::Beginning(_))), "{:?}", kept.verdict());
    assert!(kept.open().broken().is_some());
    let (kept, older) = whole();
    for (nth, (_, file)) in older[..2].iter().enumerate() {
        fs::remove_file(file).unwrap();
        link(&files::older_name(&kept.log(), nth as u64 + 1));
    }
    assert!(matches!(kept.verdict(), Err(Fault::Beginning(_))), "{:?}", kept.verdict());
    assert!(kept.open().broken().is_some());
}

#[test]
fn nothing_stands_for_a_file_that_was_removed_but_what_rotation_gave_up() {
    for entries in [30, 60] {
        let whole = || {
            let kept = Kept::with(entries);
            let older = files::older(&kept.log()).unwrap();
            assert!(older.len() >= 2);
            (kept, older)
        };
        let begin = |file: &Path, place: &Path| fs::write(place, lines(file).remove(0)).unwrap();
        let set_aside = |kept: &Kept| {
            let last = kept.verdict().unwrap().last;
            fs::rename(kept.log(), files::older_name(&kept.log(), last)).unwrap();
        };
        type Way<'a> = &'a dyn Fn(&Kept, &[(u64, PathBuf)]);
        let ways: [Way<'_>; 4] = [
            &|_, older| fs::remove_file(&older[0].1).unwrap(),
            // The line that the next one begins with, alone; the present file as an older one; both.
            &|_, older| begin(&older[1].1, &older[0].1),
            &|kept, older| {
                set_aside(kept);
                fs::remove_file(&older[0].1).unwrap();
            },
            &|kept, older| {
                set_aside(kept);
                fs::remove_file(&older[0].1).unwrap();
                begin(&older[older.len() - 1].1, &older[1].1);
            },
        ];
        for (nth, way) in ways.into_iter().enumerate() {
            let (kept, older) = whole();
            way(&kept, &older);
            assert!(kept.verdict().is_err(), "{entries}, way {nth}: {:?}", kept.verdict());
            assert!(kept.open().broken().is_some(), "{entries}, way {nth}");
        }
    }
}

#[test]
fn a_key_is_needed_as_long_as_a_file_begins_in_its_word() {
    let kept = Kept::with(30);
    let stranger = public(&p256_key::fixed(8));
    assert!(signs_in(&kept.log(), &public(&key())).unwrap());
    assert!(!signs_in(&kept.log(), &stranger).unwrap());
    assert!(
        !signs_in(&Kept::with(3).log(), &public(&key())).unwrap(),
        "the first file begins with no checkpoint"
    );
}

#[test]
fn a_line_that_a_crash_left_unfinished_counts_for_nothing_yet() {
    let kept = Kept::with(30);
    let (whole, verdict) = (fs::read(kept.log()).unwrap(), kept.verdict().unwrap());
    let line = lines(&kept.log()).pop().unwrap();
    for end in 1..line.len() {
        fs::write(kept.log(), [&whole[..], &line.as_bytes()[..end]].concat()).unwrap();
        assert_eq!(kept.verdict().unwrap(), verdict, "{end}");
    }
    fs::write(kept.log(), &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(kept.verdict(), Err(Fault::Cut { .. })), "one that was signed for is missed");
    let older = &files::older(&kept.log()).unwrap()[0].1;
    fs::write(kept.log(), &whole).unwrap();
    fs::write(older, &fs::read(older).unwrap()[..100]).unwrap();
    assert!(kept.verdict().is_err(), "an older file is whole");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_an_error_and_not_waited_for() {
    type Which = fn(&Kept) -> PathBuf;
    for which in [Kept::log as Which, Kept::checkpoint, Kept::copy] {
        let kept = Kept::with(3);
        fs::remove_file(which(&kept)).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(which(&kept)).status().unwrap().success());
        assert!(matches!(kept.verdict(), Err(Fault::Read(_))), "{:?}", kept.verdict());
        let opened = AuditLog::open_signed(&kept.log(), limits(), Box::new(key()), &kept.history(), at(9));
        assert!(opened.is_err());
    }
}

#[test]
fn rotation_gives_up_no_file_for_what_somebody_laid_beside_them() {
    type Lay = fn(&Kept, u64);
    let lays: [Lay; 3] = [
        // Files of nothing; lines that say that they go on far behind; a file of the log in pieces.
        |kept, _| {
            (1..=5).for_each(|nth| fs::write(files::older_name(&kept.log(), 999_990 + nth), "").unwrap());
        },
        |kept, _| {
            let hash = "0".repeat(64);
            let line = format!(
                "checkpoint {{\"entries\":999999,\"hash\":\"{hash}\",\"place\":\"begin\",\"time\":\"2026-01-01T00:00:00Z\",\"signature\":\"00\"}}\n"
            );
            assert!(Checkpoint::from_line(line.trim_end().as_bytes()).is_some());
            (1..=7).for_each(|nth| fs::write(files::older_name(&kept.log(), nth), &line).unwrap());
        },
        |kept, last| {
            let file = files::older_name(&kept.log(), last);
            let all = lines(&file);
            let mut head = Checkpoint::from_line(all[0].trim_end().as_bytes()).unwrap().head().unwrap();
            fs::remove_file(file).unwrap();
            for line in &all[1..] {
                let begin = Checkpoint::unsigned(head, &Carried::default(), at(1)).to_line();
                head = ChainHead {
                    entries: head.entries + 1,
                    hash: remote_services_core::hex::decode(&line[..64]).unwrap(),
                };
                fs::write(files::older_name(&kept.log(), head.entries), begin + line).unwrap();
            }
        },
    ];
    for (nth, lay) in lays.into_iter().enumerate() {
        for running in [true, false] {
            let kept = Kept::with(60);
            let older = files::older(&kept.log()).unwrap();
            let log = running.then(|| kept.open());
            lay(&kept, older.last().unwrap().0);
            kept.add(log.unwrap_or_else(|| kept.open()), 61..=90);
            assert!(
                matches!(
                    kept.verdict(),
                    Err(Fault::History { .. }
                        | Fault::Cut { .. }
                        | Fault::File { .. }
                        | Fault::Chain { .. }
                        | Fault::Replaced(_))
                ),
                "{nth} {running}: {:?}",
                kept.verdict()
            );
            assert!(kept.open().broken().is_some(), "{nth} {running}");
        }
    }
}

#[test]
fn what_a_log_goes_on_with_is_looked_at_before_its_first_line_is_signed() {
    let kept = Kept::with(3);
    attacks::hashed_anew(&kept.log(), |text| text.replace("entry 2", "entry two"));
    fs::rename(kept.log(), files::older_name(&kept.log(), 3)).unwrap();
    assert!(kept.open().broken().is_some());
    let begin = Checkpoint::from_line(lines(&kept.log())[0].trim_end().as_bytes()).unwrap();
    assert!(begin.carried().broken.is_some(), "taken along by itself, it says so");
}
