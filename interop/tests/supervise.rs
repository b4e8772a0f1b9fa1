//! The supervisor with real processes: what it starts again, what it goes back from, and what it tells of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use remote_services_interop::ours::{Running, SiteServer, agent, program};
use serde_json::{Value, json};

/// Says that it is well, as an agent does, and stays.
const WELL: &str =
    "printf '{\"program\":\"%s\"}' \"$(readlink -f \"$0\")\" > DATA/state/healthy.json; exec sleep 600";
const STAYS: &str = "exec sleep 600";
const ENDS: &str = "exit 7";

/// A folder of versions, each a script, and the data of an agent.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(world.data().join("state")).unwrap();
        world
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("agent")
    }

    fn programs(&self) -> PathBuf {
        self.0.path().join("programs")
    }

    fn script(&self, version: &str, does: &str) -> String {
        let data = self.data();
        let does = does.replace("DATA", data.to_str().unwrap());
        format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo remote-services-agent {version}; exit; fi\n\
             echo {version} >> {}\n{does}\n",
            self.0.path().join("starts").display()
        )
    }

    /// Puts a version into its folder; one that is there does something else from its next start on.
    fn put(&self, version: &str, does: &str) {
        let folder = self.programs().join("versions").join(version);
        fs::create_dir_all(&folder).unwrap();
        let (new, program) = (folder.join("new"), folder.join("remote-services-agent"));
        fs::write(&new, self.script(version, does)).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(new, program).unwrap();
    }

    /// Makes a version the current one, as an installation does.
    fn switch(&self, version: &str) {
        let new = self.programs().join("current.new");
        symlink(Path::new("versions").join(version), &new).unwrap();
        fs::rename(new, self.programs().join("current")).unwrap();
    }

    fn current(&self) -> String {
        let link = fs::read_link(self.programs().join("current")).unwrap();
        link.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// The versions that were started, in order.
    fn starts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.0.path().join("starts")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn record(&self) -> Value {
        let text = fs::read(self.programs().join("supervised.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn supervise(&self, probation: &str) -> Running {
        self.supervise_with(&["--probation", probation, "--", "--no-collect"])
    }

    fn supervise_with(&self, more: &[&str]) -> Running {
        let (data, programs) = (self.data(), self.programs());
        let words = ["supervise", "--data", data.to_str().unwrap(), "--folder", programs.to_str().unwrap()];
        Running::start(&mut agent(&[&words[..], more].concat()))
    }

    /// This program as the version `first`, which is current.
    fn put_own(&self) {
        let first = self.programs().join("versions/first");
        fs::create_dir_all(&first).unwrap();
        let own = program("remote-services-agent");
        let (from, to) = (Path::new(own.get_program()), first.join("remote-services-agent"));
        if fs::hard_link(from, &to).is_err() {
            fs::copy(from, &to).unwrap();
        }
        self.switch("first");
    }
}

fn wait_until(supervisor: &mut Running, what: &str, mut holds: impl FnMut(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let told = supervisor.stderr();
        if holds(&told) {
            return;
        }
        assert!(!supervisor.has_ended() && Instant::now() < deadline, "{what}: {told}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_agent_that_was_refused_what_it_shows_is_not_started_again_at_once_and_its_version_has_not_failed() {
    let world = World::new();
    world.put("1.0", "exit 4");
    world.switch("1.0");
    let mut supervisor = world.supervise("2");
    wait_until(&mut supervisor, "it was refused", |told| {
        told.contains("exit code 4: somebody must see to what was refused; started again in 300 s")
    });
    assert_eq!(world.starts(), ["1.0"]);
    assert_eq!(world.record()["trial"], json!({"version": "1.0", "failures": 0}));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
}

#[test]
fn a_new_version_that_is_refused_what_it_shows_is_left_for_the_one_before() {
    let world = World::new();
    world.put("1.0", WELL);
    world.switch("1.0");
    let mut supervisor = world.supervise("2");
    wait_until(&mut supervisor, "1.0 is believed in", |told| told.contains("version 1.0 stood its trial"));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
    world.put("1.1", "exit 4");
    world.switch("1.1");
    let mut supervisor = world.supervise("2");
    wait_until(&mut supervisor, "back to 1.0", |told| told.contains("version 1.0 is current again"));
    wait_until(&mut supervisor, "1.0 runs", |_| world.starts() == ["1.0", "1.1", "1.1", "1.1", "1.0"]);
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
}

#[test]
fn a_new_version_that_is_never_well_is_left_for_the_one_before_and_what_runs_ends_with_its_supervisor() {
    let world = World::new();
    world.put("1.0", WELL);
    world.switch("1.0");
    let mut supervisor = world.supervise_with(&["--probation", "2", "--patience", "3"]);
    wait_until(&mut supervisor, "1.0 is believed in", |told| told.contains("version 1.0 stood its trial"));
    world.put("1.1", STAYS);
    world.switch("1.1");
    // The one that ran is still the process: it is not 1.1 that says that it is well.
    wait_until(&mut supervisor, "back to 1.0", |told| told.contains("version 1.0 is current again"));
    wait_until(&mut supervisor, "1.0 runs", |_| world.starts() == ["1.0", "1.0"]);
    assert_eq!(world.current(), "1.0");
    assert_eq!(world.record()["good"], "1.0");
    assert_eq!(world.record()["rolledBack"][0]["version"], "1.1");
    let why = world.record()["rolledBack"][0]["why"].to_string();
    assert!(why.contains("within 3 s"), "{why}");

    world.put("1.2", WELL);
    world.switch("1.2");
    let own = format!("{}/", world.programs().display());
    let other =
        agent(&["supervise", "--data", world.data().to_str().unwrap(), "--folder", &own]).output().unwrap();
    assert_eq!(other.status.code(), Some(1), "two of them would start two agents");
    supervisor.signal("TERM");
    let said = supervisor.end();
    assert_eq!(said.code, Some(0), "{}", said.stderr);

    // What was on trial when it ended is on trial when it begins.
    let mut supervisor = world.supervise("2");
    wait_until(&mut supervisor, "1.2 is believed in", |told| told.contains("version 1.2 stood its trial"));
    assert_eq!(world.record()["good"], "1.2");
    supervisor.signal("INT");
    assert_eq!(supervisor.end().code, Some(130));
}

#[test]
fn a_new_version_whose_first_reading_outlasts_the_probation_is_believed_in_and_its_probation_begins_then() {
    let world = World::new();
    world.put("1.0", WELL);
    world.switch("1.0");
    let mut supervisor = world.supervise("1");
    wait_until(&mut supervisor, "1.0 is believed in", |told| told.contains("version 1.0 stood its trial"));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
    world.put("1.1", &format!("sleep 3; {WELL}"));
    world.switch("1.1");
    let mut supervisor = world.supervise("1");
    wait_until(&mut supervisor, "1.1 is believed in", |told| told.contains("version 1.1 stood its trial"));
    assert_eq!((world.current(), world.starts().len()), ("1.1".to_owned(), 2));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
}

#[test]
fn an_agent_says_that_it_is_well_when_its_first_reading_is_over() {
    let world = World::new();
    let server = SiteServer::start(&world.0.path().join("server"));
    server.register(&world.data());
    world.put_own();
    // It is asked and does not answer: as long as that lasts, the first reading does.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let healthy = world.data().join("state/healthy.json");
    let target = silent.local_addr().unwrap().to_string();
    let mut supervisor = world.supervise_with(&["--probation", "1", "--", "--retries", "1", &target]);
    silent.recv_from(&mut [0; 2048]).unwrap();
    assert!(!healthy.exists(), "whether it hangs in its reading is not known yet");
    wait_until(&mut supervisor, "it says that it is well", |_| healthy.exists());
    wait_until(&mut supervisor, "it is believed in", |told| told.contains("version first stood its trial"));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
}

#[test]
fn between_two_bad_versions_there_is_no_loop_and_what_ends_is_started_with_growing_waits() {
    let world = World::new();
    world.put("1.0", WELL);
    world.switch("1.0");
    let mut supervisor = world.supervise("1");
    wait_until(&mut supervisor, "1.0 is believed in", |told| told.contains("version 1.0 stood its trial"));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
    world.put("1.0", ENDS);
    world.put("1.1", ENDS);
    world.switch("1.1");
    let mut supervisor = world.supervise("60");
    wait_until(&mut supervisor, "1.0 ends, too", |told| told.contains("started again in 4 s"));
    let starts = world.starts();
    assert_eq!(starts[1..4], ["1.1", "1.1", "1.1"], "{starts:?}");
    assert!(starts.len() >= 6 && starts[4..].iter().all(|version| version == "1.0"), "{starts:?}");
    assert_eq!(world.current(), "1.0");
    let told = supervisor.stderr();
    assert_eq!(told.matches("is current again").count(), 1, "{told}");
    assert!(told.contains("ended 3 times in its probation, the last time with exit code 7"), "{told}");
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
}

#[test]
fn an_agent_that_installed_a_bad_version_is_back_and_tells_the_audit_log_and_the_server() {
    let world = World::new();
    let server = SiteServer::start(&world.0.path().join("server"));
    server.register(&world.data());
    world.put_own();
    let settings = format!("[software]\nfolder = {:?}\n", world.programs());
    fs::write(world.data().join("agent.toml"), settings).unwrap();
    let mut supervisor = world.supervise("1");
    wait_until(&mut supervisor, "it is believed in", |told| told.contains("version first stood its trial"));
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));

    let digest = server.operator.put_artifact(world.script("9.9", ENDS).as_bytes());
    let _ = server
        .operator
        .post("software", &json!({ "component": "agent", "version": "9.9", "digest": digest }));
    // It asked a moment ago; a day later it asks again.
    fs::remove_file(world.data().join("state/software.json")).unwrap();
    let mut supervisor = world.supervise("60");
    wait_until(&mut supervisor, "back and told", |told| {
        told.contains("version first is current again since") && told.contains("version 9.9 is installed")
    });
    assert_eq!(world.starts(), ["9.9", "9.9", "9.9"]);
    wait_until(&mut supervisor, "it is noted", |_| world.data().join("state/rolled-back.json").exists());
    let audit = fs::read_to_string(world.data().join("audit.log")).unwrap();
    assert!(audit.contains("version 9.9 failed: it ended 3 times in its probation"), "{audit}");
    let errors = server.operator.get("clients")[0]["description"]["errors"].to_string();
    assert!(errors.contains("version 9.9 failed") && errors.contains("exit code 7"), "{errors}");

    // Asked anew, and offered anew, it is not installed again.
    supervisor.signal("TERM");
    assert_eq!(supervisor.end().code, Some(0));
    let state = world.data().join("state/software.json");
    let mut kept: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    kept.as_object_mut().unwrap().remove("askedAt");
    kept["state"]["failed"] = json!([]);
    fs::write(&state, kept.to_string()).unwrap();
    let mut supervisor = world.supervise("60");
    wait_until(&mut supervisor, "it asked", |_| {
        fs::read_to_string(&state).is_ok_and(|text| text.contains("askedAt"))
    });
    supervisor.signal("TERM");
    let said = supervisor.end();
    assert!(!said.stderr.contains("9.9 is installed") && !said.stderr.contains("failed"), "{}", said.stderr);
    assert_eq!((world.current(), world.starts().len()), ("first".to_owned(), 3));
}
