//! `remote-services-agent`: the device-management agent on the command line.

use remote_services_agent::cli::carry_out_as_called;
use remote_services_agent::present::printable;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match carry_out_as_called() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Standard error may be closed or full; the exit code still says it.
            let _ = writeln!(std::io::stderr(), "remote-services-agent: {}", printable(&failure.to_string()));
            ExitCode::from(failure.code as u8)
        }
    }
}
