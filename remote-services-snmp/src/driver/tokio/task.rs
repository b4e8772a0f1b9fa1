//! The task that owns the manager and what carries its messages.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant as TokioInstant, sleep_until};

use super::super::calls::{self, Calls};
use super::super::inbox;
use crate::driver::{Clock, Inbox};
use crate::engine::{ApiMisuse, Completed, Manager};

/// What a handle wants of the task.
pub(super) type Command = calls::Command<Reply>;

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

/// Carries whole messages between the manager and its peers.
pub(super) trait Carrier {
    /// What can happen on it.
    type Event;

    /// Takes a message on its way, and waits for nobody.
    fn send(&mut self, to: SocketAddr, message: Vec<u8>);

    /// Sends what was taken and not yet sent; an error ends the task.
    fn flush(&mut self, inbox: &mut Inbox<'_>) -> impl Future<Output = io::Result<()>> + Send;

    /// Waits until something happens. Dropping the future loses nothing; an error ends the task.
    fn event(&mut self) -> impl Future<Output = io::Result<Self::Event>> + Send;

    /// Tells the manager what that means; an error ends the task.
    fn handle(&mut self, event: Self::Event, inbox: &mut Inbox<'_>) -> io::Result<()>;
}

/// Drives the manager until the last handle is gone or the carrier fails for good. Dropping the calls then tells every
/// caller `Stopped`.
pub(super) async fn run<C: Carrier>(
    mut carrier: C,
    mut manager: Manager,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let (clock, mut calls) = (Clock::start(), Calls::<Reply>::new());
    let mut obeyed = Vec::with_capacity(COMMANDS_IN_A_ROW);
    let mut timer = pin!(sleep_until(TokioInstant::now()));
    // What the timer is set to. Waking early does no harm, setting it for every message costs.
    let mut alarm = None;
    loop {
        while inbox::deliver(
            &mut manager,
            |to, message| carrier.send(to, message),
            |outcome| {
                if let Some(reply) = calls.end(&outcome) {
                    // The caller may have gone; then nobody wants to know.
                    drop(reply.send(Ok(outcome)));
                }
            },
        ) {
            if carrier.flush(&mut Inbox::new(&mut manager, clock)).await.is_err() {
                return;
            }
        }
        match manager.next_deadline() {
            Some(deadline) if alarm.is_none_or(|alarm| deadline < alarm) => {
                timer.as_mut().reset(TokioInstant::now() + clock.until(deadline));
                alarm = Some(deadline);
            }
            _ => {}
        }
        tokio::select! {
            count = commands.recv_many(&mut obeyed, COMMANDS_IN_A_ROW) => {
                if count == 0 {
                    return;
                }
                for command in obeyed.drain(..) {
                    if let Err((reply, misuse)) = calls.obey(&mut manager, clock.now(), command) {
                        drop(reply.send(Err(misuse)));
                    }
                }
            }
            event = carrier.event() => {
                let mut inbox = Inbox::new(&mut manager, clock);
                if event.and_then(|event| carrier.handle(event, &mut inbox)).is_err() {
                    return;
                }
            }
            () = timer.as_mut(), if alarm.is_some() => alarm = None,
        }
        manager.handle_deadline(clock.now());
    }
}

/// Commands obeyed before anything else gets its turn.
const COMMANDS_IN_A_ROW: usize = 64;
