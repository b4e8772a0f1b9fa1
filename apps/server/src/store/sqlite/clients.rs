//! Clients: who they are, what they said about themselves, whether they are still trusted.

use sqlx::{Row, Sqlite, Transaction};
use std::collections::HashMap;
use uuid::Uuid;

use super::commands::list_version;
use super::{Store, audit, json_at, uuid_at};
use crate::business::trail;
use crate::clock;
use crate::store::{CertificateRow, ClientVersionRow, ClientView, FindingView, ShareView, StoreError};
use remote_services_core::time::Timestamp;
use remote_services_transport::document::AuditStand;

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
        let rows = sqlx::query("SELECT id, tenant, commands_version, commands_mark FROM clients")
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ClientVersionRow {
                    id: uuid_at(row, "id")?,
                    tenant: row.try_get("tenant")?,
                    commands_version: list_version(row)?,
                })
            })
            .collect()
    }

    /// Whether a client of this name ever registered.
    pub(crate) async fn has_client(&self, client: Uuid) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM clients WHERE id = ?")
            .bind(client.to_string())
            .fetch_optional(&self.read)
            .await?;
        Ok(row.is_some())
    }

    /// Keeps a client's description as it was sent, and what it says of its audit log: what does not fit what it
    /// said before becomes a finding, which stays. One that a newer one has overtaken changes nothing else. Gives whether it
    /// is the first description, and where the audit log stood before.
    pub(crate) async fn describe_client(
        &self,
        client: Uuid,
        description: &str,
        stand: Option<&AuditStand>,
    ) -> Result<(bool, Option<AuditStand>), StoreError> {
        let mut transaction = self.begin().await?;
        let id = client.to_string();
        let first: bool = sqlx::query("SELECT description IS NULL AS first FROM clients WHERE id = ?")
            .bind(&id)
            .fetch_one(&mut *transaction)
            .await?
            .try_get("first")?;
        let (is_news, before) = match stand {
            Some(stand) => keep_stand(&mut transaction, &id, stand).await?,
            None => (true, None),
        };
        if is_news {
            sqlx::query("UPDATE clients SET description = ?, described_at = ? WHERE id = ?")
                .bind(description)
                .bind(clock::now_ms())
                .bind(&id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok((first, before))
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

    /// Clients, those with findings before the others, the newest of each first.
    pub(crate) async fn clients(&self, limit: i64) -> Result<Vec<ClientView>, StoreError> {
        let rows = sqlx::query(
            "SELECT clients.*, uploads, octets FROM clients LEFT JOIN shares ON client = id AND uploads > 0
             ORDER BY id NOT IN (SELECT client FROM findings), registered_at DESC, id LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let mut findings = self.findings().await?;
        rows.iter()
            .map(|row| {
                let described_at: Option<i64> = row.try_get("described_at")?;
                let policy: Option<&str> = row.try_get("policy")?;
                let uploads: Option<i64> = row.try_get("uploads")?;
                let share =
                    |uploads| Ok::<_, StoreError>(ShareView { uploads, octets: row.try_get("octets")? });
                Ok(ClientView {
                    id: row.try_get("id")?,
                    tenant: row.try_get("tenant")?,
                    registered_at: clock::rfc3339(row.try_get("registered_at")?),
                    revoked: row.try_get::<Option<i64>, _>("revoked_at")?.is_some(),
                    described_at: described_at.map(clock::rfc3339),
                    description: described_at.map(|_| json_at(row, "description")).transpose()?,
                    policy: policy.and_then(|policy| serde_json::from_str(policy).ok()),
                    unopened: uploads.map(share).transpose()?,
                    findings: findings.remove(row.try_get::<&str, _>("id")?).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// What was found wrong with clients, by client, oldest first.
    async fn findings(&self) -> Result<HashMap<String, Vec<FindingView>>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM findings ORDER BY found_at, text").fetch_all(&self.read).await?;
        let mut found: HashMap<String, Vec<FindingView>> = HashMap::new();
        for row in &rows {
            let finding = FindingView {
                found_at: clock::rfc3339(row.try_get("found_at")?),
                text: row.try_get("text")?,
            };
            found.entry(row.try_get("client")?).or_default().push(finding);
        }
        Ok(found)
    }
}

/// Compares where a client's audit log stands with where it stood, and keeps it; `false` when it is an earlier
/// stand. Gives the one before as well.
async fn keep_stand(
    transaction: &mut Transaction<'static, Sqlite>,
    client: &str,
    stand: &AuditStand,
) -> Result<(bool, Option<AuditStand>), StoreError> {
    let (entries, now) = (i64::try_from(stand.entries).unwrap_or(i64::MAX), clock::now_ms());
    let stand = AuditStand {
        entries: entries.unsigned_abs(),
        hash: stand.hash.chars().take(HASH_LENGTH).collect(),
        broken: stand.broken,
        time: stand.time,
    };
    let row = sqlx::query("SELECT entries, hash, stood_at FROM audit_stands WHERE client = ?")
        .bind(client)
        .fetch_optional(&mut **transaction)
        .await?;
    let before = row
        .map(|row| -> Result<_, StoreError> {
            let entries: i64 = row.try_get("entries")?;
            let time: Option<i64> = row.try_get("stood_at")?;
            let (entries, time) = (entries.unsigned_abs(), time.map(Timestamp::from_unix_millis));
            Ok(AuditStand { entries, hash: row.try_get("hash")?, broken: None, time })
        })
        .transpose()?;
    for text in trail::misfits(before.as_ref(), &stand) {
        let told = sqlx::query(
            "INSERT INTO findings (client, text, found_at) SELECT ?1, ?2, ?3
             WHERE (SELECT count(*) FROM findings WHERE client = ?1) < ?4 ON CONFLICT DO NOTHING",
        )
        .bind(client)
        .bind(&text)
        .bind(now)
        .bind(MOST_FINDINGS)
        .execute(&mut **transaction)
        .await?;
        if told.rows_affected() == 1 {
            tracing::warn!(%client, %text, "a client's audit log does not hold");
            audit::append(transaction, client, "clientAudit", &text).await?;
        }
    }
    if before.as_ref().is_some_and(|before| trail::is_late(before, &stand)) {
        return Ok((false, before));
    }
    sqlx::query(
        "INSERT OR REPLACE INTO audit_stands (client, entries, hash, told_at, stood_at)
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(client)
    .bind(entries)
    .bind(&stand.hash)
    .bind(now)
    .bind(stand.time.map(Timestamp::unix_millis))
    .execute(&mut **transaction)
    .await?;
    Ok((true, before))
}

/// Findings that are kept of one client: the first tell enough.
const MOST_FINDINGS: i64 = 100;
/// Hexadecimal digits of a SHA-256.
const HASH_LENGTH: usize = 64;
