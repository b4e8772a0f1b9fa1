//! Our own programs, as processes.
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Set by `cargo xtask test`, which has built everything before the tests begin.
const ALREADY_BUILT: &str = "REMOTE_SERVICES_PROGRAMS_ARE_BUILT";

/// A command that runs one of our programs: `remote-services-agent`, `virtual-printer`, …
///
/// The program is the one of this working copy: it is built first, unless `cargo xtask test` has just done so.
#[must_use]
pub fn program(name: &str) -> Command {
    Command::new(folder().join(name))
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
