//! hrMemorySize, hrStorageTable and hrSWInstalledTable (HOST-RESOURCES-MIB, RFC 2790).

use remote_services_core::device::{Identity, Module, ModuleKind};
use remote_services_core::properties::{Properties, SoftwareModule, SoftwareType, Storage, StorageType};
use remote_services_snmp::{Oid, Value, oid};

use super::{Reading, date_time, source_scalar};
use crate::store::Table;

const MEMORY_SIZE: Oid = oid!("1.3.6.1.2.1.25.2.2.0");
const STORAGE_TYPES: Oid = oid!("1.3.6.1.2.1.25.2.1");
/// 2 type, 3 description, 4 allocation unit, 5 size, 6 used.
pub(crate) static TABLE: Table = Table { entry: oid!("1.3.6.1.2.1.25.2.3.1"), columns: &[2, 3, 4, 5, 6] };
/// 2 name, 4 type, 5 date.
pub(crate) static SOFTWARE: Table = Table { entry: oid!("1.3.6.1.2.1.25.6.3.1"), columns: &[2, 4, 5] };

/// Instances to GET.
pub(crate) fn names() -> [Oid; 1] {
    [MEMORY_SIZE]
}

/// The size of the storage of type hrStorageRam, where there is one only: several may be parts of one another.
fn only_memory(reading: &Reading<'_>) -> Option<(u64, String)> {
    let rows = reading.store.rows(&TABLE, None);
    let mut memories = rows.iter().filter(|row| row.oid(2).map(kind) == Some(StorageType::Ram));
    let (Some(row), None) = (memories.next(), memories.next()) else { return None };
    let size = row.counter(5)?.saturating_mul(row.counter(4)?);
    (size > 0).then(|| (size, row.dotted()))
}

/// Software that tells when it was installed is a module.
pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    for row in reading.store.rows(&SOFTWARE, None) {
        let Some(installed_at) = row.octets(5).and_then(date_time) else { continue };
        let (name, kind) = (row.text(2, reading.charset), ModuleKind::Software);
        identity.modules.push(Module { name, kind, installed_at: Some(installed_at), ..Module::default() });
        let element = format!("Module[{}]", identity.modules.len());
        identity.header.source(element, SOFTWARE.entry.to_string(), Some(row.dotted()));
    }
}

pub(crate) fn fill_properties(reading: &Reading<'_>, properties: &mut Properties) {
    let kibibytes = reading.store.get(&MEMORY_SIZE).and_then(Value::as_u64);
    properties.memory_size = kibibytes.map(|size| size.saturating_mul(1024));
    match (properties.memory_size, only_memory(reading)) {
        (Some(_), _) => source_scalar(&mut properties.header, "MemorySize", &MEMORY_SIZE),
        (None, Some((size, row))) => {
            properties.memory_size = Some(size);
            properties.header.source("MemorySize", TABLE.column(5).to_string(), Some(row));
        }
        (None, None) => reading.withhold(&mut properties.header, "MemorySize", &[MEMORY_SIZE]),
    }
    for row in reading.store.rows(&TABLE, None) {
        let octets = |column| Some(row.counter(column)?.saturating_mul(row.counter(4)?));
        let position = properties.storages.len();
        properties.storages.push(Storage {
            description: row.text(3, reading.charset),
            storage_type: row.oid(2).map(kind),
            size: octets(5),
            used: octets(6),
        });
        let element = format!("Storage[{}]", position + 1);
        properties.header.source(element, TABLE.entry.to_string(), Some(row.dotted()));
    }
    reading.check_rows(&mut properties.header, "Storage", &TABLE, properties.storages.len());
    for row in reading.store.rows(&SOFTWARE, None) {
        let Some(name) = row.text(2, reading.charset) else { continue };
        let position = properties.software_modules.len();
        properties.software_modules.push(SoftwareModule {
            version: version_in(&name),
            name: Some(name),
            software_type: row.number(4).map(SoftwareType::from_number),
        });
        let element = format!("SoftwareModule[{}]", position + 1);
        properties.header.source(element, SOFTWARE.entry.to_string(), Some(row.dotted()));
    }
    reading.check_rows(
        &mut properties.header,
        "SoftwareModule",
        &SOFTWARE,
        properties.software_modules.len(),
    );
}

/// The version that a name ends with: digits and full stops, with or without a `v` in front.
fn version_in(name: &str) -> Option<String> {
    let (_, last) = name.trim_end_matches([')', ']']).rsplit_once([' ', '(', '-', '_'])?;
    let version = last.trim_start_matches(['v', 'V']);
    let like_one = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
    (like_one && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)))
        .then(|| version.into())
}

/// RFC 2790, hrStorageTypes.
fn kind(storage_type: &Oid) -> StorageType {
    let arcs = storage_type.strip_prefix(&STORAGE_TYPES).map(Vec::from_iter).unwrap_or_default();
    match arcs.as_slice() {
        [2] => StorageType::Ram,
        [3] => StorageType::VirtualMemory,
        [4] => StorageType::HardDisk,
        [5..=7] => StorageType::Removable,
        [8] => StorageType::RamDisk,
        [9] => StorageType::Flash,
        [10] => StorageType::NetworkDisk,
        _ => StorageType::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_at_the_end_of_a_name_is_told_apart() {
        for (name, version) in [
            ("System Software 061.121.225.08301", Some("061.121.225.08301")),
            ("Web server (v2.4.1)", Some("2.4.1")),
            ("Java VM", None),
            ("Linux 5", None),
        ] {
            assert_eq!(version_in(name).as_deref(), version, "{name}");
        }
    }
}
