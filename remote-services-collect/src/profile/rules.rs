//! Rules that fill single members and rows of the model from a maker's own objects.

use remote_services_snmp::Oid;
use serde::Deserialize;
use serde::de::Error as _;
use std::collections::BTreeMap;

use super::Index;
use super::schema::oid;

/// An instance that fills one member of the model, where no standard object did.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ValueRule {
    /// Which member.
    pub fills: Member,
    /// The object, without its instance.
    #[serde(rename = "object", deserialize_with = "oid")]
    pub column: Oid,
    /// The instance below it.
    #[serde(default)]
    pub index: Index,
    /// What a number is multiplied by to be in the unit of the member.
    #[serde(default = "once")]
    pub scale: u32,
    /// Where the knowledge comes from.
    pub source: String,
}

pub(super) const fn once() -> u32 {
    1
}

/// A member of the model that a [`ValueRule`] can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Member {
    /// When the device was installed: DateAndTime, or digits from the year on.
    InstallDate,
    /// The customer's own asset tag.
    CustomerAssetTag,
    /// A number to call about the device.
    PhoneNumber,
    /// The number of the device's own fax line.
    FaxNumber,
    /// A name of the device in the DNS.
    DnsName,
    /// When the device began to run.
    LastResetAt,
    /// Whether the device can send notifications: 1 or present(3) is yes, 2 or 0 is no.
    TrapsSupported,
    /// Jams since the device was made.
    JamCount,
    /// Impressions that the device expects of its (only) cartridge.
    RemainingImpressions,
    /// Seconds without work before the device sleeps.
    SleepDelay,
    /// Jobs that the device calls large.
    LargeJobs,
    /// Serial number of the main board.
    ControllerSerialNumber,
    /// Version of the main board's firmware.
    ControllerVersion,
}

/// Rows of a table that become rows of the model.
///
/// Cells belong together when the rest of their index is the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RowsRule {
    /// Which rows of the model.
    pub fills: Rows,
    /// Members of these rows and the column that each comes from, with the arcs that all rows share; `device` stands
    /// for the printer's hrDeviceIndex.
    pub columns: BTreeMap<String, Path>,
    /// Rows in which another column says something else are left out: the column, and its number or object identifier.
    #[serde(default, rename = "where")]
    pub only: Option<Condition>,
    /// Members that are the same in all rows.
    #[serde(default)]
    pub fixed: BTreeMap<String, String>,
    /// Members that the index gives, for objects whose place says what they are: the rest of the index, and the members of
    /// that row. Rows that are not listed are left out.
    #[serde(default)]
    pub listed: BTreeMap<String, BTreeMap<String, String>>,
    /// What numbers of a column mean: member, number, word of the model.
    #[serde(default)]
    pub words: BTreeMap<String, BTreeMap<String, String>>,
    /// Where the knowledge comes from.
    pub source: String,
}

/// What a column must say for a row to count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Condition {
    /// The column.
    pub column: Path,
    /// Its number, object identifier or text in the rows that are read.
    pub is: String,
}

/// Rows of the model that a [`RowsRule`] can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Rows {
    /// `code` (needed), `description`, `occurredAt`, `component`: faults of the past.
    Fault,
    /// `name` (needed), `kind`, `version`, `serialNumber`, `installDate`: parts with an identity of their own.
    Module,
    /// `feature` (needed), `state`, `installDate`, `expiresAt`: options that need a licence.
    Licence,
    /// `name` (needed), `value`: settings. Never a password, community or key.
    Setting,
    /// `presence` (needed; `no` where the part is not there), `kind`, `index`, `description`: parts that may be installed.
    Component,
    /// `name` (needed), `type`, `enabled`: functions that are installed.
    Service,
    /// `name` (needed), `state`, `delay` (seconds), `delayUnit` (seconds of one of them): ways to save power.
    PowerMode,
    /// `count` (needed), `location`: jams that the maker counts.
    Jam,
    /// `images` (needed), `destination`: images by the kind of place they went to.
    ScanTo,
    /// `address` (needed): where notifications go.
    TrapDestination,
    /// `address` (needed): the device's IPX address.
    IpxAddress,
    /// `address` (needed): network and node of an IPX socket.
    IpxSocket,
    /// `address` (needed): the NetWare server that feeds the device.
    IpxPrintServer,
    /// `name` (needed): names of the device in the DNS.
    DnsName,
    /// More about the supplies of prtMarkerSuppliesTable, joined by `name` where there is one, else by the last arc of
    /// the index: `usage`, `installDate`, `countAtInstall`, `serialNumber`, `partNumber`, `model`, `manufacturer`,
    /// `size`, `remainingImpressions`, `replaceableBy`, `reorderAt`, `warningAt`, `replaceAt`, `maximumAt`, `related`.
    Supply,
    /// `impressions` or `sheets` (one is needed), `label`, `color`, `sides`, `mediaSize`, `quality`: prints that the maker
    /// counts apart; with `language` or `numberUp`, by these. This and what follows is detailed usage, which is asked for
    /// only when wanted.
    PrintUsage,
    /// `images` or `sheets` (one is needed), `label`, `source`, `color`, `mediaSize`, `destination`: scans.
    ScanUsage,
    /// `time` or `transitions` (one is needed), `state` (needed), `timeUnit` (seconds of one of them): power.
    PowerUsage,
    /// `replacements`, `replacedAt` or `failures` (one is needed), `name`, `failureCode`: customer-replaceable units.
    Cru,
    /// `lower` (needed), `upper`, `jobs`, `impressions`: a class of run lengths.
    RunLength,
    /// `sheets` (needed), `tray`: sheets by input tray.
    TrayUsage,
    /// `sheets` (needed), `bin`: sheets by output bin.
    BinUsage,
    /// `sheets` (needed), `name` (needed), `monochrome`, `fullColor`: sheets by size of media. Rows of one name are added up.
    MediaSize,
    /// `sheets` (needed), `name` (needed): sheets by type of media. Rows of one name are added up.
    MediaType,
    /// `limit` or `usage` (one is needed), `id`, `name`, `unit`, `daysUntil`, `lastReset`: service items.
    ServiceItem,
    /// `percent` (needed), `colorant` (needed): mean area coverage.
    Coverage,
    /// `count` (needed), `code` (needed): how often something happened; `lastAt`.
    Incident,
    /// `replacedAt` (needed), `name`, `partNumber`, `countAt`: parts that were replaced.
    PartReplaced,
}

impl Rows {
    /// Whether the rows are detailed usage.
    pub(crate) const fn is_usage(self) -> bool {
        matches!(
            self,
            Self::PrintUsage
                | Self::ScanUsage
                | Self::PowerUsage
                | Self::Cru
                | Self::RunLength
                | Self::TrayUsage
                | Self::BinUsage
                | Self::MediaSize
                | Self::MediaType
                | Self::ServiceItem
                | Self::Coverage
                | Self::Incident
                | Self::PartReplaced
        )
    }

    /// Members that make a row as well as the needed one.
    pub(crate) const fn instead(self) -> &'static [&'static str] {
        match self {
            Self::PrintUsage | Self::ScanUsage => &["sheets"],
            Self::PowerUsage => &["transitions"],
            Self::Cru => &["replacedAt", "failures"],
            Self::ServiceItem => &["usage"],
            _ => &[],
        }
    }

    /// The member without which there is no row, and the others.
    pub(crate) const fn members(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Fault => ("code", &["description", "occurredAt", "component"]),
            Self::Module => ("name", &["kind", "version", "serialNumber", "installDate"]),
            Self::Licence => ("feature", &["state", "installDate", "expiresAt"]),
            Self::Setting => ("name", &["value"]),
            Self::Component => ("presence", &["kind", "index", "description"]),
            Self::Service => ("name", &["type", "enabled"]),
            Self::PowerMode => ("name", &["state", "delay", "delayUnit"]),
            Self::Jam => ("count", &["location"]),
            Self::ScanTo => ("images", &["destination"]),
            Self::TrapDestination | Self::IpxAddress | Self::IpxSocket | Self::IpxPrintServer => {
                ("address", &[])
            }
            Self::DnsName => ("name", &[]),
            Self::PrintUsage => (
                "impressions",
                &["sheets", "label", "color", "sides", "mediaSize", "quality", "language", "numberUp"],
            ),
            Self::ScanUsage => {
                ("images", &["sheets", "label", "source", "color", "mediaSize", "destination"])
            }
            Self::PowerUsage => ("time", &["transitions", "state", "timeUnit"]),
            Self::Cru => ("replacements", &["replacedAt", "failures", "name", "failureCode"]),
            Self::RunLength => ("lower", &["upper", "jobs", "impressions"]),
            Self::TrayUsage => ("sheets", &["tray"]),
            Self::BinUsage => ("sheets", &["bin"]),
            Self::MediaSize => ("sheets", &["name", "monochrome", "fullColor"]),
            Self::MediaType => ("sheets", &["name"]),
            Self::ServiceItem => ("limit", &["usage", "id", "name", "unit", "daysUntil", "lastReset"]),
            Self::Coverage => ("percent", &["colorant"]),
            Self::Incident => ("count", &["code", "lastAt"]),
            Self::PartReplaced => ("replacedAt", &["name", "partNumber", "countAt"]),
            Self::Supply => (
                "name",
                &[
                    "usage",
                    "installDate",
                    "countAtInstall",
                    "serialNumber",
                    "partNumber",
                    "model",
                    "manufacturer",
                    "size",
                    "remainingImpressions",
                    "replaceableBy",
                    "reorderAt",
                    "warningAt",
                    "replaceAt",
                    "maximumAt",
                    "related",
                ],
            ),
        }
    }
}

/// A column with the arcs that all rows share. `None` stands for the printer's hrDeviceIndex, which is written `device`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<Option<u32>>);

impl Path {
    /// The column for this printer; `None` when it needs an hrDeviceIndex and there is none.
    #[must_use]
    pub fn of(&self, device: Option<u32>) -> Option<Oid> {
        let arcs: Option<Vec<u32>> = self.0.iter().map(|part| part.or(device)).collect();
        Oid::from_arcs(&arcs?).ok()
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let part = |part: &str| match part {
            "device" => Ok(None),
            number => number.parse().map(Some).map_err(|_| {
                D::Error::custom(format!("`{number}` is neither an arc nor `device` in the column `{text}`"))
            }),
        };
        let path = text.split('.').map(part).collect::<Result<_, _>>().map(Self)?;
        path.of(Some(1)).map(|_| path).ok_or_else(|| D::Error::custom(format!("`{text}` is no object")))
    }
}

impl RowsRule {
    /// The columns to walk.
    pub(crate) fn roots(&self, device: Option<u32>) -> Vec<Oid> {
        let only = self.only.iter().map(|only| &only.column);
        self.columns.values().chain(only).filter_map(|path| path.of(device)).collect()
    }

    /// The column whose cells make the rows: that of the member without which there is none, else the first.
    pub(crate) fn key(&self) -> Option<&Path> {
        self.columns.get(self.fills.members().0).or_else(|| self.columns.values().next())
    }
}
