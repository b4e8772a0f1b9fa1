//! Login links and browser sessions, kept by the hash of their secret.

use super::Store;
use crate::clock;
use crate::store::StoreError;

impl Store {
    /// Keeps the hash of a link or session until `expires_at`, and forgets those that ended.
    pub(crate) async fn add_login(
        &self,
        hash: &[u8; 32],
        kind: &str,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM logins WHERE expires_at <= ?")
            .bind(clock::now_ms())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO logins (hash, kind, expires_at) VALUES (?, ?, ?)")
            .bind(hash.as_slice())
            .bind(kind)
            .bind(expires_at)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Uses a link up. `true` for the first one who comes in time.
    pub(crate) async fn take_login_link(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let taken = sqlx::query("DELETE FROM logins WHERE hash = ? AND kind = 'link' AND expires_at > ?")
            .bind(hash.as_slice())
            .bind(clock::now_ms())
            .execute(&self.write)
            .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Whether a session is open.
    pub(crate) async fn session_is_open(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let found =
            sqlx::query("SELECT 1 FROM logins WHERE hash = ? AND kind = 'session' AND expires_at > ?")
                .bind(hash.as_slice())
                .bind(clock::now_ms())
                .fetch_optional(&self.read)
                .await?;
        Ok(found.is_some())
    }
}
