//! The trust anchors on the disk: a file that begins with a digest of the rest, so that damage to it is told as
//! such. By an anchor with one bit changed no server can be trusted, and the server would be blamed.
//!
//! ```text
//! SHA-256 of what follows: 5feceb66…         read over by whatever reads PEM (RFC 7468 §2)
//! -----BEGIN CERTIFICATE-----
//! ```
//!
//! A file without that line, of an earlier version or put there by hand, is only looked at as PEM and as
//! certificates.

use crate::failure::{Context, Failure};
use remote_services_core::hex;
use remote_services_transport::durable;
use remote_services_transport::pem::certificates;
use remote_services_transport::registration_key::SpkiPin;
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Keeps the anchors, in PEM.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(path: &Path, pem: &str) -> Result<(), Failure> {
    let content = format!("{HEADING}{}\n{pem}", digest(pem));
    durable::replace(path, content.as_bytes())
        .context(format_args!("cannot keep the identity in {}", path.display()))
}

/// Reads the anchors, in PEM.
///
/// # Errors
/// The file, what is wrong with it, in which line as far as that can be said, and what to do.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let content = std::fs::read(path).context(path.display())?;
    let damaged = |what: &str| {
        Failure::failed(format_args!(
            "{} is damaged: {what}. It says whom this agent trusts, and the server has no part in it: bring the \
             file back from a backup, or register anew (register --replace)",
            path.display()
        ))
    };
    let content = String::from_utf8(content).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        damaged(&format!("line {} is no text", 1 + before.iter().filter(|octet| **octet == b'\n').count()))
    })?;
    let (noted, pem) = match content.strip_prefix(HEADING).and_then(|rest| rest.split_once('\n')) {
        Some((noted, pem)) => (Some(noted), pem),
        None => (None, &*content),
    };
    if let Some(line) = broken_line(&content) {
        return Err(damaged(&format!("the certificate that begins in line {line} cannot be read")));
    }
    if certificates(pem).is_none() {
        return Err(damaged("it holds no certificate"));
    }
    if noted.is_some_and(|noted| noted != digest(pem)) {
        return Err(damaged("it is not what was written, as the digest in line 1 shows"));
    }
    Ok(pem.to_owned())
}

/// The line in which the first certificate begins that cannot be read.
fn broken_line(content: &str) -> Option<usize> {
    let mut begun: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(content.split_inclusive('\n')) {
        if line.starts_with(BEGIN)
            && let Some((first, _)) = begun.replace((number, String::new()))
        {
            return Some(first);
        }
        let Some((first, block)) = &mut begun else { continue };
        block.push_str(line);
        if line.starts_with(END) {
            let whole = certificates(block)
                .is_some_and(|all| all.iter().all(|der| SpkiPin::of_certificate(der).is_some()));
            if !whole {
                return Some(*first);
            }
            begun = None;
        }
    }
    begun.map(|(first, _)| first)
}

fn digest(pem: &str) -> String {
    hex::encode(&Sha256::digest(pem.as_bytes()))
}

const HEADING: &str = "SHA-256 of what follows: ";
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_transport::pem::certificate_to_pem;

    fn anchor() -> String {
        let made = rcgen::generate_simple_self_signed(["authority.test".to_owned()]).unwrap();
        certificate_to_pem(made.cert.der())
    }

    #[test]
    fn no_octet_of_the_file_changes_unnoticed() {
        let (folder, anchor) = (tempfile::tempdir().unwrap(), anchor());
        let path = folder.path().join("anchors.pem");
        write(&path, &anchor).unwrap();
        assert_eq!(read(&path).unwrap(), anchor);
        let whole = std::fs::read(&path).unwrap();
        let mut noticed = 0;
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << (place % 8);
            std::fs::write(&path, &flipped).unwrap();
            match read(&path) {
                Err(failure) => {
                    assert!(failure.sentence.contains("anchors.pem is damaged: "), "{place}: {failure}");
                    assert!(failure.sentence.contains("backup"), "{failure}");
                    noticed += 1;
                }
                // The words before the digest say nothing, and what they stand before is as it was.
                Ok(read) => {
                    assert!(place < HEADING.len() && certificates(&read) == certificates(&anchor));
                }
            }
        }
        assert!(noticed >= whole.len() - HEADING.len(), "{noticed}");
    }

    #[test]
    fn a_file_of_before_is_read_and_its_damage_has_a_line() {
        let (folder, anchor) = (tempfile::tempdir().unwrap(), anchor());
        let path = folder.path().join("anchors.pem");
        let two = format!("{anchor}{anchor}");
        std::fs::write(&path, &two).unwrap();
        assert_eq!(read(&path).unwrap(), two);
        let second = anchor.lines().count() + 1;
        let torn = &two[..two.len() - 40];
        for (content, words) in [
            (torn.to_owned(), format!("line {second} cannot be read")),
            (format!("{anchor}{}", anchor.replacen('M', "*", 1)), format!("line {second} cannot be read")),
            (anchor.replacen("MII", "MIJ", 1), "line 1 cannot be read".to_owned()),
            (String::new(), "holds no certificate".to_owned()),
        ] {
            std::fs::write(&path, content).unwrap();
            let sentence = read(&path).unwrap_err().sentence;
            assert!(sentence.contains(&words), "{words}: {sentence}");
        }
        std::fs::write(&path, [anchor.as_bytes(), b"\xff"].concat()).unwrap();
        let sentence = read(&path).unwrap_err().sentence;
        assert!(sentence.contains(&format!("line {second} is no text")), "{sentence}");
    }
}
