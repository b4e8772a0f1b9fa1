//! How patiently a question is asked: most addresses of a range are nobody's.

use core::time::Duration;
use remote_services_snmp::engine::Seek;

/// Whether a host has answered before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// Never: this is the first question to it.
    First,
    /// Never, and an earlier question with stronger credentials may still be answered.
    Further,
    /// It has said something.
    Known,
}

impl Contact {
    /// How a manager is to [seek](remote_services_snmp::engine::Manager::seek) the host, where a host that is known to be
    /// there is waited for `timeout` at first and asked again `retries` times. `None` when it has said something.
    ///
    /// With the usual second and two retries an address is waited for 2.1 seconds, for a printer may take two to wake.
    #[must_use]
    pub fn seek(self, timeout: Duration, retries: u8) -> Option<Seek> {
        let attempts = match self {
            Self::First => retries.saturating_add(1),
            // They begin after one silence of the first, and are over at about the same time.
            Self::Further => retries.max(1),
            Self::Known => return None,
        };
        Some(Seek { wait: timeout / 10 * 7, attempts })
    }
}
