//! What becomes of scripts that are installed as versions.

use super::*;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, SoftwareArtifact};
use serde_json::{Map, json};
use std::os::unix::fs::PermissionsExt as _;

fn manifest(version: &str) -> SoftwareManifest {
    SoftwareManifest {
        document: SoftwareManifest::DOCUMENT.to_owned(),
        component: "agent".into(),
        version: version.into(),
        channel: None,
        from: Vec::new(),
        target: None,
        artifact: SoftwareArtifact { digest: ContentDigest::of(b""), size: 0, origins: Vec::new() },
        not_before: None,
        expires: Timestamp::default(),
        sequence: 1,
        preconditions: Map::new(),
    }
}

/// A folder, and what becomes of a script in it.
struct Bench(tempfile::TempDir);

impl Bench {
    fn installer(&self) -> VersionFolder {
        VersionFolder::new(&self.0.path().join("programs"), "tool", "0.9")
    }

    fn install(&self, version: &str, script: &str) -> Result<(), String> {
        match self.try_install(version, script) {
            Err(NotInstalled::Refused(why)) => Err(why),
            other => {
                other.unwrap();
                Ok(())
            }
        }
    }

    fn try_install(&self, version: &str, script: &str) -> Result<(), NotInstalled> {
        let file = self.0.path().join("download");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        self.installer().install(&manifest(version), &file)
    }

    fn file(&self, version: &str) -> PathBuf {
        self.0.path().join("programs/versions").join(version).join("tool")
    }

    fn script(&self, version: &str) -> String {
        fs::read_to_string(self.file(version)).unwrap()
    }

    fn damage(&self, version: &str, script: &str) {
        fs::write(self.file(version), format!("#!/bin/sh\n{script}\n")).unwrap();
    }

    fn versions(&self) -> Vec<String> {
        let folder = fs::read_dir(self.0.path().join("programs/versions")).unwrap();
        let mut names: Vec<String> =
            folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn a_version_is_put_into_its_folder_tried_and_switched_to() {
    let bench = Bench(tempfile::tempdir().unwrap());
    assert_eq!(bench.installer().running(), "0.9");
    bench.install("1.0", "echo tool 1.0").unwrap();
    assert_eq!(bench.installer().running(), "1.0");
    bench.install("1.1", "echo tool 1.1").unwrap();
    assert_eq!(bench.installer().running(), "1.1");
    let link = fs::read_link(bench.0.path().join("programs/current")).unwrap();
    assert_eq!(link, Path::new("versions/1.1"));
    assert_eq!(bench.versions(), ["1.0", "1.1"]);
    assert!(bench.install("1.1", "echo tool 1.1").is_err(), "what runs is not replaced under it");
}

#[test]
fn a_version_that_does_not_start_or_is_another_leaves_all_as_it_was() {
    let bench = Bench(tempfile::tempdir().unwrap());
    bench.install("1.0", "echo tool 1.0").unwrap();
    for (script, words) in [
        ("exit 3", "ended with a failure"),
        ("echo tool 1.0", "says that it is version 1.0"),
        ("true", "says no version"),
        // It starts in its own folder, and not as the current one.
        ("case $0 in */current/*) exit 1;; esac; echo tool 1.1", "the version before is current again"),
    ] {
        let why = bench.install("1.1", script).unwrap_err();
        assert!(why.contains(words), "{script}: {why}");
        assert_eq!(bench.installer().running(), "1.0", "{script}");
        assert_eq!(bench.versions(), ["1.0"], "{script}");
    }
    fs::write(bench.0.path().join("download"), [0x7f; 64]).unwrap();
    let why = bench.installer().install(&manifest("1.1"), &bench.0.path().join("download")).unwrap_err();
    let NotInstalled::Refused(why) = why else { panic!("{why:?}") };
    assert!(why.contains("does not start"), "{why}");
}

#[test]
fn what_the_disk_does_not_let_be_is_no_fault_of_the_version_and_the_next_try_goes_on_from_there() {
    let bench = Bench(tempfile::tempdir().unwrap());
    bench.install("1.0", "echo tool 1.0").unwrap();
    let programs = bench.0.path().join("programs");
    let obstructed = |version: &str, place: &Path| {
        let error = bench.try_install(version, &format!("echo tool {version}")).unwrap_err();
        let NotInstalled::Obstructed { why, path } = error else { panic!("{error:?}") };
        assert!(!why.contains('/'), "{why}");
        assert!(path.as_ref().is_some_and(|path| path.starts_with(place)), "{path:?}: {why}");
    };
    // A file where the version is to be.
    let place = programs.join("versions/1.1");
    fs::write(&place, "of somebody").unwrap();
    obstructed("1.1", &place);
    fs::remove_file(&place).unwrap();
    bench.install("1.1", "echo tool 1.1").unwrap();
    // A folder where the link is to be.
    let current = programs.join("current");
    fs::remove_file(&current).unwrap();
    fs::create_dir_all(current.join("of somebody")).unwrap();
    obstructed("1.2", &current);
    assert!(fs::symlink_metadata(programs.join("current.new")).is_err());
    fs::remove_dir_all(&current).unwrap();
    bench.install("1.2", "echo tool 1.2").unwrap();
    assert_eq!(bench.installer().running(), "1.2");
}

#[test]
fn a_machine_that_does_not_let_a_program_be_started_says_nothing_of_it() {
    let bench = Bench(tempfile::tempdir().unwrap());
    bench.install("1.0", "echo tool 1.0").unwrap();
    let interpreter = bench.0.path().join("interpreter");
    fs::copy("/bin/sh", &interpreter).unwrap();
    fs::set_permissions(&interpreter, fs::Permissions::from_mode(0o644)).unwrap();
    let download = bench.0.path().join("download");
    fs::write(&download, format!("#!{}\necho tool 1.1\n", interpreter.display())).unwrap();
    let error = bench.installer().install(&manifest("1.1"), &download).unwrap_err();
    let NotInstalled::Obstructed { why, path: Some(path) } = error else { panic!("{error:?}") };
    assert!(why.starts_with("Permission denied") && path.ends_with(".new/tool"), "{why}: {path:?}");
    assert_eq!((bench.versions(), bench.installer().running()), (names(&["1.0"]), "1.0".to_owned()));
    fs::set_permissions(&interpreter, fs::Permissions::from_mode(0o755)).unwrap();
    bench.installer().install(&manifest("1.1"), &download).unwrap();
    assert_eq!(bench.installer().running(), "1.1");
}

#[test]
fn an_earlier_file_stays_aside_while_nobody_knows_whether_the_new_one_starts() {
    let bench = Bench(tempfile::tempdir().unwrap());
    bench.install("1.0", "echo tool 1.0; # the first").unwrap();
    let installer = bench.installer();
    fs::create_dir(installer.versions().join(aside::ASIDE)).unwrap();
    fs::rename(installer.versions().join("1.0"), installer.aside("1.0")).unwrap();
    let interpreter = bench.0.path().join("interpreter");
    fs::copy("/bin/sh", &interpreter).unwrap();
    fs::set_permissions(&interpreter, fs::Permissions::from_mode(0o644)).unwrap();
    fs::create_dir(installer.versions().join("1.0")).unwrap();
    let second = format!("#!{}\necho tool 1.0\n", interpreter.display());
    fs::write(bench.file("1.0"), &second).unwrap();
    executable(&bench.file("1.0")).unwrap();
    assert!(installer.prune(None).unwrap_err().to_string().contains("Permission denied"));
    assert!(installer.aside("1.0").exists());
    fs::set_permissions(&interpreter, fs::Permissions::from_mode(0o755)).unwrap();
    installer.prune(None).unwrap();
    assert_eq!((bench.script("1.0"), installer.aside("1.0").exists()), (second, false));
}

#[test]
fn a_copy_that_could_not_be_made_is_not_made_once_more_unlooked_at() {
    let bench = Bench(tempfile::tempdir().unwrap());
    bench.install("1.0", "echo tool 1.0").unwrap();
    let download = bench.0.path().join("download");
    fs::write(&download, "#!/bin/sh\necho tool 1.1\n").unwrap();
    let mut installer = bench.installer();
    fs::write(installer.staging(), "of somebody").unwrap();
    assert_eq!(installer.stage(&download).unwrap(), download);
    fs::remove_file(installer.staging()).unwrap();
    let error = installer.install(&manifest("1.1"), &download).unwrap_err();
    assert!(matches!(error, NotInstalled::Obstructed { .. }), "{error:?}");
    assert_eq!(bench.versions(), ["1.0"]);
    let copy = installer.stage(&download).unwrap();
    installer.install(&manifest("1.1"), &copy).unwrap();
    assert_eq!(installer.running(), "1.1");
}

#[test]
fn of_all_versions_the_current_one_the_one_before_and_the_good_one_stay() {
    let bench = Bench(tempfile::tempdir().unwrap());
    let programs = bench.0.path().join("programs");
    assert_eq!(bench.installer().prune(None).unwrap(), [""; 0], "there is no folder yet");
    for version in ["1.0", "1.1", "1.2", "1.3"] {
        bench.install(version, &format!("echo tool {version}")).unwrap();
    }
    let previous = || fs::read_link(programs.join("previous")).unwrap();
    assert_eq!(previous(), Path::new("versions/1.2"));
    assert!(bench.install("1.4", "case $0 in */current/*) exit 1;; esac; echo tool 1.4").is_err());
    assert_eq!(previous(), Path::new("versions/1.2"), "the one that failed was never there");

    // Nobody put down which was the one before: none goes.
    fs::rename(programs.join("previous"), programs.join("aside")).unwrap();
    assert_eq!(bench.installer().prune(Some("1.0")).unwrap(), [""; 0]);
    fs::rename(programs.join("aside"), programs.join("previous")).unwrap();
    // What crashes left, and what is no version.
    for left in [".new", ".gone"] {
        fs::create_dir(programs.join("versions").join(left)).unwrap();
        fs::write(programs.join("versions").join(left).join("tool"), "half of it").unwrap();
    }
    fs::write(programs.join("versions/README"), "of the administrator").unwrap();
    assert_eq!(bench.installer().prune(Some("1.0")).unwrap(), ["1.1"]);
    assert_eq!(bench.versions(), ["1.0", "1.2", "1.3", "README"]);
    assert_eq!(bench.installer().prune(Some("1.3")).unwrap(), ["1.0"]);
    assert_eq!(bench.installer().running(), "1.3");
    bench.installer().switch_to("1.2").unwrap();
    assert_eq!(bench.installer().running(), "1.2", "one can go back by hand");
    assert_eq!(bench.installer().prune(Some("1.3")).unwrap(), [""; 0]);
}

#[test]
fn a_version_that_could_lead_out_of_its_folder_and_unknown_demands_do_not_hold() {
    let bench = Bench(tempfile::tempdir().unwrap());
    for version in ["../1.0", "", ".new", "a/b", &"1".repeat(65)] {
        assert!(bench.installer().preconditions(&manifest(version)).is_err(), "{version:?}");
    }
    assert!(bench.installer().preconditions(&manifest("1.0-rc.1+build_7")).is_ok());
    let preconditions = Map::from_iter([("idle".to_owned(), json!(true))]);
    let demanding = SoftwareManifest { preconditions, ..manifest("1.0") };
    assert!(bench.installer().preconditions(&demanding).unwrap_err().contains("idle"));
}

#[test]
fn an_installation_that_fails_leaves_the_earlier_file_of_that_version_as_it_was() {
    let bench = Bench(tempfile::tempdir().unwrap());
    let first = "exit 3; # the first";
    bench.install("1.0", "echo tool 1.0").unwrap();
    bench.install("1.1", "echo tool 1.1").unwrap();
    bench.damage("1.0", first);
    for script in ["exit 3", "echo tool 2.0", "case $0 in */current/*) exit 1;; esac; echo tool 1.0"] {
        bench.install("1.0", script).unwrap_err();
        assert_eq!((bench.versions(), bench.script("1.0").contains(first)), (names(&["1.0", "1.1"]), true));
    }
    let missing = bench.0.path().join("missing");
    bench.installer().install(&manifest("1.0"), &missing).unwrap_err();
    assert!(bench.script("1.0").contains(first), "what cannot be staged takes nobody's place");
    bench.install("1.0", "echo tool 1.0; # another").unwrap();
    assert_eq!((bench.versions(), bench.installer().running()), (names(&["1.0", "1.1"]), "1.0".to_owned()));
    assert!(bench.script("1.0").contains("another"), "one that starts takes the place of one that does not");
}

#[test]
fn another_program_under_a_number_that_is_there_is_refused_with_the_reason() {
    let bench = Bench(tempfile::tempdir().unwrap());
    let programs = bench.0.path().join("programs");
    bench.install("1.0", "echo tool 1.0").unwrap();
    bench.install("1.1", "echo tool 1.1").unwrap();
    // The one before, to which the supervisor goes back, and the one that is current.
    for version in ["1.0", "1.1"] {
        let earlier = bench.script(version);
        let why = bench.install(version, &format!("echo tool {version}; # another")).unwrap_err();
        assert!(version == "1.1" || why.contains("a number stands for one program"), "{why}");
        assert_eq!((bench.script(version), bench.versions()), (earlier, names(&["1.0", "1.1"])));
        assert_eq!(fs::read_link(programs.join("current")).unwrap(), Path::new("versions/1.1"));
    }
    bench.installer().switch_to("1.0").unwrap();
    assert_eq!(bench.installer().running(), "1.0", "one can go back to it");
}

#[test]
fn the_copy_that_was_looked_at_is_the_one_that_is_installed() {
    let bench = Bench(tempfile::tempdir().unwrap());
    let download = bench.0.path().join("download");
    fs::write(&download, "#!/bin/sh\necho tool 1.0\n").unwrap();
    let mut installer = bench.installer();
    let copy = installer.stage(&download).unwrap();
    fs::write(&download, "#!/bin/sh\necho tool 1.0; # another\n").unwrap();
    installer.install(&manifest("1.0"), &copy).unwrap();
    assert_eq!((bench.script("1.0").as_str(), copy.exists()), ("#!/bin/sh\necho tool 1.0\n", false));
}

#[test]
fn the_same_file_stays_where_it_is() {
    use std::os::unix::fs::MetadataExt as _;
    let bench = Bench(tempfile::tempdir().unwrap());
    bench.install("1.0", "echo tool 1.0").unwrap();
    bench.install("1.1", "echo tool 1.1").unwrap();
    let file = || fs::metadata(bench.0.path().join("programs/versions/1.0/tool")).unwrap().ino();
    let before = file();
    bench.install("1.0", "echo tool 1.0").unwrap();
    assert_eq!((file(), bench.installer().running()), (before, "1.0".to_owned()));
    assert_eq!(fs::read_link(bench.0.path().join("programs/previous")).unwrap(), Path::new("versions/1.1"));
}

#[test]
fn a_kill_between_two_steps_leaves_the_earlier_file_or_the_new_one_that_is_current() {
    for (killed, comes_back) in [
        ("it was set aside", true),
        ("the new one is there", true),
        ("it is current", false),
        ("it is current and does not start", true),
    ] {
        let bench = Bench(tempfile::tempdir().unwrap());
        bench.install("1.0", "echo tool 1.0; # the first").unwrap();
        bench.install("1.1", "echo tool 1.1").unwrap();
        let installer = bench.installer();
        let place = installer.versions().join("1.0");
        fs::create_dir(installer.versions().join(aside::ASIDE)).unwrap();
        fs::rename(&place, installer.aside("1.0")).unwrap();
        if killed != "it was set aside" {
            fs::create_dir(&place).unwrap();
            fs::write(place.join("tool"), "#!/bin/sh\necho tool 1.0; # the second\n").unwrap();
            if !killed.ends_with("does not start") {
                executable(&place.join("tool")).unwrap();
            }
        }
        if killed.starts_with("it is current") {
            installer.switch(Path::new("versions/1.0")).unwrap();
        }
        // Whatever is done next: a start prunes, a supervisor goes back.
        match comes_back {
            true => installer.switch_to("1.0").unwrap(),
            false => drop(installer.prune(None).unwrap()),
        }
        assert_eq!(installer.running(), "1.0", "{killed}");
        assert_eq!(bench.script("1.0").contains("the first"), comes_back, "{killed}");
        assert!(!installer.versions().join(aside::ASIDE).exists(), "{killed}");
    }
}

#[test]
fn what_a_program_began_to_say_its_version_does_not_outlive_that() {
    let bench = Bench(tempfile::tempdir().unwrap());
    let number = bench.0.path().join("number");
    let script = format!("sleep 100000 & echo $! > {}; echo tool 1.0", number.display());
    bench.install("1.0", &script).unwrap();
    let number = fs::read_to_string(number).unwrap();
    let process = Path::new("/proc").join(number.trim());
    // Who has no parent any more is taken away by the first process, when that comes to it.
    let gone = || fs::read_to_string(process.join("stat")).map_or(true, |stat| stat.contains(") Z "));
    while !gone() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // One that left the group keeps nobody waiting.
    let script =
        format!("setsid sleep 100000 & echo $! > {}; echo tool 1.1", bench.0.path().join("number").display());
    bench.install("1.1", &script).unwrap();
    let number = fs::read_to_string(bench.0.path().join("number")).unwrap();
    let number = number.trim().parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(number, rustix::process::Signal::KILL).unwrap();
}
