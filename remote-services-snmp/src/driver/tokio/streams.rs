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
use tokio::time::timeout;

use super::task::Carrier;
use crate::ber::{DecodeError, Limits};
use crate::driver::Inbox;
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
pub(super) enum News {
    Message(SocketAddr, Vec<u8>),
    Garbage(SocketAddr, DecodeError),
    /// No connection could be made.
    Unreachable(SocketAddr),
    /// The connection with this number is over.
    Closed(SocketAddr, u64),
}

/// A stream for each peer that something is sent to.
pub(super) struct Streams<C> {
    connect: Arc<C>,
    /// Where messages to a peer go, and the number of its connection.
    connections: BTreeMap<SocketAddr, (u64, mpsc::Sender<Vec<u8>>)>,
    count: u64,
    /// Ends all connections when the driver ends.
    tasks: JoinSet<()>,
    news: (mpsc::Sender<News>, mpsc::Receiver<News>),
}

impl<C: Connect> Carrier for Streams<C> {
    type Event = News;

    fn send(&mut self, to: SocketAddr, message: Vec<u8>) {
        let refused = match self.connections.get(&to) {
            Some((_, queue)) => queue.try_send(message),
            None => Err(TrySendError::Closed(message)),
        };
        // A peer that does not read loses what is sent to it, and delays nobody.
        if let Err(TrySendError::Closed(message)) = refused {
            self.open(to, message);
        }
    }

    async fn flush(&mut self, _: &mut Inbox<'_>) -> io::Result<()> {
        Ok(())
    }

    async fn event(&mut self) -> io::Result<News> {
        loop {
            tokio::select! {
                Some(news) = self.news.1.recv() => return Ok(news),
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    fn handle(&mut self, news: News, inbox: &mut Inbox<'_>) -> io::Result<()> {
        match news {
            News::Message(from, message) => inbox.message(from, &message),
            News::Garbage(from, error) => inbox.garbage(from, error),
            News::Unreachable(to) => inbox.unreachable(to),
            News::Closed(peer, number) => {
                if self.connections.get(&peer).is_some_and(|(open, _)| *open == number) {
                    self.connections.remove(&peer);
                }
            }
        }
        Ok(())
    }
}

impl<C: Connect> Streams<C> {
    pub(super) fn new(connect: C) -> Self {
        Self {
            connect: Arc::new(connect),
            connections: BTreeMap::new(),
            count: 0,
            tasks: JoinSet::new(),
            news: mpsc::channel(NEWS_WAITING),
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
            loop {
                let message = match framer.next_message() {
                    Ok(None) => break,
                    Ok(Some(message)) => News::Message(peer, message.to_vec()),
                    Err(error) => {
                        return news.send(News::Garbage(peer, error)).await.map_err(io::Error::other);
                    }
                };
                news.send(message).await.map_err(io::Error::other)?;
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
