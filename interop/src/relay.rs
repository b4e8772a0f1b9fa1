//! A wire between a client and a server that remembers what the client began with, can be held up, and can be cut.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// A relay of TCP connections on loopback.
#[derive(Debug)]
pub struct Relay {
    /// Where clients connect.
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    hold: Arc<Hold>,
}

/// What clients sent, and whether it is held up.
#[derive(Debug, Default)]
struct Hold {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Hold {
    fn set(&self, held: bool) {
        self.state.lock().expect("no thread panics").1 = held;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let mut state = self.state.lock().expect("no thread panics");
        state.0 += 1;
        let _passes = self.changed.wait_while(state, |state| state.1).expect("no thread panics");
    }

    fn count(&self) -> usize {
        self.state.lock().expect("no thread panics").0
    }
}

#[derive(Debug, Default)]
struct Seen {
    /// What each client sent until the server said something.
    begun: Vec<Vec<u8>>,
    open: Vec<TcpStream>,
}

impl Relay {
    /// A relay to this server.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::<Mutex<Seen>>::default();
        let hold = Arc::<Hold>::default();
        let (noted, held) = (Arc::clone(&seen), Arc::clone(&hold));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                join(client, server, &noted, &held);
            }
        });
        Self { address, seen, hold }
    }

    /// From now on, until [`Self::let_go`], what clients send waits here.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    pub fn hold(&self) {
        self.hold.set(true);
    }

    /// What waits goes on.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    pub fn let_go(&self) {
        self.hold.set(false);
    }

    /// How often clients sent something so far.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    #[must_use]
    pub fn flights(&self) -> usize {
        self.hold.count()
    }

    /// Ends all connections that stand.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    pub fn cut(&self) {
        for stream in self.seen.lock().expect("no thread panics").open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// What each client began with, in the order of the connections.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    #[must_use]
    pub fn begun(&self) -> Vec<Vec<u8>> {
        self.seen.lock().expect("no thread panics").begun.clone()
    }
}

/// Carries octets both ways.
fn join(client: TcpStream, server: TcpStream, seen: &Arc<Mutex<Seen>>, hold: &Arc<Hold>) {
    let copy = |stream: &TcpStream| stream.try_clone().expect("a socket can be used twice");
    let number = {
        let mut seen = seen.lock().expect("no thread panics");
        seen.open.extend([copy(&client), copy(&server)]);
        seen.begun.push(Vec::new());
        seen.begun.len() - 1
    };
    let (from_client, to_client) = (copy(&client), client);
    let (to_server, from_server) = (copy(&server), server);
    let (noted, held) = (Arc::clone(seen), Arc::clone(hold));
    thread::spawn(move || {
        pump(from_client, to_server, |octets| {
            {
                let begun = &mut noted.lock().expect("no thread panics").begun[number];
                if begun.len() < FLIGHT {
                    begun.extend_from_slice(octets);
                }
            }
            held.pass();
        });
    });
    thread::spawn(move || pump(from_server, to_client, |_| {}));
}

fn pump(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(&[u8])) {
    let mut piece = [0; 4096];
    while let Ok(read) = from.read(&mut piece)
        && read > 0
    {
        note(&piece[..read]);
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Octets that are remembered of each client.
const FLIGHT: usize = 4096;

/// A relay of datagrams on loopback, from one client to one server.
#[derive(Debug)]
pub struct DatagramRelay {
    /// Where the client sends.
    pub address: SocketAddr,
    hold: Arc<Hold>,
}

impl DatagramRelay {
    /// A relay to this server; what comes before [`Self::let_go`] waits.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn holding(server: SocketAddr) -> Self {
        let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
        let (here, there) = (Arc::new(bind()), Arc::new(bind()));
        there.connect(server).expect("loopback is there");
        let address = here.local_addr().expect("it is bound");
        let (hold, client) = (Arc::<Hold>::default(), Arc::new(Mutex::new(None)));
        hold.set(true);
        let (held, from, to, known) =
            (Arc::clone(&hold), Arc::clone(&here), Arc::clone(&there), Arc::clone(&client));
        thread::spawn(move || {
            let mut piece = vec![0; 1 << 16];
            while let Ok((read, sender)) = from.recv_from(&mut piece) {
                *known.lock().expect("no thread panics") = Some(sender);
                held.pass();
                let _ = to.send(&piece[..read]);
            }
        });
        thread::spawn(move || {
            let mut piece = vec![0; 1 << 16];
            loop {
                // Refused while nobody is there.
                let Ok(read) = there.recv(&mut piece) else { continue };
                if let Some(client) = *client.lock().expect("no thread panics") {
                    let _ = here.send_to(&piece[..read], client);
                }
            }
        });
        Self { address, hold }
    }

    /// What waits goes on.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    pub fn let_go(&self) {
        self.hold.set(false);
    }

    /// How many datagrams the client sent so far.
    ///
    /// # Panics
    /// When a thread of the relay panicked.
    #[must_use]
    pub fn flights(&self) -> usize {
        self.hold.count()
    }
}
