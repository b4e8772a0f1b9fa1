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
