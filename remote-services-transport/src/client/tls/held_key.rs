//! The client's key in a handshake when something else holds it: a token, a TPM, another process.

use crate::enrol::ClientKey;
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use std::fmt;
use std::sync::Arc;

/// A key that is asked for each signature.
pub(super) struct HeldKey {
    key: Arc<ClientKey>,
    public: Vec<u8>,
}

impl HeldKey {
    pub(super) fn new(key: ClientKey) -> Self {
        Self { public: key.public_spki(), key: Arc::new(key) }
    }
}

impl SigningKey for HeldKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SCHEME).then(|| Box::new(HeldSigner(Arc::clone(&self.key))) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.public.as_slice()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

struct HeldSigner(Arc<ClientKey>);

impl Signer for HeldSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.sign_octets(message).map_err(|error| Error::Other(rustls::OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}

impl fmt::Debug for HeldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldKey")
    }
}

impl fmt::Debug for HeldSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldSigner")
    }
}

/// What clients' keys are for, see [`ClientKey::by_handle`].
const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP256_SHA256;
