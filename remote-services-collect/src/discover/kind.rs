//! What a host is that speaks SNMP: printers apart from print servers, computers, switches and power supplies.

use remote_services_snmp::engine::Operation;
use remote_services_snmp::{Oid, oid};

use super::probe::Sign;
use crate::store::{ObjectStore, integer};
use crate::tables::{device, system};

/// What a host is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostKind {
    /// A printer.
    Printer,
    /// A computer that shows the printers it serves as its devices (RFC 2790, hrDevicePrinter) and is none itself.
    PrintServer,
    /// An uninterruptible power supply: it has UPS-MIB objects (RFC 1628) or the object identifier of one.
    Ups,
    /// A bridge or switch: ports of a bridge (RFC 4188, dot1dBaseNumPorts), or services of layer 2 in sysServices.
    Switch,
    /// An IP gateway by its sysServices.
    Router,
    /// A computer: the agent of an operating system, or a list of devices.
    Computer,
    /// Something else.
    #[default]
    Other,
}

impl HostKind {
    /// One word for it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Printer => "printer",
            Self::PrintServer => "printServer",
            Self::Ups => "ups",
            Self::Switch => "switch",
            Self::Router => "router",
            Self::Computer => "computer",
            Self::Other => "other",
        }
    }
}

/// The question for a host that is no printer: what follows each of these names.
pub(crate) fn question() -> Operation {
    Operation::GetNext(vec![SERVICES, UPS_IDENT, BRIDGE_PORTS])
}

/// What the answers so far say.
pub(crate) fn of(store: &ObjectStore, sign: Option<Sign>) -> HostKind {
    let object_id = store.get(&system::SYS_OBJECT_ID).and_then(|value| value.as_oid());
    let below = |roots: &[Oid]| object_id.is_some_and(|id| roots.iter().any(|root| id.starts_with(root)));
    let number = |root: &Oid| store.below(root).find_map(|(_, value)| integer(value));
    match sign {
        Some(Sign::DeviceType | Sign::PrinterTable) if below(&OPERATING_SYSTEMS) => {
            return HostKind::PrintServer;
        }
        Some(_) => return HostKind::Printer,
        None => {}
    }
    if store.below(&UPS_IDENT).next().is_some() || below(&POWER_SUPPLIES) {
        return HostKind::Ups;
    }
    if below(&OPERATING_SYSTEMS) {
        return HostKind::Computer;
    }
    let services = number(&SERVICES).unwrap_or(0);
    match () {
        () if number(&BRIDGE_PORTS).is_some_and(|ports| ports > 1) || services & LAYER_2 != 0 => {
            HostKind::Switch
        }
        () if services & LAYER_3 != 0 => HostKind::Router,
        () if store.below(&device::TYPE).next().is_some() => HostKind::Computer,
        () => HostKind::Other,
    }
}

/// sysServices (RFC 3418): the sum of 2^(L-1) over the layers L that the host serves.
const SERVICES: Oid = oid!("1.3.6.1.2.1.1.7");
const LAYER_2: i64 = 2;
const LAYER_3: i64 = 4;
/// upsIdent (RFC 1628)
const UPS_IDENT: Oid = oid!("1.3.6.1.2.1.33.1.1");
/// dot1dBaseNumPorts (RFC 4188)
const BRIDGE_PORTS: Oid = oid!("1.3.6.1.2.1.17.1.2");
/// sysObjectID of agents that come with an operating system: net-snmp, Windows, AIX.
const OPERATING_SYSTEMS: [Oid; 3] =
    [oid!("1.3.6.1.4.1.8072.3.2"), oid!("1.3.6.1.4.1.311.1.1.3"), oid!("1.3.6.1.4.1.2.3.1.2.1.1")];
/// sysObjectID of power supplies: APC Smart-UPS, Eaton Powerware, MGE.
const POWER_SUPPLIES: [Oid; 3] =
    [oid!("1.3.6.1.4.1.318.1.3.2"), oid!("1.3.6.1.4.1.534.1"), oid!("1.3.6.1.4.1.705.1")];
