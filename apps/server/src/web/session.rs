//! Who may see the operator's side: the bearer token, login links that work once, sessions.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use remote_services_core::pem;
use remote_services_transport::document::ProblemKind;
use remote_services_transport::durable;
use sha2::{Digest, Sha256};
use std::borrow::Borrow;
use std::io;
use std::path::Path;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::pages;
use crate::app::App;
use crate::ca::{CaError, Passphrase};
use crate::clock;
use crate::edge::Refusal;
use crate::random;
use crate::store::{Store, StoreError};

/// The operator's token and how the listener can be reached. Never printed.
pub(crate) struct Operators {
    token: Zeroizing<String>,
    /// Whether the listener has TLS, so that cookies can insist on it.
    pub(crate) tls: bool,
    /// Where the pages are, without a slash at the end.
    pub(crate) url: String,
}

impl Operators {
    /// Takes the token from `file`, or makes it on first start. One that is in clear is encrypted.
    pub(crate) fn open(
        file: &Path,
        passphrase: &Passphrase,
        tls: bool,
        url: String,
    ) -> Result<Self, CaError> {
        let failed = |source| CaError::File { path: file.to_owned(), source };
        let (token, in_clear) = match stored_token(file, || Ok(passphrase)) {
            Ok(stored) => stored,
            Err(CaError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                (secret()?, true)
            }
            Err(error) => return Err(error),
        };
        if in_clear {
            let text = passphrase.encrypted(ENCRYPTED, token.as_bytes())?;
            durable::replace(file, text.as_bytes()).map_err(failed)?;
        }
        Ok(Self { token, tls, url })
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    fn is_bearer(&self, headers: &HeaderMap) -> bool {
        let shown = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        shown.is_some_and(|token| token.as_bytes().ct_eq(self.token.as_bytes()).into())
    }

    /// The cookie that carries a session.
    pub(crate) fn cookie(&self, session: &str) -> Option<HeaderValue> {
        let secure = if self.tls { "; Secure" } else { "" };
        let seconds = SESSION_MS / 1_000;
        let text =
            format!("{COOKIE_NAME}={session}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        HeaderValue::try_from(text).ok()
    }
}

/// The token in `file`, and whether it stands there in clear, as an earlier version or a person put it.
pub(crate) fn stored_token<P: Borrow<Passphrase>>(
    file: &Path,
    passphrase: impl FnOnce() -> Result<P, CaError>,
) -> Result<(Zeroizing<String>, bool), CaError> {
    let damaged = || CaError::Damaged { path: file.to_owned(), what: "operator's token" };
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|source| CaError::File { path: file.to_owned(), source })?;
    let is_token =
        |text: &str| text.len() >= TOKEN_LENGTH && text.bytes().all(|octet| octet.is_ascii_graphic());
    if !text.starts_with("-----BEGIN ") {
        let token = Zeroizing::new(text.trim().to_owned());
        return if is_token(&token) { Ok((token, true)) } else { Err(damaged()) };
    }
    let (label, octets) = pem::decode(&text).map_err(|_| damaged())?;
    if label != ENCRYPTED {
        return Err(damaged());
    }
    let passphrase = passphrase()?;
    let passphrase = passphrase.borrow();
    let opened = passphrase.decrypted(file, "operator's token", &octets)?;
    let token = std::str::from_utf8(&opened).ok().filter(|text| is_token(text));
    let token = token.ok_or_else(|| passphrase.is_another(file))?;
    Ok((Zeroizing::new(token.to_owned()), false))
}

/// Makes a secret for a link that opens one session within ten minutes.
pub(crate) async fn new_login_link(store: &Store) -> Result<Zeroizing<String>, StoreError> {
    let link = secret()?;
    store.add_login(&hash(&link), "link", clock::now_ms() + LINK_MS).await?;
    Ok(link)
}

/// Exchanges the secret of a link for that of a session; nothing if the link is used up, late or unknown.
pub(crate) async fn open_session(store: &Store, link: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
    if !store.take_login_link(&hash(link)).await? {
        return Ok(None);
    }
    let session = secret()?;
    store.add_login(&hash(&session), "session", clock::now_ms() + SESSION_MS).await?;
    Ok(Some(session))
}

/// Whether the request comes from an open session.
pub(crate) async fn has_session(app: &App, headers: &HeaderMap) -> Result<bool, StoreError> {
    let session = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='));
    match session {
        Some(session) => app.store.session_is_open(&hash(session)).await,
        None => Ok(false),
    }
}

/// Lets programs with the token at the API; people with a session may read there, but not change anything.
/// Browsers count another port of this host as the same site, so a cookie alone proves no intent.
pub(super) async fn guard_api(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let headers = request.headers();
    let reads = request.method().is_safe();
    if app.operators.is_bearer(headers) || (reads && has_session(&app, headers).await?) {
        return Ok(next.run(request).await);
    }
    Err(Refusal::new(ProblemKind::NotTrusted, "the operator's bearer token is wanted")
        .with_status(401)
        .with_header(WWW_AUTHENTICATE, "Bearer realm=\"operator\""))
}

/// Lets people with a session at the pages.
pub(super) async fn guard_page(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if has_session(&app, request.headers()).await? {
        return Ok(next.run(request).await);
    }
    Ok(pages::sign_in(false).into_response())
}

fn secret() -> Result<Zeroizing<String>, random::RandomnessError> {
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(random::octets::<32>()?)))
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

const COOKIE_NAME: &str = "remote-services-session";
const LINK_MS: i64 = 10 * 60 * 1_000;
const SESSION_MS: i64 = 12 * 60 * 60 * 1_000;
/// The label of the token in its file.
const ENCRYPTED: &str = "ENCRYPTED OPERATOR TOKEN";
/// 32 octets in base64url.
const TOKEN_LENGTH: usize = 43;

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(data: &Path) -> Result<String, CaError> {
        let passphrase = Passphrase::find(None, data, &data.join("ca"))?;
        let operators = Operators::open(&data.join("operator-token"), &passphrase, false, String::new());
        operators.map(|operators| operators.token().to_owned())
    }

    #[test]
    fn the_token_is_encrypted_where_it_stands_and_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path(), folder.path().join("operator-token"));
        let made = opened(data).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED OPERATOR TOKEN-----\n") && !text.contains(&made));
        assert_eq!(opened(data).unwrap(), made);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "reading writes nothing");

        let before = "q".repeat(TOKEN_LENGTH);
        std::fs::write(&file, format!("{before}\n")).unwrap();
        assert_eq!(opened(data).unwrap(), before);
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&before));
        assert_eq!(opened(data).unwrap(), before);
    }

    #[test]
    fn a_token_that_does_not_open_is_told_and_no_other_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path(), folder.path().join("operator-token"));
        opened(data).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let passphrase = data.join("keys.passphrase");
        // With some of them the padding comes out well by chance.
        for other in 0..600 {
            std::fs::write(&passphrase, format!("another {other}\n")).unwrap();
            let why = opened(data).unwrap_err().to_string();
            assert!(why.contains("operator-token") && why.contains("keys.passphrase"), "{why}");
        }
        for damaged in ["", "short", &text[..text.len() / 2], &text.replace("OPERATOR TOKEN", "PRIVATE KEY")]
        {
            std::fs::write(&file, damaged).unwrap();
            let why = opened(data).unwrap_err().to_string();
            assert!(why.contains("operator-token") && why.contains("operator's token"), "{why}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), damaged);
        }
    }
}
