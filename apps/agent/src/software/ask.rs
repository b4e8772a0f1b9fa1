//! The question to the server, and what it means that there is no answer.

use super::{COMPONENT, PROGRAM, Software, followed, target};
use crate::commands::open_signed;
use crate::downloads;
use crate::failure::Failure;
use crate::site::errors::Concern;
use crate::site::{Site, server_failure};
use crate::survey::now;
use remote_services_core::time::Timestamp;
use remote_services_payload::seal::PURPOSE_UPDATE_SIGNING;
use remote_services_transport::software::{Component, Offer, OfferRefusal, judge_silence};

impl Software {
    pub(super) fn ask(&mut self, site: &mut Site, running: &str) -> Result<(), Failure> {
        // That of which the state is, also where the settings name another by now.
        let channel = self.told.channel.clone().filter(|channel| !channel.is_empty());
        let component = Component { name: COMPONENT.to_owned(), channel, target: Some(target()) };
        let (anchors, module) = (site.identity.anchors.certificates().to_vec(), site.module);
        let verifier = |media_type: &str, body: &[u8]| {
            open_signed(&anchors, PURPOSE_UPDATE_SIGNING, module, media_type, body)
        };
        let before = self.offered();
        let state = &mut self.updates.state;
        let offer = site.client.software(&component, running, state, &verifier, now());
        if offer.is_err() {
            self.save()?;
        }
        let mut is_signed = false;
        let told = match offer.map_err(server_failure)? {
            Offer::Refused(OfferRefusal::Frozen(until)) => return Err(self.miss(site, until)?),
            Offer::Newer(manifest) => {
                is_signed = true;
                Some(format!("version {} is offered", manifest.version))
            }
            Offer::Refused(why) => {
                self.note_refusal(site, &why)?;
                None
            }
            // Asked again at the next turn.
            Offer::Later { step, why, .. } => {
                return Err(Failure::of_answer(step, format_args!("software: {why}")));
            }
            _ => None,
        };
        if self.fault.is_none() {
            self.note_belief(site)?;
        }
        self.told.asked_at = Some(now());
        self.save()?;
        if let Some(superseded) = before.filter(|before| self.offered() != Some(*before)) {
            // Its successor may need the room.
            downloads::remove(&site.home, superseded)?;
        }
        self.mark(site)?;
        match told {
            Some(text) if is_signed => site.note("software", PROGRAM, &text),
            Some(text) => site.claim("software", PROGRAM, &text),
            None => Ok(()),
        }
    }

    /// For a turn in which the server is not reached, so that it is not asked: finds out whether the last manifest that was
    /// believed is out of date by now. While this machine is merely away nothing comes of it but a note in the audit log, once.
    ///
    /// # Errors
    /// When it is, or this machine fails.
    pub fn unasked(&mut self, site: &mut Site) -> Result<(), Failure> {
        if followed(site).is_none() {
            return Ok(());
        }
        self.remember(site)?;
        match judge_silence(&mut self.updates.state, now()) {
            Some(OfferRefusal::Frozen(until)) => Err(self.miss(site, until)?),
            _ => Ok(()),
        }
    }

    /// Nothing fresh since then, whoever is to blame: noted once, and asked again at the next turn as after any silence.
    fn miss(&mut self, site: &mut Site, until: Timestamp) -> Result<Failure, Failure> {
        let text = format!(
            "software: {}; perhaps this host was away, perhaps somebody keeps news from it",
            OfferRefusal::Frozen(until)
        );
        let is_new = self.told.missed.replace(until) != Some(until);
        self.save()?;
        self.mark(site)?;
        if is_new {
            site.note("software", PROGRAM, &text)?;
        }
        site.begin_error(Concern::Silence, &text)?;
        Ok(Failure::no_answer(text))
    }
}
