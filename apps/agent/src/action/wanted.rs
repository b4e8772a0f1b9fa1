//! What a command asks for, read from its parameters.

use super::{Done, forbidden};
use crate::failure::Failure;
use crate::site::Site;
use crate::why::Why;
use remote_services_collect::action::{Order, Package, Setting, Upgrade, Wish};
use remote_services_core::backoff::Backoff;
use remote_services_core::command::{Action, ResultCode};
use remote_services_transport::client::blocking::FetchError;
use remote_services_transport::document::{Command, CommandArtifact, SoftwareArtifact};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What to do with a device.
pub enum Wanted {
    /// Read it.
    GetStatus,
    /// Ping, then read it.
    Troubleshoot,
    /// Restart it.
    Restart,
    /// Print a page.
    TestPage(By),
    /// Give it another firmware.
    Upgrade(Box<Firmware>),
    /// Change settings.
    Set(Vec<Setting>),
}

/// By which way print data goes: a part of the parameters of `printTestPage` and `upgrade`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct By {
    /// `raw` or `lpr`; as the device offers if absent.
    pub way: Option<WayName>,
    /// The TCP port, if not the one that the device names.
    pub port: Option<u16>,
    /// The queue of LPR, if not the one that the device names.
    pub queue: Option<String>,
}

/// A way for print data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub enum WayName {
    /// Raw TCP, 9100 on most devices
    Raw,
    /// The line printer daemon protocol, 515 on most devices
    Lpr,
}

impl By {
    /// As the order says it.
    #[must_use]
    pub fn wish(&self) -> Wish<'_> {
        match self.way {
            Some(WayName::Lpr) => Wish::Lpr(self.port, self.queue.as_deref()),
            Some(WayName::Raw) => Wish::Raw(self.port),
            None if self.port.is_some() => Wish::Raw(self.port),
            None if self.queue.is_some() => Wish::Lpr(None, self.queue.as_deref()),
            None => Wish::Any,
        }
    }
}

/// A firmware, and to whom it may go.
pub struct Firmware {
    /// The file.
    pub file: FirmwareFile,
    /// By which way.
    pub by: By,
    /// The version that must be read back.
    pub version: Option<String>,
    /// The model that it is for.
    pub model: Option<String>,
    /// Versions that it may replace.
    pub from: Vec<String>,
}

/// A file with its digest.
pub struct FirmwareFile {
    name: String,
    size: u64,
    sha256: [u8; 32],
    path: Option<PathBuf>,
    open: Box<dyn Fn() -> io::Result<Box<dyn io::Read>>>,
}

impl FirmwareFile {
    /// A file of this disk, which must have this digest.
    ///
    /// # Errors
    /// When it is not there.
    pub fn new(path: PathBuf, sha256: [u8; 32]) -> io::Result<Self> {
        let size = std::fs::metadata(&path)?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self::of(name, size, sha256, Some(path)))
    }

    fn of(name: String, size: u64, sha256: [u8; 32], path: Option<PathBuf>) -> Self {
        let from = path.clone();
        let open = move || match &from {
            Some(path) => Ok(Box::new(File::open(path)?) as Box<dyn io::Read>),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "the file is not here")),
        };
        Self { name, size, sha256, path, open: Box::new(open) }
    }

    fn package(&self) -> Package<'_> {
        Package { name: &self.name, size: self.size, sha256: self.sha256, open: &*self.open }
    }
}

/// Parameters of `upgrade`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct UpgradeParameters {
    version: Option<String>,
    model: Option<String>,
    from: Vec<String>,
    way: Option<WayName>,
    port: Option<u16>,
    queue: Option<String>,
}

/// Parameters of `printTestPage`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct PageParameters {
    way: Option<WayName>,
    port: Option<u16>,
    queue: Option<String>,
}

/// Parameters of `setConfiguration`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetParameters {
    settings: BTreeMap<String, String>,
}

impl Wanted {
    /// What a command asks for, its file fetched.
    ///
    /// # Errors
    /// Only when this machine fails or is to stop; a command that cannot be followed is an outcome.
    pub(super) fn of(command: &Command, site: &mut Site) -> Result<Result<Self, Done>, Failure> {
        Ok(match Self::read(command) {
            Ok(Self::Upgrade(mut firmware)) => {
                let Some(artifact) = command.artifacts.first() else {
                    return Ok(Err(Done::with(ResultCode::Internal, "the command names no file")));
                };
                match fetch(&command.action, artifact, site)? {
                    Ok(path) => {
                        let (name, digest) = (artifact.name.clone(), *artifact.digest.as_bytes());
                        firmware.file = FirmwareFile::of(name, artifact.size, digest, Some(path));
                        Ok(Self::Upgrade(firmware))
                    }
                    Err(missing) => Err(missing.into()),
                }
            }
            wanted => wanted,
        })
    }

    /// What it asked for, to see what became of it.
    pub(super) fn to_look_after(command: &Command) -> Result<Self, Done> {
        Self::read(command)
    }

    fn read(command: &Command) -> Result<Self, Done> {
        Ok(match &command.action {
            Action::GetStatus => Self::GetStatus,
            Action::Troubleshoot => Self::Troubleshoot,
            Action::Restart => Self::Restart,
            Action::PrintTestPage => {
                let PageParameters { way, port, queue } = parameters(command)?;
                Self::TestPage(By { way, port, queue })
            }
            Action::SetConfiguration => {
                let SetParameters { settings } = parameters(command)?;
                Self::Set(settings.into_iter().map(|(name, value)| Setting { name, value }).collect())
            }
            Action::Upgrade => {
                let read: UpgradeParameters = parameters(command)?;
                let [artifact] = command.artifacts.as_slice() else {
                    let text =
                        format!("an upgrade has one file, the command names {}", command.artifacts.len());
                    return Err(Done::with(ResultCode::Internal, text));
                };
                let (name, digest) = (artifact.name.clone(), *artifact.digest.as_bytes());
                Self::Upgrade(Box::new(Firmware {
                    file: FirmwareFile::of(name, artifact.size, digest, None),
                    by: By { way: read.way, port: read.port, queue: read.queue },
                    version: read.version,
                    model: read.model,
                    from: read.from,
                }))
            }
            other => return Err(Done::with(ResultCode::Internal, format!("{other} is not built in"))),
        })
    }

    /// As the device's trait takes it.
    #[must_use]
    pub fn order(&self) -> Order<'_> {
        match self {
            Self::GetStatus => Order::GetStatus,
            Self::Troubleshoot => Order::Ping,
            Self::Restart => Order::Restart,
            Self::TestPage(by) => Order::TestPage(by.wish()),
            Self::Set(settings) => Order::Set(settings),
            Self::Upgrade(firmware) => Order::Upgrade(Upgrade {
                package: firmware.file.package(),
                wish: firmware.by.wish(),
                version: firmware.version.as_deref(),
                model: firmware.model.as_deref(),
                from: &firmware.from,
            }),
        }
    }

    /// Removes what was fetched: a command is followed once.
    pub(super) fn clean_up(&self) {
        if let Self::Upgrade(firmware) = self
            && let Some(path) = &firmware.file.path
            && let Err(error) = std::fs::remove_file(path)
        {
            tell!("{} stays behind: {error}", path.display());
        }
    }
}

fn parameters<T: DeserializeOwned>(command: &Command) -> Result<T, Done> {
    serde_json::from_value(serde_json::Value::Object(command.parameters.clone()))
        .map_err(|error| Done::with(ResultCode::Internal, format!("the command's parameters: {error}")))
}

/// Whether the file of a command is there before it begins.
pub enum Prepared {
    /// It is, or there is none.
    Ready,
    /// It is by now.
    Fetched,
    /// What keeps it away may pass; what was fetched stays.
    Later(String),
    /// It will not come.
    Never(Done),
}

/// Fetches the file of a command before it begins, so that no failure in passing is the end of it.
///
/// # Errors
/// Only when this machine is to stop.
pub fn prepare(command: &Command, site: &mut Site) -> Result<Prepared, Failure> {
    let (Action::Upgrade, [artifact]) = (&command.action, command.artifacts.as_slice()) else {
        return Ok(Prepared::Ready);
    };
    if Wanted::read(command).is_err() || command.device.is_none_or(|id| site.memory.device(id).is_none()) {
        return Ok(Prepared::Ready);
    }
    let whole = site.home.downloads().join(artifact.digest.to_hex());
    if whole.exists() {
        return Ok(Prepared::Ready);
    }
    let part = whole.with_extension("part");
    let there = || std::fs::metadata(&part).map_or(0, |metadata| metadata.len());
    let mut pace = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    loop {
        let before = there();
        let (why, wait) = match fetch(&command.action, artifact, site)? {
            Ok(_) => return Ok(Prepared::Fetched),
            Err(Missing::Never(done)) => return Ok(Prepared::Never(done)),
            Err(Missing::Passing { why, is_soon: false, .. }) => return Ok(Prepared::Later(why)),
            Err(Missing::Passing { why, retry_after, .. }) => {
                if there() > before {
                    pace.reset();
                }
                (why, pace.next_wait(0, retry_after))
            }
        };
        if pace.attempts() > MOST_FAILURES || wait >= LONGEST_WAIT {
            return Ok(Prepared::Later(why));
        }
        if site.wait(wait) {
            return Err(Failure::interrupted());
        }
    }
}

/// Why a file is not there.
enum Missing {
    /// It will not come.
    Never(Done),
    /// It may come later, or even soon.
    Passing { why: String, is_soon: bool, retry_after: Option<Duration> },
}

impl From<Missing> for Done {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Never(done) => done,
            Missing::Passing { why, .. } => Self::with(ResultCode::NotReachable, why),
        }
    }
}

fn fetch(
    action: &Action,
    artifact: &CommandArtifact,
    site: &mut Site,
) -> Result<Result<PathBuf, Missing>, Failure> {
    if artifact.size > LARGEST {
        let text = format!("the file has {} octets, more than {LARGEST}", artifact.size);
        return Ok(Err(Missing::Never(Done::with(ResultCode::NotEnoughSpace, text))));
    }
    let wanted = SoftwareArtifact { digest: artifact.digest, size: artifact.size, origins: Vec::new() };
    let never = |code, text: String| Ok(Err(Missing::Never(Done::with(code, text))));
    let error = loop {
        match site.fetch(&wanted, 0) {
            Ok(path) => return Ok(Ok(path)),
            Err(FetchError::Stopped) if site.stop.is_stopped() => return Err(Failure::interrupted()),
            Err(FetchError::Stopped) => {
                site.heed();
                if site.settings.is_suspended() {
                    let why = "it waits until the settings can be understood".to_owned();
                    return Ok(Err(Missing::Passing { why, is_soon: false, retry_after: None }));
                }
                if let Some(done) = forbidden(action, site)? {
                    return Ok(Err(Missing::Never(done)));
                }
            }
            Err(error) => break error,
        }
    };
    let why = format!("the file could not be fetched: {error}");
    let (is_soon, retry_after) = match error {
        FetchError::Wrong(why) => return never(ResultCode::IntegrityFailed, why),
        FetchError::Disk(error) => {
            let (code, words) = match error.is_no_room() {
                true => (ResultCode::NotEnoughSpace, "no room for the file: "),
                false => (ResultCode::Internal, "the file cannot be kept: "),
            };
            let why = Why::from(&error).prefixed(words);
            let done = Done { here: Some(why.here), ..Done::with(code, why.there) };
            return Ok(Err(Missing::Never(done)));
        }
        FetchError::Redirect(_) => return never(ResultCode::NotReachable, why),
        FetchError::Later { retry_after, .. } => (true, retry_after),
        FetchError::Exchange(error) => (error.is_passing(), None),
        _ => (false, None),
    };
    Ok(Err(Missing::Passing { why, is_soon, retry_after }))
}

/// So many failures in a row, none of which brought anything, are waited for before other work goes on.
const MOST_FAILURES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Whoever wants to be left alone for longer is, while other work goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The largest firmware: 4 GiB.
const LARGEST: u64 = 4 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_what_was_named_and_else_the_devices_own() {
        let by = |way, port, queue: Option<&str>| By { way, port, queue: queue.map(str::to_owned) };
        assert_eq!(By::default().wish(), Wish::Any);
        assert_eq!(by(None, Some(2000), None).wish(), Wish::Raw(Some(2000)));
        assert_eq!(by(None, None, Some("text")).wish(), Wish::Lpr(None, Some("text")));
        assert_eq!(by(Some(WayName::Lpr), Some(1515), None).wish(), Wish::Lpr(Some(1515), None));
    }
}
