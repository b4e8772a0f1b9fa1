//! Evaluates one proxy auto-configuration script: `remote-services-pac`, with the URL, the host and the script on its input.
//!
//! ```text
//! https://server.example/            first line: the URL
//! server.example                     second line: its host
//! function FindProxyForURL(url, host) { …
//! ```
//!
//! Prints what the script answers. The script comes from the network and is believed nothing: the process may use two
//! seconds of processor, 256 MiB of address space and 64 KiB of what it writes; the engine 32 MiB and one second by the
//! clock, after which the process ends at once, whatever the engine is at. It knows no network but the two functions that ask
//! for addresses; with `--without-names` none of names. Exit code 0, 2 for input of another form, 3 when the script fails, 4
//! when it needs more than it may have; a signal where the system ends it.

use remote_services_pac::{Budget, Fault, System, WithoutNames, evaluate};
use rlimit::Resource;
use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let options: Vec<_> = std::env::args_os().skip(1).collect();
    match &options[..] {
        [] => {}
        [word] if word == WITHOUT_NAMES => {}
        [word, ..] if word == "-h" || word == "--help" => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    }
    limit_this_process();
    let mut input = Vec::new();
    let read = std::io::stdin().lock().take(MOST_INPUT).read_to_end(&mut input);
    let mut parts = input.splitn(3, |octet| *octet == b'\n');
    let mut line = || std::str::from_utf8(parts.next()?).ok();
    let (Ok(_), Some(url), Some(host), Some(script)) = (read, line(), line(), parts.next()) else {
        eprintln!("the input is a URL and its host, each on a line of its own, and a script");
        return ExitCode::from(2);
    };
    let script = &text(script);
    if let Err(error) = end_in(Budget::default().time + GRACE) {
        eprintln!("the clock of the script cannot be started: {error}");
        return ExitCode::from(OVER_BUDGET);
    }
    let answer = if options.is_empty() {
        evaluate(script, url, host, System, Budget::default())
    } else {
        evaluate(script, url, host, WithoutNames, Budget::default())
    };
    match answer {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(Fault::Script(why)) => {
            eprintln!("the script fails: {why}");
            ExitCode::from(3)
        }
        Err(Fault::Budget) => {
            eprintln!("{TOO_MUCH}");
            ExitCode::from(OVER_BUDGET)
        }
    }
}

/// The script: UTF-8, or else Latin-1, in which each octet is a character.
fn text(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
        Err(_) => Cow::Owned(octets.iter().copied().map(char::from).collect()),
    }
}

/// No name may be asked for.
const WITHOUT_NAMES: &str = "--without-names";

/// Ends this process when the script had so long. The engine looks at the clock between its steps, and one step may be a name
/// that nobody knows or a search through megabytes.
fn end_in(time: Duration) -> std::io::Result<()> {
    let ended = move || {
        std::thread::sleep(time);
        eprintln!("{TOO_MUCH}");
        std::process::exit(OVER_BUDGET.into());
    };
    std::thread::Builder::new().stack_size(128 << 10).spawn(ended).map(drop)
}

/// Octets of the longest of the files, if any, at whose end this process writes.
fn longest_output() -> u64 {
    let length = |output: BorrowedFd<'_>| {
        let file = output.try_clone_to_owned().map(File::from).ok()?;
        file.metadata().ok().filter(Metadata::is_file).map(|file| file.len())
    };
    let (out, err) = (std::io::stdout(), std::io::stderr());
    [out.as_fd(), err.as_fd()].into_iter().filter_map(length).max().unwrap_or(0)
}

/// What a system does not know of these is left to the engine's own limits.
fn limit_this_process() {
    for (resource, most) in [
        (Resource::CPU, 2),
        (Resource::AS, 256 << 20),
        (Resource::DATA, 128 << 20),
        (Resource::FSIZE, longest_output() + MOST_OUTPUT),
        (Resource::CORE, 0),
    ] {
        let _ = resource.set(most, most);
    }
}

/// The exit code of a script that needs more than it may have.
const OVER_BUDGET: u8 = 4;
/// How long the engine has to say itself that its time is over.
const GRACE: Duration = Duration::from_millis(200);
const TOO_MUCH: &str = "the script needs more time or memory than it may have";

/// Octets that an answer and a complaint have at most, with room to spare.
const MOST_OUTPUT: u64 = 64 << 10;

/// Octets of input that are read: scripts are some kilobytes long.
const MOST_INPUT: u64 = (1 << 20) + 4096;

const HELP: &str = "\
usage: remote-services-pac [--without-names] < FILE

FILE: a URL, a line feed, its host, a line feed, the script, in UTF-8 or Latin-1.
--without-names: it may not ask for the address of a name; dnsResolve finds nothing.

Examples:
  printf 'https://a.test/\\na.test\\n%s' \"$(cat proxy.pac)\" | remote-services-pac

Exit codes:
  0 done   2 wrong command line, or input of another form   3 the script fails
  4 the script needs more time or memory than it may have";
