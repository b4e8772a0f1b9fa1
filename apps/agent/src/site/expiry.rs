//! That the certificate is due and cannot be renewed: it ends in some weeks, so that somebody is to hear of it before.
//!
//! ```text
//! DATA/state/not-renewed     why, as the audit log has it: noted once for each cause, however often it is tried and the agent started
//! ```

use super::Site;
use crate::contact::Due;
use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::survey::now;
use crate::trail::Trail;
use remote_services_core::time::Timestamp;
use remote_services_transport::durable;
use remote_services_transport::enrol::{Identity, validity};

impl Site {
    /// Notes why the certificate could not be renewed, and tells the server, if it is another cause than before; and that it was, or need
    /// not be any more.
    ///
    /// # Errors
    /// When the audit log or the disk fails.
    pub(crate) fn heed_renewal(&mut self, certificate: &Due) -> Result<(), Failure> {
        let failure = match certificate {
            Due::NotRenewed(failure) => failure,
            Due::Unknown => {
                // What was told of it before stands, also over a start.
                if self.not_renewed.is_none()
                    && let Ok(noted) = std::fs::read_to_string(self.home.state(NOT_RENEWED))
                {
                    self.not_renewed = Some(noted + &end_in_words(&self.identity));
                }
                return Ok(());
            }
            Due::No => {
                if self.not_renewed.take().is_some() {
                    self.described = None;
                }
                return home::remove(&self.home.state(NOT_RENEWED));
            }
        };
        self.not_renewed = Some(with_end(failure, &self.identity));
        if !note(&self.home, &self.identity, &self.audit, failure)? {
            return Ok(());
        }
        // Each description has it, until it is over.
        if let Err(error) = self.tell_errors() {
            tell!("the server was not told that its certificate was not renewed: {error}");
        }
        Ok(())
    }

    /// When this agent's certificate ends.
    pub(super) fn certificate_end(&self) -> Option<Timestamp> {
        end_of(&self.identity)
    }
}

/// Notes why the certificate could not be renewed, if it is another cause than before; says whether it is.
///
/// # Errors
/// When the audit log or the disk fails.
pub(super) fn note(home: &Home, own: &Identity, audit: &Trail, failure: &Failure) -> Result<bool, Failure> {
    let path = home.state(NOT_RENEWED);
    // What cannot be read is noted once more.
    if std::fs::read_to_string(&path).is_ok_and(|noted| cause(&noted) == cause(&failure.sentence)) {
        return Ok(false);
    }
    let text = with_end(failure, own);
    audit.claim(now(), "notRenewed", &own.client.to_string(), &text).context("audit log")?;
    durable::replace(&path, failure.sentence.as_bytes()).context(path.display())?;
    Ok(true)
}

fn with_end(failure: &Failure, own: &Identity) -> String {
    format!("{failure}{}", end_in_words(own))
}

fn end_in_words(own: &Identity) -> String {
    end_of(own).map_or(String::new(), |end| format!("; it ends {end}"))
}

fn end_of(own: &Identity) -> Option<Timestamp> {
    own.chain.first().and_then(|own| validity(own)).map(|(_, end)| end)
}

/// A sentence without the numbers in it: moments differ from try to try.
pub(super) fn cause(sentence: &str) -> String {
    sentence.chars().filter(|character| !character.is_ascii_digit()).collect()
}

const NOT_RENEWED: &str = "not-renewed";
