//! `cargo xtask expectations`: recordings of real devices, read over the network, against what others published.
use std::path::absolute;

use crate::peers;
use crate::step::{Outcome, cargo, run};

/// Reads the recordings of this folder, or of the one beside the project.
///
/// # Errors
/// When the peers are not there, or something is read otherwise than expected without a reason.
pub fn compare(folder: Option<&str>) -> Outcome {
    peers::prepare()?;
    let mut command =
        cargo(&["run", "--quiet", "--package", "remote-services-interop", "--bin", "expectations", "--"]);
    if let Some(folder) = folder {
        command.arg(absolute(folder).map_err(|error| format!("{folder}: {error}"))?);
    }
    run(&mut command)
}
