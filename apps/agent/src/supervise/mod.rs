//! The supervisor: runs the version that is current, starts it again when it ends, and goes back to the one before when a new
//! one fails.
//!
//! ```text
//!                       the link names another             well since the probation
//!   ┌▶ believed in ───────────────────────────▶ on trial ───────────────────────────────▶ believed in (the new one)
//!   │    ╰ ended ▸ back-off ▸ started again       │  ╰ ended, not too often ▸ back-off ▸ started again
//!   │                                             ├─ ended three times ──────────────┐
//!   │                                             ├─ patience over, not heard of ────┤
//!   └──── the link goes back, noted and told ◀────┴── one is believed in ◀───────────┘── none is ▸ started again
//!
//! either: ended since it was refused what it has to show (exit code 4), as its PIN by a token ▸ a long back-off ▸ started again
//!
//! FOLDER/supervised.json      the version believed in, the one on trial, those that failed: written by the supervisor
//! FOLDER/supervise.lock       held by the supervisor
//! DATA/state/healthy.json     which program said that it is well: written by the agent once its first reading
//!                             is over and its server was heard
//! DATA/state/rolled-back.json of which failures the audit log and the server were told: written by the agent
//! ```
//!
//! It goes back only to what has stood its trial, and never forth: between two bad versions there is no loop. What failed is
//! not installed again. An agent that installs another version starts it in its own place, so the process is the same
//! and the link tells which version it is.

#[cfg(unix)]
mod child;
mod trial;
#[cfg(unix)]
mod watch;

pub use trial::{Heard, Record, RolledBack, Step, Terms, Trial};
#[cfg(unix)]
pub use watch::Supervisor;

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::site::Site;
use crate::site::errors::Concern;
use remote_services_transport::durable;
use remote_services_transport::software::UpdateState;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// What an agent says of itself when all that it needs is there.
#[derive(Debug, Serialize, Deserialize)]
struct Healthy {
    /// The program's file, links followed.
    program: PathBuf,
}

/// Says, for a supervisor, that this program is well. That it cannot be kept is no reason to do less.
pub fn tell_healthy(home: &Home) {
    let kept = std::env::current_exe()
        .and_then(|program| Ok(serde_json::to_vec(&Healthy { program })?))
        .and_then(|octets| durable::replace(&home.state(HEALTHY), &octets));
    if let Err(error) = kept {
        tell!("cannot keep {}: {error}", home.state(HEALTHY).display());
    }
}

/// Whether a supervisor may go back from this program to the version that it believes in.
pub(crate) fn is_on_trial() -> bool {
    let program = std::env::current_exe().and_then(|program| program.canonicalize());
    program.is_ok_and(|program| on_trial(&program))
}

fn on_trial(program: &Path) -> bool {
    // FOLDER/versions/VERSION/PROGRAM
    let version = program.parent().unwrap_or(program);
    let Some(folder) = version.ancestors().nth(2) else { return false };
    let record: Option<Record> = read(&folder.join(RECORD)).ok().flatten();
    record.and_then(|it| it.good).is_some_and(|good| version.file_name() != Some(good.as_ref()))
}

/// The version in this folder that the supervisor believes in, if one is at work there.
///
/// # Errors
/// When what it remembers cannot be read.
pub(crate) fn good(folder: &Path) -> io::Result<Option<String>> {
    Ok(read::<Record>(&folder.join(RECORD))?.and_then(|record| record.good))
}

/// Versions in this folder that failed under the supervisor.
#[must_use]
pub fn failed(folder: &Path) -> Vec<RolledBack> {
    read::<Record>(&folder.join(RECORD)).ok().flatten().unwrap_or_default().rolled_back
}

/// Versions in this folder that failed are not followed any more, however often they are offered.
pub(crate) fn refuse_failed(folder: &Path, state: &mut UpdateState) {
    for RolledBack { version, .. } in failed(folder) {
        if state.offered.as_ref().is_some_and(|offered| offered.version == version) {
            (state.offered, state.ready) = (None, false);
        }
        if !state.failed.contains(&version) {
            state.failed.push(version);
        }
    }
}

/// Tells the audit log and the server of versions that failed and were left, each once.
///
/// # Errors
/// When the disk fails: it is told again next time.
pub fn report_failed(site: &mut Site) -> Result<(), Failure> {
    let Some(folder) = site.settings.software.folder.clone() else { return Ok(()) };
    let (failed, path) = (failed(&folder), site.home.state(TOLD));
    let told: Vec<RolledBack> = read(&path).context(path.display())?.unwrap_or_default();
    let news: Vec<&RolledBack> = failed.iter().filter(|it| !told.contains(it)).collect();
    if news.is_empty() {
        return Ok(());
    }
    let sentences: Vec<String> = news
        .iter()
        .map(|it| format!("{}; version {} is current again since {}", it.why, it.to, it.at))
        .collect();
    site.begin_error(Concern::RolledBack, &sentences.join("; "))?;
    for sentence in &sentences {
        tell!("{sentence}");
        site.note("software", "rolled back", sentence)?;
    }
    let octets = serde_json::to_vec(&failed).context(path.display())?;
    durable::replace(&path, &octets).context(path.display())
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(octets) => Ok(Some(serde_json::from_slice(&octets)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

const RECORD: &str = "supervised.json";
const HEALTHY: &str = "healthy.json";
const TOLD: &str = "rolled-back.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_on_trial_where_its_supervisor_believes_in_another() {
        let folder = tempfile::tempdir().unwrap();
        let program = |version: &str| folder.path().join("versions").join(version).join("agent");
        assert!(!on_trial(&program("1.1")), "no supervisor was ever there");
        let mut record = Record::default();
        let mut keep = |change: &dyn Fn(&mut Record)| {
            change(&mut record);
            std::fs::write(folder.path().join(RECORD), serde_json::to_vec(&record).unwrap()).unwrap();
        };
        keep(&|record| assert!(record.sees("1.0")));
        assert!(!on_trial(&program("1.0")), "there is none to go back to");
        keep(&Record::believe);
        // Before its supervisor looks, too.
        assert!(!on_trial(&program("1.0")) && on_trial(&program("1.1")));
        keep(&|record| assert!(record.sees("1.1")));
        assert!(on_trial(&program("1.1")));
        keep(&Record::believe);
        assert!(!on_trial(&program("1.1")));
    }
}
