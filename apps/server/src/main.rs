//! `remote-services-server`: runs the communication server and makes registration keys for it.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
