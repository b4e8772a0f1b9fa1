//! A zone transferred whole (AXFR, RFC 5936): every host in it.

use core::fmt;
use simple_dns::rdata::RData;
use simple_dns::{Name, Packet, QTYPE, RCODE};
use std::collections::BTreeSet;

use super::{NamedHost, address, query, reversed};

/// The most hosts of one zone. A larger one is refused.
pub const MAX_HOSTS: usize = 1_048_576;

/// A transfer under way. Its messages come over TCP, each after two octets with its length.
#[derive(Debug)]
pub struct Transfer {
    id: u16,
    /// SOA records seen: the first begins the zone, the second ends it.
    ends: u8,
    hosts: BTreeSet<NamedHost>,
}

/// Why a zone cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferError {
    /// The server says no, by the name that its code has: `Refused`, `NotAuth`.
    Refused(String),
    /// The octets are no DNS message, or not one of this transfer.
    Malformed,
    /// More than [`MAX_HOSTS`].
    TooMany,
}

impl Transfer {
    /// A transfer of this zone, and the message that asks for it; `None` when this is no domain name.
    #[must_use]
    pub fn new(zone: &str, id: u16) -> Option<(Self, Vec<u8>)> {
        let zone = Name::new(zone.trim_end_matches('.')).ok()?;
        let question = query(id, vec![(zone, QTYPE::AXFR)], false, false)?;
        Some((Self { id, ends: 0, hosts: BTreeSet::new() }, question))
    }

    /// Takes a message; `true` when it was the last.
    ///
    /// # Errors
    /// See [`TransferError`].
    pub fn handle_message(&mut self, bytes: &[u8]) -> Result<bool, TransferError> {
        let packet = Packet::parse(bytes).map_err(|_| TransferError::Malformed)?;
        if packet.id() != self.id {
            return Err(TransferError::Malformed);
        }
        match packet.rcode() {
            RCODE::NoError => {}
            code => return Err(TransferError::Refused(format!("{code:?}"))),
        }
        if packet.answers.is_empty() || (self.ends == 0 && !matches!(packet.answers[0].rdata, RData::SOA(_)))
        {
            return Err(TransferError::Malformed);
        }
        for record in &packet.answers {
            let host = match &record.rdata {
                RData::SOA(_) => {
                    self.ends += 1;
                    if self.ends > 1 {
                        return Ok(true);
                    }
                    continue;
                }
                RData::PTR(name) => reversed(&record.name.to_string()).map(|ip| (ip, name.0.to_string())),
                data => address(data).map(|ip| (ip, record.name.to_string())),
            };
            if let Some((address, name)) = host {
                self.hosts.insert(NamedHost { address, name });
            }
            if self.hosts.len() > MAX_HOSTS {
                return Err(TransferError::TooMany);
            }
        }
        Ok(false)
    }

    /// The hosts of the zone, in the order of their addresses.
    pub fn hosts(&self) -> impl Iterator<Item = &NamedHost> {
        self.hosts.iter()
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "the server gives no transfer of the zone ({code})"),
            Self::Malformed => f.write_str("the answer is no DNS message of this transfer"),
            Self::TooMany => write!(f, "the zone has more than {MAX_HOSTS} hosts"),
        }
    }
}

impl core::error::Error for TransferError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_is_an_error_and_never_a_panic() {
        let (mut transfer, question) = Transfer::new("example.", 7).unwrap();
        assert_eq!(transfer.handle_message(&question), Err(TransferError::Malformed));
        for cut in 0..question.len() {
            assert!(transfer.handle_message(&question[..cut]).is_err(), "{cut}");
        }
        // A response without answers, which refuses: the flags are the third and fourth octet.
        let mut refused = question;
        (refused[2], refused[3]) = (0x80, 5);
        assert_eq!(transfer.handle_message(&refused), Err(TransferError::Refused("Refused".to_owned())));
        assert!(Transfer::new(&"x".repeat(64), 7).is_none());
    }
}
