//! How long a discovery takes and what it sends, with a real manager, in a time that we make.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use remote_services_collect::discover::{Contact, Discovery, Options, Outcome, SnmpVersion};
use remote_services_collect::drive::{self, Answer, Asker, Heard};
use remote_services_collect::replay;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    ApiMisuse, Credentials, Instant, Manager, ManagerConfig, Operation, Output, PeerId, PeerOptions,
    RequestId,
};
use remote_services_snmp::message::{CommunityMessage, CommunityPdu, Version};
use remote_services_snmp::pdu::{ErrorStatus, Pdu};
use remote_services_snmp::{Oid, Value, oid};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// What answers at an address.
#[derive(Clone, Copy)]
struct Device {
    after: Duration,
    speaks: &'static [Version],
}

/// Versions 2c and 1, and 254 addresses.
struct Site {
    manager: Manager,
    now: Instant,
    peers: BTreeMap<(SocketAddr, usize), PeerId>,
    devices: BTreeMap<SocketAddr, Device>,
    /// Answers on their way.
    wire: BTreeMap<(Instant, u64), (SocketAddr, Vec<u8>)>,
    /// When a datagram was sent, to whom, in which version.
    sent: Vec<(Instant, SocketAddr, Version)>,
    /// Of a hundred datagrams, how many are lost.
    loss: u64,
    dice: u64,
}

const BOTH: &[Version] = &[Version::V2c, Version::V1];
const MANAGERS_TIMEOUT: Duration = Duration::from_secs(1);
const RETRIES: u8 = 2;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn at(last: u8) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 161))
}

fn values() -> BTreeMap<Oid, Value> {
    BTreeMap::from([
        (oid!("1.3.6.1.2.1.1.1.0"), Value::from("KYOCERA Document Solutions Printing System")),
        (oid!("1.3.6.1.2.1.1.2.0"), Value::ObjectIdentifier(oid!("1.3.6.1.4.1.1347.41"))),
        (oid!("1.3.6.1.2.1.25.3.2.1.2.1"), Value::ObjectIdentifier(oid!("1.3.6.1.2.1.25.3.1.5"))),
        (oid!("1.3.6.1.2.1.43.5.1.1.1.1"), Value::Counter32(0)),
        (oid!("1.3.6.1.2.1.43.5.1.1.17.1"), Value::from("VD21457943")),
        (oid!("1.3.6.1.2.1.99.1"), Value::Integer(1)),
    ])
}

impl Site {
    fn new(devices: impl IntoIterator<Item = (u8, Device)>) -> Self {
        let config = ManagerConfig { packets_per_second: 1_960, burst: 20, ..ManagerConfig::default() };
        let mut number = 0_u64;
        let random = move || {
            number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
            number
        };
        Self {
            manager: Manager::new(config, CryptoProvider::none(), random).unwrap(),
            now: Instant::START,
            peers: BTreeMap::new(),
            devices: devices.into_iter().map(|(last, device)| (at(last), device)).collect(),
            wire: BTreeMap::new(),
            sent: Vec::new(),
            loss: 0,
            dice: 1,
        }
    }

    fn peer(&mut self, address: SocketAddr, credential: usize) -> PeerId {
        let credentials =
            if credential == 0 { Credentials::v2c("public") } else { Credentials::v1("public") };
        let options = PeerOptions { timeout: MANAGERS_TIMEOUT, retries: RETRIES, ..PeerOptions::default() };
        let manager = &mut self.manager;
        *self
            .peers
            .entry((address, credential))
            .or_insert_with(|| manager.add_peer(address, credentials, options).unwrap())
    }

    fn carry(&mut self, to: SocketAddr, bytes: &[u8]) {
        let mut message = CommunityMessage::from_bytes(bytes, &Limits::default()).unwrap();
        self.sent.push((self.now, to, message.version));
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lost = (self.dice >> 33) % 100 < self.loss;
        let Some(device) = self.devices.get(&to).filter(|it| it.speaks.contains(&message.version) && !lost)
        else {
            return;
        };
        let CommunityPdu::Pdu(asked) = &message.pdu else { panic!("a trap") };
        let names = asked.varbinds.iter().map(|varbind| varbind.name.clone()).collect();
        let answer = replay::answer(&values(), &Operation::GetNext(names)).unwrap();
        message.pdu = CommunityPdu::Pdu(Pdu::response(asked.request_id, ErrorStatus::NoError, 0, answer));
        let place = (self.now + device.after, self.sent.len() as u64);
        self.wire.insert(place, (to, message.to_bytes()));
    }

    /// Lets the next thing happen, if there is one.
    fn turn(&mut self) -> bool {
        let coming = self.wire.keys().next().copied();
        let deadline = self.manager.next_deadline();
        let Some(next) = coming.map(|(at, _)| at).into_iter().chain(deadline).min() else { return false };
        self.now = self.now.max(next);
        match coming.filter(|(at, _)| *at <= self.now).and_then(|place| self.wire.remove(&place)) {
            Some((from, bytes)) => self.manager.handle_datagram(self.now, from, &bytes),
            None => self.manager.handle_deadline(self.now),
        }
        true
    }
}

impl Asker for Site {
    type Id = RequestId;
    type Error = ApiMisuse;

    fn submit(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
    ) -> Result<RequestId, ApiMisuse> {
        let peer = self.peer(address, credential);
        self.manager.request(self.now, peer, operation)
    }

    fn seek(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
        contact: Contact,
    ) -> Result<RequestId, ApiMisuse> {
        let peer = self.peer(address, credential);
        if let Some(seek) = contact.seek(MANAGERS_TIMEOUT, RETRIES) {
            self.manager.seek(peer, seek)?;
        }
        self.manager.request(self.now, peer, operation)
    }

    fn give_up(&mut self, id: &RequestId) {
        self.manager.cancel(*id);
    }

    fn next(&mut self) -> Result<Option<Answer<RequestId>>, ApiMisuse> {
        panic!("a discovery hears")
    }

    fn hear(&mut self) -> Result<Option<Heard<RequestId>>, ApiMisuse> {
        loop {
            while let Some(output) = self.manager.poll_output() {
                match output {
                    Output::Transmit { to, bytes } => self.carry(to, &bytes),
                    Output::Completed(done) => {
                        let answer = Answer { id: done.id, result: done.result, partial: done.partial };
                        return Ok(Some(Heard::Answer(answer)));
                    }
                    _ => {}
                }
            }
            if let Some(id) = self.manager.poll_silent() {
                return Ok(Some(Heard::Silence(id)));
            }
            if !self.turn() {
                return Ok(None);
            }
        }
    }
}

/// Who was found with which credentials, and how long all took.
fn discover(site: &mut Site, lowest: SnmpVersion) -> (BTreeMap<SocketAddr, usize>, Duration) {
    let mut options = Options::new(vec![SnmpVersion::V2c, SnmpVersion::V1]);
    (options.lowest, options.window) = (lowest, 256);
    let mut discovery = Discovery::new((1..=254).map(at), &options);
    let mut found = BTreeMap::new();
    drive::discover(&mut discovery, site, |finding, _| match finding.outcome {
        Outcome::Found { credential, .. } => drop(found.insert(finding.address, credential)),
        Outcome::NoAnswer => {}
        other => panic!("{other:?}"),
    })
    .unwrap();
    assert_eq!(discovery.progress().finished, 254);
    (found, site.now.saturating_since(Instant::START))
}

fn half(device: Device) -> Site {
    Site::new((1..=127).map(|number| (2 * number, device)))
}

#[test]
fn half_of_254_addresses_are_silent_and_all_are_decided_within_three_seconds() {
    let mut site = half(Device { after: ms(5), speaks: BOTH });
    let (found, time) = discover(&mut site, SnmpVersion::V1);
    assert_eq!(found.len(), 127);
    assert!(found.values().all(|credential| *credential == 0));
    assert!(time <= Duration::from_secs(3), "{time:?}");
    // Who answers is asked once, and nobody three times by the one version and twice by the other.
    assert_eq!(site.sent.len(), 127 + 127 * 5);
}

#[test]
fn who_takes_two_seconds_is_found_by_the_strongest_credentials() {
    for after in [ms(1_500), ms(2_000)] {
        let mut site = half(Device { after, speaks: BOTH });
        let (found, _) = discover(&mut site, SnmpVersion::V1);
        assert_eq!(found.len(), 127, "{after:?}");
        assert!(found.values().all(|credential| *credential == 0), "{after:?}");
    }
}

#[test]
fn who_speaks_version_1_only_is_found_by_it_and_not_where_the_policy_forbids_it() {
    let mut site = half(Device { after: ms(5), speaks: &[Version::V1] });
    let (found, _) = discover(&mut site, SnmpVersion::V1);
    assert_eq!(found.len(), 127);
    assert!(found.values().all(|credential| *credential == 1));

    let mut site = half(Device { after: ms(5), speaks: &[Version::V1] });
    let (found, _) = discover(&mut site, SnmpVersion::V2c);
    assert_eq!(found.len(), 0);
    assert!(site.sent.iter().all(|(_, _, version)| *version == Version::V2c));
}

#[test]
fn of_a_hundred_datagrams_five_are_lost_and_no_printer() {
    let mut site = Site::new((1..=254).map(|last| (last, Device { after: ms(5), speaks: BOTH })));
    site.loss = 5;
    let (found, time) = discover(&mut site, SnmpVersion::V1);
    assert_eq!(found.len(), 254);
    assert!(found.values().all(|credential| *credential == 0));
    assert!(time <= Duration::from_secs(3), "{time:?}");
    let again = site.sent.len() - 254;
    assert!((1..=254 * 15 / 100).contains(&again), "{again} sent again");
}
