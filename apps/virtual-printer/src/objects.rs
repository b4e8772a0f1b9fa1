//! The MIB objects of a virtual printer: system, interfaces, HOST-RESOURCES and Printer-MIB (RFC 3805).
//!
//! hrDeviceIndex of the printer is 2: collectors that assume 1 find nothing.

use crate::persona::{Fault, Persona};
use remote_services_snmp::smi::{Oid, Value};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// hrDeviceIndex of the printer.
pub const DEVICE_INDEX: u32 = 2;

/// What prtChannelInformation and the interface table tell about where the printer listens.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints {
    /// Address of its interface.
    pub address: Ipv4Addr,
    /// TCP port that takes print data, when it takes any.
    pub raw_port: Option<u16>,
}

/// All objects of the printer that stay as they are while it runs.
#[must_use]
pub fn objects(persona: &Persona, endpoints: &Endpoints) -> BTreeMap<Oid, Value> {
    let mut mib = Mib::default();
    system(&mut mib, persona);
    interfaces(&mut mib, persona, endpoints.address);
    host_resources(&mut mib, persona);
    general(&mut mib, persona);
    input(&mut mib);
    output(&mut mib);
    marker(&mut mib, persona);
    supplies(&mut mib, persona);
    media_path(&mut mib, persona);
    channel(&mut mib, endpoints.raw_port);
    interpreters(&mut mib);
    console(&mut mib, persona);
    alerts(&mut mib, persona);
    mib.0
}

/// prtMarkerLifeCount of the only marker.
#[must_use]
pub fn life_count() -> Oid {
    column("1.3.6.1.2.1.43.10.2.1.4", &[DEVICE_INDEX, 1])
}

/// prtMarkerPowerOnCount of the only marker.
#[must_use]
pub fn power_on_count() -> Oid {
    column("1.3.6.1.2.1.43.10.2.1.5", &[DEVICE_INDEX, 1])
}

/// prtGeneralReset of the printer.
#[must_use]
pub fn general_reset() -> Oid {
    column("1.3.6.1.2.1.43.5.1.1.3", &[DEVICE_INDEX])
}

/// sysUpTime.0
#[must_use]
pub fn system_up_time() -> Oid {
    column("1.3.6.1.2.1.1.3", &[0])
}

fn system(mib: &mut Mib, persona: &Persona) {
    mib.text("1.3.6.1.2.1.1.1", &[0], persona.model.description);
    mib.put("1.3.6.1.2.1.1.2", &[0], Value::ObjectIdentifier(column(persona.model.system_object_id, &[])));
    mib.put("1.3.6.1.2.1.1.3", &[0], Value::TimeTicks(0));
    mib.text("1.3.6.1.2.1.1.4", &[0], "Facilities <facilities@example.org>");
    mib.text("1.3.6.1.2.1.1.5", &[0], &persona.system_name);
    mib.text("1.3.6.1.2.1.1.6", &[0], &persona.location);
}

fn interfaces(mib: &mut Mib, persona: &Persona, address: Ipv4Addr) {
    mib.text("1.3.6.1.2.1.2.2.1.2", &[1], "lo");
    mib.int("1.3.6.1.2.1.2.2.1.3", &[1], 24);
    mib.octets("1.3.6.1.2.1.2.2.1.6", &[1], &[]);
    mib.text("1.3.6.1.2.1.2.2.1.2", &[2], "eth0");
    mib.int("1.3.6.1.2.1.2.2.1.3", &[2], 6);
    mib.octets("1.3.6.1.2.1.2.2.1.6", &[2], &persona.mac_address());
    let instance = address.octets().map(u32::from);
    mib.put("1.3.6.1.2.1.4.20.1.1", &instance, Value::IpAddress(address.octets()));
    mib.int("1.3.6.1.2.1.4.20.1.2", &instance, 2);
    mib.put("1.3.6.1.2.1.4.20.1.3", &instance, Value::IpAddress([255, 0, 0, 0]));
}

fn host_resources(mib: &mut Mib, persona: &Persona) {
    let error_state: [u8; 2] = match persona.fault {
        Fault::LowToner => [0x20, 0x00],
        Fault::Jammed => [0x04, 0x00],
        _ => [0x00, 0x00],
    };
    let (device_status, printer_status) = match persona.fault {
        Fault::LowToner => (3, 3),
        Fault::Jammed => (5, 1),
        _ => (2, 3),
    };
    mib.int("1.3.6.1.2.1.25.2.2", &[0], 2_097_152);
    mib.int("1.3.6.1.2.1.25.3.2.1.1", &[1], 1);
    mib.put("1.3.6.1.2.1.25.3.2.1.2", &[1], Value::ObjectIdentifier(column("1.3.6.1.2.1.25.3.1.4", &[])));
    mib.text("1.3.6.1.2.1.25.3.2.1.3", &[1], "Network interface");
    mib.int("1.3.6.1.2.1.25.3.2.1.5", &[1], 2);
    mib.int("1.3.6.1.2.1.25.3.2.1.1", &[DEVICE_INDEX], 2);
    mib.put(
        "1.3.6.1.2.1.25.3.2.1.2",
        &[DEVICE_INDEX],
        Value::ObjectIdentifier(column("1.3.6.1.2.1.25.3.1.5", &[])),
    );
    mib.text(
        "1.3.6.1.2.1.25.3.2.1.3",
        &[DEVICE_INDEX],
        &format!("{} {}", persona.model.manufacturer, persona.model.name),
    );
    mib.put("1.3.6.1.2.1.25.3.2.1.4", &[DEVICE_INDEX], Value::ObjectIdentifier(column("0.0", &[])));
    mib.int("1.3.6.1.2.1.25.3.2.1.5", &[DEVICE_INDEX], device_status);
    mib.int("1.3.6.1.2.1.25.3.5.1.1", &[DEVICE_INDEX], printer_status);
    mib.octets("1.3.6.1.2.1.25.3.5.1.2", &[DEVICE_INDEX], &error_state);
}

fn general(mib: &mut Mib, persona: &Persona) {
    mib.put("1.3.6.1.2.1.43.5.1.1.1", &[DEVICE_INDEX], Value::Counter32(3));
    mib.int("1.3.6.1.2.1.43.5.1.1.2", &[DEVICE_INDEX], 1);
    mib.int("1.3.6.1.2.1.43.5.1.1.3", &[DEVICE_INDEX], 3);
    mib.text("1.3.6.1.2.1.43.5.1.1.16", &[DEVICE_INDEX], persona.model.name);
    mib.text("1.3.6.1.2.1.43.5.1.1.17", &[DEVICE_INDEX], &persona.serial_number());
    mib.put("1.3.6.1.2.1.43.5.1.1.19", &[DEVICE_INDEX], Value::Counter32(7));
    mib.text("1.3.6.1.2.1.43.7.1.1.2", &[DEVICE_INDEX, 1], "en");
    mib.text("1.3.6.1.2.1.43.7.1.1.3", &[DEVICE_INDEX, 1], "US");
    mib.int("1.3.6.1.2.1.43.7.1.1.4", &[DEVICE_INDEX, 1], 106);
}

fn input(mib: &mut Mib) {
    for (tray, name, tray_type, capacity, level, status) in
        [(1, "Bypass tray", 5, 100, 0, 19), (2, "Tray 1", 3, 550, 340, 0), (3, "Tray 2", 3, 550, -3, 0)]
    {
        let at = [DEVICE_INDEX, tray];
        mib.int("1.3.6.1.2.1.43.8.2.1.2", &at, tray_type);
        mib.int("1.3.6.1.2.1.43.8.2.1.8", &at, 8);
        mib.int("1.3.6.1.2.1.43.8.2.1.9", &at, capacity);
        mib.int("1.3.6.1.2.1.43.8.2.1.10", &at, level);
        mib.int("1.3.6.1.2.1.43.8.2.1.11", &at, status);
        mib.text("1.3.6.1.2.1.43.8.2.1.12", &at, "na_letter");
        mib.text("1.3.6.1.2.1.43.8.2.1.13", &at, name);
        mib.text("1.3.6.1.2.1.43.8.2.1.18", &at, name);
    }
}

fn output(mib: &mut Mib) {
    let at = [DEVICE_INDEX, 1];
    mib.int("1.3.6.1.2.1.43.9.2.1.2", &at, 3);
    mib.int("1.3.6.1.2.1.43.9.2.1.3", &at, 8);
    mib.int("1.3.6.1.2.1.43.9.2.1.4", &at, 500);
    mib.int("1.3.6.1.2.1.43.9.2.1.5", &at, -2);
    mib.int("1.3.6.1.2.1.43.9.2.1.6", &at, 0);
    mib.text("1.3.6.1.2.1.43.9.2.1.7", &at, "Centre tray");
    mib.text("1.3.6.1.2.1.43.9.2.1.12", &at, "Centre tray, face down");
}

fn marker(mib: &mut Mib, persona: &Persona) {
    let at = [DEVICE_INDEX, 1];
    mib.int("1.3.6.1.2.1.43.10.2.1.2", &at, 4);
    mib.int("1.3.6.1.2.1.43.10.2.1.3", &at, 7);
    mib.put("1.3.6.1.2.1.43.10.2.1.4", &at, Value::Counter32(persona.life_count));
    mib.put("1.3.6.1.2.1.43.10.2.1.5", &at, Value::Counter32(0));
    mib.int("1.3.6.1.2.1.43.10.2.1.6", &at, if persona.model.color { 4 } else { 1 });
    mib.int("1.3.6.1.2.1.43.10.2.1.15", &at, 0);
}

fn supplies(mib: &mut Mib, persona: &Persona) {
    for (index, toner) in (1..).zip(persona.toners()) {
        let at = [DEVICE_INDEX, index];
        mib.int("1.3.6.1.2.1.43.11.1.1.2", &at, 1);
        mib.int("1.3.6.1.2.1.43.11.1.1.3", &at, i32::try_from(index).unwrap_or(0));
        mib.int("1.3.6.1.2.1.43.11.1.1.4", &at, 3);
        mib.int("1.3.6.1.2.1.43.11.1.1.5", &at, 3);
        mib.text("1.3.6.1.2.1.43.11.1.1.6", &at, &format!("{} toner cartridge", capitalised(toner.color)));
        mib.int("1.3.6.1.2.1.43.11.1.1.7", &at, toner.unit);
        mib.int("1.3.6.1.2.1.43.11.1.1.8", &at, toner.capacity);
        mib.int("1.3.6.1.2.1.43.11.1.1.9", &at, toner.level);
        mib.int("1.3.6.1.2.1.43.12.1.1.2", &at, 1);
        mib.int("1.3.6.1.2.1.43.12.1.1.3", &at, 3);
        mib.text("1.3.6.1.2.1.43.12.1.1.4", &at, toner.color);
    }
    let waste = [DEVICE_INDEX, 9];
    mib.int("1.3.6.1.2.1.43.11.1.1.2", &waste, 1);
    mib.int("1.3.6.1.2.1.43.11.1.1.3", &waste, 0);
    mib.int("1.3.6.1.2.1.43.11.1.1.4", &waste, 4);
    mib.int("1.3.6.1.2.1.43.11.1.1.5", &waste, 4);
    mib.text("1.3.6.1.2.1.43.11.1.1.6", &waste, "Waste toner container");
    mib.int("1.3.6.1.2.1.43.11.1.1.7", &waste, 19);
    mib.int("1.3.6.1.2.1.43.11.1.1.8", &waste, -2);
    mib.int("1.3.6.1.2.1.43.11.1.1.9", &waste, -3);
}

fn media_path(mib: &mut Mib, persona: &Persona) {
    for (path, path_type, speed) in [(1, 5, persona.model.speed), (2, 3, persona.model.speed * 9 / 10)] {
        let at = [DEVICE_INDEX, path];
        mib.int("1.3.6.1.2.1.43.13.4.1.2", &at, 7);
        mib.int("1.3.6.1.2.1.43.13.4.1.4", &at, speed * 60);
        mib.int("1.3.6.1.2.1.43.13.4.1.9", &at, path_type);
        mib.text("1.3.6.1.2.1.43.13.4.1.10", &at, if path == 1 { "Simplex path" } else { "Duplex path" });
        mib.int("1.3.6.1.2.1.43.13.4.1.11", &at, 0);
    }
}

fn channel(mib: &mut Mib, raw_port: Option<u16>) {
    let Some(port) = raw_port else { return };
    let at = [DEVICE_INDEX, 1];
    mib.int("1.3.6.1.2.1.43.14.1.1.2", &at, 11);
    mib.text("1.3.6.1.2.1.43.14.1.1.3", &at, "RAW");
    mib.int("1.3.6.1.2.1.43.14.1.1.7", &at, 1);
    mib.int("1.3.6.1.2.1.43.14.1.1.8", &at, 0);
    mib.text("1.3.6.1.2.1.43.14.1.1.9", &at, &format!("port={port}"));
}

fn interpreters(mib: &mut Mib) {
    for (index, family, level, description) in [
        (1, 3, "5c", "PCL 5c"),
        (2, 5, "", "PJL"),
        (3, 6, "3", "PostScript 3"),
        (4, 37, "", "Automatic switching"),
    ] {
        let at = [DEVICE_INDEX, index];
        mib.int("1.3.6.1.2.1.43.15.1.1.2", &at, family);
        mib.text("1.3.6.1.2.1.43.15.1.1.3", &at, level);
        mib.text("1.3.6.1.2.1.43.15.1.1.5", &at, description);
        mib.text("1.3.6.1.2.1.43.15.1.1.6", &at, "1.0");
    }
}

fn console(mib: &mut Mib, persona: &Persona) {
    let line = match persona.fault {
        Fault::LowToner => "Order black toner",
        Fault::Jammed => "Paper jam: open cover A",
        _ => "Ready",
    };
    mib.text("1.3.6.1.2.1.43.16.5.1.2", &[DEVICE_INDEX, 1], line);
    mib.text("1.3.6.1.2.1.43.16.5.1.2", &[DEVICE_INDEX, 2], "");
}

fn alerts(mib: &mut Mib, persona: &Persona) {
    let (severity, training, group, group_index, code, description) = match persona.fault {
        Fault::LowToner => (4, 3, 11, 1, 1104, "Black toner is low"),
        Fault::Jammed => (3, 3, 13, 1, 8, "Paper jam in the media path"),
        _ => return,
    };
    let at = [DEVICE_INDEX, 1];
    mib.int("1.3.6.1.2.1.43.18.1.1.2", &at, severity);
    mib.int("1.3.6.1.2.1.43.18.1.1.3", &at, training);
    mib.int("1.3.6.1.2.1.43.18.1.1.4", &at, group);
    mib.int("1.3.6.1.2.1.43.18.1.1.5", &at, group_index);
    mib.int("1.3.6.1.2.1.43.18.1.1.6", &at, -2);
    mib.int("1.3.6.1.2.1.43.18.1.1.7", &at, code);
    mib.text("1.3.6.1.2.1.43.18.1.1.8", &at, description);
    mib.put("1.3.6.1.2.1.43.18.1.1.9", &at, Value::TimeTicks(100));
}

/// Objects under construction.
#[derive(Default)]
struct Mib(BTreeMap<Oid, Value>);

impl Mib {
    fn put(&mut self, object: &str, instance: &[u32], value: Value) {
        self.0.insert(column(object, instance), value);
    }

    fn int(&mut self, object: &str, instance: &[u32], value: i32) {
        self.put(object, instance, Value::Integer(value));
    }

    fn octets(&mut self, object: &str, instance: &[u32], value: &[u8]) {
        self.put(object, instance, Value::OctetString(value.to_vec()));
    }

    fn text(&mut self, object: &str, instance: &[u32], value: &str) {
        self.octets(object, instance, value.as_bytes());
    }
}

fn column(object: &str, instance: &[u32]) -> Oid {
    object
        .parse::<Oid>()
        .and_then(|column| column.extend(instance))
        .expect("objects and instances are written in this file and well formed")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
