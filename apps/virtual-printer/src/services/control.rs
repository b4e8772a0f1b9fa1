//! The test's hand: faults and actions for all printers of a process, by HTTP with JSON, on loopback alone.
//!
//! | request | what it does |
//! | --- | --- |
//! | `GET /printers` | all printers: number, addresses, serial number, state |
//! | `GET /printers/N` | one of them, with supplies, alerts and last jobs |
//! | `GET`, `PUT /printers/N/faults` | its faults; a PUT replaces all of them (see [`Faults`]) |
//! | `PUT /faults` | the faults of all printers |
//! | `POST /printers/N/actions` | does something: see [`Action`] |
//! | `POST /clock` | `{"advanceSeconds": 3600}` moves a standing clock |
//!
//! Answers are 200 with JSON or 204; 404 for a printer that is not there, 409 for what cannot be done, 400, 415 and 422 for what
//! is not understood. Writing needs `Content-Type: application/json`, so no page of a browser can do it unasked.

use crate::device::job::JobRecord;
use crate::device::{Action, Device};
use crate::faults::Faults;
use crate::printer::{Core, Printer};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The control of some printers, until it is dropped.
pub struct Control {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Controlled {
    core: Arc<Core>,
    snmp: SocketAddr,
    raw: Option<SocketAddr>,
    lpr: Option<SocketAddr>,
    web: Option<SocketAddr>,
}

type All = Arc<Vec<Controlled>>;

/// Serves the control of these printers.
///
/// # Errors
/// When the address is none of loopback, or cannot be listened at.
pub async fn serve(address: SocketAddr, printers: impl IntoIterator<Item = &Printer>) -> io::Result<Control> {
    if !address.ip().is_loopback() {
        let why = format!("{address} is not on loopback: whoever reaches the control does what he likes");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let controlled = |printer: &Printer| Controlled {
        core: Arc::clone(printer.core()),
        snmp: printer.snmp,
        raw: printer.raw,
        lpr: printer.lpr,
        web: printer.web,
    };
    let all: All = Arc::new(printers.into_iter().map(controlled).collect());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route("/printers", get(list))
        .route("/printers/{number}", get(one))
        .route("/printers/{number}/faults", get(faults).put(set_faults))
        .route("/printers/{number}/actions", post(act))
        .route("/faults", put(set_all_faults))
        .route("/clock", post(clock))
        .with_state(all);
    let task = tokio::spawn(async move {
        // It ends when the listener fails.
        let _ = axum::serve(listener, routes).await;
    });
    Ok(Control { address, task })
}

async fn list(State(all): State<All>) -> Json<Value> {
    Json(all.iter().enumerate().map(|(number, printer)| summary(number, printer)).collect())
}

fn summary(number: usize, printer: &Controlled) -> Value {
    let addresses =
        json!({ "snmp": printer.snmp, "raw": printer.raw, "lpr": printer.lpr, "web": printer.web });
    printer.core.look(|device| {
        let identity = &device.source().identity;
        json!({
            "number": number,
            "addresses": addresses,
            "model": identity.make_and_model,
            "serialNumber": identity.serial_of(device.options().number),
            "state": state(device),
        })
    })
}

fn state(device: &Device) -> Value {
    let state = device.state();
    json!({
        "doing": format!("{:?}", device.doing()),
        "console": state.map(|state| state.console),
        "uptimeHundredths": device.up_time(),
        "boots": device.boots(),
        "firmware": device.firmware().or(device.source().identity.firmware.as_deref()),
    })
}

async fn one(State(all): State<All>, Path(number): Path<usize>) -> Response {
    let Some(printer) = all.get(number) else { return nobody() };
    let mut whole = summary(number, printer);
    printer.core.look(|device| {
        let layout = device.layout();
        let supplies = layout.supplies.iter().zip(device.supplies());
        whole["supplies"] = supplies
            .map(|(row, supply)| json!({ "index": row.index, "name": row.description, "level": row.level(*supply), "max": row.max }))
            .collect();
        let trays = layout.trays.iter().zip(device.trays());
        whole["trays"] = trays
            .map(|(row, tray)| json!({ "index": row.index, "name": row.name, "sheets": tray.sheets }))
            .collect();
        let alerts = device.alerts().rows().iter();
        whole["alerts"] = alerts
            .map(|alert| json!({ "index": alert.index, "code": alert.code, "description": String::from_utf8_lossy(&alert.description) }))
            .collect();
        whole["jobsTaken"] = device.jobs_taken().into();
        whole["jobs"] = device.jobs().map(job).collect();
    });
    Json(whole).into_response()
}

fn job(record: &JobRecord) -> Value {
    let job = &record.job;
    json!({
        "number": record.number,
        "name": job.name,
        "user": job.user,
        "origin": format!("{:?}", job.origin),
        "sides": job.mono_sides.saturating_add(job.color_sides),
        "octets": job.octets,
        "sha256": job.digest,
        "remark": record.remark,
    })
}

async fn faults(State(all): State<All>, Path(number): Path<usize>) -> Response {
    match all.get(number) {
        Some(printer) => Json(printer.core.faults()).into_response(),
        None => nobody(),
    }
}

async fn set_faults(
    State(all): State<All>,
    Path(number): Path<usize>,
    Json(faults): Json<Faults>,
) -> Response {
    match (all.get(number), faults.check()) {
        (None, _) => nobody(),
        (_, Err(error)) => refused(&error.to_string()),
        (Some(printer), Ok(())) => {
            printer.core.set_faults(faults);
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

async fn set_all_faults(State(all): State<All>, Json(faults): Json<Faults>) -> Response {
    if let Err(error) = faults.check() {
        return refused(&error.to_string());
    }
    for printer in all.iter() {
        printer.core.set_faults(faults.clone());
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn act(State(all): State<All>, Path(number): Path<usize>, Json(action): Json<Action>) -> Response {
    let Some(printer) = all.get(number) else { return nobody() };
    match printer.core.act(action) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(why) => refused(why),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

async fn clock(State(all): State<All>, Json(advance): Json<Advance>) -> Response {
    // All printers have one clock.
    let mut moved = false;
    for (at, printer) in all.iter().enumerate() {
        let by = if at == 0 { advance.advance_seconds } else { 0 };
        moved |= printer.core.advance(Duration::from_secs(u64::from(by)));
    }
    if moved { StatusCode::NO_CONTENT.into_response() } else { refused("the clock runs by itself") }
}

fn nobody() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "there is no printer of this number" }))).into_response()
}

fn refused(why: &str) -> Response {
    (StatusCode::CONFLICT, Json(json!({ "error": why }))).into_response()
}
