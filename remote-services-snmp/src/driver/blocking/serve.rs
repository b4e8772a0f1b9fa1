//! One thread that answers.

use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::socket::{self, MAX_DATAGRAM};
use super::super::way_back;
use crate::driver::Clock;
use crate::engine::responder::{MibHandler, Responder};

/// Answers what comes to the socket until `stop` is set, which is noticed within a tenth of a second.
///
/// `clock` must be the one that the responder was made by. Answers leave from the address that was asked (RFC 3417 §3):
/// on Linux also from a wildcard socket; elsewhere bind it to one address.
///
/// # Errors
///
/// When the socket of this machine fails; what peers and the network do is never an error here.
pub fn serve(
    socket: &UdpSocket,
    responder: &mut Responder,
    mib: &mut dyn MibHandler,
    clock: Clock,
    stop: &AtomicBool,
) -> io::Result<()> {
    socket.set_read_timeout(Some(STOP_WITHIN))?;
    way_back::enable(socket);
    let (mut buffer, mut answer) = (vec![0; MAX_DATAGRAM], Vec::new());
    while !stop.load(Ordering::Relaxed) {
        match way_back::receive(socket, &mut buffer) {
            Ok((length, way)) => {
                let (now, datagram) = (clock.now(), &buffer[..length]);
                if responder.handle_datagram_into(now, way.asker(), datagram, mib, &mut answer) {
                    // Whoever asked will ask again; there is nobody else to tell.
                    let _ = way_back::reply(socket, &way, &answer);
                }
            }
            Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

const STOP_WITHIN: Duration = Duration::from_millis(100);
