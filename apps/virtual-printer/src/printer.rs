//! One virtual printer at work: a device, what it shows, and the sockets that it is reached by.
//!
//! ```text
//!  UDP ── services::snmp ──┐                              ┌── services::notify ──▶ traps and informs
//!  TCP ── services::raw  ──┼──▶ Core: device, MIB, engine, ┤
//!  TCP ── services::lpr  ──┤          faults, clock        └── services::control (one for all printers)
//!  TCP ── services::web  ──┘
//! ```

use crate::access::{self, Engines, Speaks};
use crate::clock::Clock;
use crate::device::job::Job;
use crate::device::{Action, Device, DeviceOptions, Event};
use crate::faults::{Faults, Faulty, Kind, Wire};
use crate::mib::PrinterMib;
use crate::services::{self, Receiver, Services};
use crate::source::Source;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::driver::Clock as EngineClock;
use remote_services_snmp::engine::responder::Responder;
use remote_services_snmp::message::{Message, Version};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How a printer is started.
#[derive(Clone)]
pub struct PrinterOptions {
    /// The device.
    pub device: DeviceOptions,
    /// Versions of SNMP that it answers.
    pub speaks: Speaks,
    /// What goes wrong on the way.
    pub faults: Faults,
    /// What it is reached by besides SNMP.
    pub services: Services,
    /// Who is told of alerts and starts.
    pub receivers: Vec<Receiver>,
    /// What time it is.
    pub clock: Clock,
    /// Whether the recording is shown to the letter: nothing moves, and nothing but SNMP answers.
    pub to_the_letter: bool,
}

impl Default for PrinterOptions {
    fn default() -> Self {
        Self {
            device: DeviceOptions::default(),
            speaks: Speaks::All,
            faults: Faults::default(),
            services: Services::default(),
            receivers: Vec::new(),
            clock: Clock::real(),
            to_the_letter: false,
        }
    }
}

/// A printer that runs until it is dropped.
pub struct Printer {
    /// Where it answers SNMP.
    pub snmp: SocketAddr,
    /// Where it takes print jobs.
    pub raw: Option<SocketAddr>,
    /// Where it takes jobs by LPR.
    pub lpr: Option<SocketAddr>,
    /// Where it has its page.
    pub web: Option<SocketAddr>,
    core: Arc<Core>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Printer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Starts a printer that answers SNMP on this socket.
///
/// # Errors
/// When a port cannot be opened, or the guests' passwords break a rule of SNMPv3.
pub async fn start(
    source: Arc<Source>,
    mut options: PrinterOptions,
    engines: &Engines,
    socket: UdpSocket,
) -> io::Result<Printer> {
    let snmp = socket.local_addr()?;
    if options.device.address == Ipv4Addr::LOCALHOST
        && let IpAddr::V4(address) = snmp.ip()
    {
        options.device.address = address;
    }
    if options.to_the_letter {
        options.services = Services::none();
    }
    let listeners = services::bind(&options.services, snmp.ip()).await?;
    let (raw, lpr, web) = listeners.addresses();
    options.device.raw_port = raw.map(|raw| raw.port());
    let receivers = options.receivers.clone();
    let core = Arc::new(Core::new(source, options, engines.clone())?);
    let mut tasks = vec![tokio::spawn(services::snmp::serve(Arc::clone(&core), socket))];
    tasks.extend(listeners.serve(&core));
    if !receivers.is_empty() {
        let sender = services::notify::Teller::new(&core, &receivers)?;
        tasks.push(tokio::spawn(sender.run(Arc::clone(&core))));
    }
    Ok(Printer { snmp, raw, lpr, web, core, tasks })
}

impl Printer {
    /// What is behind the sockets.
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

/// What all services of a printer share.
pub struct Core {
    inner: Mutex<Inner>,
    /// Its time.
    pub clock: Clock,
    /// The time of its SNMP engine, which a standing clock does not stop.
    pub engine_clock: EngineClock,
    engines: Engines,
    speaks: Speaks,
    to_the_letter: bool,
    stirred: Notify,
}

struct Inner {
    device: Device,
    mib: PrinterMib,
    responder: Responder,
    /// [`Device::boots`] of this responder.
    boots: u32,
    /// Starts of the engine that were no starts of the printer.
    extra_boots: u32,
    first_boots: u32,
    faults: Faults,
    wire: Wire,
}

/// What becomes of a request.
pub(crate) enum Answer {
    /// Nothing is sent.
    Silence,
    /// What stands in the reply buffer is sent at once.
    Plain,
    /// These datagrams are sent, each so much later.
    Faulty(Vec<(Duration, Vec<u8>)>),
}

impl Core {
    fn new(source: Arc<Source>, options: PrinterOptions, engines: Engines) -> io::Result<Self> {
        let seed = options.device.seed ^ u64::from(options.device.number);
        let mac = source.identity.mac_of(options.device.number).filter(|_| !options.to_the_letter);
        let engine_id = access::engine_id(mac)?;
        let engine_clock = EngineClock::start();
        let first_boots = access::first_boots();
        let responder = engines.engine(
            engine_id,
            first_boots,
            engine_clock.now(),
            options.speaks,
            !options.to_the_letter,
            options.faults.max_message_size,
        )?;
        let device = Device::new(Arc::clone(&source), options.device);
        let mib =
            if options.to_the_letter { PrinterMib::to_the_letter(source) } else { PrinterMib::new(&device) };
        let faults = options.faults;
        let wire = Wire::new(seed);
        let inner = Inner { device, mib, responder, boots: 0, extra_boots: 0, first_boots, faults, wire };
        Ok(Self {
            inner: Mutex::new(inner),
            clock: options.clock,
            engine_clock,
            engines,
            speaks: options.speaks,
            to_the_letter: options.to_the_letter,
            stirred: Notify::new(),
        })
    }

    /// The state at the present time.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.device.advance(self.clock.now());
        if inner.boots != inner.device.boots() {
            inner.boots = inner.device.boots();
            self.start_engine(&mut inner);
        }
        inner
    }

    fn start_engine(&self, inner: &mut Inner) {
        let boots = inner.first_boots + inner.boots + inner.extra_boots;
        let made = self.engines.engine(
            inner.responder.engine_id(),
            boots,
            self.engine_clock.now(),
            self.speaks,
            !self.to_the_letter,
            inner.faults.max_message_size,
        );
        // It was made once from the same: what fails is randomness, and the old engine goes on.
        if let Ok(responder) = made {
            inner.responder = responder;
        }
    }

    /// Answers a datagram. `reply` is used again for each.
    pub(crate) fn answer(&self, from: SocketAddr, datagram: &[u8], reply: &mut Vec<u8>) -> Answer {
        let mut inner = self.lock();
        let inner = &mut *inner;
        if !inner.device.is_up() || !inner.wire.arrives(&inner.faults) || !self.understands(datagram) {
            return Answer::Silence;
        }
        let now = self.engine_clock.now();
        let mut view = inner.mib.of(&mut inner.device);
        let answered = if inner.faults.touch_objects() {
            let mut faulty = Faulty::new(&mut view, &inner.faults);
            inner.responder.handle_datagram_into(now, from, datagram, &mut faulty, reply)
        } else {
            inner.responder.handle_datagram_into(now, from, datagram, &mut view, reply)
        };
        if !answered {
            return Answer::Silence;
        }
        // A SET may have done something that receivers are told of.
        self.stirred.notify_one();
        if inner.faults.touch_datagrams() {
            return Answer::Faulty(inner.wire.leaves(&inner.faults, Kind::of(datagram), reply));
        }
        Answer::Plain
    }

    fn understands(&self, datagram: &[u8]) -> bool {
        if self.speaks == Speaks::All {
            return true;
        }
        match Message::decode(datagram, &Limits::default()) {
            Ok(Message::Community(message)) => match self.speaks {
                Speaks::V1 => message.version == Version::V1,
                Speaks::V2c | Speaks::All => true,
                Speaks::V3 => false,
            },
            Ok(Message::V3(_)) => matches!(self.speaks, Speaks::V3 | Speaks::All),
            Err(_) => true,
        }
    }

    /// Looks at the device, as it is at present.
    pub fn look<T>(&self, see: impl FnOnce(&Device) -> T) -> T {
        see(&self.lock().device)
    }

    /// Does something to the device.
    ///
    /// # Errors
    /// When it has no such part.
    pub fn act(&self, action: Action) -> Result<(), &'static str> {
        let done = self.lock().device.act(action);
        self.stirred.notify_one();
        done
    }

    /// Gives the device a job, and remembers a remark with it.
    pub fn take(&self, job: Job, remark: Option<String>) {
        self.lock().device.take(job, remark);
        self.stirred.notify_one();
    }

    /// Shows a message on its console.
    pub fn show(&self, message: Option<String>) {
        self.lock().device.show(message);
        self.stirred.notify_one();
    }

    /// The faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.lock().faults.clone()
    }

    /// Other faults from now on, in place of all that there were.
    pub fn set_faults(&self, faults: Faults) {
        let mut inner = self.lock();
        let sized = inner.faults.max_message_size != faults.max_message_size;
        inner.faults = faults;
        if sized {
            inner.extra_boots += 1;
            self.start_engine(&mut inner);
        }
    }

    /// Moves a standing clock, and lets happen what was planned until then; `false` when the clock runs by itself.
    pub fn advance(&self, by: Duration) -> bool {
        let moved = self.clock.advance(by);
        drop(self.lock());
        self.stirred.notify_one();
        moved
    }

    /// Waits until something was done to the printer.
    pub(crate) async fn stirred(&self) {
        self.stirred.notified().await;
    }

    /// How long until something happens by itself, if ever.
    pub(crate) fn until_next_event(&self) -> Option<Duration> {
        let next = self.lock().device.next_event()?;
        self.clock.until(next)
    }

    /// What receivers are to be told, with the uptime and the engine that tells it.
    pub(crate) fn tell(&self, mut told: impl FnMut(&Event, &Device, &mut Responder)) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        for event in inner.device.take_events() {
            told(&event, &inner.device, &mut inner.responder);
        }
    }

    /// Who may ask, and the crypto of the engines.
    pub(crate) fn engines(&self) -> &Engines {
        &self.engines
    }
}
