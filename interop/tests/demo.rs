//! `remote-services-agent demo`, as a person at a terminal sees it, and as a script does.
use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use remote_services_collect::synthetic;
use remote_services_interop::ours::{Operator, Running, Said, demo, program};
use serde_json::json;

#[test]
fn it_shows_the_whole_road_in_plain_lines_and_nothing_listens_afterwards() {
    let scratch = tempfile::tempdir().unwrap();
    let said = Running::start(&mut demo(scratch.path(), &[])).end();
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert!(!said.all().contains(['\u{1b}', '\r']), "not plain: {}", said.all());

    let table = step(&said, "Collect, seal and spool");
    let makers: BTreeSet<&str> = synthetic::ALL.iter().take(12).map(|device| device.manufacturer).collect();
    assert!(makers.len() >= 12);
    for maker in makers {
        assert_eq!(rows(table).filter(|row| row.contains(maker)).count(), 1, "{maker}: {table}");
    }
    for version in [" v1 ", " v2c ", " v3 "] {
        assert!(rows(table).filter(|row| row.contains(version)).count() >= 4, "{version}: {table}");
    }
    let low = rows(table).find(|row| row.contains("toner is low")).expect("one is low on toner");
    assert!(low.contains("black 4 %"), "{low}");
    let jammed = rows(table).find(|row| row.contains("stopped")).expect("one is jammed");
    assert!(jammed.contains("Paper jam"), "{jammed}");
    assert!(rows(table).any(|row| row.contains("4294967295 impressions")), "one is about to wrap: {table}");

    assert_eq!(step(&said, "Upload").matches("receipt: upload ").count(), 13, "{}", said.stdout);
    let carried_out = step(&said, "Poll, carry out, report");
    assert!(
        carried_out.contains("the page counter went from 4294967295 to 0 (counterWrap)"),
        "{carried_out}"
    );
    let outcomes = step(&said, "What the server knows of the three commands");
    for (action, outcome) in
        [("troubleshoot", " done "), ("printTestPage", " done "), ("restart", " refused: disabled ")]
    {
        let row = rows(outcomes).find(|row| row.contains(action)).expect("each has a row");
        assert!(row.contains(outcome), "{row}");
    }

    let (clients, operators) = urls(&said.stdout);
    for url in [&clients, &operators] {
        assert!(TcpStream::connect(url.split("//").nth(1).unwrap()).is_err(), "{url} still listens");
    }
    let data = data_folder(&said.stdout);
    assert!(data.starts_with(scratch.path()) && data.join("agent/audit.log").is_file());
    assert!(data.join("server").is_dir());
}

#[test]
fn a_second_run_on_the_same_data_goes_on_where_the_first_one_ended() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data");
    let words = ["--data", data.to_str().unwrap(), "--printers", "6"];
    let first = Running::start(&mut demo(scratch.path(), &words)).end();
    assert_eq!(first.code, Some(0), "{}", first.all());
    assert!(!first.stdout.contains("registered by an earlier run"));

    let serve = [&words[..], &["--serve"]].concat();
    let mut second = Running::start(&mut demo(scratch.path(), &serve));
    second.wait_until("it keeps running", keeps_running);
    let operator = Operator::new(&urls(&second.stdout()).1, &data.join("server"));
    let uploads = operator.opened_uploads();
    assert!(uploads.iter().all(|upload| upload["state"] == "opened"), "{uploads:?}");
    assert_eq!(uploads.len(), 2 * (6 + 1 + 2), "six printers, the agent and two results, twice");
    let serials: BTreeSet<String> =
        operator.devices().iter().map(|device| device["serial"].to_string()).collect();
    assert_eq!((operator.devices().len(), serials.len()), (6, 6), "{:?}", operator.devices());
    assert_eq!(operator.get("clients").as_array().unwrap().len(), 1);
    let lines = operator.get("audit?limit=5000")["lines"].to_string();
    assert!(!lines.contains("sequenceRepeated"), "{lines}");

    second.signal("INT");
    let second = second.end();
    assert_eq!(second.code, Some(0), "{}", second.all());
    assert!(second.stdout.contains("registered by an earlier run"));
    assert!(data.join("agent").is_dir(), "a folder that was named stays");
}

#[test]
fn ctrl_c_in_the_middle_ends_it_with_130_and_leaves_nothing() {
    for at in ["Start the comm", "Register the agent", "Discover", "Upload", "Poll, carry out"] {
        let scratch = tempfile::tempdir().unwrap();
        let mut demo = Running::start(&mut demo(scratch.path(), &["--printers", "30"]));
        demo.wait_until(at, |stdout| stdout.contains(at).then_some(()));
        demo.signal("INT");
        let said = demo.end();
        assert_eq!(said.code, Some(130), "{at}: {}", said.all());
        assert!(said.stderr.ends_with("interrupted\n"), "{at}: {}", said.stderr);
        let left: Vec<_> = fs::read_dir(scratch.path()).unwrap().flatten().collect();
        assert!(left.is_empty(), "{at}: {left:?}");
    }
}

#[test]
fn the_step_that_fails_is_named_and_the_exit_code_is_1() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let below_a_file = file.join("data");
    let words = ["--data", below_a_file.to_str().unwrap()];
    let said = Running::start(&mut demo(scratch.path(), &words)).end();
    let sentence = said.sentence(1);
    assert!(sentence.starts_with("step 1, open a data folder: "), "{sentence}");
    assert!(sentence.contains(below_a_file.to_str().unwrap()), "{sentence}");

    let data = scratch.path().join("data");
    let words = ["--data", data.to_str().unwrap(), "--printers", "1"];
    let said = Running::start(&mut demo(scratch.path(), &words)).end();
    assert_eq!(said.code, Some(0), "{}", said.all());
    let address = urls(&said.stdout).0.split("//").nth(1).unwrap().to_owned();
    let _taken = TcpListener::bind(&address).unwrap();
    let said = Running::start(&mut demo(scratch.path(), &words)).end();
    let sentence = said.sentence(1);
    assert!(sentence.starts_with("step 3, start the communication server: "), "{sentence}");
    assert!(sentence.contains(&address), "{sentence}");
}

#[test]
fn serve_answers_on_its_urls_and_carries_out_commands_until_ctrl_c() {
    let scratch = tempfile::tempdir().unwrap();
    let words = ["--serve", "--printers", "4"];
    let mut demo = Running::start(&mut demo(scratch.path(), &words));
    demo.wait_until("it keeps running", keeps_running);
    let said = demo.stdout();
    let (clients, operators) = urls(&said);
    assert!(TcpStream::connect(clients.split("//").nth(1).unwrap()).is_ok(), "{clients}");
    let operator = Operator::new(&operators, &data_folder(&said).join("server"));
    assert_eq!(operator.get("health")["status"], "ok");

    let device = operator.devices().remove(0);
    let wish = json!({"client": device["clients"][0], "device": device["id"], "action": "getStatus",
        "reason": "somebody asks while it runs"});
    let command = operator.post("commands", &wish)["id"].as_str().unwrap().to_owned();
    let state = operator.wait_for(&format!("commands/{command}"), |view| {
        let state = view["state"].as_str().unwrap();
        ["succeeded", "failed", "rejected", "expired"].contains(&state).then(|| state.to_owned())
    });
    assert_eq!(state, "succeeded");

    demo.signal("INT");
    let said = demo.end();
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert!(said.stdout.contains("getStatus: succeeded"), "{}", said.stdout);
    assert!(TcpStream::connect(operators.split("//").nth(1).unwrap()).is_err());
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "the temporary folder is gone");
}

#[test]
fn a_reader_that_goes_away_does_not_end_it() {
    let scratch = tempfile::tempdir().unwrap();
    let mut demo = demo(scratch.path(), &["--printers", "1"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = demo.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_large_fleet_starts_where_few_open_files_are_allowed_at_first() {
    let scratch = tempfile::tempdir().unwrap();
    let agent = program("remote-services-agent");
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -Sn 256; exec \"$0\" demo --printers 200"]).arg(agent.get_program());
    shell.env("TMPDIR", scratch.path());
    let said = Running::start(&mut shell).end();
    assert_eq!(said.code, Some(0), "{}", said.all());
    assert_eq!(step(&said, "Upload").matches("and 181 more receipts").count(), 1, "{}", said.stdout);
}

/// What was printed under the heading of a step.
fn step<'a>(said: &'a Said, name: &str) -> &'a str {
    let (_, behind) =
        said.stdout.split_once(&format!(". {name}\n")).unwrap_or_else(|| panic!("{}", said.all()));
    behind.split("\n\n").next().unwrap_or(behind)
}

fn rows(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.starts_with('─'))
}

/// The URLs for clients and for operators.
fn urls(stdout: &str) -> (String, String) {
    let behind = |words: &str| {
        let (_, rest) = stdout.split_once(words).unwrap_or_else(|| panic!("no {words:?} in {stdout}"));
        rest.split_whitespace().next().expect("a URL follows").to_owned()
    };
    (behind("clients connect to "), behind("the operator's side is "))
}

fn data_folder(stdout: &str) -> PathBuf {
    let (_, rest) = stdout.split_once("1. Open a data folder\n").expect("it is the first step");
    Path::new(rest.lines().next().expect("a line follows").trim()).to_owned()
}

fn keeps_running(stdout: &str) -> Option<()> {
    stdout.contains("Everything keeps running").then_some(())
}
