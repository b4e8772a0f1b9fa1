//! What one client has of uploads that wait to be opened or are quarantined by its fault. Triggers count it (see `schema`).
//!
//! What waits is opened sooner or later. What is quarantined stays until its client's share is full: then what was kept for
//! long enough is given up, the oldest first, so that the client is taken from again.

use sqlx::Row;
use uuid::Uuid;

use super::{Store, audit, digest_at};
use crate::clock;
use crate::store::{GivenUp, ShareBounds, StoreError};

impl Store {
    /// Whether the client has as much as it may.
    pub(crate) async fn share_is_full(&self, client: Uuid, share: ShareBounds) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM shares WHERE client = ? AND (uploads >= ? OR octets >= ?)")
            .bind(client.to_string())
            .bind(share.uploads)
            .bind(octets(share))
            .fetch_optional(&self.read)
            .await?;
        Ok(row.is_some())
    }

    /// Gives up what was quarantined before then, of clients whose share is full, until half of it is free; the digests of what was
    /// given up.
    pub(crate) async fn give_up_quarantined(
        &self,
        share: ShareBounds,
        before: i64,
    ) -> Result<GivenUp, StoreError> {
        let mut given_up = GivenUp::new();
        let mut transaction = self.begin().await?;
        let full =
            sqlx::query("SELECT client, uploads, octets FROM shares WHERE uploads >= ? OR octets >= ?")
                .bind(share.uploads)
                .bind(octets(share))
                .fetch_all(&mut *transaction)
                .await?;
        for row in &full {
            let client: &str = row.try_get("client")?;
            let (mut uploads_left, mut octets_left): (i64, i64) =
                (row.try_get("uploads")?, row.try_get("octets")?);
            let kept = sqlx::query(
                "SELECT id, held FROM uploads WHERE client = ? AND state = 'quarantined' AND held IS NOT NULL
                 AND opened_at <= ? ORDER BY opened_at, id",
            )
            .bind(client)
            .bind(before)
            .fetch_all(&mut *transaction)
            .await?;
            let mut count = 0_u32;
            for upload in &kept {
                if uploads_left <= i64::from(share.uploads) / 2 && octets_left <= octets(share) / 2 {
                    break;
                }
                uploads_left -= 1;
                octets_left -= upload.try_get::<i64, _>("held")?;
                count += 1;
                let id: &str = upload.try_get("id")?;
                let gone = sqlx::query(
                    "UPDATE uploads SET held = NULL, given_up_at = ? WHERE client = ? AND id = ? RETURNING sha256",
                )
                .bind(clock::now_ms())
                .bind(client)
                .bind(id)
                .fetch_one(&mut *transaction)
                .await?;
                given_up.push(digest_at(&gone, "sha256")?);
                let parts =
                    sqlx::query("DELETE FROM upload_parts WHERE client = ? AND upload = ? RETURNING sha256")
                        .bind(client)
                        .bind(id)
                        .fetch_all(&mut *transaction)
                        .await?;
                for part in &parts {
                    given_up.push(digest_at(part, "sha256")?);
                }
            }
            if count > 0 {
                let detail = format!("{count} uploads, the oldest of its quarantine: its share was full");
                audit::append(&mut transaction, client, "quarantineGivenUp", &detail).await?;
                tracing::warn!(client, count, "the oldest quarantined uploads of a client are given up");
            }
        }
        transaction.commit().await?;
        Ok(given_up)
    }
}

fn octets(share: ShareBounds) -> i64 {
    i64::try_from(share.octets).unwrap_or(i64::MAX)
}
