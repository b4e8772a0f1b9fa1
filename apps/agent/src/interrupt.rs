//! Ctrl-C and SIGTERM: the first asks all work to end in good order, the second ends the process at once.

use crate::failure::{Context, ExitCode, Failure};
use remote_services_transport::client::blocking::StopFlag;

/// A flag that Ctrl-C sets.
///
/// # Errors
/// When the operating system does not let this process handle signals.
pub fn stop_flag() -> Result<StopFlag, Failure> {
    let stop = StopFlag::new();
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.is_stopped() {
            std::process::exit(ExitCode::Interrupted as i32);
        }
        flag.stop();
    })
    .context("cannot handle Ctrl-C")?;
    Ok(stop)
}
