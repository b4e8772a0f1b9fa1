//! What is known of single makers, as data: one TOML file a maker, in `profiles/`.
//!
//! ```text
//!  profiles/*.toml ──parse──▶ Profile ──┐
//!  a site's own     ──parse──▶ Profile ──┴─▶ Profiles ──by sysObjectID, 1284 id, descriptions──▶ one Profile
//!                                                        objects() ──▶ what the plan asks beyond the standard MIBs
//!                                                        meters()  ──▶ what the answers say, in our words
//! ```
//!
//! A profile is chosen by evidence and says how its maker's devices are read; it never overrides what a standard object
//! says. Each rule names its object, its unit and where the knowledge comes from. A device costs one profile at most four
//! requests more. [`Profiles::builtin`] has those that come with the crate; [`Profiles::with`] adds or replaces one without
//! compiling anything. [`guide`] shows how to write one.

mod catalog;
mod detect;
#[doc = include_str!("guide.md")]
pub mod guide {}
mod error;
mod lint;
mod meters;
mod records;
mod rules;
mod schema;
mod supplies;
mod usage;
mod values;

use remote_services_snmp::Oid;

pub use catalog::{Profiles, is_same_maker};
pub use detect::enterprise;
pub use error::ProfileError;
pub(crate) use meters::{fill_counters, whole_device_label};
pub use rules::{Condition, Member, Path, Rows, RowsRule, ValueRule};
pub use schema::{
    Brand, Color, Description, Index, LabelPart, Labelled, Meter, MeterRecords, MeterTable, Object, Only,
    Place, Profile, Restart, Row, TextSetting,
};
pub(crate) use usage::fill as fill_usage;
pub(crate) use values::fill;

/// Instances that hold a 1284 id: ppmPrinterIEEE1284DeviceId (PWG 5107.1), the JetDirect status id that many
/// boards copy, Brother's and Kyocera's place for the same, and xcmGenBaseSystem1284DeviceId.
pub static DEVICE_IDS: &[Oid] = &[
    remote_services_snmp::oid!("1.3.6.1.4.1.2699.1.2.1.2.1.1.3.1"),
    remote_services_snmp::oid!("1.3.6.1.4.1.11.2.3.9.1.1.7.0"),
    remote_services_snmp::oid!("1.3.6.1.4.1.2435.2.3.9.1.1.7.0"),
    remote_services_snmp::oid!("1.3.6.1.4.1.1347.40.1.1.1.8.1"),
    remote_services_snmp::oid!("1.3.6.1.4.1.253.8.51.1.2.1.20.1"),
];

impl Profile {
    /// All instances outside the standard MIBs to GET from a device of this maker.
    #[must_use]
    pub fn names(&self, device: Option<u32>) -> Vec<Oid> {
        let objects =
            [&self.serial_number, &self.firmware_version, &self.model, &self.asset_tag, &self.console];
        let objects = objects.into_iter().flatten().map(|object| (&object.column, &object.index));
        let meters = self.meters.iter().map(AsRef::as_ref).map(|meter| (&meter.column, &meter.index));
        let records = self.meter_records.iter().map(AsRef::as_ref).map(|text| (&text.column, &text.index));
        let values = self.values.iter().map(AsRef::as_ref).map(|value| (&value.column, &value.index));
        let all = objects.chain(meters).chain(records).chain(values);
        all.filter_map(|(column, index)| index.below(column, device)).collect()
    }

    /// The columns of its meter tables, as far as they belong to this device.
    #[must_use]
    pub fn columns(&self, device: Option<u32>) -> Vec<Oid> {
        self.meter_tables.iter().flat_map(|table| table.get_ref().columns(device)).collect()
    }

    /// Tables beyond its meters that a device may have or not: a name to ask what follows it, and the columns to read
    /// when it lies in the table.
    #[must_use]
    pub fn tables(&self, device: Option<u32>) -> Vec<(Oid, Vec<Oid>)> {
        self.row_tables(device, false)
    }

    /// The same of the tables that only the detailed usage is made of.
    #[must_use]
    pub fn usage_tables(&self, device: Option<u32>) -> Vec<(Oid, Vec<Oid>)> {
        self.row_tables(device, true)
    }

    fn row_tables(&self, device: Option<u32>, usage: bool) -> Vec<(Oid, Vec<Oid>)> {
        let rules = self.rows.iter().map(AsRef::as_ref).filter(|rule| rule.fills.is_usage() == usage);
        let mut tables: Vec<(Oid, Vec<Oid>)> =
            rules.filter_map(|rule| Some((rule.key()?.of(device)?, rule.roots(device)))).collect();
        // What lies below a column that is walked anyway is not asked for by itself.
        let all: Vec<Oid> = tables.iter().flat_map(|(_, columns)| columns).cloned().collect();
        let inside = |column: &Oid| all.iter().any(|other| other != column && column.starts_with(other));
        tables.iter_mut().for_each(|(_, columns)| columns.retain(|column| !inside(column)));
        tables.retain(|(_, columns)| !columns.is_empty());
        tables
    }
}

impl Object {
    /// The instance to GET; `None` when it needs an hrDeviceIndex and there is none.
    #[must_use]
    pub fn instance(&self, device: Option<u32>) -> Option<Oid> {
        self.index.below(&self.column, device)
    }
}

impl MeterTable {
    pub(crate) fn columns(&self, device: Option<u32>) -> impl Iterator<Item = Oid> {
        [Some(&self.value), self.label.as_ref(), self.key.as_ref()]
            .into_iter()
            .flatten()
            .chain(self.only.iter().map(|only| &only.column))
            .chain(self.label_of.iter().map(|part| &part.column))
            .filter_map(move |column| self.below.below(column, device))
    }
}

impl Index {
    /// The name with this index below `column`.
    #[must_use]
    pub fn below(&self, column: &Oid, device: Option<u32>) -> Option<Oid> {
        let arcs: Option<Vec<u32>> = self.0.iter().map(|part| part.or(device)).collect();
        column.extend(&arcs?).ok()
    }
}
