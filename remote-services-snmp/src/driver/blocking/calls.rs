//! The operations by name.

use super::ManagerDriver;
use crate::driver::CallError;
use crate::engine::{Operation, PeerId};
use crate::{Oid, VarBind};

/// Each asks and waits for the answer, as [`call`](Self::call) does, and fails as it does.
#[allow(clippy::missing_errors_doc, reason = "the block says it once for all")]
impl ManagerDriver {
    /// Reads these instances. See [`Operation::Get`].
    pub fn get(&mut self, peer: PeerId, names: &[Oid]) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Get(names.to_vec()))
    }

    /// Writes all of these or none. See [`Operation::Set`].
    pub fn set(&mut self, peer: PeerId, values: Vec<VarBind>) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Set(values))
    }

    /// Reads everything below `root`, by GETBULK where the peer copes with it. See [`Operation::Walk`].
    pub fn walk(&mut self, peer: PeerId, root: Oid) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Walk(root))
    }

    /// Reads everything below `root` by GETBULK with so many repetitions. See [`Operation::BulkWalk`].
    pub fn bulk_walk(
        &mut self,
        peer: PeerId,
        root: Oid,
        max_repetitions: u16,
    ) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::BulkWalk { root, max_repetitions })
    }

    /// Reads several columns side by side. See [`Operation::Table`].
    pub fn table(&mut self, peer: PeerId, columns: &[Oid]) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Table(columns.to_vec()))
    }
}
