use super::UpdateState;
use remote_services_core::time::Timestamp;

/// What must outlive the state: whoever removed it, tore it or brought an older one back would bring old manifests back otherwise,
/// or make one fresh again that was seen to end. Three values that only grow, kept where those have no hand in it, such as in the
/// marks of an [`AuditLog`](crate::audit::AuditLog).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The highest number of a manifest.
    pub sequence: u64,
    /// Until when the last one held that was believed.
    pub fresh_until: Option<Timestamp>,
    /// The end of the last one that was seen to end, with none after it.
    pub ended: Option<Timestamp>,
}

impl UpdateState {
    /// What of it must outlive it, to be kept after every change.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let ended = self.fresh_until.filter(|until| self.was_after(*until));
        Seen { sequence: self.sequence, fresh_until: self.fresh_until, ended }
    }

    /// Takes back what outlived it; says whether it had lost something of that. What was offered under an older number is not
    /// followed any more then.
    pub fn recall(&mut self, seen: &Seen) -> bool {
        let is_older = self.sequence < seen.sequence;
        if is_older {
            self.sequence = seen.sequence;
            self.fresh_until = self.fresh_until.max(seen.fresh_until);
            (self.offered, self.ready) = (None, false);
        }
        let is_over = |until| Some(until) <= seen.ended && !self.was_after(until);
        let had_ended = self.fresh_until.is_some_and(is_over);
        if had_ended {
            self.clock = self.clock.max(seen.ended);
        }
        is_older || had_ended
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, manifest, shown};
    use super::super::{Offer, OfferRefusal, Updates, UpdatesStep, judge_silence};
    use super::*;
    use crate::document::SoftwareManifest;

    #[test]
    fn a_state_that_is_gone_or_went_back_brings_nothing_back_with_what_outlived_it() {
        let mut state = UpdateState::default();
        assert!(matches!(shown(&manifest("1.1", 5), &mut state, 10), Offer::Newer(_)));
        let early = UpdateState { ready: true, ..state.clone() };
        let newer = SoftwareManifest { expires: at(2_000), ..manifest("1.2", 6) };
        assert!(matches!(shown(&newer, &mut state, 20), Offer::Newer(_)));
        let seen = state.seen();
        assert_eq!(seen, Seen { sequence: 6, fresh_until: Some(at(2_000)), ended: None });
        assert!(!state.recall(&seen), "nothing is lost");
        // What the older one was about to install is not installed.
        for lost in [UpdateState::default(), early] {
            let mut updates = Updates { state: lost };
            assert!(updates.state.recall(&seen));
            assert_eq!(updates.next(at(30), true), UpdatesStep::Nothing);
            let back = Offer::Refused(OfferRefusal::Rollback { found: 5, seen: 6 });
            assert_eq!(shown(&manifest("1.1", 5), &mut updates.state, 30), back);
            assert_eq!(judge_silence(&mut updates.state, at(2_000)), Some(OfferRefusal::Frozen(at(2_000))));
        }

        // It ended; then the state is lost, and the clock goes back.
        let before = state.clone();
        assert!(judge_silence(&mut state, at(2_100)).is_some());
        let seen = state.seen();
        assert_eq!(seen.ended, Some(at(2_000)));
        for mut lost in [UpdateState::default(), before] {
            assert!(lost.recall(&seen) && !lost.recall(&seen), "which is said once");
            assert_eq!(shown(&newer, &mut lost, 30), Offer::Refused(OfferRefusal::Expired(at(2_000))));
            assert_eq!(judge_silence(&mut lost, at(30)), Some(OfferRefusal::Frozen(at(2_000))));
            // One that ends later is fresh, and what ended before it is no matter any more.
            let fresh = SoftwareManifest { expires: at(2_001), ..newer.clone() };
            assert_eq!(shown(&fresh, &mut lost, 30), Offer::Newer(Box::new(fresh)));
            assert!(!lost.recall(&seen) && judge_silence(&mut lost, at(40)).is_none());
        }
    }
}
