//! A printer that embeds the crates, with blocking calls and one thread: it waits for a network, registers itself,
//! reads itself, seals, spools, uploads, asks for commands, carries them out and reports.
//!
//! `direct-device FOLDER`, where the factory has put `registration-key`, and `nameplate` with `name = value` lines.

use remote_services_core::{backoff::Backoff, command::*, device::DeviceReport};
use remote_services_core::{id::*, mode::SecurityMode, redact::*, time::Timestamp};
use remote_services_payload::{archive::*, container::Limits, container::pack, kind::encode_report, seal::*};
use remote_services_transport::client::{ClientConfig, blocking::*};
use remote_services_transport::{document::*, durable, enrol::*, evidence::*, execution::*, pem, poll::*};
use remote_services_transport::{registration_key::RegistrationKey, spool::*};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, io, path::PathBuf, sync::Arc, sync::Mutex, time::*};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// What the maker of a printer implements.
trait Printer: Hands {
    /// Reads the engine, the panel and the network.
    fn read(&self) -> DeviceReport;
    /// What the panel's menu lets the vendor do.
    fn actions(&self) -> BTreeMap<Action, ActionSetting>;
}

/// The printer of this example: whatever its nameplate says, in JSON.
struct Nameplate(String);

impl Printer for Nameplate {
    fn read(&self) -> DeviceReport {
        let mut report: DeviceReport = serde_json::from_str(&self.0).unwrap_or_default();
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
#[derive(Default, Serialize, Deserialize)]
struct State {
    #[serde(skip)]
    file: PathBuf,
    /// Private key, certificate and trust anchors.
    pem: [String; 3],
    device: Uuid,
    sequence: u64,
    directory: Option<Directory>,
    commands: CommandBook,
}

impl State {
    fn keep(&self) -> io::Result<()> {
        durable::replace(&self.file, &serde_json::to_vec(self)?)
    }
}

struct Device<P> {
    config: ClientConfig,
    state: State,
    spool: Mutex<Spool>,
    printer: P,
    poll: Option<Poll>,
}

fn main() -> Fallible<()> {
    let home = PathBuf::from(std::env::args().nth(1).ok_or("usage: direct-device FOLDER")?);
    let registration = RegistrationKey::from_text(&fs::read_to_string(home.join("registration-key"))?)?;
    let printer = Nameplate(fs::read_to_string(home.join("nameplate"))?);
    let tls = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::new(registration.server.clone(), tls);
    let file = home.join("state");
    let mut state = if file.exists() { serde_json::from_slice(&fs::read(&file)?)? } else { State::default() };
    state.file = file;
    if state.pem[0].is_empty() {
        let key = pem::key_to_pem(&new_key()?).ok_or("no key")?;
        (state.device, state.pem[0]) = (fresh_id()?, key.to_string());
        state.keep()?;
    }
    if state.pem[1].is_empty() {
        // Nobody presses anything: the first network that leads to the server will do.
        let (key, pace) = (pem::key_from_pem(&state.pem[0])?, Backoff::new(SECOND, 60 * SECOND));
        let tell = &mut |why: &str, _| println!("not yet: {why}");
        let identity = enrol_when_reachable(&config, &registration, &key, pace, &StopFlag::new(), tell)?;
        let identity = identity.ok_or("nobody sets the flag")?;
        (state.pem[1], state.pem[2]) = (identity.chain_pem(), identity.anchors_pem());
        state.keep()?;
    }
    let spool = Mutex::new(Spool::open(&home.join("spool"), SpoolLimits::default())?.0);
    let mut device = Device { config, state, spool, printer, poll: None };
    loop {
        let wait = device.round().inspect_err(|why| println!("later: {why}"));
        std::thread::sleep(wait.unwrap_or(60 * SECOND));
    }
}

impl<P: Printer> Device<P> {
    /// Reads, keeps, sends, asks and obeys; says when to do it again.
    fn round(&mut self) -> Fallible<Duration> {
        let [key, chain, anchors] = &self.state.pem;
        let identity = Identity::from_pem(chain, key, anchors)?;
        let client = Client::new(self.config.clone(), &identity)?;
        let heard = client.directory();
        // Also when that was refused: past its end a certificate may do nothing but renew itself.
        let renewed = client.renew_when_due(&identity, client.server_time().unwrap_or_else(now));
        if let Ok(Some(next)) = renewed.inspect_err(|why| println!("as it is: {why}")) {
            let key = next.key_pem().ok_or("no key")?.to_string();
            self.state.pem = [key, next.chain_pem(), next.anchors_pem()];
            return self.state.keep().map(|()| SECOND).map_err(Into::into);
        }
        match heard {
            Ok(directory) => self.state.directory = Some(directory),
            Err(why) if why.is_passing() && self.state.directory.is_some() => println!("offline: {why}"),
            Err(why) => return Err(why.into()),
        }
        let mut report = self.printer.read();
        let redaction = Redaction::new(RedactionProfile::of(SecurityMode::Normal));
        let evidence = evidence_of(&report, &redaction, SecurityMode::Normal);
        redaction.report(&mut report);
        self.seal(&identity, &report, redaction.label().into_owned())?;
        let (actions, deployment_model) = (self.printer.actions(), Some("deviceDirect".to_owned()));
        client.describe(&ClientDescription { actions, deployment_model, ..Default::default() })?;
        if let DeviceOutcome::Merged(known) = client.put_device(self.state.device, &evidence)? {
            self.state.device = known;
        }
        Uploader::new(&client, &self.spool, &StopFlag::new()).drain(&mut |event| println!("{event:?}"))?;
        self.obey(&client, &identity)
    }

    /// A report is safe once it is in the spool; its number was kept before and is never used again.
    fn seal(&mut self, of: &Identity, report: &DeviceReport, redaction: String) -> Fallible<()> {
        let (id, directory) = (fresh_id()?, self.state.directory.as_ref().ok_or("no directory")?);
        let server = directory.encryption_certificates.first().ok_or("nobody to encrypt to")?;
        let server = Certificate::from_der(&server.certificate.0)?;
        self.state.sequence += 1;
        self.state.keep()?;
        let documents = encode_report(report)?;
        let entries: Vec<EntrySource<'_>> = documents.iter().map(EntrySource::from).collect();
        let head = ManifestHead::whole(id, of.client.to_string(), self.state.sequence, now());
        let head = ManifestHead { redaction, device: Some(self.state.device.to_string()), ..head };
        let own = Certificate::from_der(&of.chain[0])?;
        let signer = Signer { provider: ring(), ..Signer::new(&own, &of.key) };
        let sealed =
            pack(head, &entries, &[], &signer, &[server], &Limits::default(), &mut *ring().random())?;
        let spool = self.spool.get_mut().map_err(|_| "the spool is broken")?;
        Ok(spool.append(Class::Report, id, SealedPayload::new(&sealed)?).map(drop)?)
    }

    /// Takes up what a power cut left, then what the server lists: nothing happens twice, and each end is reported.
    fn obey(&mut self, client: &Client, of: &Identity) -> Fallible<Duration> {
        let (mut book, device) = (self.state.commands.clone(), self.state.device);
        let keep = &mut |book: &CommandBook| {
            self.state.commands.clone_from(book);
            self.state.keep()
        };
        let actions = self.printer.actions();
        let (mode, manages) = (SecurityMode::Normal, &|asked| asked == device);
        let orders = Orders { client: of.client, mode, actions: &actions, manages, verifier: &verifier(of) };
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
