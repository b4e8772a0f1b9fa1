//! The audit log: lines chained by hash, so that a changed or removed line shows.

use sha2::{Digest, Sha256};
use sqlx::{Row, Sqlite, Transaction};

use super::Store;
use crate::clock;
use crate::store::{AuditView, StoreError};

impl Store {
    /// Appends a line on its own.
    pub(crate) async fn audit(&self, actor: &str, event: &str, detail: &str) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        append(&mut transaction, actor, event, detail).await?;
        Ok(transaction.commit().await?)
    }

    /// The newest lines, newest first.
    pub(crate) async fn audit_lines(&self, limit: i64) -> Result<Vec<AuditView>, StoreError> {
        let rows = sqlx::query("SELECT * FROM audit ORDER BY sequence DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditView {
                    sequence: row.try_get("sequence")?,
                    at: clock::rfc3339(row.try_get("at")?),
                    actor: row.try_get("actor")?,
                    event: row.try_get("event")?,
                    detail: row.try_get("detail")?,
                })
            })
            .collect()
    }

    /// Walks the whole chain; the number of the first line that does not fit, if there is one.
    pub(crate) async fn audit_broken_at(&self) -> Result<Option<i64>, StoreError> {
        let (mut before, mut expected) = (Vec::new(), 1);
        loop {
            let rows = sqlx::query("SELECT * FROM audit WHERE sequence >= ? ORDER BY sequence LIMIT 500")
                .bind(expected)
                .fetch_all(&self.read)
                .await?;
            for row in &rows {
                let sequence: i64 = row.try_get("sequence")?;
                let line = Line {
                    sequence,
                    at: row.try_get("at")?,
                    actor: row.try_get("actor")?,
                    event: row.try_get("event")?,
                    detail: row.try_get("detail")?,
                };
                let hash: Vec<u8> = row.try_get("hash")?;
                if sequence != expected || line.hash(&before) != hash.as_slice() {
                    return Ok(Some(expected));
                }
                (before, expected) = (hash, expected + 1);
            }
            if rows.is_empty() {
                return Ok(None);
            }
        }
    }
}

/// Appends a line within the transaction of what it tells about.
pub(super) async fn append(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &str,
    event: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let last = sqlx::query("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(&mut **transaction)
        .await?;
    let (sequence, before): (i64, Vec<u8>) = match &last {
        Some(row) => (row.try_get::<i64, _>("sequence")? + 1, row.try_get("hash")?),
        None => (1, Vec::new()),
    };
    let line = Line { sequence, at: clock::now_ms(), actor, event, detail };
    sqlx::query("INSERT INTO audit (sequence, at, actor, event, detail, hash) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(sequence)
        .bind(line.at)
        .bind(actor)
        .bind(event)
        .bind(detail)
        .bind(line.hash(&before).as_slice())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

struct Line<'a> {
    sequence: i64,
    at: i64,
    actor: &'a str,
    event: &'a str,
    detail: &'a str,
}

impl Line<'_> {
    /// SHA-256 over the hash before it and all fields, each text preceded by its length.
    fn hash(&self, before: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(self.sequence.to_be_bytes());
        hash.update(self.at.to_be_bytes());
        for text in [self.actor, self.event, self.detail] {
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().into()
    }
}
