use super::chain::ChainError;
use std::io;
use std::path::PathBuf;

/// Why the audit log cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The log was edited or damaged.
    #[error("{}: {source}", .path.display())]
    Chain {
        /// The file.
        path: PathBuf,
        /// Where it does not hold.
        source: ChainError,
    },
    /// The disk does not do as asked.
    #[error("{}: {source}", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}
