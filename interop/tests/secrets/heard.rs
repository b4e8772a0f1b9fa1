//! All log events of a process, those of `tracing` and those of `log`, at TRACE.
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use clap::Parser as _;
use remote_services_agent::cli::{Line, carry_out};
use tracing_subscriber::filter::LevelFilter;

static HEARD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Words of the agent's command line, one a line, in the environment of the process that is to be the agent.
pub(crate) const AS_AGENT: &str = "SECRETS_AGENT_LINE";

/// Hears everything from now on.
pub(crate) fn listen() {
    subscribe(|| Ear);
    log::set_logger(&Ear).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
}

/// What was heard so far.
pub(crate) fn all() -> String {
    String::from_utf8_lossy(&HEARD.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// Does what the environment says, with every log event on standard error; the exit code, if it says anything.
pub(crate) fn agent_of_this_process() -> Option<i32> {
    let line = std::env::var(AS_AGENT).ok()?;
    subscribe(io::stderr);
    log::set_logger(&Tell).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    tracing::trace!("the agent's process is heard");
    log::trace!("and so is what others log");
    let outcome = carry_out(Line::parse_from(line.lines()));
    if let Err(failure) = &outcome {
        eprintln!("{failure}");
    }
    Some(outcome.map_or_else(|failure| failure.code as i32, |()| 0))
}

fn subscribe<W: for<'a> tracing_subscriber::fmt::MakeWriter<'a> + Send + Sync + 'static>(writer: W) {
    let everything = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE);
    everything.with_ansi(false).with_writer(writer).init();
}

/// Into memory.
struct Ear;

impl Write for Ear {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        HEARD.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(Ear, "{} {}: {}", record.level(), record.target(), record.args());
    }

    fn flush(&self) {}
}

/// To standard error.
struct Tell;

impl log::Log for Tell {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(io::stderr(), "{} {}: {}", record.level(), record.target(), record.args());
    }

    fn flush(&self) {}
}
