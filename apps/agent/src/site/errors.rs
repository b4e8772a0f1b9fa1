//! What is wrong with this client by now, as its server is told: in each description until it is over, since the server keeps the last
//! description alone.
//!
//! ```text
//! DATA/state/errors.json     what is wrong, a sentence for each concern
//! ```
//!
//! There is one sentence for each concern, the last, and each concern has its end. Of a clock that is off and of a certificate that is
//! not renewed the site knows at each start anew: they are not kept. A file that is damaged costs what it said until that is found again.

use super::Site;
use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::software;
use remote_services_transport::durable;
use std::collections::BTreeMap;

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// What came as the server's policy is none. Over when one can be read.
    Policy,
    /// An offer of software is not believed. Over when the server's answer is.
    Offer,
    /// No fresh manifest followed the last one. Over when one did.
    Silence,
    /// A version is not installed. Over when one was, or nothing is offered that could be.
    Version,
    /// Versions that nobody goes back to are still there. Over when they go.
    OldVersions,
    /// A version failed under the supervisor, and the one before runs. Over when another was installed.
    RolledBack,
}

impl Concern {
    const ALL: [Self; 6] =
        [Self::Policy, Self::Offer, Self::Silence, Self::Version, Self::OldVersions, Self::RolledBack];

    /// The name in the file.
    fn label(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Offer => "offer",
            Self::Silence => "silence",
            Self::Version => "version",
            Self::OldVersions => "oldVersions",
            Self::RolledBack => "rolledBack",
        }
    }

    /// Whether the server may be told: nothing of what this site does not let it see to.
    fn is_told(self, site: &Site) -> bool {
        match self {
            Self::Policy => site.settings.takes_wishes(),
            Self::RolledBack => true,
            _ => software::followed(site).is_some(),
        }
    }
}

/// A sentence for each concern, by its label.
pub(super) type Errors = BTreeMap<String, String>;

/// What was wrong when the agent last ran.
pub(super) fn load(home: &Home) -> Errors {
    let path = home.state(FILE);
    let kept = match std::fs::read(&path) {
        Ok(octets) => serde_json::from_slice::<Errors>(&octets).map_err(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Errors::new()),
        Err(error) => Err(error.to_string()),
    };
    kept.unwrap_or_else(|why| {
        tell!(
            "{} is damaged: {why}. It says which errors the server is told of: what is still wrong is told when it is found \
             again, and the file is written anew then",
            path.display()
        );
        Errors::new()
    })
}

/// What was wrong with another identity's agent is no other server's business.
pub(crate) fn forget(home: &Home) -> Result<(), Failure> {
    home::remove(&home.state(FILE))
}

impl Site {
    /// Something is wrong: the server is told at once, if it hears it, and with each description until it is over.
    ///
    /// # Errors
    /// As the disk says.
    pub(crate) fn begin_error(&mut self, concern: Concern, sentence: &str) -> Result<(), Failure> {
        let sentence: String = sentence.chars().take(LONGEST_KEPT).collect();
        if self.errors.get(concern.label()) == Some(&sentence) {
            return Ok(());
        }
        self.errors.insert(concern.label().to_owned(), sentence);
        self.described = None;
        self.keep_errors()?;
        if concern.is_told(self) {
            // A server that does not hear it now has it from the next description.
            let _ = self.tell_errors();
        }
        Ok(())
    }

    /// These are over: the next description, which is due then, is without them.
    ///
    /// # Errors
    /// As the disk says.
    pub(crate) fn end_errors(&mut self, concerns: &[Concern]) -> Result<(), Failure> {
        let before = self.errors.len();
        self.errors.retain(|label, _| concerns.iter().all(|concern| concern.label() != label));
        if self.errors.len() == before {
            return Ok(());
        }
        self.described = None;
        self.keep_errors()
    }

    /// Whether something is wrong there.
    pub(crate) fn has_error(&self, concern: Concern) -> bool {
        self.errors.contains_key(concern.label())
    }

    /// Tells the server what is wrong, where it did not hear it before.
    pub(crate) fn tell_untold_errors(&mut self) {
        if self.described.is_none() && Concern::ALL.iter().any(|it| self.has_error(*it) && it.is_told(self)) {
            let _ = self.tell_errors();
        }
    }

    /// All that is wrong by now, as a description has it.
    pub(super) fn errors_now(&self) -> Vec<String> {
        let kept = Concern::ALL.iter().filter(|concern| concern.is_told(self));
        let kept = kept.filter_map(|concern| self.errors.get(concern.label()).map(String::as_str));
        let all = self.not_renewed.as_deref().into_iter().chain(self.clock.off()).chain(kept);
        // What is taken out has to be whole to be found.
        all.map(|sentence| self.redacted(sentence).chars().take(LONGEST_TOLD).collect()).collect()
    }

    fn keep_errors(&self) -> Result<(), Failure> {
        let path = self.home.state(FILE);
        let octets = serde_json::to_vec(&self.errors).context(path.display())?;
        durable::replace(&path, &octets).context(path.display())
    }
}

const FILE: &str = "errors.json";
/// Characters of a sentence that are kept.
const LONGEST_KEPT: usize = 4_096;
/// Characters of a sentence that the server is told.
const LONGEST_TOLD: usize = 1_024;
