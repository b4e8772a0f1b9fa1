//! The bell between edge and worker.

use std::sync::Arc;
use tokio::sync::Notify;

/// Rung when there is something to open. Rings that nobody hears count as one.
#[derive(Clone, Default)]
pub(crate) struct Ingest(Arc<Notify>);

impl Ingest {
    /// Something was recorded.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits for the next ring.
    pub(crate) async fn rung(&self) {
        self.0.notified().await;
    }
}
