//! Lists of revoked certificates (CRL, RFC 5280 §5), which somebody else fetches and may replace at any time.

use super::crl::Crl;
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject as _;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// What a list that is missing or out of date means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationPolicy {
    /// Every certificate on the way needs a list of its issuer, the newest of which is in its time; otherwise there is no
    /// connection.
    #[default]
    Hard,
    /// A certificate on any list is refused, also when the list is out of date or another is newer; one that no list speaks
    /// of passes.
    Soft,
}

/// The lists that a client goes by. Clones are the same lists: what [`Self::replace`] brings counts from the next
/// connection on.
#[derive(Clone)]
pub struct RevocationLists {
    policy: RevocationPolicy,
    now: Arc<RwLock<Arc<[Crl]>>>,
    look: Option<RevocationLook>,
}

/// Gives the octets of files with the lists of now; none when there is nothing to take over.
pub type RevocationLook = Arc<dyn Fn() -> Option<Vec<Vec<u8>>> + Send + Sync>;

/// Why lists cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationListError {
    /// There is none: that is not the same as lists that revoke nothing.
    #[error("there is no list of revoked certificates")]
    Empty,
    /// Neither DER nor PEM of a list.
    #[error("this is no list of revoked certificates (CRL), in DER or in PEM (BEGIN X509 CRL)")]
    Malformed,
    /// A list without what RFC 5280 §5.1.2 and §5.2 demand of each.
    #[error("the list of revoked certificates (CRL) cannot be used: {0}")]
    Incomplete(&'static str),
    /// A list of a kind that this client cannot judge by (RFC 5280 §5.2 forbids to use it then).
    #[error("the list of revoked certificates (CRL) cannot be used: {0}")]
    Unsupported(&'static str),
}

impl RevocationLists {
    /// Lists, each as the octets of a file in DER or of one or more in PEM. Whoever reads the files sets the limit
    /// of their size. A list of a kind that cannot be used is left out when there are others ([`Self::check`] says which).
    ///
    /// # Errors
    /// See [`RevocationListError`].
    pub fn new(policy: RevocationPolicy, files: &[Vec<u8>]) -> Result<Self, RevocationListError> {
        Ok(Self { policy, now: Arc::new(RwLock::new(read(split(files)?)?.0)), look: None })
    }

    /// Whether these files are what [`Self::new`] takes, and why lists in them are left out.
    ///
    /// # Errors
    /// See [`RevocationListError`].
    pub fn check(files: &[Vec<u8>]) -> Result<Vec<RevocationListError>, RevocationListError> {
        read(split(files)?).map(|(_, left_out)| left_out)
    }

    /// Asks for the lists of now before each connection. `look` gives the octets of files as [`Self::new`] takes them; when it
    /// gives none, or what is no list, the lists stay as they are; one of a kind that cannot be used is left out. It is called in
    /// the middle of a handshake, so it should be no slower than reading a file.
    #[must_use]
    pub fn with_look(mut self, look: RevocationLook) -> Self {
        self.look = Some(look);
        self
    }

    /// Takes over what whoever reads the lists gives now, if it is other than before.
    pub(super) fn look(&self) {
        let Some(files) = self.look.as_ref().and_then(|look| look()) else { return };
        let Ok(found) = split(&files) else { return };
        let now = self.now();
        if now.iter().map(Crl::der).ne(&found)
            && let Ok((lists, _)) = read(found)
            && now.iter().map(Crl::der).ne(lists.iter().map(Crl::der))
        {
            self.put(lists);
        }
    }

    /// Puts other lists in their place. When one of these is no list, or none can be used, the old ones stay.
    ///
    /// # Errors
    /// See [`RevocationListError`].
    pub fn replace(&self, files: &[Vec<u8>]) -> Result<(), RevocationListError> {
        self.put(read(split(files)?)?.0);
        Ok(())
    }

    fn put(&self, lists: Arc<[Crl]>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = lists;
    }

    /// What a missing or old list means.
    #[must_use]
    pub fn policy(&self) -> RevocationPolicy {
        self.policy
    }

    pub(super) fn now(&self) -> Arc<[Crl]> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for RevocationLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationLists").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// The lists in these files, each in DER, without a look into them.
fn split(files: &[Vec<u8>]) -> Result<Vec<CertificateRevocationListDer<'static>>, RevocationListError> {
    let mut lists = Vec::new();
    for file in files {
        if file.first() == Some(&0x30) {
            lists.push(CertificateRevocationListDer::from(file.clone()));
            continue;
        }
        let before = lists.len();
        for list in CertificateRevocationListDer::pem_slice_iter(file) {
            lists.push(list.map_err(|_| RevocationListError::Malformed)?);
        }
        if lists.len() == before {
            return Err(RevocationListError::Malformed);
        }
    }
    if lists.is_empty() { Err(RevocationListError::Empty) } else { Ok(lists) }
}

/// The lists that can be used, and why others cannot.
fn read(
    lists: Vec<CertificateRevocationListDer<'static>>,
) -> Result<(Arc<[Crl]>, Vec<RevocationListError>), RevocationListError> {
    let (mut usable, mut left_out) = (Vec::new(), Vec::new());
    for list in lists {
        match Crl::read(list) {
            Ok(list) => usable.push(list),
            Err(error @ RevocationListError::Unsupported(_)) => left_out.push(error),
            Err(error) => return Err(error),
        }
    }
    match left_out.first() {
        Some(error) if usable.is_empty() => Err(*error),
        _ => Ok((usable.into(), left_out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Encode as _, Reader as _};

    #[test]
    fn what_is_no_list_is_not_taken_and_the_old_ones_stay() {
        assert_eq!(RevocationLists::new(RevocationPolicy::Hard, &[]).err(), Some(RevocationListError::Empty));
        for file in [&b""[..], b"\x30\x00", b"-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n", b"text"]
        {
            let read = RevocationLists::new(RevocationPolicy::Hard, &[file.to_vec()]);
            assert_eq!(read.err(), Some(RevocationListError::Malformed), "{file:?}");
        }
        let lists = RevocationLists::new(RevocationPolicy::Soft, &[list().der().to_vec()]).unwrap();
        assert!(lists.replace(&[b"text".to_vec()]).is_err());
        assert_eq!(lists.now().len(), 1);
        let pem = list().pem().unwrap();
        lists.replace(&[[pem.as_bytes(), pem.as_bytes()].concat()]).unwrap();
        assert_eq!(lists.clone().now().len(), 2);
    }

    #[test]
    fn a_list_that_lacks_what_each_needs_is_told_by_that_and_no_other_makes_up_for_it() {
        let good = list().der().to_vec();
        for (file, why) in [
            (bent(&good, |members| members.truncate(5)), "it has no extensions"),
            (bent(&good, |members| drop(members.remove(4))), "it does not say when the next one comes"),
            (bent(&good, |members| drop(members.remove(0))), "it is of version 1"),
            (
                bent(&good, |members| {
                    members.truncate(5);
                    members.remove(0);
                }),
                "it is of version 1",
            ),
        ] {
            for files in [vec![file.clone()], vec![good.clone(), file]] {
                let error = RevocationLists::new(RevocationPolicy::Soft, &files).unwrap_err();
                assert!(matches!(error, RevocationListError::Incomplete(_)), "{error}");
                assert!(error.to_string().contains(why), "{error}");
            }
        }
        // What has parts of a list in another order is none.
        let file = bent(&good, |members| members.swap(3, 5));
        let error = RevocationLists::check(&[file]).unwrap_err();
        assert_eq!(error, RevocationListError::Malformed);
    }

    /// The list with other members; nobody looks at its signature.
    fn bent(list: &[u8], change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
        let members = |der: &[u8]| {
            let mut members = Vec::new();
            der::SliceReader::new(der)
                .unwrap()
                .sequence(|inside: &mut der::SliceReader<'_>| {
                    while !inside.is_finished() {
                        members.push(inside.tlv_bytes()?.to_vec());
                    }
                    der::Result::Ok(())
                })
                .unwrap();
            members
        };
        let sequence = |members: &[Vec<u8>]| {
            let inside = members.concat();
            der::asn1::AnyRef::new(der::Tag::Sequence, &inside).unwrap().to_der().unwrap()
        };
        let mut outer = members(list);
        let mut inner = members(&outer[0]);
        change(&mut inner);
        outer[0] = sequence(&inner);
        sequence(&outer)
    }

    #[test]
    fn what_is_found_at_a_look_is_taken_over_once_and_only_when_it_can_be_used() {
        let found = Arc::new(std::sync::Mutex::new(None));
        let give = Arc::clone(&found);
        let first = list().der().to_vec();
        let lists = RevocationLists::new(RevocationPolicy::Hard, std::slice::from_ref(&first)).unwrap();
        let lists = lists.with_look(Arc::new(move || give.lock().unwrap().clone()));
        let (second, other) = (list().der().to_vec(), b"no list".to_vec());
        for (files, is_taken) in [
            (None, false),
            (Some(vec![first]), false),
            (Some(vec![second.clone()]), true),
            (Some(vec![second.clone()]), false),
            (Some(vec![other]), false),
            (Some(Vec::new()), false),
        ] {
            let before = lists.now();
            *found.lock().unwrap() = files;
            lists.look();
            assert_eq!(!Arc::ptr_eq(&before, &lists.now()), is_taken);
        }
        let ders: Vec<_> = lists.now().iter().map(|list| list.der().clone()).collect();
        assert_eq!(ders, [CertificateRevocationListDer::from(second)]);
    }

    fn list() -> rcgen::CertificateRevocationList {
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
        let issuer = rcgen::Issuer::new(authority, rcgen::KeyPair::generate().unwrap());
        let params = rcgen::CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 1, 1),
            next_update: rcgen::date_time_ymd(2026, 2, 1),
            crl_number: 1_u64.into(),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        params.signed_by(&issuer).unwrap()
    }
}
