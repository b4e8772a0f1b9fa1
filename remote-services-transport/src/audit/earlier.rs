//! The keys that signed a log before the present one, in the word of the present one.
//!
//! ```text
//! signed by the key that came after: 3045…        by that key: what follows
//! -----BEGIN CERTIFICATE-----                      read over by whatever reads PEM (RFC 7468 §2)
//! ```
//!
//! Whoever may write the files could name a key of their own there, and sign a whole log by it: so nobody is believed but
//! whom the present key names.

use super::checkpoint::octets_of;
use super::part::first_line;
use super::{CheckpointKey, CheckpointSigner, NoCheckpointKey, files};
use crate::pem;
use remote_services_core::hex;
use remote_services_core::key::KeyError;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// Why a list of earlier certificates is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotVouched {
    /// It has no signature.
    #[error("line 1 does not say that the present key vouches for it")]
    Unsigned,
    /// Its signature is of another key, or something was changed.
    #[error("it is not signed by the present key, or was changed since")]
    Signature,
    /// What it holds are no certificates of such keys.
    #[error("it holds something else than certificates of keys on P-256")]
    Content,
}

/// Writes a list of these certificates, in DER each, signed by the key that came after theirs.
///
/// # Errors
/// When the signer cannot sign.
pub fn write_earlier(certificates: &[Vec<u8>], signer: &dyn CheckpointSigner) -> Result<String, KeyError> {
    let list: String = certificates.iter().map(|der| pem::certificate_to_pem(der)).collect();
    Ok(format!("{HEADING}{}\n{list}", hex::encode(&signer.sign(&signed_octets(&list))?)))
}

impl CheckpointKey {
    /// The certificates of a list that one of these keys signed, in DER each.
    ///
    /// # Errors
    /// [`NotVouched`].
    pub fn read_earlier(&self, text: &str) -> Result<Vec<Vec<u8>>, NotVouched> {
        let signed = text.strip_prefix(HEADING).and_then(|rest| rest.split_once('\n'));
        let (signature, list) = signed.ok_or(NotVouched::Unsigned)?;
        let signature = octets_of(signature).ok_or(NotVouched::Signature)?;
        if !self.signed(&signed_octets(list), &signature) {
            return Err(NotVouched::Signature);
        }
        if list.is_empty() { Ok(Vec::new()) } else { pem::certificates(list).ok_or(NotVouched::Content) }
    }

    /// Either: this key, and those of the certificates of a list that it signed.
    ///
    /// # Errors
    /// [`NotVouched`].
    pub fn and_earlier(self, text: &str) -> Result<Self, NotVouched> {
        let earlier = self.read_earlier(text)?;
        earlier.iter().try_fold(self, |keys, der| {
            let key = Self::from_certificate(der).map_err(|NoCheckpointKey| NotVouched::Content)?;
            Ok(keys.or(key))
        })
    }
}

/// Whether one of these keys signed what a file of the log at this path begins with: while that file is there, the log cannot be
/// checked without it.
///
/// # Errors
/// As the disk says.
pub fn signs_in(path: &Path, key: &CheckpointKey) -> io::Result<bool> {
    let older = files::older(path)?;
    for file in older.iter().map(|(_, file)| file.as_path()).chain([path]) {
        let mut lines = match File::open(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => BufReader::new(opened?),
        };
        if first_line(&mut lines)?.flatten().is_some_and(|first| first.is_signed_by(key)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn signed_octets(list: &str) -> Vec<u8> {
    format!("remote-services audit earlier keys\n{list}").into_bytes()
}

const HEADING: &str = "signed by the key that came after: ";

#[cfg(test)]
mod tests {
    use super::super::tests::{key, public};
    use super::*;
    use crate::p256_key;

    fn certificate() -> Vec<u8> {
        rcgen::generate_simple_self_signed(["client.test".to_owned()]).unwrap().cert.der().to_vec()
    }

    #[test]
    fn nobody_is_named_but_by_the_present_key() {
        let [one, other] = [certificate(), certificate()];
        for all in [vec![], vec![one.clone()], vec![one, other]] {
            let text = write_earlier(&all, &key()).unwrap();
            assert_eq!(public(&key()).read_earlier(&text).unwrap(), all);
            let stranger = public(&p256_key::fixed(8));
            assert_eq!(stranger.read_earlier(&text), Err(NotVouched::Signature));
            let added = text.clone() + &pem::certificate_to_pem(&certificate());
            assert_eq!(public(&key()).read_earlier(&added), Err(NotVouched::Signature));
            let list = text.split_once('\n').unwrap().1;
            assert_eq!(public(&key()).read_earlier(list), Err(NotVouched::Unsigned));
            assert!(public(&key()).and_earlier(&text).is_ok());
        }
    }

    #[test]
    fn no_octet_of_the_list_changes_unnoticed() {
        let text = write_earlier(&[certificate()], &key()).unwrap();
        for place in 0..text.len() {
            let mut bent = text.clone().into_bytes();
            bent[place] ^= 1;
            let bent = String::from_utf8(bent).unwrap();
            assert!(public(&key()).read_earlier(&bent).is_err(), "octet {place}");
        }
    }
}
