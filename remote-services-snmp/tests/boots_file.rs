//! snmpEngineBoots over starts that end by `kill -9`.
#![cfg(all(unix, feature = "std"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use remote_services_snmp::BootsFile;

const ROUNDS: usize = 50;
/// Tells the child which file to count in.
const FILE: &str = "BOOTS_FILE_OF_THE_CHILD";

#[test]
fn rfc3414_2_2_boots_rise_over_fifty_kills_in_the_middle_of_a_start() {
    let folder = std::env::temp_dir().join(format!("snmp-boots-killed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("boots");
    let mut last = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "counts_starts_until_it_is_killed", "--nocapture"])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut wanted = 1 + round % 4;
        let mut line = String::new();
        while wanted > 0 {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "the child counts until it is killed");
            wanted -= usize::from(rises(&line, &mut last));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it has counted until then was stored as well.
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        for line in rest.split_inclusive('\n') {
            rises(line, &mut last);
        }
    }
    assert!(last >= 123, "each round waits for one to four starts: {last}");
    assert!(BootsFile::new(&file).next_start().unwrap() > last);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Whether the line tells boots, which must be above all before.
fn rises(line: &str, last: &mut u32) -> bool {
    let Some((_, boots)) = line.strip_suffix('\n').and_then(|line| line.split_once("boots are ")) else {
        return false;
    };
    let boots: u32 = boots.parse().unwrap();
    assert!(boots > *last, "{boots} after {last}");
    assert!(boots < 0x7fff_ffff, "a killed writer must not make the file unreadable");
    *last = boots;
    true
}

/// The child. Without a parent it has nothing to do.
#[test]
fn counts_starts_until_it_is_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let boots = BootsFile::new(file);
    loop {
        println!("boots are {}", boots.next_start().unwrap());
    }
}
