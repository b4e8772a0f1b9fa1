//! Who a device is, as the server is told before any report: under the same redaction as the reports.

use crate::document::{DeviceEvidence, Evidence, EvidenceKind};
use remote_services_core::device::DeviceReport;
use remote_services_core::mode::SecurityMode;
use remote_services_core::redact::Redaction;

/// What tells this device from others. What redaction takes out of a report is not told here either.
#[must_use]
pub fn evidence_of(report: &DeviceReport, redaction: &Redaction, mode: SecurityMode) -> DeviceEvidence {
    let mut redacted = report.clone();
    redaction.report(&mut redacted);
    let read = all(report);
    let mut evidence = all(&redacted);
    if mode == SecurityMode::Lockdown {
        evidence.retain(|evidence| !NEVER_IN_LOCKDOWN.contains(&evidence.kind));
    }
    let mut withheld = if mode == SecurityMode::Lockdown { NEVER_IN_LOCKDOWN.to_vec() } else { Vec::new() };
    for Evidence { kind, .. } in read {
        if !evidence.iter().any(|evidence| evidence.kind == kind) && !withheld.contains(&kind) {
            withheld.push(kind);
        }
    }
    let identity = redacted.identity;
    DeviceEvidence { manufacturer: identity.manufacturer, model: identity.make_and_model, evidence, withheld }
}

/// Addresses, and what may be made from one.
const NEVER_IN_LOCKDOWN: [EvidenceKind; 3] =
    [EvidenceKind::Address, EvidenceKind::EngineId, EvidenceKind::HostName];

fn all(report: &DeviceReport) -> Vec<Evidence> {
    let identity = &report.identity;
    let time = identity.header.read_at;
    let mut evidence = Vec::new();
    let mut add = |kind: EvidenceKind, value: Option<&String>, source: &str| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            evidence.push(Evidence { kind, value: value.clone(), source: source.to_owned(), time });
        }
    };
    add(EvidenceKind::Serial, identity.serial_number.as_ref(), "1.3.6.1.2.1.43.5.1.1.17");
    add(EvidenceKind::Ieee1284Id, identity.device_id_1284.as_ref(), "1.3.6.1.4.1.2699.1.2.1.2.1.1.3");
    for interface in &report.network.interfaces {
        add(EvidenceKind::MacAddress, interface.mac_address.as_ref(), "1.3.6.1.2.1.2.2.1.6");
    }
    add(EvidenceKind::EngineId, identity.snmp_engine_id.as_ref(), "1.3.6.1.6.3.10.2.1.1");
    add(EvidenceKind::HostName, identity.system_name.as_ref(), "1.3.6.1.2.1.1.5");
    add(EvidenceKind::Address, report.network.last_known_address.as_ref(), "discovery");
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::network::Interface;
    use remote_services_core::redact::RedactionProfile;

    fn report() -> DeviceReport {
        let mut report = DeviceReport::default();
        report.identity.make_and_model = Some("Example C2400 at 192.0.2.53".into());
        report.identity.serial_number = Some("XA1234567".into());
        report.identity.system_name = Some("prn-17".into());
        report.identity.device_id_1284 = Some("MFG:Example;IP:192.0.2.53;".into());
        report.identity.snmp_engine_id = Some("800007e501c0000235".into());
        report.network.last_known_address = Some("192.0.2.53".into());
        report.network.interfaces =
            vec![Interface { mac_address: Some("00:00:5e:00:53:01".into()), ..Interface::default() }];
        report
    }

    fn told(profile: RedactionProfile, mode: SecurityMode) -> (String, Vec<EvidenceKind>) {
        let evidence = evidence_of(&report(), &Redaction::new(profile).in_mode(mode), mode);
        (serde_json::to_string(&evidence).unwrap(), evidence.withheld)
    }

    #[test]
    fn in_lockdown_the_server_is_told_of_no_address_wherever_it_hides() {
        let (text, withheld) = told(RedactionProfile::Lockdown, SecurityMode::Lockdown);
        assert!(
            !text.contains("192.0.2.53") && !text.contains("c0000235") && !text.contains("prn-17"),
            "{text}"
        );
        assert!(text.contains("XA1234567") && text.contains("00:00:5e:00:53:01"), "{text}");
        assert_eq!(withheld, NEVER_IN_LOCKDOWN);
    }

    #[test]
    fn a_profile_that_takes_names_and_addresses_takes_them_here_too() {
        let (text, withheld) = told(RedactionProfile::Strict, SecurityMode::Normal);
        assert!(!text.contains("192.0.2.53") && !text.contains("prn-17"), "{text}");
        assert_eq!(withheld, [EvidenceKind::EngineId, EvidenceKind::HostName, EvidenceKind::Address]);
        let (text, withheld) = told(RedactionProfile::Default, SecurityMode::Normal);
        assert!(text.contains("192.0.2.53") && text.contains("prn-17"), "{text}");
        assert!(withheld.is_empty());
    }
}
