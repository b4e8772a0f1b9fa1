//! Raw TCP (9100 on real printers): jobs, firmware, and questions in the printer job language.

use super::pjl::{self, Question};
use super::stream::{JobStream, Outcome};
use crate::device::Action;
use crate::device::counts::Counter;
use crate::device::job::Origin;
use crate::device::status::Doing;
use crate::printer::Core;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Takes jobs until the task is dropped. One job at a time, as most printers do.
pub(super) async fn serve(listener: TcpListener, core: Arc<Core>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No file is free, for instance. One of those in use has to go first.
            sleep(BREATH).await;
            continue;
        };
        // Who starts does not listen.
        if core.look(crate::device::Device::is_up) {
            take_job(stream, &core).await;
        }
    }
}

async fn take_job(mut stream: TcpStream, core: &Core) {
    let mut job = JobStream::default();
    let mut buffer = vec![0; 16 * 1024];
    let mut told: Option<String> = None;
    let mut unsolicited = false;
    loop {
        let patience = if unsolicited { LOOK } else { SILENCE };
        match timeout(patience, stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(count)) => {
                for question in job.take(&buffer[..count]) {
                    if let Question::Unsolicited(on) = question {
                        unsolicited = on;
                    }
                    let answer = answer(core, &question);
                    if !answer.is_empty() && stream.write_all(&answer).await.is_err() {
                        break;
                    }
                }
            }
            // Whoever asked to be told of changes may stay.
            Err(_) if unsolicited => {}
            Err(_) => break,
        }
        if job.is_complete() || job.octets() > MOST_OCTETS {
            break;
        }
        if unsolicited {
            let now = status(core);
            if told.as_ref().is_some_and(|before| *before != now)
                && stream.write_all(&pjl::answer("USTATUS DEVICE", &now)).await.is_err()
            {
                break;
            }
            told = Some(now);
        }
    }
    finish(job, Origin::Raw, core);
}

/// Does what a stream came to.
pub(super) fn finish(job: JobStream, origin: Origin, core: &Core) {
    let model = core.look(|device| device.source().identity.make_and_model.clone());
    match job.finish(origin, &model) {
        Outcome::Nothing => {}
        Outcome::Job(job) => core.take(job, None),
        Outcome::Firmware(Ok(firmware), job) => {
            core.take(
                job,
                Some(format!("firmware {} installed, SHA-256 {}", firmware.version, firmware.digest)),
            );
            // A version can always be set.
            let _ = core.act(Action::SetFirmware { version: firmware.version });
        }
        Outcome::Firmware(Err(refusal), job) => {
            core.take(job, Some(refusal.to_string()));
            core.show(Some(refusal.to_string()));
        }
    }
}

fn answer(core: &Core, question: &Question) -> Vec<u8> {
    match question {
        Question::Id => {
            let model = core.look(|device| device.source().identity.make_and_model.clone());
            pjl::answer("INFO ID", &format!("\"{}\"\r\n", model.replace('"', "'")))
        }
        Question::Status => pjl::answer("INFO STATUS", &status(core)),
        Question::PageCount => {
            let pages = core.look(|device| {
                let base =
                    device.layout().meters.iter().find(|it| it.counter == Counter::Impressions(None, None));
                let base = base.and_then(|meter| meter.base.as_u64()).unwrap_or(0);
                base + device.counts().of(Counter::Impressions(None, None))
            });
            pjl::answer("INFO PAGECOUNT", &format!("PAGECOUNT={pages}\r\n"))
        }
        Question::Unknown(what) => pjl::answer(&format!("INFO {what}"), "\"?\"\r\n"),
        Question::Echo(text) => pjl::answer(&format!("ECHO {text}"), ""),
        Question::Unsolicited(_) => Vec::new(),
        Question::ReadyMessage(text) => {
            core.show(Some(text.clone()).filter(|text| !text.is_empty()));
            Vec::new()
        }
    }
}

fn status(core: &Core) -> String {
    core.look(|device| {
        let stopped = device.alerts().is_critical();
        let code = match device.doing() {
            _ if stopped => 40_000,
            Doing::Printing => 10_023,
            Doing::Sleeping => 35_078,
            Doing::WarmingUp | Doing::Starting => 10_003,
            Doing::Idle => 10_001,
        };
        let display = device.state().map_or_else(|| "Ready".to_owned(), |state| state.console);
        pjl::status(code, &display, !stopped)
    })
}

const BREATH: Duration = Duration::from_millis(100);
/// Between two looks for what has changed.
const LOOK: Duration = Duration::from_millis(500);
const SILENCE: Duration = Duration::from_secs(30);
/// The most octets of one job; the rest is not read.
const MOST_OCTETS: u64 = 1 << 30;
