//! One task that answers over TCP (RFC 3430), and one for each connection that carries its octets.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::super::socket;
use super::super::stream_limits::{Connected, Patience, Place};
use super::streams::CHUNK;
use crate::ber::Limits;
use crate::driver::{Clock, StreamLimits};
use crate::engine::responder::{MibHandler, Responder};
use crate::message::Framer;

/// A request and where its answer goes.
struct Request {
    from: SocketAddr,
    message: Vec<u8>,
    reply: oneshot::Sender<Option<Vec<u8>>>,
}

/// Answers who connects to the listener, until the future is dropped.
///
/// `clock` must be the one that the responder was made by. Each connection is answered in order, and a connection that is
/// slow, silent or broken costs nothing but itself.
///
/// # Errors
///
/// When the listener fails; what peers and the network do is never an error here.
pub async fn serve_tcp(
    listener: &TcpListener,
    responder: &mut Responder,
    mib: &mut (dyn MibHandler + Send),
    clock: Clock,
    limits: &StreamLimits,
) -> io::Result<()> {
    let (requests, mut received) = mpsc::channel::<Request>(limits.connections.max(1));
    let connected = Connected::default();
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    if let Some(place) = connected.enter(from.ip(), limits) {
                        tasks.spawn(converse(stream, from, requests.clone(), *limits, place));
                    }
                }
                Err(error) if socket::receive_again(&error) || error.kind() == io::ErrorKind::ConnectionAborted => {}
                // No memory or no descriptors: connections that end will give some back.
                Err(error) if tasks.is_empty() => return Err(error),
                Err(_) => sleep(limits.message / 100).await,
            },
            Some(request) = received.recv() => {
                let from = socket::as_received(request.from);
                let answer = responder.handle_datagram(clock.now(), from, &request.message, mib);
                // The connection may have ended; then nobody wants to know.
                let _ = request.reply.send(answer);
            }
            Some(_) = tasks.join_next() => {}
        }
    }
}

/// Carries one connection's requests and answers until it ends or breaks a rule.
async fn converse(
    mut stream: TcpStream,
    from: SocketAddr,
    requests: mpsc::Sender<Request>,
    limits: StreamLimits,
    _place: Place,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut framer = Framer::new(&Limits::default());
    let mut patience = Patience::new(limits);
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = timeout(patience.left(), stream.read(&mut buffer)).await??;
        if length == 0 {
            return Ok(());
        }
        framer.push(&buffer[..length]);
        let mut any = false;
        while let Some(message) = framer.next_message().map_err(io::Error::other)? {
            any = true;
            let (reply, replied) = oneshot::channel();
            let request = Request { from, message: message.to_vec(), reply };
            requests.send(request).await.map_err(io::Error::other)?;
            if let Some(answer) = replied.await.map_err(io::Error::other)? {
                timeout(limits.message, stream.write_all(&answer)).await??;
            }
        }
        patience.heard(&framer, any);
    }
}
