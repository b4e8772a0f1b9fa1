//! hrDeviceTable and hrPrinterTable (HOST-RESOURCES-MIB, RFC 2790): which device of the host is the printer.

use remote_services_core::properties::{Component, ComponentKind, Properties};
use remote_services_core::reading::{Withheld, WithheldReason};
use remote_services_core::status::{ComponentStatus, DetectedError, DeviceStatus, PrinterStatus, Status};
use remote_services_snmp::{Oid, oid};
use std::collections::BTreeSet;

use super::{Reading, source_scalar};
use crate::store::{ObjectStore, Table, integer};

/// 2 type, 3 description, 4 id, 5 status, 6 errors.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.25.3.2.1"), columns: &[2, 3, 4, 5, 6] };
pub(crate) const TYPE: Oid = oid!("1.3.6.1.2.1.25.3.2.1.2");
pub(crate) const DESCRIPTION: Oid = oid!("1.3.6.1.2.1.25.3.2.1.3");
pub(crate) const STATUS: Oid = oid!("1.3.6.1.2.1.25.3.2.1.5");
pub(crate) const HR_PRINTER_TABLE: Oid = oid!("1.3.6.1.2.1.25.3.5.1");
const PRINTER_STATUS: Oid = oid!("1.3.6.1.2.1.25.3.5.1.1");
const DETECTED_ERRORS: Oid = oid!("1.3.6.1.2.1.25.3.5.1.2");
/// hrDevicePrinter
pub(crate) const PRINTER_TYPE: Oid = oid!("1.3.6.1.2.1.25.3.1.5");
/// prtGeneralEntry
const GENERAL: Oid = oid!("1.3.6.1.2.1.43.5.1.1");
const DEVICE_TYPES: Oid = oid!("1.3.6.1.2.1.25.3.1");
pub(crate) const PRINTER_MIB: Oid = oid!("1.3.6.1.2.1.43");

/// Instances to GET once the printer's index is known.
pub(crate) fn names(device: u32) -> Vec<Oid> {
    [DESCRIPTION, STATUS, PRINTER_STATUS, DETECTED_ERRORS]
        .iter()
        .filter_map(|column| column.child(device).ok())
        .collect()
}

/// The printer's hrDeviceIndex by what a store holds: a device of type hrDevicePrinter that has rows in the Printer-MIB;
/// else the only one of prtGeneralTable, for some hosts number their printer otherwise there; else a device of that type;
/// else the index of rows in the Printer-MIB; else that of hrPrinterTable. Rows at 0, which no hrDeviceIndex is,
/// are only read where there are no others.
pub(crate) fn printer_index(store: &ObjectStore) -> Option<u32> {
    let typed = typed_as_printer(store);
    let mut in_printer_mib: BTreeSet<u32> =
        store.below(&PRINTER_MIB).filter_map(|(arcs, _)| device_of(&arcs)).collect();
    let at_0 = in_printer_mib.take(&0);
    let general = in_general(store);
    let only = general.first().copied().filter(|_| general.len() == 1);
    typed
        .iter()
        .find(|index| in_printer_mib.contains(index))
        .copied()
        .or(only)
        .or_else(|| typed.first().copied())
        .or_else(|| in_printer_mib.first().copied())
        .or_else(|| store.below(&HR_PRINTER_TABLE).find_map(|(arcs, _)| arcs.get(1).copied()))
        .or(at_0)
}

/// The other printers of the host, beside the one that is read: by their type, and by their rows of
/// prtGeneralTable. One that stands alone in either is the one that is read, whatever its number there.
pub(crate) fn other_printers(store: &ObjectStore) -> BTreeSet<u32> {
    let read = printer_index(store);
    let typed = typed_as_printer(store).into_iter().collect();
    let several = [typed, in_general(store)].into_iter().filter(|of: &BTreeSet<u32>| of.len() > 1);
    several.flatten().filter(|index| Some(*index) != read).collect()
}

/// The hrDeviceIndex of every row of prtGeneralTable.
fn in_general(store: &ObjectStore) -> BTreeSet<u32> {
    let indexes = store.below(&GENERAL).filter_map(|(arcs, _)| arcs.get(1).copied());
    indexes.filter(|index| *index > 0).collect()
}

/// The hrDeviceIndex of every device of type hrDevicePrinter: a print server has several.
fn typed_as_printer(store: &ObjectStore) -> Vec<u32> {
    store
        .below(&TYPE)
        .filter(|(_, value)| value.as_oid() == Some(&PRINTER_TYPE))
        .filter_map(|(index, _)| index.last().copied())
        .collect()
}

/// The hrDeviceIndex of every device of the host, as far as it is listed.
pub(crate) fn indexes(store: &ObjectStore) -> impl Iterator<Item = u32> + use<'_> {
    store.below(&TYPE).filter_map(|(index, _)| index.last().copied())
}

/// The hrDeviceIndex in an instance of the Printer-MIB, from the arcs below `printmib`:
/// group, table, entry, column, hrDeviceIndex, ….
pub(crate) fn device_of(arcs: &[u32]) -> Option<u32> {
    match arcs {
        // prtAlertTable's neighbours 18.2 and the groups above 40 hold notifications and conformance.
        [5..=31, _, 1, _, device, ..] => Some(*device),
        _ => None,
    }
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    for row in reading.store.rows(&TABLE, None) {
        let position = properties.components.len();
        properties.components.push(Component {
            kind: row.oid(2).map_or(ComponentKind::Other, kind),
            index: row.dotted(),
            description: row.text(3, reading.charset),
            identifier: row.oid(4).filter(|id| id.len() > 2).map(ToString::to_string),
        });
        let element = format!("Component[{}]", position + 1);
        properties.header.source(element, TABLE.entry.to_string(), Some(row.dotted()));
    }
    reading.check_rows(&mut properties.header, "Component", &TABLE, properties.components.len());
    for index in other_printers(reading.store) {
        let text = index.to_string();
        let at = properties.components.iter().position(|component| component.index == text);
        properties.header.withheld.push(Withheld {
            element: at.map_or_else(|| "Component".into(), |at| format!("Component[{}]", at + 1)),
            reason: WithheldReason::Error,
            detail: Some(format!("hrDeviceIndex {index} is another printer of this host, which is not read")),
        });
    }
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    let number = |column: &Oid| {
        let name = reading.instance(column)?;
        Some((integer(reading.store.get(&name)?)?, name))
    };
    match number(&STATUS) {
        Some((value, name)) => {
            status.device_status = Some(DeviceStatus::from_number(value));
            source_scalar(&mut status.header, "DeviceStatus", &name);
        }
        None => reading.withhold(&mut status.header, "DeviceStatus", &[STATUS]),
    }
    match number(&PRINTER_STATUS) {
        Some((value, name)) => {
            status.printer_status = Some(PrinterStatus::from_number(value));
            source_scalar(&mut status.header, "PrinterStatus", &name);
        }
        None => reading.withhold(&mut status.header, "PrinterStatus", &[PRINTER_STATUS]),
    }
    let errors = reading.instance(&DETECTED_ERRORS);
    match errors.as_ref().and_then(|name| Some((name, reading.store.get(name)?.as_bytes()?))) {
        Some((name, octets)) => {
            status.detected_errors = bits(octets);
            source_scalar(&mut status.header, "DetectedErrorState", name);
        }
        None => reading.withhold(&mut status.header, "DetectedErrorState", &[DETECTED_ERRORS]),
    }
    for row in reading.store.rows(&TABLE, None).iter().filter(|row| row.cell(6).is_some()) {
        status.components.push(ComponentStatus {
            kind: row.oid(2).map_or(ComponentKind::Other, kind),
            index: row.dotted(),
            description: row.text(3, reading.charset),
            errors: row.counter(6),
            ..ComponentStatus::default()
        });
        let element = format!("Component[{}]", status.components.len());
        status.header.source(element, TABLE.entry.to_string(), Some(row.dotted()));
    }
}

/// The bits that are set; bit 0 is the most significant of the first octet. An empty string sets none, and
/// 0x20, which looks like a blank, is lowToner.
pub(crate) fn bits(octets: &[u8]) -> Vec<DetectedError> {
    let set = |bit: usize| octets.get(bit / 8).is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0);
    (0_u8..15)
        .filter(|bit| set(usize::from(*bit)))
        .map(|bit| DetectedError::from_number(i64::from(bit)))
        .collect()
}

/// What kind of part an hrDeviceType is (RFC 2790, hrDeviceTypes).
fn kind(device_type: &Oid) -> ComponentKind {
    let arcs = device_type.strip_prefix(&DEVICE_TYPES).map(Vec::from_iter).unwrap_or_default();
    match arcs.as_slice() {
        [3] => ComponentKind::Processor,
        [4] => ComponentKind::Network,
        [5] => ComponentKind::Marker,
        [6 | 18 | 20 | 21] => ComponentKind::Storage,
        [14] => ComponentKind::FaxModem,
        _ => ComponentKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::Value;
    use std::collections::BTreeMap;

    fn store(pairs: &[(Oid, Value)]) -> ObjectStore {
        ObjectStore::from(pairs.iter().cloned().collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn the_printer_is_found_by_its_type_not_by_its_place() {
        let store = store(&[
            (oid!("1.3.6.1.2.1.25.3.2.1.2.1"), Value::ObjectIdentifier(oid!("1.3.6.1.2.1.25.3.1.3"))),
            (oid!("1.3.6.1.2.1.25.3.2.1.2.7"), Value::ObjectIdentifier(PRINTER_TYPE)),
        ]);
        assert_eq!(printer_index(&store), Some(7));
    }

    #[test]
    fn of_two_printers_the_one_with_a_printer_mib_is_taken() {
        let store = store(&[
            (oid!("1.3.6.1.2.1.25.3.2.1.2.1"), Value::ObjectIdentifier(PRINTER_TYPE)),
            (oid!("1.3.6.1.2.1.25.3.2.1.2.2"), Value::ObjectIdentifier(PRINTER_TYPE)),
            (oid!("1.3.6.1.2.1.43.11.1.1.9.2.1"), Value::Integer(5)),
        ]);
        assert_eq!(printer_index(&store), Some(2));
    }

    #[test]
    fn without_types_the_index_comes_from_the_printer_mib_or_hr_printer_table() {
        let by_mib = store(&[(oid!("1.3.6.1.2.1.43.8.2.1.9.4.1"), Value::Integer(5))]);
        assert_eq!(printer_index(&by_mib), Some(4));
        let by_table = store(&[(oid!("1.3.6.1.2.1.25.3.5.1.2.3"), Value::from("\0"))]);
        assert_eq!(printer_index(&by_table), Some(3));
        assert_eq!(printer_index(&ObjectStore::new()), None);
    }

    #[test]
    fn rows_at_0_do_not_hide_the_printer_and_are_read_where_there_are_no_others() {
        let at_0 = (oid!("1.3.6.1.2.1.43.5.1.1.17.0"), Value::from("AK55001122"));
        let at_1 = (oid!("1.3.6.1.2.1.43.10.2.1.4.1.1"), Value::Counter32(7));
        assert_eq!(printer_index(&store(&[at_0.clone(), at_1.clone()])), Some(1));
        assert_eq!(other_printers(&store(&[at_0.clone(), at_1])), BTreeSet::new());
        assert_eq!(printer_index(&store(&[at_0])), Some(0));
    }

    #[test]
    fn tapes_and_memories_are_storage_and_pointers_and_ports_are_not() {
        let of = |last: u32| kind(&DEVICE_TYPES.child(last).unwrap());
        for storage in [6, 18, 20, 21] {
            assert_eq!(of(storage), ComponentKind::Storage, "{storage}");
        }
        for other in [10, 16, 17, 19] {
            assert_eq!(of(other), ComponentKind::Other, "{other}");
        }
    }

    #[test]
    fn error_bits_count_from_the_most_significant() {
        assert_eq!(bits(&[]), []);
        assert_eq!(bits(&[0, 0]), []);
        assert_eq!(bits(b" "), [DetectedError::LowToner]);
        assert_eq!(bits(&[0x80, 0]), [DetectedError::LowPaper]);
        assert_eq!(
            bits(&[0x45, 0x02]),
            [
                DetectedError::NoPaper,
                DetectedError::Jammed,
                DetectedError::ServiceRequested,
                DetectedError::OverduePreventMaint
            ]
        );
    }
}
