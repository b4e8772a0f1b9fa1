//! The tables of a printer, and which of them it has.
//!
//! One GETNEXT with the names of some tables tells of most which there are: what follows a name lies in the table, and
//! when it lies beyond the next tables too, these are not there either. So tables that few devices have cost nothing but
//! their name, and those that a device lacks do not fill its answers with what comes after them.

use remote_services_snmp::Oid;
use std::collections::BTreeSet;
use std::ops::Bound;

use crate::profile::{Profile, Profiles};
use crate::store::{ObjectStore, Table};
use crate::tables::{
    alert, channel, console, device, finisher, general, imaging, input, interface, interpreter, marker,
    media_path, output, storage, supplies,
};
use crate::usage;

/// A table that a printer may have.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// What follows this name lies below it when the table has rows.
    pub(super) entry: Oid,
    /// Whether to ask what follows.
    pub(super) probed: bool,
    /// The columns to read.
    pub(super) columns: Vec<Oid>,
    /// Whether most printers have it: it is read also where the device did not say whether it does.
    pub(super) usual: bool,
}

impl Asked {
    /// A table that is read only when it is there.
    pub(super) fn rare(entry: Oid, columns: Vec<Oid>) -> Self {
        Self { entry, probed: true, columns, usual: false }
    }

    /// Whether the table is to be read, by what followed the names in `probed`. A usual table of which nothing is known
    /// is read.
    pub(super) fn is_there(&self, probed: &BTreeSet<Oid>, store: &ObjectStore) -> bool {
        let Some(before) = probed.range(..=&self.entry).next_back() else { return self.usual };
        let after = (Bound::Excluded(before.clone()), Bound::Unbounded);
        match store.values().range(after).next() {
            None => false,
            Some((next, _)) if *next < self.entry => self.usual,
            Some((next, _)) => next.starts_with(&self.entry),
        }
    }
}

/// All tables that are worth asking this device for.
pub(super) fn tables(device: Option<u32>, profile: Option<&Profile>, profiles: &Profiles) -> Vec<Asked> {
    let mut all = Vec::new();
    all.extend(HOST.iter().map(|(table, probed)| Asked {
        entry: table.entry.clone(),
        probed: *probed,
        columns: table.roots().collect(),
        usual: true,
    }));
    if let Some(device) = device {
        // Indexed by hrDeviceIndex first: of our printer only.
        let own = |table: &Table| -> Vec<Oid> {
            table.roots().filter_map(|column| column.child(device).ok()).collect()
        };
        all.extend(PRINTER.iter().map(|(table, probed)| Asked {
            entry: table.entry.clone(),
            probed: *probed,
            columns: own(table),
            usual: true,
        }));
        let finishers = [&finisher::DEVICES, &finisher::SUPPLIES, &finisher::ATTRIBUTES];
        let columns = finishers.into_iter().flat_map(own).collect();
        all.push(Asked::rare(finisher::DEVICES.entry.clone(), columns));
    }
    all.push(Asked::rare(imaging::ROOT, imaging::columns()));
    // Its first row is all that is wanted of it.
    all.push(Asked::rare(interface::DEFAULT_ROUTE, Vec::new()));
    let mut meters = |columns: Vec<Oid>, usual| {
        if let Some(entry) = columns.first().cloned() {
            all.push(Asked { entry, probed: true, columns, usual });
        }
    };
    match profile {
        Some(profile) => {
            let tables = profile.meter_tables.iter().map(toml::Spanned::get_ref);
            tables.for_each(|table| meters(table.columns(device).collect(), true));
            all.extend(
                profile.tables(device).into_iter().map(|(entry, columns)| Asked::rare(entry, columns)),
            );
        }
        None => {
            let tables = profiles.labelled();
            tables.iter().for_each(|table| meters(table.columns(device).collect(), false));
        }
    }
    all
}

/// The tables that only the detailed usage is made of.
pub(super) fn usage_tables(device: Option<u32>, profile: Option<&Profile>) -> Vec<Asked> {
    let (trays, counters) = usage::columns(device);
    let trays = Asked { entry: input::TABLE_ENTRY, probed: false, columns: trays, usual: true };
    let own = profile.map(|profile| profile.usage_tables(device)).unwrap_or_default();
    let own = own.into_iter().map(|(entry, columns)| Asked::rare(entry, columns));
    [trays, Asked::rare(imaging::ROOT, counters)].into_iter().chain(own).collect()
}

/// Tables, and whether it is asked what follows their name. Few enough that the answers fit into one frame even where each is
/// the same long text of the maker: of the others, most are told by the one before.
type Tables = &'static [(&'static Table, bool)];

const HOST: Tables = &[
    (&interface::INTERFACES, false),
    (&interface::IPV4, false),
    (&interface::ADDRESSES, true),
    (&storage::TABLE, true),
    (&device::TABLE, false),
    (&storage::SOFTWARE, true),
    (&channel::PORTS, true),
];
const PRINTER: Tables = &[
    (&marker::TABLE, false),
    (&marker::COLORANTS, true),
    (&general::COVERS, true),
    (&general::LOCALIZATIONS, false),
    (&media_path::TABLE, false),
    (&console::TABLE, false),
    (&console::LIGHTS, true),
    (&output::TABLE, true),
    (&supplies::TABLE, false),
    (&alert::TABLE, false),
    (&input::TABLE, false),
    (&interpreter::TABLE, false),
    (&channel::TABLE, false),
];
