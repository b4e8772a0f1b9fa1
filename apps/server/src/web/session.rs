//! Who may see the operator's side: the bearer token, login links that work once, sessions.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use remote_services_transport::document::ProblemKind;
use remote_services_transport::durable;
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::pages;
use crate::app::App;
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
    /// Takes the token from `file`, or makes it on first start.
    pub(crate) fn open(file: &Path, tls: bool, url: String) -> io::Result<Self> {
        let token = match std::fs::read_to_string(file) {
            Ok(text) if text.trim().len() >= TOKEN_LENGTH => text.trim().to_owned(),
            Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "holds no operator token")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let token = secret().map_err(io::Error::other)?;
                durable::replace(file, token.as_bytes())?;
                token.to_string()
            }
            Err(error) => return Err(error),
        };
        Ok(Self { token: Zeroizing::new(token), tls, url })
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
/// 32 octets in base64url.
const TOKEN_LENGTH: usize = 43;
