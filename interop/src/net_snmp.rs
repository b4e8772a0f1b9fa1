//! net-snmp's commands, with nothing of this machine's configuration in them.
use std::path::Path;
use std::process::{Command, Output};

use crate::process::run;

/// One command, ready for its arguments: numeric OIDs, no MIB files, no configuration, one retry.
#[must_use]
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("MIBS", "")
        .env("SNMPCONFPATH", Path::new("/nonexistent"))
        .env("SNMP_PERSISTENT_DIR", Path::new("/nonexistent"))
        .args(["-On", "-Oe", "-Ot", "-t", "5", "-r", "1"]);
    command
}

/// The arguments of a v3 request with authentication and privacy.
#[derive(Clone, Copy, Debug)]
pub struct V3<'a> {
    /// The user.
    pub user: &'a str,
    /// `SHA` or `SHA-256`, and its password.
    pub auth: (&'a str, &'a str),
    /// `AES`, and its password.
    pub privacy: (&'a str, &'a str),
}

impl V3<'_> {
    /// `-v3 -l authPriv -u …`
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let (auth, auth_password) = self.auth;
        let (privacy, privacy_password) = self.privacy;
        [
            "-v3",
            "-l",
            "authPriv",
            "-u",
            self.user,
            "-a",
            auth,
            "-A",
            auth_password,
            "-x",
            privacy,
            "-X",
            privacy_password,
        ]
        .map(str::to_owned)
        .into()
    }
}

/// Runs one command; gives its output as text, errors behind the answer, and whether it succeeded.
#[must_use]
pub fn ask(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = run(command);
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.success(), text)
}
