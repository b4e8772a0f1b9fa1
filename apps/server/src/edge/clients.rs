//! What clients say about themselves and about the devices they see.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use remote_services_transport::document::{
    ClientDescription, ClientHeard, DeviceConflict, DeviceEvidence, EvidenceKind, ProblemKind, expand, names,
};
use std::sync::Arc;

use super::Refusal;
use super::answer::{empty, json};
use super::body::read_document;
use super::peer::{Client, Names};
use crate::app::App;
use crate::store::DeviceEvidenceRow;
use crate::store::sqlite::Resolved;

/// `PUT clients/{client}`: self-description and heartbeat.
pub(super) async fn describe(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let limit = app.directory.0.limits.max_document;
    let (said, text) = read_document::<ClientDescription>(&headers, body, limit).await?;
    let (first, audit) = app.store.describe_client(client.id, &text, said.audit.as_ref()).await?;
    Ok(match (first, audit) {
        (true, _) => empty(StatusCode::CREATED),
        (false, None) => empty(StatusCode::NO_CONTENT),
        // Only the client has the entries in between: it holds them against this.
        (false, audit) => json(StatusCode::OK, &ClientHeard { audit }),
    })
}

/// `PUT clients/{client}/devices/{device}`: evidence of who a device is.
pub(super) async fn device(
    State(app): State<Arc<App>>,
    client: Client,
    Names(names_in_path): Names,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let [name] = names_in_path[..] else {
        return Err(Refusal::new(ProblemKind::Malformed, "the path names no device"));
    };
    let limit = app.directory.0.limits.max_document;
    let (evidence, text) = read_document::<DeviceEvidence>(&headers, body, limit).await?;
    let row = evidence_row(&evidence);
    let Client { id, tenant } = client;
    let resolved = app.carry_through(|app| async move {
        let resolved = app.store.resolve_device(&tenant, id, name, &row, true).await?;
        if matches!(resolved, Resolved::Created(_) | Resolved::Known(_)) {
            app.store.keep_evidence_document(id, name, &text).await?;
        }
        Ok(resolved)
    });
    let (device, created) = match resolved.await? {
        Resolved::Conflict(candidates) => {
            return Ok(json(StatusCode::CONFLICT, &DeviceConflict { candidates }));
        }
        Resolved::TooMany => {
            let refusal = Refusal::new(ProblemKind::Busy, "this client has named as many devices as it may");
            return Err(refusal.with_header(RETRY_AFTER, "3600"));
        }
        Resolved::Created(device) => (device, true),
        Resolved::Known(device) => (device, false),
    };
    if device != name {
        let path = expand(names::DEVICE, &[("client", &id.to_string()), ("device", &device.to_string())]);
        let mut response = empty(StatusCode::PERMANENT_REDIRECT);
        if let Ok(path) = HeaderValue::try_from(path) {
            response.headers_mut().insert(LOCATION, path);
        }
        return Ok(response);
    }
    Ok(empty(if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT }))
}

fn evidence_row(evidence: &DeviceEvidence) -> DeviceEvidenceRow {
    let of = |kind: EvidenceKind| {
        evidence.evidence.iter().filter(move |piece| piece.kind == kind).map(|piece| piece.value.clone())
    };
    DeviceEvidenceRow {
        manufacturer: evidence.manufacturer.clone(),
        model: evidence.model.clone(),
        serial: of(EvidenceKind::Serial).next(),
        macs: of(EvidenceKind::MacAddress).take(MAX_MACS).collect(),
    }
}

/// More network cards than any device has.
const MAX_MACS: usize = 16;
