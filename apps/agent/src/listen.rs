//! An ear for notifications of devices, while the agent waits for its next reading.
//!
//! Off unless the administrator names an address to listen at. A notification makes the device that it comes from be read
//! again soon, through the pace of [`Refresher`]; nothing of it is believed or passed on. Nobody but known devices is heard.
//! By SNMPv3 the users are those that the devices are read as; informs are acknowledged.

use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::settings::Settings;
use remote_services_collect::profile::Profiles;
use remote_services_collect::refresh::{Pace, Refresher, Verdict};
use remote_services_core::id::Uuid;
use remote_services_snmp::BootsFile;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::blocking::NotificationListener;
use remote_services_snmp::driver::{Clock, os_random};
use remote_services_snmp::engine::notify::{Received, Receiver, ReceiverConfig};
use remote_services_snmp::engine::{Credentials, Instant};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{self, TrySendError};
use std::time::Duration;

/// By which name and as whom the agent takes notifications by SNMPv3.
pub struct Hearer {
    /// snmpEngineID of this agent: the one that informs are sent to, and the same at every start.
    engine_id: EngineId,
    /// snmpEngineBoots, one more at every start.
    boots: u32,
    users: Vec<(User, SecurityLevel)>,
    crypto: CryptoProvider,
}

impl Hearer {
    /// The users of these credentials, each at the level that the credentials have and no lower; who does not
    /// authenticate is not heard. The engine is named after the agent, and counts its starts in the data folder.
    ///
    /// # Errors
    /// When the file of the starts cannot be kept, or a user's keys cannot be made.
    pub fn new(
        home: &Home,
        client: Uuid,
        credentials: &[&Credentials],
        crypto: CryptoProvider,
    ) -> Result<Self, Failure> {
        let engine_id = EngineId::with_format(ENTERPRISE, OCTETS, client.as_bytes()).context("engine id")?;
        let boots =
            BootsFile::new(home.state("trap-boots")).next_start().context("boots of the trap listener")?;
        let mut cache = KeyCache::new();
        let mut users: Vec<(User, SecurityLevel)> = Vec::new();
        for credentials in credentials {
            let user = match *credentials {
                Credentials::V3 { user, auth: Some((auth, password)), privacy, .. } => {
                    let privacy = privacy.as_ref().map(|(privacy, password)| (*privacy, password.expose()));
                    let auth = Some((*auth, password.expose()));
                    User::new(&crypto, &mut cache, user.as_bytes(), auth, privacy)
                }
                Credentials::V3Localized { user, keys, .. } => {
                    User::from_localized_keys(user.as_bytes(), keys.clone())
                }
                _ => continue,
            };
            let user =
                user.map_err(|error| Failure::usage(format_args!("SNMPv3 user for notifications: {error}")))?;
            let is_new = users.iter().all(|(known, _)| known.name() != user.name());
            if is_new && user.level() != SecurityLevel::NoAuthNoPriv {
                let level = user.level();
                users.push((user, level));
            }
        }
        Ok(Self { engine_id, boots, users, crypto })
    }
}

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
    pub fn open(
        settings: &Settings,
        profiles: Profiles,
        hearer: impl FnOnce() -> Result<Hearer, Failure>,
    ) -> Result<Option<Self>, Failure> {
        let Some(address) = settings.traps.listen else { return Ok(None) };
        let Hearer { engine_id, boots, users, crypto } = hearer()?;
        let config = ReceiverConfig::new(engine_id, boots);
        let communities = settings.traps.communities.iter();
        let config = communities.fold(config, |config, community| config.community(&**community));
        let config = users.into_iter().fold(config, |config, (user, least)| config.user(user, least));
        let receiver = Receiver::new(config, crypto, Instant::START, os_random()).context("trap receiver")?;
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

/// The arc of the documentation (RFC 5612), as this project has none of its own.
const ENTERPRISE: u32 = 32_473;
/// Format of an engine ID (RFC 3411): octets that the enterprise assigns.
const OCTETS: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TrapSettings;
    use remote_services_snmp::crypto::rustcrypto;
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
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let hearer = || Hearer::new(&home, Uuid::nil(), &[], rustcrypto());
        let mut ear = Ear::open(&settings, Profiles::builtin(), hearer).unwrap().unwrap();
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
        assert!(Ear::open(&Settings::default(), Profiles::builtin(), hearer).unwrap().is_none());
    }
}
