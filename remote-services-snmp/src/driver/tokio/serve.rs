//! One task that answers.

use std::io;

use tokio::net::UdpSocket;

use super::super::socket::{self, MAX_DATAGRAM};
use crate::driver::Clock;
use crate::engine::responder::{MibHandler, Responder};

/// Answers what comes to the socket, until the future is dropped.
///
/// `clock` must be the one that the responder was made by. On a machine with several addresses, bind the socket to one
/// of them, so that answers leave from the address that was asked (RFC 3417 §3).
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
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, from)) => {
                let asker = socket::as_received(from);
                if let Some(answer) = responder.handle_datagram(clock.now(), asker, &buffer[..length], mib) {
                    // Whoever asked will ask again; there is nobody else to tell.
                    let _ = socket.send_to(&answer, from).await;
                }
            }
            Err(error) if socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
    }
}
