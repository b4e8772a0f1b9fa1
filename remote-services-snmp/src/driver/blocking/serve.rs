//! One thread that answers.

use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::turn::Turn;
use super::super::{socket, way_back};
use crate::driver::Clock;
use crate::engine::responder::{MibHandler, Responder};

/// Answers what comes to the socket until `stop` is set, which is noticed within a tenth of a second.
///
/// `clock` must be the one that the responder was made by. Answers leave from the address that was asked (RFC 3417 §3):
/// on Linux also from a wildcard socket; elsewhere bind it to one address. On Linux it holds room for 32 of the largest
/// datagrams, 2 MiB, and as much for their answers; memory that no datagram needed is not touched.
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
    let mut turn = Turn::new();
    while !stop.load(Ordering::Relaxed) {
        match turn.receive(socket) {
            Ok(()) => {
                turn.answer(clock.now(), responder, mib);
                // A blocking socket finds room, unless its owner gave it a time-out for writing.
                let _ = turn.send(socket);
            }
            Err(error) if socket::is_time_out(&error) || socket::receive_again(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

const STOP_WITHIN: Duration = Duration::from_millis(100);
