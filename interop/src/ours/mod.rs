//! Our own programs, started as a person starts them: a command line, an exit code, and what is printed.
//!
//! | file | what it is |
//! | --- | --- |
//! | `running` | a program that runs: what it printed so far, signals, how it ended |
//! | `server` | `remote-services-server serve`, and its operator's API |
//! | `printers` | `virtual-printer`, one or a fleet |
//! | `site` | a server with a registered agent, and rounds of its `run` |
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

mod printers;
mod running;
mod server;
mod site;

pub use printers::VirtualPrinters;
pub use running::{Running, Said, is_about_the_command_line};
pub use server::{Operator, SiteServer};
pub use site::{Site, play};

/// Set by `cargo xtask test`, which has built everything before the tests begin.
const ALREADY_BUILT: &str = "REMOTE_SERVICES_PROGRAMS_ARE_BUILT";

/// A command that runs one of our programs: `remote-services-agent`, `virtual-printer`, …
///
/// The program is the one of this working copy: it is built first, unless `cargo xtask test` has just done so.
#[must_use]
pub fn program(name: &str) -> Command {
    let mut command = Command::new(folder().join(name));
    // Nothing in this process's environment tells our programs what to do.
    let ours = ["RS_", "VIRTUAL_PRINTER_", "REMOTE_SERVICES_", "RUST_LOG"];
    for (name, _) in std::env::vars_os() {
        if ours.iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            command.env_remove(name);
        }
    }
    command
}

/// The agent with these arguments. If it panicked, a backtrace would show it.
#[must_use]
pub fn agent(arguments: &[&str]) -> Command {
    let mut command = program("remote-services-agent");
    command.env("RUST_BACKTRACE", "1").args(arguments);
    command
}

/// A demo that keeps everything in a folder that goes with the test.
#[must_use]
pub fn demo(scratch: &Path, arguments: &[&str]) -> Command {
    let mut command = agent(&["demo"]);
    command.env("TMPDIR", scratch).args(arguments);
    command
}

/// Runs the agent with these arguments to its end.
#[must_use]
pub fn agent_says(arguments: &[&str]) -> Said {
    Running::start(&mut agent(arguments)).end()
}

/// Where cargo puts programs: beside the folder of the test that runs.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        if std::env::var_os(ALREADY_BUILT).is_none() {
            build();
        }
        let test = std::env::current_exe().expect("a running test has a file");
        test.ancestors().nth(2).expect("tests lie in a folder below the programs").to_path_buf()
    })
}

/// The same features as for all tests, so that hardly anything is compiled twice.
fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["build", "--quiet", "--workspace", "--all-features", "--bins"];
    let status = Command::new(cargo).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).status();
    assert!(status.is_ok_and(|status| status.success()), "the programs cannot be built");
}
