//! The page of clients: who they are, and what was found wrong with them.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use std::sync::Arc;

use super::pages::page_of;
use super::view::{grouped, moment};
use crate::app::App;
use crate::edge::Refusal;
use crate::store::{ClientView, FindingView};

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsTemplate {
    attention: usize,
    clients: Vec<ClientLine>,
}

struct ClientLine {
    id: String,
    tenant: String,
    location: String,
    contact: String,
    revoked: bool,
    registered_at: String,
    described_at: String,
    stand: String,
    wishes: Vec<String>,
    left_out: Vec<String>,
    errors: Vec<String>,
    findings: Vec<String>,
}

/// `GET /clients`: those with findings and the newest, and what was found wrong with each.
pub(super) async fn page(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let clients: Vec<ClientLine> = app.store.clients(200).await?.iter().map(ClientLine::new).collect();
    let attention = clients.iter().filter(|client| !client.findings.is_empty()).count();
    Ok(page_of(StatusCode::OK, &ClientsTemplate { attention, clients }))
}

impl ClientLine {
    fn new(client: &ClientView) -> Self {
        let entries = client.description.as_ref().and_then(|it| it.pointer("/audit/entries"));
        let said = |member: &str| {
            let text = client.description.as_ref().and_then(|it| it[member].as_str()).unwrap_or_default();
            text.chars().take(LONGEST).collect()
        };
        let told = |finding: &FindingView| format!("{}: {}", moment(&finding.found_at), finding.text);
        let told_of_itself =
            |member| client.description.as_ref().map(|it| sentences(it, member)).unwrap_or_default();
        Self {
            id: client.id.clone(),
            tenant: client.tenant.clone(),
            location: said("location"),
            contact: said("contact"),
            revoked: client.revoked,
            registered_at: moment(&client.registered_at),
            described_at: client.described_at.as_deref().map(moment).unwrap_or_default(),
            stand: match entries.and_then(Value::as_u64) {
                Some(1) => "1 entry".to_owned(),
                Some(entries) => format!("{} entries", grouped(entries)),
                None => String::new(),
            },
            wishes: client.policy.as_ref().and_then(Value::as_object).map(wishes).unwrap_or_default(),
            left_out: told_of_itself("wishesLeftOut"),
            errors: told_of_itself("errors"),
            findings: client.findings.iter().map(told).collect(),
        }
    }
}

/// Characters that are shown of what a client says of itself.
const LONGEST: usize = 255;

/// What is wished of a client's settings, a line each.
fn wishes(policy: &Map<String, Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    policy.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect()
}

/// What it told of itself, a sentence each.
fn sentences(description: &Value, member: &str) -> Vec<String> {
    let told = description[member].as_array().map(Vec::as_slice).unwrap_or_default();
    told.iter().filter_map(|why| Some(why.as_str()?.to_owned())).collect()
}
