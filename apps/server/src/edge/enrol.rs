//! Enrolment over secure transport (EST, RFC 7030 with the corrections of RFC 8951).
//!
//! A registration key is used once. Whoever lost the answer may ask again with the same key pair for ten
//! minutes and gets the same certificate; anybody else with that key is refused.
//!
//! A key may need a person's approval: the first key pair that asks with it waits (202), and has the certificate when it
//! asks again after the person agreed, or the person's reason.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use remote_services_transport::certs_only;
use remote_services_transport::document::{ProblemKind, names};
use remote_services_transport::registration_key::{OneTimeKey, RegistrationKeyError};
use std::net::IpAddr;
use std::sync::Arc;

use super::Refusal;
use super::answer::{bytes, empty};
use super::body::{BoundedBody, expect_media_type};
use super::peer::{Client, Peer};
use crate::app::App;
use crate::ca::CertificationRequest;
use crate::clock;
use crate::random;
use crate::store::{Answered, Approval, Claim, RegistrationKeyRow};

impl FromRequestParts<Arc<App>> for Peer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Refusal> {
        Self::of(parts)
    }
}

/// `GET cacerts`: the trust anchor, for everybody; the client compares it with the pin it was given.
pub(super) async fn cacerts(State(app): State<Arc<App>>) -> Response {
    certificates(&[app.authority.root()])
}

/// `POST simpleenroll`: a registration key and a PKCS#10 request for a client certificate.
pub(super) async fn simple_enroll(
    State(app): State<Arc<App>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    if !app.attempts.may_try(peer.address, clock::now_ms()) {
        return Err(Refusal::new(ProblemKind::Busy, "too many failed enrolments from this address")
            .with_header(RETRY_AFTER, "60"));
    }
    let result = enrol(&app, peer.address, &headers, body).await;
    if matches!(&result, Err(refusal) if refusal.is_about_keys()) {
        app.attempts.failed(peer.address, clock::now_ms());
    }
    result
}

async fn enrol(app: &Arc<App>, from: IpAddr, headers: &HeaderMap, body: Body) -> Result<Response, Refusal> {
    let hash = registration_key(headers)?.hash();
    let request = certification_request(headers, body).await?;
    let key = app.store.registration_key(&hash).await?.ok_or_else(unknown_key)?;
    if let Some(answer) = repeated(app, &key, &request)? {
        return Ok(answer);
    }
    // Who asked in time may wait for longer: a person is to decide.
    let expired = key.expires_at <= clock::now_ms();
    match &key.approval {
        None | Some(Approval::Unasked) if expired => return Err(expired_key()),
        None => {}
        Some(Approval::Unasked) => {
            let id = random::uuid()?;
            if app.store.ask_approval(id, &hash, &request.spki_digest(), &from.to_string()).await? {
                tracing::info!(%id, tenant = key.tenant, "a client waits for approval");
            }
            return Ok(ask_again(app));
        }
        Some(Approval::Asked(asked_by, _)) if asked_by != request.spki_digest().as_slice() => {
            return Err(used_key());
        }
        Some(Approval::Asked(_, Answered::NotYet)) => return Ok(ask_again(app)),
        Some(Approval::Asked(_, Answered::Refused(why))) => {
            let why = format!("the operator refused this client: {why}");
            return Err(Refusal::new(ProblemKind::RegistrationKey, why).because("refused").with_status(403));
        }
        Some(Approval::Asked(_, Answered::Approved)) => {}
    }

    let client = random::uuid()?;
    let certificate = app.authority.issue_client(client, request.spki(), clock::now_ms())?;
    let digest = request.spki_digest();
    let claimed = app.carry_through(|app| async move {
        match app.store.claim_registration_key(&hash, &key.tenant, client, &digest, &certificate).await? {
            Claim::Lost => Ok(None),
            Claim::Done => {
                app.roster.add(client, &key.tenant, certificate.fingerprint(), certificate.not_after_ms);
                tracing::info!(%client, tenant = key.tenant, "client registered");
                Ok(Some(certificates(&[&certificate.der])))
            }
        }
    });
    if let Some(answer) = claimed.await? {
        return Ok(answer);
    }
    // Two requests with one key at the same moment: the other one won, perhaps with the same key pair.
    let key = app.store.registration_key(&hash).await?.ok_or_else(unknown_key)?;
    repeated(app, &key, &request)?.ok_or_else(expired_key)
}

/// `POST simplereenroll`: a new certificate for a client that shows its present one, or one that expired
/// not long ago.
pub(super) async fn simple_reenroll(
    State(app): State<Arc<App>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let grace = app.authority.lifetimes().renewal_grace;
    let grace_ms = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
    let client = Client::authenticate(&app, &peer, grace_ms)?;
    let request = certification_request(&headers, body).await?;
    let certificate = app.authority.issue_client(client.id, request.spki(), clock::now_ms())?;
    app.carry_through(|app| async move {
        if !app.store.add_certificate(client.id, &certificate).await? {
            return Err(Refusal::new(
                ProblemKind::Busy,
                "this client renewed its certificate too often today",
            )
            .with_header(RETRY_AFTER, "3600"));
        }
        app.roster.add(client.id, &client.tenant, certificate.fingerprint(), certificate.not_after_ms);
        Ok(certificates(&[&certificate.der]))
    })
    .await
}

/// The certificate that this key was already exchanged for, if the same key pair asks again in time. It is trusted from this
/// answer on, whoever of those that asked with it is the first to be answered.
fn repeated(
    app: &App,
    key: &RegistrationKeyRow,
    request: &CertificationRequest,
) -> Result<Option<Response>, Refusal> {
    let Some(used) = &key.used else { return Ok(None) };
    let again_in_time = clock::now_ms().saturating_sub(used.at) <= REPEAT_MS;
    if used.spki_digest == request.spki_digest() && again_in_time {
        let certificate = &used.certificate;
        app.roster.add(used.client, &key.tenant, certificate.fingerprint(), certificate.not_after_ms);
        return Ok(Some(certificates(&[&certificate.der])));
    }
    Err(used_key())
}

/// Taken, not decided (RFC 7030 §4.2.3).
fn ask_again(app: &App) -> Response {
    let mut response = empty(StatusCode::ACCEPTED);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(app.settings.approval_pace.as_secs()));
    response
}

/// The password of HTTP Basic (RFC 7617); the user name says nothing.
fn registration_key(headers: &HeaderMap) -> Result<OneTimeKey, Refusal> {
    let field = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(|| {
        key_refusal("missing", "a registration key is wanted as the password of HTTP Basic authentication")
    })?;
    OneTimeKey::from_basic(field).map_err(|error| match error {
        RegistrationKeyError::KeyCheck => {
            key_refusal("mistyped", "this registration key is mistyped: its check characters do not fit")
        }
        _ => key_refusal("malformed", "the password of HTTP Basic is no registration key"),
    })
}

async fn certification_request(headers: &HeaderMap, body: Body) -> Result<CertificationRequest, Refusal> {
    expect_media_type(headers, names::PKCS10)?;
    let text = BoundedBody::new(headers, body, MAX_REQUEST)?.read_all(headers).await?;
    let der = certs_only::from_base64_lines(&text)
        .ok_or_else(|| Refusal::new(ProblemKind::Malformed, "the body is not base64 (RFC 8951 §3.1)"))?;
    CertificationRequest::from_der(&der)
        .map_err(|error| Refusal::new(ProblemKind::Malformed, error.to_string()).because("badRequest"))
}

fn certificates<T: AsRef<[u8]>>(ders: &[T]) -> Response {
    let ders: Vec<&[u8]> = ders.iter().map(AsRef::as_ref).collect();
    bytes(StatusCode::OK, names::PKCS7_CERTS_ONLY, certs_only::write(&ders).into_bytes())
}

fn used_key() -> Refusal {
    key_refusal("used", "this registration key was already used").with_status(403)
}

fn expired_key() -> Refusal {
    key_refusal("expired", "this registration key has expired").with_status(403)
}

fn unknown_key() -> Refusal {
    key_refusal("unknown", "this registration key is unknown here")
}

fn key_refusal(reason: &'static str, detail: &'static str) -> Refusal {
    Refusal::new(ProblemKind::RegistrationKey, detail)
        .because(reason)
        .with_header(WWW_AUTHENTICATE, "Basic realm=\"registration key\"")
}

/// How long the same key pair may fetch its certificate again.
const REPEAT_MS: i64 = 10 * 60 * 1_000;
/// A P-256 request with generous attributes.
const MAX_REQUEST: u64 = 16 << 10;
