//! The pages: plain HTML, one style sheet, no scripts.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

use super::session;
use super::view::{CommandLine, DeviceCard, DevicePage, ReadingLine, UploadLine};
use crate::app::App;
use crate::edge::Refusal;
use crate::store::sqlite::ReadingFilter;

#[derive(Deserialize)]
pub(super) struct Arrival {
    token: Option<String>,
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesTemplate {
    total: i64,
    from: i64,
    to: i64,
    earlier: Option<i64>,
    later: Option<i64>,
    attention: usize,
    devices: Vec<DeviceCard>,
}

#[derive(Template)]
#[template(path = "device.html")]
struct DeviceTemplate {
    device: DevicePage,
    readings: Vec<ReadingLine>,
    uploads: Vec<UploadLine>,
    commands: Vec<CommandLine>,
}

#[derive(Template)]
#[template(path = "uploads.html")]
struct UploadsTemplate {
    uploads: Vec<UploadLine>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInTemplate {
    used_up: bool,
}

/// `GET /`: the devices; with `?token=`, the way in. `HEAD` leaves the link as good as it was.
pub(super) async fn devices(
    State(app): State<Arc<App>>,
    method: Method,
    Query(arrival): Query<Arrival>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(token) = arrival.token.as_ref().filter(|_| method != Method::HEAD) {
        return match session::open_session(&app.store, token).await? {
            Some(session) => {
                // Away from the address with the token, so that it does not stay in the history.
                let mut response = Redirect::to("/").into_response();
                if let Some(cookie) = app.operators.cookie(&session) {
                    response.headers_mut().insert(SET_COOKIE, cookie);
                }
                Ok(response)
            }
            None => Ok(sign_in(true)),
        };
    }
    if !session::has_session(&app, &headers).await? {
        return Ok(sign_in(false));
    }
    let page = arrival.page.unwrap_or(1).clamp(1, 1_000_000);
    let offset = (page - 1) * PER_PAGE;
    let total = app.store.device_count().await?;
    let devices: Vec<DeviceCard> =
        app.store.devices(PER_PAGE, offset).await?.iter().map(DeviceCard::new).collect();
    let shown = i64::try_from(devices.len()).unwrap_or(0);
    Ok(page_of(
        StatusCode::OK,
        &DevicesTemplate {
            total,
            from: if shown == 0 { 0 } else { offset + 1 },
            to: offset + shown,
            earlier: (page > 1).then(|| page - 1),
            later: (offset + shown < total).then(|| page + 1),
            attention: devices.iter().filter(|device| device.needs_attention()).count(),
            devices,
        },
    ))
}

/// `GET /devices/{device}`
pub(super) async fn device(
    State(app): State<Arc<App>>,
    Path(device): Path<Uuid>,
) -> Result<Response, Refusal> {
    let device = app.store.device(device).await?.ok_or_else(|| super::api::not_found("device"))?;
    let id = device.id.parse().ok();
    let filter = ReadingFilter { device: id, ..ReadingFilter::default() };
    let readings = app.store.readings(&filter, MOST_LINES).await?;
    let uploads = app.store.uploads(None, id, MOST_LINES).await?;
    let commands = app.store.commands(None, id, MOST_LINES).await?;
    Ok(page_of(
        StatusCode::OK,
        &DeviceTemplate {
            device: DevicePage::new(&device),
            readings: readings.iter().map(ReadingLine::new).collect(),
            uploads: uploads.iter().map(UploadLine::new).collect(),
            commands: commands.iter().map(CommandLine::new).collect(),
        },
    ))
}

/// `GET /uploads`: the newest, whatever became of them.
pub(super) async fn uploads(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let uploads = app.store.uploads(None, None, 200).await?;
    let uploads = uploads.iter().map(UploadLine::new).collect();
    Ok(page_of(StatusCode::OK, &UploadsTemplate { uploads }))
}

/// `GET /style.css`
pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], STYLE).into_response()
}

/// The page for those who have no session.
pub(super) fn sign_in(used_up: bool) -> Response {
    page_of(StatusCode::UNAUTHORIZED, &SignInTemplate { used_up })
}

pub(super) fn page_of(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

const PER_PAGE: i64 = 100;
const MOST_LINES: i64 = 40;
const STYLE: &str = include_str!("../../templates/style.css");
