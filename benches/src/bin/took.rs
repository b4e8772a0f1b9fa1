//! `took PROGRAM WORDS…`: runs a program to its end and prints the seconds of CPU that it took and the most memory that it
//! held, in MiB, as the kernel accounts for them. What the program prints goes nowhere.
use std::process::{Command, ExitCode, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: took PROGRAM WORDS…");
        return ExitCode::FAILURE;
    };
    let ended = Command::new(&program).args(words).stdin(Stdio::null()).stdout(Stdio::null()).status();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    match (ended, usage) {
        (Ok(status), Ok(usage)) if status.success() => {
            let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
            #[expect(clippy::cast_precision_loss, reason = "seconds and mebibytes")]
            let (seconds, memory) = (micros as f64 / 1e6, usage.max_rss() as f64 / 1_024.0);
            println!("{seconds:.6} {memory:.2}");
            ExitCode::SUCCESS
        }
        (ended, _) => {
            eprintln!("{}: {ended:?}", program.display());
            ExitCode::FAILURE
        }
    }
}
