//! net-snmp's commands, with nothing of this machine's configuration in them.
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use remote_services_snmp::{Value, VarBind};

use crate::process::run;

/// One command, ready for its arguments: numeric OIDs, no MIB files, no configuration, one retry, and no memory: commands
/// that run at the same time would read each other's half-written files.
///
/// # Panics
/// When there is no room for a folder of temporary files.
#[must_use]
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    // They make it where it is not there, and say so.
    let folder = std::env::temp_dir().join("remote-services-net-snmp");
    fs::create_dir_all(folder.join("cert_indexes")).expect("there is a folder for temporary files");
    command
        .env("MIBS", "")
        .env("SNMPCONFPATH", Path::new("/nonexistent"))
        .env("SNMP_PERSISTENT_DIR", folder)
        .env("SNMP_PERSISTENT_FILE", "/dev/null")
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

/// A variable binding as a line that the commands print with the words of [`command`] and `-Ox`.
#[must_use]
pub fn line(varbind: &VarBind) -> String {
    let value = match &varbind.value {
        Value::Integer(number) => format!("INTEGER: {number}"),
        Value::OctetString(octets) if octets.is_empty() => "\"\"".to_owned(),
        Value::OctetString(octets) => {
            octets.iter().fold("Hex-STRING:".to_owned(), |text, octet| format!("{text} {octet:02X}"))
        }
        Value::Null => "NULL".to_owned(),
        Value::ObjectIdentifier(name) => format!("OID: .{name}"),
        Value::IpAddress([a, b, c, d]) => format!("IpAddress: {a}.{b}.{c}.{d}"),
        Value::Counter32(number) => format!("Counter32: {number}"),
        Value::Gauge32(number) => format!("Gauge32: {number}"),
        Value::TimeTicks(number) => number.to_string(),
        Value::Counter64(number) => format!("Counter64: {number}"),
        other => format!("{other:?}"),
    };
    format!(".{} = {value}", varbind.name)
}

/// The lines that a walk printed, each for one variable binding: long values are put together, and the word that there is
/// nothing more is left out.
#[must_use]
pub fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| *line != "End of MIB" && !line.contains("No more variables left"))
    {
        match lines.last_mut() {
            Some(last) if !line.starts_with('.') => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.trim().to_owned()),
        }
    }
    lines
}
