//! What is wrong with a list of targets, and where.

use core::fmt;

use super::MAX_TARGETS;

/// Why a list of targets cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError {
    /// Where the item begins, in characters from 1.
    pub position: usize,
    /// The item.
    pub item: String,
    /// What is wrong with it.
    pub cause: TargetFault,
}

/// What is wrong with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetFault {
    /// Looks like an address and is none.
    NotAnAddress,
    /// An IPv6 address with a zone, such as `fe80::1%eth0`.
    Zone,
    /// Neither an address nor a host name.
    NotAName,
    /// The number behind `/` is no prefix length for this address.
    PrefixLength,
    /// The end of a range is before its begin, or of the other family.
    RangeEnds,
    /// No port from 1 to 65535, or a range of ports that ends before it begins.
    Port,
    /// `[` without `]`, or text behind it.
    Brackets,
    /// It names no IPv4 subnet of four or more addresses, and no single address.
    NoBroadcast,
    /// With this item there are more than [`MAX_TARGETS`].
    TooMany,
}

impl TargetError {
    /// Line and column of the item in `text`, the list that it was read from, both from 1.
    #[must_use]
    pub fn line_and_column(&self, text: &str) -> (usize, usize) {
        let before = text.chars().take(self.position.saturating_sub(1));
        before.fold(
            (1, 1),
            |(line, column), letter| if letter == '\n' { (line + 1, 1) } else { (line, column + 1) },
        )
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "target {:?} at character {}: {}", self.item, self.position, self.cause)
    }
}

impl core::error::Error for TargetError {}

impl fmt::Display for TargetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress => f.write_str("this is no IP address"),
            Self::Zone => f.write_str(
                "an address that is of one link only (`%` and an interface) is not asked: name another address \
                 of the device, or its name",
            ),
            Self::NotAName => f.write_str("this is neither an address nor a host name"),
            Self::PrefixLength => f.write_str("the prefix length is 0 to 32, with IPv6 0 to 128"),
            Self::RangeEnds => f.write_str("the range ends before it begins"),
            Self::Port => f.write_str("ports are 1 to 65535, ranges from the lower to the higher"),
            Self::Brackets => f.write_str("brackets enclose an address, then `:` and a port may follow"),
            Self::NoBroadcast => f.write_str(
                "a broadcast goes to an IPv4 subnet (192.0.2.0/24) or its broadcast address (192.0.2.255)",
            ),
            Self::TooMany => write!(f, "with it there are more than {MAX_TARGETS} targets"),
        }
    }
}
