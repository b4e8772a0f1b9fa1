//! Certificates of the keys that this client had before, in the word of the present key: whoever may write the files could name one of
//! their own there, and sign all of a log by it.

use super::{CHAIN, EARLIER, Next, RENEWED, present, text};
use crate::failure::{Context, Failure};
use crate::home::Home;
use remote_services_transport::audit::{CheckpointKey, NotVouched, signs_in};
use remote_services_transport::enrol::Identity;
use remote_services_transport::pem::certificates;
use std::path::{Path, PathBuf};

/// The certificates of keys before the next identity's, in DER each: that of the one before, and those before it in its word. Of
/// these the oldest beyond [`EARLIER_KEPT`] go, unless a file of a log begins in their word.
pub(super) fn than(home: &Home, next: &Identity, before: &Identity) -> Result<Vec<Vec<u8>>, Failure> {
    let Some(own) = before.chain.first() else { return Ok(Vec::new()) };
    let list = Next::read(home)?.map(|next| next.earlier);
    let mut all = of(home, own, list)?;
    if !all.contains(own) && next.chain.first() != Some(own) {
        all.push(own.clone());
    }
    let beyond = all.len().saturating_sub(EARLIER_KEPT);
    let mut nth = 0;
    all.retain(|der| {
        nth += 1;
        nth > beyond || is_needed(home, der)
    });
    Ok(all)
}

/// Whether a log cannot be checked without this certificate. Where the disk does not say, it stays.
fn is_needed(home: &Home, certificate: &[u8]) -> bool {
    CheckpointKey::from_certificate(certificate).is_ok_and(|key| {
        [home.audit(), home.exchanges()].iter().any(|log| signs_in(log, &key).unwrap_or(true))
    })
}

/// This key of the client, and those before it in its word.
///
/// # Errors
/// When the folder has a list of such that is not in its word.
pub(crate) fn keys_after(home: &Home, own: CheckpointKey) -> Result<CheckpointKey, Failure> {
    let (chain, _) = present(home)?;
    let lies_there = certificates(&chain).and_then(|chain| CheckpointKey::from_certificate(&chain[0]).ok());
    if lies_there.is_none_or(|key| !own.has(&key)) {
        return Err(Failure::failed(format_args!(
            "the certificate that was named is not that of the present key, in {}: a renewal or a registration made another one, or \
             the folder is another client's. Name the one that this client has by now, as its server's operator knows it",
            home.identity(CHAIN).display()
        )));
    }
    match list(home, Next::read(home)?.map(|next| next.earlier))? {
        Some((path, list)) => own.and_earlier(&list).map_err(|why| not_believed(&path, &why)),
        None => Ok(own),
    }
}

/// The client's certificates of earlier keys, in DER each, if the present one vouches for them.
pub(super) fn of(home: &Home, own: &[u8], next: Option<String>) -> Result<Vec<Vec<u8>>, Failure> {
    let Some((path, list)) = list(home, next)? else { return Ok(Vec::new()) };
    let own = CheckpointKey::from_certificate(own).context("this client's certificate")?;
    own.read_earlier(&list).map_err(|why| not_believed(&path, &why))
}

/// The list that counts, if there is one, and where it is.
fn list(home: &Home, next: Option<String>) -> Result<Option<(PathBuf, String)>, Failure> {
    let path = home.identity(EARLIER);
    Ok(match next {
        Some(list) => Some((home.identity(RENEWED), list)),
        None if path.exists() => Some((path.clone(), text(&path)?)),
        None => None,
    })
}

fn not_believed(path: &Path, why: &NotVouched) -> Failure {
    Failure::failed(format_args!(
        "the list of earlier certificates in {} is not believed: {why}. Bring the file back from a backup, or remove it: what \
         earlier keys signed of the logs is not believed then, for ever",
        path.display()
    ))
}

/// A key lives for two months: an export of the last four years can be checked.
const EARLIER_KEPT: usize = 24;
