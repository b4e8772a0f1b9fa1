//! `cargo run -p remote-services-fuzz-targets -- list` prints the targets with their longest inputs, `-- seeds` writes
//! new seeds into `fuzz/corpus`. Those of earlier encoders stay there: what was sound once must be read for ever.
//! `-- blind SECONDS [TARGET]` fuzzes without coverage, with any compiler.

use std::fs;
use std::io;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use remote_services_fuzz_targets::blind::Blind;
use remote_services_fuzz_targets::{ALL, Target, target};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for target in ALL {
                println!("{} {}", target.name, target.longest);
            }
            ExitCode::SUCCESS
        }
        ["seeds"] => match write_seeds(&fuzz().join("corpus")) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("fuzz/corpus: {error}");
                ExitCode::FAILURE
            }
        },
        ["blind", seconds, ref names @ ..] => {
            let wanted: Option<Vec<&Target>> = if names.is_empty() {
                Some(ALL.iter().collect())
            } else {
                names.iter().map(|name| target(name)).collect()
            };
            match (seconds.parse(), wanted) {
                (Ok(seconds), Some(wanted)) => blind(&wanted, Duration::from_secs(seconds)),
                _ => usage(),
            }
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: remote-services-fuzz-targets list | seeds | blind SECONDS [TARGET…]");
    ExitCode::from(2)
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is below fuzz").to_path_buf()
}

/// Prints a line for each target, and the input of what was found; 1 when anything was.
fn blind(targets: &[&Target], time: Duration) -> ExitCode {
    let (mut total, mut findings) = (0_u64, 0);
    let number = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
    for target in targets {
        let folder = fuzz().join("corpus").join(target.name);
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let more = files.filter_map(|file| fs::read(file.path()).ok()).collect();
        let dictionary = fuzz().join(format!("dictionaries/{}.dict", target.name));
        let mut blind = Blind::new(target, more, &fs::read_to_string(dictionary).unwrap_or_default(), number);
        let (began, mut executions) = (Instant::now(), 0_u64);
        while began.elapsed() < time {
            let input = blind.input();
            executions += 1;
            if catch_unwind(|| (target.run)(&input)).is_err() {
                findings += 1;
                println!("{}: {}", target.name, input.escape_ascii());
                break;
            }
        }
        println!("{}: {executions} executions from number {number}", target.name);
        total += executions;
    }
    println!("blind: {} targets, {total} executions, {findings} findings", targets.len());
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write_seeds(corpus: &Path) -> io::Result<()> {
    for target in ALL {
        let folder = corpus.join(target.name);
        fs::create_dir_all(&folder)?;
        let known: Vec<Vec<u8>> =
            fs::read_dir(&folder)?.map(|entry| fs::read(entry?.path())).collect::<io::Result<_>>()?;
        let new = (target.seeds)().into_iter().filter(|seed| !known.contains(seed));
        for (seed, number) in new.zip(known.len()..) {
            fs::write(folder.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
