use super::counts::Counter;
use super::job::{Job, Origin};
use super::status::Doing;
use super::*;
use crate::mib::PrinterMib;
use remote_services_core::status::{OverallStatus, Status};

fn device(name: &str, options: DeviceOptions) -> Device {
    Device::new(Arc::new(Source::built_in(name).unwrap()), options)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn of(device: &Device, word: &str) -> u64 {
    device.counts().of(word.parse::<Counter>().unwrap())
}

fn lively(seed: u64) -> Device {
    let pace =
        Pace { job_every: seconds(120), jam_once_in: 300, repair_after: seconds(120), ..Pace::default() };
    device("xerox", DeviceOptions { pace: Some(pace), seed, ..DeviceOptions::default() })
}

#[test]
fn a_life_follows_from_its_seed_alone_and_not_from_how_often_it_is_looked_at() {
    let day = seconds(24 * 3600);
    let mut at_once = lively(1);
    at_once.advance(day);
    let mut often = lively(1);
    for minute in 0..=24 * 60 {
        often.advance(seconds(60 * minute));
    }
    assert_eq!(at_once.counts(), often.counts());
    assert_eq!(at_once.alerts().rows(), often.alerts().rows());
    assert_eq!(
        (at_once.alerts().all_events, at_once.jobs_taken()),
        (often.alerts().all_events, often.jobs_taken())
    );
    let mut other = lively(2);
    other.advance(day);
    assert_ne!(at_once.counts(), other.counts());
}

#[test]
fn in_a_month_everything_moves_and_all_counts_add_up_at_every_hour() {
    let mut device = lively(3);
    let mut last = 0;
    let (mut jams, mut sleeps) = (0, 0);
    for hour in 1..=30 * 24 {
        device.advance(seconds(3600 * hour));
        let all = of(&device, "impressions");
        assert_eq!(all, of(&device, "print") + of(&device, "copy") + of(&device, "fax"));
        assert_eq!(all, of(&device, "impressions.mono") + of(&device, "impressions.color"));
        assert!(all >= last, "counts never fall");
        last = all;
        jams += u32::from(device.alerts().has(Matter::Jam));
        sleeps += u32::from(device.doing() == Doing::Sleeping);
    }
    assert!(last > 50_000, "{last} sides in a month");
    assert!(jams > 0 && device.alerts().critical_events > 5);
    assert!(sleeps == 0 || device.life.is_some());
    let low = |at: usize| device.layout().supplies[at].percent(device.supplies()[at]).unwrap();
    assert!((0..4).any(|at| low(at) != [62, 81, 47, 90][at]), "toner was used");
    assert!(of(&device, "sheets") < last, "some sheets have two sides");
    assert!(of(&device, "scan") > 0);
}

#[test]
fn sheets_are_taken_from_the_trays_and_both_sides_of_one_count_once() {
    let mut device = device("xerox", DeviceOptions::default());
    let before: u32 = device.trays().iter().map(|tray| tray.sheets).sum();
    device.act(Action::Print { mono: 5, color: 2, two_sided: true }).unwrap();
    let after: u32 = device.trays().iter().map(|tray| tray.sheets).sum();
    assert_eq!((of(&device, "impressions"), of(&device, "sheets"), before - after), (7, 4, 4));
    assert_eq!(of(&device, "duplex.sides"), 6);
    assert_eq!(device.doing(), Doing::Printing);
    device.advance(seconds(30));
    assert_eq!(device.doing(), Doing::Idle);
}

#[test]
fn a_jam_stops_the_job_and_the_repair_lets_it_go_on() {
    let mut device = device("hp", DeviceOptions::default());
    device.act(Action::Jam).unwrap();
    device.take(Job::sides(Origin::Raw, 4), None);
    assert_eq!(of(&device, "impressions"), 0);
    let state = device.state().unwrap();
    assert_eq!((state.device_status, state.printer_status, state.errors), (5, 1, [0x04, 0]));
    assert!(state.console.contains("jam"), "{}", state.console);
    device.act(Action::Repair).unwrap();
    assert_eq!(of(&device, "impressions"), 4);
    assert_eq!(device.state().unwrap().errors, [0, 0]);
    let events: Vec<_> = device.take_events().iter().map(std::mem::discriminant).collect();
    assert_eq!(events.len(), 2, "entered and left");
}

#[test]
fn trays_run_empty_one_after_the_other_and_only_the_last_stops_printing() {
    let mut device = device("kyocera", DeviceOptions::default());
    device.act(Action::Wake).unwrap();
    device.take(Job::sides(Origin::Raw, 180), None);
    assert!(device.alerts().has(Matter::TrayEmpty(2)));
    assert_eq!(device.state().unwrap().errors, [0x40, 0], "the other tray is fed by hand, and empty");
    device.take(Job::sides(Origin::Raw, 1), None);
    assert_eq!(of(&device, "impressions"), 180);
    device.act(Action::Repair).unwrap();
    assert_eq!(of(&device, "impressions"), 181);
}

#[test]
fn a_supply_goes_low_then_out_and_another_one_is_a_change_of_configuration() {
    let mut device = device("lexmark", DeviceOptions::default());
    device.act(Action::SetSupply { index: 1, percent: 6 }).unwrap();
    let changes = device.config_changes();
    assert!(!device.alerts().is_warning());
    device.take(Job::sides(Origin::Raw, 201), None);
    assert!(device.alerts().has(Matter::SupplyLow(1)));
    let toner = |device: &Device| device.state().unwrap().errors[0] & 0x30;
    assert_eq!(toner(&device), 0x20);
    device.act(Action::SetSupply { index: 1, percent: 0 }).unwrap();
    assert!(!device.alerts().has(Matter::SupplyLow(1)) && device.alerts().has(Matter::SupplyOut(1)));
    assert_eq!(toner(&device), 0x10);
    device.act(Action::Repair).unwrap();
    assert!(!device.alerts().is_warning());
    assert_eq!(device.config_changes(), changes + 2);
    assert_eq!(
        device.act(Action::SetSupply { index: 99, percent: 1 }),
        Err("there is no supply of this index")
    );
}

#[test]
fn a_restart_is_silent_then_the_uptime_begins_again_and_boots_rise() {
    let mut device = device("xerox", DeviceOptions { start_takes: seconds(20), ..DeviceOptions::default() });
    device.advance(seconds(1000));
    device.take(Job::sides(Origin::Raw, 3), None);
    device.act(Action::OpenCover { index: 1 }).unwrap();
    device.reset(Reset::PowerCycle);
    device.advance(seconds(1019));
    assert!(!device.is_up());
    device.advance(seconds(1021));
    assert!(device.is_up());
    assert_eq!((device.boots(), device.up_time()), (1, 100));
    assert_eq!(device.doing(), Doing::WarmingUp);
    assert!(device.alerts().has(Matter::CoverOpen(1)), "what is wrong is found again");
    assert_eq!(of(&device, "impressions"), 3);
    assert_eq!(device.take_events()[0], Event::Started { cold: false });
    device.advance(seconds(1030));
    assert_eq!(device.doing(), Doing::Idle);
}

#[test]
fn a_new_firmware_is_there_after_the_start_and_not_before() {
    let mut device = device("xerox", DeviceOptions::default());
    device.act(Action::SetFirmware { version: "119.010".to_owned() }).unwrap();
    assert_eq!(device.firmware(), None);
    device.advance(seconds(10));
    assert_eq!(device.firmware(), Some("119.010"));
    assert_eq!(device.take_events(), [Event::Started { cold: true }]);
    device.reset(Reset::ToFactoryDefaults);
    device.advance(seconds(20));
    assert_eq!(device.firmware(), Some("119.010"), "a reset does not undo an upgrade");
}

#[test]
fn a_printer_to_which_nothing_happened_is_still_as_it_was_recorded() {
    for recording in remote_services_collect::synthetic::ALL {
        let mut device = device(recording.name, DeviceOptions::default());
        device.advance(seconds(3600));
        assert_eq!(device.state(), None, "{}", recording.name);
        let shown = PrinterMib::moving(&device);
        for (name, value) in shown.iter().filter(|(name, _)| !name.to_string().ends_with("1.1.3.0")) {
            assert_eq!(device.source().recorded.get(name), Some(value), "{}: {name}", recording.name);
        }
    }
}

#[test]
fn every_state_is_one_that_rfc_3805_knows() {
    use remote_services_core::status::{DeviceStatus, PrinterStatus};
    let overall = |device: &Device| {
        let state = device.state().unwrap();
        remote_services_collect::status::overall(&Status {
            device_status: Some(DeviceStatus::from_number(state.device_status.into())),
            printer_status: Some(PrinterStatus::from_number(state.printer_status.into())),
            ..Status::default()
        })
    };
    let mut device = device("hp", DeviceOptions::default());
    device.act(Action::Sleep).unwrap();
    assert_eq!(overall(&device), OverallStatus::Sleeping);
    device.act(Action::Print { mono: 2, color: 0, two_sided: false }).unwrap();
    assert_eq!(overall(&device), OverallStatus::Busy);
    device.advance(seconds(60));
    assert_eq!(overall(&device), OverallStatus::Ready);
    device.act(Action::SetSupply { index: 1, percent: 3 }).unwrap();
    assert_eq!(overall(&device), OverallStatus::Warning);
    device.act(Action::FillOutput).unwrap();
    assert_eq!(overall(&device), OverallStatus::Stopped);
    device.act(Action::Restart).unwrap();
    device.advance(seconds(66));
    assert_eq!(overall(&device), OverallStatus::WarmingUp);
}
