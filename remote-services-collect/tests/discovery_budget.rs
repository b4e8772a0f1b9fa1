//! Pings, questions and repetitions of a discovery out of one budget, in a time that we make.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use remote_services_collect::discover::echo::{EchoOptions, Echoes};
use remote_services_collect::discover::{Discovery, Options, Question, SnmpVersion};
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{
    Credentials, Instant, Manager, ManagerConfig, Output, PeerOptions, RequestError,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

const RATE: usize = 100;
const BURST: usize = 5;
const IN_FLIGHT: usize = 30;

/// A network where every third host answers pings and nobody SNMP.
struct Site {
    manager: Manager,
    echoes: Echoes,
    now: Instant,
    /// When each packet was sent.
    sent: Vec<Instant>,
    pings: usize,
}

impl Site {
    fn new() -> Self {
        let config = ManagerConfig {
            packets_per_second: u32::try_from(RATE).unwrap(),
            burst: u32::try_from(BURST).unwrap(),
            max_in_flight: IN_FLIGHT,
            ..ManagerConfig::default()
        };
        let mut number = 0_u64;
        let random = move || {
            number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
            number
        };
        let manager = Manager::new(config, CryptoProvider::none(), random).unwrap();
        let echoes = Echoes::new(EchoOptions { timeout: Duration::from_millis(200), retries: 1 }, 7);
        Self { manager, echoes, now: Instant::START, sent: Vec::new(), pings: 0 }
    }

    /// Sends what may be sent now.
    fn send(&mut self) {
        while self.echoes.wants_to_send() && self.manager.take_packet(self.now) {
            let request = self.echoes.poll_transmit(self.now).unwrap();
            self.sent.push(self.now);
            self.pings += 1;
            if answers(request.to) {
                let mut reply = request.bytes;
                reply[0] = 0;
                self.echoes.handle_datagram(request.to, &reply);
            }
        }
    }
}

fn answers(host: IpAddr) -> bool {
    matches!(host, IpAddr::V4(ip) if ip.octets()[3] % 3 == 0)
}

#[test]
fn no_second_has_more_packets_and_no_moment_more_questions_than_allowed() {
    let hosts = (1..=200).map(|last| SocketAddr::from((Ipv4Addr::new(192, 0, 2, last), 161)));
    let mut options = Options::new(vec![SnmpVersion::V2c]);
    (options.echo, options.window) = (true, IN_FLIGHT);
    let mut discovery = Discovery::new(hosts, &options);
    let mut site = Site::new();
    let (mut echoes, mut requests) = (BTreeMap::new(), BTreeMap::new());
    let patience = PeerOptions { timeout: Duration::from_millis(300), retries: 2, ..PeerOptions::default() };
    let mut found = BTreeSet::new();
    let mut most = 0;
    while !discovery.is_done() {
        while let Some(probe) = discovery.poll_request() {
            match probe.question {
                Question::Echo => {
                    echoes.insert(site.echoes.ask(probe.address.ip()), probe.key);
                }
                Question::Snmp { operation, .. } => {
                    assert!(answers(probe.address.ip()), "{} was silent", probe.address);
                    let credentials = Credentials::v2c("public");
                    let peer = site.manager.add_peer(probe.address, credentials, patience.clone()).unwrap();
                    requests.insert(site.manager.request(site.now, peer, operation).unwrap(), probe.key);
                }
            }
        }
        most = most.max(echoes.len() + requests.len());
        site.send();
        site.manager.handle_deadline(site.now);
        site.echoes.handle_deadline(site.now);
        while let Some(output) = site.manager.poll_output() {
            match output {
                Output::Transmit { .. } => site.sent.push(site.now),
                Output::Completed(done) => discovery.handle(requests.remove(&done.id).unwrap(), done.result),
                _ => {}
            }
        }
        while let Some((id, answered)) = site.echoes.next_outcome() {
            let silence = Err(RequestError::Timeout { attempts: 2, garbage: None });
            discovery.handle(echoes.remove(&id).unwrap(), if answered { Ok(Vec::new()) } else { silence });
        }
        found.extend(std::iter::from_fn(|| discovery.next_finding()).map(|finding| finding.address));
        site.now = site.now + Duration::from_millis(1);
        assert!(site.now < Instant::START + Duration::from_secs(600), "it does not end");
    }
    assert_eq!((found.len(), discovery.progress().no_echo, most), (200, 134, IN_FLIGHT));
    // 66 answer at once; the others are pinged twice. Who answers is asked three times in vain.
    assert_eq!((site.pings, site.sent.len()), (66 + 2 * 134, 66 + 2 * 134 + 3 * 66));
    for window in site.sent.windows(RATE + BURST + 1) {
        let span = window[RATE + BURST].saturating_since(window[0]);
        assert!(span >= Duration::from_secs(1), "{} packets within {span:?}", window.len());
    }
}
