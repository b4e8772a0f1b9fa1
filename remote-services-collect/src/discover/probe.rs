//! What one small request tells of a host: whether it is a printer, and which of its devices.

use remote_services_snmp::engine::Operation;
use remote_services_snmp::{Oid, oid};

use super::kind::{self, HostKind};
use crate::maker;
use crate::profile::Profiles;
use crate::store::ObjectStore;
use crate::tables::{device, general, system};

/// The question: what follows each of these names. One message, which SNMPv1 carries too, and one GETNEXT is all
/// that a sleeping printer is asked.
pub(crate) fn identify() -> Operation {
    Operation::GetNext(vec![
        oid!("1.3.6.1.2.1.1.1"),
        oid!("1.3.6.1.2.1.1.2"),
        oid!("1.3.6.1.2.1.1.5"),
        device::TYPE,
        device::DESCRIPTION,
        device::HR_PRINTER_TABLE,
        general::GENERAL_TABLE,
        general::SERIAL_NUMBER,
    ])
}

/// The question for agents that fail at the first one.
pub(crate) fn identify_plainly() -> Operation {
    Operation::Get(vec![system::SYS_DESCR, system::SYS_OBJECT_ID, system::SYS_NAME])
}

/// The question for hosts whose first device is no printer.
pub(crate) fn list_devices() -> Operation {
    Operation::Walk(device::TYPE)
}

/// What a host said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Why it is taken for a printer; `None` when it is not.
    pub sign: Option<Sign>,
    /// What it is.
    pub kind: HostKind,
    /// hrDeviceIndex of the printer.
    pub device: Option<u32>,
    /// sysObjectID.
    pub object_id: Option<Oid>,
    /// sysDescr.
    pub description: Option<String>,
    /// sysName.
    pub system_name: Option<String>,
    /// hrDeviceDescr of the printer, or what its sysDescr says of the model.
    pub model: Option<String>,
    /// prtGeneralSerialNumber.
    pub serial_number: Option<String>,
}

/// What shows that a host is a printer, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Sign {
    /// It has rows in the Printer-MIB.
    PrinterMib,
    /// A device of type hrDevicePrinter. A print server may have these too.
    DeviceType,
    /// A row in hrPrinterTable.
    PrinterTable,
    /// Its sysObjectID belongs to a maker of printers and nothing else speaks for or against.
    Maker,
}

/// What the answers so far say.
pub(crate) fn weigh(store: &ObjectStore, profiles: &Profiles) -> Evidence {
    let device = device::printer_index(store);
    let object_id = store.get(&system::SYS_OBJECT_ID).and_then(|value| value.as_oid()).cloned();
    let has_rows = |root: &Oid| store.below(root).next().is_some();
    let by_maker = || {
        let id = object_id.as_ref()?;
        // A host that lists its devices, none of them a printer, is something else of that maker's.
        let lists_others = has_rows(&device::TYPE);
        (!lists_others && profiles.of_object_id(id)?.makes_printers_below(id)).then_some(Sign::Maker)
    };
    let sign = match device {
        Some(_) if store.below(&device::PRINTER_MIB).any(|(arcs, _)| device::device_of(&arcs).is_some()) => {
            Some(Sign::PrinterMib)
        }
        Some(_) if has_rows(&device::TYPE) => Some(Sign::DeviceType),
        Some(_) => Some(Sign::PrinterTable),
        None => by_maker(),
    };
    let of_printer = |column: &Oid| store.text(&column.child(device?).ok()?);
    Evidence {
        sign,
        kind: kind::of(store, sign),
        device,
        description: store.text(&system::SYS_DESCR),
        system_name: store.text(&system::SYS_NAME),
        model: maker::model_of(store, device, profiles),
        serial_number: of_printer(&general::SERIAL_NUMBER),
        object_id,
    }
}

/// Whether the devices must be listed to know: the first is no printer, and nothing else speaks for one.
pub(crate) fn needs_devices(store: &ObjectStore) -> bool {
    device::printer_index(store).is_none() && store.below(&device::TYPE).next().is_some()
}
