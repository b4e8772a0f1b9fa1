//! The system group (SNMPv2-MIB, RFC 3418): what every agent has.

use core::time::Duration;
use remote_services_core::device::Identity;
use remote_services_core::reading::Header;
use remote_services_core::status::{Status, Traps};
use remote_services_snmp::{Oid, Value, oid};

use super::{Reading, general, source_scalar};
use crate::store::integer;

pub(crate) const SYS_DESCR: Oid = oid!("1.3.6.1.2.1.1.1.0");
pub(crate) const SYS_OBJECT_ID: Oid = oid!("1.3.6.1.2.1.1.2.0");
pub(crate) const SYS_UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
/// hrSystemUptime (HOST-RESOURCES-MIB): of the whole device, where sysUpTime is of its SNMP agent.
const HR_SYSTEM_UPTIME: Oid = oid!("1.3.6.1.2.1.25.1.1.0");
pub(crate) const SYS_CONTACT: Oid = oid!("1.3.6.1.2.1.1.4.0");
pub(crate) const SYS_NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
pub(crate) const SYS_LOCATION: Oid = oid!("1.3.6.1.2.1.1.6.0");

/// snmpEnableAuthenTraps: 1 enabled, 2 disabled.
const AUTHEN_TRAPS: Oid = oid!("1.3.6.1.2.1.11.30.0");

/// Instances to GET.
pub(crate) fn names() -> [Oid; 8] {
    [
        SYS_DESCR,
        SYS_OBJECT_ID,
        SYS_UP_TIME,
        SYS_CONTACT,
        SYS_NAME,
        SYS_LOCATION,
        HR_SYSTEM_UPTIME,
        AUTHEN_TRAPS,
    ]
}

pub(crate) fn fill_identity(reading: &Reading<'_>, identity: &mut Identity) {
    let text = |element: &str, name: Oid, header: &mut Header| {
        let value = reading.store.text(&name);
        match value {
            Some(_) => source_scalar(header, element, &name),
            // An empty text is an answer; only silence is withheld.
            None if reading.store.get(&name).is_some_and(|value| value.as_bytes().is_some()) => {}
            None => reading.withhold(header, element, &[name]),
        }
        value
    };
    let header = &mut identity.header;
    identity.description = text("Description", SYS_DESCR, header);
    identity.system_name = text("SystemName", SYS_NAME, header);
    // A model in most devices, whatever the administrator typed in the others.
    match reading.instance(&general::PRINTER_NAME) {
        Some(name) => identity.printer_name = text("PrinterName", name, header),
        None => reading.withhold(header, "PrinterName", &[general::PRINTER_NAME]),
    }
    identity.contact = text("Contact", SYS_CONTACT, header);
    identity.location = text("Location", SYS_LOCATION, header);
    match reading.store.get(&SYS_OBJECT_ID).and_then(|value| value.as_oid()) {
        Some(id) => {
            identity.system_object_id = Some(id.to_string());
            source_scalar(header, "SystemObjectId", &SYS_OBJECT_ID);
        }
        None => reading.withhold(header, "SystemObjectId", &[SYS_OBJECT_ID]),
    }
}

pub(crate) fn fill_status(reading: &Reading<'_>, status: &mut Status) {
    status.uptime = reading.store.get(&SYS_UP_TIME).and_then(Value::as_u64);
    match status.uptime {
        Some(_) => source_scalar(&mut status.header, "Uptime", &SYS_UP_TIME),
        None => reading.withhold(&mut status.header, "Uptime", &[SYS_UP_TIME]),
    }
    match reading.store.get(&HR_SYSTEM_UPTIME).and_then(Value::as_u64) {
        Some(hundredths) => {
            let running = Duration::from_millis(hundredths.saturating_mul(10));
            status.last_reset_at = Some(reading.context.read_at.minus(running).into());
            source_scalar(&mut status.header, "LastResetAt", &HR_SYSTEM_UPTIME);
        }
        None => reading.withhold(&mut status.header, "LastResetAt", &[HR_SYSTEM_UPTIME]),
    }
    if let Some(enabled @ (1 | 2)) = reading.store.get(&AUTHEN_TRAPS).and_then(integer) {
        status.traps = Some(Traps { enabled: Some(enabled == 1), ..Traps::default() });
        source_scalar(&mut status.header, "Traps/Enabled", &AUTHEN_TRAPS);
    }
}
