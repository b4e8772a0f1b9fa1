//! What all parts of a running server share.

use remote_services_transport::document::{ContentDigest, Directory, NextPoll};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{RwLock, watch};

use crate::archive::Archive;
use crate::ca::Authority;
use crate::edge::Refusal;
use crate::edge::attempts::Attempts;
use crate::queue::ingest::Ingest;
use crate::queue::roster::Roster;
use crate::store::{GivenUp, OpenBounds, ShareBounds, Store, StoreError};
use crate::underway::Underway;
use crate::web::session::Operators;

/// Handed to every handler and worker behind an `Arc`.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) authority: Authority,
    pub(crate) store: Store,
    pub(crate) archive: Archive,
    /// Shared by those who have put bytes into the archive and not yet recorded them; alone by who gives bytes up.
    pub(crate) recording: RwLock<()>,
    pub(crate) roster: Roster,
    pub(crate) ingest: Ingest,
    /// Why opening uploads is put off, while it is.
    pub(crate) put_off: Mutex<Option<String>>,
    pub(crate) attempts: Attempts,
    /// What goes on when its connection is cut.
    pub(crate) underway: Underway,
    pub(crate) operators: Operators,
    /// The directory without its clock, and its entity tag.
    pub(crate) directory: (Directory, String),
    /// Becomes true when the server stops.
    pub(crate) stop: watch::Receiver<bool>,
}

impl App {
    /// What follows a write, carried to its end also when the connection is cut that asked for it: see [`Underway`].
    pub(crate) async fn carry_through<T, Work>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> Work,
    ) -> Result<T, Refusal>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        self.underway.carry_through(work(Arc::clone(self))).await
    }

    /// Removes from the archive what rows gave up, unless others refer to the same octets.
    pub(crate) async fn remove_unused(&self, given_up: GivenUp) -> Result<(), StoreError> {
        if given_up.is_empty() {
            return Ok(());
        }
        // Whoever has archived bytes and not recorded them yet would lose them.
        let _alone = self.recording.write().await;
        for sha256 in self.store.unused(given_up).await? {
            self.archive.remove(&sha256).await;
        }
        Ok(())
    }

    /// As [`Self::remove_unused`], where it is not what was asked for: what cannot be removed stays, and is told.
    pub(crate) async fn let_go(&self, given_up: GivenUp) {
        if let Err(error) = self.remove_unused(given_up).await {
            tracing::error!(%error, "octets that were given up stay in the archive");
        }
    }
}

/// What does not change while the server runs.
pub(crate) struct Settings {
    pub(crate) next_poll: NextPoll,
    /// Where clients reach the server, without a slash at the end.
    pub(crate) device_url: String,
    /// How long the parts of an upload are kept that is never closed.
    pub(crate) keep_parts: Duration,
    /// What one client may have of such uploads.
    pub(crate) open: OpenBounds,
    /// What one client may have of those that wait to be opened or are quarantined.
    pub(crate) share: ShareBounds,
    /// How long what is quarantined is kept at least.
    pub(crate) keep_quarantined: Duration,
    /// When a client that waits for approval is to ask again.
    pub(crate) approval_pace: Duration,
}

/// The tag of a directory: a digest of all but its clock.
pub(crate) fn directory_tag(directory: &Directory) -> String {
    let text = serde_json::to_vec(directory).unwrap_or_default();
    format!("\"{}\"", &ContentDigest::of(&text).to_hex()[..32])
}
