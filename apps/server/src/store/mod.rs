//! What the server must remember, behind one type: [`Store`].
//!
//! ```text
//! edge ──▶ registration · clients · uploads (grouped commits) · commands ──┐
//! worker ──▶ devices · readings · supplies · counters · alerts ────────────┼──▶ sqlite/ (WAL, synchronous FULL)
//! web  ──▶ lists, sessions, audit ─────────────────────────────────────────┘
//! ```
//!
//! The store never holds payload bytes (those are in the archive, under their SHA-256) and never decides:
//! rules about devices and commands live in `business`. A call that returned has reached the disk.
//! One connection writes, several read; whoever is second under a unique name learns it from the answer.

mod rows;
pub(crate) mod sqlite;

pub(crate) use rows::*;
pub(crate) use sqlite::Store;

/// The database failed, or holds what this program did not write. Blame: the environment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// What the database said.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The file was written by a later version of this program.
    #[error("the database has schema {found}, this program knows up to {known}")]
    Newer {
        /// Schema number in the file.
        found: i64,
        /// Highest schema number known here.
        known: i64,
    },
    /// A column holds a value that this program never writes.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
    /// No identifier could be made.
    #[error(transparent)]
    Randomness(#[from] crate::random::RandomnessError),
    /// Nothing more can be written.
    #[error("the disk is full")]
    DiskFull,
    /// The task that groups commits failed or is gone, as when the server shuts down.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether it is for want of room only.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull => true,
            Self::Database(sqlx::Error::Database(error)) => error.code().as_deref() == Some(SQLITE_FULL),
            Self::Database(sqlx::Error::Io(error)) => error.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}

/// SQLite's result code for a disk that is full.
const SQLITE_FULL: &str = "13";
