//! Discovery and collection over one SNMP socket, at a pace that the site allows.

mod asker;
pub(crate) mod device_names;
mod journal;
mod origin;
mod ping;
mod route;
mod scan;
pub mod sources;
mod targets;
mod verdict;

pub use asker::SnmpAsker;
pub use journal::{Earlier, Journal};
pub use origin::Origin;
pub use scan::{Rules, Scan, scan};
pub(crate) use targets::one_a_line;
pub use targets::{Targets, Wanted, read_targets};
pub use verdict::{Summary, refusal, silence};

use crate::failure::Failure;
use crate::present::counted;
use crate::progress::Progress;
use remote_services_collect::build::other_printers;
use remote_services_collect::discover::{Evidence, Finding, Outcome, SnmpVersion};
use remote_services_collect::drive::Asker;
use remote_services_collect::plan::{Baseline, Collection, Known};
use remote_services_collect::profile::Profiles;
use remote_services_collect::{ObjectStore, ReadContext, RequestKey, build, usage};
use remote_services_core::device::DeviceReport;
use remote_services_core::reading::WithheldReason;
use remote_services_core::status::{
    Discovery as Discovered, DiscoveryMethod, DiscoveryType, RetrievalProtocol,
};
use remote_services_core::time::Timestamp;
use remote_services_snmp::VarBind;
use remote_services_snmp::engine::Operation;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// One device that was read.
pub struct Reading {
    /// Where it answered.
    pub address: SocketAddr,
    /// Position of the credentials that it took.
    pub credential: usize,
    /// Their name.
    pub credentials: String,
    /// Whether everything was read, and not only what moves.
    pub whole: bool,
    /// What it said, raw, but for what only the detailed usage is made of.
    pub store: ObjectStore,
    /// What it said, as the model.
    pub report: DeviceReport,
}

/// How much is asked of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What every report has.
    Usual,
    /// The detailed usage, too, where a device is read as a whole.
    Usage,
}

/// The present time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_system_time(SystemTime::now())
}

/// Asks all targets who they are.
///
/// # Errors
/// When this machine's socket fails, or the stop flag was set.
pub fn discover(
    asker: &mut SnmpAsker,
    targets: &Targets,
    progress: &mut Progress,
) -> Result<Vec<Finding>, Failure> {
    let rules = Rules { echo: false, ask_silent: false, lowest: SnmpVersion::V1, networks: Vec::new() };
    match scan(asker, targets, &rules, &[], None, progress)? {
        Scan { interrupted: true, .. } => Err(Failure::interrupted()),
        Scan { findings, .. } => Ok(findings),
    }
}

/// What the findings come to: [`Summary::verdict`], but that silence of all hosts is not told as theirs when this machine
/// has no way to any of them.
///
/// # Errors
/// That nobody answered and why, or how the first who did refused.
pub fn verdict(findings: &[Finding]) -> Result<(), Failure> {
    Summary::of(findings).verdict().map_err(|failure| {
        let silent = findings.iter().all(|finding| matches!(finding.outcome, Outcome::NoAnswer));
        let no_way = silent.then(|| route::none_to(findings.iter().map(|finding| finding.address)));
        match (no_way.flatten(), findings) {
            (Some(why), [only]) => Failure::no_answer(format_args!(
                "{} cannot be reached from this machine: {why}",
                only.address
            )),
            (Some(why), all) => Failure::no_answer(format_args!(
                "none of {} hosts can be reached from this machine: {why}",
                all.len()
            )),
            (None, _) => failure,
        }
    })
}

/// Who is to be read: an address, the credentials it takes and what discovery learnt.
pub struct Candidate<'a> {
    /// Where it answered.
    pub address: SocketAddr,
    /// Position of the credentials that it took.
    pub credential: usize,
    /// What it said.
    pub evidence: &'a Evidence,
    /// What was read of it before: then only what moves is read, as long as the rest stands.
    pub baseline: Option<&'a Baseline>,
}

/// The printers among the findings.
#[must_use]
pub fn printers(findings: &[Finding]) -> Vec<Candidate<'_>> {
    findings
        .iter()
        .filter_map(|finding| match &finding.outcome {
            Outcome::Found { credential, evidence } => {
                let (address, credential) = (finding.address, *credential);
                Some(Candidate { address, credential, evidence, baseline: None })
            }
            _ => None,
        })
        .collect()
}

/// Reads all candidates, many at a time, and hands each reading on as soon as it is complete. Who does not answer at all
/// is told of and gives no reading.
///
/// # Errors
/// When this machine's socket fails, the stop flag was set, or `read` fails.
pub fn collect(
    asker: &mut SnmpAsker,
    candidates: &[Candidate<'_>],
    detail: Detail,
    read: impl FnMut(Reading) -> Result<(), Failure>,
) -> Result<(), Failure> {
    collect_beside(asker, candidates, detail, &AtomicUsize::new(0), read)
}

/// As [`collect`], while another thread deals with the readings: `waiting` counts those that were handed on and are not
/// dealt with yet. Together with those under way they are never many.
///
/// # Errors
/// As [`collect`].
pub(crate) fn collect_beside(
    asker: &mut SnmpAsker,
    candidates: &[Candidate<'_>],
    detail: Detail,
    waiting: &AtomicUsize,
    mut read: impl FnMut(Reading) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut candidates = candidates.iter();
    let mut under_way: BTreeMap<usize, UnderWay<'_>> = BTreeMap::new();
    let mut requests: BTreeMap<<SnmpAsker as Asker>::Id, (usize, RequestKey)> = BTreeMap::new();
    // Devices that were read and wait for their name, which holds up nobody else.
    let mut nameless: Vec<UnderWay<'_>> = Vec::new();
    let mut next_number = 0;
    loop {
        // One goes on whatever waits, so that the network is never without a question.
        while (under_way.is_empty()
            || under_way.len() + nameless.len() + waiting.load(Ordering::Relaxed) < AT_A_TIME)
            && let Some(candidate) = candidates.next()
        {
            asker.ask_name(candidate.address.ip());
            let mut device = UnderWay::new(candidate, detail, asker.profiles());
            device.ask(next_number, asker, &mut requests)?;
            under_way.insert(next_number, device);
            next_number += 1;
        }
        let (named, others): (Vec<_>, _) = nameless.into_iter().partition(|device| device.is_named(asker));
        nameless = others;
        for device in named {
            read(device.into_reading(asker))?;
        }
        let Some(answer) = asker.next()? else {
            if nameless.is_empty() {
                break;
            }
            thread::sleep(BETWEEN_LOOKS_AT_NAMES);
            continue;
        };
        let Some((number, key)) = requests.remove(&answer.id) else { continue };
        let Some(device) = under_way.get_mut(&number) else { continue };
        device.collection.handle(key, answer.result, answer.partial);
        device.ask(number, asker, &mut requests)?;
        if device.collection.is_done()
            && let Some(mut done) = under_way.remove(&number)
        {
            let (address, store) = (done.candidate.address, done.collection.store());
            if store.values().is_empty() {
                tell!("{address} does not answer any more");
                continue;
            }
            if let Some(sentence) = unread_printers(address, store) {
                tell!("{sentence}");
            }
            done.completed = Some((now(), Instant::now()));
            nameless.push(done);
        }
    }
    Ok(())
}

/// A question to one host: where, with which credentials, and what.
pub type Question = (SocketAddr, usize, Operation);

/// Asks each of many hosts one question, many at a time; `answered` hears of those that answered, by position.
///
/// # Errors
/// When this machine's socket fails, or the stop flag was set.
pub fn ask_each(
    asker: &mut SnmpAsker,
    questions: impl IntoIterator<Item = Question>,
    mut answered: impl FnMut(usize, Vec<VarBind>),
) -> Result<(), Failure> {
    let mut questions = questions.into_iter().enumerate();
    let mut open = BTreeMap::new();
    loop {
        while open.len() < AT_A_TIME
            && let Some((position, (address, credential, operation))) = questions.next()
        {
            open.insert(asker.submit(address, credential, operation)?, position);
        }
        let Some(answer) = asker.next()? else { return Ok(()) };
        if let (Some(position), Ok(values)) = (open.remove(&answer.id), answer.result) {
            answered(position, values);
        }
    }
}

/// That a print server has printers besides the one that was read, if so.
fn unread_printers(address: SocketAddr, store: &ObjectStore) -> Option<String> {
    let others = other_printers(store);
    let numbers: Vec<String> = others.iter().map(ToString::to_string).collect();
    (!others.is_empty()).then(|| {
        format!(
            "{address} has {} besides the one that is read (hrDeviceIndex {})",
            counted(others.len(), "printer"),
            numbers.join(", ")
        )
    })
}

/// Devices that are read, or wait for the spool, at the same time. The manager's window and packet rate bound what is on the network.
pub(crate) const AT_A_TIME: usize = 128;
/// For the names of a device in the DNS, after it was read.
const LONGEST_WAIT_FOR_NAMES: Duration = Duration::from_secs(2);
const BETWEEN_LOOKS_AT_NAMES: Duration = Duration::from_millis(5);

struct UnderWay<'a> {
    candidate: &'a Candidate<'a>,
    detail: Detail,
    collection: Collection,
    started: Timestamp,
    /// When all was answered or given up.
    completed: Option<(Timestamp, Instant)>,
}

impl<'a> UnderWay<'a> {
    fn new(candidate: &'a Candidate<'a>, detail: Detail, profiles: Profiles) -> Self {
        let (known, started) = (Known::from(candidate.evidence), now());
        let mut collection = match candidate.baseline {
            Some(baseline) => Collection::again(baseline, &known, started, profiles),
            None => Collection::with_profiles(&known, profiles),
        };
        if detail == Detail::Usage {
            collection = collection.with_usage();
        }
        Self { candidate, detail, collection, started, completed: None }
    }

    fn ask(
        &mut self,
        number: usize,
        asker: &mut SnmpAsker,
        requests: &mut BTreeMap<<SnmpAsker as Asker>::Id, (usize, RequestKey)>,
    ) -> Result<(), Failure> {
        while let Some((key, operation)) = self.collection.poll_request() {
            let id = asker.submit(self.candidate.address, self.candidate.credential, operation)?;
            requests.insert(id, (number, key));
        }
        Ok(())
    }

    /// Whether nothing more is to be waited for once it was read.
    fn is_named(&self, asker: &SnmpAsker) -> bool {
        let late = self.completed.is_none_or(|(_, completed)| completed.elapsed() > LONGEST_WAIT_FOR_NAMES);
        late || asker.name_of(self.candidate.address.ip()).is_some()
    }

    fn into_reading(self, asker: &mut SnmpAsker) -> Reading {
        let Candidate { address, credential, .. } = *self.candidate;
        let names = asker.name_of(address.ip()).unwrap_or(Err(WithheldReason::NotAnswered));
        let (dns_names, no_dns_names) = match names {
            Ok(names) => (names, WithheldReason::NotSupported),
            Err(reason) => (Vec::new(), reason),
        };
        let context = ReadContext {
            read_at: self.started,
            completed_at: self.completed.map(|(completed, _)| completed),
            address: Some(address.ip()),
            dns_names,
            no_dns_names,
            protocol: Some(match asker.versions()[credential] {
                SnmpVersion::V1 => RetrievalProtocol::SnmpV1,
                SnmpVersion::V2c => RetrievalProtocol::SnmpV2c,
                SnmpVersion::V3 => RetrievalProtocol::SnmpV3,
            }),
            engine_id: asker.engine_id(address, credential),
            discovery: Some(Discovered {
                date: Some(self.started),
                method: Some(DiscoveryMethod::AddressList),
                discovery_type: Some(DiscoveryType::Manual),
            }),
            profiles: asker.profiles(),
        };
        let (whole, usage_columns) = (self.collection.is_whole(), self.collection.usage_columns().to_vec());
        let store = self.collection.finish();
        let mut report = build(&store, &context);
        if whole && self.detail == Detail::Usage {
            report.usage = Some(usage::build(&store, &context, &report));
        }
        let store = store.without(&usage_columns);
        let credentials = asker.credential_name(credential).to_owned();
        Reading { address, credential, credentials, whole, store, report }
    }
}
