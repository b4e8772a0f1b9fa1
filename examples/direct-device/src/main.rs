//! A printer that embeds the crates, blocking and in one thread: it registers, reads, seals, spools, uploads and obeys.
//!
//! `direct-device FOLDER`, where the factory has put `registration-key`, and `nameplate`: a device report in JSON.

use remote_services_core::{backoff::Backoff, command::*, device::DeviceReport};
use remote_services_core::{id::*, mode::SecurityMode, redact::*, time::Timestamp};
use remote_services_payload::{archive::*, container::Limits, container::pack, kind::encode_report, seal::*};
use remote_services_transport::client::{ClientConfig, blocking::*};
use remote_services_transport::{clock::*, document::*, durable::Kept, enrol::*, evidence::*, execution::*};
use remote_services_transport::{pem, poll::*, registration_key::RegistrationKey, spool::*, told::Teller};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, env, fs, path::*, sync::Arc, sync::Mutex, time::*};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// What the maker of a printer implements: reading it, and what the panel's menu lets the vendor do.
trait Printer: Hands {
    fn read(&self) -> DeviceReport;
    fn actions(&self) -> BTreeMap<Action, ActionSetting>;
}

/// The printer of this example: whatever its nameplate says, in JSON.
struct Nameplate(DeviceReport);

impl Printer for Nameplate {
    fn read(&self) -> DeviceReport {
        let mut report = self.0.clone();
        report.identity.header.read_at = now();
        report
    }
    fn actions(&self) -> BTreeMap<Action, ActionSetting> {
        BTreeMap::from([(Action::PrintTestPage, ActionSetting::On)])
    }
}

impl Hands for Nameplate {
    fn act(&mut self, command: &Command, _: &Begun) -> (ExecutionResult, Vec<Uuid>) {
        println!("doing {}", command.action);
        (ExecutionResult { code: ResultCode::Ok, text: "done".to_owned() }, Vec::new())
    }
    fn look(&mut self, _: &Command) -> (ExecutionResult, Vec<Uuid>) {
        (ExecutionResult { code: ResultCode::Internal, text: "cut short".to_owned() }, Vec::new())
    }
    fn now(&self) -> Timestamp {
        now()
    }
}

/// All but the spool that survives a power cut, replaced as a whole; a command is in it before it has an effect.
#[derive(Clone, Default, Serialize, Deserialize)]
struct State {
    pem: [String; 3], // private key, certificate, trust anchors
    device: Uuid,
    sequence: u64,
    directory: Option<Directory>,
    commands: CommandBook,
}

struct Device<P> {
    config: ClientConfig,
    state: Kept<State>,
    spool: Mutex<Spool>,
    printer: P,
    poll: Option<Poll>,
    clock: Clock,
}

fn main() -> Fallible<()> {
    let home = env::args_os().nth(1).filter(|it| it != "--help").ok_or("usage: direct-device FOLDER")?;
    let (mut device, mut told) = (None, Teller::new(|line| println!("{line}")));
    loop {
        // Nobody starts it again: whatever the disk and the server do is waited out.
        let done = match &mut device {
            Some(device) => Device::round(device, &mut told),
            None => start(home.as_ref()).map(|new| device = Some(new)).map(|()| Duration::ZERO),
        };
        std::thread::sleep(told.of("later", done).unwrap_or(SECOND * if device.is_some() { 60 } else { 10 }));
    }
}

fn start(home: &Path) -> Fallible<Device<Nameplate>> {
    let read = |name| fs::read_to_string(home.join(name)).map_err(|why| format!("{name} in {home:?}: {why}"));
    let registration = RegistrationKey::from_text(&read("registration-key")?)?;
    let printer = Nameplate(serde_json::from_str(&read("nameplate")?)?);
    let tls = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::new(registration.server.clone(), tls);
    let mut state = Kept::<State>::open(home.join("state"))?;
    if state.pem[0].is_empty() {
        let (key, device) = (pem::key_to_pem(&new_key()?).ok_or("no key")?, fresh_id()?);
        state.change(|state| (state.device, state.pem[0]) = (device, key.to_string()))?;
    }
    if state.pem[1].is_empty() {
        // Nobody presses anything: the first network that leads to the server will do.
        let (key, pace) = (pem::key_from_pem(&state.pem[0])?, Backoff::new(SECOND, 60 * SECOND));
        let tell = &mut |why: &str, _| println!("not yet: {why}");
        let own = enrol_when_reachable(&config, &registration, &key, pace, &StopFlag::new(), tell)?;
        let own = own.ok_or("nobody sets the flag")?;
        state.change(|state| (state.pem[1], state.pem[2]) = (own.chain_pem(), own.anchors_pem()))?;
    }
    let spool = Mutex::new(Spool::open(&home.join("spool"), SpoolLimits::default())?.0);
    Ok(Device { config, state, spool, printer, poll: None, clock: Clock::new(MAX_SKEW, MAX_AGE) })
}

impl<P: Printer> Device<P> {
    /// Reads, keeps, sends, asks and obeys, each whatever becomes of the others; says when to do it again.
    fn round(&mut self, told: &mut Teller<'_>) -> Fallible<Duration> {
        let [key, chain, anchors] = &self.state.pem;
        let identity = Identity::from_pem(chain, key, anchors)?;
        let client = Client::new(self.config.clone(), &identity)?;
        let heard: Fallible<Directory> = client.directory_and_clock(&mut self.clock).map_err(Into::into);
        let heard = heard.and_then(|new| encrypt_to(&new).map(|_| self.state.directory = Some(new)));
        told.of("offline", heard); // one that nothing can be sealed to takes no other's place
        // Also when that was refused: past its end a certificate may do nothing but renew itself.
        if told.of("not renewed", self.renew(&client, &identity)) == Some(true) {
            return Ok(SECOND);
        }
        let mut report = self.printer.read();
        let redaction = Redaction::new(RedactionProfile::of(SecurityMode::Normal));
        let evidence = evidence_of(&report, &redaction, SecurityMode::Normal);
        redaction.report(&mut report);
        told.of("not kept", self.seal(&identity, &report, redaction.label().into_owned()));
        let (actions, clock_skew) = (self.printer.actions(), self.clock.skew());
        let deployment_model = Some("deviceDirect".to_owned());
        let own = ClientDescription { actions, deployment_model, clock_skew, ..Default::default() };
        told.of("not described", client.describe(&own));
        let known = told.of("not known", client.put_device(self.state.device, &evidence));
        if let Some(DeviceOutcome::Merged(known)) = known {
            self.state.device = known;
        }
        let (spool, stop) = (&self.spool, StopFlag::new());
        let mut uploader = Uploader::new(&client, spool, &stop).with_patience(Backoff::PROTOCOL, 3);
        told.of("not sent", uploader.drain(&mut |event| println!("{event:?}")));
        self.obey(&client, &identity)
    }

    fn renew(&mut self, client: &Client, own: &Identity) -> Fallible<bool> {
        let when = client.server_time().unwrap_or_else(now);
        let Some(next) = client.renew_when_due(own, when)? else { return Ok(false) };
        Client::new(self.config.clone(), &next)?.try_out()?; // until it is accepted, the present one stays
        let pem = [next.key_pem().ok_or("no key")?.to_string(), next.chain_pem(), next.anchors_pem()];
        Ok(self.state.change(|state| state.pem = pem).map(|()| true)?)
    }

    /// A report is safe once it is in the spool; its number was kept before and is never used again.
    fn seal(&mut self, of: &Identity, report: &DeviceReport, redaction: String) -> Fallible<()> {
        let spool = self.spool.get_mut().map_err(|_| "the spool is broken")?;
        spool.expire(self.clock.take_vouched(), self.clock.take_passed())?;
        self.clock.off().map_or(Ok(()), Err)?;
        let (id, to) = (fresh_id()?, encrypt_to(self.state.directory.as_ref().ok_or("no directory")?)?);
        self.state.change(|state| state.sequence += 1)?;
        let documents = encode_report(report)?;
        let entries: Vec<EntrySource<'_>> = documents.iter().map(EntrySource::from).collect();
        let head = ManifestHead::whole(id, of.client.to_string(), self.state.sequence, now());
        let head = ManifestHead { redaction, device: Some(self.state.device.to_string()), ..head };
        let own = Certificate::from_der(&of.chain[0])?;
        let by = Signer { provider: ring(), ..Signer::new(&own, &of.key) };
        let sealed = pack(head, &entries, &[], &by, &[to], &Limits::default(), &mut *ring().random())?;
        Ok(spool.append(Class::Report, id, SealedPayload::new(&sealed)?).map(drop)?)
    }

    /// Takes up what a power cut left, then what the server lists: nothing happens twice, and each end is reported.
    fn obey(&mut self, client: &Client, of: &Identity) -> Fallible<Duration> {
        let (mut book, own, may) = (self.state.commands.clone(), self.state.device, self.printer.actions());
        let keep = &mut |book: &CommandBook| self.state.change(|state| state.commands.clone_from(book));
        let (mode, manages) = (SecurityMode::Normal, &|asked| asked == own);
        let orders = Orders { client: of.client, mode, actions: &may, manages, verifier: &verifier(of) };
        let poll = self.poll.get_or_insert_with(|| Poll::new(of.client, EVERY));
        Ok(client.obey(poll, &mut book, keep, &orders, &mut self.printer)?)
    }
}

/// Commands are signed by whom the trust anchor lets sign them.
fn verifier(of: &Identity) -> impl CommandVerifier {
    let anchor = Certificate::from_der(&of.anchors.certificates()[0]);
    move |kind: &str, body: &[u8]| {
        let anchor = anchor.clone().map_err(|why| why.to_string())?;
        let trust = Trust::new(now()).authority(anchor).role(PURPOSE_CODE_SIGNING);
        let opened = verify(body, &trust, &SealLimits::default()).map_err(|why| why.to_string())?;
        if kind == names::SIGNED { Ok(opened.content.to_vec()) } else { Err(format!("not signed: {kind}")) }
    }
}

fn encrypt_to(directory: &Directory) -> Fallible<Certificate> {
    let server = directory.encryption_certificates.first().ok_or("nobody to encrypt to")?;
    Ok(Certificate::from_der(&server.certificate.0)?)
}

fn fresh_id() -> Fallible<Uuid> {
    let mut random = [0; 10];
    ring().random().fill(&mut random)?;
    Ok(uuid_v7(now(), random))
}

fn now() -> Timestamp {
    Timestamp::from_system_time(SystemTime::now())
}

const EVERY: NextPoll = NextPoll { seconds: 900, jitter: 300 }; // until the server says another pace
const SECOND: Duration = Duration::from_secs(1);
