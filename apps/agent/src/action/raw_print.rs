//! Sending print data to a device's raw TCP port.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Sends `job` and waits until the device has taken all of it and closed its end.
///
/// # Errors
/// As the operating system gives them; how much the device took is then not known.
pub(super) fn send(address: SocketAddr, job: &[u8], timeout: Duration) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_write_timeout(Some(timeout))?;
    stream.set_read_timeout(Some(timeout))?;
    stream.write_all(job)?;
    stream.flush()?;
    stream.shutdown(Shutdown::Write)?;
    // A printer may talk back (PJL) before it closes; what it says is not needed, how much is bounded.
    let mut answer = [0; 4096];
    for _ in 0..MAX_ANSWERS {
        if stream.read(&mut answer)? == 0 {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads of at most 4 KiB each that are thrown away before we stop listening.
const MAX_ANSWERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn the_device_gets_every_octet() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let device = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut job = Vec::new();
            stream.read_to_end(&mut job).unwrap();
            stream.write_all(b"@PJL INFO STATUS\r\n").unwrap();
            job
        });
        let job = vec![0x42; 100_000];
        send(address, &job, Duration::from_secs(5)).unwrap();
        assert_eq!(device.join().unwrap(), job);
    }

    #[test]
    fn a_closed_port_is_an_error() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(send(address, b"x", Duration::from_secs(5)).is_err());
    }
}
