//! What an action needs of a device, and the two things that anybody can do with it then.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use remote_services_core::command::ResultCode;
use remote_services_core::device::DeviceReport;
use remote_services_core::time::Timestamp;
use remote_services_snmp::{Oid, VarBind};
use serde::{Deserialize, Serialize};
use std::io;

use super::{Setting, Upgrade, Way, Wish, print, restart, settings, upgrade};
use crate::identity::DeviceKey;
use crate::profile::Profiles;
use crate::store::ObjectStore;

/// What to do with a device.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Order<'a> {
    /// Read it.
    GetStatus,
    /// ICMP echo, then read it.
    Ping,
    /// Restart it, its settings as they are.
    Restart,
    /// Print a page.
    TestPage(Wish<'a>),
    /// Give it another firmware.
    Upgrade(Upgrade<'a>),
    /// Change settings.
    Set(&'a [Setting]),
}

/// A device that was read.
pub trait Seen {
    /// Where it answered.
    fn address(&self) -> SocketAddr;
    /// What it said, raw.
    fn store(&self) -> &ObjectStore;
    /// What it said, as the model.
    fn report(&self) -> &DeviceReport;

    /// Who it is.
    fn key(&self) -> DeviceKey {
        DeviceKey::of(self.report(), self.address())
    }
}

/// A look at a device before an effect, to be kept durably: after a crash it tells whether the effect happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Before {
    /// prtMarkerLifeCount of the first marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_count: Option<u64>,
    /// sysUpTime in hundredths of a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_time: Option<u64>,
    /// The firmware that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// When we looked.
    pub at: Timestamp,
}

impl Before {
    pub(super) fn of(seen: &impl Seen) -> Self {
        let report = seen.report();
        Self {
            life_count: report.counters.life_counts.first().map(|count| count.value),
            up_time: report.status.uptime,
            firmware: report.identity.firmware_version.clone(),
            at: report.identity.header.read_at,
        }
    }
}

/// How an action ended.
#[derive(Debug)]
pub struct Outcome<R> {
    /// In one word.
    pub code: ResultCode,
    /// In one sentence, without words of the device: whoever asked for the action may be told, wherever they are.
    pub text: String,
    /// The same with what the device says and had: for the site itself. `None` where there is no more to say.
    pub here: Option<String>,
    /// The last look at the device, if there was one.
    pub seen: Option<R>,
}

impl<R> Outcome<R> {
    pub(super) fn new(code: ResultCode, text: impl Into<String>, seen: impl Into<Option<R>>) -> Self {
        Self { code, text: text.into(), here: None, seen: seen.into() }
    }

    pub(super) fn with_words(self, here: String) -> Self {
        Self { here: Some(here), ..self }
    }

    /// All that there is to say, for the site itself.
    #[must_use]
    pub fn told_here(&self) -> &str {
        self.here.as_deref().unwrap_or(&self.text)
    }
}

/// Why a device could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// [`ResultCode::NotReachable`] or [`ResultCode::AuthenticationFailed`].
    pub code: ResultCode,
    /// In one sentence.
    pub text: String,
}

/// Why a SET was not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteFailure {
    /// The device said no; certainly nothing was changed.
    Refused(String),
    /// It is not known whether it was done: no answer came, or one that leaves it open.
    Unknown(String),
}

/// What became of octets for a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// All of them were taken.
    Whole(u64),
    /// Certainly none that could have an effect left this host.
    Nothing(String),
    /// So many left, and then it broke.
    Broken(u64, String),
    /// The file turned out, on the way, not to have the digest that it must have; the last octets were held back.
    Changed(u64),
}

/// The answer to an ICMP echo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ping {
    /// The host answered after this time.
    Answered(Duration),
    /// No answer within the time allowed.
    Silent,
    /// The operating system does not let this process send ICMP; the sentence says what it said.
    NotAllowed(String),
}

impl fmt::Display for Ping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(after) => write!(f, "ping answered in {:.1} ms", after.as_secs_f64() * 1000.0),
            Self::Silent => f.write_str("ping not answered"),
            Self::NotAllowed(reason) => write!(f, "ping not possible on this host ({reason})"),
        }
    }
}

/// A file to be streamed, never held as a whole.
#[derive(Clone, Copy)]
pub struct Package<'a> {
    /// Its name, for a job's title.
    pub name: &'a str,
    /// Octets.
    pub size: u64,
    /// What its octets must digest to.
    pub sha256: [u8; 32],
    /// Opens it at its start.
    pub open: &'a dyn Fn() -> io::Result<Box<dyn io::Read>>,
}

/// What is sent to a port.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// A job of these octets.
    Job(&'a [u8]),
    /// A file.
    Package(&'a Package<'a>),
}

impl Content<'_> {
    /// Octets.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Job(octets) => octets.len() as u64,
            Self::Package(package) => package.size,
        }
    }
}

/// How far an action has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// So many octets of so many are sent.
    Sending(u64, u64),
    /// The device is watched until it shows what was done; so many looks of at most so many.
    Watching(u32, u32),
}

/// How often to look whether an effect shows. As long as that many looks and the times between them take of a device that
/// answers at once is the longest: of one that is silent there are fewer looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Looks for a restart (default 120: devices take minutes to start).
    pub restart_looks: u32,
    /// Looks for a restart with another firmware (default 360).
    pub upgrade_looks: u32,
    /// Between two looks for a restart (default 5 s).
    pub between_restart_looks: Duration,
    /// Looks for a page (default 30: a cold device takes its time to warm up and print).
    pub page_looks: u32,
    /// Between two looks for a page (default 2 s).
    pub between_page_looks: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            restart_looks: 120,
            upgrade_looks: 360,
            between_restart_looks: Duration::from_secs(5),
            page_looks: 30,
            between_page_looks: Duration::from_secs(2),
        }
    }
}

impl Patience {
    /// As many looks as fit into `wait`, one of each kind at least, however many that is.
    #[must_use]
    pub fn lasting(self, wait: Duration) -> Self {
        let looks = |between: Duration| {
            let looks = wait.as_secs() / between.as_secs().max(1) + 1;
            u32::try_from(looks).unwrap_or(u32::MAX)
        };
        let restart = looks(self.between_restart_looks);
        Self {
            restart_looks: restart,
            upgrade_looks: restart,
            page_looks: looks(self.between_page_looks),
            ..self
        }
    }

    /// No more looks than fit into `wait`, one of each kind at least.
    #[must_use]
    pub fn within(self, wait: Duration) -> Self {
        let longest = self.lasting(wait);
        Self {
            restart_looks: self.restart_looks.min(longest.restart_looks),
            upgrade_looks: self.upgrade_looks.min(longest.upgrade_looks),
            page_looks: self.page_looks.min(longest.page_looks),
            ..self
        }
    }
}

/// One device within reach, at one address. What this host itself cannot do is [`Device::Error`]; what the device or the
/// network does is part of the answers.
pub trait Device {
    /// A device that was read.
    type Reading: Seen;
    /// Why this host cannot go on, or was told to stop.
    type Error;

    /// Sends one ICMP echo.
    ///
    /// # Errors
    /// When this host fails.
    fn ping(&mut self) -> Result<Ping, Self::Error>;

    /// Reads whatever device is at the address now.
    ///
    /// # Errors
    /// When this host fails.
    fn read(&mut self) -> Result<Result<Self::Reading, Unreached>, Self::Error>;

    /// GETs these instances; one that is not there is left out.
    ///
    /// # Errors
    /// When this host fails.
    fn get(
        &mut self,
        seen: &Self::Reading,
        names: &[Oid],
    ) -> Result<Result<Vec<VarBind>, Unreached>, Self::Error>;

    /// SETs all of these in one request, which is sent once: no repetition when no answer comes.
    ///
    /// # Errors
    /// When this host fails.
    fn set(
        &mut self,
        seen: &Self::Reading,
        bindings: Vec<VarBind>,
    ) -> Result<Result<(), WriteFailure>, Self::Error>;

    /// Whether the octets of the file are those of its digest; a sentence when they are not.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn verify(&mut self, package: &Package<'_>) -> Result<Result<(), String>, Self::Error>;

    /// Sends a job or a file, once. Of a file the last octets go out only when the digest over all of it is right. What has
    /// begun is not stopped.
    ///
    /// # Errors
    /// When this host fails before anything was sent.
    fn send(
        &mut self,
        to: SocketAddr,
        way: &Way,
        title: &str,
        content: Content<'_>,
    ) -> Result<Sent, Self::Error>;

    /// Keeps a look at the device durably, before the effect.
    ///
    /// # Errors
    /// When it cannot be kept; there is no effect then.
    fn keep(&mut self, before: &Before) -> Result<(), Self::Error>;

    /// Waits.
    ///
    /// # Errors
    /// When this host is told to stop.
    fn wait(&mut self, time: Duration) -> Result<(), Self::Error>;

    /// What the clock says by which [`wait`](Self::wait) waits: the time since some point that stays the same. It never goes
    /// back.
    fn clock(&self) -> Duration;

    /// What is known of makers.
    fn profiles(&self) -> Profiles;

    /// How often to look whether an effect shows.
    fn patience(&self) -> Patience {
        Patience::default()
    }

    /// Is told how far it has come.
    fn progress(&mut self, _progress: Progress) {}

    /// Does it, to the device whose [`DeviceKey`] reads like `who`.
    ///
    /// # Errors
    /// As the other methods: when this host fails or is told to stop. What was sent or written by then stays.
    fn carry_out(&mut self, order: Order<'_>, who: &str) -> Result<Outcome<Self::Reading>, Self::Error>
    where
        Self: Sized,
    {
        match order {
            Order::GetStatus => status(self, who),
            Order::Ping => ping(self, who),
            Order::Restart => restart::carry_out(self, who),
            Order::TestPage(wish) => print::carry_out(self, who, wish),
            Order::Upgrade(upgrade) => upgrade::carry_out(self, who, &upgrade),
            Order::Set(settings) => settings::carry_out(self, who, settings),
        }
    }

    /// Says what became of it after it was interrupted, by looking. Never does it again. `before` is what was kept.
    ///
    /// # Errors
    /// As the other methods.
    fn look_after(
        &mut self,
        order: Order<'_>,
        who: &str,
        before: Option<&Before>,
    ) -> Result<Outcome<Self::Reading>, Self::Error>
    where
        Self: Sized,
    {
        let Some(before) = before else {
            return match order {
                // Looking has no effect, so it may be done again.
                Order::GetStatus | Order::Ping => self.carry_out(order, who),
                // The look is kept before anything is sent: no look, no effect.
                _ => Ok(Outcome::new(ResultCode::Internal, "interrupted before anything was sent", None)),
            };
        };
        match order {
            Order::GetStatus | Order::Ping => self.carry_out(order, who),
            Order::Restart => restart::look_after(self, who, before),
            Order::TestPage(_) => print::look_after(self, who, before),
            Order::Upgrade(upgrade) => upgrade::look_after(self, who, &upgrade, before),
            Order::Set(settings) => settings::look_after(self, who, settings),
        }
    }
}

/// Why the device that is meant is not there.
pub(super) struct Missing {
    pub(super) code: ResultCode,
    pub(super) text: String,
    /// Certainly another one is there.
    pub(super) another: bool,
}

impl<R> From<Missing> for Outcome<R> {
    fn from(missing: Missing) -> Self {
        Self::new(missing.code, missing.text, None)
    }
}

/// Reads the device, and makes sure that it is the one that is meant.
pub(super) fn find<D: Device>(device: &mut D, who: &str) -> Result<Result<D::Reading, Missing>, D::Error> {
    let missing = |code, text: &str, another| Missing { code, text: text.to_owned(), another };
    Ok(match device.read()? {
        Ok(seen) => {
            let key = seen.key().to_string();
            // A device that starts may not tell its serial number yet, and one that stopped answering told half.
            let kind = |key: &str| key.split(':').next().map(str::to_owned);
            match (key == who, kind(&key) == kind(who)) {
                (true, _) => Ok(seen),
                (false, true) => Err(missing(ResultCode::NotReachable, ANOTHER, true)),
                (false, false) => Err(missing(ResultCode::NotReachable, NOT_SAID, false)),
            }
        }
        Err(Unreached { code, text }) => Err(missing(code, &text, false)),
    })
}

/// What is said when somebody else is there.
pub(super) const ANOTHER: &str = "another device answers at that address; this one was not touched";
const NOT_SAID: &str = "the device at that address does not tell that it is this one; it was not touched";

fn status<D: Device>(device: &mut D, who: &str) -> Result<Outcome<D::Reading>, D::Error> {
    Ok(match find(device, who)? {
        Ok(seen) => {
            let text = format!("the device is {}", seen.report().status.overall);
            Outcome::new(ResultCode::Ok, text, seen)
        }
        Err(missing) => missing.into(),
    })
}

fn ping<D: Device>(device: &mut D, who: &str) -> Result<Outcome<D::Reading>, D::Error> {
    let answer = device.ping()?;
    Ok(match find(device, who)? {
        Ok(seen) => {
            let status = &seen.report().status;
            let alerts = |first: Option<&str>| match status.alerts.as_slice() {
                [] => "no alerts".to_owned(),
                [alert, rest @ ..] => {
                    let first = first.map_or_else(|| alert.code.words(), str::to_owned);
                    if rest.is_empty() { first } else { format!("{first}, and {} more alerts", rest.len()) }
                }
            };
            let words = status.alerts.first().and_then(|alert| alert.description.as_deref());
            let told = |first| format!("{answer}; the device is {}: {}", status.overall, alerts(first));
            let (text, here) = (told(None), told(words));
            Outcome::new(ResultCode::Ok, text, seen).with_words(here)
        }
        Err(missing) => Outcome::new(missing.code, format!("{answer}; {}", missing.text), None),
    })
}
