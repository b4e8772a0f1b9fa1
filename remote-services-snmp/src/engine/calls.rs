//! The operations by name: what [`Manager::request`] does, for those who know what they want.

use alloc::vec::Vec;

use super::{ApiMisuse, Instant, Manager, Operation, PeerId, RequestError, RequestId};
use crate::{Oid, VarBind};

impl Manager {
    /// Reads these instances. See [`Operation::Get`].
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn get(&mut self, now: Instant, peer: PeerId, names: Vec<Oid>) -> Result<RequestId, ApiMisuse> {
        self.request(now, peer, Operation::Get(names))
    }

    /// Writes all of these or none. See [`Operation::Set`].
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn set(&mut self, now: Instant, peer: PeerId, values: Vec<VarBind>) -> Result<RequestId, ApiMisuse> {
        self.request(now, peer, Operation::Set(values))
    }

    /// Reads everything below `root`, by GETBULK where the peer copes with it. See [`Operation::Walk`].
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn walk(&mut self, now: Instant, peer: PeerId, root: Oid) -> Result<RequestId, ApiMisuse> {
        self.request(now, peer, Operation::Walk(root))
    }

    /// Reads everything below `root` by GETBULK with so many repetitions. See [`Operation::BulkWalk`].
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn bulk_walk(
        &mut self,
        now: Instant,
        peer: PeerId,
        root: Oid,
        max_repetitions: u16,
    ) -> Result<RequestId, ApiMisuse> {
        self.request(now, peer, Operation::BulkWalk { root, max_repetitions })
    }

    /// Reads several columns side by side. See [`Operation::Table`].
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn table(&mut self, now: Instant, peer: PeerId, columns: Vec<Oid>) -> Result<RequestId, ApiMisuse> {
        self.request(now, peer, Operation::Table(columns))
    }

    /// Ends all requests to a peer, under way or waiting, as [`RequestError::Cancelled`]. The peer stays known, with
    /// what was learnt of it. Does nothing for an unknown one.
    pub fn cancel_peer(&mut self, peer: PeerId) {
        let Some(known) = self.peers.get_mut(peer.0) else { return };
        let queued = core::mem::take(&mut known.queue);
        for exchange in known.open.clone() {
            self.fail(exchange, &RequestError::Cancelled);
        }
        for request in queued {
            self.complete(request, Err(RequestError::Cancelled));
        }
        self.pump();
    }
}
