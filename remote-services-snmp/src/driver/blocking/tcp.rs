//! Messages over TCP (RFC 3430): a connection for each peer, and two threads for each connection.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;

use super::Transport;
use crate::ber::{DecodeError, Limits};
use crate::driver::Inbox;
use crate::message::Framer;

/// What a connection tells the driver.
enum News {
    Message(SocketAddr, Vec<u8>),
    Garbage(SocketAddr, DecodeError),
    /// No connection could be made.
    Unreachable(SocketAddr),
}

/// Opens a connection to each peer that something is sent to, and opens it anew when it has ended.
pub struct Tcp {
    /// Messages on their way to each peer.
    connections: BTreeMap<SocketAddr, SyncSender<Vec<u8>>>,
    news: (SyncSender<News>, Receiver<News>),
}

impl Tcp {
    /// Without connections so far.
    #[must_use]
    pub fn new() -> Self {
        Self { connections: BTreeMap::new(), news: sync_channel(NEWS_WAITING) }
    }

    fn open(&mut self, to: SocketAddr, first: Vec<u8>) {
        let (queue, messages) = sync_channel(MESSAGES_WAITING);
        // The channel is new and has room.
        let _ = queue.try_send(first);
        let news = self.news.0.clone();
        // Without a thread the message is lost, and the manager sends it again or gives up.
        if thread::Builder::new().spawn(move || carry(to, &messages, &news)).is_ok() {
            self.connections.insert(to, queue);
        }
    }
}

impl Default for Tcp {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for Tcp {
    fn send(&mut self, to: SocketAddr, message: Vec<u8>) {
        let refused = match self.connections.get(&to) {
            Some(queue) => queue.try_send(message),
            None => Err(TrySendError::Disconnected(message)),
        };
        // A peer that does not read loses what is sent to it, and delays nobody.
        if let Err(TrySendError::Disconnected(message)) = refused {
            self.open(to, message);
        }
    }

    fn receive(&mut self, wait: Duration, inbox: &mut Inbox<'_>) -> io::Result<()> {
        match self.news.1.recv_timeout(wait) {
            Ok(News::Message(from, message)) => inbox.message(from, &message),
            Ok(News::Garbage(from, error)) => inbox.garbage(from, error),
            Ok(News::Unreachable(to)) => inbox.unreachable(to),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
        }
        Ok(())
    }
}

/// Connects and sends, until no connection can be made or the transport ends.
fn carry(to: SocketAddr, messages: &Receiver<Vec<u8>>, news: &SyncSender<News>) {
    let mut unsent = None;
    loop {
        match converse(to, unsent.take(), messages, news) {
            // The peer had closed before this one was sent.
            Ok(Some(message)) => unsent = Some(message),
            Ok(None) => return,
            // The transport may have ended; then nobody wants to know.
            Err(_) => return drop(news.send(News::Unreachable(to))),
        }
    }
}

/// One connection. Gives back a message that came too late for it.
fn converse(
    to: SocketAddr,
    first: Option<Vec<u8>>,
    messages: &Receiver<Vec<u8>>,
    news: &SyncSender<News>,
) -> io::Result<Option<Vec<u8>>> {
    let mut stream = TcpStream::connect_timeout(&to, CONNECT_WITHIN)?;
    // A request waits for its answer: there is nothing to put together.
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(CONNECT_WITHIN))?;
    let (reading, news) = (stream.try_clone()?, news.clone());
    let reader = thread::Builder::new().spawn(move || {
        // How it ended does not matter: what is unanswered will time out.
        let _ = receive(&reading, to, &news);
        let _ = reading.shutdown(Shutdown::Both);
    })?;
    let mut next = first.map_or_else(|| messages.recv_timeout(LOOK_AFTER), Ok);
    let unsent = loop {
        match next {
            Ok(message) if reader.is_finished() => break Some(message),
            Ok(message) if stream.write_all(&message).is_err() => break None,
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) if reader.is_finished() => break None,
            _ => next = messages.recv_timeout(LOOK_AFTER),
        }
    };
    let _ = stream.shutdown(Shutdown::Both);
    Ok(unsent)
}

fn receive(mut stream: &TcpStream, from: SocketAddr, news: &SyncSender<News>) -> io::Result<()> {
    let mut framer = Framer::new(&Limits::default());
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        framer.push(&buffer[..length]);
        loop {
            let told = match framer.next_message() {
                Ok(None) => break,
                Ok(Some(message)) => news.send(News::Message(from, message.to_vec())),
                Err(error) => return news.send(News::Garbage(from, error)).map_err(io::Error::other),
            };
            told.map_err(io::Error::other)?;
        }
    }
}

/// Octets read at once.
pub(super) const CHUNK: usize = 8_192;
/// Messages to one peer that wait for it to read.
const MESSAGES_WAITING: usize = 64;
/// Messages of all peers that wait for the manager; then the streams wait.
const NEWS_WAITING: usize = 256;
/// A host that is switched off does not refuse.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How soon a connection that the peer has closed is noticed when nothing is sent.
const LOOK_AFTER: Duration = Duration::from_millis(500);
