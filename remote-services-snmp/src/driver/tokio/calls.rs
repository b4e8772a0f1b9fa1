//! The operations by name.

use super::ManagerHandle;
use crate::driver::CallError;
use crate::engine::{Operation, PeerId};
use crate::{Oid, VarBind};

/// Each asks and waits for the answer, as [`call`](Self::call) does, and fails as it does.
#[allow(clippy::missing_errors_doc, reason = "the block says it once for all")]
impl ManagerHandle {
    /// Reads these instances. See [`Operation::Get`].
    pub async fn get(&self, peer: PeerId, names: &[Oid]) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Get(names.to_vec())).await
    }

    /// Writes all of these or none. See [`Operation::Set`].
    pub async fn set(&self, peer: PeerId, values: Vec<VarBind>) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Set(values)).await
    }

    /// Reads everything below `root`, by GETBULK where the peer copes with it. See [`Operation::Walk`].
    pub async fn walk(&self, peer: PeerId, root: Oid) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Walk(root)).await
    }

    /// Reads everything below `root` by GETBULK with so many repetitions. See [`Operation::BulkWalk`].
    pub async fn bulk_walk(
        &self,
        peer: PeerId,
        root: Oid,
        max_repetitions: u16,
    ) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::BulkWalk { root, max_repetitions }).await
    }

    /// Reads several columns side by side. See [`Operation::Table`].
    pub async fn table(&self, peer: PeerId, columns: &[Oid]) -> Result<Vec<VarBind>, CallError> {
        self.call(peer, Operation::Table(columns.to_vec())).await
    }
}
