//! Parts of large uploads, before and after the list that closes them.

use remote_services_core::hex;
use sqlx::Row;
use std::collections::BTreeSet;
use uuid::Uuid;

use super::{Store, digest_at, uuid_at};
use crate::store::{NewPart, PartRecorded, StoreError, StoredUpload};

impl Store {
    /// Records a part whose bytes are durable in the archive, unless another stands under its number.
    pub(crate) async fn record_part(
        &self,
        new: &NewPart,
        most_open: u32,
    ) -> Result<PartRecorded, StoreError> {
        let (client, upload) = (new.octets.client.to_string(), new.octets.upload.to_string());
        let mut transaction = self.begin().await?;
        let inserted = sqlx::query(
            "INSERT INTO upload_parts (client, upload, part, sha256, size, stored_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE client = ?1 AND id = ?2)
             AND (SELECT count(DISTINCT upload) FROM upload_parts AS open WHERE client = ?1 AND upload <> ?2
                  AND NOT EXISTS (SELECT 1 FROM uploads WHERE client = ?1 AND id = open.upload)) < ?7
             ON CONFLICT DO NOTHING",
        )
        .bind(&client)
        .bind(&upload)
        .bind(new.part)
        .bind(new.octets.sha256.as_slice())
        .bind(new.octets.size)
        .bind(new.octets.stored_at)
        .bind(most_open)
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query(
            "SELECT sha256, size, stored_at FROM upload_parts WHERE client = ? AND upload = ? AND part = ?",
        )
        .bind(&client)
        .bind(&upload)
        .bind(new.part)
        .fetch_optional(&mut *transaction)
        .await?;
        let recorded = match row {
            Some(row) => {
                let stored = StoredUpload {
                    sha256: digest_at(&row, "sha256")?,
                    size: row.try_get("size")?,
                    stored_at: row.try_get("stored_at")?,
                };
                PartRecorded::There(stored, inserted.rows_affected() == 1)
            }
            None => {
                let closed = sqlx::query("SELECT 1 FROM uploads WHERE client = ? AND id = ?")
                    .bind(&client)
                    .bind(&upload)
                    .fetch_optional(&mut *transaction)
                    .await?;
                if closed.is_some() { PartRecorded::Closed } else { PartRecorded::TooManyOpen }
            }
        };
        transaction.commit().await?;
        Ok(recorded)
    }

    /// The digests of an upload's parts by number.
    pub(crate) async fn parts(&self, client: Uuid, upload: Uuid) -> Result<Vec<(u32, [u8; 32])>, StoreError> {
        let rows = sqlx::query(
            "SELECT part, sha256 FROM upload_parts WHERE client = ? AND upload = ? ORDER BY part",
        )
        .bind(client.to_string())
        .bind(upload.to_string())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("part")?, digest_at(row, "sha256")?))).collect()
    }

    /// Gives up the parts of uploads that got no part since then and were never closed; those uploads, and the digests
    /// that nothing refers to any more.
    pub(crate) async fn forget_stale_parts(
        &self,
        before: i64,
    ) -> Result<(Vec<(Uuid, Uuid)>, Vec<[u8; 32]>), StoreError> {
        let mut transaction = self.begin().await?;
        let stale = sqlx::query(
            "SELECT client, upload FROM upload_parts AS open WHERE NOT EXISTS
             (SELECT 1 FROM uploads WHERE client = open.client AND id = open.upload)
             GROUP BY client, upload HAVING max(stored_at) < ?",
        )
        .bind(before)
        .fetch_all(&mut *transaction)
        .await?;
        let (mut uploads, mut digests) = (Vec::new(), Vec::new());
        for row in &stale {
            let (client, upload) = (uuid_at(row, "client")?, uuid_at(row, "upload")?);
            let gone =
                sqlx::query("DELETE FROM upload_parts WHERE client = ? AND upload = ? RETURNING sha256")
                    .bind(client.to_string())
                    .bind(upload.to_string())
                    .fetch_all(&mut *transaction)
                    .await?;
            for row in &gone {
                digests.push(digest_at(row, "sha256")?);
            }
            uploads.push((client, upload));
        }
        let gone: Vec<String> = digests.iter().map(|digest| hex::encode(digest).to_uppercase()).collect();
        let used = sqlx::query(
            "SELECT sha256 FROM uploads WHERE hex(sha256) IN (SELECT value FROM json_each(?1))
             UNION SELECT sha256 FROM upload_parts WHERE hex(sha256) IN (SELECT value FROM json_each(?1))
             UNION SELECT sha256 FROM artifacts WHERE hex(sha256) IN (SELECT value FROM json_each(?1))",
        )
        .bind(serde_json::to_string(&gone).unwrap_or_default())
        .fetch_all(&mut *transaction)
        .await?;
        let used = used.iter().map(|row| digest_at(row, "sha256")).collect::<Result<BTreeSet<_>, _>>()?;
        digests.retain(|digest| !used.contains(digest));
        transaction.commit().await?;
        Ok((uploads, digests))
    }
}
