//! What was read of a device, so that the next reading need only ask for what moves.
//!
//! ```text
//!  whole reading ──▶ Baseline ──▶ Collection::again ──▶ one GET of what moves, the alerts
//!                       ▲                                   │ all keys stand: the rest is as it was
//!                       └───────────────────────────────────┤
//!                                                           └ any doubt: a whole reading, at once
//! ```
//!
//! Levels, states, alerts, counters, texts of the console, what is in the trays and the name, place and contact of the system move. The rest (which trays, which cartridges, which
//! modules) cannot change while these keys stand, which every reading asks for:
//!
//! | key | another value means |
//! | --- | --- |
//! | prtGeneralConfigChanges | a part was added, removed or set up anew (RFC 3805) |
//! | prtGeneralSerialNumber, sysObjectID, hrDeviceDescr | another device, or another board |
//! | sysDescr | other firmware |
//! | hrDeviceStatus | it went down or came up |
//! | sysUpTime against the time that passed | it was started anew |
//! | a supply has more than before, or a fifth less, or another maximum or description | a new cartridge |
//! | an object that was there is not | anything |
//!
//! Of a device with more to ask than two messages hold, descriptions and maximums of supplies and texts of the maker are asked for in
//! turn, as many as the last message has room for: a new cartridge of the same level shows some readings later.
//!
//! A device without prtGeneralConfigChanges is read as a whole every four hours, others once a day. Of a device that has no
//! sysUpTime nothing is taken for standing: it is asked for everything by name where that is one message, and as a whole each
//! hour for what is new; with more than that it is always read as a whole.

use core::time::Duration;
use remote_services_core::time::Timestamp;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::engine::RequestError;
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, VarBind};
use remote_services_snmp::{Oid, Value, oid};
use std::collections::BTreeMap;

use crate::store::{Gap, ObjectStore, integer};
use crate::tables::{alert, device, general, system};

/// What was read of a device. Kept small: a site may have thousands.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The values, as the message that would carry them.
    values: Box<[u8]>,
    gaps: Vec<Gap>,
    /// When everything was read.
    whole_at: Timestamp,
    /// When what moves was read last.
    read_at: Timestamp,
    /// Whether the device says how long it has been up.
    keeps_time: bool,
    /// Whether the device counts its changes.
    counts_changes: bool,
    /// Readings of what moves since the whole one.
    turn: usize,
}

impl Baseline {
    /// Of a whole reading made then; `None` when it has nothing to tell a change by and is more than one message, or was not
    /// answered in full.
    #[must_use]
    pub fn new(store: &ObjectStore, read_at: Timestamp) -> Option<Self> {
        Self::with_whole(store, read_at, read_at, 0)
    }

    /// Of a reading of what moved, after this one.
    #[must_use]
    pub fn renewed(&self, store: &ObjectStore, read_at: Timestamp) -> Option<Self> {
        Self::with_whole(store, self.whole_at, read_at, self.turn + 1)
    }

    fn with_whole(store: &ObjectStore, whole_at: Timestamp, read_at: Timestamp, turn: usize) -> Option<Self> {
        let cut = |gap: &Gap| {
            matches!(
                gap.error,
                RequestError::Timeout { .. }
                    | RequestError::Unreachable
                    | RequestError::Cancelled
                    | RequestError::TookTooLong { .. }
                    | RequestError::AnswerTooLong { .. }
                    | RequestError::WalkTooLong { .. }
            )
        };
        let keeps_time = store.get(&system::SYS_UP_TIME).is_some();
        let is_small = store.values().len() <= A_MESSAGE;
        if !(keeps_time || is_small) || store.gaps().iter().any(cut) {
            return None;
        }
        let values = store.values().iter().map(|(name, value)| VarBind::new(name.clone(), value.clone()));
        let pdu = Pdu::response(1, ErrorStatus::NoError, 0, values.collect());
        Some(Self {
            values: CommunityMessage::new(Version::V2c, b"", pdu).to_bytes().into(),
            gaps: store.gaps().to_vec(),
            whole_at,
            read_at,
            keeps_time,
            counts_changes: store.below(&general::CONFIG_CHANGES).next().is_some(),
            turn,
        })
    }

    /// Whether everything is to be read again at this time.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let longest = match (self.keeps_time, self.counts_changes) {
            (false, _) => HOUR,
            (true, false) => FOUR_HOURS,
            (true, true) => DAY,
        };
        now < self.read_at || now.since(self.whole_at) >= longest
    }

    /// When everything was read.
    #[must_use]
    pub fn whole_at(&self) -> Timestamp {
        self.whole_at
    }

    fn unpack(&self) -> Option<BTreeMap<Oid, Value>> {
        let mut limits = Limits::default();
        (limits.message_size, limits.varbinds) = (usize::MAX, usize::MAX);
        let message = CommunityMessage::from_bytes(&self.values, &limits).ok()?;
        let CommunityPdu::Pdu(pdu) = message.pdu else { return None };
        Some(pdu.varbinds.into_iter().map(|varbind| (varbind.name, varbind.value)).collect())
    }
}

/// A reading of what moves, under way.
#[derive(Debug)]
pub(super) struct Again {
    before: BTreeMap<Oid, Value>,
    gaps: Vec<Gap>,
    device: Option<u32>,
    elapsed: Duration,
    keeps_time: bool,
    /// What is asked for by name.
    pub(super) names: Vec<Oid>,
}

impl Again {
    /// `None` where only a whole reading will do.
    pub(super) fn new(baseline: &Baseline, device: Option<u32>, now: Timestamp) -> Option<Self> {
        if baseline.is_stale(now) {
            return None;
        }
        let before = baseline.unpack()?;
        let is_asked = |name: &Oid| {
            let has_turned_up = name.starts_with(&alert::TABLE.entry);
            if baseline.keeps_time { moves(name, device) } else { !has_turned_up }
        };
        let all = before.iter().filter(|(name, _)| is_asked(name));
        let mut names: Vec<Oid> = all.map(|(name, _)| name.clone()).collect();
        let mut spare = |is_spared: fn(&Oid, &Value) -> bool| {
            let is_spared = |name: &Oid| before.get(name).is_some_and(|value| is_spared(name, value));
            let all = core::mem::take(&mut names);
            let (spared, kept) =
                if all.len() > MANY { all.into_iter().partition(is_spared) } else { (Vec::new(), all) };
            names = kept;
            spared
        };
        let (words, mut marks) = (spare(is_words_of_maker), spare(is_description));
        marks.extend(spare(is_capacity));
        // What is spared has its turn where a message has room: first what tells one cartridge from another.
        let most = (names.len() + 1).next_multiple_of(A_MESSAGE).max(MANY);
        for spared in [marks, words] {
            names.extend(in_turn(spared, baseline.turn, most - names.len()));
        }
        let (gaps, elapsed) = (baseline.gaps.clone(), now.since(baseline.read_at));
        Some(Self { before, gaps, device, elapsed, keeps_time: baseline.keeps_time, names })
    }

    /// The alerts, of which rows come and go. Of all devices, as the first reading has them.
    pub(super) fn alerts(device: Option<u32>) -> Vec<Oid> {
        let below = |column: Oid| device.map_or(Some(column.clone()), |device| column.child(device).ok());
        alert::TABLE.roots().filter_map(below).collect()
    }

    /// The whole of the device: what was read now, and for the rest what stands. `None` in doubt.
    pub(super) fn merge(self, now: &ObjectStore) -> Option<ObjectStore> {
        let answered = self.names.iter().all(|name| now.get(name).is_some());
        let stand = self
            .names
            .iter()
            .filter(|name| is_key(name, self.device))
            .all(|name| now.get(name) == self.before.get(name));
        let doubt = !now.gaps().is_empty() || !answered || !stand || !self.ran_on(now) || self.refilled(now);
        if doubt {
            return None;
        }
        let mut values = self.before;
        values.retain(|name, _| !name.starts_with(&alert::TABLE.entry));
        values.extend(now.values().iter().map(|(name, value)| (name.clone(), value.clone())));
        let mut merged = ObjectStore::from(values);
        self.gaps.into_iter().for_each(|gap| merged.note_gap(gap.name, gap.error));
        Some(merged)
    }

    /// Whether sysUpTime says that the device ran all the time. A clock that stands still tells nothing, and a device without
    /// one was asked for everything.
    fn ran_on(&self, now: &ObjectStore) -> bool {
        if !self.keeps_time {
            return true;
        }
        let ticks = |value: Option<&Value>| value.and_then(Value::as_u64);
        let (Some(before), Some(now)) =
            (ticks(self.before.get(&system::SYS_UP_TIME)), ticks(now.get(&system::SYS_UP_TIME)))
        else {
            return false;
        };
        let elapsed = u64::try_from(self.elapsed.as_millis() / 10).unwrap_or(u64::MAX);
        let slack = u64::try_from(CLOCK_SLACK.as_millis() / 10).unwrap_or(0) + elapsed / 50;
        now == before || before.saturating_add(elapsed).abs_diff(now) <= slack
    }

    /// Whether a supply has more than before, or much less: it was replaced, and its row may say something else.
    fn refilled(&self, now: &ObjectStore) -> bool {
        self.names
            .iter()
            .filter(|name| name.starts_with(&SUPPLY_LEVEL) || name.starts_with(&FINISHER_LEVEL))
            .any(|name| {
                let number = |value: Option<&Value>| value.and_then(integer).unwrap_or(-2);
                let (before, now) = (number(self.before.get(name)), number(now.get(name)));
                let much = name
                    .strip_prefix(&SUPPLY_LEVEL)
                    .and_then(|index| SUPPLY_CAPACITY.extend(&index.collect::<Vec<_>>()).ok())
                    .and_then(|capacity| integer(self.before.get(&capacity)?))
                    .filter(|capacity| *capacity > 0)
                    .unwrap_or(100)
                    / 5;
                now > before || (now < 0) != (before < 0) || before.saturating_sub(now) > much
            })
    }
}

/// So many of the list, others at each turn until all had theirs.
fn in_turn(list: Vec<Oid>, turn: usize, room: usize) -> impl Iterator<Item = Oid> {
    let (length, count) = (list.len(), room.min(list.len()));
    let first = turn.saturating_mul(count).checked_rem(length).unwrap_or(0);
    list.into_iter().cycle().skip(first).take(count)
}

/// Whether any other value than before puts everything in doubt.
fn is_key(name: &Oid, device: Option<u32>) -> bool {
    let of_printer = |column: &Oid| {
        let mut index = name.strip_prefix(column)?;
        Some(device.is_none() || index.next() == device)
    };
    KEYS.iter().any(|key| name.starts_with(key))
        || [device::DESCRIPTION, device::STATUS].iter().any(|column| of_printer(column) == Some(true))
}

/// Whether a value is to be read each time. Of the makers' own objects all are.
pub(super) fn moves(name: &Oid, device: Option<u32>) -> bool {
    let of_maker = || name.starts_with(&ENTERPRISES) && !STANDING.iter().any(|root| name.starts_with(root));
    is_key(name, device) || MOVING.iter().any(|column| name.starts_with(column)) || of_maker()
}

/// What a maker says in words seldom moves.
fn is_words_of_maker(name: &Oid, value: &Value) -> bool {
    name.starts_with(&ENTERPRISES)
        && value.as_bytes().is_some_and(|octets| {
            let printable = octets.iter().all(|octet| (b' '..=b'~').contains(octet));
            printable && !octets.iter().all(u8::is_ascii_digit)
        })
}

/// A new cartridge mostly shows by its level too: where there is much to ask, descriptions have their turn.
fn is_description(name: &Oid, _: &Value) -> bool {
    name.starts_with(&SUPPLY_DESCRIPTION)
}

/// As [`is_description`].
fn is_capacity(name: &Oid, _: &Value) -> bool {
    name.starts_with(&SUPPLY_CAPACITY)
}

const KEYS: &[Oid] = &[
    system::SYS_DESCR,
    system::SYS_OBJECT_ID,
    general::CONFIG_CHANGES,
    general::SERIAL_NUMBER,
    SUPPLY_DESCRIPTION,
    SUPPLY_CAPACITY,
];

/// prtMarkerSuppliesDescription: it often has the serial number in it.
const SUPPLY_DESCRIPTION: Oid = oid!("1.3.6.1.2.1.43.11.1.1.6");
/// prtMarkerSuppliesMaxCapacity
const SUPPLY_CAPACITY: Oid = oid!("1.3.6.1.2.1.43.11.1.1.8");
/// prtMarkerSuppliesLevel
const SUPPLY_LEVEL: Oid = oid!("1.3.6.1.2.1.43.11.1.1.9");
/// finSupplyCurrentLevel
const FINISHER_LEVEL: Oid = oid!("1.3.6.1.2.1.43.31.1.1.8");

const MOVING: &[Oid] = &[
    system::SYS_UP_TIME,
    // People write these, and no key tells it.
    system::SYS_CONTACT,
    system::SYS_NAME,
    system::SYS_LOCATION,
    // hrSystemUptime, hrSystemDate
    oid!("1.3.6.1.2.1.25.1.1"),
    oid!("1.3.6.1.2.1.25.1.2"),
    // hrStorageUsed
    oid!("1.3.6.1.2.1.25.2.3.1.6"),
    device::STATUS,
    // hrDeviceErrors, hrPrinterStatus, hrPrinterDetectedErrorState
    oid!("1.3.6.1.2.1.25.3.2.1.6"),
    oid!("1.3.6.1.2.1.25.3.5.1"),
    // prtAlertCriticalEvents, prtAlertAllEvents
    oid!("1.3.6.1.2.1.43.5.1.1.18"),
    oid!("1.3.6.1.2.1.43.5.1.1.19"),
    // prtCoverStatus
    oid!("1.3.6.1.2.1.43.6.1.1.3"),
    // prtInputCurrentLevel, prtInputStatus, prtInputMediaName
    oid!("1.3.6.1.2.1.43.8.2.1.10"),
    oid!("1.3.6.1.2.1.43.8.2.1.11"),
    oid!("1.3.6.1.2.1.43.8.2.1.12"),
    // prtOutputRemainingCapacity, prtOutputStatus
    oid!("1.3.6.1.2.1.43.9.2.1.5"),
    oid!("1.3.6.1.2.1.43.9.2.1.6"),
    // prtMarkerLifeCount, prtMarkerPowerOnCount, prtMarkerStatus
    oid!("1.3.6.1.2.1.43.10.2.1.4"),
    oid!("1.3.6.1.2.1.43.10.2.1.5"),
    oid!("1.3.6.1.2.1.43.10.2.1.15"),
    SUPPLY_LEVEL,
    FINISHER_LEVEL,
    // prtMediaPathStatus, prtChannelState
    oid!("1.3.6.1.2.1.43.13.4.1.11"),
    oid!("1.3.6.1.2.1.43.14.1.1.6"),
    // prtConsoleDisplayBufferText, prtConsoleOnTime, prtConsoleOffTime
    oid!("1.3.6.1.2.1.43.16.5.1.2"),
    oid!("1.3.6.1.2.1.43.17.6.1.2"),
    oid!("1.3.6.1.2.1.43.17.6.1.3"),
    // finDevicePresentOnOff, finDeviceStatus
    oid!("1.3.6.1.2.1.43.30.1.1.3"),
    oid!("1.3.6.1.2.1.43.30.1.1.9"),
];

const ENTERPRISES: Oid = oid!("1.3.6.1.4.1");
/// Of the Printer Port Monitor MIB (PWG 5107.1) nothing moves, nor do the installed options of Xerox.
const STANDING: &[Oid] = &[oid!("1.3.6.1.4.1.2699.1.2"), oid!("1.3.6.1.4.1.253.8.55.6")];

/// Names of one message to a usual printer ([`peer_options`](super::peer_options)).
const A_MESSAGE: usize = 48;
/// Names above which some are asked for in turn only, and else left to the whole reading.
const MANY: usize = 2 * A_MESSAGE;
/// Clocks of devices are read in messages that take a while, and run fast or slow by less than a fiftieth.
const CLOCK_SLACK: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const FOUR_HOURS: Duration = Duration::from_secs(4 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
