//! Registration keys and what they are exchanged for.

use sqlx::Row;
use uuid::Uuid;

use super::approvals::approval;
use super::{Store, audit, uuid_at};
use crate::ca::IssuedCertificate;
use crate::clock;
use crate::store::{Claim, RegistrationKeyRow, StoreError, UsedKey};

impl Store {
    /// Keeps a new key by its hash, and makes the tenant if it is new.
    pub(crate) async fn add_registration_key(
        &self,
        hash: &[u8; 32],
        tenant: &str,
        expires_at: i64,
        needs_approval: bool,
    ) -> Result<(), StoreError> {
        let now = clock::now_ms();
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO tenants (id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(tenant)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO registration_keys (hash, tenant, created_at, expires_at, needs_approval)
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(hash.as_slice())
        .bind(tenant)
        .bind(now)
        .bind(expires_at)
        .bind(needs_approval)
        .execute(&mut *transaction)
        .await?;
        audit::append(&mut transaction, "operator", "registrationKeyCreated", tenant).await?;
        Ok(transaction.commit().await?)
    }

    /// Looks a key up by its hash.
    pub(crate) async fn registration_key(
        &self,
        hash: &[u8; 32],
    ) -> Result<Option<RegistrationKeyRow>, StoreError> {
        let row = sqlx::query(
            "SELECT tenant, expires_at, used_at, k.spki_digest, client, certificate, needs_approval,
                 a.spki_digest AS asked_by, decided_at, refusal
             FROM registration_keys k LEFT JOIN approvals a ON key_hash = hash WHERE hash = ?",
        )
        .bind(hash.as_slice())
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let used = match row.try_get::<Option<i64>, _>("used_at")? {
            Some(at) => Some(UsedKey {
                at,
                spki_digest: row.try_get("spki_digest")?,
                client: uuid_at(&row, "client")?,
                certificate: self.issued(row.try_get("certificate")?).await?,
            }),
            None => None,
        };
        Ok(Some(RegistrationKeyRow {
            tenant: row.try_get("tenant")?,
            expires_at: row.try_get("expires_at")?,
            used,
            approval: approval(&row)?,
        }))
    }

    /// A certificate of ours with its end.
    async fn issued(&self, der: Vec<u8>) -> Result<IssuedCertificate, StoreError> {
        let mut certificate = IssuedCertificate { der, not_after_ms: 0 };
        let row = sqlx::query("SELECT not_after FROM certificates WHERE fingerprint = ?")
            .bind(certificate.fingerprint().as_slice())
            .fetch_one(&self.read)
            .await?;
        certificate.not_after_ms = row.try_get("not_after")?;
        Ok(certificate)
    }

    /// Uses a key up for a new client and its first certificate, if nobody was faster.
    pub(crate) async fn claim_registration_key(
        &self,
        hash: &[u8; 32],
        tenant: &str,
        client: Uuid,
        spki_digest: &[u8; 32],
        certificate: &IssuedCertificate,
    ) -> Result<Claim, StoreError> {
        let (now, id) = (clock::now_ms(), client.to_string());
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO clients (id, tenant, registered_at) VALUES (?, ?, ?)")
            .bind(&id)
            .bind(tenant)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let claimed = sqlx::query(
            "UPDATE registration_keys SET used_at = ?, spki_digest = ?, client = ?, certificate = ?
             WHERE hash = ? AND used_at IS NULL AND CASE needs_approval WHEN 0 THEN expires_at > ? ELSE EXISTS (
                 SELECT 1 FROM approvals a WHERE key_hash = hash AND a.spki_digest = ?
                 AND decided_at IS NOT NULL AND refusal IS NULL
             ) END",
        )
        .bind(now)
        .bind(spki_digest.as_slice())
        .bind(&id)
        .bind(&certificate.der)
        .bind(hash.as_slice())
        .bind(now)
        .bind(spki_digest.as_slice())
        .execute(&mut *transaction)
        .await?;
        if claimed.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(Claim::Lost);
        }
        insert_certificate(&mut transaction, &id, certificate, now).await?;
        audit::append(&mut transaction, &id, "clientRegistered", tenant).await?;
        transaction.commit().await?;
        Ok(Claim::Done)
    }

    /// Keeps a renewed certificate of a client. `false` if it renewed too often within the day: nothing is kept then.
    pub(crate) async fn add_certificate(
        &self,
        client: Uuid,
        certificate: &IssuedCertificate,
    ) -> Result<bool, StoreError> {
        let (id, now) = (client.to_string(), clock::now_ms());
        let mut transaction = self.begin().await?;
        let recent: i64 = sqlx::query("SELECT count(*) FROM certificates WHERE client = ? AND issued_at > ?")
            .bind(&id)
            .bind(now.saturating_sub(DAY_MS))
            .fetch_one(&mut *transaction)
            .await?
            .try_get(0)?;
        if recent >= MOST_A_DAY {
            return Ok(false);
        }
        insert_certificate(&mut transaction, &id, certificate, now).await?;
        audit::append(&mut transaction, &id, "certificateRenewed", "").await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn insert_certificate(
    transaction: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
    client: &str,
    certificate: &IssuedCertificate,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO certificates (fingerprint, client, der, issued_at, not_after) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(certificate.fingerprint().as_slice())
    .bind(client)
    .bind(&certificate.der)
    .bind(now)
    .bind(certificate.not_after_ms)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// A client renews every two months. Certificates are kept in memory, so nobody may make them without end.
const MOST_A_DAY: i64 = 16;
