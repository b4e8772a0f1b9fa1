//! The operator's API: lists, registration keys, revocation.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use remote_services_transport::document::ProblemKind;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::session;
use crate::app::App;
use crate::clock;
use crate::edge::{Refusal, json, read_document};
use crate::registration::{self, KeyWish};
use crate::store::sqlite::ReadingFilter;
use crate::store::{DeviceView, ReadingView};

/// Narrows a list; what is absent does not narrow.
#[derive(Deserialize)]
pub(super) struct Filter {
    pub(super) client: Option<Uuid>,
    pub(super) device: Option<Uuid>,
    kind: Option<String>,
    state: Option<String>,
    #[serde(default)]
    xml: bool,
    limit: Option<i64>,
    #[serde(default)]
    offset: i64,
}

impl Filter {
    pub(super) fn limit(&self) -> i64 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }

    fn readings(&self) -> ReadingFilter<'_> {
        ReadingFilter {
            device: self.device,
            client: self.client,
            kind: self.kind.as_deref(),
            with_xml: self.xml,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: &'static str,
    version: &'static str,
    time: String,
}

/// `GET health`: for anybody; says nothing but that the database answers, and whether uploads are taken.
pub(super) async fn health(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    app.store.device_count().await?;
    let (code, status) = match app.archive.require_room().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "diskFull"),
    };
    let (version, time) = (env!("CARGO_PKG_VERSION"), clock::rfc3339(clock::now_ms()));
    Ok(json(code, &Health { status, version, time }))
}

pub(super) async fn devices(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Devices {
        total: i64,
        devices: Vec<DeviceView>,
    }
    let total = app.store.device_count().await?;
    let devices = app.store.devices(filter.limit(), filter.offset.max(0)).await?;
    Ok(json(StatusCode::OK, &Devices { total, devices }))
}

pub(super) async fn device(
    State(app): State<Arc<App>>,
    Path(device): Path<Uuid>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct DeviceWithReadings {
        #[serde(flatten)]
        device: DeviceView,
        readings: Vec<ReadingView>,
    }
    let device = app.store.device(device).await?.ok_or_else(|| not_found("device"))?;
    let id = device.id.parse().ok();
    let readings =
        app.store.readings(&ReadingFilter { device: id, ..filter.readings() }, filter.limit()).await?;
    Ok(json(StatusCode::OK, &DeviceWithReadings { device, readings }))
}

pub(super) async fn readings(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let readings = app.store.readings(&filter.readings(), filter.limit()).await?;
    Ok(json(StatusCode::OK, &readings))
}

pub(super) async fn reading(
    State(app): State<Arc<App>>,
    Path(reading): Path<i64>,
) -> Result<Response, Refusal> {
    let reading = app.store.reading(reading).await?.ok_or_else(|| not_found("reading"))?;
    Ok(json(StatusCode::OK, &reading))
}

pub(super) async fn uploads(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let uploads = app.store.uploads(filter.state.as_deref(), filter.device, filter.limit()).await?;
    Ok(json(StatusCode::OK, &uploads))
}

pub(super) async fn clients(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &app.store.clients(filter.limit()).await?))
}

/// `DELETE clients/{client}`: takes its trust away, from its next request on. The record stays.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Path(client): Path<Uuid>,
) -> Result<StatusCode, Refusal> {
    if !app.roster.knows(client) {
        return Err(not_found("client"));
    }
    app.carry_through(|app| async move {
        app.store.revoke_client(client).await?;
        app.roster.revoke(client);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyOrder {
    tenant: Option<String>,
    ttl_seconds: Option<u64>,
    #[serde(default)]
    needs_approval: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyMade<'a> {
    registration_key: &'a str,
    tenant: &'a str,
    expires_at: String,
    needs_approval: bool,
}

/// `POST registration-keys`: the only time that the key is shown.
pub(super) async fn create_registration_key(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<Response, Refusal> {
    let (order, _) = read_document::<KeyOrder>(&headers, body, MAX_BODY).await?;
    let tenant = order.tenant.as_deref().unwrap_or(registration::DEFAULT_TENANT);
    let ttl = order.ttl_seconds.map_or(registration::DEFAULT_TTL, Duration::from_secs);
    let wish = KeyWish { needs_approval: order.needs_approval, ..KeyWish::new(tenant, ttl) };
    let made =
        registration::create(&app.store, &app.settings.device_url, app.authority.root_spki_pin(), &wish)
            .await
            .map_err(|error| match error {
                registration::CreateKeyError::Store(error) => error.into(),
                other => Refusal::new(ProblemKind::Malformed, other.to_string()),
            })?;
    let answer = KeyMade {
        registration_key: made.text(),
        tenant,
        expires_at: clock::rfc3339(made.expires_at().unix_millis()),
        needs_approval: wish.needs_approval,
    };
    Ok(json(StatusCode::CREATED, &answer))
}

/// `POST login-links`: a link to the pages that works once.
pub(super) async fn login_link(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Link {
        url: String,
    }
    let link = session::new_login_link(&app.store).await?;
    let url = format!("{}/?token={}", app.operators.url, *link);
    Ok(json(StatusCode::CREATED, &Link { url }))
}

/// `GET audit`: the newest lines, and whether the chain holds.
pub(super) async fn audit(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Audit {
        broken_at: Option<i64>,
        lines: Vec<crate::store::AuditView>,
    }
    let broken_at = app.store.audit_broken_at().await?;
    let lines = app.store.audit_lines(filter.limit()).await?;
    Ok(json(StatusCode::OK, &Audit { broken_at, lines }))
}

pub(super) fn not_found(what: &str) -> Refusal {
    Refusal::new(ProblemKind::NotFound, format!("there is no such {what}"))
}

const DEFAULT_LIMIT: i64 = 1_000;
const MAX_LIMIT: i64 = 5_000;
/// Largest document that the operator's API takes.
pub(super) const MAX_BODY: u64 = 64 << 10;
