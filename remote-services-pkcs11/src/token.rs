//! A module, its tokens, and a key in one of them.

use crate::{KeyUri, TokenError};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use der::asn1::{Any, BitString, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _};
use remote_services_core::key::{KeyError, KeyKind, SignatureScheme, SignerKey};
use remote_services_core::secret::Secret;
use sha2::{Digest as _, Sha256, Sha384};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// A PKCS#11 library, loaded and initialised.
pub struct Module(Pkcs11);

/// A private key in a token, and the session in which it signs. No `Debug`; one signature at a time.
pub struct TokenKey {
    session: Mutex<Session>,
    private: ObjectHandle,
    kind: KeyKind,
    spki: Vec<u8>,
}

impl Module {
    /// Loads a library and initialises it, if this process has not done so before.
    ///
    /// # Errors
    /// [`TokenError::Module`].
    pub fn load(path: &Path) -> Result<Self, TokenError> {
        let failed = |source| TokenError::Module { path: path.display().to_string(), source };
        let module = Pkcs11::new(path).map_err(failed)?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(Self(module)),
            Err(error) => Err(failed(error)),
        }
    }

    /// The key that the URI names.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn key(&self, uri: &KeyUri, pin: &Secret) -> Result<TokenKey, TokenError> {
        let session = self.session(uri, pin, false)?;
        TokenKey::open(session, uri)
    }

    /// Makes a key on P-256 in the token, under the label and id of the URI, that can never leave it.
    ///
    /// # Errors
    /// See [`TokenError`]; a key that is there already is not replaced.
    pub fn generate(&self, uri: &KeyUri, pin: &Secret) -> Result<TokenKey, TokenError> {
        let session = self.session(uri, pin, true)?;
        if !session.find_objects(&template(uri, ObjectClass::PRIVATE_KEY))?.is_empty() {
            return Err(TokenError::Exists { uri: uri.to_string() });
        }
        let parameters = P256.to_der().map_err(|_| TokenError::Kind)?;
        let mut public = named(uri);
        public.extend([
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(parameters),
        ]);
        let mut private = named(uri);
        private.extend([
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sign(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
        ]);
        session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
        TokenKey::open(session, uri)
    }

    fn session(&self, uri: &KeyUri, pin: &Secret, write: bool) -> Result<Session, TokenError> {
        let slot = self.slot(uri)?;
        let session = if write { self.0.open_rw_session(slot) } else { self.0.open_ro_session(slot) }?;
        let pin = String::from_utf8(pin.expose().to_vec())
            .map_err(|error| TokenError::Pin(Error::Utf8(error.utf8_error())))?;
        match session.login(UserType::User, Some(&AuthPin::new(pin.into()))) {
            // A login is the whole process's, so another key's session may have done it.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(TokenError::Pin(error)),
        }
    }

    fn slot(&self, uri: &KeyUri) -> Result<Slot, TokenError> {
        let (mut fitting, mut found) = (Vec::new(), Vec::new());
        for slot in self.0.get_slots_with_token()? {
            let token = self.0.get_token_info(slot)?;
            if !token.token_initialized() {
                continue;
            }
            let fits = uri.token.as_ref().is_none_or(|label| label == token.label())
                && uri.serial.as_ref().is_none_or(|serial| serial == token.serial_number());
            if fits {
                fitting.push(slot);
            }
            found.push(format!("token={};serial={}", token.label(), token.serial_number()));
        }
        match fitting.as_slice() {
            [slot] => Ok(*slot),
            [] => Err(TokenError::NoToken {
                uri: uri.to_string(),
                found: if found.is_empty() { "none".to_owned() } else { found.join(", ") },
            }),
            several => Err(TokenError::ManyTokens { uri: uri.to_string(), count: several.len() }),
        }
    }
}

impl TokenKey {
    fn open(session: Session, uri: &KeyUri) -> Result<Self, TokenError> {
        let private = match *session.find_objects(&template(uri, ObjectClass::PRIVATE_KEY))? {
            [one] => one,
            [] => return Err(TokenError::NoKey { uri: uri.to_string() }),
            ref several => {
                return Err(TokenError::ManyKeys { uri: uri.to_string(), count: several.len() });
            }
        };
        let no_public = || TokenError::NoPublicKey { uri: uri.to_string() };
        // The halves of a pair have one id, whatever their labels are.
        let id = session.get_attributes(private, &[AttributeType::Id])?.into_iter().next();
        let mut wanted = vec![Attribute::Class(ObjectClass::PUBLIC_KEY)];
        match id {
            Some(Attribute::Id(id)) if !id.is_empty() => wanted.push(Attribute::Id(id)),
            _ => wanted = template(uri, ObjectClass::PUBLIC_KEY),
        }
        let public = session.find_objects(&wanted)?.first().copied().ok_or_else(no_public)?;
        let (mut parameters, mut point) = (None, None);
        for attribute in session.get_attributes(public, &[AttributeType::EcParams, AttributeType::EcPoint])? {
            match attribute {
                Attribute::EcParams(octets) => parameters = Some(octets),
                Attribute::EcPoint(octets) => point = Some(octets),
                _ => {}
            }
        }
        let (kind, spki) = parameters
            .zip(point)
            .and_then(|(curve, point)| public_key(&curve, &point))
            .ok_or(TokenError::Kind)?;
        Ok(Self { session: Mutex::new(session), private, kind, spki })
    }
}

impl SignerKey for TokenKey {
    fn kind(&self) -> KeyKind {
        self.kind
    }

    fn public_spki(&self) -> Vec<u8> {
        self.spki.clone()
    }

    // Not every token digests, so it is given the digest: CKM_ECDSA is what all of them have.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let digest = match (self.kind, scheme) {
            (KeyKind::P256, SignatureScheme::EcdsaSha256) => Sha256::digest(message).to_vec(),
            (KeyKind::P384, SignatureScheme::EcdsaSha384) => Sha384::digest(message).to_vec(),
            _ => return Err(KeyError::NotOffered),
        };
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .sign(&Mechanism::Ecdsa, self.private, &digest)
            .map_err(|error| KeyError::Module(error.to_string()))
    }
}

/// The kind and the SubjectPublicKeyInfo of CKA_EC_PARAMS and CKA_EC_POINT; `None` for other curves.
fn public_key(parameters: &[u8], point: &[u8]) -> Option<(KeyKind, Vec<u8>)> {
    let curve = ObjectIdentifier::from_der(parameters).ok()?;
    let (kind, length) = match curve {
        P256 => (KeyKind::P256, 65),
        P384 => (KeyKind::P384, 97),
        _ => return None,
    };
    // An OCTET STRING around the point (PKCS#11 v2.40 §2.3.3), which some modules leave out.
    let point = <&OctetStringRef>::from_der(point).map_or(point, OctetStringRef::as_bytes);
    if point.len() != length || point.first() != Some(&4) {
        return None;
    }
    let key = SubjectPublicKeyInfoOwned {
        algorithm: AlgorithmIdentifierOwned { oid: EC_PUBLIC_KEY, parameters: Some(Any::from(curve)) },
        subject_public_key: BitString::from_bytes(point).ok()?,
    };
    Some((kind, key.to_der().ok()?))
}

fn named(uri: &KeyUri) -> Vec<Attribute> {
    let label = uri.object.iter().map(|label| Attribute::Label(label.clone().into_bytes()));
    label.chain(uri.id.iter().map(|id| Attribute::Id(id.clone()))).collect()
}

fn template(uri: &KeyUri, class: ObjectClass) -> Vec<Attribute> {
    let mut template = named(uri);
    template.push(Attribute::Class(class));
    template
}

/// id-ecPublicKey (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
