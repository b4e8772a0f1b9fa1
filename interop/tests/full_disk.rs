//! A disk that is full, or takes no writes: told in one sentence, nothing is lost, and what waits is sent all the same.
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use remote_services_interop::leave_out;
use remote_services_interop::ours::{
    Running, Said, SiteServer, VirtualPrinters, agent, agent_says, demo, program,
};
use remote_services_interop::process::{Guard, run, runs_as_root};
use remote_services_interop::server::OurServer;
use serde_json::json;
use tempfile::TempDir;

#[test]
fn a_full_disk_is_one_sentence_and_does_not_keep_the_spool_from_emptying() {
    let Some(disk) = SmallDisk::mount("2m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let printers = VirtualPrinters::start(&["--fleet", "6", "--speaks", "2c"]);
    let data = disk.path().join("agent");
    server.register(&data);
    let agent = |words: &[&str]| {
        let how = ["run", "--once", "--data", data.to_str().unwrap(), "-c", "public", "--snmp-version", "2c"];
        agent_says(&[&how[..], words].concat())
    };
    let all = printers.target();
    assert_eq!(agent(&[&all]).code, Some(0), "there is room at first");

    // Not an octet left: the sequence cannot be kept, so nothing is sealed.
    disk.fill(0);
    let said = agent(&[&all]);
    assert!(no_room(&said).contains("devices"), "{}", said.stderr);
    assert_eq!(waiting(&data), 0);

    // Room for the memory and for some payloads, not for all: those that were kept are sent.
    disk.fill(28 * 1024);
    let said = agent(&[&all]);
    let sentence = no_room(&said);
    assert!(sentence.contains("cannot keep a payload"), "{sentence}");
    assert_eq!(waiting(&data), 0, "what was kept was sent: {}", said.stderr);

    disk.empty();
    assert_eq!(agent(&[&all]).code, Some(0));
    let uploads = server.operator.opened_uploads();
    assert!(uploads.iter().all(|upload| upload["state"] == "opened"), "{uploads:?}");
    // Twice all, and in between at least one more.
    assert!(uploads.len() > 2 * 7, "{}", uploads.len());
    assert_eq!(server.operator.devices().len(), 6);
    assert!(!server.operator.get("audit?limit=5000")["lines"].to_string().contains("sequenceRepeated"));
}

#[test]
fn a_registration_key_is_not_used_on_a_disk_that_has_no_room_for_the_identity() {
    let Some(disk) = SmallDisk::mount("1m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let (data, key) = (disk.path().join("agent"), server.key_file(folder.path()));
    let register =
        || agent_says(&["register", "--data", data.to_str().unwrap(), "--key-file", key.to_str().unwrap()]);
    // None at all; room for the key of the agent and not for more; for most of what is kept.
    for left in [0, 16 << 10, 96 << 10] {
        disk.fill(left);
        let said = register();
        let sentence = said.only_sentence(1);
        assert!(sentence.contains("No space left"), "{left}: {sentence}");
        assert!(left == 0 || sentence.contains("nothing was sent: "), "{left}: {sentence}");
    }
    disk.empty();
    let said = register();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

#[test]
fn a_server_whose_disk_is_nearly_full_takes_nothing_for_now_and_all_of_it_later() {
    let Some(disk) = SmallDisk::mount("40m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&disk.path().join("server"));
    let printers = VirtualPrinters::start(&["--fleet", "2", "--speaks", "2c"]);
    let data = folder.path().join("agent");
    server.register(&data);
    let agent = |words: &[&str]| {
        let how = ["run", "--once", "--data", data.to_str().unwrap(), "-c", "public", "--snmp-version", "2c"];
        agent_says(&[&how[..], words].concat())
    };
    // There is room for them, and for what the server itself writes.
    disk.fill(1 << 20);
    let said = agent(&[&printers.target()]);
    assert!(said.code == Some(3) && said.stderr.contains("the server's disk is full"), "{}", said.all());
    let kept = waiting(&data);
    assert!(kept >= 2, "{kept}");
    assert_eq!(server.operator.get("uploads"), json!([]));

    disk.empty();
    let deadline = Instant::now() + Duration::from_secs(180);
    while waiting(&data) > 0 {
        assert!(Instant::now() < deadline, "{} still wait", waiting(&data));
        agent(&["--no-collect"]);
        thread::sleep(Duration::from_millis(500));
    }
    let uploads = server.operator.opened_uploads();
    assert!(uploads.len() >= kept && uploads.iter().all(|upload| upload["state"] == "opened"), "{uploads:?}");
    assert_eq!(server.operator.devices().len(), 2);
}

#[test]
fn a_version_that_does_not_fit_is_told_once_and_takes_no_room_from_readings() {
    let Some(disk) = SmallDisk::mount("6m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let printers = VirtualPrinters::start(&["--fleet", "2", "--speaks", "2c"]);
    let data = disk.path().join("agent");
    server.register(&data);
    let versions = folder.path().join("programs");
    fs::write(data.join("agent.toml"), format!("[software]\nfolder = {versions:?}\n")).unwrap();
    let publish = |version: &str, octets: usize| {
        let digest = server.operator.put_artifact(&vec![b'#'; octets]);
        let wish = json!({ "component": "agent", "version": version, "digest": digest });
        let _ = server.operator.post("software", &wish);
    };
    let all = printers.target();
    let agent = || {
        let how = ["run", "--once", "--data", data.to_str().unwrap(), "-c", "public", "--snmp-version", "2c"];
        agent_says(&[&how[..], &[&all]].concat())
    };
    publish("9.8", 20 << 20);
    for told in [1, 0] {
        let said = agent();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        assert_eq!(said.stderr.matches("no room for version 9.8: ").count(), told, "{}", said.stderr);
        assert!(told == 0 || said.stderr.contains(&format!("{} are to be fetched", 20 << 20)));
        assert_eq!(fs::read_dir(data.join("downloads")).unwrap().count(), 0);
    }
    assert!(disk.free() > 4 << 20, "{}", disk.free());

    // The server is away: what is read is kept.
    let before = waiting(&data);
    drop(server);
    let said = agent();
    assert!(said.code == Some(3) && !said.stderr.contains("No space left"), "{}", said.stderr);
    assert!(waiting(&data) > before);
}

#[test]
fn a_disk_that_takes_no_writes_is_told() {
    let Some(disk) = SmallDisk::mount("1m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = disk.path().join("agent");
    server.register(&data);
    disk.remount("ro");
    let said = agent_says(&["run", "--once", "--no-collect", "--data", data.to_str().unwrap()]);
    let sentence = said.only_sentence(1);
    assert!(
        ["cannot write in the data folder", "Read-only", "mount its disk for writing"]
            .iter()
            .all(|words| sentence.contains(words)),
        "{sentence}"
    );
    let fresh = disk.path().join("fresh");
    let key = server.key_file(folder.path());
    let words = ["register", "--data", fresh.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
    let said = agent_says(&words);
    assert!(said.only_sentence(1).contains("cannot make the data folder"), "{}", said.stderr);
}

#[test]
fn an_agent_that_stays_waits_until_its_disk_takes_writes() {
    let Some(disk) = SmallDisk::mount("1m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = SiteServer::start(&folder.path().join("server"));
    let data = disk.path().join("agent");
    server.register(&data);
    let line = ["run", "--no-collect", "--data", data.to_str().unwrap()];

    disk.remount("ro");
    let mut running = Running::start(&mut agent(&line));
    let what_to_do = "mount its disk for writing";
    wait_until_told(&mut running, what_to_do);
    // It has tried again by then, and is not told of twice.
    thread::sleep(Duration::from_millis(1500));
    disk.remount("rw");
    wait_until_told(&mut running, "cryptography: ");
    running.signal("TERM");
    let said = running.end();
    assert_eq!((said.code, said.all().matches(what_to_do).count()), (Some(0), 1), "{}", said.all());

    // What it needs to begin with is read, so one that is full keeps it from nothing but what it cannot keep.
    disk.fill(0);
    let mut running = Running::start(&mut agent(&line));
    wait_until_told(&mut running, "No space left");
    running.signal("TERM");
    let said = running.end();
    assert!(said.code == Some(0) && said.all().contains("cryptography: "), "{}", said.all());
}

#[test]
fn a_demo_without_room_ends_with_the_step_that_failed() {
    let scratch = tempfile::tempdir().unwrap();
    // Each gets further than the one before, none to the end.
    for size in ["100k", "400k", "700k", "1300k"] {
        let Some(disk) = SmallDisk::mount(size) else { return };
        let data = disk.path().join("data");
        let said = Running::start(&mut demo(scratch.path(), &["--data", data.to_str().unwrap()])).end();
        let sentence = said.sentence(1);
        assert!(sentence.starts_with("step "), "{size}: {sentence}");
        assert!(
            ["No space left", "disk is full"].iter().any(|why| sentence.contains(why)),
            "{size}: {sentence}"
        );
        assert!(said.stdout.matches("; trying again in ").count() <= 2, "{size}: {}", said.all());
        assert!(!said.stdout.contains("What is where"), "{size}: {}", said.all());
    }
}

#[test]
fn a_supervisor_says_what_is_wrong_with_a_folder_that_takes_no_writes_and_ends_no_agent_for_a_full_one() {
    let Some(disk) = SmallDisk::mount("1m") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (data, version) = (folder.path().join("agent"), disk.path().join("versions/1.0"));
    fs::create_dir_all(data.join("state")).unwrap();
    fs::create_dir_all(&version).unwrap();
    let program = version.join("remote-services-agent");
    let well = data.join("state/healthy.json");
    let script = format!(
        "#!/bin/sh\nprintf '{{\"program\":\"%s\"}}' \"$(readlink -f \"$0\")\" > {}\nexec sleep 600\n",
        well.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    symlink("versions/1.0", disk.path().join("current")).unwrap();
    let (place, versions) = (data.to_str().unwrap(), disk.path().to_str().unwrap());
    let line = ["supervise", "--data", place, "--folder", versions, "--probation", "1"];

    disk.remount("ro");
    let said = agent_says(&line);
    let sentence = said.only_sentence(1);
    assert!(
        ["cannot write in the folder of versions", "Read-only", "mount its disk for writing"]
            .iter()
            .all(|words| sentence.contains(words)),
        "{sentence}"
    );
    disk.remount("rw");
    disk.fill(0);
    let mut supervisor = Running::start(&mut agent(&line));
    wait_until_told(&mut supervisor, "No space left");
    wait_until_told(&mut supervisor, "version 1.0 stood its trial");
    let record = disk.path().join("supervised.json");
    assert!(!fs::read_to_string(&record).unwrap_or_default().contains("good"));
    disk.empty();
    supervisor.wait_until("it is kept after all", |_| {
        fs::read_to_string(&record).unwrap_or_default().contains("\"good\":\"1.0\"").then_some(())
    });
    supervisor.signal("TERM");
    let said = supervisor.end();
    assert_eq!((said.code, said.stderr.matches("No space left").count()), (Some(0), 1), "{}", said.stderr);
}

#[test]
fn a_device_sends_what_waits_from_a_full_disk_and_waits_until_one_takes_writes() {
    let Some(disk) = SmallDisk::mount("1400k") else { return };
    let mut server = OurServer::start();
    let (folder, log) = (disk.path().join("device"), server.folder().join("log"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("registration-key"), server.registration_key(Duration::from_secs(3600))).unwrap();
    fs::write(folder.join("nameplate"), r#"{"Identity": {"SerialNumber": "DIRECT4711"}}"#).unwrap();
    let on = || Guard::start(program("direct-device").arg(&folder), &log);
    let told = |words: &str| fs::read_to_string(&log).unwrap().matches(words).count();
    let pending = || fs::read_dir(folder.join("spool/pending")).map_or(0, Iterator::count);
    let mut device = on();
    device.wait_until("it reports", || (told("Stored") == 1).then_some(()));
    device.kill();
    let away = server.go_away();
    let mut device = on();
    device.wait_until("one waits", || (pending() == 1).then_some(()));
    device.kill();
    disk.fill(0);
    server.come_back(&away);
    let mut device = on();
    device.wait_until("what waits is sent", || (pending() == 0).then_some(()));
    assert_eq!((told("not kept: ") > 0, told("No space left") > 0), (true, true));
    device.kill();

    disk.empty();
    disk.remount("ro");
    let mut device = on();
    device.wait_until("it waits", || (told("later: the disk is read-only: ") == 1).then_some(()));
    disk.remount("rw");
    let before = told("Stored");
    device.wait_until("it goes on", || (told("Stored") > before).then_some(()));
    device.kill();
    assert_eq!((told("read-only"), told("ReadOnly")), (1, 0));
}

/// Waits until the agent has said this on standard error.
fn wait_until_told(agent: &mut Running, words: &str) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !agent.stderr().contains(words) {
        assert!(!agent.has_ended() && Instant::now() < deadline, "{words:?}: {}", agent.stderr());
        thread::sleep(Duration::from_millis(50));
    }
}

/// The sentence, which says that there is no room.
fn no_room(said: &Said) -> &str {
    let sentence = said.sentence(1);
    assert!(sentence.contains("No space left") || sentence.contains("the disk is full"), "{sentence}");
    sentence
}

fn waiting(data: &Path) -> usize {
    fs::read_dir(data.join("spool/pending")).expect("the agent made it").count()
}

/// A file system of our own, unmounted on drop.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        if !runs_as_root() {
            leave_out("needs root, to mount a small disk");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mounted = run(std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(folder.path()));
        if !mounted.status.success() {
            leave_out("needs a kernel that lets root mount a small disk");
            return None;
        }
        Some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Fills the disk so that so many octets are left.
    fn fill(&self, left: u64) {
        self.empty();
        let mut file = File::create(self.filler()).expect("there is room for a name");
        let mut length = 0;
        while file.write_all(&[0; 4096]).is_ok() {
            length += 4096;
        }
        file.set_len(length - left).expect("less needs no room");
    }

    /// Octets that are free.
    fn free(&self) -> u64 {
        let said = run(std::process::Command::new("df").args(["--output=avail", "-B1"]).arg(self.path()));
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        text.lines().last().and_then(|line| line.trim().parse().ok()).expect("df says it")
    }

    fn empty(&self) {
        let _ = fs::remove_file(self.filler());
    }

    fn remount(&self, how: &str) {
        let mounted =
            run(std::process::Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.path()));
        assert!(mounted.status.success(), "{mounted:?}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there is no reason to leave the mount behind.
        let _ = run(std::process::Command::new("umount").arg("-l").arg(self.path()));
    }
}
