//! Meters of a host's other devices: Xerox counts copies and scans at devices of their own, whose hrDeviceIndex differs from
//! model to model and need not stand in hrDeviceTable.
//!
//! ```text
//! GETNEXT behind each device that is known ──▶ a device that is not known: once more, behind it
//!                                          └─▶ none: the meters of all of them together
//! ```

use remote_services_snmp::Oid;
use remote_services_snmp::engine::Operation;
use std::collections::BTreeSet;

use crate::profile::Profile;
use crate::store::ObjectStore;
use crate::tables::device;

/// Where devices were looked for.
#[derive(Debug, Default)]
pub(super) struct Sought {
    /// First indexes of names that were asked what follows them.
    points: BTreeSet<u32>,
    done: bool,
}

/// Devices that are looked at: the hosts seen have less than ten.
const MOST_DEVICES: usize = 24;

impl Sought {
    /// The next question about a device of which this is known; `None` when all is asked or there is nothing to ask.
    pub(super) fn next(
        &mut self,
        profile: &Profile,
        own: Option<u32>,
        store: &ObjectStore,
    ) -> Option<Operation> {
        let tables = profile.meter_tables.iter().map(AsRef::as_ref).filter(|table| table.other_devices);
        let tables: Vec<_> = tables.collect();
        let column = &tables.first()?.value;
        if self.done {
            return None;
        }
        let found: BTreeSet<u32> = with_rows(column, store).collect();
        let known = found.iter().copied().chain(device::indexes(store)).chain(own);
        let mut points: BTreeSet<u32> = known.filter_map(|device| device.checked_add(1)).collect();
        points.insert(0);
        let room = MOST_DEVICES.saturating_sub(self.points.len());
        let new: Vec<u32> = points.difference(&self.points).copied().take(room).collect();
        if !new.is_empty() {
            self.points.extend(&new);
            let names = new.iter().filter_map(|point| column.child(*point).ok());
            return Some(Operation::GetNext(names.collect()));
        }
        self.done = true;
        let others = found.into_iter().filter(|device| Some(*device) != own).take(MOST_DEVICES);
        let columns: Vec<Oid> = others
            .flat_map(|device| tables.iter().flat_map(move |table| table.columns(Some(device))))
            .collect();
        if columns.is_empty() { None } else { Some(Operation::Table(columns)) }
    }
}

/// The devices that a column has rows of.
fn with_rows<'a>(column: &Oid, store: &'a ObjectStore) -> impl Iterator<Item = u32> + use<'a> {
    store.below(column).filter_map(|(index, _)| index.first().copied())
}
