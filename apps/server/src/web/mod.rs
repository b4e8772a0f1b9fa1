//! The operator's side: `/api/v1/…` for programs and pages for people, on a listener of their own.
//!
//! Programs show a bearer token; people follow a link that works once (`/?token=…`) and leaves a session in a
//! cookie that scripts cannot read and other sites cannot send. The listener is plain HTTP on loopback only;
//! anywhere else it is TLS ([`crate::ServerConfig`]). Pages have no scripts and nothing from elsewhere, and
//! the content security policy says so to the browser.

mod api;
mod approvals;
mod clients;
mod commands;
mod pages;
pub(crate) mod session;
mod software;
mod view;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use remote_services_transport::document::ProblemKind;
use std::sync::Arc;

use crate::app::App;
use crate::edge::Refusal;

/// All of the operator's side.
pub(crate) fn router(app: Arc<App>) -> Router {
    let guarded = Router::new()
        .route("/api/v1/devices", get(api::devices))
        .route("/api/v1/devices/{device}", get(api::device))
        .route("/api/v1/readings", get(api::readings))
        .route("/api/v1/readings/{reading}", get(api::reading))
        .route("/api/v1/uploads", get(api::uploads))
        .route("/api/v1/clients", get(api::clients))
        .route("/api/v1/clients/{client}", delete(api::revoke))
        .route("/api/v1/registration-keys", post(api::create_registration_key))
        .route("/api/v1/approvals", get(approvals::list))
        .route("/api/v1/approvals/{approval}/approve", post(approvals::approve))
        .route("/api/v1/approvals/{approval}/refuse", post(approvals::refuse))
        .route("/api/v1/commands", get(commands::list).post(commands::queue))
        .route("/api/v1/commands/{command}", get(commands::one))
        .route("/api/v1/commands/{command}/cancel", post(commands::cancel))
        .route("/api/v1/artifacts", put(software::put_artifact))
        .route("/api/v1/software", get(software::list).post(software::publish))
        .route("/api/v1/clients/{client}/policy", get(software::policy).put(software::set_policy))
        .route("/api/v1/audit", get(api::audit))
        .route("/api/v1/login-links", post(api::login_link))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), session::guard_api));
    let pages = Router::new()
        .route("/devices/{device}", get(pages::device))
        .route("/uploads", get(pages::uploads))
        .route("/clients", get(clients::page))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), session::guard_page));
    Router::new()
        .route("/", get(pages::devices))
        .route("/style.css", get(pages::style))
        .route("/api/v1/health", get(api::health))
        .merge(guarded)
        .merge(pages)
        .fallback(async || Refusal::new(ProblemKind::NotFound, "no such page or resource"))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), harden))
        .with_state(app)
}

/// Tells browsers what these pages never do.
async fn harden(State(_): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HARDENING {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

const HARDENING: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];
