//! What may encrypt and authenticate SNMPv3, and whose code does it.

use super::snmp_options::NamedCredentials;
use crate::failure::Failure;
use remote_services_snmp::crypto::{self, CryptoError, CryptoProvider, FipsPolicy};
use remote_services_snmp::engine::Credentials;

/// Which algorithms of SNMPv3 may be used. Communities have none, and are not touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Fips {
    /// All
    #[default]
    Off,
    /// Authentication by approved services of a FIPS 140 module only
    ApprovedAuth,
    /// Authentication, encryption and key derivation by approved services only: no passwords, imported keys
    Strict,
}

impl Fips {
    fn policy(self) -> FipsPolicy {
        match self {
            Fips::Off => FipsPolicy::Off,
            Fips::ApprovedAuth => FipsPolicy::ApprovedAuthOnly,
            Fips::Strict => FipsPolicy::Strict,
        }
    }

    /// The cryptography to use: with a policy that of the FIPS module, if the program was built with it.
    ///
    /// # Errors
    /// When the module's self-test fails.
    pub fn provider(self) -> Result<CryptoProvider, Failure> {
        let provider = if self == Fips::Off { crypto::rustcrypto() } else { approved()? };
        Ok(provider.with_policy(self.policy()))
    }
}

#[cfg(feature = "fips")]
fn approved() -> Result<CryptoProvider, Failure> {
    crypto::aws_lc_rs().map_err(|error| Failure::failed(format_args!("the FIPS module: {error}")))
}

/// Without a module nothing is approved, so everything that asks for approval is refused.
#[cfg(not(feature = "fips"))]
fn approved() -> Result<CryptoProvider, Failure> {
    Ok(crypto::rustcrypto())
}

/// Whether the provider and its policy let all of these credentials be used.
///
/// # Errors
/// Names the first that cannot be, with the reason and what to use instead.
pub fn check(provider: &CryptoProvider, ladder: &[NamedCredentials]) -> Result<(), Failure> {
    for step in ladder {
        usable(provider, &step.credentials)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", step.name)))?;
    }
    Ok(())
}

fn usable(provider: &CryptoProvider, credentials: &Credentials) -> Result<(), CryptoError> {
    match credentials {
        Credentials::V3 { auth, privacy, .. } => {
            if let Some((protocol, _)) = auth {
                provider.auth(*protocol)?;
                provider.key_derivation(*protocol)?;
            }
            if let Some((protocol, _)) = privacy {
                provider.privacy(*protocol)?;
            }
        }
        Credentials::V3Localized { keys, .. } => {
            for set in keys {
                if let Some((protocol, _)) = set.auth() {
                    provider.auth(protocol)?;
                }
                if let Some((protocol, _)) = set.privacy() {
                    provider.privacy(protocol)?;
                }
            }
        }
        Credentials::V1 { .. } | Credentials::V2c { .. } => {}
        // A kind that this program does not know cannot be looked at.
        _ => return Err(CryptoError::Module),
    }
    Ok(())
}
