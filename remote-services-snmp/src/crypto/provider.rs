//! A list of algorithms, the module behind them and the policy over them.
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use super::{
    Approval, AuthAlgorithm, AuthProtocol, CryptoError, FipsPolicy, PrivProtocol, PrivacyAlgorithm, Service,
};

/// The algorithms that an engine may use.
#[derive(Clone)]
#[non_exhaustive]
pub struct CryptoProvider {
    /// Who carries the algorithms out.
    pub name: &'static str,
    /// Which version of it runs, as it says of itself.
    pub version: Cow<'static, str>,
    /// Whether it is a FIPS 140 module that runs in FIPS mode. By itself this approves nothing.
    pub fips_mode: bool,
    /// What may be used. The lookups by name keep to it.
    pub policy: FipsPolicy,
    /// Algorithms that authenticate.
    pub auth: Vec<&'static dyn AuthAlgorithm>,
    /// Algorithms that encrypt.
    pub privacy: Vec<&'static dyn PrivacyAlgorithm>,
}

/// What a provider is and may do, in one piece for logs, pages and auditors. Printed as a small table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CryptoReport {
    /// The module that carries the algorithms out.
    pub module: &'static str,
    /// Its version, as it says of itself; empty when it does not.
    pub version: Cow<'static, str>,
    /// Whether it runs in FIPS mode.
    pub fips_mode: bool,
    /// The policy.
    pub policy: FipsPolicy,
    /// Each service with its approval, and whether the policy lets it be used.
    pub services: Vec<(Service, Approval, bool)>,
}

impl CryptoProvider {
    /// A provider of these algorithms, outside FIPS mode and without a policy.
    #[must_use]
    pub fn new(
        name: &'static str,
        auth: Vec<&'static dyn AuthAlgorithm>,
        privacy: Vec<&'static dyn PrivacyAlgorithm>,
    ) -> Self {
        let (version, policy) = (Cow::Borrowed(""), FipsPolicy::Off);
        CryptoProvider { name, version, fips_mode: false, policy, auth, privacy }
    }

    /// A provider of nothing, for engines without SNMPv3 security.
    #[must_use]
    pub fn none() -> Self {
        CryptoProvider::new("none", Vec::new(), Vec::new())
    }

    /// The same with what the module says of itself.
    #[must_use]
    pub fn with_module(mut self, version: impl Into<Cow<'static, str>>, fips_mode: bool) -> Self {
        self.version = version.into();
        self.fips_mode = fips_mode;
        self
    }

    /// The same under this policy.
    #[must_use]
    pub fn with_policy(mut self, policy: FipsPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The authentication algorithm of that name.
    ///
    /// # Errors
    /// [`CryptoError::NoAuthAlgorithm`], or [`CryptoError::Refused`] by the policy.
    pub fn auth(&self, protocol: AuthProtocol) -> Result<&'static dyn AuthAlgorithm, CryptoError> {
        let algorithm = self.auth_algorithm(protocol)?;
        self.permit(Service::Authentication(protocol), algorithm.approval())?;
        Ok(algorithm)
    }

    /// The algorithm that turns passwords into keys for that protocol.
    ///
    /// # Errors
    /// [`CryptoError::NoAuthAlgorithm`], or [`CryptoError::Refused`] by the policy.
    pub fn key_derivation(&self, protocol: AuthProtocol) -> Result<&'static dyn AuthAlgorithm, CryptoError> {
        let algorithm = self.auth_algorithm(protocol)?;
        self.permit(Service::KeyDerivation(protocol), algorithm.key_derivation_approval())?;
        Ok(algorithm)
    }

    /// The encryption algorithm of that name.
    ///
    /// # Errors
    /// [`CryptoError::NoPrivacyAlgorithm`], or [`CryptoError::Refused`] by the policy.
    pub fn privacy(&self, protocol: PrivProtocol) -> Result<&'static dyn PrivacyAlgorithm, CryptoError> {
        let found = self.privacy.iter().find(|algorithm| algorithm.protocol() == protocol);
        let algorithm = found.copied().ok_or(CryptoError::NoPrivacyAlgorithm(protocol))?;
        self.permit(Service::Privacy(protocol), algorithm.approval())?;
        Ok(algorithm)
    }

    /// Module name and version, FIPS mode or not, and each algorithm's approval.
    #[must_use]
    pub fn report(&self) -> CryptoReport {
        let services = self
            .services()
            .map(|(service, approval)| (service, approval, self.policy.allows(service, approval)));
        CryptoReport {
            module: self.name,
            version: self.version.clone(),
            fips_mode: self.fips_mode,
            policy: self.policy,
            services: services.collect(),
        }
    }

    fn auth_algorithm(&self, protocol: AuthProtocol) -> Result<&'static dyn AuthAlgorithm, CryptoError> {
        let found = self.auth.iter().find(|algorithm| algorithm.protocol() == protocol);
        found.copied().ok_or(CryptoError::NoAuthAlgorithm(protocol))
    }

    fn permit(&self, service: Service, approval: Approval) -> Result<(), CryptoError> {
        if self.policy.allows(service, approval) {
            return Ok(());
        }
        let same_kind = |other: &Service| {
            !matches!(service, Service::KeyDerivation(_))
                && core::mem::discriminant(other) == core::mem::discriminant(&service)
        };
        // Strongest last, so the last is the advice.
        let instead = self
            .services()
            .filter(|&(other, approval)| same_kind(&other) && self.policy.allows(other, approval))
            .map(|(other, _)| other)
            .last();
        Err(CryptoError::Refused { service, policy: self.policy, instead })
    }

    fn services(&self) -> impl Iterator<Item = (Service, Approval)> + '_ {
        let auth = self.auth.iter().flat_map(|algorithm| {
            let protocol = algorithm.protocol();
            [
                (Service::Authentication(protocol), algorithm.approval()),
                (Service::KeyDerivation(protocol), algorithm.key_derivation_approval()),
            ]
        });
        let privacy = self.privacy.iter();
        auth.chain(privacy.map(|algorithm| (Service::Privacy(algorithm.protocol()), algorithm.approval())))
    }
}

impl fmt::Debug for CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report().fmt(f)
    }
}

impl fmt::Display for CryptoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.fips_mode { "in FIPS mode" } else { "not in FIPS mode" };
        write!(f, "{} {}: {mode}; policy: {}", self.module, self.version, self.policy)?;
        for (service, approval, allowed) in &self.services {
            let verdict = if *allowed { "" } else { ", refused by the policy" };
            write!(f, "\n  {service}: {approval}{verdict}")?;
        }
        Ok(())
    }
}
