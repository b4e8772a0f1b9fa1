use super::device_names::LookUp;
use super::ping::Pinger;
use crate::cli::snmp_crypto;
use crate::cli::snmp_options::{NamedCredentials, SnmpOptions};
use crate::failure::{Context, Failure};
use crate::profiles;
use crate::vault::Vault;
use remote_services_collect::discover::dns::names::Found;
use remote_services_collect::discover::echo::EchoId;
use remote_services_collect::discover::{Contact, Finding, Outcome, SnmpVersion};
use remote_services_collect::drive::{Answer, Asker, Heard};
use remote_services_collect::plan::peer_options;
use remote_services_collect::profile::Profiles;
use remote_services_core::reading::WithheldReason;
use remote_services_snmp::VarBind;
use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::driver::CallError;
use remote_services_snmp::driver::blocking::ManagerDriver;
use remote_services_snmp::driver::os_random;
use remote_services_snmp::engine::{
    Credentials, Manager, ManagerConfig, Operation, PeerId, PeerOptions, RequestError, RequestId,
};
use remote_services_transport::client::blocking::StopFlag;
use remote_services_transport::client::{Resolve, SystemResolver};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// An SNMP manager on one socket, with the credentials of the site.
pub struct SnmpAsker {
    driver: ManagerDriver,
    ladder: Vec<NamedCredentials>,
    vault: Vault,
    names: Arc<dyn Resolve>,
    write_community: Option<String>,
    options: PeerOptions,
    /// Time-out and repetitions, as far as the command line has them.
    given: (Option<Duration>, Option<u8>),
    peers: BTreeMap<(SocketAddr, usize), PeerId>,
    stop: StopFlag,
    profiles: Profiles,
    provider: CryptoProvider,
    in_flight: usize,
    ping: Ping,
    device_names: Option<Box<dyn LookUp>>,
}

/// ICMP echo, as far as it has been asked for.
enum Ping {
    NotYet,
    Open(Box<Pinger>),
    NotAllowed,
}

/// The handle of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskId {
    /// By SNMP.
    Snmp(RequestId),
    /// By ICMP echo.
    Echo(EchoId),
}

impl SnmpAsker {
    /// Opens the socket. The stop flag ends every wait.
    ///
    /// # Errors
    /// When the options are wrong or the socket cannot be opened.
    pub fn new(options: &SnmpOptions, stop: StopFlag) -> Result<Self, Failure> {
        Self::with_vault(options, options.secrets.vault(None), stop)
    }

    /// The same where a data folder may hold the key of the secrets.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_vault(options: &SnmpOptions, vault: Vault, stop: StopFlag) -> Result<Self, Failure> {
        let ladder = options.ladder(&vault)?;
        let provider = options.fips.provider()?;
        snmp_crypto::check(&provider, &ladder)?;
        let profiles = profiles::read(&options.profiles)?;
        let in_flight = options.in_flight.max(1) as usize;
        let config = ManagerConfig { max_in_flight: in_flight, ..budget(options.packet_rate) };
        let mut peer = peer_options();
        let retries = options.retries.map(|count| u8::try_from(count).unwrap_or(u8::MAX));
        let given = (options.first_timeout()?, retries);
        (peer.timeout, peer.retries) = (given.0.unwrap_or(TIMEOUT), given.1.unwrap_or(RETRIES));
        let manager = Manager::new(config, provider.clone(), os_random()).context("no randomness")?;
        let driver = ManagerDriver::bind_any(manager).context("cannot open a UDP socket")?;
        let write_community = options.write_community(&vault)?;
        Ok(Self {
            driver,
            ladder,
            vault,
            names: Arc::new(SystemResolver),
            write_community,
            options: peer,
            given,
            peers: BTreeMap::new(),
            stop,
            profiles,
            provider,
            in_flight,
            ping: Ping::NotYet,
            device_names: None,
        })
    }

    /// Has the names of devices in the DNS looked up while they are read.
    pub(crate) fn look_up_names(&mut self, names: Option<Box<dyn LookUp>>) {
        self.device_names = names;
    }

    /// Wants the names of the device at this address.
    pub(super) fn ask_name(&mut self, address: IpAddr) {
        if let Some(names) = &mut self.device_names {
            names.ask(address.to_canonical());
        }
    }

    /// What was found of its names; `None` as long as that is not decided.
    pub(super) fn name_of(&self, address: IpAddr) -> Option<Result<Vec<String>, WithheldReason>> {
        let Some(names) = &self.device_names else { return Some(Err(WithheldReason::DisabledByPolicy)) };
        Some(match names.found(address.to_canonical())? {
            Found::NotAnswered => Err(WithheldReason::NotAnswered),
            Found::Names(names) => Ok(names),
        })
    }

    /// Has somebody else than the operating system resolve the names of single devices.
    #[must_use]
    pub fn with_names(self, names: Arc<dyn Resolve>) -> Self {
        Self { names, ..self }
    }

    /// Who resolves the names of single devices.
    #[must_use]
    pub fn names(&self) -> Arc<dyn Resolve> {
        Arc::clone(&self.names)
    }

    /// Asks with this patience from now on, where the command line has no other; between two surveys.
    pub fn be_patient(&mut self, timeout: Option<Duration>, retries: Option<u8>) {
        let timeout = self.given.0.or(timeout).unwrap_or(TIMEOUT);
        let retries = self.given.1.or(retries).unwrap_or(RETRIES);
        if (timeout, retries) == self.patience() {
            return;
        }
        (self.options.timeout, self.options.retries) = (timeout, retries);
        // Each peer has its own patience from when it was made.
        for peer in std::mem::take(&mut self.peers).into_values() {
            self.driver.manager().remove_peer(peer);
        }
    }

    /// How long the first answer of a device is waited for, and how often a silent one is asked again.
    #[must_use]
    pub fn patience(&self) -> (Duration, u8) {
        (self.options.timeout, self.options.retries)
    }

    /// Takes further credentials, for networks that have their own; gives their positions.
    ///
    /// # Errors
    /// When the policy of FIPS 140 refuses them.
    pub fn add_credentials(&mut self, more: Vec<NamedCredentials>) -> Result<Vec<usize>, Failure> {
        snmp_crypto::check(&self.provider, &more)?;
        let first = self.ladder.len();
        self.ladder.extend(more);
        Ok((first..self.ladder.len()).collect())
    }

    /// The credentials at these positions.
    pub(super) fn credentials(&self, positions: &[usize]) -> Vec<&Credentials> {
        positions.iter().filter_map(|position| Some(&*self.ladder.get(*position)?.credentials)).collect()
    }

    /// All credentials, those of networks with their own too.
    pub fn all_credentials(&self) -> impl Iterator<Item = &Credentials> {
        self.ladder.iter().map(|step| &*step.credentials)
    }

    /// Whoever opens sealed secrets.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The SNMPv3 algorithms, under the policy of the site.
    #[must_use]
    pub fn crypto(&self) -> &CryptoProvider {
        &self.provider
    }

    /// The most questions that may wait for an answer.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether this process is to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.is_stopped()
    }

    /// Waits until one more packet fits into the budget of the site, and takes its place.
    ///
    /// # Errors
    /// When the stop flag was set.
    pub fn wait_for_packet(&mut self) -> Result<(), Failure> {
        loop {
            if self.stop.is_stopped() {
                return Err(Failure::interrupted());
            }
            let now = self.driver.now();
            if self.driver.manager().take_packet(now) {
                return Ok(());
            }
            let until = self.driver.manager().next_packet().unwrap_or(now);
            let wait =
                until.saturating_since(now).clamp(Duration::from_millis(1), BETWEEN_LOOKS_AT_THE_STOP_FLAG);
            std::thread::sleep(wait);
        }
    }

    /// The versions of the credentials, in their order.
    #[must_use]
    pub fn versions(&self) -> Vec<SnmpVersion> {
        self.ladder
            .iter()
            .map(|step| match &*step.credentials {
                Credentials::V1 { .. } => SnmpVersion::V1,
                Credentials::V2c { .. } => SnmpVersion::V2c,
                _ => SnmpVersion::V3,
            })
            .collect()
    }

    /// What is known of makers.
    #[must_use]
    pub fn profiles(&self) -> Profiles {
        self.profiles.clone()
    }

    /// What to call the credentials at this position.
    #[must_use]
    pub fn credential_name(&self, credential: usize) -> &str {
        self.ladder.get(credential).map_or("-", |step| &step.name)
    }

    /// The position of the credentials with this name.
    #[must_use]
    pub fn credential_named(&self, name: &str) -> Option<usize> {
        self.ladder.iter().position(|step| step.name == name)
    }

    /// snmpEngineID of a peer that was asked by SNMPv3.
    pub(super) fn engine_id(&mut self, address: SocketAddr, credential: usize) -> Option<Vec<u8>> {
        let peer = self.peers.get(&(address, credential))?;
        Some(self.driver.manager().engine(*peer)?.engine_id.as_slice().to_vec())
    }

    /// Gives up the peers that discovery made, but for those that answered.
    pub(super) fn forget_all_but(&mut self, findings: &[Finding]) {
        let kept: BTreeSet<(SocketAddr, usize)> = findings
            .iter()
            .filter_map(|finding| match finding.outcome {
                Outcome::Found { credential, .. } | Outcome::NotPrinter { credential, .. } => {
                    Some((finding.address, credential))
                }
                _ => None,
            })
            .collect();
        let driver = &mut self.driver;
        self.peers.retain(|key, peer| {
            let keep = kept.contains(key);
            if !keep {
                driver.manager().remove_peer(*peer);
            }
            keep
        });
    }

    /// Asks one question and waits for the answer.
    ///
    /// # Errors
    /// One sentence about what the device, or this machine, did not do.
    pub fn ask(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
    ) -> Result<Vec<VarBind>, Failure> {
        self.call(address, credential, operation)?.context(address)
    }

    /// Asks one question and waits for what comes of it.
    ///
    /// # Errors
    /// When this machine fails.
    pub fn call(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
    ) -> Result<Result<Vec<VarBind>, RequestError>, Failure> {
        let peer = self.peer(address, credential)?;
        outcome(self.driver.call(peer, operation)).context(address)
    }

    /// What to write with: the write community where the read credentials are a community, if there is one.
    ///
    /// # Errors
    /// When there are no such credentials.
    pub fn writer(&self, credential: usize) -> Result<Option<Arc<Credentials>>, Failure> {
        let step =
            self.ladder.get(credential).ok_or_else(|| Failure::failed("credentials that are not there"))?;
        let community = self.write_community.as_deref();
        Ok(match &*step.credentials {
            Credentials::V1 { .. } => community.map(|community| Arc::new(Credentials::v1(community))),
            Credentials::V2c { .. } => community.map(|community| Arc::new(Credentials::v2c(community))),
            _ => Some(Arc::clone(&step.credentials)),
        })
    }

    /// Writes with what [`writer`](Self::writer) gave. The request is sent once: a repetition could do twice what was done
    /// and not heard.
    ///
    /// # Errors
    /// When this machine fails.
    pub fn set(
        &mut self,
        address: SocketAddr,
        credentials: Arc<Credentials>,
        bindings: Vec<VarBind>,
    ) -> Result<Result<(), RequestError>, Failure> {
        let mut options = self.options.clone();
        // As long as a read waits with its repetitions.
        options.timeout = options.timeout.saturating_mul(u32::from(options.retries) + 1);
        options.retries = 0;
        let peer = self.driver.add_peer(address, credentials, options).context(address)?;
        let result = outcome(self.driver.call(peer, Operation::Set(bindings))).context(address);
        self.driver.manager().remove_peer(peer);
        Ok(result?.map(drop))
    }

    /// Waits, or until this process is to end; says whether it is.
    #[must_use]
    pub fn wait(&self, time: Duration) -> bool {
        self.stop.wait(time)
    }

    /// Not beyond the manager's next deadline, after which somebody may have turned out to be silent.
    fn until_deadline(&mut self, longest: Duration) -> Duration {
        let now = self.driver.now();
        let deadline = self.driver.manager().next_deadline();
        let left = deadline.map_or(longest, |deadline| deadline.saturating_since(now));
        left.clamp(Duration::from_millis(1), longest)
    }

    fn peer(&mut self, address: SocketAddr, credential: usize) -> Result<PeerId, Failure> {
        if let Some(peer) = self.peers.get(&(address, credential)) {
            return Ok(*peer);
        }
        let step =
            self.ladder.get(credential).ok_or_else(|| Failure::failed("credentials that are not there"))?;
        let peer = self
            .driver
            .add_peer(address, Arc::clone(&step.credentials), self.options.clone())
            .map_err(|error| Failure::usage(format_args!("SNMP credentials ({}): {error}", step.name)))?;
        self.peers.insert((address, credential), peer);
        Ok(peer)
    }
}

impl Asker for SnmpAsker {
    type Id = AskId;
    type Error = Failure;

    fn submit(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
    ) -> Result<AskId, Failure> {
        let peer = self.peer(address, credential)?;
        self.driver.submit(peer, operation).map(AskId::Snmp).context(address)
    }

    fn echo(&mut self, address: SocketAddr) -> Result<Option<AskId>, Failure> {
        if matches!(self.ping, Ping::NotYet) {
            self.ping = match Pinger::open(self.options.timeout, os_random()()) {
                Ok(pinger) => Ping::Open(Box::new(pinger)),
                Err(error) => {
                    tell!(
                        "hosts are asked by SNMP without a ping first: this system does not let us ping ({error})"
                    );
                    Ping::NotAllowed
                }
            };
        }
        let Ping::Open(pinger) = &mut self.ping else { return Ok(None) };
        Ok(pinger.reaches(address.ip()).then(|| AskId::Echo(pinger.ask(address.ip()))))
    }

    fn seek(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
        contact: Contact,
    ) -> Result<AskId, Failure> {
        let peer = self.peer(address, credential)?;
        if let Some(seek) = contact.seek(self.options.timeout, self.options.retries) {
            self.driver.manager().seek(peer, seek).context(address)?;
        }
        self.driver.submit(peer, operation).map(AskId::Snmp).context(address)
    }

    fn give_up(&mut self, id: &AskId) {
        if let AskId::Snmp(id) = id {
            self.driver.manager().cancel(*id);
        }
    }

    fn next(&mut self) -> Result<Option<Answer<AskId>>, Failure> {
        loop {
            match self.hear()? {
                Some(Heard::Answer(answer)) => return Ok(Some(answer)),
                Some(Heard::Silence(_)) => {}
                None => return Ok(None),
            }
        }
    }

    fn hear(&mut self) -> Result<Option<Heard<AskId>>, Failure> {
        loop {
            if self.stop.is_stopped() {
                return Err(Failure::interrupted());
            }
            if let Some(names) = &mut self.device_names {
                let now = self.driver.now();
                names.turn(&mut || self.driver.manager().take_packet(now));
            }
            let mut pings = false;
            if let Ping::Open(pinger) = &mut self.ping {
                let now = self.driver.now();
                pinger.turn(now, || self.driver.manager().take_packet(now));
                if let Some((id, answered)) = pinger.next_outcome() {
                    let result = match answered {
                        true => Ok(Vec::new()),
                        false => Err(RequestError::Timeout { attempts: 2, garbage: None }),
                    };
                    let answer = Answer { id: AskId::Echo(id), result, partial: Vec::new() };
                    return Ok(Some(Heard::Answer(answer)));
                }
                pings = pinger.open_questions() > 0;
            }
            if let Some(id) = self.driver.manager().poll_silent() {
                return Ok(Some(Heard::Silence(AskId::Snmp(id))));
            }
            let longest = if pings { BETWEEN_LOOKS_AT_PINGS } else { BETWEEN_LOOKS_AT_THE_STOP_FLAG };
            let wait = self.until_deadline(longest);
            if let Some(completed) = self.driver.next(wait).context("UDP socket")? {
                return Ok(Some(Heard::Answer(Answer {
                    id: AskId::Snmp(completed.id),
                    result: completed.result,
                    partial: completed.partial,
                })));
            }
            if self.driver.manager().requests_pending() == 0 {
                if !pings {
                    return Ok(None);
                }
                std::thread::sleep(BETWEEN_LOOKS_AT_PINGS);
            }
        }
    }
}

/// What the peer and the network did, apart from what this machine did not.
fn outcome(result: Result<Vec<VarBind>, CallError>) -> Result<Result<Vec<VarBind>, RequestError>, CallError> {
    match result {
        Ok(bindings) => Ok(Ok(bindings)),
        Err(CallError::Request { error, .. }) => Ok(Err(error)),
        Err(error) => Err(error),
    }
}

/// A token bucket that is full gives its burst on top of its rate. So that no second has more packets than the site
/// allows, even when this process was kept waiting with a burst in hand, two bursts are taken off the rate.
fn budget(packets_per_second: u32) -> ManagerConfig {
    let burst = (packets_per_second / 100).max(1);
    let rate = packets_per_second.saturating_sub(2 * burst).max(1);
    ManagerConfig { packets_per_second: rate, burst, ..ManagerConfig::default() }
}

/// What the help of the command line says.
const TIMEOUT: Duration = Duration::from_secs(1);
const RETRIES: u8 = 2;
const BETWEEN_LOOKS_AT_THE_STOP_FLAG: Duration = Duration::from_millis(200);
/// Answers to pings come by sockets that the driver does not wait for.
const BETWEEN_LOOKS_AT_PINGS: Duration = Duration::from_millis(3);
