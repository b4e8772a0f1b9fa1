//! Queues commands for clients and shows what became of them.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use remote_services_core::command::Action;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{
    Base64Bytes, Command, CommandArtifact, ContentDigest, ProblemKind,
};
use remote_services_transport::schedule::DailyWindow;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::api::{Filter, MAX_BODY, not_found};
use crate::app::App;
use crate::clock;
use crate::edge::{Refusal, json, read_document};
use crate::random;
use crate::signing::sign;
use crate::store::NewCommand;

/// What an operator asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    client: Uuid,
    device: Option<Uuid>,
    action: Action,
    #[serde(default)]
    parameters: Map<String, Value>,
    /// Not to be begun before this.
    not_before: Option<Timestamp>,
    /// `HH:MM-HH:MM` in the client's local time: not to be begun outside of it.
    window: Option<String>,
    /// Seconds until the command may no longer be begun; a day if absent.
    expires_in: Option<u64>,
    /// Seconds that a run may take.
    run_deadline: Option<u32>,
    #[serde(default)]
    consent: bool,
    reason: Option<String>,
    /// Files to be fetched for it, which were uploaded before.
    #[serde(default)]
    artifacts: Vec<WishedArtifact>,
}

/// A file that an operator uploaded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WishedArtifact {
    /// File name to show.
    name: String,
    digest: ContentDigest,
}

/// `POST commands`: signs and queues a command.
pub(super) async fn queue(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (wish, _) = read_document::<Wish>(&headers, body, MAX_BODY).await?;
    if let Action::Unlisted(action) = &wish.action {
        let detail = format!("there is no action {action}");
        return Err(Refusal::new(ProblemKind::Malformed, detail).with_status(422));
    }
    if !app.roster.knows(wish.client) {
        return Err(not_found("client"));
    }
    let known_there_as = match wish.device {
        Some(device) => Some(
            app.store
                .name_at_client(wish.client, device)
                .await?
                .ok_or_else(|| Refusal::new(ProblemKind::NotFound, "that client has no such device"))?,
        ),
        None => None,
    };
    let now = Timestamp::from_unix_millis(clock::now_ms());
    if wish.artifacts.len() > MOST_ARTIFACTS {
        let detail = format!("a command has at most {MOST_ARTIFACTS} artifacts");
        return Err(Refusal::new(ProblemKind::Malformed, detail).with_status(422));
    }
    let mut artifacts = Vec::with_capacity(wish.artifacts.len());
    for WishedArtifact { name, digest } in &wish.artifacts {
        let size = app.store.artifact(digest.as_bytes()).await?.ok_or_else(|| not_found("artifact"))?;
        artifacts.push(CommandArtifact { name: name.clone(), digest: *digest, size });
    }
    let command = command(&wish, known_there_as, artifacts, now)?;
    let document = serde_json::to_string(&command)
        .map_err(|error| Refusal::new(ProblemKind::Malformed, error.to_string()))?;
    let row = NewCommand {
        id: command.id,
        client: wish.client,
        device: wish.device,
        action: wish.action.label().to_owned(),
        signed: sign(app.authority.command(), &document, now)?,
        document,
        issued_at: now.unix_millis(),
        expires_at: command.expires_at.unix_millis(),
    };
    let (command, client) = (row.id, row.client);
    app.carry_through(|app| async move {
        let version = app.store.queue_command(&row).await?;
        app.roster.set_commands_version(client, version);
        // The worker also watches over expiry, and this command may be the next to expire.
        app.ingest.ring();
        Ok(())
    })
    .await?;
    let view = app.store.command_by_id(command).await?.ok_or_else(|| not_found("command"))?;
    Ok(json(StatusCode::CREATED, &view))
}

/// `GET commands`: the newest first, of one client or device if asked.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &app.store.commands(filter.client, filter.device, filter.limit()).await?))
}

/// `GET commands/{command}`: with every report of its execution.
pub(super) async fn one(State(app): State<Arc<App>>, Path(command): Path<Uuid>) -> Result<Response, Refusal> {
    let view = app.store.command_by_id(command).await?.ok_or_else(|| not_found("command"))?;
    Ok(json(StatusCode::OK, &view))
}

/// `POST commands/{command}/cancel`: takes a command back, or says what became of the wish. What has begun goes on.
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(command): Path<Uuid>,
) -> Result<Response, Refusal> {
    app.carry_through(|app| async move {
        if let Some((client, version)) = app.store.cancel_command(command).await? {
            app.roster.set_commands_version(client, version);
        }
        Ok(())
    })
    .await?;
    let view = app.store.command_by_id(command).await?.ok_or_else(|| not_found("command"))?;
    Ok(json(StatusCode::OK, &view))
}

fn command(
    wish: &Wish,
    device: Option<Uuid>,
    artifacts: Vec<CommandArtifact>,
    now: Timestamp,
) -> Result<Command, Refusal> {
    let expires_in = wish.expires_in.map_or(DEFAULT_LIFETIME, Duration::from_secs).min(LONGEST_LIFETIME);
    let expires_at = now.plus(expires_in);
    let wrong = |detail: String| Err(Refusal::new(ProblemKind::Malformed, detail).with_status(422));
    if let Some(window) = wish.window.as_ref().filter(|window| window.parse::<DailyWindow>().is_err()) {
        return wrong(format!("{window:?} is no window HH:MM-HH:MM"));
    }
    if let Some(not_before) = wish.not_before.filter(|not_before| *not_before >= expires_at) {
        return wrong(format!(
            "it expires at {expires_at}, and is not to be begun before {not_before}: expiresIn (seconds) is longer"
        ));
    }
    Ok(Command {
        id: random::uuid()?,
        client: wish.client,
        device,
        action: wish.action.clone(),
        parameters: wish.parameters.clone(),
        issued_at: now,
        not_before: wish.not_before,
        expires_at,
        run_deadline: wish.run_deadline,
        window: wish.window.clone(),
        max_attempts: None,
        consent: wish.consent,
        issuer: "operator".to_owned(),
        reason: wish.reason.clone(),
        artifacts,
        nonce: Base64Bytes(random::octets::<16>()?.to_vec()),
    })
}

const MOST_ARTIFACTS: usize = 8;
const DEFAULT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
const LONGEST_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);
