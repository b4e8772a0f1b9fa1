use super::*;
use crate::device::{Action, Condition, DeviceOptions, Event};
use remote_services_collect::{ObjectStore, ReadContext, build, synthetic};
use remote_services_core::device::DeviceReport;
use remote_services_snmp::message::Version;
use remote_services_snmp::oid;
use remote_services_snmp::usm::SecurityLevel;
use std::net::Ipv4Addr;
use std::time::Duration;

fn request() -> Request<'static> {
    Request {
        version: Version::V2c,
        level: SecurityLevel::NoAuthNoPriv,
        principal: b"public",
        context_name: b"",
        from: ([127, 0, 0, 1], 40_000).into(),
    }
}

struct Bench {
    device: Device,
    mib: PrinterMib,
}

impl Bench {
    fn new(name: &str, number: u32) -> Self {
        let source = Arc::new(Source::built_in(name).unwrap());
        let device = Device::new(source, DeviceOptions { number, ..DeviceOptions::default() });
        Self { mib: PrinterMib::new(&device), device }
    }

    fn walk(&mut self) -> BTreeMap<Oid, Value> {
        let mut view = self.mib.of(&mut self.device);
        let mut all = BTreeMap::new();
        let mut at = oid!("1.3");
        while let Some(VarBind { name, value }) = view.get_next(&request(), &at).unwrap() {
            assert!(name > at);
            at = name.clone();
            all.insert(name, value);
        }
        all
    }

    fn report(&mut self) -> DeviceReport {
        build(&ObjectStore::from(self.walk()), &ReadContext::default())
    }

    fn get(&mut self, name: &Oid) -> Value {
        self.mib.of(&mut self.device).get(&request(), name).unwrap()
    }

    fn set(&mut self, name: Oid, value: Value) -> Result<(), ErrorStatus> {
        let mut view = self.mib.of(&mut self.device);
        let varbinds = [VarBind::new(name, value)];
        view.test(&request(), &varbinds).map_err(|failed| failed.status)?;
        view.commit(&request(), &varbinds).map_err(|_| ErrorStatus::CommitFailed)
    }
}

#[test]
fn the_recorded_device_itself_shows_its_recording() {
    for recording in synthetic::ALL {
        let mut bench = Bench::new(recording.name, 0);
        let source = Arc::clone(bench.device.source());
        let address = source.identity.address.unwrap();
        // Only where it is, and since when, is another.
        let mut moved = remote_services_collect::record::Substitution::new();
        moved.ipv4(address, Ipv4Addr::LOCALHOST);
        let mut expected = moved.apply(&source.recorded);
        expected.insert(UP_TIME, Value::TimeTicks(0));
        let shown = bench.walk();
        let loopback = |name: &Oid| name.to_string().contains(".4.20.1.");
        for (name, value) in expected.iter().filter(|(name, _)| !loopback(name)) {
            assert_eq!(shown.get(name), Some(value), "{}: {name}", recording.name);
        }
    }
}

#[test]
fn what_a_printer_counts_shows_in_every_meter_of_its_maker() {
    for recording in synthetic::ALL {
        let mut bench = Bench::new(recording.name, 0);
        let before = bench.report();
        bench.device.act(Action::Wake).unwrap();
        bench.device.act(Action::Print { mono: 6, color: 4, two_sided: false }).unwrap();
        let after = bench.report();
        let life = |report: &DeviceReport| report.counters.life_counts[0].value;
        assert_eq!(life(&after), life(&before) + 10, "{}", recording.name);
        let color = if bench.device.layout().color { 4 } else { 0 };
        for (was, is) in before.counters.billing_meters.iter().zip(&after.counters.billing_meters) {
            let label = was.label.to_lowercase();
            let grown = is.value - was.value;
            let allowed = [0, 10, 10 - color, color];
            assert!(allowed.contains(&grown), "{}: {label} grew by {grown}", recording.name);
            if label.contains("total")
                && !["cop", "fax", "color", "mono", "black", "duplex", "blank", "send", "scan"]
                    .iter()
                    .any(|word| label.contains(word))
            {
                assert_eq!(grown, 10, "{}: {label}", recording.name);
            }
        }
        for service in &after.counters.services {
            let Some(counts) = service.work.iter().find_map(|work| work.impressions.as_ref()) else {
                continue;
            };
            if let (Some(total), Some(mono), Some(full)) =
                (counts.total, counts.monochrome, counts.full_color)
            {
                assert_eq!(total, mono + full + counts.highlight_color.unwrap_or(0), "{}", recording.name);
            }
        }
    }
}

#[test]
fn at_the_wrap_the_makers_total_goes_round_with_the_life_count() {
    let source = Arc::new(Source::built_in("lexmark").unwrap());
    let options = DeviceOptions { condition: Condition::CounterAtWrap, ..DeviceOptions::default() };
    let device = Device::new(source, options);
    let mut bench = Bench { mib: PrinterMib::new(&device), device };
    let names = [oid!("1.3.6.1.2.1.43.10.2.1.4.1.1"), oid!("1.3.6.1.4.1.641.6.4.2.1.1.4.1.1")];
    let both = |bench: &mut Bench| names.clone().map(|name| bench.get(&name));
    assert_eq!(both(&mut bench), [Value::Counter32(u32::MAX), Value::Counter32(u32::MAX)]);
    bench.device.act(Action::Wake).unwrap();
    bench.device.act(Action::Print { mono: 3, color: 0, two_sided: false }).unwrap();
    assert_eq!(both(&mut bench), [Value::Counter32(2), Value::Counter32(2)]);
}

#[test]
fn each_of_a_fleet_is_another_device_everywhere() {
    for recording in synthetic::ALL {
        let (mut one, mut other) = (Bench::new(recording.name, 1), Bench::new(recording.name, 2));
        let identity = one.device.source().identity.clone();
        let (a, b) = (one.report(), other.report());
        assert_ne!(a.identity.serial_number, b.identity.serial_number, "{}", recording.name);
        assert_ne!(a.identity.system_name, b.identity.system_name, "{}", recording.name);
        let macs = |report: &DeviceReport| -> Vec<_> {
            report.network.interfaces.iter().filter_map(|it| it.mac_address.clone()).collect()
        };
        assert!(
            !macs(&a).is_empty() && macs(&a).iter().all(|mac| !macs(&b).contains(mac)),
            "{}",
            recording.name
        );
        let serial = identity.serial_number.unwrap();
        for (name, value) in one.walk() {
            let text = value
                .as_bytes()
                .map(|octets| String::from_utf8_lossy(octets).into_owned())
                .unwrap_or_default();
            assert!(!text.contains(&serial), "{}: {name} still says {text}", recording.name);
        }
    }
}

#[test]
fn alerts_enter_and_leave_the_table_with_the_state_that_goes_with_them() {
    let mut bench = Bench::new("xerox", 0);
    assert!(bench.report().status.alerts.is_empty());
    bench.device.act(Action::OpenCover { index: 2 }).unwrap();
    let status = bench.report().status;
    assert_eq!(status.alerts.len(), 1);
    assert_eq!(
        (status.alerts[0].code.0, status.alerts[0].description.as_deref()),
        (3, Some("Rear cover is open"))
    );
    assert_eq!(status.detected_errors.len(), 1);
    assert_eq!(bench.get(&oid!("1.3.6.1.2.1.43.6.1.1.3.1.2")), Value::Integer(3));
    assert_eq!(bench.get(&oid!("1.3.6.1.2.1.43.5.1.1.18.1")), Value::Counter32(6));
    bench.device.act(Action::Repair).unwrap();
    let status = bench.report().status;
    assert!(status.alerts.is_empty() && status.detected_errors.is_empty());
    assert_eq!(bench.get(&oid!("1.3.6.1.2.1.43.6.1.1.3.1.2")), Value::Integer(4));
}

#[test]
fn names_and_the_reset_can_be_written_and_nothing_else() {
    let mut bench = Bench::new("konica-minolta", 0);
    let changes = bench.get(&oid!("1.3.6.1.2.1.43.5.1.1.1.1"));
    assert_eq!(bench.set(SYSTEM_NAME, Value::from("front desk")), Ok(()));
    assert_eq!(bench.get(&SYSTEM_NAME), Value::from("front desk"));
    assert_ne!(bench.get(&oid!("1.3.6.1.2.1.43.5.1.1.1.1")), changes);
    assert_eq!(bench.set(oid!("1.3.6.1.2.1.43.16.5.1.2.1.1"), Value::from("Hello")), Ok(()));
    assert_eq!(bench.get(&oid!("1.3.6.1.2.1.43.16.5.1.2.1.1")), Value::from("Hello"));
    assert_eq!(bench.set(SYSTEM_NAME, Value::Integer(1)), Err(ErrorStatus::WrongType));
    assert_eq!(bench.set(SYSTEM_NAME, Value::OctetString(vec![b'x'; 256])), Err(ErrorStatus::WrongLength));
    assert_eq!(
        bench.set(oid!("1.3.6.1.2.1.43.10.2.1.4.1.1"), Value::Counter32(0)),
        Err(ErrorStatus::NotWritable)
    );
    let reset = oid!("1.3.6.1.2.1.43.5.1.1.3.1");
    assert_eq!(bench.set(reset.clone(), Value::Integer(3)), Err(ErrorStatus::WrongValue));
    assert_eq!(bench.set(reset, Value::Integer(6)), Ok(()));
    assert!(!bench.device.is_up());
    bench.device.advance(Duration::from_secs(10));
    assert_eq!(bench.device.take_events(), [Event::Started { cold: true }]);
    assert_eq!(bench.get(&SYSTEM_NAME), Value::from("konica-0000"), "factory defaults");
}

#[test]
fn to_the_letter_nothing_moves_and_nothing_can_be_written() {
    let source = Arc::new(Source::built_in("oki").unwrap());
    let device = Device::new(Arc::clone(&source), DeviceOptions::default());
    let mut bench = Bench { mib: PrinterMib::to_the_letter(Arc::clone(&source)), device };
    bench.device.act(Action::Jam).unwrap();
    bench.device.advance(Duration::from_secs(100));
    assert_eq!(bench.walk(), source.recorded);
    assert_eq!(bench.set(SYSTEM_NAME, Value::from("x")), Err(ErrorStatus::NotWritable));
}

#[test]
fn what_is_not_there_is_told_apart() {
    let mut bench = Bench::new("xerox", 0);
    assert_eq!(bench.get(&oid!("1.3.6.1.2.1.1.5.1")), Value::NoSuchInstance);
    assert_eq!(bench.get(&oid!("1.3.6.1.3.1.0")), Value::NoSuchObject);
}
