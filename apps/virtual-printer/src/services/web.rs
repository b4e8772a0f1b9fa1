//! The printer's page: who it is, how it is, what it has counted. Nothing on it can be changed, and it loads nothing.

use crate::device::Device;
use crate::device::counts::Counter;
use crate::device::job::Origin;
use crate::mib::PrinterMib;
use crate::printer::Core;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use remote_services_snmp::Value;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves the page until the task is dropped.
pub(super) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let routes = Router::new().route("/", get(page)).with_state(core);
    // It ends when the listener fails, and then there is no page any more.
    let _ = axum::serve(listener, routes).await;
}

async fn page(State(core): State<Arc<Core>>) -> Response {
    let page = core.look(|device| device.is_up().then(|| Page::of(device)));
    let Some(page) = page else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    match (Whole { page: &page }).render() {
        Ok(html) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
                (header::CACHE_CONTROL, "no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, html).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Template)]
#[template(path = "printer.html")]
struct Whole<'a> {
    page: &'a Page,
}

struct Page {
    name: String,
    serial: String,
    firmware: String,
    state: String,
    level: &'static str,
    up: String,
    supplies: Vec<SupplyLine>,
    trays: Vec<TrayLine>,
    meters: Vec<MeterLine>,
    alerts: Vec<AlertLine>,
    jobs: Vec<JobLine>,
}

struct SupplyLine {
    name: String,
    percent: Option<u32>,
    level: i32,
    max: i32,
}

struct TrayLine {
    name: String,
    level: i32,
    max: u32,
}

struct MeterLine {
    name: String,
    counts: String,
    value: String,
}

struct AlertLine {
    index: u32,
    severity: &'static str,
    description: String,
    code: i32,
}

struct JobLine {
    number: u64,
    name: String,
    by: String,
    sides: u32,
    octets: u64,
    digest: String,
    remark: String,
}

impl Page {
    fn of(device: &Device) -> Self {
        let identity = &device.source().identity;
        let state = device.state();
        let level = match state.as_ref().map(|state| state.device_status) {
            Some(3) => "warning",
            Some(5) => "down",
            _ => "",
        };
        let unknown = || "unknown".to_owned();
        Self {
            name: identity.make_and_model.clone(),
            serial: identity.serial_of(device.options().number).unwrap_or_else(unknown),
            firmware: device
                .firmware()
                .map(str::to_owned)
                .or_else(|| identity.firmware.clone())
                .unwrap_or_else(unknown),
            state: state.map_or_else(|| "Ready".to_owned(), |state| state.console),
            level,
            up: duration(u64::from(device.up_time()) / 100),
            supplies: supplies(device),
            trays: trays(device),
            meters: meters(device),
            alerts: alerts(device),
            jobs: jobs(device),
        }
    }
}

fn supplies(device: &Device) -> Vec<SupplyLine> {
    let rows = device.layout().supplies.iter().zip(device.supplies());
    rows.map(|(row, supply)| SupplyLine {
        name: if row.description.is_empty() { row.spoken.clone() } else { row.description.clone() },
        percent: row.percent(*supply),
        level: row.level(*supply),
        max: row.max,
    })
    .collect()
}

fn trays(device: &Device) -> Vec<TrayLine> {
    let rows = device.layout().trays.iter().zip(device.trays());
    rows.map(|(row, tray)| TrayLine { name: row.name.clone(), level: row.level(*tray), max: row.max })
        .collect()
}

/// As SNMP shows them.
fn meters(device: &Device) -> Vec<MeterLine> {
    let shown = PrinterMib::moving(device);
    let meters = device.layout().meters.iter();
    meters
        .map(|meter| MeterLine {
            name: meter.name.to_string(),
            counts: words(meter.counter),
            value: match (shown.get(&meter.name), meter.octet) {
                (Some(Value::OctetString(octets)), Some(at)) => octets
                    .get(at..at + 4)
                    .and_then(|four| four.try_into().ok())
                    .map_or_else(String::new, |four| u32::from_be_bytes(four).to_string()),
                (Some(value), _) => value.as_i64().map_or_else(String::new, |number| number.to_string()),
                (None, _) => String::new(),
            },
        })
        .collect()
}

fn words(counter: Counter) -> String {
    match counter {
        Counter::Impressions(service, color) => {
            let service =
                service.map_or("all services".to_owned(), |service| format!("{service:?}").to_lowercase());
            let color = color.map_or("", |color| match color {
                crate::device::counts::Color::Mono => ", black",
                crate::device::counts::Color::Full => ", colour",
            });
            format!("sides, {service}{color}")
        }
        Counter::Scans => "scanned sides".to_owned(),
        Counter::Sheets => "sheets".to_owned(),
        Counter::DuplexSheets(_) => "sheets with two sides".to_owned(),
        Counter::DuplexSides => "sides of such sheets".to_owned(),
    }
}

fn alerts(device: &Device) -> Vec<AlertLine> {
    let rows = device.alerts().rows().iter();
    rows.map(|alert| AlertLine {
        index: alert.index,
        severity: match alert.severity {
            3 => "critical",
            4 | 5 => "warning",
            _ => "other",
        },
        description: String::from_utf8_lossy(&alert.description).into_owned(),
        code: alert.code,
    })
    .collect()
}

fn jobs(device: &Device) -> Vec<JobLine> {
    let records = device.jobs().rev();
    records
        .map(|record| {
            let job = &record.job;
            let way = match job.origin {
                Origin::Raw => "raw port",
                Origin::Lpr => "LPR",
                Origin::Local => "device",
            };
            JobLine {
                number: record.number,
                name: if job.name.is_empty() {
                    format!("{:?}", job.service).to_lowercase()
                } else {
                    job.name.clone()
                },
                by: if job.user.is_empty() { way.to_owned() } else { format!("{}, {way}", job.user) },
                sides: job.mono_sides.saturating_add(job.color_sides),
                octets: job.octets,
                digest: job.digest.clone(),
                remark: record.remark.clone().unwrap_or_default(),
            }
        })
        .collect()
}

fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
