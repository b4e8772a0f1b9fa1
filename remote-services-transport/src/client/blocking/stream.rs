use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A TCP stream on which nothing waits beyond a deadline, however slowly the other side drips.
#[derive(Debug)]
pub(super) struct DeadlineStream {
    tcp: TcpStream,
    deadline: Instant,
}

impl DeadlineStream {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self { tcp, deadline: Instant::now() }
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// Everything from here on has so long.
    pub(super) fn allow(&mut self, time: Duration) {
        self.deadline = Instant::now() + time;
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

/// An expired socket time-out is called so on one system and `WouldBlock` on another.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for DeadlineStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(self.left()?)?;
        self.tcp.read(buffer).map_err(timed_out)
    }
}

impl Write for DeadlineStream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.left()?)?;
        self.tcp.write(octets).map_err(timed_out)
    }

    // A flight of the handshake is several records: together they are one packet, and a server has all of it at once.
    fn write_vectored(&mut self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.left()?)?;
        self.tcp.write_vectored(pieces).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::IoSlice;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn the_records_of_a_flight_leave_together() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut stream = DeadlineStream::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        stream.allow(Duration::from_secs(10));
        let flight = [IoSlice::new(b"certificate"), IoSlice::new(b"verify"), IoSlice::new(b"finished")];
        assert_eq!(stream.write_vectored(&flight).unwrap(), 25);
    }
}
