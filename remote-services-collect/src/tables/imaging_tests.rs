use super::*;
use crate::build::{ReadContext, build};
use crate::samples;

/// Key 1: the whole device; 2: print; 3: a tray; 4: scan.
const COUNTING: &str = "\
    1.3.6.1.4.1.2699.1.3.1.2.1.1.2.1|2|3
    1.3.6.1.4.1.2699.1.3.1.2.1.1.5.1|2|0
    1.3.6.1.4.1.2699.1.3.1.2.1.1.2.2|2|11
    1.3.6.1.4.1.2699.1.3.1.2.1.1.5.2|2|0
    1.3.6.1.4.1.2699.1.3.1.2.1.1.2.3|2|11
    1.3.6.1.4.1.2699.1.3.1.2.1.1.5.3|2|1
    1.3.6.1.4.1.2699.1.3.1.2.1.1.2.4|2|12
    1.3.6.1.4.1.2699.1.3.1.3.1.1.4.11.1|4|Printing
    1.3.6.1.4.1.2699.1.3.1.3.1.1.6.11.1|2|4
    1.3.6.1.4.1.2699.1.3.1.3.1.1.4.12.1|4|Scanning
    1.3.6.1.4.1.2699.1.3.1.3.1.1.6.12.1|2|7
    1.3.6.1.4.1.2699.1.3.1.5.1.1.6.1.3|2|86400
    1.3.6.1.4.1.2699.1.3.1.6.1.1.8.1.3|2|1200
    1.3.6.1.4.1.2699.1.3.1.6.1.1.8.1.4|2|7
    1.3.6.1.4.1.2699.1.3.1.7.1.1.4.4.3.3|2|640
    1.3.6.1.4.1.2699.1.3.1.8.1.1.4.1.3.3|2|90000
    1.3.6.1.4.1.2699.1.3.1.8.1.1.7.1.3.3|2|30000
    1.3.6.1.4.1.2699.1.3.1.8.1.1.4.2.3.3|2|80000
    1.3.6.1.4.1.2699.1.3.1.8.1.1.4.2.7.3|2|55
    1.3.6.1.4.1.2699.1.3.1.8.1.1.4.3.3.3|2|12345
    1.3.6.1.4.1.2699.1.3.1.9.1.1.4.1.3.3|2|40000
    1.3.6.1.4.1.2699.1.3.1.10.1.1.4.1.3.3|2|70000
    1.3.6.1.4.1.2699.1.3.1.11.1.1.4.2.3.3|2|5000
    1.3.6.1.4.1.2699.1.3.1.12.1.1.4.2.1.3|2|300
    1.3.6.1.4.1.2699.1.3.1.12.1.1.9.2.1.3|4|iso_a3_297x420mm";

#[test]
fn each_service_has_its_counters_and_those_of_parts_are_left_alone() {
    let report = build(&samples::store(COUNTING), &ReadContext::default());
    let counters = &report.counters;
    assert_eq!(counters.impressions.as_ref().unwrap().total, Some(90_000));
    assert_eq!(counters.two_sided.as_ref().unwrap().total, Some(40_000));
    assert_eq!(counters.sheets.as_ref().unwrap().total, Some(70_000));
    let print = counters.services.iter().find(|known| known.service_type == ServiceType::Print).unwrap();
    let of = |kind| print.work.iter().find(|work| work.work_type == kind).unwrap();
    assert_eq!(of(WorkType::WorkTotals).impressions.as_ref().unwrap().total, Some(80_000));
    assert_eq!(of(WorkType::Maintenance).impressions.as_ref().unwrap().total, Some(55));
    assert_eq!(of(WorkType::WorkTotals).media_used[0].media_size_name, "iso_a3_297x420mm");
    let scan = counters.services.iter().find(|known| known.service_type == ServiceType::Scan).unwrap();
    assert_eq!(scan.work[0].images.as_ref().unwrap().total, Some(640));
    assert!(!format!("{counters:?}").contains("12345"));
}

#[test]
fn services_jobs_times_and_traffic_are_told() {
    let report = build(&samples::store(COUNTING), &ReadContext::default());
    let names: Vec<_> =
        report.properties.services.iter().map(|service| (service.name.as_deref(), service.enabled)).collect();
    assert_eq!(names, [(Some("Printing"), Some(true)), (Some("Scanning"), Some(false))]);
    assert_eq!(report.properties.functions, [ServiceType::Print, ServiceType::Scan]);
    assert_eq!(report.status.active_states, ["print-processing", "scan-down"]);
    let usage = report.counters.usage.unwrap();
    assert_eq!((usage.jobs_completed, usage.processing_time), (Some(1_200), Some(86_400)));
    assert_eq!(usage.traffic[0].service, Some(ServiceType::Print));
}
