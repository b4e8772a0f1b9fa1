//! What a profile may say: the TOML, member by member. A member that is not listed here is an error.

use remote_services_core::counter::{CounterUnit, ServiceType};
use remote_services_snmp::Oid;
use serde::Deserialize;
use serde::de::Error as _;
use std::collections::BTreeMap;
use toml::Spanned;

use super::rules::{RowsRule, ValueRule, once};

/// The unit of scans and of pages sent by fax: pictures of one side each.
pub(crate) const IMAGES: &str = "images";

/// What is known of the devices of one maker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// The version of these rules: 1.
    pub schema: u32,
    /// The maker's name as it is reported.
    pub manufacturer: String,
    /// IANA enterprise numbers under which its devices answer.
    #[serde(default)]
    pub enterprises: Vec<u32>,
    /// Words at the start of descriptions and 1284 ids, and the names that they stand for.
    #[serde(default, rename = "brand")]
    pub brands: Vec<Brand>,
    /// The subtree of sysObjectID that only printers use, where the enterprise makes other things too.
    #[serde(default, deserialize_with = "optional_oid")]
    pub printers_below: Option<Oid>,
    /// Where in sysDescr the model stands.
    #[serde(default)]
    pub sys_descr: Description,
    /// Serial numbers, best first.
    #[serde(default)]
    pub serial_number: Vec<Object>,
    /// Firmware versions of the whole device, best first.
    #[serde(default)]
    pub firmware_version: Vec<Object>,
    /// Model names, for makers whose hrDeviceDescr does not say it.
    #[serde(default)]
    pub model: Vec<Object>,
    /// Asset tags: all that the device has.
    #[serde(default)]
    pub asset_tag: Vec<Object>,
    /// Texts of the operator's panel, for devices without prtConsoleDisplayBufferText.
    #[serde(default)]
    pub console: Vec<Object>,
    /// Ways to restart the device where prtGeneralReset does not, best first.
    #[serde(default)]
    pub restart: Vec<Restart>,
    /// Texts of the device that may be written.
    #[serde(default, rename = "setting")]
    pub settings: Vec<TextSetting>,
    /// Single members of the model.
    #[serde(default, rename = "value")]
    pub values: Vec<Spanned<ValueRule>>,
    /// Rows of the model.
    #[serde(default, rename = "rows")]
    pub rows: Vec<Spanned<RowsRule>>,
    /// Meters that have an instance each.
    #[serde(default, rename = "meter")]
    pub meters: Vec<Spanned<Meter>>,
    /// Meters in rows, told apart by a label, a number or their index.
    #[serde(default, rename = "meter_table")]
    pub meter_tables: Vec<Spanned<MeterTable>>,
    /// Meters in one text of records.
    #[serde(default)]
    pub meter_records: Vec<Spanned<MeterRecords>>,
}

/// A brand of a maker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Brand {
    /// What a text starts with, in lower case. With a blank at the end it is taken to the letter, else as a whole word.
    pub starts: String,
    /// The name that is reported.
    pub name: String,
}

/// An object outside the tables that are always read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Object {
    /// The object, without its instance.
    #[serde(rename = "object", deserialize_with = "oid")]
    pub column: Oid,
    /// The instance below it.
    #[serde(default)]
    pub index: Index,
    /// Words that the device writes before the value and that are no part of it.
    #[serde(default)]
    pub after: Option<String>,
    /// Where the knowledge comes from: a MIB and its object, or a device that was read.
    pub source: String,
}

/// An object that restarts the device when this number is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Restart {
    /// The object, without its instance.
    #[serde(rename = "object", deserialize_with = "oid")]
    pub column: Oid,
    /// The instance below it.
    #[serde(default)]
    pub index: Index,
    /// What to write.
    pub value: i32,
    /// Where the knowledge comes from.
    pub source: String,
}

/// A text of the device that may be written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TextSetting {
    /// What it is called in commands.
    pub name: String,
    /// The object, without its instance.
    #[serde(rename = "object", deserialize_with = "oid")]
    pub column: Oid,
    /// The instance below it.
    #[serde(default)]
    pub index: Index,
    /// Octets of the longest text.
    pub longest: u8,
    /// Where the knowledge comes from.
    pub source: String,
}

/// Arcs of an instance, `0` if none are given. `None` stands for the printer's hrDeviceIndex, which is written `device`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index(pub(crate) Vec<Option<u32>>);

/// What a maker writes into sysDescr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Description {
    /// Usually nothing to go by: the network card, or a slogan.
    #[default]
    NoModel,
    /// The model up to the first `;`, `,` or ` / `.
    ModelFirst,
    /// The same, then `name version` parts after the `;`.
    ModelThenParts,
    /// `…,PID:model,…` with `SN:serial`.
    HpFields,
    /// `… Attached to model Rev.firmware : …`.
    OkiAttached,
    /// `model version firmware kernel …`.
    LexmarkVersion,
    /// `model firmware / …`.
    RicohVersion,
}

/// A meter with an instance of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Meter {
    /// As the maker names it.
    pub label: String,
    /// The object, without its instance.
    #[serde(rename = "object", deserialize_with = "oid")]
    pub column: Oid,
    /// The instance below it.
    #[serde(default)]
    pub index: Index,
    /// What it counts.
    #[serde(deserialize_with = "unit")]
    pub unit: CounterUnit,
    /// What the number is multiplied by to be in the unit: 10000 where inches are to be ten-thousandths of inches.
    #[serde(default = "once")]
    pub scale: u32,
    /// Of a text such as `1920 INCHES, 4876 CENTIMETERS`: the word that the number stands before.
    #[serde(default)]
    pub before: Option<String>,
    /// Which counter of the model it is, if it is one.
    pub counts: Option<Place>,
    /// Where the knowledge comes from.
    pub source: String,
}

/// Meters in the rows of a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MeterTable {
    /// The column of the numbers.
    #[serde(deserialize_with = "oid")]
    pub value: Oid,
    /// The column of the labels.
    #[serde(default, deserialize_with = "optional_oid")]
    pub label: Option<Oid>,
    /// Columns of numbers that make the label, where none has labels: their words with commas between them.
    #[serde(default)]
    pub label_of: Vec<LabelPart>,
    /// The column of the numbers that say what a row counts.
    #[serde(default, deserialize_with = "optional_oid")]
    pub key: Option<Oid>,
    /// The part of the index that is the same in all rows.
    #[serde(default = "Index::none")]
    pub below: Index,
    /// Whether rows of the host's other devices count, too, as those of a copier: their hrDeviceIndex is in the place of the
    /// printer's. What the printer's own rows say comes first.
    #[serde(default)]
    pub other_devices: bool,
    /// Rows in which another column says something else are left out.
    #[serde(default)]
    pub only: Vec<Only>,
    /// Rows that are not listed are read all the same when their label has one of these words.
    #[serde(default)]
    pub units: Vec<Labelled>,
    /// The rows that are known.
    #[serde(default, rename = "row")]
    pub rows: Vec<Row>,
    /// Where the knowledge comes from.
    pub source: String,
}

/// A column that says one thing of what a row counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LabelPart {
    /// The column.
    #[serde(deserialize_with = "oid")]
    pub column: Oid,
    /// Its numbers, and their words; a number with an empty one says nothing, and a row with one that is not
    /// here is left out.
    pub words: BTreeMap<String, String>,
}

/// What a column must say for a row to count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Only {
    /// The column.
    #[serde(deserialize_with = "oid")]
    pub column: Oid,
    /// Its number in the rows that are read.
    pub is: i64,
}

/// A word in labels and what such a row counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Labelled {
    /// In lower case.
    pub word: String,
    /// What a row with it counts.
    #[serde(deserialize_with = "unit")]
    pub unit: CounterUnit,
}

/// A row of a table or a record of a text that is known: by its label, its key or the rest of its index.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Row {
    /// The label; in a table with a column of labels the row that has it, else the one that is reported.
    pub label: String,
    /// The number in the column of keys, or the first octet of a record.
    pub key: Option<i64>,
    /// The index below the part that all rows share.
    pub index: Option<Index>,
    /// What it counts.
    #[serde(deserialize_with = "unit")]
    pub unit: CounterUnit,
    /// Which counter of the model it is, if it is one.
    pub counts: Option<Place>,
}

/// Meters in one text of records of seven octets: what is counted, 0x01, the length 4, the number from the highest octet on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MeterRecords {
    /// The object, without its instance.
    #[serde(rename = "object", deserialize_with = "oid")]
    pub column: Oid,
    /// The instance below it.
    #[serde(default)]
    pub index: Index,
    /// Where the knowledge comes from.
    pub source: String,
    /// The records that are known, by their first octet.
    #[serde(rename = "row")]
    pub rows: Vec<Row>,
}

/// A counter of the model: lifetime, all work, of one service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Place {
    /// The service; `systemTotals` for the whole device.
    #[serde(deserialize_with = "service")]
    pub service: ServiceType,
    /// The colour.
    #[serde(default)]
    pub color: Color,
    /// On media larger than a limit of the maker: of the whole device, with `systemTotals`.
    #[serde(default)]
    pub large: bool,
}

/// The colour classes of impressions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Color {
    /// All of them.
    #[default]
    Total,
    /// Black only.
    Monochrome,
    /// Full colour.
    FullColor,
    /// One or two colours.
    HighlightColor,
    /// Nothing on them.
    Blank,
}

impl Index {
    /// No arcs: the column itself.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }
}

impl Default for Index {
    fn default() -> Self {
        Self(vec![Some(0)])
    }
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let part = |part: &str| match part {
            "device" => Ok(None),
            number => number.parse().map(Some).map_err(|_| {
                D::Error::custom(format!("`{number}` is neither an arc nor `device` in the index `{text}`"))
            }),
        };
        text.split('.').map(part).collect::<Result<_, _>>().map(Self)
    }
}

pub(crate) fn oid<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Oid, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|error| D::Error::custom(format!("`{text}` is no object: {error}")))
}

fn optional_oid<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Oid>, D::Error> {
    oid(deserializer).map(Some)
}

fn unit<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<CounterUnit, D::Error> {
    let label = String::deserialize(deserializer)?;
    match CounterUnit::from_label(&label) {
        // The printer MIB has no word for what a scanner counts.
        unit if label == IMAGES => Ok(unit),
        CounterUnit::Unlisted(_) => {
            Err(unlisted::<D>("unit", &label, CounterUnit::LISTED.iter().map(|unit| unit.1)))
        }
        unit => Ok(unit),
    }
}

fn service<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ServiceType, D::Error> {
    let label = String::deserialize(deserializer)?;
    match ServiceType::from_label(&label) {
        ServiceType::Unlisted(_) => {
            Err(unlisted::<D>("service", &label, ServiceType::LISTED.iter().map(|service| service.1)))
        }
        service => Ok(service),
    }
}

fn unlisted<'de, D: serde::Deserializer<'de>>(
    what: &str,
    label: &str,
    listed: impl Iterator<Item = &'static str>,
) -> D::Error {
    D::Error::custom(format!("`{label}` is no {what}: one of {}", listed.collect::<Vec<_>>().join(", ")))
}
