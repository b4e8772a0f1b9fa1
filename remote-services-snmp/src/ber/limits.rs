//! How much a decoder takes before it says no.
use super::Quirks;
use crate::smi::MAX_ARCS;

/// Bounds that are checked before anything is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of a datagram. Default 65,507: the most that UDP over IPv4 carries.
    pub message_size: usize,
    /// Variable bindings of one PDU. Default 4,096: a full datagram of 16-octet bindings.
    pub varbinds: usize,
    /// Arcs of an object identifier. Default 128, the bound of RFC 2578 §3.5; a higher setting has no effect.
    pub arcs: usize,
    /// Departures from the RFCs that are taken. Default none.
    pub quirks: Quirks,
}

impl Limits {
    /// The arcs that are really allowed.
    pub(crate) fn allowed_arcs(&self) -> usize {
        self.arcs.min(MAX_ARCS)
    }

    /// For octets that were checked before, under whichever limits.
    pub(crate) fn widest() -> Self {
        Limits { quirks: Quirks::ALL, ..Limits::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { message_size: 65_507, varbinds: 4_096, arcs: MAX_ARCS, quirks: Quirks::NONE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_allows_more_arcs_than_the_rfc() {
        let allowed = |arcs| Limits { arcs, ..Limits::default() }.allowed_arcs();
        assert_eq!([allowed(0), allowed(5), allowed(128), allowed(129)], [0, 5, 128, 128]);
    }
}
