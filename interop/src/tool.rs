//! The programs of others: where they are, and what to say when they are not there.
use std::path::{Path, PathBuf};

/// Tool name, program, Debian package (`-`: none), what for. `xtask` installs from the same list.
const PEERS: &str = include_str!("../peers.tsv");

/// Where programs are that no `PATH` of a person has.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/lib/cups/backend", "/usr/lib/cups/daemon"];

/// A program that a test runs; `peers.tsv` says more about each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "peers.tsv has a line for each")]
pub enum Tool {
    Snmp,
    Snmpd,
    Snmptrapd,
    Snmpsim,
    Nginx,
    Squid,
    SquidCertgen,
    Htpasswd,
    Xmllint,
    Openssl,
    Haproxy,
    Stunnel,
    Softhsm,
    Swtpm,
    Tpm2Tools,
    Tpm2Pkcs11,
    Pkcs11Tool,
    Cc,
    Curl,
    Unzip,
    Python,
    Xz,
    Chromium,
    Ip,
    Tcpdump,
    Cupsd,
    Lp,
    Lpadmin,
    LpdBackend,
    CupsLpd,
    Nsd,
    Avahi,
    Strace,
    Unbound,
    Faketime,
}

impl Tool {
    /// The file to start, when the tool is installed.
    #[must_use]
    pub fn find(self) -> Option<PathBuf> {
        let (program, package) = self.row();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = match package {
            "-" => vec![environment().join("bin")],
            _ => std::env::split_paths(&path).chain(FOLDERS.map(PathBuf::from)).collect(),
        };
        folders.iter().map(|folder| folder.join(program)).find(|file| file.is_file())
    }

    /// The file to start.
    ///
    /// # Panics
    /// When the tool is not installed: [`require`] it first.
    #[must_use]
    pub fn path(self) -> PathBuf {
        self.find().unwrap_or_else(|| panic!("{self:?} is not installed: ask with require() first"))
    }

    /// Program and package.
    fn row(self) -> (&'static str, &'static str) {
        let name = format!("{self:?}");
        let mut rows = PEERS.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let row = rows.find(|columns| columns[0] == name).expect("a test compares the list with the enum");
        (row[1], row[2])
    }
}

/// Whether all tools are there; when not, says which one the test is left out for.
#[must_use]
pub fn require(tools: &[Tool]) -> bool {
    for tool in tools {
        if tool.find().is_none() {
            let (program, package) = tool.row();
            match package {
                "-" => leave_out(&format!("needs {program} (`cargo xtask test` sets it up)")),
                package => leave_out(&format!("needs {program} (Debian package {package})")),
            }
            return false;
        }
    }
    true
}

/// Says that a test does not run and why. `cargo xtask test` counts these lines.
pub fn leave_out(why: &str) {
    println!("left out: {why}");
}

/// The virtual environment that `cargo xtask test` makes.
fn environment() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).join("target"),
        PathBuf::from,
    );
    target.join("peers/venv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_a_tool_and_every_tool_has_a_line() {
        let tools = [
            Tool::Snmp,
            Tool::Snmpd,
            Tool::Snmptrapd,
            Tool::Snmpsim,
            Tool::Nginx,
            Tool::Squid,
            Tool::SquidCertgen,
            Tool::Htpasswd,
            Tool::Xmllint,
            Tool::Openssl,
            Tool::Haproxy,
            Tool::Stunnel,
            Tool::Softhsm,
            Tool::Swtpm,
            Tool::Tpm2Tools,
            Tool::Tpm2Pkcs11,
            Tool::Pkcs11Tool,
            Tool::Cc,
            Tool::Curl,
            Tool::Unzip,
            Tool::Python,
            Tool::Xz,
            Tool::Chromium,
            Tool::Ip,
            Tool::Tcpdump,
            Tool::Cupsd,
            Tool::Lp,
            Tool::Lpadmin,
            Tool::LpdBackend,
            Tool::CupsLpd,
            Tool::Nsd,
            Tool::Avahi,
            Tool::Strace,
            Tool::Unbound,
            Tool::Faketime,
        ];
        let listed: Vec<_> = PEERS.lines().skip(1).map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(listed, tools.map(|tool| format!("{tool:?}")));
    }
}
