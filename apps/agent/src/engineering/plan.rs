//! What is to be sent for one command: which logs, cut how, under which names and numbers. It is kept before anything is sealed.

use super::measured;
use crate::action::Done;
use crate::failure::{Context, Failure};
use crate::pack::fresh_uuid;
use crate::produce::HostProducer;
use crate::produce::logs::LogFiles;
use crate::site::Site;
use crate::survey::now;
use remote_services_core::command::ResultCode;
use remote_services_core::digest::Sha256 as Digest;
use remote_services_core::embedder::Embedder as _;
use remote_services_core::engineering::EngineeringLog;
use remote_services_core::id::Uuid;
use remote_services_payload::archive::is_entry_name;
use remote_services_payload::container::{MAX_PART_OCTETS, PART_OCTETS};
use remote_services_transport::document::Command;
use remote_services_transport::durable;
use remote_services_transport::parts::Cut;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What is to be sent for one command.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    pub(super) logs: Vec<Planned>,
    /// Sentences about files of the folder that are none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<String>,
    /// Number of the index in the client's sequence.
    pub(super) sequence: u64,
    /// The index, once it is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<Index>,
}

/// The index, whose octets stand beside the plan.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    pub(super) upload: Uuid,
    pub(super) consents: Vec<Uuid>,
}

/// One log, as it was when the command came: what is written later is not part of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Planned {
    pub(super) log: EngineeringLog,
    pub(super) transfer: Uuid,
    pub(super) sequence: u64,
    pub(super) part_octets: usize,
    /// Of its pieces: what is sent is what was measured, whatever is written since.
    #[serde(default)]
    pub(super) pieces: Vec<Digest>,
    /// How often it was cut smaller.
    #[serde(default)]
    pub(super) smaller: u32,
    /// How often it began again under another name in this cut, since the server had other bytes under the one before.
    #[serde(default)]
    pub(super) anew: u32,
    /// Why it is not sent, if it cannot be; the others are, all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<String>,
}

impl Planned {
    /// With a name, and numbers of the sequence, of its own. The numbers may be used when the memory is saved.
    fn new(
        log: EngineeringLog,
        pieces: Vec<Digest>,
        (cut, smaller): (Cut, u32),
        site: &mut Site,
    ) -> Result<Self, Failure> {
        let sequence = site.memory.take_sequence(u64::from(cut.parts()) + 1);
        let part_octets = usize::try_from(cut.part()).context("part")?;
        let transfer = fresh_uuid(now())?;
        Ok(Self { log, transfer, sequence, part_octets, pieces, smaller, anew: 0, failed: None })
    }

    /// One that cannot be sent: it has no numbers.
    fn failed(log: EngineeringLog, why: String) -> Self {
        let (transfer, failed) = (Uuid::nil(), Some(why));
        Self { log, transfer, sequence: 0, part_octets: 0, pieces: Vec::new(), smaller: 0, anew: 0, failed }
    }

    /// As it was planned, whatever the server says now of how many parts it takes.
    pub(super) fn cut(&self, site: &Site) -> Cut {
        let part = self.part_octets as u64;
        let planned = Cut::new(self.log.size, part, u32::MAX);
        Cut::new(self.log.size, part, site.directory().limits.max_parts.max(planned.parts()))
    }

    /// Where the upload of this log, which is the one with this number, is kept.
    pub(super) fn folder(&self, folder: &Path, number: usize) -> PathBuf {
        folder.join(match (self.smaller, self.anew) {
            (0, 0) => number.to_string(),
            (smaller, 0) => format!("{number}-{smaller}"),
            (smaller, anew) => format!("{number}-{smaller}-{anew}"),
        })
    }
}

/// Where the plan of a command is kept, of which this is the folder.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("plan.json")
}

/// The plan of an earlier run, or one that is made and kept now.
pub(super) fn plan(
    folder: &Path,
    site: &mut Site,
    producer: &mut HostProducer,
    command: &Command,
    consent: &str,
    name: Option<&str>,
) -> Result<Result<Plan, Done>, Failure> {
    durable::create_private_folder(folder).context(folder.display())?;
    let path = file(folder);
    match std::fs::read(&path) {
        Ok(octets) => return Ok(Ok(serde_json::from_slice(&octets).context(path.display())?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::failed(format_args!("{}: {error}", path.display()))),
    }
    let found = producer.logs(&command.id.to_string(), consent).unwrap_or_default();
    let mut found: Vec<EngineeringLog> =
        found.into_iter().filter(|log| name.is_none_or(|name| name == log.content)).collect();
    let left_out = producer.logs.as_ref().map_or(Ok(Vec::new()), LogFiles::left_out).unwrap_or_default();
    if found.is_empty() {
        let none = name.map_or("there are no logs".to_owned(), |name| format!("there is no log {name:?}"));
        let text = [&[none][..], &left_out].concat().join("; not sent: ");
        return Ok(Err(Done::with(ResultCode::Internal, text)));
    }
    let limits = &site.directory().limits;
    let (most, [usual, largest]) = (limits.max_parts, part_sizes(limits.part_size));
    let part_octets = site.memory.part_octets().map_or(usual, |known| known.clamp(Cut::SMALLEST, usual));
    let mut logs = Vec::new();
    for mut log in found.drain(..) {
        if !is_entry_name(&log.content) {
            logs.push(Planned::failed(log, UNNAMEABLE.to_owned()));
            continue;
        }
        let mut read = |from, into: &mut [u8]| {
            producer.read(&log.content, from, into).map_err(|reason| reason.to_string())
        };
        let measured = match measured::measure(&mut read) {
            Ok(measured) => measured,
            Err(why) => {
                logs.push(Planned::failed(log, why));
                continue;
            }
        };
        (log.size, log.digest) = (measured.size, measured.digest);
        let cut = Cut::new(log.size, part_octets, most);
        logs.push(match cut.part() > largest {
            true => Planned::failed(log, too_many(measured.size, most, largest)),
            false => Planned::new(log, measured.pieces, (cut, 0), site)?,
        });
    }
    let plan = Plan { logs, left_out, sequence: site.memory.take_sequence(1), index: None };
    plan.keep(folder, site)?;
    Ok(Ok(plan))
}

/// How many octets of a log a part has where there is no reason for another length, and at most, by what the server says of
/// a sealed one. Below the smallest, sealing would be most of it, whatever the server says.
fn part_sizes(limit: u64) -> [u64; 2] {
    let of = |most: usize| limit.saturating_sub(SEALING as u64).clamp(Cut::SMALLEST, most as u64);
    [of(PART_OCTETS), of(MAX_PART_OCTETS)]
}

fn too_many(size: u64, most: u32, largest: u64) -> String {
    format!("it has {size} octets, more than the server takes of one log: {most} parts of {largest} octets")
}

impl Plan {
    /// The logs that can be sent.
    pub(super) fn sent(&self) -> impl Iterator<Item = &EngineeringLog> {
        self.logs.iter().filter(|planned| planned.failed.is_none()).map(|planned| &planned.log)
    }

    /// Keeps the plan and the numbers in it, of which none is ever used twice.
    pub(super) fn keep(&self, folder: &Path, site: &mut Site) -> Result<(), Failure> {
        let path = file(folder);
        site.memory.save()?;
        durable::replace(&path, &serde_json::to_vec(self).context("plan")?).context(path.display())
    }
}

/// Cuts a log smaller that is on its way, and those behind it, none of which was begun. Its upload has another folder from now
/// on, so that a crash leaves no doubt of which cut a part is.
pub(super) fn cut_smaller(
    folder: &Path,
    plan: &mut Plan,
    from: usize,
    smaller: Cut,
    site: &mut Site,
) -> Result<(), Failure> {
    for planned in &mut plan.logs[from..] {
        if planned.failed.is_none() && planned.part_octets as u64 > smaller.part() {
            let cut = Cut::new(planned.log.size, smaller.part(), site.directory().limits.max_parts);
            let pieces = std::mem::take(&mut planned.pieces);
            *planned = Planned::new(planned.log.clone(), pieces, (cut, planned.smaller + 1), site)?;
        }
    }
    plan.keep(folder, site)
}

/// Begins a log again in the same cut under another name, in another folder: of what is under the one before nobody knows what
/// it is.
pub(super) fn begin_anew(
    folder: &Path,
    plan: &mut Plan,
    at: usize,
    cut: Cut,
    site: &mut Site,
) -> Result<(), Failure> {
    let before = &mut plan.logs[at];
    let (smaller, anew) = (before.smaller, before.anew + 1);
    let fresh = Planned::new(before.log.clone(), std::mem::take(&mut before.pieces), (cut, smaller), site)?;
    *before = Planned { anew, ..fresh };
    plan.keep(folder, site)
}

/// Why a log is not sent that has no name of an entry.
const UNNAMEABLE: &str = "its name has other characters than letters without accents, digits, '.', '_' and '-', begins with none of the \
                          first two, ends in '.', or is too long: the file is sent once it is renamed";
/// What sealing adds to a part at most.
const SEALING: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_planned_smaller_than_the_smallest_nor_larger_than_the_server_or_the_format_bears() {
        for limit in [0, 1, 1_000, SEALING as u64, SEALING as u64 + Cut::SMALLEST] {
            assert_eq!(part_sizes(limit), [Cut::SMALLEST; 2], "{limit}");
        }
        assert_eq!(part_sizes(1 << 20), [(1 << 20) - SEALING as u64; 2]);
        assert_eq!(part_sizes(8 << 20), [PART_OCTETS as u64, MAX_PART_OCTETS as u64]);
        assert_eq!(part_sizes(u64::MAX), [PART_OCTETS as u64, MAX_PART_OCTETS as u64]);
    }
}
