//! The programs of others that the tests in `interop/` talk to: which are there, and how to get the rest.
//!
//! `interop/peers.tsv` is the one list; `interop` reads it as well.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{Outcome, heading, root, run, target};

/// snmpsim and what it needs but does not ask for.
const SNMPSIM: [&str; 4] = ["snmpsim==1.2.2", "pysmi", "cryptography", "pycryptodomex"];
/// Debian's own interpreter: one from elsewhere may lack the dbm that snmpsim's index needs.
const PYTHON: &str = "/usr/bin/python3";

/// One line of `interop/peers.tsv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The name that tests use: `Tool::Snmpd`.
    pub tool: String,
    /// The program to look for.
    pub program: String,
    /// The Debian package that has it; `None` for snmpsim, which comes from PyPI.
    pub package: Option<String>,
}

impl Peer {
    /// Whether the program is installed. What comes from PyPI counts only in our own environment.
    fn is_there(&self) -> bool {
        match self.package {
            Some(_) => find(&self.program).is_some(),
            None => environment().join("bin").join(&self.program).is_file(),
        }
    }
}

/// Makes sure that the peers are there as far as we may, and says which tests go without.
///
/// # Errors
/// When `interop/peers.tsv` cannot be read. A package that cannot be had is no error: its tests say so.
pub fn prepare() -> Outcome {
    heading("peers: programs of others that the tests talk to");
    let peers = list(&root())?;
    let mut packages: BTreeSet<&str> =
        peers.iter().filter(|peer| !peer.is_there()).filter_map(|peer| peer.package.as_deref()).collect();
    if !python_can_make_environments() {
        packages.extend(["python3", "python3-venv"]);
    }
    if !packages.is_empty() {
        let packages: Vec<&str> = packages.into_iter().collect();
        if may_install() {
            install(&packages);
        } else {
            println!("missing Debian packages (root may `apt-get install` them): {}", packages.join(" "));
        }
    }
    if peers.iter().any(|peer| peer.package.is_none() && !peer.is_there()) && python_can_make_environments() {
        make_environment().unwrap_or_else(|why| println!("snmpsim could not be set up: {why}"));
    }
    for peer in peers.iter().filter(|peer| !peer.is_there()) {
        let files = tests_that_need(&root(), &peer.tool);
        println!("without {}: left out in interop/tests: {}", peer.program, files.join(" "));
    }
    Ok(())
}

/// Makes sure that a program of a Debian package is there which no test asks for.
///
/// # Errors
/// When it is neither there nor to be had.
pub fn ensure(program: &str, package: &str) -> Outcome {
    if find(program).is_none() && may_install() {
        install(&[package]);
    }
    match find(program) {
        Some(_) => Ok(()),
        None => Err(format!("{program} is missing (root may `apt-get install {package}`)")),
    }
}

/// Reads `interop/peers.tsv` below `root`.
///
/// # Errors
/// When the file is not there or a line has fewer than three columns.
pub fn list(root: &Path) -> Result<Vec<Peer>, String> {
    let path = root.join("interop/peers.tsv");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines()
        .skip(1)
        .map(|line| {
            let mut columns = line.split('\t').map(str::to_owned);
            match (columns.next(), columns.next(), columns.next()) {
                (Some(tool), Some(program), Some(package)) => {
                    Ok(Peer { tool, program, package: Some(package).filter(|name| name != "-") })
                }
                _ => Err(format!("{}: not enough columns: {line}", path.display())),
            }
        })
        .collect()
}

/// Where a program is: on the path or in the folders of daemons.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The test files of `interop` that ask for a tool.
fn tests_that_need(root: &Path, tool: &str) -> Vec<String> {
    let Ok(folder) = fs::read_dir(root.join("interop/tests")) else { return Vec::new() };
    let mut files: Vec<String> = folder
        .flatten()
        .filter(|file| {
            fs::read_to_string(file.path()).is_ok_and(|text| text.contains(&format!("Tool::{tool}")))
        })
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    files
}

/// Root, on a system with apt-get.
pub(crate) fn may_install() -> bool {
    let id = Command::new("id").arg("-u").output().map(|output| output.stdout);
    id.is_ok_and(|id| id.trim_ascii() == b"0") && find("apt-get").is_some()
}

pub(crate) fn install(packages: &[&str]) {
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        // RUNLEVEL=1 keeps Debian's scripts from starting the daemons that they install.
        command
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("RUNLEVEL", "1")
            .stdin(Stdio::null());
        command
    };
    let outcome = run(&mut apt(&["-q", "update"]))
        .and_then(|()| run(apt(&["-q", "install", "-y", "--no-install-recommends"]).args(packages)));
    if let Err(why) = outcome {
        println!("not installed: {why}");
    }
}

fn environment() -> PathBuf {
    target().join("peers/venv")
}

fn python_can_make_environments() -> bool {
    Command::new(PYTHON)
        .args(["-c", "import ensurepip, venv"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn make_environment() -> Outcome {
    let environment = environment();
    run(Command::new(PYTHON).args(["-m", "venv", "--clear"]).arg(&environment))?;
    let pip = environment.join("bin/pip");
    run(Command::new(pip).args(["install", "--quiet"]).args(SNMPSIM).stdin(Stdio::null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_a_package_for_all_but_snmpsim() {
        let peers = list(&root()).expect("the list is part of the project");
        let without: Vec<_> = peers.iter().filter(|peer| peer.package.is_none()).collect();
        assert_eq!(without.len(), 1);
        assert_eq!(without[0].program, "snmpsim-command-responder");
        assert!(peers.iter().any(|peer| peer.program == "snmpd" && peer.package.as_deref() == Some("snmpd")));
    }

    #[test]
    fn every_peer_that_is_installed_is_needed_by_a_test() {
        for peer in list(&root()).expect("the list is part of the project") {
            assert_ne!(tests_that_need(&root(), &peer.tool), Vec::<String>::new(), "{}", peer.tool);
        }
    }

    #[test]
    fn a_program_that_nobody_has_is_not_found() {
        assert_eq!(find("no-program-has-this-name"), None);
        assert!(find("sh").is_some());
    }
}
