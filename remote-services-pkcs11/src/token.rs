//! A module, its tokens, and a key in one of them.

use crate::library::{Library, LoggedIn};
use crate::{KeyUri, TokenError};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use der::asn1::{Any, BitString, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Encode as _};
use remote_services_core::backoff::Backoff;
use remote_services_core::key::{KeyError, KeyKind, SignatureScheme, SignerKey};
use remote_services_core::secret::Secret;
use sha2::{Digest as _, Sha256, Sha384};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// A PKCS#11 library, loaded and initialised.
pub struct Module(Arc<Library>);

/// A private key in a token, which is looked for again when the token was away. No `Debug`; one signature at a time.
///
/// A module may know nothing of a token that came back until it is initialised anew. That is done where this crate has
/// initialised it: other keys by this crate follow, and sessions that somebody else has of the module end.
pub struct TokenKey {
    library: Arc<Library>,
    uri: KeyUri,
    pin: Secret,
    kind: KeyKind,
    spki: Vec<u8>,
    state: Mutex<State>,
    refused: Option<Box<Refused>>,
}

/// Who is told that the PIN is refused.
type Refused = dyn Fn(&TokenError) + Send + Sync;

/// The key at hand, or when to look for it again.
struct State {
    found: Option<Found>,
    pace: Backoff,
    not_before: Option<Instant>,
    /// Why it is not at hand.
    why: String,
}

/// A key in a session.
struct Found {
    session: LoggedIn,
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
        Library::of(path).map(Self)
    }

    /// The key that the URI names. The PIN is kept for when the token was away and comes back; one that the token refused
    /// is not tried again in this process.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn key(&self, uri: &KeyUri, pin: &Secret) -> Result<TokenKey, TokenError> {
        let session = self.0.log_in(uri, pin, false)?;
        self.hold(session, uri, pin)
    }

    /// Makes a key on P-256 in the token, under the label and id of the URI, that can never leave it.
    ///
    /// # Errors
    /// See [`TokenError`]; a key that is there already is not replaced.
    pub fn generate(&self, uri: &KeyUri, pin: &Secret) -> Result<TokenKey, TokenError> {
        let session = self.0.log_in(uri, pin, true)?;
        if !session.with(|session| session.find_objects(&template(uri, ObjectClass::PRIVATE_KEY)))?.is_empty()
        {
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
        session.with(|session| session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private))?;
        self.hold(session, uri, pin)
    }

    fn hold(&self, session: LoggedIn, uri: &KeyUri, pin: &Secret) -> Result<TokenKey, TokenError> {
        let found = Found::of(session, uri)?;
        Ok(TokenKey {
            library: Arc::clone(&self.0),
            uri: uri.clone(),
            pin: pin.duplicate(),
            kind: found.kind,
            spki: found.spki.clone(),
            state: Mutex::new(State {
                found: Some(found),
                pace: LOOKS,
                not_before: None,
                why: String::new(),
            }),
            refused: None,
        })
    }
}

impl Found {
    fn of(session: LoggedIn, uri: &KeyUri) -> Result<Self, TokenError> {
        let find = |template: &[Attribute]| session.with(|session| session.find_objects(template));
        let private = match *find(&template(uri, ObjectClass::PRIVATE_KEY))? {
            [one] => one,
            [] => return Err(TokenError::NoKey { uri: uri.to_string() }),
            ref several => {
                return Err(TokenError::ManyKeys { uri: uri.to_string(), count: several.len() });
            }
        };
        let no_public = || TokenError::NoPublicKey { uri: uri.to_string() };
        let attributes = |object, of: &[AttributeType]| session.with(|it| it.get_attributes(object, of));
        // The halves of a pair have one id, whatever their labels are.
        let id = attributes(private, &[AttributeType::Id])?.into_iter().next();
        let mut wanted = vec![Attribute::Class(ObjectClass::PUBLIC_KEY)];
        match id {
            Some(Attribute::Id(id)) if !id.is_empty() => wanted.push(Attribute::Id(id)),
            _ => wanted = template(uri, ObjectClass::PUBLIC_KEY),
        }
        let public = find(&wanted)?.first().copied().ok_or_else(no_public)?;
        let (mut parameters, mut point) = (None, None);
        for attribute in attributes(public, &[AttributeType::EcParams, AttributeType::EcPoint])? {
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
        Ok(Self { session, private, kind, spki })
    }

    fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, Error> {
        self.session.with(|session| session.sign(&Mechanism::Ecdsa, self.private, digest))
    }
}

impl TokenKey {
    /// Has `told` called when the token that was away came back and does not take the PIN, as when it has another one since:
    /// who remembers that does not try it again when the program is started the next time.
    #[must_use]
    pub fn when_refused(self, told: impl Fn(&TokenError) + Send + Sync + 'static) -> Self {
        Self { refused: Some(Box::new(told)), ..self }
    }

    /// The key in a new session; where the module does not see it, in the module initialised anew. The PIN is shown once.
    fn look(&self) -> Result<Found, TokenError> {
        let open = || Found::of(self.library.log_in(&self.uri, &self.pin, false)?, &self.uri);
        let age = *self.library.age();
        let found = match open() {
            Err(TokenError::NoToken { .. } | TokenError::Token(_)) if self.library.renew(age)? => open(),
            Err(TokenError::Login(error)) => {
                self.library.renew(age)?;
                Err(TokenError::Login(error))
            }
            found => found,
        }?;
        if found.spki == self.spki {
            Ok(found)
        } else {
            Err(TokenError::Changed { uri: self.uri.to_string() })
        }
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = &state.found {
            match found.sign(&digest) {
                Ok(signature) => return Ok(signature),
                Err(error) if !is_gone(&error) => return Err(KeyError::Module(error.to_string())),
                Err(_) => state.found = None,
            }
        }
        if state.not_before.is_some_and(|at| Instant::now() < at) {
            return Err(KeyError::Module(state.why.clone()));
        }
        let signed = self.look().and_then(|found| Ok((found.sign(&digest)?, found)));
        match signed {
            Ok((signature, found)) => {
                (state.found, state.not_before) = (Some(found), None);
                state.pace.reset();
                Ok(signature)
            }
            Err(error) => {
                if let Some(told) = self.refused.as_ref().filter(|_| error.is_of_pin()) {
                    told(&error);
                }
                state.not_before = Some(Instant::now() + state.pace.next_wait(0, None));
                state.why = error.to_string();
                Err(KeyError::Module(state.why.clone()))
            }
        }
    }
}

/// Whether the token, the session or the key may be gone, so that it is of use to look for them again.
fn is_gone(error: &Error) -> bool {
    use RvError as R;
    let Error::Pkcs11(error, _) = error else { return false };
    matches!(
        error,
        R::ObjectHandleInvalid
            | R::KeyHandleInvalid
            | R::SessionHandleInvalid
            | R::SessionClosed
            | R::UserNotLoggedIn
            | R::TokenNotPresent
            | R::TokenNotRecognized
            | R::SlotIdInvalid
            | R::DeviceRemoved
            | R::DeviceError
            | R::GeneralError
            | R::CryptokiNotInitialized
    )
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
/// The pace at which a token that is away is looked for, by those who want a signature of it.
const LOOKS: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
