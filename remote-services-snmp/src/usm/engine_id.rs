//! SnmpEngineID.
use alloc::vec::Vec;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

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

    /// Format 1: an IPv4 address of the engine.
    ///
    /// # Errors
    /// None is met: the form always holds.
    pub fn from_ipv4(enterprise: u32, address: Ipv4Addr) -> Result<Self, EngineIdError> {
        Self::with_format(enterprise, 1, &address.octets())
    }

    /// Format 2: an IPv6 address of the engine.
    ///
    /// # Errors
    /// None is met: the form always holds.
    pub fn from_ipv6(enterprise: u32, address: Ipv6Addr) -> Result<Self, EngineIdError> {
        Self::with_format(enterprise, 2, &address.octets())
    }

    /// Format 3: a MAC address of the engine.
    ///
    /// # Errors
    /// None is met: the form always holds.
    pub fn from_mac(enterprise: u32, address: [u8; 6]) -> Result<Self, EngineIdError> {
        Self::with_format(enterprise, 3, &address)
    }

    /// Format 4: a text of at most 27 octets that the administrator chose.
    ///
    /// # Errors
    /// [`EngineIdError::Length`].
    pub fn from_text(enterprise: u32, text: &str) -> Result<Self, EngineIdError> {
        Self::with_format(enterprise, 4, text.as_bytes())
    }

    /// Format 5: at most 27 octets that the administrator chose.
    ///
    /// # Errors
    /// [`EngineIdError::Length`].
    pub fn from_octets(enterprise: u32, octets: &[u8]) -> Result<Self, EngineIdError> {
        Self::with_format(enterprise, 5, octets)
    }

    /// The enterprise's number and the format octet, when the ID has the form of RFC 3411 §5: its first bit is set.
    #[must_use]
    pub fn format(&self) -> Option<(u32, u8)> {
        let (enterprise, rest) = self.as_slice().split_first_chunk()?;
        let enterprise = u32::from_be_bytes(*enterprise);
        (enterprise & 0x8000_0000 != 0).then_some((enterprise & 0x7fff_ffff, *rest.first()?))
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

    /// R35.
    #[test]
    fn the_format_of_rfc3411_is_built_from_its_parts() {
        let id = EngineId::with_format(253, 4, b"xy").unwrap();
        assert_eq!(id.to_string(), "800000fd047879");
        assert!(EngineId::with_format(253, 4, &[1; 28]).is_err());
    }

    #[test]
    fn rfc3411_5_each_format_has_its_constructor() {
        let v4 = EngineId::from_ipv4(253, Ipv4Addr::new(192, 0, 2, 1)).unwrap();
        let v6 = EngineId::from_ipv6(253, Ipv6Addr::LOCALHOST).unwrap();
        let mac = EngineId::from_mac(253, [0, 0, 0, 1, 2, 3]).unwrap();
        let text = EngineId::from_text(253, "xy").unwrap();
        let octets = EngineId::from_octets(253, &[0xff; 27]).unwrap();
        assert_eq!(v4.to_string(), "800000fd01c0000201");
        assert_eq!(v6.to_string(), "800000fd0200000000000000000000000000000001");
        assert_eq!(mac.to_string(), "800000fd03000000010203");
        assert_eq!(text.to_string(), "800000fd047879");
        let formats = [v4, v6, mac, text, octets].map(|id| id.format());
        assert_eq!(formats, [1, 2, 3, 4, 5].map(|format| Some((253, format))));
        assert_eq!(EngineId::new(&[0, 0, 0, 253, 4, 7]).unwrap().format(), None);
        assert_eq!(EngineId::from_text(253, &"x".repeat(28)), Err(EngineIdError::Length(33)));
        // The bit that tells the form is set, whatever the number brings.
        assert_eq!(EngineId::from_text(0x8000_00fd, "xy"), Ok(text));
    }

    #[test]
    fn rfc3411_5_an_id_has_5_to_32_octets_and_is_neither_all_zeros_nor_all_ones() {
        for len in 0..=40 {
            let octets = &[7; 40][..len];
            let expected =
                if (5..=32).contains(&len) { Ok(octets.to_vec()) } else { Err(EngineIdError::Length(len)) };
            assert_eq!(EngineId::new(octets).map(|id| id.as_slice().to_vec()), expected);
        }
        for octet in [0, 0xff] {
            assert_eq!(EngineId::new(&[octet; 12]), Err(EngineIdError::Reserved));
        }
        assert!(EngineId::new(&[0, 0, 0, 0, 0xff]).is_ok());
    }

    #[test]
    fn an_id_and_what_is_none_are_printed_for_people() {
        let id = EngineId::new(&[0x80, 0, 0, 0xfd, 5]).unwrap();
        assert_eq!(id.as_ref(), id.as_slice());
        assert_eq!(alloc::format!("{id:?}"), "EngineId(800000fd05)");
        let texts = [EngineIdError::Length(33), EngineIdError::Reserved].map(|error| error.to_string());
        assert_eq!(
            texts,
            ["an engine ID has 5 to 32 octets, not 33", "an engine ID must not be all 0x00 or all 0xff"]
        );
    }
}
