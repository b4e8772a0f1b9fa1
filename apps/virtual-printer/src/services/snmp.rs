//! SNMP over UDP.

use crate::printer::{Answer, Core};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;

thread_local! {
    /// One pair of buffers for each thread serves any number of printers: nothing is awaited while they are in use.
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = RefCell::new((vec![0; 65_535], Vec::new()));
}

/// Answers until the task is dropped.
pub(crate) async fn serve(core: Arc<Core>, socket: UdpSocket) {
    let socket = Arc::new(socket);
    loop {
        if socket.readable().await.is_err() {
            continue;
        }
        while let Ok(later) = BUFFERS.with_borrow_mut(|(buffer, reply)| one(&core, &socket, buffer, reply)) {
            for (delay, to, bytes) in later {
                let socket = Arc::clone(&socket);
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    let _ = socket.send_to(&bytes, to).await;
                });
            }
        }
    }
}

type Later = Vec<(std::time::Duration, SocketAddr, Vec<u8>)>;

/// Takes one datagram and answers it at once, or gives what is to be sent later; an error when there is none.
fn one(core: &Core, socket: &UdpSocket, buffer: &mut [u8], reply: &mut Vec<u8>) -> io::Result<Later> {
    let (length, from) = socket.try_recv_from(buffer)?;
    match core.answer(from, &buffer[..length], reply) {
        Answer::Silence => Ok(Vec::new()),
        Answer::Plain => {
            // A reply that the network does not take is a lost reply.
            let _ = socket.try_send_to(reply, from);
            Ok(Vec::new())
        }
        Answer::Faulty(datagrams) => {
            Ok(datagrams.into_iter().map(|(delay, bytes)| (delay, from, bytes)).collect())
        }
    }
}
