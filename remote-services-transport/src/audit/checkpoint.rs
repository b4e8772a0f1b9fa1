use super::ChainHead;
use crate::enrol::ClientKey;
use crate::p256_key::{self, Point};
use remote_services_core::hex;
use remote_services_core::key::KeyError;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A signed statement of where the chain stood: what was there then cannot be cut off or replaced unnoticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// Entries by then.
    pub entries: u64,
    /// The hash of the last of them, in lower-case hexadecimal.
    pub hash: String,
    /// From which entry on the history was found not to hold; in every checkpoint from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<u64>,
    /// Numbers that only grow, by their names: what must not be forgotten when the file that it stands in is removed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, u64>,
    /// When it was signed.
    pub time: Timestamp,
    /// ECDSA with SHA-256 over the members before (RFC 6979 nonce), DER in lower-case hexadecimal.
    pub signature: String,
}

/// What goes from each checkpoint into the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// From which entry on the history was found not to hold.
    pub broken: Option<u64>,
    /// Numbers that only grow, by their names.
    pub marks: BTreeMap<String, u64>,
}

impl Carried {
    /// Of both, what tells more.
    pub(super) fn take(&mut self, other: &Self) {
        self.broken = self.broken.into_iter().chain(other.broken).min();
        for (name, mark) in &other.marks {
            let known = self.marks.entry(name.clone()).or_default();
            *known = (*known).max(*mark);
        }
    }
}

/// Who signs checkpoints, such as the client's key.
pub trait CheckpointSigner: Send {
    /// A signature of these octets: ECDSA on P-256 with SHA-256, in DER.
    ///
    /// # Errors
    /// When the module that holds the key refuses or fails.
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError>;
}

impl CheckpointSigner for ClientKey {
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign_octets(octets)
    }
}

/// The key that checkpoints are checked with, and those that the client had before.
#[derive(Clone, Debug)]
pub struct CheckpointKey(Vec<Point>);

/// These octets are no key that checkpoints could be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a public key on P-256")]
pub struct NoCheckpointKey;

impl CheckpointKey {
    /// From a `SubjectPublicKeyInfo` in DER, as certificates hold it. A point that is not on the curve verifies nothing.
    ///
    /// # Errors
    /// [`NoCheckpointKey`].
    pub fn from_spki(der: &[u8]) -> Result<Self, NoCheckpointKey> {
        p256_key::point_of(der).map(|point| Self(vec![point])).ok_or(NoCheckpointKey)
    }

    /// From a client's certificate in DER.
    ///
    /// # Errors
    /// [`NoCheckpointKey`].
    pub fn from_certificate(der: &[u8]) -> Result<Self, NoCheckpointKey> {
        use der::{Decode as _, Encode as _};
        let certificate = x509_cert::Certificate::from_der(der).map_err(|_| NoCheckpointKey)?;
        let spki = certificate.tbs_certificate().subject_public_key_info().to_der();
        Self::from_spki(&spki.map_err(|_| NoCheckpointKey)?)
    }

    /// Either: older files of a log begin with checkpoints by the keys that the client had then.
    #[must_use]
    pub fn or(mut self, earlier: Self) -> Self {
        self.0.extend(earlier.0);
        self
    }
}

impl Checkpoint {
    /// Signs where the chain stands, and what is carried along.
    ///
    /// # Errors
    /// When the signer cannot sign.
    pub fn sign(
        head: ChainHead,
        carried: &Carried,
        time: Timestamp,
        signer: &dyn CheckpointSigner,
    ) -> Result<Self, KeyError> {
        let mut made = Self::unsigned(head, carried, time);
        made.signature = hex::encode(&signer.sign(&made.signed_octets())?);
        Ok(made)
    }

    /// Where the chain stands, in the word of nobody: for logs without a signer.
    pub(super) fn unsigned(head: ChainHead, carried: &Carried, time: Timestamp) -> Self {
        let Carried { broken, marks } = carried.clone();
        let hash = hex::encode(&head.hash);
        Self { entries: head.entries, hash, broken, marks, time, signature: String::new() }
    }

    /// What it carries along.
    pub(super) fn carried(&self) -> Carried {
        Carried { broken: self.broken, marks: self.marks.clone() }
    }

    /// Where the chain stood, without a look at the signature; `None` when it is no hash.
    #[must_use]
    pub fn head(&self) -> Option<ChainHead> {
        Some(ChainHead { entries: self.entries, hash: hex::decode(&self.hash)? })
    }

    /// Whether it was signed by this key, or an earlier one that was named with it.
    #[must_use]
    pub fn is_signed_by(&self, key: &CheckpointKey) -> bool {
        let octets = self.signed_octets();
        let by = |signature: &[u8]| key.0.iter().any(|point| p256_key::verify(point, &octets, signature));
        octets_of(&self.signature).is_some_and(|signature| by(&signature))
    }

    fn signed_octets(&self) -> Vec<u8> {
        let Self { entries, hash, time, .. } = self;
        let broken = self.broken.map(|from| format!("broken {from}\n")).unwrap_or_default();
        let marks: String = self.marks.iter().map(|(name, mark)| format!("mark {name:?} {mark}\n")).collect();
        format!("remote-services audit checkpoint\n{entries}\n{hash}\n{time}\n{broken}{marks}").into_bytes()
    }

    /// The line that a file begins with, and an export ends with.
    pub(super) fn to_line(&self) -> String {
        let json = serde_json::to_string(self).expect("a checkpoint is plain members");
        format!("{WORD} {json}\n")
    }

    /// Reads such a line, given without its line feed; `None` when it is another.
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        let json = line.strip_prefix(WORD.as_bytes())?.strip_prefix(b" ")?;
        let read: Self = serde_json::from_slice(json).ok()?;
        // One checkpoint has one spelling: nothing can be added to a line unnoticed.
        (read.to_line().as_bytes().strip_suffix(b"\n") == Some(line)).then_some(read)
    }
}

/// Octets of any length in lower-case hexadecimal.
fn octets_of(text: &str) -> Option<Vec<u8>> {
    let digit = |octet: u8| match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() || text.len() > 256 {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

pub(super) const WORD: &str = "checkpoint";
