//! A module's library in this process: initialised once, and anew when it has lost its tokens.
//!
//! ```text
//! loaded ─▶ initialised ─▶ sessions, keys ─▶ a token was away ─▶ finalised, initialised: one older, no session of before counts
//! ```
//!
//! A library that is initialised anew hands out the same numbers once more, for other sessions and other keys. So nothing of
//! before is used, or closed, after it.

use crate::{KeyUri, TokenError};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use remote_services_core::secret::Secret;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// A library that was loaded and initialised.
pub(crate) struct Library {
    path: PathBuf,
    context: Pkcs11,
    /// Whether it was initialised here: what others of this process use is not finalised under them.
    own: bool,
    /// How often it was initialised anew; held for reading while it is called.
    age: RwLock<u64>,
    /// Tokens, and what they did not accept as their PIN.
    refused: Mutex<Vec<(String, Secret)>>,
}

/// A session of a token that the user is logged in to.
pub(crate) struct LoggedIn {
    library: Arc<Library>,
    session: Option<Session>,
    age: u64,
}

impl Library {
    /// The library in this file, loaded and initialised if this process has not done so before.
    pub(crate) fn of(path: &Path) -> Result<Arc<Self>, TokenError> {
        let failed = |source| TokenError::Module { path: path.display().to_string(), source };
        let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut loaded = lock(&LOADED);
        if let Some(library) = loaded.iter().find(|library| library.path == file) {
            return Ok(Arc::clone(library));
        }
        let context = Pkcs11::new(path).map_err(failed)?;
        let own = match context.initialize(arguments()) {
            Ok(()) => true,
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => false,
            Err(error) => return Err(failed(error)),
        };
        let (age, refused) = (RwLock::new(0), Mutex::new(Vec::new()));
        let library = Arc::new(Self { path: file, context, own, age, refused });
        loaded.push(Arc::clone(&library));
        Ok(library)
    }

    /// How often it was initialised anew; while this is held, it is not.
    pub(crate) fn age(&self) -> RwLockReadGuard<'_, u64> {
        self.age.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Initialises it anew, unless somebody did since it was of this age; says whether it can be.
    pub(crate) fn renew(&self, seen: u64) -> Result<bool, TokenError> {
        if !self.own {
            return Ok(false);
        }
        let mut age = self.age.write().unwrap_or_else(PoisonError::into_inner);
        if *age != seen {
            return Ok(true);
        }
        match self.context.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        *age += 1;
        self.context.initialize(arguments())?;
        Ok(true)
    }

    /// Logs in to the token that the URI names, once: a PIN that it refused is not tried again, and its last try is left to the
    /// person who knows the PIN.
    pub(crate) fn log_in(
        self: &Arc<Self>,
        uri: &KeyUri,
        pin: &Secret,
        write: bool,
    ) -> Result<LoggedIn, TokenError> {
        let age = self.age();
        let (slot, token) = self.token(uri)?;
        may_try(token.user_pin_locked(), token.user_pin_final_try())?;
        let name = named(&token);
        let was_refused = |(of, refused): &(String, Secret)| *of == name && refused.equals(pin);
        if lock(&self.refused).iter().any(was_refused) {
            return Err(TokenError::PinKnownWrong);
        }
        let session =
            if write { self.context.open_rw_session(slot) } else { self.context.open_ro_session(slot) }?;
        let text = String::from_utf8(pin.expose().to_vec())
            .map_err(|error| TokenError::Pin(Error::Utf8(error.utf8_error())))?;
        match session.login(UserType::User, Some(&AuthPin::new(text.into()))) {
            // A login is the whole process's, so another key's session may have done it.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(RvError::PinLocked, _)) => return Err(TokenError::PinLocked),
            Err(error) if is_refusal(&error) || self.counted(slot, &token) => {
                lock(&self.refused).push((name, pin.duplicate()));
                return Err(TokenError::Pin(error));
            }
            Err(error) if showed_nothing(&error) => return Err(error.into()),
            Err(error) => return Err(TokenError::Login(error)),
        }
        Ok(LoggedIn { library: Arc::clone(self), session: Some(session), age: *age })
    }

    /// Whether the token counts one more wrong PIN than before, whatever its module says.
    fn counted(&self, slot: Slot, before: &TokenInfo) -> bool {
        let tries = |token: &TokenInfo| {
            (token.user_pin_locked(), token.user_pin_final_try(), token.user_pin_count_low())
        };
        self.context.get_token_info(slot).is_ok_and(|after| tries(&after) > tries(before))
    }

    fn token(&self, uri: &KeyUri) -> Result<(Slot, TokenInfo), TokenError> {
        let (mut fitting, mut others, mut failed) = (Vec::new(), Vec::new(), None);
        for slot in self.context.get_slots_with_token()? {
            // One that fails does not hide the others.
            let token = match self.context.get_token_info(slot) {
                Ok(token) if token.token_initialized() => token,
                Ok(_) => continue,
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            let fits = uri.token.as_ref().is_none_or(|label| label == token.label())
                && uri.serial.as_ref().is_none_or(|serial| serial == token.serial_number());
            if fits {
                fitting.push((slot, token));
            } else {
                others.push(named(&token));
            }
        }
        let uri = uri.to_string();
        match (fitting.pop(), failed) {
            (Some(one), _) if fitting.is_empty() => Ok(one),
            (Some(one), _) => {
                fitting.push(one);
                let found: Vec<_> = fitting.iter().map(|(_, token)| named(token)).collect();
                Err(TokenError::ManyTokens { uri, count: fitting.len(), found: found.join(", ") })
            }
            (None, Some(error)) => Err(error.into()),
            (None, None) if others.is_empty() => Err(TokenError::NoToken { uri, found: "none".to_owned() }),
            (None, None) => Err(TokenError::NoToken { uri, found: others.join(", ") }),
        }
    }
}

impl LoggedIn {
    /// Calls the library in this session.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&Session) -> Result<T, Error>) -> Result<T, Error> {
        let age = self.library.age();
        match self.session.as_ref().filter(|_| *age == self.age) {
            Some(session) => call(session),
            None => Err(Error::Pkcs11(RvError::SessionClosed, Function::GetSessionInfo)),
        }
    }
}

impl Drop for LoggedIn {
    fn drop(&mut self) {
        let age = self.library.age();
        if let Some(session) = self.session.take().filter(|_| *age != self.age) {
            // To close it would be to close the one that has its number now.
            std::mem::forget(session);
        }
    }
}

/// How a token is told from others.
fn named(token: &TokenInfo) -> String {
    format!("token={};serial={}", token.label(), token.serial_number())
}

/// Whether a PIN may be tried, by what the token says of the tries that are left (`CKF_USER_PIN_LOCKED`, `CKF_USER_PIN_FINAL_TRY`).
fn may_try(locked: bool, final_try: bool) -> Result<(), TokenError> {
    match (locked, final_try) {
        (true, _) => Err(TokenError::PinLocked),
        (false, true) => Err(TokenError::PinFinalTry),
        (false, false) => Ok(()),
    }
}

/// Whether the PIN itself is what the token does not take.
fn is_refusal(error: &Error) -> bool {
    use RvError::{PinExpired, PinIncorrect, PinInvalid, PinLenRange};
    matches!(error, Error::Pkcs11(PinIncorrect | PinInvalid | PinLenRange | PinExpired, _))
}

/// Whether the module says that it had no token to show the PIN to.
fn showed_nothing(error: &Error) -> bool {
    use RvError::{
        CryptokiNotInitialized, DeviceRemoved, SessionClosed, SessionHandleInvalid, SlotIdInvalid,
        TokenNotPresent, TokenNotRecognized,
    };
    matches!(
        error,
        Error::Pkcs11(
            CryptokiNotInitialized
                | DeviceRemoved
                | SessionClosed
                | SessionHandleInvalid
                | SlotIdInvalid
                | TokenNotPresent
                | TokenNotRecognized,
            _
        )
    )
}

fn arguments() -> CInitializeArgs {
    CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What this process has loaded.
static LOADED: Mutex<Vec<Arc<Library>>> = Mutex::new(Vec::new());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pin_is_tried_where_it_is_locked_or_the_next_wrong_one_locks_it() {
        assert!(may_try(false, false).is_ok());
        assert!(matches!(may_try(false, true), Err(TokenError::PinFinalTry)));
        assert!(matches!(may_try(true, false), Err(TokenError::PinLocked)));
        assert!(matches!(may_try(true, true), Err(TokenError::PinLocked)));
    }
}
