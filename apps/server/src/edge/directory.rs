//! `GET /rs/v1/`: where everything is, what is taken, whom to encrypt to.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::Directory;
use std::sync::Arc;

use super::Refusal;
use super::answer::{empty, is_known, json, tagged};
use super::peer::Client;
use crate::app::App;
use crate::clock;

pub(super) async fn directory(
    State(app): State<Arc<App>>,
    _: Client,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (template, tag) = &app.directory;
    if is_known(&headers, tag) {
        return Ok(tagged(empty(StatusCode::NOT_MODIFIED), tag));
    }
    // The tag covers all but the clock, which every answer carries in `Date` as well.
    let server_time = Timestamp::from_unix_millis(clock::now_ms());
    let directory = Directory { server_time, ..template.clone() };
    Ok(tagged(json(StatusCode::OK, &directory), tag))
}
