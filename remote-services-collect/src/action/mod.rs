//! Actions on a device, as bytes and names: what to send and where. Sending is the caller's.
//!
//! Nothing here runs by itself. Restarting writes one object; a test page goes to the raw print port.

mod raw_port;
mod test_page;

pub use raw_port::{RAW_PORT, raw_port};
pub use test_page::{NoLanguage, PageLanguage, TestPage, test_page};

use remote_services_snmp::{Value, VarBind};

use crate::tables::general;

/// The ways to restart a device (prtGeneralReset, RFC 3805).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reset {
    /// powerCycleReset (4): as if switched off and on.
    PowerCycle,
    /// resetToNVRAM (5): back to the stored settings.
    ToStoredSettings,
    /// resetToFactoryDefaults (6): all settings are lost, the network's among them.
    ToFactoryDefaults,
}

/// What to SET to restart the printer with this hrDeviceIndex.
#[must_use]
pub fn reset(device: u32, reset: Reset) -> VarBind {
    let value = match reset {
        Reset::PowerCycle => 4,
        Reset::ToStoredSettings => 5,
        Reset::ToFactoryDefaults => 6,
    };
    let name = general::RESET.child(device).expect("prtGeneralReset has 11 arcs, one more is below 128");
    VarBind::new(name, Value::Integer(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    #[test]
    fn a_restart_writes_the_reset_object_of_the_printer() {
        let binding = reset(3, Reset::PowerCycle);
        assert_eq!(binding.name, oid!("1.3.6.1.2.1.43.5.1.1.3.3"));
        assert_eq!(binding.value, Value::Integer(4));
    }
}
