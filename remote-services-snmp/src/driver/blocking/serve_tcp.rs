//! One thread that answers over TCP (RFC 3430), and one for each connection that carries its octets.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

use socket2::SockRef;

use super::super::socket;
use super::super::stream_limits::{Connected, Patience};
use super::tcp::CHUNK;
use crate::ber::Limits;
use crate::driver::{Clock, StreamLimits};
use crate::engine::responder::{MibHandler, Responder};
use crate::message::Framer;

/// A request and where its answer goes.
struct Request {
    from: SocketAddr,
    message: Vec<u8>,
    reply: SyncSender<Option<Vec<u8>>>,
}

/// Answers who connects to the listener, until `stop` is set, which is noticed within a fraction of a second (on Windows
/// at the next connection).
///
/// `clock` must be the one that the responder was made by. Each connection is answered in order, and a connection that is
/// slow, silent or broken costs nothing but itself.
///
/// # Errors
///
/// When the listener fails; what peers and the network do is never an error here.
pub fn serve_tcp(
    listener: &TcpListener,
    responder: &mut Responder,
    mib: &mut dyn MibHandler,
    clock: Clock,
    limits: &StreamLimits,
    stop: &AtomicBool,
) -> io::Result<()> {
    SockRef::from(listener).set_read_timeout(Some(STOP_WITHIN))?;
    let (requests, received) = sync_channel::<Request>(limits.connections.max(1));
    thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, move || {
            let connected = Connected::default();
            while !stop.load(Ordering::Relaxed) {
                let (stream, from) = match listener.accept() {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // No memory or no descriptors: connections that end will give some back.
                        if !socket::is_time_out(&error) && error.kind() != io::ErrorKind::ConnectionAborted {
                            thread::sleep(STOP_WITHIN);
                        }
                        continue;
                    }
                };
                let Some(place) = connected.enter(from.ip(), limits) else { continue };
                let requests = requests.clone();
                // Without a thread for it the connection is closed, as one too many.
                let _ = thread::Builder::new().spawn_scoped(scope, move || {
                    let _place = place;
                    // How it ended matters to nobody here.
                    let _ = converse(&stream, from, &requests, *limits, stop);
                });
            }
        })?;
        while !stop.load(Ordering::Relaxed) {
            match received.recv_timeout(STOP_WITHIN) {
                Ok(request) => {
                    let from = socket::as_received(request.from);
                    let answer = responder.handle_datagram(clock.now(), from, &request.message, mib);
                    // The connection may have ended; then nobody wants to know.
                    let _ = request.reply.send(answer);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        // Whoever waits for an answer must not wait for ever.
        drop(received);
        Ok(())
    })
}

/// Carries one connection's requests and answers until it ends or breaks a rule.
fn converse(
    mut stream: &TcpStream,
    from: SocketAddr,
    requests: &SyncSender<Request>,
    limits: StreamLimits,
    stop: &AtomicBool,
) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(STOP_WITHIN))?;
    stream.set_write_timeout(Some(limits.message))?;
    let mut framer = Framer::new(&Limits::default());
    let mut patience = Patience::new(limits);
    let mut buffer = vec![0; CHUNK];
    while !stop.load(Ordering::Relaxed) && !patience.left().is_zero() {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => framer.push(&buffer[..length]),
            Err(error) if socket::is_time_out(&error) || error.kind() == io::ErrorKind::Interrupted => {
                continue;
            }
            Err(error) => return Err(error),
        }
        let mut any = false;
        while let Some(message) = framer.next_message().map_err(io::Error::other)? {
            any = true;
            let (reply, replied) = sync_channel(1);
            let request = Request { from, message: message.to_vec(), reply };
            requests.send(request).map_err(io::Error::other)?;
            if let Some(answer) = replied.recv().map_err(io::Error::other)? {
                stream.write_all(&answer)?;
            }
        }
        patience.heard(&framer, any);
    }
    Ok(())
}

const STOP_WITHIN: Duration = Duration::from_millis(100);
