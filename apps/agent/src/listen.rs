//! An ear for notifications of devices, while the agent waits for its next reading.
//!
//! Off unless the administrator names an address to listen at. A notification makes the device that it comes from be read
//! again soon, through the pace of [`Refresher`]; nothing of it is believed or passed on. Nobody but known devices is heard.

use crate::failure::{Context, Failure};
use crate::settings::Settings;
use remote_services_collect::profile::Profiles;
use remote_services_collect::refresh::{Pace, Refresher, Verdict};
use remote_services_snmp::crypto::rustcrypto;
use remote_services_snmp::driver::blocking::NotificationListener;
use remote_services_snmp::driver::{Clock, os_random};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::notify::{Received, Receiver, ReceiverConfig};
use remote_services_snmp::usm::EngineId;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{self, TrySendError};
use std::time::Duration;

/// What was heard, and which devices are to be read because of it.
pub struct Ear {
    heard: mpsc::Receiver<Received>,
    refresher: Refresher,
    clock: Clock,
    address: SocketAddr,
}

/// Notifications that wait to be looked at; more are dropped, since one is as good as a hundred.
const MOST_WAITING: usize = 256;
/// How long the listening thread may need to notice that nobody listens any more.
const PULSE: Duration = Duration::from_secs(1);

impl Ear {
    /// Listens where the settings say; `None` when they say nowhere.
    ///
    /// # Errors
    /// When the address cannot be listened at: port 162 takes an administrator's rights.
    pub fn open(settings: &Settings, profiles: Profiles) -> Result<Option<Self>, Failure> {
        let Some(address) = settings.traps.listen else { return Ok(None) };
        let engine = EngineId::with_format(ENTERPRISE, 4, b"remote-services").context("engine id")?;
        let config =
            settings.traps.communities.iter().fold(ReceiverConfig::new(engine, 1), |config, community| {
                config.community(community.as_str())
            });
        let receiver =
            Receiver::new(config, rustcrypto(), Instant::START, os_random()).context("trap receiver")?;
        let mut listener = NotificationListener::bind(address, receiver)
            .context(format_args!("cannot listen for notifications at {address}"))?;
        let address = listener.local_addr().context("trap listener")?;
        let (tell, heard) = mpsc::sync_channel(MOST_WAITING);
        std::thread::Builder::new()
            .name("notifications".into())
            .spawn(move || {
                loop {
                    match listener.next(PULSE) {
                        Ok(Some(received)) => {
                            if let Err(TrySendError::Disconnected(_)) = tell.try_send(received) {
                                break;
                            }
                        }
                        Ok(None) => {}
                        Err(error) => {
                            tell!("no longer listening for notifications: {error}");
                            break;
                        }
                    }
                }
            })
            .context("trap listener")?;
        let refresher = Refresher::new(Pace::default(), profiles);
        Ok(Some(Self { heard, refresher, clock: Clock::start(), address }))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The devices whose notifications count.
    pub fn know(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        self.refresher.know(addresses);
    }

    /// Takes in what was heard; gives the addresses of devices whose time has come.
    pub fn due(&mut self) -> Vec<IpAddr> {
        let now = self.clock.now();
        while let Ok(received) = self.heard.try_recv() {
            if let Verdict::Due(groups) = self.refresher.handle(now, &received) {
                tell!("{} tells of an event: {groups} will be read again", received.source.ip());
            }
        }
        std::iter::from_fn(|| self.refresher.poll(now)).map(|refresh| refresh.address).collect()
    }
}

/// The arc of the documentation (RFC 5612): informs by SNMPv3, which need an engine id of their own, are not taken.
const ENTERPRISE: u32 = 32_473;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TrapSettings;
    use remote_services_snmp::engine::notify::Notification;
    use remote_services_snmp::message::{CommunityMessage, Version};
    use remote_services_snmp::oid;
    use remote_services_snmp::pdu::{Pdu, PduKind};
    use std::net::UdpSocket;

    #[test]
    fn a_trap_of_a_known_device_makes_it_due_and_others_do_not() {
        let traps =
            TrapSettings { listen: Some("127.0.0.1:0".parse().unwrap()), communities: vec!["public".into()] };
        let settings = Settings { traps, ..Settings::default() };
        let mut ear = Ear::open(&settings, Profiles::builtin()).unwrap().unwrap();
        ear.know(["127.0.0.1".parse().unwrap()]);
        let alert = Notification::new(1, oid!("1.3.6.1.2.1.43.18.2.0.1"));
        let message = |community: &[u8]| {
            let pdu = Pdu::request(PduKind::TrapV2, 1, alert.clone().into_varbinds());
            CommunityMessage::new(Version::V2c, community, pdu).to_bytes()
        };
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(&message(b"wrong"), ear.address()).unwrap();
        socket.send_to(&message(b"public"), ear.address()).unwrap();
        let until = std::time::Instant::now() + Duration::from_secs(20);
        let mut due = Vec::new();
        while due.is_empty() && std::time::Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
            due = ear.due();
        }
        assert_eq!(due, ["127.0.0.1".parse::<IpAddr>().unwrap()]);
        assert!(Ear::open(&Settings::default(), Profiles::builtin()).unwrap().is_none());
    }
}
