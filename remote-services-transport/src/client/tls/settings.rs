//! What the site demands of TLS beyond what always holds.

use super::RevocationLists;
use crate::registration_key::SpkiPin;
use std::fmt;
use std::str::FromStr;

/// Demands on the server and on TLS itself. They come on top of the check that the server's certificate leads to
/// the trust anchors, is in its time and for its name, which nothing turns off.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    pub(super) suffixes: Vec<NameSuffix>,
    pub(super) pins: Vec<SpkiPin>,
    pub(super) revocation: Option<RevocationLists>,
    pub(super) versions: TlsVersions,
    pub(super) post_quantum: PostQuantum,
    pub(super) fips: bool,
}

/// A domain that the server's name must be under: `example.com` covers itself and `rs.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameSuffix(String);

/// Which versions of TLS are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersions {
    /// 1.3 where the server can, 1.2 otherwise.
    #[default]
    From12,
    /// 1.3 only.
    Only13,
}

/// Whether keys are exchanged by elliptic curves and lattices together (X25519MLKEM768), so that what is recorded today
/// stays secret when one of them is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostQuantum {
    /// First choice, where provider and server can. The first flight of a handshake is some 1,200 octets longer.
    #[default]
    On,
    /// Never.
    Off,
}

impl TlsSettings {
    /// The server's name must be under one of these domains; without any, every name will do. A server that is
    /// asked by its address has no name.
    #[must_use]
    pub fn with_name_suffixes(mut self, suffixes: Vec<NameSuffix>) -> Self {
        self.suffixes = suffixes;
        self
    }

    /// The key of the server's own certificate must be one of these; without any, every key will do. More than one
    /// lets the server change its key: pin the next one before it is used.
    ///
    /// Only the server's own certificate counts: an authority's would fit every certificate that it issues, and a
    /// server may send certificates that have nothing to do with its own.
    #[must_use]
    pub fn with_pins(mut self, pins: Vec<SpkiPin>) -> Self {
        self.pins = pins;
        self
    }

    /// Lists of revoked certificates. Sessions are not resumed then, since a resumed session shows no certificate.
    #[must_use]
    pub fn with_revocation(mut self, lists: RevocationLists) -> Self {
        self.revocation = Some(lists);
        self
    }

    /// Whether hybrid post-quantum key exchange is tried.
    #[must_use]
    pub fn with_post_quantum(mut self, switch: PostQuantum) -> Self {
        self.post_quantum = switch;
        self
    }

    /// Everything that TLS uses must be an approved service of a FIPS 140 module: with a provider that has anything
    /// else there is no client ([`super::super::ClientError::NotFips`]). A key behind a handle is the matter of the module
    /// that holds it.
    #[must_use]
    pub fn with_fips(mut self, demanded: bool) -> Self {
        self.fips = demanded;
        self
    }

    /// Which versions of TLS are spoken.
    #[must_use]
    pub fn with_versions(mut self, versions: TlsVersions) -> Self {
        self.versions = versions;
        self
    }
}

impl NameSuffix {
    /// Whether this name is the domain or under it, whatever the case of its letters.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        name.strip_suffix(&self.0).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }
}

/// Not a domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no domain such as example.com")]
pub struct NotADomain(String);

impl FromStr for NameSuffix {
    type Err = NotADomain;

    /// With or without a full stop before it.
    fn from_str(text: &str) -> Result<Self, NotADomain> {
        let domain = text.strip_prefix('.').unwrap_or(text);
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let is_address = domain.parse::<std::net::IpAddr>().is_ok();
        if domain.len() > 253 || is_address || !domain.split('.').all(label) {
            return Err(NotADomain(text.to_owned()));
        }
        Ok(Self(domain.to_ascii_lowercase()))
    }
}

impl fmt::Display for NameSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_covers_whole_labels_only() {
        for text in ["example.com", ".Example.com"] {
            let suffix: NameSuffix = text.parse().unwrap();
            for name in ["example.com", "rs.example.com", "a.b.EXAMPLE.COM", "rs.example.com."] {
                assert!(suffix.covers(name), "{name}");
            }
            for name in ["badexample.com", "example.com.evil.test", "com", "", "example.org"] {
                assert!(!suffix.covers(name), "{name}");
            }
        }
    }

    #[test]
    fn what_is_no_domain_is_no_suffix() {
        for text in ["", ".", "a..b", "https://a.test", "*.a.test", "192.0.2.1", "::1", "a b"] {
            assert!(text.parse::<NameSuffix>().is_err(), "{text}");
        }
    }
}
