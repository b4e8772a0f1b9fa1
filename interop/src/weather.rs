//! A network between a client and a server with weather in it: connections that are cut after any octet, in either
//! direction, that stand still, that are refused, and partitions in which nothing passes. The same seed brings the same weather.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A relay of TCP connections on loopback.
#[derive(Debug)]
pub struct Weather {
    /// Where clients connect.
    pub address: SocketAddr,
    sky: Arc<Sky>,
}

#[derive(Debug)]
struct Sky {
    server: SocketAddr,
    dice: AtomicU64,
    calm: AtomicBool,
    parted: AtomicBool,
    /// How often something was done to a connection, and how often an answer was kept from a client.
    faults: AtomicUsize,
    unheard: AtomicUsize,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Fair,
    Refused,
    /// After so many octets in one direction it ends in both.
    Cut {
        to_client: bool,
        after: u64,
    },
    /// Every piece is late, as when packets are lost and sent again.
    Lossy,
}

impl Weather {
    /// A network before this server.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let sky = Arc::new(Sky {
            server,
            dice: AtomicU64::new(seed),
            calm: AtomicBool::new(true),
            parted: AtomicBool::new(false),
            faults: AtomicUsize::new(0),
            unheard: AtomicUsize::new(0),
        });
        let above = Arc::clone(&sky);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                above.connect(&client);
            }
        });
        Self { address, sky }
    }

    /// Lets everything pass that is sent from now on, or not.
    pub fn set_calm(&self, calm: bool) {
        self.sky.calm.store(calm, Ordering::SeqCst);
    }

    /// Parts the network, or mends it: meanwhile connections stand and nothing passes.
    pub fn set_parted(&self, parted: bool) {
        self.sky.parted.store(parted, Ordering::SeqCst);
    }

    /// How often something was done to a connection.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.sky.faults.load(Ordering::SeqCst)
    }

    /// How often the server answered and the client did not hear it.
    #[must_use]
    pub fn unheard(&self) -> usize {
        self.sky.unheard.load(Ordering::SeqCst)
    }
}

impl Sky {
    /// SplitMix64.
    fn roll(&self, sides: u64) -> u64 {
        let state = self.dice.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn fate(&self) -> Fate {
        if self.calm.load(Ordering::SeqCst) {
            return Fate::Fair;
        }
        match self.roll(8) {
            0 | 1 => Fate::Fair,
            2 => Fate::Refused,
            // Anywhere from the handshake to some documents later.
            3 | 4 => Fate::Cut { to_client: false, after: self.roll(40_000) },
            5 | 6 => Fate::Cut { to_client: true, after: self.roll(12_000) },
            _ => Fate::Lossy,
        }
    }

    fn connect(self: &Arc<Self>, client: &TcpStream) {
        let fate = self.fate();
        let Ok(server) = TcpStream::connect(self.server) else { return };
        if !matches!(fate, Fate::Fair) {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        if matches!(fate, Fate::Refused) {
            return;
        }
        let copy = |stream: &TcpStream| stream.try_clone().expect("a socket can be used twice");
        for (from, to, to_client) in
            [(copy(client), copy(&server), false), (copy(&server), copy(client), true)]
        {
            let sky = Arc::clone(self);
            thread::spawn(move || sky.carry(from, to, to_client, fate));
        }
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream, to_client: bool, fate: Fate) {
        let mut piece = [0; 4096];
        let mut carried = 0;
        while let Ok(read) = from.read(&mut piece)
            && read > 0
        {
            while self.parted.load(Ordering::SeqCst) {
                thread::sleep(MOMENT);
            }
            let mut pass = read;
            match fate {
                Fate::Lossy if !self.calm.load(Ordering::SeqCst) => {
                    thread::sleep(MOMENT * u32::try_from(self.roll(20)).unwrap_or(0));
                }
                Fate::Cut { to_client: here, after } if here == to_client => {
                    pass = read.min(usize::try_from(after.saturating_sub(carried)).unwrap_or(read));
                }
                _ => {}
            }
            carried += pass as u64;
            if to.write_all(&piece[..pass]).is_err() {
                break;
            }
            if pass < read {
                self.unheard.fetch_add(usize::from(to_client), Ordering::SeqCst);
                for stream in [&from, &to] {
                    let _ = stream.shutdown(Shutdown::Both);
                }
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    }
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const MOMENT: Duration = Duration::from_millis(10);
