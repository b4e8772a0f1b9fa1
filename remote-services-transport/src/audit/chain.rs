use remote_services_core::hex;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, BufRead, Read as _};
use subtle::ConstantTimeEq as _;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Counts from 1 without gaps.
    pub sequence: u64,
    /// When it happened.
    pub time: Timestamp,
    /// What happened, as a token (`enrolled`, `stored`, `refused`, `command`, …).
    pub event: String,
    /// What it was about: an upload, a command, a device.
    pub subject: String,
    /// One sentence. Never a secret.
    pub text: String,
}

/// Where a chain stands: the number of entries and the hash of the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainHead {
    /// Entries so far.
    pub entries: u64,
    /// The hash of the last entry, zeros before the first.
    pub hash: [u8; 32],
}

/// Where a log was tampered with or damaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A line is not what the entry before it promises.
    #[error("the audit log does not hold together at line {line}")]
    Broken {
        /// Line, counted from 1.
        line: u64,
    },
    /// The last line has no end: the writer crashed in the middle of it.
    #[error("the last line of the audit log, line {line}, is not finished")]
    Unfinished {
        /// Line, counted from 1.
        line: u64,
    },
    /// The log could not be read.
    #[error("the audit log cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl ChainHead {
    /// Makes the line for the next entry, and moves on. The entry's own number is replaced by the right one.
    pub fn append(&mut self, mut entry: AuditEntry) -> String {
        entry.sequence = self.entries + 1;
        let json = serde_json::to_string(&entry).expect("an entry is five plain members");
        self.hash = self.hash_after(json.as_bytes());
        self.entries += 1;
        format!("{} {json}\n", hex::encode(&self.hash))
    }

    fn hash_after(&self, json: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.hash).chain_update(json).finalize().into()
    }
}

/// Checks a log line by line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verifier {
    head: ChainHead,
}

impl Verifier {
    /// Goes on where a chain stands that was checked before.
    #[must_use]
    pub fn from_head(head: ChainHead) -> Self {
        Self { head }
    }

    /// Checks the next line, given without its line feed.
    ///
    /// # Errors
    /// [`ChainError::Broken`] with the line's number.
    pub fn line(&mut self, line: &[u8]) -> Result<AuditEntry, ChainError> {
        let broken = || ChainError::Broken { line: self.head.entries + 1 };
        let (hash, json) = line.split_at_checked(65).ok_or_else(broken)?;
        let next = self.head.hash_after(json);
        let expected = format!("{} ", hex::encode(&next));
        if !bool::from(expected.as_bytes().ct_eq(hash)) {
            return Err(broken());
        }
        let entry: AuditEntry = serde_json::from_slice(json).map_err(|_| broken())?;
        if entry.sequence != self.head.entries + 1 {
            return Err(broken());
        }
        self.head = ChainHead { entries: entry.sequence, hash: next };
        Ok(entry)
    }

    /// Checks all lines that follow, and hands out each entry with its hash.
    pub(super) fn lines(
        &mut self,
        mut log: impl BufRead,
        each: &mut dyn FnMut(AuditEntry, [u8; 32]),
    ) -> Result<(), ChainError> {
        let mut line = Vec::new();
        loop {
            line.clear();
            (&mut log).take(MAX_LINE).read_until(b'\n', &mut line)?;
            let number = self.head.entries + 1;
            let entry = match line.strip_suffix(b"\n") {
                _ if line.is_empty() => return Ok(()),
                Some(whole) => self.line(whole)?,
                None if line.len() as u64 == MAX_LINE => return Err(ChainError::Broken { line: number }),
                None => return Err(ChainError::Unfinished { line: number }),
            };
            each(entry, self.head.hash);
        }
    }

    /// Where the chain stands.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        self.head
    }
}

/// Checks a whole log and says where it stands.
///
/// # Errors
/// The first line that does not hold.
pub fn verify(log: impl BufRead) -> Result<ChainHead, ChainError> {
    let mut verifier = Verifier::default();
    verifier.lines(log, &mut |_, _| {})?;
    Ok(verifier.head)
}

/// Octets of the longest line that is read; entries are a few hundred.
pub(super) const MAX_LINE: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::audit) fn entry(text: &str) -> AuditEntry {
        AuditEntry {
            sequence: 0,
            time: Timestamp::from_unix_seconds(1),
            event: "stored".into(),
            subject: "x".into(),
            text: text.into(),
        }
    }

    fn log() -> Vec<String> {
        let mut head = ChainHead::default();
        (0..4).map(|number| head.append(entry(&format!("entry {number}\nof four")))).collect()
    }

    fn broken_at(lines: &[String]) -> Option<u64> {
        match verify(lines.concat().as_bytes()) {
            Err(ChainError::Broken { line } | ChainError::Unfinished { line }) => Some(line),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn a_log_as_it_was_written_holds() {
        assert_eq!(broken_at(&log()), None);
        assert_eq!(verify(log().concat().as_bytes()).unwrap().entries, 4);
        assert_eq!(verify(&b""[..]).unwrap(), ChainHead::default());
    }

    #[test]
    fn every_changed_octet_is_found() {
        let text = log().concat().into_bytes();
        for at in 0..text.len() {
            let mut bent = text.clone();
            bent[at] ^= 1;
            assert!(verify(&bent[..]).is_err(), "octet {at}");
        }
    }

    #[test]
    fn removed_swapped_and_repeated_lines_are_found() {
        let lines = log();
        assert_eq!(broken_at(&lines[1..]), Some(1));
        assert_eq!(broken_at(&[lines[0].clone(), lines[2].clone()]), Some(2));
        assert_eq!(broken_at(&[lines[0].clone(), lines[0].clone()]), Some(2));
        assert_eq!(broken_at(&[lines[1].clone(), lines[0].clone()]), Some(1));
        let cut = verify(lines[..3].concat().as_bytes()).unwrap();
        assert_ne!(cut, verify(lines.concat().as_bytes()).unwrap(), "the head tells of a cut end");
    }

    #[test]
    fn a_line_without_end_is_not_read_into_memory() {
        let endless = io::BufReader::new(io::repeat(b'a'));
        assert!(matches!(verify(endless), Err(ChainError::Broken { line: 1 })));
    }
}
