//! The store on SQLite: one file, write-ahead log, `synchronous = FULL`, migrations in code.
//!
//! All writes go through one connection, because SQLite has one writer anyway and a queue in front of it
//! never answers "busy". Uploads are committed in groups (`writer`), which is what makes a durable
//! acknowledgement cheap. Queries are plain SQL; there are no macros and nothing is generated.

mod approvals;
mod audit;
mod clients;
mod commands;
mod devices;
mod logins;
mod parts;
mod readings;
mod registration;
mod schema;
mod shares;
mod software;
mod uploads;
mod writer;

use remote_services_transport::durable;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection as _, Row, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

use super::StoreError;
pub(crate) use devices::Resolved;
pub(crate) use readings::ReadingFilter;

/// A handle to the database; clones share the connections.
#[derive(Clone)]
pub(crate) struct Store {
    write: SqlitePool,
    read: SqlitePool,
    grouped: writer::Grouped,
}

impl Store {
    /// Opens (or creates) the database file and brings its schema up to date.
    pub(crate) async fn open(file: &Path) -> Result<Self, StoreError> {
        // SQLite would make it readable for all, and gives its log the mode of the file.
        durable::private_file().create(true).truncate(false).open(file).map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // A full disk makes SQLite roll back by itself. The connection would count the transaction as open for
            // ever and begin no other one, so it is replaced.
            .before_acquire(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        schema::migrate(&write).await?;
        let read =
            SqlitePoolOptions::new().max_connections(READERS).connect_with(options.read_only(true)).await?;
        let grouped = writer::Grouped::start(write.clone());
        Ok(Self { write, read, grouped })
    }

    /// Waits for all writes to end, moves the log into the file and closes it.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Begins a transaction that holds the write lock from its first statement on.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn uuid_at(row: &SqliteRow, column: &'static str) -> Result<Uuid, StoreError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| StoreError::Unreadable("UUID"))
}

fn digest_at(row: &SqliteRow, column: &'static str) -> Result<[u8; 32], StoreError> {
    let octets: &[u8] = row.try_get(column)?;
    octets.try_into().map_err(|_| StoreError::Unreadable("digest"))
}

fn json_at(row: &SqliteRow, column: &'static str) -> Result<serde_json::Value, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable("JSON document"))
}

const READERS: u32 = 4;

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn nobody_else_may_read_the_database_whatever_its_folder_allows() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let store = Store::open(&folder.path().join("server.sqlite")).await.unwrap();
        let mut files = 0;
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
            files += 1;
        }
        assert!(files >= 2, "the database and its log");
        store.close().await;
    }

    #[tokio::test]
    async fn a_transaction_that_the_database_rolled_back_by_itself_does_not_keep_others_from_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("server.sqlite")).await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        sqlx::query("ROLLBACK").execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap_err();
        store.begin().await.unwrap().commit().await.unwrap();
        store.close().await;
    }
}
