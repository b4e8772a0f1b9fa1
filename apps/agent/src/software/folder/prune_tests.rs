//! Versions that go while something happens: the one that goes is run by this process, or this process is killed.

use super::*;
use std::ffi::OsString;
use std::process::{Child, Command, Stdio};

/// So many files has a version, so that it does not go at once.
const FILES: usize = 400;

/// A folder with these versions, of which the last one is current and the one before it the previous one.
fn programs(root: &Path, versions: &[&str]) {
    for version in versions {
        let folder = root.join("versions").join(version);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
        (1..FILES).for_each(|file| fs::write(folder.join(file.to_string()), "part of it\n").unwrap());
    }
    for (name, version) in [("current", versions.last()), (PREVIOUS, versions.iter().rev().nth(1))] {
        link(&Path::new("versions").join(version.unwrap()), &root.join(name)).unwrap();
    }
}

/// The versions that are there, each with the number of its files.
fn there(root: &Path) -> Vec<(OsString, usize)> {
    let entries = fs::read_dir(root.join("versions")).unwrap().map(Result::unwrap);
    let files = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let mut there: Vec<_> = entries.map(|entry| (entry.file_name(), files(&entry.path()))).collect();
    there.sort();
    there
}

/// This test once more in another process, run from this file: there it does nothing but prune the folder.
fn prune_as(program: &Path, test: &str, root: &Path) -> Child {
    let mut command = Command::new(program);
    command.args(["--exact", &format!("software::folder::prune_tests::{test}")]).env(FOLDER, root);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether this is that process.
fn was_only_to_prune() -> bool {
    let Some(root) = std::env::var_os(FOLDER) else { return false };
    VersionFolder::new(Path::new(&root), "tool", "1.0").prune(None).unwrap();
    true
}

#[test]
fn the_version_that_this_process_runs_stays_though_nobody_else_wants_it() {
    if was_only_to_prune() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    programs(root, &["1.0", "1.1", "1.2", "1.3"]);
    let own = root.join("versions/1.1/running");
    let test = std::env::current_exe().unwrap();
    // Another disk has no second name for it.
    fs::hard_link(&test, &own).or_else(|_| fs::copy(&test, &own).map(drop)).unwrap();
    let name = "the_version_that_this_process_runs_stays_though_nobody_else_wants_it";
    assert!(prune_as(&own, name, root).wait().unwrap().success());
    let names: Vec<_> = there(root).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["1.1", "1.2", "1.3"], "and the two that the links name");
}

#[test]
fn a_kill_in_the_middle_of_a_removal_leaves_no_version_in_parts_and_the_next_one_ends_it() {
    if was_only_to_prune() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    programs(root, &["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]);
    let (gone, test) = (root.join("versions").join(GONE), std::env::current_exe().unwrap());
    let name = "a_kill_in_the_middle_of_a_removal_leaves_no_version_in_parts_and_the_next_one_ends_it";
    let mut in_the_middle = 0;
    for kill in 0..5 {
        let mut other = prune_as(&test, name, root);
        // What an earlier kill left goes first: it is the next one that is waited for.
        let before = versions(root);
        while versions(root) == before && other.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        other.kill().unwrap();
        other.wait().unwrap();
        in_the_middle += usize::from(gone.exists());
        for (version, files) in there(root) {
            assert!(files == FILES || version == GONE, "kill {kill}: {version:?} has {files} files");
        }
        assert!(root.join("current/tool").is_file() && root.join(PREVIOUS).join("tool").is_file());
    }
    assert!(in_the_middle > 0, "no kill came in the middle, so nothing was tried");
    VersionFolder::new(root, "tool", "1.0").prune(None).unwrap();
    assert_eq!(there(root), [("1.6".into(), FILES), ("1.7".into(), FILES)]);
}

/// How many versions are there under their names.
fn versions(root: &Path) -> usize {
    fs::read_dir(root.join("versions")).unwrap().flatten().filter(|entry| entry.file_name() != GONE).count()
}

const FOLDER: &str = "RS_TEST_PRUNES";
