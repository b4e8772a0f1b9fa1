//! Reading devices: all that are due, and those that tell of an event.

use super::Turns;
use crate::accounting;
use crate::action::{self, Hands};
use crate::device_jobs;
use crate::failure::{ExitCode, Failure};
use crate::memory::Device;
use crate::present::counted;
use crate::progress::Progress;
use crate::round::{self, Round};
use crate::settings::Switch;
use crate::survey::{self, SnmpAsker};
use crate::wishes::Wishes;
use remote_services_core::backoff::Backoff;
use remote_services_core::id::Uuid;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl Turns<'_> {
    /// Reads the devices at an address, and sends what they say.
    pub(super) fn read_again(&mut self, address: IpAddr) -> Result<(), Failure> {
        let there = |(_, device): &(Uuid, &Device)| device.address.ip() == address;
        let devices: Vec<Uuid> = self.site.memory.devices().filter(there).map(|(id, _)| id).collect();
        let mut read = Ok(());
        for device in devices {
            let patience = self.site.watch;
            let hands =
                &mut Hands { site: &mut self.site, asker: &mut self.asker, keep: &mut |_| Ok(()), patience };
            read = read
                .and(action::get_status(device, hands).map(|done| tell!("{address}: {}", done.told_here())));
        }
        let send = |turns: &mut Self| if turns.site.is_odd() { Ok(()) } else { turns.send() };
        match read.and_then(|()| send(self)) {
            Err(failure) if failure.code != ExitCode::Interrupted => {
                let why = failure.sentence;
                // Each event would tell it once more, and the turns in between that all is well.
                if self.trouble.as_ref() != Some(&why) && self.unread_event.as_ref() != Some(&why) {
                    tell!("{why}; trying again at the next event");
                }
                self.unread_event = Some(why);
                Ok(())
            }
            result => {
                self.unread_event = None;
                result
            }
        }
    }

    /// Reads all devices and takes jobs in when it is time to. What failed then has not passed before it was tried again: until then each
    /// turn says so.
    pub(super) fn read_when_due(&mut self) -> (Result<(), Failure>, Result<(), Failure>) {
        if !self.options.once && !self.until_reading().is_zero() {
            return (self.unread.clone().map_or(Ok(()), Err), Ok(()));
        }
        self.unread = None;
        let read = self.read();
        if read.as_ref().is_err_and(|failure| failure.code == ExitCode::Interrupted) {
            return (read, Ok(()));
        }
        let accounted = self.account();
        if let Err(failure) = &accounted {
            self.unread.get_or_insert_with(|| failure.clone());
        }
        (read, accounted)
    }

    /// Whether devices are read without that somebody asks for it; one round by hand is asked for.
    pub(super) fn reads(&self) -> bool {
        let by_clock = self.site.settings.scheduled_sync == Switch::On;
        !self.options.no_collect && (by_clock || self.options.once)
    }

    pub(super) fn until_reading(&self) -> Duration {
        let due = self.wishes.until_reading(&self.site, self.options.every.map(Duration::from_secs));
        let not_before = self.not_before.map(|at| at.saturating_duration_since(Instant::now()));
        due.max(not_before.unwrap_or_default())
    }

    /// Reads all devices, and introduces them to the server.
    fn read(&mut self) -> Result<(), Failure> {
        let round = match self.ask() {
            Ok(round) => {
                (self.pace, self.not_before) = (FAILED_READING, None);
                round
            }
            Err(failure) => {
                self.not_before = Some(Instant::now() + self.pace.next_wait(0, None));
                self.unread = Some(failure.clone());
                return Err(failure);
            }
        };
        let (read, waiting) =
            (counted(round.devices.len(), "device"), counted(self.site.waiting(), "payload"));
        let whole = round.devices.iter().filter(|device| device.whole).count();
        tell!("{read} read, {whole} of them as a whole, {waiting} to send");
        let introduced = match self.site.is_odd() {
            true => Ok(()),
            false => self.site.introduce(&round.introductions(), &mut Progress::silent()),
        };
        match survey::verdict(&round.findings) {
            Err(failure) if !self.options.once => {
                tell!("{failure}");
                introduced
            }
            verdict => verdict.and(introduced),
        }
    }

    /// Takes in the jobs of a print server on this host, and those that devices keep.
    fn account(&mut self) -> Result<(), Failure> {
        let of_host = accounting::keep(&mut self.site);
        let of_devices = device_jobs::keep(&mut self.site, &mut self.asker, &self.roster);
        let count = |kept: &Result<usize, Failure>| kept.as_ref().map_or(0, |records| *records);
        let records = count(&of_host) + count(&of_devices);
        if records > 0 {
            tell!("{} to send", counted(records, "job record"));
        }
        of_devices.and(of_host).map(drop)
    }

    fn ask(&mut self) -> Result<Round, Failure> {
        let Self { options, whom, scope, site, asker, roster, wishes, .. } = self;
        // Before anybody is asked: where nothing can be kept, answers would be for nothing.
        site.memory.save()?;
        site.seal_held()?;
        scope.names = Arc::clone(&site.names);
        let (wish, _) = wishes.applied(site);
        site.detail = site.settings.detail_with(&wish);
        let retries = wish.snmp_retries.and_then(|count| u8::try_from(count).ok());
        asker.be_patient(wish.snmp_timeout_ms.map(|wait| Duration::from_millis(wait.into())), retries);
        let wished = wish.discover_every.map(u64::from);
        let discover_every = options.discover_every.or(wished).map_or(DAY, Duration::from_secs);
        let round = if options.once || roster.is_due(discover_every) {
            let targets = whom.gather(scope, asker)?;
            wishes.begin();
            let mut progress = Progress::new("asking hosts", targets.len());
            let round = round::read(site, asker, &targets, &scope.rules, roster, &mut progress)?;
            progress.finish();
            round
        } else {
            wishes.begin();
            let mut gather = |asker: &mut SnmpAsker| whom.gather(scope, asker);
            let mut progress = Progress::silent();
            round::read_known(site, asker, &mut gather, &scope.rules, roster, &mut progress)?
        };
        Wishes::was_read(&site.home)?;
        Ok(round)
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The pace of readings that fail before a device was asked.
pub(super) const FAILED_READING: Backoff = Backoff::new(Duration::from_secs(60), Duration::from_secs(3600));
