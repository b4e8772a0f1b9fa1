//! SnmpEngineID.
use alloc::vec::Vec;
use core::fmt;

use crate::message::MAX_ENGINE_ID;

/// The name of an SNMP engine (RFC 3411 §5, SnmpEngineID): 5 to 32 octets, neither all 0x00 nor all 0xff.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineId {
    octets: [u8; MAX_ENGINE_ID],
    len: u8,
}

/// Why octets are no engine ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineIdError {
    /// Not 5 to 32 octets.
    Length(usize),
    /// All octets are 0x00 or all are 0xff.
    Reserved,
}

impl EngineId {
    /// Checks octets and keeps them.
    ///
    /// # Errors
    /// See [`EngineIdError`].
    pub fn new(octets: &[u8]) -> Result<Self, EngineIdError> {
        if !(5..=MAX_ENGINE_ID).contains(&octets.len()) {
            return Err(EngineIdError::Length(octets.len()));
        }
        if octets.iter().all(|&octet| octet == 0) || octets.iter().all(|&octet| octet == 0xff) {
            return Err(EngineIdError::Reserved);
        }
        let mut kept = [0; MAX_ENGINE_ID];
        kept[..octets.len()].copy_from_slice(octets);
        let len = u8::try_from(octets.len()).map_err(|_| EngineIdError::Length(octets.len()))?;
        Ok(EngineId { octets: kept, len })
    }

    /// An engine ID in the form of RFC 3411 §5: the enterprise's number, a format octet and up to 27 more. Formats: 1
    /// IPv4, 2 IPv6, 3 MAC address, 4 text, 5 octets.
    ///
    /// # Errors
    /// See [`EngineIdError`].
    pub fn with_format(enterprise: u32, format: u8, rest: &[u8]) -> Result<Self, EngineIdError> {
        let mut octets = Vec::with_capacity(5 + rest.len());
        octets.extend((enterprise | 0x8000_0000).to_be_bytes());
        octets.push(format);
        octets.extend(rest);
        Self::new(&octets)
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }
}

impl AsRef<[u8]> for EngineId {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

/// Hexadecimal, as the tools of others print it.
impl fmt::Display for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for EngineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EngineId({self})")
    }
}

impl fmt::Display for EngineIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(octets) => write!(f, "an engine ID has 5 to 32 octets, not {octets}"),
            Self::Reserved => f.write_str("an engine ID must not be all 0x00 or all 0xff"),
        }
    }
}

impl core::error::Error for EngineIdError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn rfc3411_5_engine_ids_have_5_to_32_octets_and_some_content() {
        for (len, good) in [(0, false), (4, false), (5, true), (32, true), (33, false)] {
            assert_eq!(EngineId::new(&[7; 33][..len]).is_ok(), good, "{len}");
        }
        assert_eq!(EngineId::new(&[0; 12]), Err(EngineIdError::Reserved));
        assert_eq!(EngineId::new(&[0xff; 5]), Err(EngineIdError::Reserved));
    }

    #[test]
    fn the_format_of_rfc3411_is_built_from_its_parts() {
        let id = EngineId::with_format(253, 4, b"xy").unwrap();
        assert_eq!(id.to_string(), "800000fd047879");
        assert!(EngineId::with_format(253, 4, &[1; 28]).is_err());
    }
}
