//! What the user types: one file a command.

pub mod collect;
pub mod demo;
pub mod discover;
pub mod register;
pub mod run;
pub mod snmp_options;

use crate::failure::Failure;
use clap::{Parser, Subcommand};

/// The command line.
#[derive(Parser)]
#[command(name = "remote-services-agent", version, about, long_about = None, after_help = AFTER_HELP)]
pub struct Line {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Show the whole road on this machine: virtual printers, server, discovery, upload, commands
    Demo(demo::DemoOptions),
    /// Find out which hosts are printers
    Discover(discover::DiscoverOptions),
    /// Read one device and show all that it says
    Collect(collect::CollectOptions),
    /// Register this agent with a server, once
    Register(register::RegisterOptions),
    /// Discover, collect, upload, and carry out commands, again and again
    Run(run::RunOptions),
}

/// How to show a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs: names as in the XML schemas
    Json,
    /// For programs: the documents of the payload
    Xml,
}

/// Carries out the command line.
///
/// # Errors
/// One sentence and an exit code.
pub fn carry_out(line: Line) -> Result<(), Failure> {
    match line.command {
        Command::Demo(options) => demo::carry_out(&options),
        Command::Discover(options) => discover::carry_out(&options),
        Command::Collect(options) => collect::carry_out(&options),
        Command::Register(options) => register::carry_out(&options),
        Command::Run(options) => run::carry_out(&options),
    }
}

/// Writes to standard output; a reader that went away (`| head`) is no error.
///
/// # Errors
/// When the output cannot be written for another reason, such as a full disk.
pub fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format_args!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

const AFTER_HELP: &str = "\
Examples:
  remote-services-agent demo
  remote-services-agent discover 192.0.2.0/24 --community site
  remote-services-agent collect printer-7.example --user monitor --format json
  remote-services-agent register --data /var/lib/remote-services --key-file registration-key
  remote-services-agent run --data /var/lib/remote-services 192.0.2.0/24

Exit codes:
  0 done   1 failed   2 wrong command line, settings or credentials file   3 nobody answered
  4 credentials or registration key refused   130 interrupted";
