use super::ChainHead;
use crate::enrol::ClientKey;
use crate::p256_key::{self, Point};
use remote_services_core::hex;
use remote_services_core::key::KeyError;
use remote_services_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A signed statement of where the chain stood: what was there then cannot be cut off or replaced unnoticed.
///
/// What a later version says in it beside this is signed like the rest, and read over here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    said: Statement,
    /// The JSON object as it was written, without the signature: what was signed are these octets.
    written: String,
    /// ECDSA with SHA-256 (RFC 6979 nonce), DER in lower-case hexadecimal.
    signature: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    /// Which log it is about: one key signs several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    log: String,
    entries: u64,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    broken: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    marks: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    words: BTreeMap<String, (u64, String)>,
    /// What it is for.
    #[serde(flatten)]
    place: Place,
    time: Timestamp,
}

/// What a checkpoint is for: one that was signed for one place is nothing in another, where it could say that less was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "camelCase")]
pub(super) enum Place {
    /// Beside the log, and the copy of it: the last there is.
    Kept,
    /// The first line of a file that goes on with another.
    Begin,
    /// The last line of an export.
    End {
        /// SHA-256 of all that stands before it, in hexadecimal.
        before: String,
    },
}

/// What goes from each checkpoint into the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// From which entry on the history was found not to hold.
    pub broken: Option<u64>,
    /// The first entry that rotation left, or is about to leave, where it gave some up: what is missing before it, nobody removed.
    pub first: Option<u64>,
    /// Numbers that only grow, by their names.
    pub marks: BTreeMap<String, u64>,
    /// Short texts, each with a number by which the last one is told, by their names.
    pub words: BTreeMap<String, (u64, String)>,
}

impl Carried {
    /// Of both, what tells more.
    pub(super) fn take(&mut self, other: &Self) {
        self.broken = self.broken.into_iter().chain(other.broken).min();
        self.first = self.first.max(other.first);
        for (name, mark) in &other.marks {
            let known = self.marks.entry(name.clone()).or_default();
            *known = (*known).max(*mark);
        }
        for (name, word) in &other.words {
            let known = self.words.entry(name.clone()).or_default();
            if word.0 > known.0 {
                known.clone_from(word);
            }
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

    /// Whether all keys of the other are among these.
    #[must_use]
    pub fn has(&self, other: &Self) -> bool {
        other.0.iter().all(|point| self.0.contains(point))
    }

    /// Whether a signature of these octets is by one of these.
    pub(super) fn signed(&self, octets: &[u8], signature: &[u8]) -> bool {
        self.0.iter().any(|point| p256_key::verify(point, octets, signature))
    }
}

impl Checkpoint {
    /// Signs where the chain of the log of this name stands, and what is carried along.
    pub(super) fn sign(
        (log, place): (&str, Place),
        head: ChainHead,
        carried: &Carried,
        time: Timestamp,
        signer: &dyn CheckpointSigner,
    ) -> Result<Self, KeyError> {
        Self::of((log, place), head, carried, time).signed_by(signer)
    }

    fn signed_by(mut self, signer: &dyn CheckpointSigner) -> Result<Self, KeyError> {
        self.signature = hex::encode(&signer.sign(&self.signed_octets())?);
        Ok(self)
    }

    /// Where the chain stands, in the word of nobody: for logs without a signer.
    pub(super) fn unsigned(head: ChainHead, carried: &Carried, time: Timestamp) -> Self {
        Self::of(("", Place::Begin), head, carried, time)
    }

    fn of((log, place): (&str, Place), head: ChainHead, carried: &Carried, time: Timestamp) -> Self {
        let Carried { broken, first, marks, words } = carried.clone();
        let ChainHead { entries, hash } = head;
        let said = Statement {
            log: log.to_owned(),
            entries,
            hash: hex::encode(&hash),
            broken,
            first,
            marks,
            words,
            place,
            time,
        };
        let written = serde_json::to_string(&said).expect("a statement is plain members");
        Self { said, written, signature: String::new() }
    }

    /// Entries by then.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.said.entries
    }

    /// The log that it is about, without a look at the signature; empty where nobody signs it.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.said.log
    }

    /// What it is for.
    pub(super) fn place(&self) -> &Place {
        &self.said.place
    }

    /// When it was signed.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.said.time
    }

    /// What it carries along, without a look at the signature.
    #[must_use]
    pub fn carried(&self) -> Carried {
        let Statement { broken, first, marks, words, .. } = self.said.clone();
        Carried { broken, first, marks, words }
    }

    /// Where the chain stood, without a look at the signature; `None` when it is no hash.
    #[must_use]
    pub fn head(&self) -> Option<ChainHead> {
        Some(ChainHead { entries: self.said.entries, hash: hex::decode(&self.said.hash)? })
    }

    /// Whether it was signed by this key, or an earlier one that was named with it.
    #[must_use]
    pub fn is_signed_by(&self, key: &CheckpointKey) -> bool {
        octets_of(&self.signature).is_some_and(|signature| key.signed(&self.signed_octets(), &signature))
    }

    fn signed_octets(&self) -> Vec<u8> {
        format!("remote-services audit checkpoint\n{}", self.written).into_bytes()
    }

    /// The line that a file begins with, and an export ends with.
    pub(super) fn to_line(&self) -> String {
        let written = self.written.strip_suffix('}').unwrap_or(&self.written);
        format!("{WORD} {written}{SIGNATURE}{}\"}}\n", self.signature)
    }

    /// Reads such a line, given without its line feed; `None` when it is another.
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.strip_prefix(WORD)?.strip_prefix(' ')?;
        // The signature comes last and is nothing but digits: all before it is what was signed.
        let (written, signature) = line.strip_suffix("\"}")?.rsplit_once(SIGNATURE)?;
        octets_of(signature)?;
        let written = format!("{written}}}");
        let said = serde_json::from_str(&written).ok()?;
        Some(Self { said, written, signature: signature.to_owned() })
    }
}

/// Octets of any length in lower-case hexadecimal.
pub(super) fn octets_of(text: &str) -> Option<Vec<u8>> {
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
/// What stands between what was signed, whose closing brace it takes away, and the signature.
const SIGNATURE: &str = ",\"signature\":\"";
