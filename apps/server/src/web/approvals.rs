//! The operator's API: clients that wait for a person's approval.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use remote_services_transport::document::ProblemKind;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

use super::api::{Filter, MAX_BODY, not_found};
use crate::app::App;
use crate::edge::{Refusal, json, read_document};
use crate::registration::{REASON_RULE, is_reason};
use crate::store::Decided;

/// `GET approvals`: who asked with a key that needs approval, and has no certificate yet.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &app.store.approvals(filter.limit()).await?))
}

/// `POST approvals/{approval}/approve`: the client has its certificate when it asks again.
pub(super) async fn approve(
    State(app): State<Arc<App>>,
    Path(approval): Path<Uuid>,
) -> Result<StatusCode, Refusal> {
    decide(&app, approval, None).await
}

/// `POST approvals/{approval}/refuse`: the client is told the reason when it asks again.
pub(super) async fn refuse(
    State(app): State<Arc<App>>,
    Path(approval): Path<Uuid>,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Result<StatusCode, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Word {
        reason: String,
    }
    let (Word { reason }, _) = read_document(&headers, body, MAX_BODY).await?;
    if !is_reason(&reason) {
        return Err(Refusal::new(ProblemKind::Malformed, REASON_RULE));
    }
    decide(&app, approval, Some(&reason)).await
}

async fn decide(app: &App, approval: Uuid, refusal: Option<&str>) -> Result<StatusCode, Refusal> {
    match app.store.decide_approval(approval, refusal).await? {
        Decided::Done => Ok(StatusCode::NO_CONTENT),
        Decided::Unknown => Err(not_found("client that waits for approval")),
        Decided::Before => Err(Refusal::new(ProblemKind::Conflict, "somebody has decided this before")),
    }
}
