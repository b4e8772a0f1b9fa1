//! One task that answers.

use std::io;

use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::super::turn::Turn;
use super::super::{socket, way_back};
use crate::driver::Clock;
use crate::engine::responder::{MibHandler, Responder};

/// Answers what comes to the socket, until the future is dropped.
///
/// `clock` must be the one that the responder was made by. Answers leave from the address that was asked (RFC 3417 §3):
/// on Linux also from a wildcard socket; elsewhere bind it to one address. On Linux it holds room for 32 of the largest
/// datagrams, 2 MiB, and as much for their answers; memory that no datagram needed is not touched.
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
    let mut turn = Turn::new();
    loop {
        socket.readable().await?;
        match socket.try_io(Interest::READABLE, || turn.receive(socket)) {
            Ok(()) => {
                turn.answer(clock.now(), responder, mib);
                while socket.try_io(Interest::WRITABLE, || turn.send(socket)).is_err() {
                    socket.writable().await?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
    }
}
