//! What is remembered of a device, as it stands on the disk. What an older version wrote is read, too.

use remote_services_collect::history::{FaultLog, OpenAlert};
use remote_services_collect::identity::Evidence;
use remote_services_collect::truth::{Ledger, Track};
use remote_services_collect::usage::log::UsageLog;
use remote_services_core::counter::CounterUnit;
use remote_services_core::status::Fault;
use remote_services_core::time::Timestamp;
use remote_services_core::usage::{PartReplaced, Resolution};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// A [`UsageLog`] on the disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeptUsage {
    supplies: BTreeMap<String, String>,
    modules: BTreeMap<String, String>,
    crus: BTreeMap<String, (u64, VecDeque<Timestamp>)>,
    parts: VecDeque<PartReplaced>,
    resolutions: VecDeque<Resolution>,
    open: Vec<String>,
    uptime: Option<(u64, Timestamp)>,
}

impl From<UsageLog> for KeptUsage {
    fn from(log: UsageLog) -> Self {
        let UsageLog { supplies, modules, crus, parts, resolutions, open, uptime } = log;
        Self { supplies, modules, crus, parts, resolutions, open, uptime }
    }
}

impl From<&KeptUsage> for UsageLog {
    fn from(kept: &KeptUsage) -> Self {
        let KeptUsage { supplies, modules, crus, parts, resolutions, open, uptime } = kept.clone();
        Self { supplies, modules, crus, parts, resolutions, open, uptime }
    }
}

/// A [`FaultLog`] on the disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeptFaults {
    faults: VecDeque<Fault>,
    /// Index, code, and the place as group, index and location.
    open: Vec<(i64, i64, (i64, i64, i64))>,
    /// sysUpTime, and when that was.
    #[serde(default, rename = "uptimeAt")]
    uptime: Option<(u64, Timestamp)>,
}

impl From<&FaultLog> for KeptFaults {
    fn from(log: &FaultLog) -> Self {
        let open = log.open.iter().map(|open| (open.index, open.code, open.place));
        Self { faults: log.faults.clone(), open: open.collect(), uptime: log.uptime }
    }
}

impl From<&KeptFaults> for FaultLog {
    fn from(kept: &KeptFaults) -> Self {
        let open = kept.open.iter().map(|&(index, code, place)| OpenAlert { index, code, place });
        Self { faults: kept.faults.clone(), open: open.collect(), uptime: kept.uptime }
    }
}

/// A [`Ledger`] on the disk.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeptLedger {
    epoch: u64,
    /// Counter → value read last, and the values that it fell from.
    tracks: BTreeMap<String, (u64, Vec<u64>)>,
    /// Counter → what it counts.
    #[serde(default)]
    units: BTreeMap<String, CounterUnit>,
    /// What the main board was known by.
    #[serde(default)]
    board: Vec<String>,
}

impl From<&Ledger> for KeptLedger {
    fn from(ledger: &Ledger) -> Self {
        let tracks = ledger
            .tracks
            .iter()
            .map(|(name, track)| (name.clone(), (track.value, track.fallen_from.clone())));
        let (units, board) = (ledger.units.clone(), ledger.board.clone());
        Self { epoch: ledger.epoch, tracks: tracks.collect(), units, board }
    }
}

impl From<&KeptLedger> for Ledger {
    fn from(kept: &KeptLedger) -> Self {
        let tracks = kept.tracks.iter().map(|(name, (value, fallen_from))| {
            (name.clone(), Track { value: *value, fallen_from: fallen_from.clone() })
        });
        let (units, board) = (kept.units.clone(), kept.board.clone());
        Self { epoch: kept.epoch, tracks: tracks.collect(), units, board }
    }
}

/// How an [`Evidence`] looks on the disk.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Evidence", rename_all = "camelCase")]
pub(super) struct EvidenceOnDisk {
    #[serde(default)]
    macs: Vec<String>,
    model: Option<String>,
    object_id: Option<String>,
    engine: Option<String>,
    name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_comes_back_with_its_units_and_one_that_has_none_is_read() {
        let old = r#"{"epoch":3,"tracks":{"LifeCount/1":[1000,[]]}}"#;
        let mut ledger = Ledger::from(&serde_json::from_str::<KeptLedger>(old).unwrap());
        assert_eq!((ledger.epoch, ledger.tracks["LifeCount/1"].value, ledger.units.len()), (3, 1_000, 0));
        ledger.units.insert("LifeCount/1".into(), CounterUnit::Sheets);
        ledger.units.insert("BillingMeter/Clicks".into(), CounterUnit::from_label("clicks"));
        let kept = serde_json::to_string(&KeptLedger::from(&ledger)).unwrap();
        assert_eq!(Ledger::from(&serde_json::from_str::<KeptLedger>(&kept).unwrap()), ledger);
    }
}
