//! The software catalogue, the artifacts, and what is wished of clients' settings.

use remote_services_transport::document::SoftwareManifest;
use sqlx::Row;
use uuid::Uuid;

use super::{Store, audit};
use crate::clock;
use crate::store::StoreError;

impl Store {
    /// Records a file whose octets are durable in the archive.
    pub(crate) async fn record_artifact(&self, sha256: &[u8; 32], size: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO artifacts (sha256, size, stored_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(sha256.as_slice())
        .bind(size)
        .bind(clock::now_ms())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The size of an artifact, if it is one.
    pub(crate) async fn artifact(&self, sha256: &[u8; 32]) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query("SELECT size FROM artifacts WHERE sha256 = ?")
            .bind(sha256.as_slice())
            .fetch_optional(&self.read)
            .await?;
        let size = row.map(|row| row.try_get::<i64, _>("size")).transpose()?;
        Ok(size.map(|size| u64::try_from(size).unwrap_or(0)))
    }

    /// Publishes a manifest under the next sequence number of its component and channel, which it gets.
    pub(crate) async fn publish_software(&self, manifest: &mut SoftwareManifest) -> Result<(), StoreError> {
        let channel = manifest.channel.clone().unwrap_or_default();
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "SELECT coalesce(max(sequence), 0) + 1 AS next FROM software WHERE component = ? AND channel = ?",
        )
        .bind(&manifest.component)
        .bind(&channel)
        .fetch_one(&mut *transaction)
        .await?;
        let sequence: i64 = row.try_get("next")?;
        manifest.sequence = u64::try_from(sequence).map_err(|_| StoreError::Unreadable("sequence"))?;
        let document = serde_json::to_string(manifest).map_err(|_| StoreError::Unreadable("manifest"))?;
        sqlx::query(
            "INSERT INTO software (component, channel, target, sequence, document, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&manifest.component)
        .bind(&channel)
        .bind(manifest.target.clone().unwrap_or_default())
        .bind(sequence)
        .bind(document)
        .bind(clock::now_ms())
        .execute(&mut *transaction)
        .await?;
        let detail = format!("{} {} as {sequence}", manifest.component, manifest.version);
        audit::append(&mut transaction, "operator", "softwarePublished", &detail).await?;
        Ok(transaction.commit().await?)
    }

    /// The newest manifest for a component, channel and target.
    pub(crate) async fn newest_software(
        &self,
        component: &str,
        channel: &str,
        target: &str,
    ) -> Result<Option<SoftwareManifest>, StoreError> {
        let row = sqlx::query(
            "SELECT document FROM software WHERE component = ? AND channel = ? AND target IN ('', ?)
             ORDER BY sequence DESC LIMIT 1",
        )
        .bind(component)
        .bind(channel)
        .bind(target)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| {
            let text: &str = row.try_get("document")?;
            serde_json::from_str(text).map_err(|_| StoreError::Unreadable("manifest"))
        })
        .transpose()
    }

    /// Every manifest, newest first.
    pub(crate) async fn software(&self, limit: i64) -> Result<Vec<SoftwareManifest>, StoreError> {
        let rows =
            sqlx::query("SELECT document FROM software ORDER BY created_at DESC, sequence DESC LIMIT ?")
                .bind(limit)
                .fetch_all(&self.read)
                .await?;
        rows.iter()
            .map(|row| {
                let text: &str = row.try_get("document")?;
                serde_json::from_str(text).map_err(|_| StoreError::Unreadable("manifest"))
            })
            .collect()
    }

    /// Says what is wished of a client's settings; `false` when there is no such client.
    pub(crate) async fn set_policy(&self, client: Uuid, policy: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let set =
            sqlx::query("UPDATE clients SET policy = ?, policy_version = policy_version + 1 WHERE id = ?")
                .bind(policy)
                .bind(client.to_string())
                .execute(&mut *transaction)
                .await?;
        if set.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(&mut transaction, "operator", "policySet", &format!("{client} {policy}")).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// What is wished of a client's settings.
    pub(crate) async fn policy(&self, client: Uuid) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT policy FROM clients WHERE id = ?")
            .bind(client.to_string())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(row.try_get("policy")?)
    }
}
