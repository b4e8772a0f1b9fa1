//! SET (RFC 3416 §4.2.5): all or nothing.
use alloc::vec::Vec;

use super::ResponderStats;
use super::answer::{Answerer, Failure};
use super::arena::Arena;
use super::event::Events;
use super::frame::Frame;
use super::mib::{GenErr, MibHandler};
use crate::pdu::{ErrorStatus, PduRef, VarBind};
use crate::smi::ValueRef;

/// What snmpEnableAuthenTraps is to be, and the bindings of a SET that are the handler's, with their positions.
type Divided<'v> = (Option<bool>, Vec<(usize, &'v VarBind)>);

impl Answerer<'_> {
    /// The arena's list is the request's when it succeeds.
    pub(super) fn set(
        &self,
        pdu: &PduRef<'_>,
        mib: &mut dyn MibHandler,
        stats: &mut ResponderStats,
        events: &mut Events,
        arena: &mut Arena,
    ) -> Result<(), Failure> {
        if self.grant.write.is_empty() && matches!(self.frame, Frame::Community { .. }) {
            ResponderStats::raise(&mut stats.bad_community_uses);
        }
        // RFC 3584 §4.2.2: SNMPv1 has no Counter64, so there is nothing that it could be written to.
        let hidden = pdu.varbinds.iter().position(|varbind| {
            !self.grant.write.contains(varbind.name)
                || (self.is_v1() && matches!(varbind.value, ValueRef::Counter64(_)))
        });
        if let Some(hidden) = hidden {
            return Err(Failure::at(ErrorStatus::NoAccess, hidden));
        }
        // The answer repeats the request: whether it fits must be known before anything is changed.
        arena.list.repeat(&pdu.varbinds);
        let no_failure = Failure { status: ErrorStatus::NoError, index: 0 };
        if self.encode(pdu, &no_failure, arena) != Some(true) {
            return Err(Failure::too_big());
        }
        if let Some(position) = pdu.varbinds.iter().position(|varbind| varbind.value.is_exception()) {
            return Err(Failure::at(ErrorStatus::WrongType, position));
        }
        let asked = pdu.varbinds.to_vec();
        let (own, others) = self.test_own(&asked)?;
        let place = |index: usize| others.get(index).map_or(index, |(position, _)| *position);
        let others_varbinds: Vec<VarBind>;
        let for_handler = if own.is_none() {
            &asked
        } else {
            others_varbinds = others.iter().map(|(_, varbind)| (*varbind).clone()).collect();
            &others_varbinds
        };
        if !for_handler.is_empty() {
            self.set_by_handler(for_handler, mib).map_err(|failure| Failure {
                index: failure.index.checked_sub(1).map_or(0, |at| place(at) + 1),
                ..failure
            })?;
        }
        if let Some(enabled) = own {
            events.authentication_traps = enabled;
        }
        Ok(())
    }

    /// Tests what concerns the engine's own objects.
    fn test_own<'v>(&self, asked: &'v [VarBind]) -> Result<Divided<'v>, Failure> {
        let mut own = None;
        let mut others = Vec::new();
        for (position, varbind) in asked.iter().enumerate() {
            match self.objects.as_ref().and_then(|objects| objects.test(varbind)) {
                Some(tested) => own = Some(tested.map_err(|status| Failure::at(status, position))?),
                None => others.push((position, varbind)),
            }
        }
        Ok((own, others))
    }

    fn set_by_handler(&self, varbinds: &[VarBind], mib: &mut dyn MibHandler) -> Result<(), Failure> {
        mib.test(self.request, varbinds).map_err(|failed| Failure::at(failed.status, failed.index))?;
        mib.commit(self.request, varbinds).map_err(|position| match mib.undo(self.request, varbinds) {
            Ok(()) => Failure::at(ErrorStatus::CommitFailed, position),
            Err(GenErr) => Failure { status: ErrorStatus::UndoFailed, index: 0 },
        })
    }
}
