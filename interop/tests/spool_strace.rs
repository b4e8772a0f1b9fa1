//! The order of the system calls under the spool, as strace sees it: what `kill -9` cannot show, since a crash of the process
//! loses nothing that the kernel holds.
use std::path::Path;
use std::process::Command;

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};
use remote_services_transport::document::{ContentDigest, Receipt};
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};

const FOLDER: &str = "REMOTE_SERVICES_STRACE_TEST_FOLDER";
const NAME: &str = "a_payload_is_synced_and_named_before_it_is_promised_and_settled_before_it_goes";

/// Says something in between that strace sees.
fn mark(word: &str) {
    println!("mark {word}");
}

/// Keeps a payload and settles it.
fn keep_and_settle(folder: &Path) {
    let (mut spool, _) = Spool::open(folder, SpoolLimits::default()).expect("an empty folder");
    // id-ct-authEnvelopedData (RFC 5083), and nothing sealed in it.
    let oid = [0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];
    let payload = [&[0x30, 14][..], &oid, &[7]].concat();
    let (upload, digest) = (Uuid::from_u128(7), ContentDigest::of(&payload));
    mark("begin");
    let sealed = SealedPayload::new(&payload).expect("it has the form of a sealed payload");
    spool.append(Class::Report, upload, sealed).expect("there is room");
    mark("kept");
    let receipt = Receipt { upload, digest, stored_at: Timestamp::from_unix_seconds(1) };
    spool.done(&receipt).expect("it waits");
    mark("done");
}

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

#[test]
fn a_payload_is_synced_and_named_before_it_is_promised_and_settled_before_it_goes() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return keep_and_settle(Path::new(&folder));
    }
    if !require(&[Tool::Strace]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trace = folder.path().join("trace");
    let calls = "trace=write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat";
    let mut traced = Command::new(Tool::Strace.path());
    traced.args(["-f", "-y", "-s", "4096", "-e", calls, "-o"]).arg(&trace);
    traced.arg(std::env::current_exe().expect("a running test has a file")).args([
        "--exact",
        "--nocapture",
        NAME,
    ]);
    run_ok(traced.env(FOLDER, folder.path().join("spool")));

    let text = std::fs::read_to_string(&trace).expect("strace wrote it");
    let calls: Vec<String> =
        text.lines().filter_map(short).filter(|call| !call.ends_with(" other")).collect();
    let begin = calls.iter().position(|call| call == "mark begin").expect("the test began");
    assert_eq!(
        calls[begin..],
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
