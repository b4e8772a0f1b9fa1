//! Datagrams as the task of a manager sends and receives them.

use std::io;
use std::net::SocketAddr;

use tokio::io::{Interest, Ready};
use tokio::net::UdpSocket;

use super::super::datagrams::Datagrams;
use super::super::socket;
use super::task::Carrier;
use crate::driver::{Inbox, SocketOptions};
use crate::engine::Manager;

pub(super) struct Udp {
    datagrams: Datagrams,
    /// The same socket, known to the runtime: it tells when to read and write, never does either.
    signal: UdpSocket,
}

impl Udp {
    pub(super) fn bind(
        local: Option<SocketAddr>,
        options: &SocketOptions,
        manager: &mut Manager,
    ) -> io::Result<Self> {
        let datagrams = Datagrams::bind(local, options, manager)?;
        datagrams.socket().set_nonblocking(true)?;
        let signal = UdpSocket::from_std(datagrams.socket().try_clone()?)?;
        Ok(Self { datagrams, signal })
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.signal.local_addr()
    }

    /// Hands over what has arrived. Bounded, so that commands and deadlines get their turn under a flood.
    fn receive(&mut self, inbox: &mut Inbox<'_>) -> io::Result<()> {
        let Self { datagrams, signal } = self;
        for _ in 0..DATAGRAMS_IN_A_ROW.div_ceil(datagrams.most_at_once()) {
            // Room for one more than can be answers tells a socket that was emptied from one that may hold more.
            let most = inbox.expected().saturating_add(1).min(datagrams.most_at_once());
            let outcome = signal.try_io(Interest::READABLE, || {
                // Nothing is left: the runtime need not be made to look once more.
                if datagrams.receive(most, inbox)? < most {
                    Err(io::ErrorKind::WouldBlock.into())
                } else {
                    Ok(())
                }
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
}

impl Carrier for Udp {
    type Event = Ready;

    fn send(&mut self, to: SocketAddr, message: Vec<u8>) {
        self.datagrams.push(to, message);
    }

    async fn flush(&mut self, inbox: &mut Inbox<'_>) -> io::Result<()> {
        let Self { datagrams, signal } = self;
        while signal.try_io(Interest::WRITABLE, || datagrams.flush(inbox)).is_err() {
            signal.writable().await?;
        }
        Ok(())
    }

    async fn event(&mut self) -> io::Result<Ready> {
        self.signal.ready(Interest::READABLE | Interest::ERROR).await
    }

    fn handle(&mut self, _: Ready, inbox: &mut Inbox<'_>) -> io::Result<()> {
        self.receive(inbox)?;
        let Self { datagrams, signal } = self;
        // Emptied at once, so there is nothing to come back for.
        let _ = signal.try_io(Interest::ERROR, || {
            datagrams.hear_of_unreachable(inbox);
            io::Result::<()>::Err(io::ErrorKind::WouldBlock.into())
        });
        Ok(())
    }
}

/// Datagrams handed over before anything else gets its turn.
const DATAGRAMS_IN_A_ROW: usize = 256;
