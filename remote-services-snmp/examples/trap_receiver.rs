//! Prints every trap and inform: `trap_receiver 0.0.0.0:10162 public`.
use std::error::Error;
use std::time::Duration;

use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::driver::{blocking::NotificationListener, os_random};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::notify::{Receiver, ReceiverConfig};
use remote_services_snmp::usm::EngineId;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (address, community) = words.next().zip(words.next()).ok_or("which address, which community?")?;
    let engine_id = EngineId::with_format(32_473, 4, b"trap receiver")?;
    let config = ReceiverConfig::new(engine_id, 1).community(community);
    let receiver = Receiver::new(config, rustcrypto(), Instant::START, os_random())?;
    let mut listener = NotificationListener::bind(address.parse()?, receiver)?;
    loop {
        let Some(received) = listener.next(Duration::from_secs(3_600))? else { continue };
        println!("{} {} {}", received.source, received.version, received.notification.trap_oid);
        for varbind in &received.notification.varbinds {
            println!("    {} = {:?}", varbind.name, varbind.value);
        }
    }
}
