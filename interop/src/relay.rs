//! A wire between a client and a server that remembers what the client began with, and can be cut.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A relay of TCP connections on loopback.
#[derive(Debug)]
pub struct Relay {
    /// Where clients connect.
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
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
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                join(client, server, &noted);
            }
        });
        Self { address, seen }
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
fn join(client: TcpStream, server: TcpStream, seen: &Arc<Mutex<Seen>>) {
    let copy = |stream: &TcpStream| stream.try_clone().expect("a socket can be used twice");
    let number = {
        let mut seen = seen.lock().expect("no thread panics");
        seen.open.extend([copy(&client), copy(&server)]);
        seen.begun.push(Vec::new());
        seen.begun.len() - 1
    };
    let (from_client, to_client) = (copy(&client), client);
    let (to_server, from_server) = (copy(&server), server);
    let noted = Arc::clone(seen);
    thread::spawn(move || {
        pump(from_client, to_server, |octets| {
            let begun = &mut noted.lock().expect("no thread panics").begun[number];
            if begun.len() < FLIGHT {
                begun.extend_from_slice(octets);
            }
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
