//! Uploads: received, then opened or quarantined; never both, never twice.

use remote_services_core::hex;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Store, audit, digest_at, uuid_at};
use crate::clock;
use crate::store::{Fault, NewUpload, PendingUpload, ShareBounds, StoreError, StoredUpload, UploadView};

/// An upload, or a part of one, by a row that says its digest, its size and when it was stored.
pub(super) fn stored_upload(row: &SqliteRow) -> Result<StoredUpload, StoreError> {
    Ok(StoredUpload {
        sha256: digest_at(row, "sha256")?,
        size: row.try_get("size")?,
        stored_at: row.try_get("stored_at")?,
    })
}

impl Store {
    /// Records an upload whose bytes are durable in the archive, if its client's share has room; see `writer`.
    pub(crate) async fn record_upload(
        &self,
        upload: NewUpload,
        share: ShareBounds,
    ) -> Result<Option<(bool, StoredUpload)>, StoreError> {
        self.grouped.insert(upload, share).await
    }

    /// What is recorded under that name.
    pub(crate) async fn upload(
        &self,
        client: Uuid,
        upload: Uuid,
    ) -> Result<Option<StoredUpload>, StoreError> {
        let row = sqlx::query("SELECT sha256, size, stored_at FROM uploads WHERE client = ? AND id = ?")
            .bind(client.to_string())
            .bind(upload.to_string())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(stored_upload).transpose()
    }

    /// The upload that is opened next, where `after` had the last turn: the oldest of the next client that has any waiting, of those
    /// that were tried least.
    pub(crate) async fn next_pending(
        &self,
        after: Option<Uuid>,
    ) -> Result<Option<PendingUpload>, StoreError> {
        let after = after.map(|client| client.to_string()).unwrap_or_default();
        let mut row = sqlx::query(NEXT_PENDING).bind(&after).fetch_optional(&self.read).await?;
        if row.is_none() && !after.is_empty() {
            row = sqlx::query(NEXT_PENDING).bind("").fetch_optional(&self.read).await?;
        }
        row.map(|row| {
            Ok(PendingUpload {
                client: uuid_at(&row, "client")?,
                upload: uuid_at(&row, "id")?,
                tenant: row.try_get("tenant")?,
                sha256: digest_at(&row, "sha256")?,
                stored_at: row.try_get("stored_at")?,
                attempts: row.try_get("attempts")?,
                parts: row.try_get("parts")?,
            })
        })
        .transpose()
    }

    /// Counts an attempt that failed through no fault of the upload.
    pub(crate) async fn count_attempt(&self, client: Uuid, upload: Uuid) -> Result<(), StoreError> {
        sqlx::query("UPDATE uploads SET attempts = attempts + 1 WHERE client = ? AND id = ?")
            .bind(client.to_string())
            .bind(upload.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Sets an upload aside for good, with the reason in words.
    pub(crate) async fn quarantine(
        &self,
        client: Uuid,
        upload: Uuid,
        reason: &str,
        fault: Fault,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE uploads SET state = 'quarantined', reason = ?, opened_at = ?, held = iif(?, held, NULL)
             WHERE client = ? AND id = ? AND state = 'received'",
        )
        .bind(reason)
        .bind(clock::now_ms())
        .bind(fault == Fault::Senders)
        .bind(client.to_string())
        .bind(upload.to_string())
        .execute(&mut *transaction)
        .await?;
        let detail = format!("{upload}: {reason}");
        audit::append(&mut transaction, &client.to_string(), "uploadQuarantined", &detail).await?;
        Ok(transaction.commit().await?)
    }

    /// The newest uploads, newest first; of one state, or of one device, if given.
    pub(crate) async fn uploads(
        &self,
        state: Option<&str>,
        device: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<UploadView>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM uploads WHERE (?1 IS NULL OR state = ?1)
             AND (?2 IS NULL OR EXISTS (SELECT 1 FROM readings WHERE device = ?2
                  AND readings.client = uploads.client AND readings.upload = uploads.id))
             ORDER BY stored_at DESC, id LIMIT ?3",
        )
        .bind(state)
        .bind(device.map(|device| device.to_string()))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(view).collect()
    }
}

fn view(row: &SqliteRow) -> Result<UploadView, StoreError> {
    let kinds: Option<String> = row.try_get("kinds")?;
    let log: Option<&str> = row.try_get("log")?;
    let log = log.map(serde_json::from_str).transpose().map_err(|_| StoreError::Unreadable("log"))?;
    Ok(UploadView {
        client: row.try_get("client")?,
        upload: row.try_get("id")?,
        digest: hex::encode(&digest_at(row, "sha256")?),
        size: row.try_get("size")?,
        state: row.try_get("state")?,
        reason: row.try_get("reason")?,
        stored_at: clock::rfc3339(row.try_get("stored_at")?),
        opened_at: row.try_get::<Option<i64>, _>("opened_at")?.map(clock::rfc3339),
        given_up_at: row.try_get::<Option<i64>, _>("given_up_at")?.map(clock::rfc3339),
        kinds: kinds.map(|kinds| kinds.split_whitespace().map(str::to_owned).collect()).unwrap_or_default(),
        parts: row.try_get("parts")?,
        log,
    })
}

const NEXT_PENDING: &str = "SELECT uploads.client, uploads.id, tenant, sha256, stored_at, attempts, parts
    FROM uploads JOIN clients ON clients.id = uploads.client
    WHERE state = 'received' AND attempts = (SELECT min(attempts) FROM uploads WHERE state = 'received') AND client > ?
    ORDER BY client, stored_at, uploads.id LIMIT 1";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;

    #[tokio::test]
    async fn the_next_upload_is_found_without_sorting_all_that_wait() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("server.sqlite")).await.unwrap();
        let plan = format!("EXPLAIN QUERY PLAN {NEXT_PENDING}");
        let plan = sqlx::query(sqlx::AssertSqlSafe(plan)).bind("").fetch_all(&store.read).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        assert!(steps[0].contains("INDEX uploads_waiting (attempts=? AND client>?)"), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:?}");
        store.close().await;
    }

    #[tokio::test]
    async fn clients_take_turns_and_what_failed_waits_for_all_that_did_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("server.sqlite")).await.unwrap();
        let id = |number| Uuid::from_u128(number);
        sqlx::query("INSERT INTO tenants VALUES ('t', 0)").execute(&store.write).await.unwrap();
        for (client, uploads) in [(1, 10..14), (2, 20..21), (3, 30..32)] {
            sqlx::query("INSERT INTO clients (id, tenant, registered_at) VALUES (?, 't', 0)")
                .bind(id(client).to_string())
                .execute(&store.write)
                .await
                .unwrap();
            for upload in uploads {
                sqlx::query(
                    "INSERT INTO uploads (client, id, sha256, size, stored_at) VALUES (?, ?, zeroblob(32), 1, ?)",
                )
                .bind(id(client).to_string())
                .bind(id(upload).to_string())
                .bind(i64::try_from(upload).unwrap())
                .execute(&store.write)
                .await
                .unwrap();
            }
        }
        store.count_attempt(id(1), id(10)).await.unwrap();
        let (mut after, mut order) = (None, Vec::new());
        while let Some(next) = store.next_pending(after).await.unwrap() {
            order.push(next.upload.as_u128());
            store.quarantine(next.client, next.upload, "for a test", Fault::Senders).await.unwrap();
            after = Some(next.client);
        }
        assert_eq!(order, [11, 20, 30, 12, 31, 13, 10]);
        store.close().await;
    }
}
