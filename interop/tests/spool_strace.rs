//! The order of the system calls under the spool, as strace sees it: what `kill -9` cannot show, since a crash of the process
//! loses nothing that the kernel holds.
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};

const FOLDER: &str = "REMOTE_SERVICES_STRACE_TEST_FOLDER";
const GROUP_FOLDER: &str = "REMOTE_SERVICES_STRACE_TEST_GROUP_FOLDER";
const GROUP_NAME: &str = "all_of_a_group_are_synced_before_one_is_named_and_the_folder_is_synced_once";
const NAME: &str = "a_payload_is_synced_and_named_before_it_is_promised_and_settled_before_it_goes";

/// Says something in between that strace sees.
fn mark(word: &str) {
    println!("mark {word}");
}

/// id-ct-authEnvelopedData (RFC 5083), and nothing sealed in it.
fn sealed(content: u8) -> Vec<u8> {
    let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
    [&[0x30, 14][..], &oid, &[content]].concat()
}

/// Keeps a payload and settles it.
fn keep_and_settle(folder: &Path) {
    let (mut spool, _) = Spool::open(folder, SpoolLimits::default()).expect("an empty folder");
    let payload = sealed(7);
    let (upload, digest) = (Uuid::from_u128(7), ContentDigest::of(&payload));
    mark("begin");
    let sealed = SealedPayload::new(&payload).expect("it has the form of a sealed payload");
    spool.append(Class::Report, upload, sealed).expect("there is room");
    mark("kept");
    let receipt = Receipt { upload, digest, stored_at: Timestamp::from_unix_seconds(1) };
    spool.done(&receipt).expect("it waits");
    mark("done");
}

/// Keeps a group of payloads.
fn keep_group(folder: &Path) {
    let (mut spool, _) = Spool::open(folder, SpoolLimits::default()).expect("an empty folder");
    let octets: Vec<Vec<u8>> = (0..GROUP).map(sealed).collect();
    let group: Vec<_> = (1..)
        .zip(&octets)
        .map(|(id, octets)| {
            (Uuid::from_u128(id), SealedPayload::new(octets).expect("it has the form of a sealed payload"))
        })
        .collect();
    mark("begin");
    spool.append_all(Class::Meter, &group).expect("there is room");
    mark("kept");
}

const GROUP: u8 = 20;

/// A call that matters and succeeded, in short: what, and of which file.
fn short(line: &str) -> Option<String> {
    if line.contains(" = -1 ") {
        return None;
    }
    let call = line.find('(')?;
    let name = line[..call].rsplit([' ', ']']).next()?;
    let arguments = &line[call..];
    if let Some(at) = arguments.find("mark ") {
        let word: String = arguments[at + 5..].chars().take_while(char::is_ascii_lowercase).collect();
        return Some(format!("mark {word}"));
    }
    let file = |text: &str| -> &str {
        if text.contains("receipts.log") {
            "receipts"
        } else if text.contains(".tmp>") || text.contains(".tmp\"") {
            "tmp"
        } else if text.contains(".sealed") {
            "sealed"
        } else if text.contains("/pending>") {
            "pending"
        } else {
            "other"
        }
    };
    match name {
        "write" | "pwrite64" | "writev" => Some(format!("write {}", file(arguments))),
        "fsync" | "fdatasync" => Some(format!("sync {}", file(arguments))),
        "rename" | "renameat" | "renameat2" => {
            let whole = arguments.contains(".tmp\", ") && arguments.contains(".sealed\"");
            Some(if whole { "rename tmp to sealed".to_owned() } else { "rename other".to_owned() })
        }
        "unlink" | "unlinkat" => Some(format!("remove {}", file(arguments))),
        _ => None,
    }
}

/// The calls of a trace that matter, each when it ended: threads interrupt each other.
fn in_order(trace: &str) -> Vec<String> {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let thread = line.split(' ').next().unwrap_or_default();
        if let Some((call, _)) = line.split_once(" <unfinished ...>") {
            begun.insert(thread, call);
        } else if let Some((_, result)) = line.split_once(" resumed>") {
            let call = begun.remove(thread).expect("a call begins before it is resumed");
            calls.extend(short(&format!("{call}{result}")));
        } else {
            calls.extend(short(line));
        }
    }
    calls.retain(|call| !call.ends_with(" other"));
    calls
}

/// Runs a test of this file in a process of its own, in a spool's folder that does not exist yet; gives the calls from the
/// first mark on, and the whole trace.
fn traced(test: &str, folder_variable: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trace = folder.path().join("trace");
    let calls = "trace=write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat";
    let mut traced = Command::new(Tool::Strace.path());
    traced.args(["-f", "-y", "-s", "4096", "-e", calls, "-o"]).arg(&trace);
    traced.arg(std::env::current_exe().expect("a running test has a file"));
    traced.args(["--exact", "--nocapture", test]);
    run_ok(traced.env(folder_variable, folder.path().join("spool")));
    let text = std::fs::read_to_string(&trace).expect("strace wrote it");
    let mut calls = in_order(&text);
    let begin = calls.iter().position(|call| call == "mark begin").expect("the test began");
    calls.drain(..begin);
    (calls, text)
}

#[test]
fn all_of_a_group_are_synced_before_one_is_named_and_the_folder_is_synced_once() {
    if let Some(folder) = std::env::var_os(GROUP_FOLDER) {
        return keep_group(Path::new(&folder));
    }
    if !require(&[Tool::Strace]) {
        return;
    }
    let (calls, text) = traced(GROUP_NAME, GROUP_FOLDER);
    let group = usize::from(GROUP);
    let count = |calls: &[String], what: &str| calls.iter().filter(|call| *call == what).count();
    let (content, names) = calls.split_at(1 + 2 * group);
    assert_eq!(content[0], "mark begin", "{text}");
    assert_eq!((count(content, "write tmp"), count(content, "sync tmp")), (group, group), "{text}");
    let mut expected = vec!["rename tmp to sealed"; group];
    expected.extend(["sync pending", "mark kept"]);
    assert_eq!(names, expected, "{text}");
}

#[test]
fn a_payload_is_synced_and_named_before_it_is_promised_and_settled_before_it_goes() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return keep_and_settle(Path::new(&folder));
    }
    if !require(&[Tool::Strace]) {
        return;
    }
    let (calls, text) = traced(NAME, FOLDER);
    assert_eq!(
        calls,
        [
            "mark begin",
            "write tmp",
            "sync tmp",
            "rename tmp to sealed",
            "sync pending",
            "mark kept",
            "write receipts",
            "sync receipts",
            "remove sealed",
            "mark done",
        ],
        "{text}"
    );
}
