//! Payloads as they came, each a file named by its SHA-256.
//!
//! ```text
//! DATA/archive/incoming/RANDOM     while it arrives; swept at start
//! DATA/archive/sha-256/ab/cd…      durable: written, synced, renamed, folder synced
//! ```
//!
//! A name is never reused for other bytes, so files are never changed. A file without a row in the store is
//! an upload that was never acknowledged; when its sender comes again, the same file serves. The archive
//! knows nothing of clients: uniqueness of uploads lives in the store.

mod room;

use remote_services_core::hex;
use remote_services_transport::durable;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

use crate::random;
use room::Room;

/// The folder of payloads.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    incoming: PathBuf,
    stored: PathBuf,
    room: Room,
}

impl Archive {
    /// Opens the archive in `folder`, makes what is missing, and sweeps what a crash left half-written. It takes nothing that
    /// would leave less than `keep_free` octets of its disk.
    pub(crate) fn open(folder: &Path, keep_free: Option<u64>) -> io::Result<Self> {
        let room = Room::new(folder.to_owned(), keep_free);
        let archive = Self { incoming: folder.join("incoming"), stored: folder.join("sha-256"), room };
        durable::create_private_folder(&archive.incoming)?;
        durable::create_private_folder(&archive.stored)?;
        for first in 0..=u8::MAX {
            durable::create_private_folder(&archive.stored.join(hex::encode(&[first])))?;
        }
        durable::sync_folder(&archive.stored)?;
        for entry in std::fs::read_dir(&archive.incoming)? {
            std::fs::remove_file(entry?.path())?;
        }
        Ok(archive)
    }

    /// Fails when nothing can be taken for want of room.
    pub(crate) async fn require_room(&self) -> io::Result<()> {
        let room = self.room.clone();
        tokio::task::spawn_blocking(move || room.require(0)).await.map_err(io::Error::other)?
    }

    /// Begins to take a payload in, of which so many octets were announced.
    pub(crate) async fn receive(&self, announced: u64) -> io::Result<Incoming> {
        let name: [u8; 16] = random::octets().map_err(io::Error::other)?;
        let path = self.incoming.join(hex::encode(&name));
        // Who made the file has its guard at once, for a caller that is dropped in between.
        let room = self.room.clone();
        let made = tokio::task::spawn_blocking(move || {
            room.require(announced)?;
            let file = durable::private_file().create_new(true).open(&path)?;
            io::Result::Ok((file, RemoveOnDrop(Some(path))))
        });
        let (file, guard) = made.await.map_err(io::Error::other)??;
        let file = tokio::io::BufWriter::with_capacity(BUFFER, tokio::fs::File::from_std(file));
        Ok(Incoming { file, guard, hash: Sha256::new(), unlooked: 0, archive: self.clone() })
    }

    /// The bytes with that digest, found intact.
    pub(crate) async fn read(&self, sha256: &[u8; 32]) -> io::Result<Vec<u8>> {
        let (archive, sha256) = (self.clone(), *sha256);
        tokio::task::spawn_blocking(move || archive.read_blocking(&sha256)).await.map_err(io::Error::other)?
    }

    /// As [`Self::read`], for threads that may block.
    pub(crate) fn read_blocking(&self, sha256: &[u8; 32]) -> io::Result<Vec<u8>> {
        let octets = std::fs::read(self.path(sha256))?;
        if Sha256::digest(&octets).as_slice() != sha256 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the archived file was changed"));
        }
        Ok(octets)
    }

    /// The file with that digest, open for reading.
    pub(crate) async fn open_file(&self, sha256: &[u8; 32]) -> io::Result<tokio::fs::File> {
        tokio::fs::File::open(self.path(sha256)).await
    }

    /// Gives up bytes that nothing refers to. What cannot be removed stays, and does no harm.
    pub(crate) async fn remove(&self, sha256: &[u8; 32]) {
        if let Err(error) = tokio::fs::remove_file(self.path(sha256)).await {
            tracing::warn!(%error, "an archived part could not be removed");
        }
    }

    fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        let name = hex::encode(sha256);
        self.stored.join(&name[..2]).join(&name[2..])
    }
}

/// A payload on its way in. Dropped before [`Incoming::keep`], it leaves nothing behind.
pub(crate) struct Incoming {
    file: tokio::io::BufWriter<tokio::fs::File>,
    guard: RemoveOnDrop,
    hash: Sha256,
    /// Octets since it was last looked how much room there is.
    unlooked: usize,
    archive: Archive,
}

impl Incoming {
    /// Takes the next octets.
    pub(crate) async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.unlooked += octets.len();
        if self.unlooked >= LOOK_EVERY {
            // Others came in at the same time.
            self.archive.require_room().await?;
            self.unlooked = 0;
        }
        self.hash.update(octets);
        self.file.write_all(octets).await
    }

    /// SHA-256 of all octets so far.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Makes the payload durable under its digest.
    pub(crate) async fn keep(mut self) -> io::Result<()> {
        self.file.flush().await?;
        let path = self.archive.path(&self.sha256());
        let file = self.file.into_inner().into_std().await;
        let guard = self.guard;
        tokio::task::spawn_blocking(move || guard.keep(&file, &path)).await.map_err(io::Error::other)?
    }
}

struct RemoveOnDrop(Option<PathBuf>);

impl RemoveOnDrop {
    fn keep(mut self, file: &std::fs::File, path: &Path) -> io::Result<()> {
        file.sync_all()?;
        if let Some(beside) = &self.0 {
            std::fs::rename(beside, path)?;
        }
        self.0 = None;
        path.parent().map_or(Ok(()), durable::sync_folder)
    }
}

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be removed now is swept at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Most payloads fit, so that they are written at once.
const BUFFER: usize = 64 << 10;
/// In octets.
const LOOK_EVERY: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    async fn put(archive: &Archive, octets: &[u8]) -> [u8; 32] {
        let mut incoming = archive.receive(0).await.unwrap();
        for chunk in octets.chunks(7) {
            incoming.write(chunk).await.unwrap();
        }
        let sha256 = incoming.sha256();
        incoming.keep().await.unwrap();
        sha256
    }

    #[tokio::test]
    async fn what_is_kept_is_read_back_under_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path(), None).unwrap();
        let sha256 = put(&archive, b"the same bytes").await;
        assert_eq!(put(&archive, b"the same bytes").await, sha256);
        assert_eq!(
            Archive::open(folder.path(), None).unwrap().read(&sha256).await.unwrap(),
            b"the same bytes"
        );
        assert_eq!(std::fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_is_given_up_or_left_by_a_crash_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path(), None).unwrap();
        let mut incoming = archive.receive(0).await.unwrap();
        incoming.write(b"half").await.unwrap();
        drop(incoming);
        std::fs::write(folder.path().join("incoming/left"), b"by a crash").unwrap();
        Archive::open(folder.path(), None).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    }

    #[test]
    fn a_receipt_that_nobody_waits_for_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path(), None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for _ in 0..50 {
                let mut receipt = pin!(archive.receive(0));
                poll_fn(|context| Poll::Ready(receipt.as_mut().poll(context).is_ready())).await;
            }
        });
        // Waits for what it began to do with files.
        drop(runtime);
        assert_eq!(std::fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_changed_file_is_not_given_out() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path(), None).unwrap();
        let sha256 = put(&archive, b"original").await;
        std::fs::write(archive.path(&sha256), b"changed!").unwrap();
        assert_eq!(archive.read(&sha256).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
