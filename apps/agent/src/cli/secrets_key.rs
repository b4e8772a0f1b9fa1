//! The option that says where the key of the secrets is.

use crate::failure::Failure;
use crate::home::Home;
use crate::vault::Vault;
use clap::Args;
use std::path::{Path, PathBuf};

/// For each command that may meet something sealed.
#[derive(Args, Clone, Debug, Default)]
pub struct SecretsKey {
    /// File with the key that secrets are sealed under; when not given: `[secrets] key-file` of the settings, a
    /// credential that systemd gives, secrets.key in the data folder
    #[arg(long, value_name = "FILE", env = "RS_SECRETS_KEY")]
    pub secrets_key: Option<PathBuf>,
}

impl SecretsKey {
    /// Opens a data folder.
    ///
    /// # Errors
    /// As [`Home::open`].
    pub fn open(&self, data: &Path) -> Result<Home, Failure> {
        Home::open(data).map(|home| home.with_secrets_key(self.secrets_key.as_deref()))
    }

    /// A data folder to look at.
    #[must_use]
    pub fn look(&self, data: &Path) -> Home {
        Home::look(data).with_secrets_key(self.secrets_key.as_deref())
    }

    /// The vault of a data folder, or of none.
    #[must_use]
    pub fn vault(&self, data: Option<&Path>) -> Vault {
        Vault::new(self.secrets_key.as_deref(), data)
    }
}
