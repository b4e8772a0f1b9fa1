//! Who we are towards a peer.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use remote_services_core::secret::Secret;

use super::Protection;
use crate::crypto::{AuthProtocol, PrivProtocol};
use crate::usm::{LocalizedKeys, SecurityLevel};

/// What a peer is asked with. One value may serve many peers: wrap it in an `Arc` and pass clones of that.
#[non_exhaustive]
pub enum Credentials {
    /// SNMPv1 (RFC 1157).
    V1 {
        /// The community name, sent in clear.
        community: Secret,
    },
    /// SNMPv2c (RFC 1901).
    V2c {
        /// The community name, sent in clear.
        community: Secret,
    },
    /// SNMPv3 with the User-based Security Model (RFC 3414). The security level follows from what is given.
    V3 {
        /// The user name, 1 to 32 octets. Not a secret: it is sent in clear.
        user: String,
        /// How to authenticate; `None` is noAuthNoPriv. The password has at least 8 octets.
        auth: Option<(AuthProtocol, Secret)>,
        /// How to encrypt; needs `auth`. The password has at least 8 octets.
        privacy: Option<(PrivProtocol, Secret)>,
        /// The context to read in; empty is the default context.
        context_name: String,
    },
    /// SNMPv3 with keys that were localised elsewhere: no password, nothing is derived. What remains under
    /// [`FipsPolicy::Strict`](crate::crypto::FipsPolicy::Strict).
    V3Localized {
        /// The user name, 1 to 32 octets.
        user: String,
        /// The keys, one set for each engine that these credentials are for, all for the same security level.
        keys: Vec<Arc<LocalizedKeys>>,
        /// The context to read in; empty is the default context.
        context_name: String,
    },
}

impl Credentials {
    /// SNMPv1 with this community.
    ///
    /// ```
    /// use remote_services_snmp::engine::Credentials;
    ///
    /// let from_the_settings = String::from("public");
    /// let credentials = Credentials::v1(&from_the_settings);
    /// # let _ = (credentials, Credentials::v2c(from_the_settings), Credentials::v2c("public"));
    /// ```
    #[must_use]
    pub fn v1(community: impl Into<Secret>) -> Self {
        Self::V1 { community: community.into() }
    }

    /// How well they protect what is asked.
    #[must_use]
    pub fn protection(&self) -> Protection {
        match self {
            Self::V1 { .. } => Protection::V1,
            Self::V2c { .. } => Protection::V2c,
            Self::V3 { auth: None, .. } => Protection::NoAuthNoPriv,
            Self::V3 { privacy: None, .. } => Protection::AuthNoPriv,
            Self::V3 { .. } => Protection::AuthPriv,
            Self::V3Localized { keys, .. } => match keys.first().map(|keys| keys.level()) {
                Some(SecurityLevel::AuthPriv) => Protection::AuthPriv,
                Some(SecurityLevel::AuthNoPriv) => Protection::AuthNoPriv,
                Some(SecurityLevel::NoAuthNoPriv) | None => Protection::NoAuthNoPriv,
            },
        }
    }

    /// SNMPv2c with this community.
    #[must_use]
    pub fn v2c(community: impl Into<Secret>) -> Self {
        Self::V2c { community: community.into() }
    }
}
