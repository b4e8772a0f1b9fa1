//! Publishes software, and wishes for clients' settings.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{
    ContentDigest, ProblemKind, SoftwareArtifact, SoftwareManifest, names,
};
use remote_services_transport::registration_key::ServerUrl;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

use super::api::{Filter, MAX_BODY, not_found};
use crate::app::App;
use crate::edge::{BoundedBody, Refusal, content_digest, json as answer, read_document, wrong_digest};
use crate::wishes;

/// `PUT artifacts`: takes a file in; `Content-Digest` is needed.
pub(super) async fn put_artifact(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let announced = content_digest(&headers)?
        .ok_or_else(|| Refusal::new(ProblemKind::Digest, "the request has no Content-Digest"))?;
    let mut body = BoundedBody::new(&headers, body, MOST_OCTETS)?;
    let mut incoming = app.archive.receive(body.announced()).await?;
    let mut size = 0_u64;
    while let Some(octets) = body.next().await? {
        size += octets.len() as u64;
        incoming.write(&octets).await?;
    }
    let sha256 = incoming.sha256();
    if sha256 != *announced.as_bytes() {
        return Err(wrong_digest());
    }
    app.carry_through(|app| async move {
        let _recording = app.recording.read().await;
        incoming.keep().await?;
        app.store.record_artifact(&sha256, i64::try_from(size).unwrap_or(i64::MAX)).await?;
        Ok(())
    })
    .await?;
    Ok(answer(StatusCode::CREATED, &json!({ "digest": ContentDigest::from_sha256(sha256), "size": size })))
}

/// What an operator publishes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    component: String,
    version: String,
    channel: Option<String>,
    target: Option<String>,
    #[serde(default)]
    from: Vec<String>,
    digest: ContentDigest,
    /// Other origins that the file may come from.
    #[serde(default)]
    origins: Vec<String>,
    not_before: Option<Timestamp>,
    #[serde(default)]
    preconditions: Map<String, Value>,
}

/// `POST software`: publishes a manifest about an artifact that is there.
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (wish, _) = read_document::<Wish>(&headers, body, MAX_BODY).await?;
    if wish.component.is_empty() || wish.version.is_empty() {
        return Err(Refusal::new(ProblemKind::Malformed, "component and version must be named"));
    }
    if let Some(origin) = wish.origins.iter().find(|origin| origin.parse::<ServerUrl>().is_err()) {
        let why = format!(
            "{:?} is no origin such as https://files.example",
            origin.chars().take(80).collect::<String>()
        );
        return Err(Refusal::new(ProblemKind::Malformed, why));
    }
    let size = app.store.artifact(wish.digest.as_bytes()).await?.ok_or_else(|| not_found("artifact"))?;
    let mut manifest = SoftwareManifest {
        document: SoftwareManifest::DOCUMENT.to_owned(),
        component: wish.component,
        version: wish.version,
        channel: wish.channel.filter(|channel| !channel.is_empty()),
        from: wish.from,
        target: wish.target.filter(|target| !target.is_empty()),
        artifact: SoftwareArtifact { digest: wish.digest, size, origins: wish.origins },
        not_before: wish.not_before,
        expires: Timestamp::default(),
        sequence: 0,
        preconditions: wish.preconditions,
    };
    app.store.publish_software(&mut manifest).await?;
    Ok(answer(StatusCode::CREATED, &manifest))
}

/// `GET software`: all that was published, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    Ok(answer(StatusCode::OK, &app.store.software(filter.limit()).await?))
}

/// `GET clients/{client}/policy`: what is wished of a client's settings, as it was put; 204 when nothing ever was.
pub(super) async fn policy(
    State(app): State<Arc<App>>,
    Path(client): Path<Uuid>,
) -> Result<Response, Refusal> {
    if !app.roster.knows(client) {
        return Err(not_found("client"));
    }
    Ok(match app.store.policy(client).await? {
        Some(policy) => ([(CONTENT_TYPE, names::JSON)], policy).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `PUT clients/{client}/policy`: what is wished of a client's settings.
pub(super) async fn set_policy(
    State(app): State<Arc<App>>,
    Path(client): Path<Uuid>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    if !app.roster.knows(client) {
        return Err(not_found("client"));
    }
    let (_, text) = read_document::<Value>(&headers, body, MAX_BODY).await?;
    wishes::read(&text).map_err(|why| Refusal::new(ProblemKind::Malformed, why))?;
    app.store.set_policy(client, &text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Largest artifact: 1 GiB.
const MOST_OCTETS: u64 = 1 << 30;
