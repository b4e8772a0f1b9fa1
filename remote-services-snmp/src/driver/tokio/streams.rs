//! A manager whose peers are reached by streams: TCP now, TLS by another [`Connect`].

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::task::{COMMANDS_IN_A_ROW, Calls, Command};
use crate::ber::Limits;
use crate::driver::Clock;
use crate::engine::{Manager, Output};
use crate::message::Framer;

/// Opens streams to peers. What encrypts or tunnels implements this.
pub trait Connect: Send + Sync + 'static {
    /// What carries the octets.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Opens a stream.
    ///
    /// # Errors
    ///
    /// When the peer cannot be reached or is not who it must be: its requests then fail as unreachable.
    fn connect(&self, to: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// Plain TCP (RFC 3430).
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Connect for Tcp {
    type Stream = TcpStream;

    async fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(to).await?;
        // A request waits for its answer: there is nothing to put together.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// What a connection tells the task of the manager.
enum News {
    Message(SocketAddr, Vec<u8>),
    /// No connection could be made.
    Unreachable(SocketAddr),
    /// The connection with this number is over.
    Closed(SocketAddr, u64),
}

pub(super) struct StreamDriver<C> {
    connect: Arc<C>,
    manager: Manager,
    clock: Clock,
    calls: Calls,
    /// Where messages to a peer go, and the number of its connection.
    connections: BTreeMap<SocketAddr, (u64, mpsc::Sender<Vec<u8>>)>,
    count: u64,
    /// Ends all connections when the driver ends.
    tasks: JoinSet<()>,
    news: (mpsc::Sender<News>, mpsc::Receiver<News>),
}

impl<C: Connect> StreamDriver<C> {
    pub(super) fn new(connect: C, manager: Manager) -> Self {
        Self {
            connect: Arc::new(connect),
            manager,
            clock: Clock::start(),
            calls: Calls::default(),
            connections: BTreeMap::new(),
            count: 0,
            tasks: JoinSet::new(),
            news: mpsc::channel(NEWS_WAITING),
        }
    }

    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut obeyed = Vec::with_capacity(COMMANDS_IN_A_ROW);
        loop {
            self.drain();
            let wait = self.manager.next_deadline().map(|deadline| self.clock.until(deadline));
            tokio::select! {
                count = commands.recv_many(&mut obeyed, COMMANDS_IN_A_ROW) => {
                    if count == 0 {
                        return;
                    }
                    for command in obeyed.drain(..) {
                        self.calls.obey(&mut self.manager, self.clock, command);
                    }
                }
                Some(news) = self.news.1.recv() => self.hear(news),
                Some(_) = self.tasks.join_next() => {}
                () = sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            }
            self.manager.handle_deadline(self.clock.now());
        }
    }

    fn hear(&mut self, news: News) {
        let now = self.clock.now();
        match news {
            News::Message(from, message) => self.manager.handle_datagram(now, from, &message),
            News::Unreachable(to) => self.manager.handle_unreachable(now, to),
            News::Closed(peer, number) => {
                if self.connections.get(&peer).is_some_and(|(open, _)| *open == number) {
                    self.connections.remove(&peer);
                }
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.manager.poll_output() {
            match output {
                Output::Transmit { to, bytes } => {
                    let Some((_, queue)) = self.connections.get(&to) else {
                        self.open(to, bytes);
                        continue;
                    };
                    // A peer that does not read loses what is sent to it, and delays nobody.
                    if let Err(TrySendError::Closed(bytes)) = queue.try_send(bytes) {
                        self.open(to, bytes);
                    }
                }
                Output::Completed(outcome) => self.calls.completed(outcome),
            }
        }
    }

    fn open(&mut self, to: SocketAddr, first: Vec<u8>) {
        let (queue, messages) = mpsc::channel(MESSAGES_WAITING);
        // The channel is new and has room.
        let _ = queue.try_send(first);
        self.count += 1;
        let number = self.count;
        self.connections.insert(to, (number, queue));
        let (connect, news) = (Arc::clone(&self.connect), self.news.0.clone());
        self.tasks.spawn(async move {
            match timeout(CONNECT_WITHIN, connect.connect(to)).await {
                // How it ended does not matter: what is unanswered will time out.
                Ok(Ok(stream)) => drop(carry(stream, to, messages, &news).await),
                // The manager may have ended; then nobody wants to know.
                _ => drop(news.send(News::Unreachable(to)).await),
            }
            drop(news.send(News::Closed(to, number)).await);
        });
    }
}

/// Carries messages both ways until the stream or the manager ends.
async fn carry<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: SocketAddr,
    mut messages: mpsc::Receiver<Vec<u8>>,
    news: &mpsc::Sender<News>,
) -> io::Result<()> {
    let (mut read, mut write) = tokio::io::split(stream);
    let receive = async {
        let mut framer = Framer::new(&Limits::default());
        let mut buffer = vec![0; CHUNK];
        loop {
            let length = read.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            framer.push(&buffer[..length]);
            while let Some(message) = framer.next_message().map_err(io::Error::other)? {
                let told = news.send(News::Message(peer, message.to_vec())).await;
                told.map_err(io::Error::other)?;
            }
        }
    };
    let send = async {
        while let Some(message) = messages.recv().await {
            write.write_all(&message).await?;
        }
        write.shutdown().await
    };
    tokio::select! {
        ended = receive => ended,
        ended = send => ended,
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
