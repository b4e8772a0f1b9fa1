//! What was seen of manifests, by whose word, and how it outlives the file that says so.

use super::marks::{Marks, issuers};
use super::told::Told;
use super::{FILE, PROGRAM, Software};
use crate::failure::{Context, Failure};
use crate::home::{self, Home};
use crate::site::Site;
use crate::site::errors::Concern;
use crate::survey::now;
use crate::trail::Trail;
use remote_services_transport::enrol::TrustAnchors;

impl Software {
    /// Puts down whose the manifests were that were seen, where an earlier version did not, before the
    /// identity changes.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn adopt(home: &Home, anchors: &TrustAnchors, audit: &Trail) -> Result<(), Failure> {
        Marks::new(audit, anchors, "").adopt(now()).context("audit log")?;
        match Self::load(home) {
            Ok(mut software) if software.path.exists() => {
                let channel = software.told.channel.clone();
                software.bind(anchors, audit, channel).map(|_| ())
            }
            // One that is damaged stays, and is told of whenever it is needed.
            _ => Ok(()),
        }
    }

    /// Forgets what the identity before was offered, and where its server was another, all that was seen
    /// there. No version that was installed is touched.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn begin_anew(home: &Home, anchors: &TrustAnchors, audit: &Trail) -> Result<(), Failure> {
        Self::adopt(home, anchors, audit)?;
        if let Ok(mut software) = Self::load(home)
            && software.path.exists()
        {
            let state = &mut software.updates.state;
            (state.offered, state.ready, state.installing) = (None, false, None);
            let (issuers, channel) = (issuers(anchors), software.told.channel.take());
            software.told = Told { issuers, channel, ..Told::default() };
            software.save()?;
        }
        home::remove_folder(&home.downloads())
    }

    /// Forgets what was seen of another server, or on another channel: its numbers count for that one alone, where the
    /// checkpoints have them. Says whether it was another.
    fn bind(
        &mut self,
        anchors: &TrustAnchors,
        audit: &Trail,
        channel: Option<String>,
    ) -> Result<bool, Failure> {
        let issuers = issuers(anchors);
        let before = std::mem::replace(&mut self.told.issuers, issuers.clone());
        let channel_before = std::mem::replace(&mut self.told.channel, channel.clone());
        if before == issuers && channel_before == channel {
            return Ok(false);
        }
        let other_server = !before.is_empty() && !before.iter().any(|issuer| issuers.contains(issuer));
        // Nobody put it down before there could be more than one.
        let other_channel = channel_before.is_some() && channel_before != channel;
        if other_server || other_channel {
            let state = std::mem::take(&mut self.updates.state);
            let theirs = Marks::by(audit, before, channel_before.as_deref().unwrap_or_default());
            theirs.raise(&state.seen(), now()).context("audit log")?;
            let marks = Marks::by(audit, issuers.clone(), channel.as_deref().unwrap_or_default());
            self.updates.state.recall(&marks.seen());
            if !other_server {
                // What did not come up here does not whatever offers it.
                self.updates.state.failed = state.failed;
            }
            self.told = Told { issuers, channel, ..Told::default() };
            let text = match other_server {
                true => "what another server offered is forgotten",
                false => "what another channel offered is forgotten",
            };
            audit.append(now(), "software", PROGRAM, text).context("audit log")?;
        }
        self.save()?;
        Ok(other_server || other_channel)
    }

    /// What was seen counts, even when the file that said so is gone or an older one.
    pub(super) fn remember(&mut self, site: &mut Site) -> Result<(), Failure> {
        let anchors = &site.identity.anchors;
        let unnamed = Marks::new(&site.audit, anchors, "");
        unnamed.adopt(now()).context("audit log")?;
        let channel = site.settings.software.channel.clone().unwrap_or_default();
        let marks = Marks::new(&site.audit, anchors, &channel);
        if self.told.channel.is_none() && marks.seen().sequence == 0 && self.path.exists() {
            // An earlier version counted them all as one.
            marks.raise(&unnamed.seen(), now()).context("audit log")?;
        }
        // A version that is being installed is looked after first.
        if self.updates.state.installing.is_some()
            && self.told.channel.as_ref().is_some_and(|known| *known != channel)
        {
            return Ok(());
        }
        let is_another = self.bind(anchors, &site.audit, Some(channel))?;
        // An anchor that is new knows what the one before knows.
        let seen = marks.seen();
        marks.raise(&seen, now()).context("audit log")?;
        if is_another {
            site.end_errors(&[Concern::Offer, Concern::Silence, Concern::Version])?;
        }
        let before = self.updates.state.sequence;
        if !self.updates.state.recall(&seen) {
            return Ok(());
        }
        let text = match seen.ended {
            Some(ended) if before >= seen.sequence => {
                format!("{FILE} is gone or went back: the last manifest was seen to end on {ended}")
            }
            _ => format!("{FILE} is gone or went back: manifest {} was seen before {before}", seen.sequence),
        };
        site.note("software", PROGRAM, &text)?;
        self.save()
    }

    /// Has what was seen outlive this state.
    pub(super) fn mark(&self, site: &Site) -> Result<(), Failure> {
        let channel = self.told.channel.as_deref().unwrap_or_default();
        let marks = Marks::new(&site.audit, &site.identity.anchors, channel);
        marks.raise(&self.updates.state.seen(), now()).context("audit log")
    }
}
