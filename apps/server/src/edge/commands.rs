//! The command poll and the reports of execution.
//!
//! `GET commands` with the version that the client knows is answered from memory. Only when there is
//! something new the store is asked, and what is listed there becomes delivered. `HEAD commands` delivers nothing.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use remote_services_core::command::CommandState;
use remote_services_transport::document::{
    CommandEntry, CommandList, ContentDigest, Execution, ProblemKind, names,
};
use remote_services_transport::execution::{Ruling, rule};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

use super::Refusal;
use super::answer::{bytes, empty, is_known, is_matched, json, tagged};
use super::body::read_document;
use super::peer::{Client, Names};
use crate::app::App;
use crate::store::{CommandRow, ListVersion, StoreError};

/// `GET commands`: 304 while nothing changed, 204 when nothing is open, else the list.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut versions = app
        .roster
        .commands(client.id)
        .ok_or_else(|| Refusal::new(ProblemKind::NotFound, "there is no such client"))?;
    let mut patience = Box::pin(tokio::time::sleep(preferred_wait(&headers)));
    let mut stop = app.stop.clone();
    loop {
        let tag = list_tag(*versions.borrow_and_update());
        let known = is_known(&headers, &tag);
        let answer = if known {
            tagged(empty(StatusCode::NOT_MODIFIED), &tag)
        } else {
            let limit = i64::from(app.directory.0.limits.max_commands);
            let delivered = app.carry_through(|app| async move {
                let open = app.store.deliver_commands(client.id, limit).await?;
                app.roster.set_commands_version(client.id, open.version);
                Ok(open)
            });
            let open = delivered.await?;
            let tag = list_tag(open.version);
            if !open.commands.is_empty() {
                return Ok(tagged(list_of(open.commands), &tag));
            }
            tagged(empty(StatusCode::NO_CONTENT), &tag)
        };
        tokio::select! {
            changed = versions.changed() => if changed.is_err() { return Ok(answer) },
            () = &mut patience => return Ok(answer),
            _ = stop.changed() => return Ok(answer),
        }
    }
}

/// `HEAD commands`: as `GET` would be answered at once. Nothing is delivered by it, and it is never held.
pub(super) async fn look(
    State(app): State<Arc<App>>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let limit = i64::from(app.directory.0.limits.max_commands);
    let mut open = app.store.look_at_commands(client.id, limit).await?;
    let tag = list_tag(open.version);
    if is_known(&headers, &tag) {
        return Ok(tagged(empty(StatusCode::NOT_MODIFIED), &tag));
    }
    if open.commands.is_empty() {
        return Ok(tagged(empty(StatusCode::NO_CONTENT), &tag));
    }
    let mut heard = true;
    for (_, state) in &mut open.commands {
        if *state == CommandState::Queued {
            (*state, heard) = (CommandState::Delivered, false);
        }
    }
    let list = list_of(open.commands);
    // With the tag of a list that it has not heard, a client would never be given it.
    Ok(if heard { tagged(list, &tag) } else { list })
}

/// `GET commands/{command}`: the signed command, which never changes.
pub(super) async fn command(
    State(app): State<Arc<App>>,
    client: Client,
    Names(path): Names,
) -> Result<Response, Refusal> {
    let row = find(&app, &client, &path).await?;
    let mut response = bytes(StatusCode::OK, names::SIGNED, row.signed);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, immutable"));
    Ok(tagged(response, &format!("\"{}\"", row.id)))
}

/// `GET …/execution`: the last report, or where the server believes the command to be.
pub(super) async fn execution(
    State(app): State<Arc<App>>,
    client: Client,
    Names(path): Names,
) -> Result<Response, Refusal> {
    let row = find(&app, &client, &path).await?;
    let tag = execution_tag(row.version, &row.state, row.execution.as_deref());
    let execution = stored_execution(&row)?.unwrap_or_else(|| Execution::in_state(row.state));
    Ok(tagged(json(StatusCode::OK, &execution), &tag))
}

/// `PUT …/execution`: a report for the version that `If-Match` names.
pub(super) async fn report(
    State(app): State<Arc<App>>,
    client: Client,
    Names(path): Names,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let limit = app.directory.0.limits.max_document;
    let (report, text) = read_document::<Execution>(&headers, body, limit).await?;
    // The row can only change under us through another report or expiry, each of which is seen next time.
    for _ in 0..MOST_TRIES {
        let row = find(&app, &client, &path).await?;
        let stored = stored_execution(&row)?;
        let tag = execution_tag(row.version, &row.state, row.execution.as_deref());
        // A first report overwrites nothing, so it needs no precondition.
        let first = row.version == 0 && !headers.contains_key(IF_MATCH);
        let matches = first || is_matched(&headers, &tag);
        match rule(&row.state, stored.as_ref(), &report, matches) {
            Ruling::Repeated => return Ok(tagged(json(StatusCode::OK, &report), &tag)),
            Ruling::Take => {
                let next = execution_tag(row.version + 1, &report.state, Some(&text));
                let (state, text) = (report.state.clone(), text.clone());
                let reported = app.carry_through(|app| async move {
                    let version = app.store.report_execution(&row, &state, &text).await?;
                    if let Some(version) = version {
                        app.roster.set_commands_version(row.client, version);
                    }
                    Ok(version.is_some())
                });
                if reported.await? {
                    return Ok(tagged(json(StatusCode::OK, &report), &next));
                }
            }
            Ruling::Closed(state) => {
                let detail = format!("the command is closed: {state}");
                return Err(Refusal::new(ProblemKind::Closed, detail));
            }
            Ruling::Stale => {
                let detail = format!("the execution is at version {tag}");
                return Err(Refusal::new(ProblemKind::Precondition, detail).with_tag(&tag));
            }
            _ => {
                let detail = format!("{} cannot follow {}", report.state, row.state);
                return Err(Refusal::new(ProblemKind::Transition, detail).with_tag(&tag));
            }
        }
    }
    Err(Refusal::new(ProblemKind::Precondition, "the execution keeps changing"))
}

async fn find(app: &App, client: &Client, path: &[Uuid]) -> Result<CommandRow, Refusal> {
    let [command] = path[..] else {
        return Err(Refusal::new(ProblemKind::Malformed, "the path names no command"));
    };
    let row = app.store.command(client.id, command).await?;
    row.ok_or_else(|| Refusal::new(ProblemKind::NotFound, format!("there is no command {command}")))
}

fn stored_execution(row: &CommandRow) -> Result<Option<Execution>, Refusal> {
    let stored = row.execution.as_deref().map(serde_json::from_str).transpose();
    stored.map_err(|_| StoreError::Unreadable("execution").into())
}

fn list_of(commands: Vec<(Uuid, CommandState)>) -> Response {
    let entry = |(id, state)| CommandEntry { id, state };
    json(StatusCode::OK, &CommandList { commands: commands.into_iter().map(entry).collect() })
}

fn list_tag(version: ListVersion) -> String {
    format!("\"l{}-{:016x}\"", version.number, version.mark)
}

/// By what it says as well: after a store is put back from a backup its versions count anew.
fn execution_tag(version: i64, state: &CommandState, report: Option<&str>) -> String {
    let content = format!("{state} {}", report.unwrap_or_default());
    format!("\"e{version}-{}\"", &ContentDigest::of(content.as_bytes()).to_hex()[..32])
}

/// `Prefer: wait=N` in seconds (RFC 7240 §4.3), bounded.
fn preferred_wait(headers: &HeaderMap) -> Duration {
    let seconds = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|preference| preference.trim().strip_prefix("wait=")?.parse().ok())
        .unwrap_or(0);
    Duration::from_secs(u64::min(seconds, LONGEST_WAIT))
}

/// Below the time-outs of common proxies.
const LONGEST_WAIT: u64 = 50;
const MOST_TRIES: usize = 3;
