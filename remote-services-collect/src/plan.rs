//! The plan of a collection: what to ask one printer, in few requests, and what to do when it stumbles.
//!
//! ```text
//!  nothing known ──▶ identify ──▶ [list devices] ──┐
//!  known from discovery ───────────────────────────┴──▶ one GET of scalars ────────────────────────────────┐
//!                                                       one GETNEXT: which tables ─▶ all of them together  ─┴─▶ ObjectStore
//! ```
//!
//! Columns of all tables are walked side by side, because a message with fifty columns costs a printer hardly
//! more than one with a single column, and an answer that is cut to a frame is full: only the last one is not.
//! With [`peer_options`] a usual printer takes three to eight messages.
//!
//! [`Collection::again`] reads a device that is known in two or three.
//!
//! When a table request fails other than by silence, it is asked again in halves, down to the one column that
//! the agent cannot answer: everything else is kept. Silence may be about one table only, so a long request is
//! asked once more in two halves; after two silences in a row the device is left in peace. What was not answered is noted in the store and ends up as withheld, with the reason.

use core::time::Duration;
use remote_services_core::time::Timestamp;
use remote_services_snmp::engine::{Operation, PeerOptions, RequestError};
use remote_services_snmp::{Oid, VarBind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::RequestKey;
use crate::discover::{Evidence, identify, list_devices, needs_devices};
use crate::maker;
use crate::profile::{DEVICE_IDS, Profile, Profiles};
use crate::store::{ObjectStore, is_refusal};
use crate::tables::{device, general, interface, storage, system};
use ask::Asked;
use baseline::Again;
pub use baseline::Baseline;
use others::Sought;

/// What is known of a printer before it is read; nothing, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// hrDeviceIndex of the printer.
    pub device: Option<u32>,
    /// sysObjectID.
    pub object_id: Option<Oid>,
}

impl From<&Evidence> for Known {
    fn from(evidence: &Evidence) -> Self {
        Self { device: evidence.device, object_id: evidence.object_id.clone() }
    }
}

/// Options for a peer that is a printer: many columns in a message, answers of a few kilobytes, two requests at
/// a time. The manager asks for less as soon as an agent cannot cope.
#[must_use]
#[allow(clippy::field_reassign_with_default, reason = "the type is non_exhaustive")]
pub fn peer_options() -> PeerOptions {
    let mut options = PeerOptions::default();
    options.max_names = 48;
    options.bulk_varbinds = 96;
    // The largest printer trees seen have some 5,000 values and half a mebibyte.
    options.max_walk_varbinds = 20_000;
    options.max_answer_octets = 4 << 20;
    // Columns of printers have some tens of rows, alert tables a few.
    options.max_rows = 512;
    // A slow printer is done in seconds; one that is not holds up everybody's reading.
    options.max_duration = Duration::from_secs(120);
    // Names tell what is a value of what: something behind them does no harm, and else a device that always does so could
    // not be read at all.
    options.drop_surplus_bindings = true;
    options
}

/// The state of reading one printer. Sends nothing: hands out operations and takes answers.
///
/// Poll until `None`, send, hand in each answer, and poll again; done when [`is_done`](Self::is_done) says so. At most two
/// requests are out at a time.
#[derive(Debug)]
pub struct Collection {
    store: ObjectStore,
    device: Option<u32>,
    profiles: Profiles,
    /// Whether the detailed usage is asked for as well.
    usage: bool,
    /// Columns that are asked for only because of it.
    usage_columns: Vec<Oid>,
    /// The manufacturer whose objects were asked for.
    asked: Option<String>,
    phase: Phase,
    /// Tables that are to be read if they are there.
    tables: Vec<Asked>,
    /// Names of tables for which the device has told what follows.
    probed: BTreeSet<Oid>,
    queue: VecDeque<Operation>,
    waiting: BTreeMap<RequestKey, Operation>,
    next_key: u64,
    silences: u32,
    /// What the answers so far take to keep, in octets.
    weight: usize,
    /// What was read before, while it may stand.
    again: Option<Box<Again>>,
    whole: bool,
    /// Where devices with meters were looked for.
    sought: Sought,
}

/// Which questions have been queued so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// What moves of a device that was read before.
    Again,
    Identify,
    ListDevices,
    /// The scalars, and which tables there are.
    Probe,
    Tables,
    /// The objects of a maker that only the answers gave away.
    Vendor,
    /// Meters that stand at other devices of the host.
    Others,
}

/// Requests out at the same time.
const WINDOW: usize = 2;

/// Silences in a row after which nothing more is asked.
const PATIENCE: u32 = 2;

/// Octets of answers after which nothing more is asked: a device that invents rows without end must not fill
/// the memory of who reads it.
const MOST_WEIGHT: usize = 16 << 20;

/// What a value takes beside its octets.
const VALUE_WEIGHT: usize = 64;

impl Collection {
    /// A collection from a device of which this is known, with the profiles that come with the crate.
    #[must_use]
    pub fn new(known: &Known) -> Self {
        Self::with_profiles(known, Profiles::builtin())
    }

    /// A collection from a device of which this is known, with a site's own profiles.
    #[must_use]
    pub fn with_profiles(known: &Known, profiles: Profiles) -> Self {
        let mut collection = Self {
            store: ObjectStore::new(),
            device: known.device,
            profiles,
            usage: false,
            usage_columns: Vec::new(),
            asked: None,
            phase: Phase::Identify,
            tables: Vec::new(),
            probed: BTreeSet::new(),
            queue: VecDeque::new(),
            waiting: BTreeMap::new(),
            next_key: 0,
            silences: 0,
            weight: 0,
            again: None,
            whole: true,
            sought: Sought::default(),
        };
        if known.device.is_some() && known.object_id.is_some() {
            let profiles = collection.profiles.clone();
            collection.queue_first(known.object_id.as_ref().and_then(|id| profiles.of_object_id(id)));
        } else {
            collection.queue.push_back(identify());
        }
        collection
    }

    /// Asks for what the [detailed usage](crate::usage) is made of as well. Before the first request is polled.
    #[must_use]
    pub fn with_usage(mut self) -> Self {
        self.usage = true;
        if self.phase == Phase::Probe {
            let extra = ask::usage_tables(self.device, self.profile_of_asked());
            self.queue.retain(|operation| !matches!(operation, Operation::GetNext(_)));
            self.add_usage(extra);
            self.queue_probe();
        }
        self
    }

    /// Tables for the detailed usage, beside those and the names that are asked for anyway.
    fn add_usage(&mut self, extra: Vec<Asked>) {
        let names = self.queue.iter().filter_map(|operation| match operation {
            Operation::Get(names) | Operation::Table(names) => Some(names),
            _ => None,
        });
        let tables = self.tables.iter().map(|table| &table.columns);
        let usual: Vec<&Oid> = names.chain(tables).flatten().collect();
        let apart =
            |column: &&Oid| !usual.iter().any(|usual| usual.starts_with(column) || column.starts_with(usual));
        let alone: Vec<Oid> = extra.iter().flat_map(|table| &table.columns).filter(apart).cloned().collect();
        self.usage_columns.extend(alone);
        self.tables.extend(extra);
    }

    fn profile_of_asked(&self) -> Option<&Profile> {
        let asked = self.asked.as_ref()?;
        self.profiles.iter().find(|profile| profile.manufacturer == *asked)
    }

    /// A further collection from a device that was read before: of what moves, in two or three messages, when the rest
    /// stands; of everything where it may not, as [`Baseline`] has it.
    #[must_use]
    pub fn again(baseline: &Baseline, known: &Known, now: Timestamp, profiles: Profiles) -> Self {
        let mut collection = Self::with_profiles(known, profiles);
        let Some(again) = Again::new(baseline, known.device, now) else { return collection };
        collection.queue.clear();
        collection.queue.push_back(Operation::Get(again.names.clone()));
        collection.queue.push_back(Operation::Table(Again::alerts(known.device)));
        (collection.phase, collection.whole, collection.again) = (Phase::Again, false, Some(Box::new(again)));
        collection
    }

    /// Whether everything was read, and not only what moves.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The next operation to send, or `None` when answers must come first or all is asked.
    pub fn poll_request(&mut self) -> Option<(RequestKey, Operation)> {
        // A device that has just been silent is asked one thing at a time.
        let window = if self.silences == 0 { WINDOW } else { 1 };
        if self.waiting.len() >= window {
            return None;
        }
        let operation = self.queue.pop_front()?;
        let key = RequestKey(self.next_key);
        self.next_key += 1;
        self.waiting.insert(key, operation.clone());
        Some((key, operation))
    }

    /// Takes the outcome of a request: its result, and what had been read before it failed. A key that nothing
    /// waits for is ignored.
    pub fn handle(
        &mut self,
        key: RequestKey,
        result: Result<Vec<VarBind>, RequestError>,
        partial: Vec<VarBind>,
    ) {
        let Some(operation) = self.waiting.remove(&key) else { return };
        match result {
            Ok(answers) => {
                self.silences = 0;
                if let Operation::GetNext(names) = operation {
                    self.probed.extend(names);
                }
                self.keep(answers);
            }
            Err(error) => {
                self.keep(partial);
                self.failed(operation, &error);
            }
        }
        if self.weight > MOST_WEIGHT {
            self.leave_in_peace(&RequestError::AnswerTooLong { limit: MOST_WEIGHT });
        }
        if self.queue.is_empty() && self.waiting.is_empty() {
            self.next_phase();
        }
    }

    fn keep(&mut self, answers: Vec<VarBind>) {
        let weight = |answer: &VarBind| {
            let octets = answer.value.as_bytes().map_or(0, <[u8]>::len);
            VALUE_WEIGHT + answer.name.as_wire().len() + octets
        };
        self.weight += answers.iter().map(weight).sum::<usize>();
        self.store.extend(answers);
    }

    /// Whether everything was answered or given up.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.queue.is_empty() && self.waiting.is_empty()
    }

    /// What has been read so far.
    #[must_use]
    pub fn store(&self) -> &ObjectStore {
        &self.store
    }

    /// What was read. Ends the collection, also before its time.
    #[must_use]
    pub fn finish(self) -> ObjectStore {
        self.store
    }

    /// Columns that were asked for the [detailed usage](crate::usage) alone. A [`Baseline`] is made
    /// [without](ObjectStore::without) them, so that the readings between two whole ones stay short.
    #[must_use]
    pub fn usage_columns(&self) -> &[Oid] {
        &self.usage_columns
    }

    fn next_phase(&mut self) {
        // Who does not answer is not asked for more, but who stumbles over a name is asked for everything.
        if let Some(again) = self.again.take()
            && !self.store.values().is_empty()
        {
            return match again.merge(&self.store) {
                Some(merged) => self.store = merged,
                // A few values are no reading.
                None if self.silences >= PATIENCE => self.store = ObjectStore::new(),
                None => self.begin_anew(),
            };
        }
        if self.silences >= PATIENCE || self.store.values().is_empty() {
            return;
        }
        match self.phase {
            Phase::Again => {}
            Phase::Identify if needs_devices(&self.store) => {
                self.phase = Phase::ListDevices;
                self.queue.push_back(list_devices());
            }
            Phase::Identify | Phase::ListDevices => {
                self.device = device::printer_index(&self.store);
                let profiles = self.profiles.clone();
                self.queue_first(maker::profile(&self.store, self.device, &profiles));
            }
            Phase::Probe => {
                self.phase = Phase::Tables;
                self.queue_tables();
                if self.queue.is_empty() {
                    self.next_phase();
                }
            }
            Phase::Tables => {
                self.phase = Phase::Vendor;
                self.queue_vendor();
                if self.queue.is_empty() {
                    self.next_phase();
                }
            }
            Phase::Vendor if !self.tables.is_empty() => {
                self.queue_tables();
                if self.queue.is_empty() {
                    self.next_phase();
                }
            }
            Phase::Vendor | Phase::Others => {
                self.phase = Phase::Others;
                let profile = maker::profile(&self.store, self.device, &self.profiles);
                if let Some(operation) =
                    profile.and_then(|profile| self.sought.next(profile, self.device, &self.store))
                {
                    self.queue.push_back(operation);
                }
            }
        }
    }

    /// Asks for what a maker has, where that was not clear before the answers.
    fn queue_vendor(&mut self) {
        let Some(found) = maker::profile(&self.store, self.device, &self.profiles) else { return };
        if self.asked.as_deref() == Some(&found.manufacturer) {
            return;
        }
        let (names, columns) = (found.names(self.device), found.columns(self.device));
        self.asked = Some(found.manufacturer.clone());
        if !names.is_empty() {
            self.queue.push_back(Operation::Get(names));
        }
        if !columns.is_empty() {
            self.queue.push_back(Operation::Table(columns));
        }
        let rare = |tables: Vec<(Oid, Vec<Oid>)>| -> Vec<Asked> {
            tables.into_iter().map(|(entry, columns)| Asked::rare(entry, columns)).collect()
        };
        let usage = if self.usage { rare(found.usage_tables(self.device)) } else { Vec::new() };
        self.tables = rare(found.tables(self.device));
        self.add_usage(usage);
        self.queue_probe();
    }

    /// Trusts nothing of what was known before.
    fn begin_anew(&mut self) {
        (self.store, self.device, self.whole) = (ObjectStore::new(), None, true);
        (self.silences, self.weight, self.phase) = (0, 0, Phase::Identify);
        self.probed.clear();
        self.usage_columns.clear();
        self.sought = Sought::default();
        self.queue.push_back(identify());
    }

    /// Asks for the scalars, and which tables there are.
    fn queue_first(&mut self, profile: Option<&Profile>) {
        self.phase = Phase::Probe;
        self.asked = profile.map(|profile| profile.manufacturer.clone());
        let mut names = Vec::new();
        names.extend(system::names());
        names.extend(storage::names());
        names.extend(interface::names());
        if let Some(device) = self.device {
            names.extend(device::names(device));
            names.extend(general::names(device));
        }
        names.extend(DEVICE_IDS.iter().cloned());
        names.extend(profile.map(|profile| profile.names(self.device)).unwrap_or_default());
        self.queue.push_back(Operation::Get(names));
        self.tables = ask::tables(self.device, profile, &self.profiles);
        if self.usage {
            let extra = ask::usage_tables(self.device, profile);
            self.add_usage(extra);
        }
        self.queue_probe();
    }

    fn queue_probe(&mut self) {
        let probes: Vec<Oid> =
            self.tables.iter().filter(|table| table.probed).map(|table| table.entry.clone()).collect();
        if !probes.is_empty() {
            self.queue.push_back(Operation::GetNext(probes));
        }
    }

    /// Asks for the tables that are there. Where nobody answered whether they are, the usual ones are asked for.
    fn queue_tables(&mut self) {
        let tables = core::mem::take(&mut self.tables);
        let there = |table: &Asked| table.is_there(&self.probed, &self.store);
        let columns: Vec<Oid> = tables.into_iter().filter(there).flat_map(|table| table.columns).collect();
        if !columns.is_empty() {
            self.queue.push_back(Operation::Table(columns));
        }
    }

    fn failed(&mut self, operation: Operation, error: &RequestError) {
        let silent = matches!(error, RequestError::Timeout { .. } | RequestError::Unreachable);
        if silent {
            self.silences += 1;
        }
        let hopeless = is_refusal(error)
            || matches!(
                error,
                RequestError::Unreachable
                    | RequestError::Cancelled
                    | RequestError::TookTooLong { .. }
                    | RequestError::WalkTooLong { .. }
            )
            || self.silences >= PATIENCE
            || (silent && self.store.values().is_empty());
        if hopeless {
            self.give_up(operation, error);
            self.leave_in_peace(error);
            return;
        }
        match halves(&operation) {
            Some((first, second)) if !silent || is_long(&operation) => {
                self.queue.push_back(first);
                self.queue.push_back(second);
            }
            _ => self.give_up(operation, error),
        }
    }

    /// Asks nothing more.
    fn leave_in_peace(&mut self, error: &RequestError) {
        self.silences = PATIENCE;
        for left in core::mem::take(&mut self.queue) {
            self.give_up(left, error);
        }
        for table in core::mem::take(&mut self.tables).into_iter().filter(|table| table.usual) {
            self.give_up(Operation::Table(table.columns), error);
        }
    }

    /// Notes every name of an operation that has no answer.
    fn give_up(&mut self, operation: Operation, error: &RequestError) {
        let names = match operation {
            Operation::Get(names) => names,
            // Whether a table is there is no value that is missing.
            Operation::GetNext(_) if self.phase != Phase::Identify => Vec::new(),
            // One name stands for the question; without it nothing else was asked.
            Operation::GetNext(names) => names.into_iter().take(1).collect(),
            Operation::Table(roots) => roots,
            Operation::Walk(root) => vec![root],
            _ => Vec::new(),
        };
        for name in names {
            if self.store.get(&name).is_none() {
                self.store.note_gap(name, error.clone());
            }
        }
    }
}

/// Whether a request is about so many columns that one table of them says little about the others.
fn is_long(operation: &Operation) -> bool {
    matches!(operation, Operation::Table(roots) if roots.len() > 40)
}

/// The same question in two smaller ones; `None` when it is as small as can be.
fn halves(operation: &Operation) -> Option<(Operation, Operation)> {
    let split = |names: &[Oid]| {
        (names.len() > 1).then(|| {
            let (first, second) = names.split_at(names.len() / 2);
            (first.to_vec(), second.to_vec())
        })
    };
    match operation {
        Operation::Get(names) => split(names).map(|(a, b)| (Operation::Get(a), Operation::Get(b))),
        Operation::GetNext(names) => {
            split(names).map(|(a, b)| (Operation::GetNext(a), Operation::GetNext(b)))
        }
        Operation::Table(roots) => split(roots).map(|(a, b)| (Operation::Table(a), Operation::Table(b))),
        _ => None,
    }
}

mod ask;
mod baseline;
#[cfg(test)]
mod baseline_tests;
mod others;
#[cfg(test)]
mod tests;
