//! Many tasks, one socket: a task of its own drives the manager, handles talk to it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::super::{call_error, named_calls::named_calls};
use super::streams::{Connect, Streams};
use super::task::{self, CancelOnDrop, Command};
use super::udp::Udp;
use crate::VarBind;
use crate::driver::{CallError, SocketOptions};
use crate::engine::{Credentials, EngineRecord, Manager, ManagerStats, Operation, PeerId, PeerOptions};

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
        Self::bind_with(local, manager, &SocketOptions::default())
    }

    /// Binds to any free port, for IPv6 and IPv4 where this machine has both, and starts the task.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket.
    pub fn bind_any(manager: Manager) -> io::Result<Self> {
        Self::over_udp(None, manager, &SocketOptions::default())
    }

    /// As [`bind`](Self::bind), with a socket as the caller wants it.
    ///
    /// # Errors
    ///
    /// When the system refuses the address or the socket.
    pub fn bind_with(local: SocketAddr, manager: Manager, options: &SocketOptions) -> io::Result<Self> {
        Self::over_udp(Some(local), manager, options)
    }

    fn over_udp(
        local: Option<SocketAddr>,
        mut manager: Manager,
        options: &SocketOptions,
    ) -> io::Result<Self> {
        let udp = Udp::bind(local, options, &mut manager)?;
        let local = udp.local_addr()?;
        Ok(Self::start(local, |commands| task::run(udp, manager, commands)))
    }

    /// Starts the task on the runtime of the caller and asks it over streams, one for each peer, that `connect` opens:
    /// [`Tcp`](super::Tcp) for RFC 3430. Give peers `retries: 0`, since TCP repeats by itself; what waits on a connection
    /// that breaks is asked again on a new one only if there are retries left.
    #[must_use]
    pub fn over_streams(connect: impl Connect, manager: Manager) -> Self {
        let nowhere = SocketAddr::from(([0; 4], 0));
        Self::start(nowhere, |commands| task::run(Streams::new(connect), manager, commands))
    }

    fn start<F: Future<Output = ()> + Send + 'static>(
        local: SocketAddr,
        run: impl FnOnce(mpsc::UnboundedReceiver<Command>) -> F,
    ) -> Self {
        // Unbounded, yet bounded by the callers: each call in progress has at most two commands in it.
        let (commands, received) = mpsc::unbounded_channel();
        tokio::spawn(run(received));
        Self { commands, tickets: Arc::default(), local }
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
        let guard = CancelOnDrop::new(&self.commands, ticket);
        let answer = answered.await.map_err(|_| CallError::Stopped)?;
        guard.answered();
        call_error::answer(answer?)
    }

    named_calls!([async] (&self) self .await);

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

    /// The address that the task sends from; 0.0.0.0 port 0 over streams, each of which has its own.
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
