//! Many tasks, one socket: a task of its own drives the manager, handles talk to it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{Interest, Ready};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::super::icmp;
use super::super::socket::{self, MAX_DATAGRAM};
use crate::VarBind;
use crate::driver::{CallError, Clock};
use crate::engine::{
    ApiMisuse, Completed, Credentials, EngineRecord, Manager, ManagerStats, Operation, Output, PeerId,
    PeerOptions, RequestId,
};

/// Talks to the task that owns the socket. Clones share it; it ends when the last one is dropped.
#[derive(Clone)]
pub struct ManagerHandle {
    commands: mpsc::UnboundedSender<Command>,
    tickets: Arc<AtomicU64>,
    local: SocketAddr,
}

impl ManagerHandle {
    /// Binds to `local` and starts the task on the runtime of the caller. An IPv6 address reaches IPv4 peers too.
    ///
    /// # Errors
    ///
    /// When the system refuses the address or the socket.
    pub fn bind(local: SocketAddr, manager: Manager) -> io::Result<Self> {
        Self::over(socket::bind(local)?, manager)
    }

    /// Binds to any free port, for IPv6 and IPv4 where this machine has both, and starts the task.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket.
    pub fn bind_any(manager: Manager) -> io::Result<Self> {
        Self::over(socket::bind_any()?, manager)
    }

    fn over(socket: std::net::UdpSocket, manager: Manager) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        icmp::enable(&socket, local.is_ipv6());
        let socket = UdpSocket::from_std(socket)?;
        // Unbounded, yet bounded by the callers: each call in progress has at most two commands in it.
        let (commands, received) = mpsc::unbounded_channel();
        let driver = Driver {
            manager,
            socket,
            v6: local.is_ipv6(),
            clock: Clock::start(),
            calls: BTreeMap::new(),
            tickets: BTreeMap::new(),
        };
        tokio::spawn(driver.run(received));
        Ok(Self { commands, tickets: Arc::default(), local })
    }

    /// See [`Manager::add_peer`].
    ///
    /// # Errors
    ///
    /// As there, or because the task has ended.
    pub async fn add_peer(
        &self,
        address: SocketAddr,
        credentials: impl Into<Arc<Credentials>>,
        options: PeerOptions,
    ) -> Result<PeerId, CallError> {
        let credentials = credentials.into();
        let added = self.with(move |manager| manager.add_peer(address, credentials, options)).await?;
        Ok(added?)
    }

    /// See [`Manager::remove_peer`].
    pub fn remove_peer(&self, peer: PeerId) {
        // A task that has ended knows no peers.
        let _ = self.commands.send(Command::With(Box::new(move |manager| manager.remove_peer(peer))));
    }

    /// Asks and waits for the answer. Dropping the future cancels the request.
    ///
    /// # Errors
    ///
    /// Says who is to blame: this machine, the caller, or the peer.
    pub async fn call(&self, peer: PeerId, operation: Operation) -> Result<Vec<VarBind>, CallError> {
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let (reply, answered) = oneshot::channel();
        self.commands
            .send(Command::Call { ticket, peer, operation, reply })
            .map_err(|_| CallError::Stopped)?;
        let mut guard = CancelOnDrop { commands: &self.commands, ticket: Some(ticket) };
        let answer = answered.await.map_err(|_| CallError::Stopped)?;
        guard.ticket = None;
        let Completed { result, partial, .. } = answer?;
        result.map_err(|error| CallError::Request { error, partial })
    }

    /// What happened to datagrams so far.
    ///
    /// # Errors
    ///
    /// Only because the task has ended.
    pub async fn stats(&self) -> Result<ManagerStats, CallError> {
        self.with(|manager| manager.stats()).await
    }

    /// See [`Manager::engine`].
    ///
    /// # Errors
    ///
    /// Only because the task has ended.
    pub async fn engine(&self, peer: PeerId) -> Result<Option<EngineRecord>, CallError> {
        self.with(move |manager| manager.engine(peer)).await
    }

    /// The address that the task sends from.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    async fn with<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Manager) -> T + Send + 'static,
    ) -> Result<T, CallError> {
        let (reply, answered) = oneshot::channel();
        let command = Command::With(Box::new(move |manager| drop(reply.send(ask(manager)))));
        self.commands.send(command).map_err(|_| CallError::Stopped)?;
        answered.await.map_err(|_| CallError::Stopped)
    }
}

enum Command {
    Call { ticket: u64, peer: PeerId, operation: Operation, reply: Reply },
    Cancel(u64),
    With(Box<dyn FnOnce(&mut Manager) + Send>),
}

type Reply = oneshot::Sender<Result<Completed, ApiMisuse>>;

struct CancelOnDrop<'a> {
    commands: &'a mpsc::UnboundedSender<Command>,
    ticket: Option<u64>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            // Nobody is left to hear that the task has ended.
            let _ = self.commands.send(Command::Cancel(ticket));
        }
    }
}

struct Driver {
    manager: Manager,
    socket: UdpSocket,
    v6: bool,
    clock: Clock,
    calls: BTreeMap<RequestId, (u64, Reply)>,
    tickets: BTreeMap<u64, RequestId>,
}

/// What ended a wait.
enum Event {
    Command(Option<Command>),
    /// Datagrams are there, or the network complains.
    Socket(io::Result<Ready>),
    Deadline,
}

impl Driver {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            self.drain().await;
            let deadline = self.manager.next_deadline();
            let wait = deadline.map(|deadline| self.clock.until(deadline));
            let event = tokio::select! {
                command = commands.recv() => Event::Command(command),
                ready = self.socket.ready(Interest::READABLE | Interest::ERROR) => Event::Socket(ready),
                () = async { sleep(wait.unwrap_or_default()).await }, if wait.is_some() => Event::Deadline,
            };
            match event {
                Event::Command(None) => return,
                Event::Command(Some(command)) => self.obey(command),
                Event::Socket(ready) => {
                    // The socket is gone for good; dropping the replies tells every caller `Stopped`.
                    if ready.is_err() || self.receive(&mut buffer).is_err() {
                        return;
                    }
                    self.hear_of_unreachable();
                }
                Event::Deadline => {}
            }
            self.manager.handle_deadline(self.clock.now());
        }
    }

    /// Hands over what has arrived. Bounded, so that commands and deadlines get their turn under a flood.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        for _ in 0..DATAGRAMS_IN_A_ROW {
            match self.socket.try_recv_from(buffer) {
                Ok((length, from)) => {
                    let from = socket::as_received(from);
                    self.manager.handle_datagram(self.clock.now(), from, &buffer[..length]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if socket::receive_again(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn hear_of_unreachable(&mut self) {
        let complaints = self.socket.try_io(Interest::ERROR, || match icmp::unreachable(&self.socket) {
            none if none.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            some => Ok(some),
        });
        for address in complaints.unwrap_or_default() {
            self.manager.handle_unreachable(self.clock.now(), address);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Call { ticket, peer, operation, reply } => {
                match self.manager.request(self.clock.now(), peer, operation) {
                    Ok(id) => {
                        self.calls.insert(id, (ticket, reply));
                        self.tickets.insert(ticket, id);
                    }
                    // The caller may have gone; then nobody wants to know.
                    Err(misuse) => drop(reply.send(Err(misuse))),
                }
            }
            Command::Cancel(ticket) => {
                if let Some(id) = self.tickets.get(&ticket) {
                    self.manager.cancel(*id);
                }
            }
            Command::With(ask) => ask(&mut self.manager),
        }
    }

    async fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> io::Result<usize> {
        let address = socket::for_sending(to, self.v6)?;
        match self.socket.send_to(bytes, address).await {
            // That may be about an earlier datagram to somebody else, of which the error queue will tell.
            Err(error) if socket::receive_again(&error) => self.socket.send_to(bytes, address).await,
            sent => sent,
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => {
                    if self.send(to, &bytes).await.is_err_and(|error| socket::no_way_there(&error)) {
                        self.manager.handle_unreachable(self.clock.now(), to);
                    }
                }
                Output::Completed(completed) => {
                    if let Some((ticket, reply)) = self.calls.remove(&completed.id) {
                        self.tickets.remove(&ticket);
                        // The caller may have gone; then nobody wants to know.
                        drop(reply.send(Ok(completed)));
                    }
                }
            }
        }
    }
}

/// Datagrams handed over before anything else gets its turn.
const DATAGRAMS_IN_A_ROW: usize = 64;
