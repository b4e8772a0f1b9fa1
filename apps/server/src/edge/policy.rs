//! `GET clients/{client}/policy`: what the operator wishes of a client's settings.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use remote_services_core::hex;
use remote_services_transport::document::{ContentDigest, names};
use std::sync::Arc;

use super::Refusal;
use super::answer::{bytes, empty, is_known, tagged};
use super::peer::Client;
use crate::app::App;

/// 200 with the wishes, 304 when they are as they were, 204 when there are none.
pub(super) async fn policy(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
    _: Body,
) -> Result<Response, Refusal> {
    let Some(policy) = app.store.policy(client.id).await? else {
        return Ok(empty(StatusCode::NO_CONTENT));
    };
    // By what it says: after a store is put back from a backup its versions count anew.
    let tag = format!("\"{}\"", hex::encode(&ContentDigest::of(policy.as_bytes()).as_bytes()[..16]));
    if is_known(&headers, &tag) {
        return Ok(tagged(empty(StatusCode::NOT_MODIFIED), &tag));
    }
    Ok(tagged(bytes(StatusCode::OK, names::JSON, policy.into_bytes()), &tag))
}
