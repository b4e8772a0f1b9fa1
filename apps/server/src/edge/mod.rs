//! The side that clients talk to: HTTPS with client certificates.
//!
//! ```text
//! TCP ─▶ tls (who shows what certificate) ─▶ listener (one task a connection)
//!     ─▶ peer (is that certificate trusted, is that path its own) ─▶ directory · enrol · clients · uploads · commands
//!     ─▶ answer (problem documents, Content-Digest, Remote-Services-Next-Poll)
//! ```
//!
//! TLS asks for a certificate but does not insist, because a client that enrols has none yet. Every handler
//! but the directory's and EST's takes a [`peer::Client`], which exists only for a certificate that the
//! roster trusts *now* and whose identity is the one in the path; so revocation works on resumed sessions and
//! open connections too. Bodies are bounded before they are read. Nothing here decodes a payload.

mod answer;
pub(crate) mod attempts;
mod body;
mod clients;
mod commands;
mod directory;
mod enrol;
mod parts;
pub(crate) mod peer;
mod policy;
mod software;
pub(crate) mod tls;
mod uploads;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use remote_services_transport::document::{ProblemKind, names};
use std::sync::Arc;

use crate::app::App;
pub(crate) use answer::{Refusal, json};
pub(crate) use body::{BoundedBody, content_digest, read_document, wrong_digest};

/// All resources of the client side.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(names::DIRECTORY, get(directory::directory))
        .route(names::EST_CACERTS, get(enrol::cacerts))
        .route(names::EST_SIMPLE_ENROLL, post(enrol::simple_enroll))
        .route(names::EST_SIMPLE_REENROLL, post(enrol::simple_reenroll))
        .route(names::CLIENT, put(clients::describe))
        .route(names::DEVICE, put(clients::device))
        .route(names::UPLOAD, put(uploads::store).head(uploads::look))
        .route(names::UPLOAD_PART, put(parts::store))
        .route(names::SOFTWARE, get(software::manifest))
        .route(names::ARTIFACT, get(software::artifact))
        .route(names::POLICY, get(policy::policy))
        .route(names::COMMANDS, get(commands::list).head(commands::look))
        .route(names::COMMAND, get(commands::command))
        .route(names::EXECUTION, put(commands::report).get(commands::execution))
        .fallback(async || Refusal::new(ProblemKind::NotFound, "no such resource"))
        .method_not_allowed_fallback(async || {
            Refusal::new(ProblemKind::Malformed, "this resource does not take that method").with_status(405)
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&app), pace))
        .with_state(app)
}

/// Sets the next poll on every answer.
async fn pace(State(app): State<Arc<App>>, request: Request<axum::body::Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::try_from(app.settings.next_poll.to_string()) {
        response.headers_mut().insert(names::NEXT_POLL, value);
    }
    response
}
