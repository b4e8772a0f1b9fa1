//! One task that answers.

use std::io;

use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::super::socket::{self, MAX_DATAGRAM};
use super::super::way_back;
use crate::driver::Clock;
use crate::engine::responder::{MibHandler, Responder};

/// Answers what comes to the socket, until the future is dropped.
///
/// `clock` must be the one that the responder was made by. Answers leave from the address that was asked (RFC 3417 §3):
/// on Linux also from a wildcard socket; elsewhere bind it to one address.
///
/// # Errors
///
/// When the socket of this machine fails; what peers and the network do is never an error here.
pub async fn serve(
    socket: &UdpSocket,
    responder: &mut Responder,
    mib: &mut (dyn MibHandler + Send),
    clock: Clock,
) -> io::Result<()> {
    way_back::enable(socket);
    let (mut buffer, mut answer) = (vec![0; MAX_DATAGRAM], Vec::new());
    loop {
        socket.readable().await?;
        match socket.try_io(Interest::READABLE, || way_back::receive(socket, &mut buffer)) {
            Ok((length, way)) => {
                let (now, datagram) = (clock.now(), &buffer[..length]);
                if responder.handle_datagram_into(now, way.asker(), datagram, mib, &mut answer) {
                    let reply = || way_back::reply(socket, &way, &answer);
                    while let Err(error) = socket.try_io(Interest::WRITABLE, reply) {
                        if error.kind() != io::ErrorKind::WouldBlock {
                            // Whoever asked will ask again; there is nobody else to tell.
                            break;
                        }
                        socket.writable().await?;
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
    }
}
