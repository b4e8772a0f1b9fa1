//! One agent at one site: its identity, its settings, its memory, its spool, and the road from a reading to the server.

pub(crate) mod allowed;
pub(crate) mod errors;
mod expiry;
mod held;
mod introduce;
mod keep;
mod send;

use self::introduce::Permissions;
use crate::consents;
use crate::contact::{self, Contact, Due, Renewal, absence, differs, directory_of_last_time, keep_directory};
use crate::failure::{Context, Failure};
use crate::home::Home;
use crate::host;
use crate::identity;
use crate::memory::Memory;
use crate::modules;
use crate::owner;
use crate::pack::{Packer, recipient};
use crate::registration::Registration;
use crate::reread::{SettingsFile, Unwitnessed};
use crate::room;
use crate::settings::Settings;
use crate::survey::{Detail, now};
use crate::trail::{Logs, Trail};
use crate::unnoted;
use crate::witness;
use remote_services_collect::action::Patience as Watch;
use remote_services_core::backoff::Backoff;
use remote_services_core::command::Action;
use remote_services_core::device::DeviceReport;
use remote_services_core::id::Uuid;
use remote_services_core::redact::{PseudonymKey, Redaction};
use remote_services_payload::seal::{CryptoProvider, MAX_AGE, MAX_SKEW};
use remote_services_transport::client::blocking::{Client, FetchError, StopFlag};
use remote_services_transport::client::{ClientConfig, Resolve};
use remote_services_transport::clock::Clock;
use remote_services_transport::document::{Directory, SoftwareArtifact};
use remote_services_transport::enrol::Identity;
use remote_services_transport::software::ArtifactFile;
use remote_services_transport::spool::Spool;
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An agent that is registered, with its server's directory at hand.
pub struct Site {
    /// The data folder.
    pub home: Home,
    /// The administrator's settings.
    pub settings: Settings,
    /// The client of the server.
    pub client: Arc<Client>,
    /// What is remembered between runs.
    pub memory: Memory,
    /// How often to look whether what was done to a device shows.
    pub watch: Watch,
    /// Devices to which something was done since they were read.
    pub touched: BTreeSet<Uuid>,
    /// How much is asked of devices.
    pub detail: Detail,
    /// Who says how much room a disk has.
    pub free: room::Free,
    /// What of the server's wishes is not applied, as the server was told.
    wishes_left_out: Vec<String>,
    /// What the server was told that the settings permit.
    described: Option<Permissions>,
    /// What register was told for the operator.
    registration: Registration,
    /// Where another version of this program was installed, which is to be started.
    pub replaced: Option<PathBuf>,
    pub(crate) identity: Identity,
    directory: Directory,
    pub(crate) config: ClientConfig,
    /// Who resolves names.
    pub(crate) names: Arc<dyn Resolve>,
    /// Where the settings come from.
    pub(crate) file: SettingsFile,
    /// Whether they changed since somebody asked for it.
    pub(crate) changed: bool,
    /// What they say now, while the audit log does not take that.
    pub(crate) unwitnessed: Option<Unwitnessed>,
    pub(crate) packer: Packer,
    renewal: Renewal,
    /// Who seals, and checks what is signed.
    pub(crate) module: &'static dyn CryptoProvider,
    pseudonyms: Arc<PseudonymKey>,
    spool: Mutex<Spool>,
    /// What the payloads that wait were sealed under.
    under: allowed::SealedUnder,
    /// Readings that wait for the key, oldest first.
    held: VecDeque<held::Held>,
    pub(crate) audit: Trail,
    pub(crate) stop: StopFlag,
    pub(crate) patience: Patience,
    last_expiry: Instant,
    /// Whether what answered last was no server as the protocol knows it.
    odd: bool,
    /// Until when the server wants to be left alone with payloads, and why.
    quiet: Option<(Instant, String)>,
    /// Whether all that waited was sent the last time but what the server does not take.
    takes_others: bool,
    /// What is known of this host's clock.
    pub(crate) clock: Clock,
    /// Why the certificate, which is due, is not renewed.
    not_renewed: Option<String>,
    /// What else is wrong, until it is over.
    errors: errors::Errors,
}

pub use crate::contact::server_failure;

/// How long to go on with a server that does not take what is sent.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The waits after failures. Their cap also bounds how long the server can ask to be left alone.
    pub pace: Backoff,
    /// After so many failures in a row the rest waits for the next time.
    pub failures: u32,
    /// The longest wait that is waited for at once; after a longer one the rest waits for the next time.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { pace: Backoff::PROTOCOL, failures: 3, longest: Duration::from_secs(60) }
    }
}

/// Actions that are built in.
pub const SUPPORTED: &[Action] = &[
    Action::GetStatus,
    Action::Troubleshoot,
    Action::PrintTestPage,
    Action::Restart,
    Action::Upgrade,
    Action::SetConfiguration,
    Action::SendEngineeringLog,
    Action::CheckSoftware,
];

impl Site {
    /// Opens a registered agent and asks its server for the directory.
    ///
    /// # Errors
    /// One sentence about what is missing or not reachable.
    pub fn open(home: Home, settings: Settings, stop: StopFlag) -> Result<Self, Failure> {
        Self::open_for(home, settings, stop, false)
    }

    /// The same for an agent that stays: whatever the server answers, it goes on with what it heard of it in an earlier
    /// run, or waits until it hears it for the first time.
    ///
    /// # Errors
    /// One sentence about what is missing on this machine, or that the stop flag was set.
    pub fn open_to_stay(home: Home, settings: Settings, stop: StopFlag) -> Result<Self, Failure> {
        Self::open_for(home, settings, stop, true)
    }

    fn open_for(home: Home, settings: Settings, stop: StopFlag, patient: bool) -> Result<Self, Failure> {
        let (server, mut identity) = identity::load(&home, &settings)?;
        identity::fits(&home, &identity, &settings)?;
        let peer = server.authority();
        let audit = Trail::default();
        let names = settings.names.resolver()?;
        let config = contact::configured(&home, &settings, server, &names, &audit)?;
        let module = modules::payload(&settings)?;
        let mut client = Arc::new(Client::new(config.clone(), &identity).map_err(server_failure)?);
        let memory = Memory::load(&home)?;
        let (mut spool, recovery) = Spool::open(&home.spool(), settings.limits.spool()).context("spool")?;
        audit.begin(Logs::open(&home, &identity, &settings.limits)?);
        unnoted::note(&home, &identity, &audit)?;
        witness::settings(&home, &settings, &audit)?;
        owner::take_over(&home, &mut spool, &identity, &audit)?;
        if let Some(strangers) = owner::of_nobody(&home, &recovery) {
            tell!("{strangers}");
        }
        if recovery.unfinished > 0 || recovery.already_stored > 0 {
            let text = format!(
                "{} unfinished files removed, {} payloads that the server already has removed",
                recovery.unfinished, recovery.already_stored
            );
            audit.append(now(), "recovered", "spool", &text).context("audit log")?;
        }
        let (mut renewal, clock) = (Renewal::new(), Clock::new(MAX_SKEW, MAX_AGE));
        let mut link = Contact {
            home: &home,
            config: &config,
            client: &mut client,
            identity: &mut identity,
            audit: &audit,
            limits: &settings.limits,
            renewal: &mut renewal,
            clock: &clock,
        };
        let known = directory_of_last_time(&home);
        let (mut pace, mut told, mut odd) = (Backoff::PROTOCOL, String::new(), false);
        let (mut time, mut certificate);
        let mut not_renewed = None;
        let directory = loop {
            let heard = link.hear();
            (time, certificate) = (heard.time, heard.certificate);
            if let Due::NotRenewed(failure) = &certificate {
                // Noted here, too: the directory may never come, as for a certificate that is past its end.
                expiry::note(&home, link.identity, &audit, failure)?;
                let cause = Some(expiry::cause(&failure.sentence));
                if not_renewed != cause {
                    tell!("{failure}");
                    not_renewed = cause;
                }
            }
            let mut not_now = |why: String| {
                if told != why {
                    tell!("{why}");
                    told = why;
                }
                stop.wait(pace.next_wait(0, None)).then(Failure::interrupted).map_or(Ok(()), Err)
            };
            // A server whose keys are just exchanged, or somebody in its place.
            if let Ok(directory) = &heard.directory
                && let Err(failure) = recipient(directory)
            {
                match &known {
                    Some(known) => {
                        tell!("{failure}: payloads are sealed to the one that it named before");
                        break known.clone();
                    }
                    None if patient => not_now(format!("{failure}: trying again later"))?,
                    None => return Err(failure),
                }
                continue;
            }
            match (heard.directory, &known) {
                (Ok(directory), known) => {
                    if known.as_ref().is_none_or(|known| differs(known, &directory)) {
                        keep_directory(&home, &directory);
                    }
                    break directory;
                }
                // Devices can be read and reports kept all the same: they go when the server is there again.
                (Err(error), Some(directory)) if patient || error.is_passing() => {
                    odd = !error.is_passing();
                    tell!("{}: payloads will wait in the spool ({error})", absence(&error, &peer));
                    break directory.clone();
                }
                // Nobody knows yet whom to seal for.
                (Err(error), None) if patient => {
                    not_now(format!("{} ({error}): trying again later", absence(&error, &peer)))?;
                }
                (Err(error), _) => return Err(server_failure(error)),
            }
        };
        let packer = Packer::new(&identity, &directory, module, settings.payload.fips)?;
        let pseudonyms = consents::pseudonym_key_or_new(&home)?;
        let file = SettingsFile::new(&home, &settings);
        let (spool, under) = (Mutex::new(spool), allowed::SealedUnder::load(&home)?);
        let (patience, last_expiry) = (Patience::default(), Instant::now());
        let registration = Registration::load(&home, identity.client);
        let detail = settings.detail();
        let errors = errors::load(&home);
        let mut site = Self {
            home,
            settings,
            client,
            memory,
            watch: Watch::default(),
            touched: BTreeSet::new(),
            detail,
            free: room::free,
            wishes_left_out: Vec::new(),
            described: None,
            registration,
            replaced: None,
            directory,
            config,
            names,
            file,
            changed: false,
            unwitnessed: None,
            identity,
            packer,
            renewal,
            module,
            pseudonyms,
            spool,
            under,
            held: VecDeque::new(),
            audit,
            stop,
            patience,
            last_expiry,
            odd,
            quiet: None,
            takes_others: false,
            clock,
            not_renewed: None,
            errors,
        };
        site.hear_clock(time)?;
        site.heed_renewal(&certificate)?;
        Ok(site)
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Asks whether the server's directory changed, and takes a new one over; renews the certificate when its time has
    /// come. A server that is away changes nothing.
    ///
    /// # Errors
    /// When the server does not trust this client, or its directory cannot be used, or the certificate is to be renewed
    /// and could not be: what was there before is still in use.
    pub fn refresh(&mut self) -> Result<(), Failure> {
        let heard = self.contact().hear();
        if heard.renewed {
            self.packer = self.packer_to(&self.directory)?;
        }
        self.hear_clock(heard.time)?;
        self.heed_renewal(&heard.certificate)?;
        self.odd = heard.directory.as_ref().is_err_and(|error| !error.is_passing());
        match heard.directory {
            Ok(directory) if differs(&self.directory, &directory) => {
                self.packer = self.packer_to(&directory)?;
                keep_directory(&self.home, &directory);
                self.directory = directory;
            }
            Err(error) if !error.is_passing() => return Err(server_failure(error)),
            _ => {}
        }
        match heard.certificate {
            Due::NotRenewed(failure) => Err(failure),
            _ => Ok(()),
        }
    }

    /// Under the demands that the agent was started with.
    fn packer_to(&self, directory: &Directory) -> Result<Packer, Failure> {
        Packer::new(&self.identity, directory, self.module, self.packer.approved_only)
    }

    pub(crate) fn contact(&mut self) -> Contact<'_> {
        Contact {
            home: &self.home,
            config: &self.config,
            client: &mut self.client,
            identity: &mut self.identity,
            audit: &self.audit,
            limits: &self.settings.limits,
            renewal: &mut self.renewal,
            clock: &self.clock,
        }
    }

    /// Whether what answers in the server's place is no server as the protocol knows it: a portal, a wrong route, a server that
    /// does not trust this client. It may not have a payload, which it could only turn down.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        self.odd
    }

    /// What the server says of itself, as it was last heard.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The id under which this agent reports a device, whatever its address.
    #[must_use]
    pub fn device_id(&self, report: &DeviceReport, address: SocketAddr) -> (Uuid, String) {
        self.memory.recognise(self.client.id(), report, address)
    }

    /// What is taken out of what is sealed now.
    ///
    /// # Errors
    /// When nothing may be sealed: the audit log has no entry of the settings.
    pub(crate) fn redaction(&self) -> Result<Redaction, Failure> {
        self.check_witnessed()?;
        let redaction = self.settings.redaction()?.knowing(host::addresses());
        Ok(redaction.with_pseudonyms(self.pseudonyms.clone()))
    }

    /// From now on the spool holds what the settings let it.
    pub(crate) fn bound_spool(&mut self) {
        let limits = self.settings.limits.spool();
        self.spool_mut().set_limits(limits);
    }

    pub(crate) fn spool_mut(&mut self) -> &mut Spool {
        self.spool.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many payloads wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner).pending().len()
    }

    /// Fetches a file that the server has under this digest, resuming where an earlier run ended. None is begun that would
    /// leave others too little room on the disk of the data folder, see [`room`], with so much `beside` it. Between two pieces
    /// the settings are looked at: while they say something else than what is known of them, none is asked for.
    ///
    /// # Errors
    /// See [`FetchError`]; [`FetchError::Stopped`] also where the settings are to be heeded.
    pub fn fetch(&self, artifact: &SoftwareArtifact, beside: u64) -> Result<PathBuf, FetchError> {
        let downloads = self.home.downloads();
        let mut file = ArtifactFile::open(&downloads, artifact)?;
        if let Some(free) = (self.free)(&downloads) {
            let waiting = self.spool.lock().unwrap_or_else(PoisonError::into_inner).report().bytes;
            let spool = self.settings.limits.spool().max_bytes.saturating_sub(waiting);
            file.fits(free, room::reserve(spool).saturating_add(beside))?;
        }
        let stop = StopFlag::new();
        let look = || {
            if self.stop.is_stopped() || !self.file.is_as_seen() {
                stop.stop();
            }
        };
        look();
        self.client.fetch(&mut file, PIECE, &stop, &mut |_| look())
    }

    /// Waits, or until the stop flag is set; says whether it is.
    #[must_use]
    pub fn wait(&self, time: Duration) -> bool {
        self.stop.wait(time)
    }

    /// Signs where the audit log stands: what is in it now cannot be cut off unnoticed.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn checkpoint(&mut self) -> Result<(), Failure> {
        self.audit.checkpoint(now()).context("audit log")
    }

    /// Writes one line into the audit log.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn note(&mut self, event: &str, subject: &str, text: &str) -> Result<(), Failure> {
        self.audit.append(now(), event, subject, text).context("audit log")
    }

    /// Writes a line that the server can bring about as often as it likes: some at once, then one an hour.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn claim(&mut self, event: &str, subject: &str, text: &str) -> Result<(), Failure> {
        self.audit.claim(now(), event, subject, text).context("audit log")
    }

    fn note_payload(&mut self, event: &str, id: Uuid, text: &str) -> Result<(), Failure> {
        self.audit.payload(now(), event, &id.to_string(), text).context("audit log")
    }
}

/// Octets that are fetched with one request.
const PIECE: u64 = 1 << 20;
