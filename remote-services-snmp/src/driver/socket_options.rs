//! What a driver may be told about its socket.

/// How a driver opens and uses its socket. Grows with time: write `..Default::default()` after the fields that you set.
#[derive(Clone, Debug)]
pub struct SocketOptions {
    /// Send and receive up to 64 datagrams a system call where the system can (Linux). Default on; elsewhere, and with
    /// this off, each datagram is a call of its own.
    pub batches: bool,
    /// Octets of answers that the system is asked to keep until they are read (SO_RCVBUF). Default 16 MiB, room for
    /// 10,000 usual answers. Systems grant less: what they grant then bounds the requests in flight, so that answers
    /// are not lost for want of room.
    pub receive_buffer: usize,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self { batches: true, receive_buffer: 16 << 20 }
    }
}
