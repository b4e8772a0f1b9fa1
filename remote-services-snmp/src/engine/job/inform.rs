//! A notification that wants to be acknowledged (RFC 3416 §4.2.7).

use alloc::vec::Vec;

use super::{Answer, Ask, Progress, Step, position};
use crate::VarBind;
use crate::engine::RequestError;
use crate::pdu::ErrorStatus;

/// One InformRequest. It is repeated until it is acknowledged, since hearing of an event twice does no harm.
pub(crate) struct Inform {
    varbinds: Vec<VarBind>,
    acknowledged: Vec<VarBind>,
    /// The request-id that all its transmissions have in common: by it the receiver tells a repetition from a
    /// second event.
    request_id: Option<i32>,
}

impl Inform {
    pub(crate) fn new(varbinds: Vec<VarBind>) -> Self {
        Self { varbinds, acknowledged: Vec::new(), request_id: None }
    }

    pub(crate) fn step(&self) -> Step {
        Step { ask: Ask::Inform, names: self.varbinds.len() }
    }

    pub(crate) fn varbinds(&self) -> &[VarBind] {
        &self.varbinds
    }

    /// The request-id to send it under: the one of the first transmission.
    pub(crate) fn request_id(&mut self, fresh: i32) -> i32 {
        *self.request_id.get_or_insert(fresh)
    }

    /// Any Response without an error acknowledges: some receivers send an empty list back.
    pub(crate) fn answer(&mut self, step: Step, answer: &Answer<'_>) -> Result<Progress, RequestError> {
        match answer.status {
            ErrorStatus::NoError => self.acknowledged = answer.varbinds.to_vec(),
            ErrorStatus::TooBig => return Err(RequestError::TooLarge),
            _ => {
                let named = position(step, answer.index).and_then(|at| self.varbinds.get(at));
                return Err(answer.refused(named.map(|varbind| &varbind.name)));
            }
        }
        Ok(Progress::Done)
    }

    pub(crate) fn take(self) -> Vec<VarBind> {
        self.acknowledged
    }
}
