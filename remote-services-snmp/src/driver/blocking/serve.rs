//! One thread that answers.

use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::socket::{self, MAX_DATAGRAM};
use crate::driver::Clock;
use crate::engine::responder::{MibHandler, Responder};

/// Answers what comes to the socket until `stop` is set, which is noticed within a tenth of a second.
///
/// `clock` must be the one that the responder was made by. On a machine with several addresses, bind the socket to one
/// of them, so that answers leave from the address that was asked (RFC 3417 §3).
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
    let mut buffer = vec![0; MAX_DATAGRAM];
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                let asker = socket::as_received(from);
                if let Some(answer) = responder.handle_datagram(clock.now(), asker, &buffer[..length], mib) {
                    // Whoever asked will ask again; there is nobody else to tell.
                    let _ = socket.send_to(&answer, from);
                }
            }
            Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

const STOP_WITHIN: Duration = Duration::from_millis(100);
