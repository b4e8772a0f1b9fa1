//! A key for a device that outlives its address.
//!
//! The best evidence decides alone, so that the key stays the same when lesser evidence changes:
//! maker and serial number, else the MAC of the interface that answered, else the SNMP engine id, else the
//! address. Only with the last does a new address make a new device.
//!
//! A device that sleeps or answers in part may not tell its serial number, and its key is then another one.
//! Who remembers the [`Evidence`] of earlier readings knows it all the same.

use core::fmt;
use core::net::SocketAddr;
use remote_services_core::device::DeviceReport;

use crate::maker;
use crate::profile;

/// Who a device is, by the best evidence there was. Its text is stable: hash it or store it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DeviceKey {
    /// Enterprise number of sysObjectID (0: none) and serial number in capitals without blanks.
    Serial {
        /// Serial numbers are unique for one maker only.
        enterprise: u32,
        /// The number.
        serial: String,
    },
    /// MAC address, lower case with colons.
    Mac(String),
    /// snmpEngineID in hexadecimal.
    Engine(String),
    /// Where it answered.
    Address(SocketAddr),
}

impl DeviceKey {
    /// The key of a device that was read at `address`.
    #[must_use]
    pub fn of(report: &DeviceReport, address: SocketAddr) -> Self {
        let identity = &report.identity;
        let serial = identity.serial_number.as_deref().map(normal).filter(|serial| maker::is_serial(serial));
        if let Some(serial) = serial {
            let object_id = identity.system_object_id.as_deref().and_then(|id| id.parse().ok());
            let enterprise = object_id.and_then(|id| profile::enterprise(&id)).unwrap_or(0);
            return Self::Serial { enterprise, serial };
        }
        if let Some(mac) = macs(report).next() {
            return Self::Mac(mac.to_owned());
        }
        match &identity.snmp_engine_id {
            Some(engine) if !engine.is_empty() => Self::Engine(engine.clone()),
            _ => Self::Address(address),
        }
    }
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { enterprise, serial } => write!(f, "serial:{enterprise}:{serial}"),
            Self::Mac(mac) => write!(f, "mac:{mac}"),
            Self::Engine(engine) => write!(f, "engine:{engine}"),
            Self::Address(address) => write!(f, "address:{address}"),
        }
    }
}

/// What else tells a device from others, for readings that lack its serial number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// MAC addresses of all its interfaces, but those that software made up.
    pub macs: Vec<String>,
    /// Manufacturer and model.
    pub model: Option<String>,
    /// sysObjectID.
    pub object_id: Option<String>,
    /// snmpEngineID in hexadecimal.
    pub engine: Option<String>,
    /// sysName.
    pub name: Option<String>,
}

impl Evidence {
    /// What a report tells.
    #[must_use]
    pub fn of(report: &DeviceReport) -> Self {
        let identity = &report.identity;
        let told = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Self {
            macs: macs(report).map(str::to_owned).collect(),
            model: told(&identity.make_and_model),
            object_id: told(&identity.system_object_id),
            engine: told(&identity.snmp_engine_id),
            name: told(&identity.system_name),
        }
    }

    /// Whether both are of one device, read at one address. MAC addresses decide where both tell some; else
    /// nothing may differ that both tell, and both must tell the model or the engine.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        if !self.macs.is_empty() && !other.macs.is_empty() {
            return self.macs.iter().any(|mac| other.macs.contains(mac));
        }
        let marks = |of: &Self| [&of.model, &of.engine, &of.object_id, &of.name].map(Option::clone);
        let same = marks(self).into_iter().zip(marks(other)).map(|marks| match marks {
            (Some(one), Some(other)) => Some(one == other),
            _ => None,
        });
        let same: Vec<Option<bool>> = same.collect();
        !same.contains(&Some(false)) && same.iter().take(2).any(Option::is_some)
    }

    /// Whether both are of one device wherever it was read: they have a MAC address in common, or the engine id
    /// where one of them tells no MAC address, and neither model nor sysObjectID differ.
    #[must_use]
    pub fn is_same_hardware(&self, other: &Self) -> bool {
        let differs = |one: &Option<String>, other: &Option<String>| {
            one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| one != other)
        };
        if differs(&self.model, &other.model) || differs(&self.object_id, &other.object_id) {
            return false;
        }
        if self.macs.is_empty() || other.macs.is_empty() {
            return self.engine.is_some() && self.engine == other.engine;
        }
        self.macs.iter().any(|mac| other.macs.contains(mac))
    }

    /// The same, with what an earlier reading told in place of what this one does not.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            macs: if self.macs.is_empty() { earlier.macs } else { self.macs },
            model: self.model.or(earlier.model),
            object_id: self.object_id.or(earlier.object_id),
            engine: self.engine.or(earlier.engine),
            name: self.name.or(earlier.name),
        }
    }
}

/// The MAC addresses of a device that tell it from others.
pub(crate) fn macs(report: &DeviceReport) -> impl Iterator<Item = &str> {
    let macs = report.network.interfaces.iter().filter_map(|interface| interface.mac_address.as_deref());
    macs.filter(|mac| is_universal(mac))
}

fn normal(serial: &str) -> String {
    serial.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

/// Not a group address and not one that software made up (IEEE 802, U/L and I/G bits).
fn is_universal(mac: &str) -> bool {
    mac.get(..2).and_then(|octet| u8::from_str_radix(octet, 16).ok()).is_some_and(|octet| octet & 3 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::network::Interface;

    fn address() -> SocketAddr {
        "192.0.2.1:161".parse().unwrap()
    }

    fn report(serial: Option<&str>, mac: Option<&str>, engine: Option<&str>) -> DeviceReport {
        let mut report = DeviceReport::default();
        report.identity.serial_number = serial.map(Into::into);
        report.identity.system_object_id = Some("1.3.6.1.4.1.1347.41".into());
        report.identity.snmp_engine_id = engine.map(Into::into);
        report.network.interfaces =
            vec![Interface { mac_address: mac.map(Into::into), ..Interface::default() }];
        report
    }

    fn key(serial: Option<&str>, mac: Option<&str>, engine: Option<&str>) -> String {
        DeviceKey::of(&report(serial, mac, engine), address()).to_string()
    }

    #[test]
    fn the_best_evidence_decides() {
        let mac = Some("00:17:c8:b9:02:de");
        assert_eq!(key(Some("vd 21457943"), mac, Some("80")), "serial:1347:VD21457943");
        assert_eq!(key(None, mac, Some("8000")), "mac:00:17:c8:b9:02:de");
        assert_eq!(key(None, None, Some("8000")), "engine:8000");
        assert_eq!(key(None, None, None), "address:192.0.2.1:161");
    }

    #[test]
    fn placeholders_and_made_up_addresses_are_no_evidence() {
        assert_eq!(key(Some("0000000000"), Some("02:42:ac:11:00:02"), None), "address:192.0.2.1:161");
    }

    #[test]
    fn a_new_address_does_not_make_a_new_device() {
        let report = report(Some("VD21457943"), None, None);
        let other = "192.0.2.99:161".parse().unwrap();
        assert_eq!(DeviceKey::of(&report, address()), DeviceKey::of(&report, other));
    }

    #[test]
    fn any_mac_address_in_common_agrees_and_none_in_common_differs_whatever_else_agrees() {
        let evidence = |macs: &[&str], model: &str| Evidence {
            macs: macs.iter().map(|mac| (*mac).to_owned()).collect(),
            model: Some(model.into()),
            ..Evidence::default()
        };
        let (wired, wireless) = ("00:17:c8:b9:02:de", "00:17:c8:b9:02:df");
        let both = evidence(&[wired, wireless], "A 1");
        assert!(both.agrees(&evidence(&[wireless], "A 1 (sleep)")));
        assert!(!both.agrees(&evidence(&["00:17:c8:00:00:01"], "A 1")));
        assert!(both.agrees(&evidence(&[], "A 1")) && !both.agrees(&evidence(&[], "A 2")));
    }

    #[test]
    fn hardware_is_the_same_by_a_mac_address_or_else_the_engine_and_never_of_another_model() {
        let of = |macs: &[&str], engine: Option<&str>, model: Option<&str>| Evidence {
            macs: macs.iter().map(|mac| (*mac).to_owned()).collect(),
            engine: engine.map(Into::into),
            model: model.map(Into::into),
            ..Evidence::default()
        };
        let (wired, wireless) = ("00:17:c8:b9:02:de", "00:17:c8:b9:02:df");
        let known = of(&[wired, wireless], Some("80"), Some("A 1"));
        assert!(known.is_same_hardware(&of(&[wireless], None, None)));
        assert!(known.is_same_hardware(&of(&[], Some("80"), Some("A 1"))));
        assert!(!known.is_same_hardware(&of(&[wired], Some("80"), Some("A 2"))), "its card in another");
        assert!(!known.is_same_hardware(&of(&["00:17:c8:00:00:01"], Some("80"), Some("A 1"))));
        assert!(!known.is_same_hardware(&of(&[], None, Some("A 1"))), "a model is no evidence");
        let series = Evidence { object_id: Some("1.3.6.1.4.1.1347.41".into()), ..known.clone() };
        let other = Evidence { object_id: Some("1.3.6.1.4.1.1347.42".into()), ..known };
        assert!(!series.is_same_hardware(&other));
    }

    #[test]
    fn without_mac_addresses_nothing_may_differ_and_something_must_be_told() {
        let of = |model: Option<&str>, engine: Option<&str>, name: Option<&str>| Evidence {
            model: model.map(Into::into),
            engine: engine.map(Into::into),
            name: name.map(Into::into),
            object_id: Some("1.3.6.1.4.1.1347.41".into()),
            macs: Vec::new(),
        };
        let known = of(Some("A 1"), Some("80"), Some("prn"));
        assert!(known.agrees(&of(Some("A 1"), None, None)));
        assert!(known.agrees(&of(None, Some("80"), Some("prn"))));
        assert!(!known.agrees(&of(Some("A 1"), Some("81"), None)));
        assert!(!known.agrees(&of(Some("A 1"), None, Some("other"))));
        assert!(!known.agrees(&of(None, None, Some("prn"))), "a whole series has one sysObjectID");
        let later = of(Some("A 1"), None, None).or(known.clone());
        assert_eq!(later, known);
    }
}
