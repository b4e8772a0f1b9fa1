//! The supervisor at work: processes, clock and files around [`Record`].

use super::child::{Agent, was_refused, words};
use super::{HEALTHY, Healthy, Heard, RECORD, Record, Step, Terms, read};
use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::software::VersionFolder;
use crate::survey::now;
use remote_services_core::backoff::Backoff;
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::durable;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Whoever keeps an agent running.
pub struct Supervisor {
    folder: PathBuf,
    versions: VersionFolder,
    data: PathBuf,
    arguments: Vec<String>,
    terms: Terms,
    stop: StopFlag,
    record: Record,
    /// Since when the current version runs, and since when this run of it is known to be well.
    since: Instant,
    well: Option<Instant>,
    pace: Backoff,
    /// Since when the record is to be kept anew, because the disk did not take it.
    unkept: Option<Instant>,
    /// The pace after a PIN, or something else that the agent has to show, was refused.
    refusals: Backoff,
    _lock: File,
}

/// How an agent ended.
struct Ended {
    how: String,
    /// See [`was_refused`].
    refused: bool,
}

impl Supervisor {
    /// A supervisor of the versions in `folder`, of an agent that works on `data` with these further arguments of `run`.
    ///
    /// # Errors
    /// When there is no such folder, it takes no writes, another supervisor is at work on it, or what is remembered cannot be
    /// read: forgetting what failed could bring it back.
    pub fn new(
        folder: &Path,
        data: &Path,
        arguments: &[String],
        terms: Terms,
        stop: StopFlag,
    ) -> Result<Self, Failure> {
        let folder = folder.canonicalize().context(folder.display())?;
        let lock = lock(&folder)?;
        let path = folder.join(RECORD);
        let record = read(&path).context(path.display())?.unwrap_or_default();
        Ok(Self {
            versions: VersionFolder::new(&folder, PROGRAM, ""),
            folder,
            data: data.to_owned(),
            arguments: arguments.to_vec(),
            terms,
            stop,
            record,
            since: Instant::now(),
            well: None,
            pace: RESTARTS,
            unkept: None,
            refusals: REFUSALS,
            _lock: lock,
        })
    }

    /// Goes on until the stop flag is set.
    ///
    /// # Errors
    /// When this machine fails.
    pub fn work(&mut self) -> Result<(), Failure> {
        while !self.stop.is_stopped() {
            if !self.is_free() {
                if self.stop.wait(self.pace.next_wait(0, None)) {
                    break;
                }
                continue;
            }
            self.look_at_current()?;
            let started = Instant::now();
            let Some(Ended { how, refused }) = self.run()? else { break };
            // What was in place when it ended is what ended.
            self.look_at_current()?;
            if started.elapsed() >= LONG_ENOUGH {
                self.pace.reset();
                self.refusals.reset();
            }
            // That is no failure of the version that stood its trial; one on trial may have got wrong what it shows.
            let on_trial = self.record.trial.is_some() && self.record.good.is_some();
            if refused && !on_trial {
                let wait = self.refusals.next_wait(0, None);
                tell!(
                    "the agent ended with {how}: somebody must see to what was refused; started again in {} s",
                    wait.as_secs()
                );
                if self.stop.wait(wait) {
                    break;
                }
                continue;
            }
            self.refusals.reset();
            let step = self.record.ended(&how);
            self.keep();
            if self.follow(step)? {
                continue;
            }
            let wait = self.pace.next_wait(0, None);
            tell!("the agent ended with {how}; started again in {} s", wait.as_secs());
            if self.stop.wait(wait) {
                break;
            }
        }
        Ok(())
    }

    /// Whether no other agent works on the data: one that a supervisor left behind when it was killed is no failure of the
    /// version that would be started beside it.
    fn is_free(&self) -> bool {
        match Home::open(&self.data) {
            Ok(_) => true,
            Err(failure) => {
                tell!("{failure}; waiting for it");
                false
            }
        }
    }

    /// Runs the agent until it ends, and says how; `None` when it was ended because the supervisor is to end.
    fn run(&mut self) -> Result<Option<Ended>, Failure> {
        let healthy = Home::look(&self.data).state(HEALTHY);
        home::remove(&healthy)?;
        let mut agent = match Agent::start(&self.versions.program(), &self.data, &self.arguments) {
            Ok(agent) => agent,
            Err(failure) => return Ok(Some(Ended { how: failure.sentence, refused: false })),
        };
        self.begins();
        loop {
            if let Some(status) = agent.ended()? {
                return Ok(Some(Ended { how: words(status), refused: was_refused(status) }));
            }
            if self.stop.wait(LOOK) {
                agent.end()?;
                return Ok(None);
            }
            self.look_at_current()?;
            if self.unkept.is_some_and(|since| since.elapsed() >= KEEP_ANEW) {
                self.keep();
            }
            let heard = self.heard(&healthy);
            let step = self.record.looked(heard, &self.terms);
            if matches!(step, Step::RollBack(..)) {
                agent.end()?;
            }
            if self.follow(step)? {
                return self.run();
            }
        }
    }

    /// Takes note of the version that is current by now.
    fn look_at_current(&mut self) -> Result<(), Failure> {
        let Some(current) = self.versions.current_version() else {
            return Err(Failure::usage(format_args!(
                "{} names no version: put one into versions/VERSION, and the link current beside it",
                self.folder.join("current").display()
            )));
        };
        if self.record.sees(&current) {
            self.begins();
            self.pace.reset();
            self.keep();
            if self.record.trial.is_some() {
                let Terms { probation, patience } = self.terms;
                let (probation, patience) = (probation.as_secs(), patience.as_secs());
                tell!(
                    "version {current} is on trial: {probation} s from when it is well, within {patience} s"
                );
            }
        }
        Ok(())
    }

    /// From now on it is another version, or another run of it, that is watched.
    fn begins(&mut self) {
        (self.since, self.well) = (Instant::now(), None);
    }

    fn heard(&mut self, path: &Path) -> Heard {
        if self.well.is_none() && self.is_healthy(path) {
            self.well = Some(Instant::now());
        }
        self.well.map_or(Heard::Nothing(self.since.elapsed()), |since| Heard::Well(since.elapsed()))
    }

    /// Whether the program that is current says that it is well.
    fn is_healthy(&self, path: &Path) -> bool {
        let said = read::<Healthy>(path).ok().flatten();
        said.is_some_and(|said| {
            self.versions.program().canonicalize().is_ok_and(|program| program == said.program)
        })
    }

    /// Does what is to be done about the current version; says whether another is current now.
    fn follow(&mut self, step: Step) -> Result<bool, Failure> {
        match step {
            Step::GoOn => Ok(false),
            Step::Believe => {
                self.record.believe();
                self.pace.reset();
                self.keep();
                tell!("version {} stood its trial", self.record.good.as_deref().unwrap_or_default());
                Ok(false)
            }
            Step::RollBack(to, why) => {
                if let Err(error) = self.versions.switch_to(&to) {
                    tell!("{why}; version {to} could not be made current again: {error}");
                    return Ok(false);
                }
                self.record.rolled_back(&to, &why, now());
                self.pace.reset();
                self.keep();
                tell!("{why}; version {to} is current again");
                Ok(true)
            }
        }
    }

    /// Keeps what is remembered. A disk that does not take it is no reason to end an agent that works: it is told once, and
    /// tried again.
    fn keep(&mut self) {
        let path = self.folder.join(RECORD);
        let kept = serde_json::to_vec(&self.record)
            .map_err(io::Error::from)
            .and_then(|octets| durable::replace(&path, &octets));
        match kept {
            Ok(()) => self.unkept = None,
            Err(error) => {
                if self.unkept.replace(Instant::now()).is_none() {
                    tell!("{}: {error}; the agent goes on, and this is tried again", path.display());
                }
            }
        }
    }
}

fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("supervise.lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(|error| unwritable(folder, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Failure::failed(format_args!("another supervisor is at work on {}", folder.display())))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).context(path.display()),
    }
}

/// A lock elsewhere would be no help: the record of what failed and the link that goes back are in the folder itself.
fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    let what_to_do = match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => {
            "; mount its disk for writing, or, where versions are not replaced, have the system's services run the agent"
        }
        io::ErrorKind::PermissionDenied => "; supervise as the user who may write there",
        _ if durable::is_full(error) => "; make room on its disk",
        _ => "",
    };
    Failure::failed(format_args!(
        "cannot write in the folder of versions {}, where the supervisor keeps which one it believes in: {error}{what_to_do}",
        folder.display()
    ))
}

const PROGRAM: &str = "remote-services-agent";
/// How often the agent is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long after the disk did not take the record it is tried again.
const KEEP_ANEW: Duration = Duration::from_secs(5);
/// One that ran for so long is started again at once.
const LONG_ENOUGH: Duration = Duration::from_secs(600);
/// The pace at which one that ends is started again.
const RESTARTS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(300));
/// The pace after a refusal: each start may be a try that somebody counts.
const REFUSALS: Backoff = Backoff::new(Duration::from_secs(300), Duration::from_secs(3600));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_about_a_folder_that_takes_no_writes_is_in_the_sentence() {
        for (kind, words) in [
            (io::ErrorKind::ReadOnlyFilesystem, "mount its disk for writing"),
            (io::ErrorKind::PermissionDenied, "the user who may write there"),
            (io::ErrorKind::StorageFull, "make room on its disk"),
        ] {
            let sentence = unwritable(Path::new("/versions"), &kind.into()).sentence;
            assert!(sentence.contains("/versions") && sentence.contains(words), "{sentence}");
        }
    }
}
