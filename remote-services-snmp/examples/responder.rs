//! Answers as a device does, with values that are read when somebody asks: `responder 127.0.0.1:1161`, and then
//! `snmpwalk -v2c -c public 127.0.0.1:1161 1.3.6.1.2.1.1`.
use std::error::Error;
use std::sync::atomic::AtomicBool;

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::{Clock, bind, blocking, os_random};
use remote_services_snmp::engine::responder::{Access, Computed, Responder, ResponderConfig};
use remote_services_snmp::usm::EngineId;
use remote_services_snmp::{Value, oid};

fn main() -> Result<(), Box<dyn Error>> {
    let socket = bind(std::env::args().nth(1).ok_or("which address?")?.parse()?)?;
    let clock = Clock::start();
    // TimeTicks wrap after 497 days.
    let hundredths =
        move || u32::try_from(clock.now().since_start().as_millis() / 10 % (1 << 32)).unwrap_or(0);
    let mut mib = Computed::new()
        .object(oid!("1.3.6.1.2.1.1.1.0"), || Value::from("a device of thirty lines"))
        .object(oid!("1.3.6.1.2.1.1.3.0"), move || Value::TimeTicks(hundredths()));
    // Without SNMPv3 boots do not matter; with it, keep them in a `BootsFile`.
    let engine_id = EngineId::with_format(32_473, 4, b"example")?;
    let config = ResponderConfig::new(engine_id, 1).community("public", Access::Read);
    let mut responder = Responder::new(config, &CryptoProvider::none(), clock.now(), os_random())?;
    blocking::serve(&socket, &mut responder, &mut mib, clock, &AtomicBool::new(false))?;
    Ok(())
}
