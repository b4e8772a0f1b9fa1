//! Pipes in place of files that settings are in or name: whoever reads one waits until somebody writes into it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::World;

fn make_pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// What a start says, and how it ends, which it does soon.
fn start(data: &Path) -> (Option<i32>, String) {
    let mut agent = Command::new(env!("CARGO_BIN_EXE_remote-services-agent"));
    let agent = agent.args(["run", "--once", "--no-collect", "--data"]).arg(data);
    let mut agent = agent.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    let status = loop {
        if let Some(status) = agent.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            agent.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    agent.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (status.code(), said)
}

#[test]
fn a_pipe_in_place_of_a_file_of_the_settings_is_told_and_not_waited_for() {
    let world = World::new();
    let pipe = world.folder.path().join("pipe");
    make_pipe(&pipe);
    let settings = world.data().join("agent.toml");
    let proxy = "proxy = \"http://127.0.0.1:9\"\n[proxy-credentials]\nuser = \"a\"\n";
    for (text, what) in [
        (format!("{proxy}password-file = {pipe:?}\n"), "password for the proxy in "),
        (format!("[secrets]\nkey-file = {pipe:?}\n"), "[secrets] key-file "),
        (format!("[tls]\nrevocation-lists = [{pipe:?}]\n"), ""),
    ] {
        std::fs::write(&settings, &text).unwrap();
        let (code, said) = start(&world.data());
        assert_eq!(code, Some(2), "{text}: {said}");
        let told = format!("{what}{}: it is a pipe (FIFO) and no regular file", pipe.display());
        assert!(said.contains(&told), "{text}: {said}");
    }
    std::fs::write(&settings, "#\n").unwrap();
    for (name, what) in [("devices.toml", ""), ("agent.toml", "settings ")] {
        let path = world.data().join(name);
        let _ = std::fs::remove_file(&path);
        make_pipe(&path);
        let (code, said) = start(&world.data());
        assert_eq!(code, Some(2), "{said}");
        let told = format!("{what}{}: it is a pipe (FIFO) and no regular file", path.display());
        assert!(said.contains(&told), "{said}");
    }
}

#[test]
fn settings_that_become_a_pipe_while_the_agent_is_at_work_permit_nothing_and_it_goes_on() {
    let world = World::new();
    let mut site = world.site("[actions]\nprintTestPage = \"on\"\n");
    std::fs::remove_file(site.home.settings()).unwrap();
    make_pipe(&site.home.settings());
    assert!(site.heed() && site.settings.is_suspended());
    std::fs::remove_file(site.home.settings()).unwrap();
    std::fs::write(site.home.settings(), "#\n").unwrap();
    assert!(site.heed() && !site.settings.is_suspended());
}
