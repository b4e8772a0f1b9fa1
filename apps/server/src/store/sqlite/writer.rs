//! Group commit: uploads that arrive while one commit is on its way share the next one.

use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};

use super::uploads::stored_upload;
use crate::store::{NewUpload, ShareBounds, StoreError, StoredUpload};

/// Sends uploads to the task that commits them.
#[derive(Clone)]
pub(super) struct Grouped {
    queue: mpsc::Sender<Request>,
}

type Answer = Result<Option<(bool, StoredUpload)>, StoreError>;

struct Request {
    upload: NewUpload,
    share: ShareBounds,
    answer: oneshot::Sender<Answer>,
}

impl Grouped {
    /// Starts the task; it ends when the last handle is dropped.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        tokio::spawn(run(pool, requests));
        Self { queue }
    }

    /// Records an upload unless its name is taken or its client's share is full. `true` says that it is new; the row is what is
    /// stored under that name, durable in either case. Nothing when there was no room for it.
    pub(super) async fn insert(&self, upload: NewUpload, share: ShareBounds) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request { upload, share, answer }).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn run(pool: SqlitePool, mut requests: mpsc::Receiver<Request>) {
    let mut group = Vec::with_capacity(GROUP);
    while requests.recv_many(&mut group, GROUP).await > 0 {
        match commit(&pool, &group).await {
            Ok(stored) => {
                for (request, stored) in group.drain(..).zip(stored) {
                    // A caller that hung up will find its row when it sends again.
                    let _ = request.answer.send(Ok(stored));
                }
            }
            Err(error) => {
                tracing::error!(%error, uploads = group.len(), "cannot record uploads");
                let full = error.is_disk_full();
                for request in group.drain(..) {
                    let why = if full { StoreError::DiskFull } else { StoreError::Closed };
                    let _ = request.answer.send(Err(why));
                }
            }
        }
    }
}

async fn commit(
    pool: &SqlitePool,
    group: &[Request],
) -> Result<Vec<Option<(bool, StoredUpload)>>, StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let mut stored = Vec::with_capacity(group.len());
    for Request { upload, share, .. } in group {
        let (client, id) = (upload.client.to_string(), upload.upload.to_string());
        let inserted = sqlx::query(
            "INSERT INTO uploads (client, id, sha256, size, stored_at, parts) SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM shares WHERE client = ?1 AND (uploads >= ?7 OR octets >= ?8))
             ON CONFLICT DO NOTHING",
        )
        .bind(&client)
        .bind(&id)
        .bind(upload.sha256.as_slice())
        .bind(upload.size)
        .bind(upload.stored_at)
        .bind(upload.parts)
        .bind(share.uploads)
        .bind(i64::try_from(share.octets).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query("SELECT sha256, size, stored_at FROM uploads WHERE client = ? AND id = ?")
            .bind(&client)
            .bind(&id)
            .fetch_optional(&mut *transaction)
            .await?;
        let there = row.as_ref().map(stored_upload).transpose()?;
        stored.push(there.map(|there| (inserted.rows_affected() == 1, there)));
    }
    transaction.commit().await?;
    Ok(stored)
}

/// Callers that wait here have their bytes archived already, so waiting is safe and bounded.
const QUEUE: usize = 1024;
const GROUP: usize = 256;
