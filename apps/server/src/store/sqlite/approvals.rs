//! Who waits for a person's approval, and what the person said.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Store, audit};
use crate::clock;
use crate::store::{Answered, Approval, ApprovalView, Decided, StoreError};
use remote_services_core::hex;

impl Store {
    /// Notes who asks with a key; `false` if somebody did before.
    pub(crate) async fn ask_approval(
        &self,
        id: Uuid,
        key_hash: &[u8; 32],
        spki_digest: &[u8; 32],
        address: &str,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let asked = sqlx::query(
            "INSERT INTO approvals (id, key_hash, spki_digest, address, asked_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
        )
        .bind(id.to_string())
        .bind(key_hash.as_slice())
        .bind(spki_digest.as_slice())
        .bind(address)
        .bind(clock::now_ms())
        .execute(&mut *transaction)
        .await?;
        if asked.rows_affected() == 1 {
            audit::append(&mut transaction, address, "approvalAsked", &id.to_string()).await?;
        }
        transaction.commit().await?;
        Ok(asked.rows_affected() == 1)
    }

    /// Those who have no certificate yet: who waits before whom a person has answered, the newest of each first.
    pub(crate) async fn approvals(&self, limit: i64) -> Result<Vec<ApprovalView>, StoreError> {
        let rows = sqlx::query(
            "SELECT a.*, a.spki_digest AS asked_by, tenant, needs_approval
             FROM approvals a JOIN registration_keys ON hash = key_hash
             WHERE used_at IS NULL ORDER BY decided_at IS NOT NULL, asked_at DESC, id LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let (state, reason) = match answered(row)? {
                    Answered::NotYet => ("waiting", None),
                    Answered::Approved => ("approved", None),
                    Answered::Refused(why) => ("refused", Some(why)),
                };
                Ok(ApprovalView {
                    id: row.try_get("id")?,
                    tenant: row.try_get("tenant")?,
                    key: hex::encode(row.try_get("asked_by")?),
                    address: row.try_get("address")?,
                    asked_at: clock::rfc3339(row.try_get("asked_at")?),
                    state,
                    reason,
                })
            })
            .collect()
    }

    /// Takes a person's word, once; `refusal` is why not.
    pub(crate) async fn decide_approval(
        &self,
        id: Uuid,
        refusal: Option<&str>,
    ) -> Result<Decided, StoreError> {
        let mut transaction = self.begin().await?;
        let name = id.to_string();
        let row = sqlx::query("SELECT decided_at FROM approvals WHERE id = ?")
            .bind(&name)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(Decided::Unknown) };
        if row.try_get::<Option<i64>, _>("decided_at")?.is_some() {
            return Ok(Decided::Before);
        }
        sqlx::query("UPDATE approvals SET decided_at = ?, refusal = ? WHERE id = ?")
            .bind(clock::now_ms())
            .bind(refusal)
            .bind(&name)
            .execute(&mut *transaction)
            .await?;
        let (event, detail) = match refusal {
            None => ("approvalGiven", name),
            Some(why) => ("approvalRefused", format!("{name}: {why}")),
        };
        audit::append(&mut transaction, "operator", event, &detail).await?;
        transaction.commit().await?;
        Ok(Decided::Done)
    }
}

/// How far it is with a key, from a row that has its `needs_approval`, and who asked as `asked_by`.
pub(super) fn approval(row: &SqliteRow) -> Result<Option<Approval>, StoreError> {
    if !row.try_get::<bool, _>("needs_approval")? {
        return Ok(None);
    }
    Ok(Some(match row.try_get::<Option<Vec<u8>>, _>("asked_by")? {
        None => Approval::Unasked,
        Some(asked_by) => Approval::Asked(asked_by, answered(row)?),
    }))
}

fn answered(row: &SqliteRow) -> Result<Answered, StoreError> {
    let refusal: Option<String> = row.try_get("refusal")?;
    Ok(match (row.try_get::<Option<i64>, _>("decided_at")?, refusal) {
        (None, _) => Answered::NotYet,
        (Some(_), None) => Answered::Approved,
        (Some(_), Some(why)) => Answered::Refused(why),
    })
}
