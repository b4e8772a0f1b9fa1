//! Logs for third-level support, when a command asks for them and a consent is on record: each in parts, then their index.
//!
//! ```text
//! DATA/state/logs/COMMAND/plan.json     which logs, how long, which numbers: kept before anything is sealed
//! DATA/state/logs/COMMAND/N/            what survives of the upload of log N; N-1, N-2 … when it was cut smaller since,
//!                                       N-0-1 … when it began again under another name
//! DATA/state/logs/COMMAND/index         their index, sealed once
//! ```
//!
//! An upload that was interrupted goes on where it was: the server has each part once, whatever happens. The folder goes when
//! the result is in the journal: who is killed in between finds all of it sent. Before each part it is looked whether settings
//! and consents are as they were, so that lockdown, an action that is switched off and a withdrawal count at once. Where a part is too large for somebody in
//! front of the server, the log and those behind it are cut smaller, and later ones begin with what got through. Where the server
//! has other bytes under a log's name, it begins again under another. A log that cannot be sent is told, and keeps none of the others.

mod measured;
mod plan;

use self::plan::{Index, Plan, Planned, begin_anew, cut_smaller, plan};
use crate::action::{Done, forbidden};
use crate::consents;
use crate::failure::{Context, Failure};
use crate::home::{Home, remove_folder};
use crate::journal::CommandJournal;
use crate::pack::{Label, Sealed};
use crate::produce::HostProducer;
use crate::produce::logs::LogFiles;
use crate::site::Site;
use crate::site::allowed::Standing;
use crate::survey::now;
use remote_services_core::command::ResultCode;
use remote_services_core::consent::ConsentScope;
use remote_services_core::embedder::Embedder as _;
use remote_services_core::engineering::Engineering;
use remote_services_core::id::Uuid;
use remote_services_payload::container::{ListedPart, LogHead, Packer};
use remote_services_payload::kind::Document;
use remote_services_transport::client::blocking::{
    PartSource, PartsEnd, PartsUploader, SealedPart, SourceError,
};
use remote_services_transport::document::Command;
use remote_services_transport::durable;
use remote_services_transport::parts::{PartsFolder, SealedDigest};
use remote_services_transport::spool::Class;
use serde::Deserialize;
use std::path::Path;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Parameters {
    /// Name of one log; all of them if absent.
    name: Option<String>,
}

/// Sends what the command asks for; called again after an interruption it goes on, and finds what was sent as sent until
/// the result is in the journal, and the folder removed.
///
/// # Errors
/// When this machine fails, or the server stays away; the command is taken up again then.
pub fn send(command: &Command, site: &mut Site) -> Result<Done, Failure> {
    loop {
        site.heed();
        let standing = Standing::now(&site.home);
        if let Some(done) = send_while(&standing, command, site)? {
            return Ok(done);
        }
    }
}

/// The same while nothing changes of what is allowed; nothing is given when it did.
fn send_while(standing: &Standing, command: &Command, site: &mut Site) -> Result<Option<Done>, Failure> {
    let folder = site.home.state("logs").join(command.id.to_string());
    let ended = |code, text: &str| Ok(Some(Done::with(code, text)));
    if command.client != site.client.id() {
        // What was sealed by the one before is for nobody any more, and the rest was never asked of this one.
        return ended(ResultCode::Internal, "this agent was registered anew since it was asked");
    }
    if let Some(done) = forbidden(&command.action, site)? {
        return Ok(Some(done));
    }
    // Taken up again when the clock was set.
    site.check_clock()?;
    let Some(settings) = site.settings.logs.clone() else {
        return ended(ResultCode::PolicyDisabled, "this site has named no folder of logs");
    };
    let parameters = serde_json::Value::Object(command.parameters.clone());
    let Parameters { name } = match serde_json::from_value(parameters) {
        Ok(parameters) => parameters,
        Err(error) => {
            return ended(ResultCode::Internal, &format!("the command's parameters: {error}"));
        }
    };
    let device = command.device.map(|device| device.to_string());
    let consent = match permit(site, device.as_deref())? {
        Ok(consent) => consent,
        // What was sealed under one that was withdrawn is for nobody any more.
        Err(refusal) => return ended(ResultCode::ConsentDenied, &refusal),
    };
    let logs = Some(LogFiles::new(&settings.folder, &settings.source).only(name.as_deref()));
    let mut producer = HostProducer { logs, ..HostProducer::default() };
    let mut plan = match plan(&folder, site, &mut producer, command, &consent, name.as_deref())? {
        Ok(plan) => plan,
        Err(done) => return Ok(Some(done)),
    };
    let (mut evidence, mut at) = (Vec::new(), 0);
    while let Some(planned) = plan.logs.get(at) {
        if planned.failed.is_some() {
            at += 1;
            continue;
        }
        let log = &planned.log;
        let cut = planned.cut(site);
        let what = format!("{} {} {}", log.content, log.size, log.digest);
        let place = planned.folder(&folder, at);
        let mut upload =
            PartsFolder::open(&place, planned.transfer, cut.parts(), &what).context(&log.content)?;
        let mut source = Source { site, producer: &mut producer, planned, device: device.as_deref() };
        let sent = PartsUploader::new(&site.client, &site.stop)
            .with_patience(site.patience.pace, site.patience.failures)
            .with_longest_wait(site.patience.longest)
            .while_allowed(&|| standing.holds(&site.home, &site.file))
            .send(&mut upload, &mut source, &mut |_, _| {});
        let named = |why: &str| format!("log {}: {why}", log.content);
        let failed = match sent {
            Ok(PartsEnd::Stored(_)) => {
                if planned.smaller > 0 {
                    site.memory.set_part_octets(cut.part());
                    site.memory.save()?;
                }
                evidence.push(upload.upload());
                at += 1;
                continue;
            }
            Ok(PartsEnd::Refused(why)) => why,
            Ok(PartsEnd::OtherBytes(why)) if planned.anew < MOST_ANEW => {
                site.note("command", &command.id.to_string(), &format!("begins again: {}", named(&why)))?;
                begin_anew(&folder, &mut plan, at, cut, site)?;
                remove_folder(&place)?;
                continue;
            }
            Ok(PartsEnd::OtherBytes(why)) => why,
            Ok(PartsEnd::TooLarge(why)) => match cut.smaller() {
                None => format!("in parts of {} octets, the smallest, {why}", cut.part()),
                Some(smaller) => {
                    cut_smaller(&folder, &mut plan, at, smaller, site)?;
                    remove_folder(&place)?;
                    continue;
                }
            },
            Ok(PartsEnd::Halted) => return Ok(None),
            Ok(PartsEnd::Stopped) => return Err(Failure::interrupted()),
            Ok(PartsEnd::Untrusted(why)) => return Err(Failure::refused(named(&why))),
            Ok(PartsEnd::Misconfigured(why)) => return Err(Failure::failed(named(&why))),
            Ok(PartsEnd::GaveUp(why)) => return Err(Failure::no_answer(named(&why))),
            Ok(end) => return Err(Failure::failed(named(&format!("{end:?}")))),
            Err(error) => error.to_string(),
        };
        // Withdrawn meanwhile: the others may not be sent any more.
        if let Err(refusal) = permit(site, device.as_deref())? {
            return ended(ResultCode::ConsentDenied, &refusal);
        }
        plan.logs[at].failed = Some(failed);
        plan.keep(&folder, site)?;
        remove_folder(&place)?;
    }
    let lost = plan.logs.iter().filter_map(|planned| Some((&planned.log.content, planned.failed.as_ref()?)));
    let lost = lost.map(|(name, why)| format!("log {}: {why}", name.escape_debug()));
    let lost: Vec<_> = lost.chain(plan.left_out.iter().cloned()).collect();
    if evidence.is_empty() {
        return ended(ResultCode::Internal, &lost.join("; "));
    }
    let (octets, count) = plan.sent().fold((0, 0), |(octets, count), log| (octets + log.size, count + 1));
    evidence.push(index(site, &mut plan, &folder, device.as_deref())?);
    let (code, mut text) =
        (ResultCode::Ok, format!("{count} logs sent, {octets} octets, under consent {consent}"));
    let code = if lost.is_empty() { code } else { ResultCode::Internal };
    for why in lost {
        text.push_str("; not sent: ");
        text.push_str(&why);
    }
    Ok(Some(Done { evidence, ..Done::with(code, text) }))
}

/// The consent that logs may be sent under now, or why there is none.
fn permit(site: &Site, device: Option<&str>) -> Result<Result<String, String>, Failure> {
    let consents = site.consents()?;
    let permit = consents.permit(&ConsentScope::Engineering, device, now(), site.settings.mode);
    Ok(permit.map(|permit| permit.consent().id.to_string()).map_err(|refusal| refusal.to_string()))
}

/// Whether it was begun here to send what this command asks for.
pub(crate) fn is_planned(home: &Home, command: Uuid) -> bool {
    plan::file(&home.state("logs").join(command.to_string())).try_exists().unwrap_or(true)
}

/// Removes what was sealed for a command that nobody is waiting for any more.
pub(crate) fn forget(home: &Home, command: Uuid) -> Result<(), Failure> {
    remove_folder(&home.state("logs").join(command.to_string()))
}

/// Removes what was sealed for commands that are over.
pub(crate) fn clear(home: &Home, journal: &CommandJournal) -> Result<(), Failure> {
    let logs = home.state("logs");
    let folders = match std::fs::read_dir(&logs) {
        Ok(folders) => folders,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context(logs.display()),
    };
    for folder in folders {
        let folder = folder.context(logs.display())?;
        let command = folder.file_name().to_str().and_then(|name| name.parse::<Uuid>().ok());
        let is_over = |id| journal.get(id).is_none_or(|entry| entry.execution.state.is_closed());
        if command.is_some_and(is_over) {
            remove_folder(&folder.path())?;
        }
    }
    Ok(())
}

/// The index of the logs goes the way of all reports, under one name however often it comes to that.
fn index(site: &mut Site, plan: &mut Plan, folder: &Path, device: Option<&str>) -> Result<Uuid, Failure> {
    let path = folder.join("index");
    if let Some(Index { upload, consents }) = &plan.index {
        let octets = std::fs::read(&path).context(path.display())?;
        let sealed = Sealed { upload: *upload, octets, consents: consents.clone() };
        site.spool_once(Class::Result, &sealed)?;
        return Ok(*upload);
    }
    let mut engineering = Engineering::default();
    engineering.header.read_at = now();
    engineering.logs = plan.sent().cloned().collect();
    let consents = site.consents()?;
    let permits = consents::permits(&consents, device, now(), site.settings.mode);
    let redaction = consents::permitted(site.redaction()?, &permits);
    redaction.engineering(&mut engineering);
    let label =
        Label { sequence: plan.sequence, now: now(), redaction: &redaction.label(), permits: &permits };
    let device = device.and_then(|device| device.parse().ok());
    let sealed = site.packer.document(&Document::Engineering(engineering), device, &label)?;
    durable::replace(&path, &sealed.octets).context(path.display())?;
    plan.index = Some(Index { upload: sealed.upload, consents: sealed.consents.clone() });
    plan.keep(folder, site)?;
    site.spool(Class::Result, &sealed)
}

/// Parts of one log, sealed under the consent that holds at that moment.
struct Source<'a> {
    site: &'a Site,
    producer: &'a mut HostProducer,
    planned: &'a Planned,
    device: Option<&'a str>,
}

impl Source<'_> {
    fn with_packer<T>(
        &mut self,
        before: &[SealedDigest],
        seal: impl FnOnce(&mut HostProducer, Packer<'_>) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let Self { site, producer, planned, device } = self;
        let log = &planned.log;
        let consents = site.consents()?;
        let permits = consents::permits(&consents, *device, now(), site.settings.mode);
        let head = LogHead {
            transfer: planned.transfer,
            sender: site.client.id().to_string(),
            sequence: planned.sequence,
            redaction: site.redaction()?.label().into_owned(),
            device: device.map(str::to_owned),
            kind: ConsentScope::Engineering.label().to_owned(),
            name: log.content.clone(),
            length: log.size,
        };
        let packer = site.packer.log(head, planned.part_octets, &permits)?;
        let before =
            before.iter().map(|part| ListedPart { length: part.length, sha256: *part.digest.as_bytes() });
        seal(producer, packer.resume(before.collect())?)
    }
}

impl PartSource for Source<'_> {
    fn part(&mut self, _part: u32, before: &[SealedDigest]) -> Result<SealedPart, SourceError> {
        let planned = self.planned;
        let (content, size, most) =
            (planned.log.content.clone(), planned.log.size, planned.part_octets as u64);
        let mut random = self.site.packer.random();
        self.with_packer(before, |producer, mut packer| {
            let from = packer.taken();
            let length = (size - from).min(most);
            let mut octets = vec![0; usize::try_from(length)?];
            let mut read = |from, into: &mut [u8]| {
                let read = producer.read(&content, from, into);
                read.map_err(|reason| format!("the log cannot be read: {reason}"))
            };
            measured::take(&mut read, (size, &planned.pieces), from, &mut octets)?;
            let sealed = match packer.push(&mut octets.as_slice(), now(), &mut *random)? {
                Some(sealed) => sealed.octets,
                // A log without octets is one part without octets.
                None => packer.finish(now(), &mut *random)?.last.ok_or("the part is not full")?.octets,
            };
            Ok(SealedPart { length, octets: sealed })
        })
    }

    fn list(&mut self, parts: &[SealedDigest]) -> Result<Vec<u8>, SourceError> {
        let mut random = self.site.packer.random();
        self.with_packer(parts, |_, packer| Ok(packer.finish(now(), &mut *random)?.list))
    }
}

/// So often a log begins again in one cut: a server that never has what it was sent may not be sent it for ever.
const MOST_ANEW: u32 = 3;
