//! Whose the payloads are that wait in the spool, and what else an agent remembers of its server.
//!
//! ```text
//! DATA/state/spool-owner     the client's name, there before the first payload of an identity is spooled
//!
//! no file ── an identity opens the spool ─▶ its name ── another opens it ─▶ what waits is withheld, what
//!    ╲                                            the other's server said is forgotten ─▶ the other's name
//!     ╲── an identity is about to be replaced ─▶ the old one's name, or "unknown"
//! ```
//!
//! A payload is sealed and signed by one client; another would send it in vain, and the server would turn
//! it down for good. So the owner is put down before an identity can change, and is looked at before
//! anything is sent: an agent that is killed between a new identity and what becomes of the old one's
//! payloads goes on from there. What the server of the one before said goes with it: payloads sealed for
//! that server would be of no use to another, its wishes are not the other's, and what came of its commands
//! is reported to nobody else.

mod commands;

pub use self::commands::untold;
use crate::contact;
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::identity;
use crate::present::counted;
use crate::site::errors;
use crate::software::Software;
use crate::survey::now;
use crate::trail::Trail;
use crate::wishes;
use remote_services_core::id::Uuid;
use remote_services_transport::durable;
use remote_services_transport::enrol::Identity;
use remote_services_transport::spool::{Recovery, Spool};
use std::fmt;
use std::io;
use std::path::Path;

/// Who made what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The client of this name.
    Client(Uuid),
    /// Nobody knows.
    Unknown,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(client) => write!(f, "client {client}"),
            Self::Unknown => f.write_str("an identity that is not known any more"),
        }
    }
}

/// Whose the waiting payloads are, as far as it was put down or the rest of an identity tells.
///
/// # Errors
/// As the disk says.
pub fn of(home: &Home) -> Result<Owner, Failure> {
    Ok(match recorded(home)? {
        Some(owner) => owner,
        None => identity::remains(home).map_or(Owner::Unknown, Owner::Client),
    })
}

/// Puts the owner down unless somebody did, before an identity is replaced.
///
/// # Errors
/// As the disk says; the identity must stay then.
pub fn put_down(home: &Home) -> Result<(), Failure> {
    match recorded(home)? {
        Some(_) => Ok(()),
        None => record(home, of(home)?),
    }
}

/// Withholds what another than this identity made, forgets what that one's server said, and has what is
/// spooled from now on belong to this one. Says what was withheld, in the audit log as well.
///
/// # Errors
/// As the disk says; nothing may be sent or spooled then.
pub fn take_over(home: &Home, spool: &mut Spool, identity: &Identity, audit: &Trail) -> Result<(), Failure> {
    let client = identity.client;
    let own = Owner::Client(client);
    // Where nobody put an owner down, an agent that did not know of owners spooled for this identity.
    let owner = recorded(home)?;
    if owner == Some(own) {
        return Ok(());
    }
    if let Some(owner) = owner {
        withhold(spool, owner, client, audit)?;
        contact::forget_directory(home)?;
        wishes::forget(home)?;
        errors::forget(home)?;
        commands::close(home, owner, client, audit)?;
        Software::begin_anew(home, &identity.anchors, audit)?;
    }
    // Last: killed before, the next one finds the other's name and does the rest.
    record(home, own)
}

fn withhold(spool: &mut Spool, owner: Owner, client: Uuid, audit: &Trail) -> Result<(), Failure> {
    let why = format!("{owner} made it, and no other may send it; this agent's identity is {client} since");
    let withheld = spool.withhold_all(&why).context("spool")?;
    if withheld == 0 {
        return Ok(());
    }
    let told = format!(
        "{} made by {owner} set aside: no other may send what it made, and this agent is client {client}",
        counted(withheld, "payload")
    );
    tell!("{told}; quarantine list shows them");
    audit.append(now(), "withheld", "spool", &told).context("audit log")
}

/// A warning about files among those that wait which no agent put there; they are left alone.
#[must_use]
pub fn of_nobody(home: &Home, recovery: &Recovery) -> Option<String> {
    let first = recovery.first_foreign.as_ref()?;
    let (files, folder) = (counted(recovery.foreign, "file"), home.spool().join("pending"));
    Some(format!("warning: {files} in {} that no agent put there, left alone: {first}", folder.display()))
}

/// What the file says.
///
/// # Errors
/// When it cannot be read or understood: payloads would be withheld or sent by a guess.
fn recorded(home: &Home) -> Result<Option<Owner>, Failure> {
    let path = home.state(FILE);
    match std::fs::read(&path) {
        Ok(octets) => {
            let owner = std::str::from_utf8(&octets).ok().and_then(|text| match text.trim() {
                UNKNOWN => Some(Owner::Unknown),
                name => name.parse().ok().map(Owner::Client),
            });
            owner.map(Some).ok_or_else(|| damaged(home, &path))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context(path.display()),
    }
}

fn damaged(home: &Home, path: &Path) -> Failure {
    let own = identity::remains(home).map(|client| format!(" (this agent is client {client})"));
    Failure::failed(format_args!(
        "{} is damaged: it does not say which client made the payloads that wait. If this agent was never \
         registered anew, remove the file; otherwise write that client's name into it{}",
        path.display(),
        own.unwrap_or_default()
    ))
}

fn record(home: &Home, owner: Owner) -> Result<(), Failure> {
    let text = match owner {
        Owner::Client(client) => format!("{client}\n"),
        Owner::Unknown => format!("{UNKNOWN}\n"),
    };
    let path = home.state(FILE);
    durable::replace(&path, text.as_bytes()).context(format_args!("cannot keep {}", path.display()))
}

const FILE: &str = "spool-owner";
const UNKNOWN: &str = "unknown";

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_transport::spool::SpoolLimits;

    #[test]
    fn files_that_nobody_put_there_are_counted_and_the_first_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let open = || Spool::open(&home.spool(), SpoolLimits::default()).unwrap().1;
        assert_eq!(of_nobody(&home, &open()), None);
        for name in ["b.sealed", "a copy of something.sealed"] {
            std::fs::write(home.spool().join("pending").join(name), "x").unwrap();
        }
        let told = of_nobody(&home, &open()).unwrap();
        assert!(told.starts_with("warning: 2 files in ") && told.ends_with(": a copy of something.sealed"));
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_named_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        assert_eq!(of(&home).unwrap(), Owner::Unknown);
        for octets in [&b""[..], b"\0\0\0\0", b"\xff", b"unknow"] {
            std::fs::write(home.state(FILE), octets).unwrap();
            let told = put_down(&home).unwrap_err().sentence;
            assert!(told.contains("spool-owner is damaged: ") && told.contains("remove the file"), "{told}");
            assert_eq!(std::fs::read(home.state(FILE)).unwrap(), octets);
        }
        std::fs::write(home.state(FILE), "unknown\n").unwrap();
        assert_eq!(recorded(&home).unwrap(), Some(Owner::Unknown));
        record(&home, Owner::Client(Uuid::from_u128(7))).unwrap();
        put_down(&home).unwrap();
        assert_eq!(of(&home).unwrap(), Owner::Client(Uuid::from_u128(7)));
    }
}
