//! What a client costs on the network of this machine: `network WORK WHO …` prints numbers, a line each.
//!
//! The agent is a process of its own, so that only the client's CPU time is counted.
//!
//! - `walk-v2c WHO`, `walk-v3 WHO`: client CPU, nanoseconds per variable binding, all of which are kept; the first from an
//!   agent of prepared octets, the second from net-snmp's, which must be installed
//! - `fleet WHO DEVICES POLLS`: polls per second; client CPU, nanoseconds per poll; requests sent again
//! - `sessions DEVICES`: octets of memory a session takes; polls that were answered
//! - `agent`: what the others start
mod agent;
mod cpu;
mod fleet;
#[cfg(feature = "peers")]
mod snmp2_client;
mod snmpd;
mod walk;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<usize>().expect("a number");
    match words[..] {
        ["agent"] => agent::run(),
        ["walk-v2c", who] => walk::version2(who),
        ["walk-v3", who] => walk::version3(who),
        ["fleet", who, devices, polls] => fleet::run(who, number(devices), number(polls)),
        ["sessions", devices] => fleet::sessions(number(devices)),
        _ => {
            eprintln!("unknown work: see the top of main.rs");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
