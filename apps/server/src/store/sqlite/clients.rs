//! Clients: who they are, what they said about themselves, whether they are still trusted.

use sqlx::Row;
use uuid::Uuid;

use super::{Store, audit, json_at, uuid_at};
use crate::clock;
use crate::store::{CertificateRow, ClientVersionRow, ClientView, StoreError};

impl Store {
    /// All certificates, for the roster at start.
    pub(crate) async fn certificates(&self) -> Result<Vec<CertificateRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT fingerprint, client, not_after, revoked_at IS NOT NULL AS revoked
             FROM certificates JOIN clients ON clients.id = client",
        )
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(CertificateRow {
                    fingerprint: row.try_get("fingerprint")?,
                    client: uuid_at(row, "client")?,
                    not_after: row.try_get("not_after")?,
                    revoked: row.try_get("revoked")?,
                })
            })
            .collect()
    }

    /// All clients with the version of their command list, for the roster at start.
    pub(crate) async fn client_versions(&self) -> Result<Vec<ClientVersionRow>, StoreError> {
        let rows =
            sqlx::query("SELECT id, tenant, commands_version FROM clients").fetch_all(&self.read).await?;
        rows.iter()
            .map(|row| {
                Ok(ClientVersionRow {
                    id: uuid_at(row, "id")?,
                    tenant: row.try_get("tenant")?,
                    commands_version: row.try_get("commands_version")?,
                })
            })
            .collect()
    }

    /// Keeps a client's description as it was sent. `true` if it is the first.
    pub(crate) async fn describe_client(&self, client: Uuid, description: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let id = client.to_string();
        let first: bool = sqlx::query("SELECT description IS NULL AS first FROM clients WHERE id = ?")
            .bind(&id)
            .fetch_one(&mut *transaction)
            .await?
            .try_get("first")?;
        sqlx::query("UPDATE clients SET description = ?, described_at = ? WHERE id = ?")
            .bind(description)
            .bind(clock::now_ms())
            .bind(&id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(first)
    }

    /// Takes the trust from a client for good. `false` if there is no such client or it had none.
    pub(crate) async fn revoke_client(&self, client: Uuid) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let id = client.to_string();
        let done = sqlx::query("UPDATE clients SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
            .bind(clock::now_ms())
            .bind(&id)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 1 {
            audit::append(&mut transaction, "operator", "clientRevoked", &id).await?;
        }
        transaction.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// All clients, newest first.
    pub(crate) async fn clients(&self, limit: i64) -> Result<Vec<ClientView>, StoreError> {
        let rows = sqlx::query("SELECT * FROM clients ORDER BY registered_at DESC, id LIMIT ?")
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                let described_at: Option<i64> = row.try_get("described_at")?;
                Ok(ClientView {
                    id: row.try_get("id")?,
                    tenant: row.try_get("tenant")?,
                    registered_at: clock::rfc3339(row.try_get("registered_at")?),
                    revoked: row.try_get::<Option<i64>, _>("revoked_at")?.is_some(),
                    described_at: described_at.map(clock::rfc3339),
                    description: described_at.map(|_| json_at(row, "description")).transpose()?,
                })
            })
            .collect()
    }
}
