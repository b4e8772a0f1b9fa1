//! The task that owns the socket and the manager.

use std::collections::BTreeMap;
use std::io;
use std::net::UdpSocket;
use std::pin::pin;

use tokio::io::{Interest, Ready};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant as TokioInstant, sleep_until};

use super::super::channel::Channel;
use super::super::outbox::{Outbox, hear_of_unreachable};
use super::super::socket;
use crate::driver::{Clock, SocketOptions};
use crate::engine::{ApiMisuse, Completed, Manager, Operation, PeerId, RequestId};

/// What a handle wants of the task.
pub(super) enum Command {
    Call { ticket: u64, peer: PeerId, operation: Operation, reply: Reply },
    Cancel(u64),
    With(Box<dyn FnOnce(&mut Manager) + Send>),
}

type Reply = oneshot::Sender<Result<Completed, ApiMisuse>>;

/// Cancels a call whose future is dropped before it was answered.
pub(super) struct CancelOnDrop<'a> {
    commands: &'a mpsc::UnboundedSender<Command>,
    ticket: Option<u64>,
}

impl<'a> CancelOnDrop<'a> {
    pub(super) fn new(commands: &'a mpsc::UnboundedSender<Command>, ticket: u64) -> Self {
        Self { commands, ticket: Some(ticket) }
    }

    pub(super) fn answered(mut self) {
        self.ticket = None;
    }
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            // Nobody is left to hear that the task has ended.
            let _ = self.commands.send(Command::Cancel(ticket));
        }
    }
}

pub(super) struct Driver {
    manager: Manager,
    channel: Channel,
    /// The same socket as in `channel`, known to the runtime: it tells when to read and write, never does either.
    signal: tokio::net::UdpSocket,
    outbox: Outbox,
    clock: Clock,
    calls: Calls,
}

/// The calls in progress.
#[derive(Default)]
pub(super) struct Calls {
    replies: BTreeMap<RequestId, (u64, Reply)>,
    tickets: BTreeMap<u64, RequestId>,
}

impl Calls {
    /// Does what a handle wants.
    pub(super) fn obey(&mut self, manager: &mut Manager, clock: Clock, command: Command) {
        match command {
            Command::Call { ticket, peer, operation, reply } => {
                match manager.request(clock.now(), peer, operation) {
                    Ok(id) => {
                        self.replies.insert(id, (ticket, reply));
                        self.tickets.insert(ticket, id);
                    }
                    // The caller may have gone; then nobody wants to know.
                    Err(misuse) => drop(reply.send(Err(misuse))),
                }
            }
            Command::Cancel(ticket) => {
                if let Some(id) = self.tickets.get(&ticket) {
                    manager.cancel(*id);
                }
            }
            Command::With(ask) => ask(manager),
        }
    }

    /// Tells the caller.
    pub(super) fn completed(&mut self, outcome: Completed) {
        if let Some((ticket, reply)) = self.replies.remove(&outcome.id) {
            self.tickets.remove(&ticket);
            // The caller may have gone; then nobody wants to know.
            drop(reply.send(Ok(outcome)));
        }
    }
}

/// What ended a wait.
enum Event {
    /// So many commands; none when the last handle is gone.
    Commands(usize),
    /// Datagrams are there, or the network complains.
    Socket(io::Result<Ready>),
    Deadline,
}

impl Driver {
    pub(super) fn new(socket: UdpSocket, manager: Manager, options: &SocketOptions) -> io::Result<Self> {
        Ok(Self {
            manager,
            signal: tokio::net::UdpSocket::from_std(socket.try_clone()?)?,
            channel: Channel::new(socket, options)?,
            outbox: Outbox::default(),
            clock: Clock::start(),
            calls: Calls::default(),
        })
    }

    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut obeyed = Vec::with_capacity(COMMANDS_IN_A_ROW);
        let mut timer = pin!(sleep_until(TokioInstant::now()));
        // What the timer is set to. Waking early does no harm, setting it for every datagram costs.
        let mut alarm = None;
        loop {
            if self.drain().await.is_err() {
                return;
            }
            match self.manager.next_deadline() {
                Some(deadline) if alarm.is_none_or(|alarm| deadline < alarm) => {
                    timer.as_mut().reset(TokioInstant::now() + self.clock.until(deadline));
                    alarm = Some(deadline);
                }
                _ => {}
            }
            let event = tokio::select! {
                count = commands.recv_many(&mut obeyed, COMMANDS_IN_A_ROW) => Event::Commands(count),
                ready = self.signal.ready(Interest::READABLE | Interest::ERROR) => Event::Socket(ready),
                () = timer.as_mut(), if alarm.is_some() => Event::Deadline,
            };
            match event {
                Event::Commands(0) => return,
                Event::Commands(_) => obeyed.drain(..).for_each(|command| self.obey(command)),
                Event::Socket(ready) => {
                    // The socket is gone for good; dropping the replies tells every caller `Stopped`.
                    if ready.is_err() || self.receive().is_err() {
                        return;
                    }
                    self.hear_of_unreachable();
                }
                Event::Deadline => alarm = None,
            }
            self.manager.handle_deadline(self.clock.now());
        }
    }

    /// Hands over what has arrived. Bounded, so that commands and deadlines get their turn under a flood.
    fn receive(&mut self) -> io::Result<()> {
        for _ in 0..DATAGRAMS_IN_A_ROW.div_ceil(self.channel.most_at_once()) {
            let now = self.clock.now();
            let Self { manager, channel, signal, .. } = self;
            // Room for one more than can be answers tells a socket that was emptied from one that may hold more.
            let most = manager.in_flight().saturating_add(1).min(channel.most_at_once());
            let outcome = signal.try_io(Interest::READABLE, || {
                let count = channel.receive(most, |from, bytes| manager.handle_datagram(now, from, bytes))?;
                // Nothing is left: the runtime need not be made to look once more.
                if count < most { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            });
            match outcome {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if socket::receive_again(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn hear_of_unreachable(&mut self) {
        let Self { manager, channel, signal, clock, .. } = self;
        // Emptied at once, so there is nothing to come back for.
        let _ = signal.try_io(Interest::ERROR, || {
            hear_of_unreachable(channel, manager, *clock);
            io::Result::<()>::Err(io::ErrorKind::WouldBlock.into())
        });
    }

    fn obey(&mut self, command: Command) {
        self.calls.obey(&mut self.manager, self.clock, command);
    }

    /// Does what the manager wants done.
    async fn drain(&mut self) -> io::Result<()> {
        loop {
            let Self { manager, channel, signal, outbox, clock, calls } = self;
            let any = outbox.collect(manager, |outcome| calls.completed(outcome));
            if !any {
                return Ok(());
            }
            while signal.try_io(Interest::WRITABLE, || outbox.flush(channel, manager, *clock)).is_err() {
                signal.writable().await?;
            }
        }
    }
}

/// Datagrams handed over before anything else gets its turn.
const DATAGRAMS_IN_A_ROW: usize = 256;
/// Commands obeyed before anything else gets its turn.
pub(super) const COMMANDS_IN_A_ROW: usize = 64;
