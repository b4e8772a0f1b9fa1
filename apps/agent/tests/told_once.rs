//! What goes wrong while an agent is at work is told once, and once that it is over: not by each turn that does not try it again.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use serde_json::json;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, fs::File};
use support::{World, wait_until};

struct AtWork(Child);

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_reading_that_failed_is_told_once_until_it_was_tried_again_and_works() {
    let world = World::with(|config| (config.next_poll.seconds, config.next_poll.jitter) = (1, 0));
    // As on a disk that is full: what the agent remembers of devices cannot be kept, and all else can.
    let hindrance = world.data().join("state/devices.new");
    fs::create_dir(&hindrance).unwrap();
    let log = world.folder.path().join("log");
    let mut agent = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    agent.args(["run", "127.0.0.1:1", "--timeout", "0.1", "--retries", "0", "--every", "1", "--data"]);
    agent.arg(world.data()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
    let _agent = AtWork(agent.spawn().unwrap());
    let said = |words: &str| fs::read_to_string(&log).unwrap().matches(words).count();
    let why = "devices.json: Is a directory";
    wait_until("it fails", || said(why) == 1);
    let client = world.get("/api/v1/clients")[0]["id"].clone();
    for _ in 0..3 {
        let command = world.post("/api/v1/commands", &json!({ "client": client, "action": "checkSoftware" }));
        let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
        wait_until("a turn is over", || !world.get(&path)["executions"].as_array().is_none_or(Vec::is_empty));
    }
    assert_eq!((said(why), said("all is well again")), (1, 0), "{}", fs::read_to_string(&log).unwrap());
    fs::remove_dir(&hindrance).unwrap();
    // The next reading is a minute after the one that failed.
    let deadline = Instant::now() + Duration::from_secs(180);
    while said("all is well again") == 0 {
        assert!(Instant::now() < deadline, "{}", fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(said(why), 1);
}
