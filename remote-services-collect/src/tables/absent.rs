//! What a report has not, with the reason: nothing is silently absent.
//!
//! The tables note what they miss of themselves. Here stand the members that have no standard object, or several
//! sources: when none of them filled it, the header says why.

use remote_services_core::counter::{Counters, ServiceType, WorkCounters};
use remote_services_core::device::DeviceReport;
use remote_services_core::properties::Properties;
use remote_services_core::reading::{Header, WithheldReason};
use remote_services_snmp::{Oid, oid};

use super::{Reading, finisher, imaging};

/// Fills what follows from the rest of the report, and notes what is missing. Comes last.
pub(crate) fn fill(reading: &Reading<'_>, report: &mut DeviceReport) {
    functions(reading, &report.counters, &mut report.properties);
    let identity = &mut report.identity;
    note(
        reading,
        &mut identity.header,
        &[
            ("InstallDate", identity.installed_at.is_none(), &[]),
            ("AssetTag", identity.asset_tags.is_empty(), &[]),
            ("CustomerAssetTag", identity.customer_asset_tag.is_none(), &[]),
            ("PhoneNumber", identity.phone_numbers.is_empty(), PERSONS),
            ("FaxNumber", identity.fax_numbers.is_empty(), &[]),
            ("QueueName", identity.queue_names.is_empty(), QUEUES),
            ("Licence", identity.licences.is_empty(), &[]),
            ("Module", identity.modules.is_empty(), &[]),
            ("DeviceUuid", identity.device_uuid.is_none(), &[]),
            ("DeviceId1284", identity.device_id_1284.is_none(), &[]),
            ("SnmpEngineId", identity.snmp_engine_id.is_none(), &[]),
            ("ManagementWorkstation", identity.management_workstation.is_none(), &[]),
        ],
    );
    let network = &mut report.network;
    if network.dns_names.is_empty() {
        network.header.withhold("DnsName", reading.context.no_dns_names.clone());
    }
    note(reading, &mut network.header, &[("Ipx", network.ipx.is_none(), &[])]);
    let properties = &mut report.properties;
    note(
        reading,
        &mut properties.header,
        &[
            ("Function", properties.functions.is_empty(), &[imaging::ROOT]),
            ("Service", properties.services.is_empty(), &[imaging::ROOT]),
            ("SoftwareModule", properties.software_modules.is_empty(), SOFTWARE),
            ("Colorant", properties.colorants.is_empty(), COLORANTS),
            ("ConfigurationSetting", properties.settings.is_empty(), &[]),
            ("PowerMode", properties.power_modes.is_empty(), &[]),
            ("UserDefined", properties.user_defined.is_empty(), &[]),
        ],
    );
    let status = &mut report.status;
    note(
        reading,
        &mut status.header,
        &[
            ("ActiveState", status.active_states.is_empty(), &[imaging::ROOT]),
            (
                "FaultHistory/Fault",
                status.fault_history.as_ref().is_none_or(|kept| kept.faults.is_empty()),
                &[],
            ),
            ("Traps", status.traps.is_none(), &[]),
            ("DfeEvent", status.dfe_events.is_empty(), &[]),
            ("Transmission", status.transmissions.is_empty(), &[]),
        ],
    );
    let counters = &mut report.counters;
    let work: Vec<_> = counters.services.iter().flat_map(|service| &service.work).collect();
    let none = |of: fn(&WorkCounters) -> bool| !work.iter().any(|work| of(work));
    let (two_sided, sheets, images) = (
        none(|work| work.two_sided.is_some()),
        none(|work| work.sheets.is_some()),
        none(|work| work.images.is_some()),
    );
    note(
        reading,
        &mut counters.header,
        &[
            ("BillingMeter", counters.billing_meters.is_empty(), &[]),
            (
                "BillingMeter/ServiceUsage",
                counters.billing_meters.iter().all(|meter| meter.service_usage.is_none()),
                &[],
            ),
            ("TwoSided", counters.two_sided.is_none() && two_sided, &[imaging::ROOT]),
            ("Sheets", counters.sheets.is_none() && sheets, &[imaging::ROOT]),
            ("Images", counters.images.is_none() && images, &[imaging::ROOT]),
            ("Service", counters.services.is_empty(), &[imaging::ROOT]),
            ("ScanToDestination", counters.scan_to.is_empty(), &[]),
            ("Large", counters.large.is_empty(), &[]),
            ("LargeJobs", counters.large_jobs.is_none(), &[]),
            ("Production", counters.production.is_none(), &[]),
            ("TargetVolume", counters.target_volume.is_none(), &[]),
            ("UsageStatistics", counters.usage.is_none(), &[imaging::ROOT]),
        ],
    );
    // A supply of a finisher stands among the others; its absence is that of the table.
    let without_finishers =
        !report.supplies.supplies.iter().any(|supply| supply.index.starts_with("finisher."));
    if without_finishers && report.properties.finishers.is_empty() {
        let reason = reading.store.why_missing(std::slice::from_ref(&finisher::SUPPLIES.entry));
        if reason != WithheldReason::NotSupported {
            report.supplies.header.withhold("Supply", reason);
        }
    }
}

/// What the device does, by what it is and by what it has done. A counter that has never moved proves nothing: many are
/// there for all models of a maker.
fn functions(reading: &Reading<'_>, counters: &Counters, properties: &mut Properties) {
    let by_counter = counters.services.iter().filter(|service| service.work.iter().any(has_worked));
    let counted = by_counter.map(|service| (service.service_type.clone(), "rule:service-counter"));
    let modem = properties
        .components
        .iter()
        .position(|part| part.kind == remote_services_core::properties::ComponentKind::FaxModem)
        .map(|at| format!("Component[{}]", at + 1));
    let told = |element: &String| properties.header.sources.iter().find(|source| source.element == *element);
    let modem = modem.as_ref().map(|element| told(element).map(|source| source.object.clone()));
    let named = properties
        .services
        .iter()
        .filter_map(|service| Some((service.service_type.clone()?, "rule:service")));
    let printer = reading.device.map(|_| (ServiceType::Print, "1.3.6.1.2.1.25.3.2.1.2"));
    let others = printer.into_iter().chain(named).chain(counted);
    let others = others.map(|(function, source)| (function, source.to_owned()));
    let fax = modem.map(|object| (ServiceType::FaxIn, object.unwrap_or_default()));
    let all: Vec<_> = others.chain(fax).collect();
    for (function, source) in all {
        let vague = matches!(function, ServiceType::SystemTotals | ServiceType::Other | ServiceType::Unknown);
        if vague || properties.functions.contains(&function) {
            continue;
        }
        properties.functions.push(function);
        properties.header.source(format!("Function[{}]", properties.functions.len()), source, None);
    }
}

fn has_worked(work: &WorkCounters) -> bool {
    let counts = [&work.impressions, &work.sheets, &work.images];
    counts.into_iter().flatten().any(|counts| {
        [counts.total, counts.monochrome, counts.full_color, counts.highlight_color]
            .iter()
            .any(|count| count.is_some_and(|count| count > 0))
    })
}

/// Members, whether they are missing, and the standard objects that they could have come from.
fn note(reading: &Reading<'_>, header: &mut Header, members: &[(&str, bool, &[Oid])]) {
    for (element, missing, objects) in members {
        if *missing && !header.withheld.iter().any(|withheld| withheld.element == *element) {
            header.withhold(*element, reading.store.why_missing(objects));
        }
    }
}

/// prtGeneralCurrentOperator and prtGeneralServicePerson.
const PERSONS: &[Oid] = &[oid!("1.3.6.1.2.1.43.5.1.1.4"), oid!("1.3.6.1.2.1.43.5.1.1.5")];
const QUEUES: &[Oid] = &[oid!("1.3.6.1.2.1.43.14.1.1.9"), oid!("1.3.6.1.4.1.2699.1.2.1.3.1.1")];
const SOFTWARE: &[Oid] = &[oid!("1.3.6.1.2.1.25.6.3.1")];
const COLORANTS: &[Oid] = &[oid!("1.3.6.1.2.1.43.12.1.1.4")];
