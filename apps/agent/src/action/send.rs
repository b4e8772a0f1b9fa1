//! Print data and firmware on their way to a device: raw TCP and LPR. Sent once, never held as a whole.

use crate::failure::{Context, Failure};
use remote_services_collect::action::{Content, LprJob, LprSender, LprStep, Package, Sent, Way};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Sends by a way; `told` hears how many octets are sent.
///
/// # Errors
/// When the file cannot be opened; nothing was sent then.
pub(super) fn send(
    host: IpAddr,
    way: &Way,
    title: &str,
    content: Content<'_>,
    told: &mut dyn FnMut(u64),
) -> Result<Sent, Failure> {
    let mut pieces = Pieces::of(content).context("the file to send")?;
    let stream = match connect(SocketAddr::new(host, way.port())) {
        Ok(stream) => stream,
        Err(error) => return Ok(Sent::Nothing(error.to_string())),
    };
    Ok(match way {
        Way::Lpr { queue, .. } => lpr(stream, queue, title, content.size(), &mut pieces, told),
        _ => raw(stream, &mut pieces, told),
    })
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, CONNECT)?;
    stream.set_write_timeout(Some(STALLED))?;
    stream.set_read_timeout(Some(ANSWER))?;
    Ok(stream)
}

/// Waits until the device has taken all of it and closed its end.
fn raw(mut stream: TcpStream, pieces: &mut Pieces<'_>, told: &mut dyn FnMut(u64)) -> Sent {
    if let Some(sent) = write_all(&mut stream, pieces, told) {
        return sent;
    }
    let broken = |error: io::Error| Sent::Broken(pieces.sent, error.to_string());
    if let Err(error) = stream.flush().and_then(|()| stream.shutdown(Shutdown::Write)) {
        return broken(error);
    }
    // A printer may talk back (PJL) before it closes; what it says is not needed, how much is bounded.
    let mut answer = [0; 4096];
    for _ in 0..MAX_ANSWERS {
        match stream.read(&mut answer) {
            Ok(0) => break,
            Ok(_) => {}
            // One that keeps the connection has taken the job all the same.
            Err(error) if is_timeout(&error) => break,
            Err(error) => return broken(error),
        }
    }
    Sent::Whole(pieces.sent)
}

fn lpr(
    mut stream: TcpStream,
    queue: &str,
    title: &str,
    size: u64,
    pieces: &mut Pieces<'_>,
    told: &mut dyn FnMut(u64),
) -> Sent {
    let number = u16::try_from(std::process::id() % 1000).unwrap_or(0);
    let mut sender = LprSender::new(&LprJob { queue, title, size, number });
    loop {
        let content = match sender.step() {
            LprStep::Done => return Sent::Whole(pieces.sent),
            LprStep::Send(octets) => {
                if let Err(error) = stream.write_all(octets) {
                    return Sent::Nothing(error.to_string());
                }
                false
            }
            LprStep::Content => {
                if let Some(sent) = write_all(&mut stream, pieces, told) {
                    return sent;
                }
                if let Err(error) = stream.write_all(&[0]) {
                    return Sent::Broken(pieces.sent, error.to_string());
                }
                true
            }
        };
        let acknowledged = acknowledgement(&mut stream)
            .map_err(|error| error.to_string())
            .and_then(|octet| sender.handle(octet).map_err(|error| error.to_string()));
        match acknowledged {
            Ok(()) => {}
            Err(why) if content => return Sent::Broken(pieces.sent, why),
            Err(why) => return Sent::Nothing(why),
        }
    }
}

fn acknowledgement(stream: &mut TcpStream) -> io::Result<Option<u8>> {
    let mut octet = [0];
    loop {
        match stream.read(&mut octet) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(octet[0])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes all pieces; says so when that is not what happened.
fn write_all(stream: &mut TcpStream, pieces: &mut Pieces<'_>, told: &mut dyn FnMut(u64)) -> Option<Sent> {
    loop {
        let piece = match pieces.next() {
            Ok(Next::Piece(piece)) => piece,
            Ok(Next::End) => return None,
            Ok(Next::Changed) => return Some(Sent::Changed(pieces.sent)),
            Err(error) if pieces.sent == 0 => return Some(Sent::Nothing(error.to_string())),
            Err(error) => return Some(Sent::Broken(pieces.sent, error.to_string())),
        };
        if let Err(error) = stream.write_all(&piece) {
            return Some(Sent::Broken(pieces.sent, error.to_string()));
        }
        pieces.sent += piece.len() as u64;
        told(pieces.sent);
    }
}

/// The content piece by piece. Of a file the last piece is held back until the digest over all of it is right.
struct Pieces<'a> {
    source: Box<dyn Read + 'a>,
    /// Size and digest that a file must have.
    package: Option<(u64, [u8; 32])>,
    digest: Sha256,
    read: u64,
    held: Vec<u8>,
    sent: u64,
}

enum Next {
    Piece(Vec<u8>),
    End,
    Changed,
}

impl<'a> Pieces<'a> {
    fn of(content: Content<'a>) -> io::Result<Self> {
        let (source, package): (Box<dyn Read + 'a>, _) = match content {
            Content::Job(octets) => (Box::new(octets), None),
            Content::Package(package) => ((package.open)()?, Some((package.size, package.sha256))),
        };
        let mut pieces = Self { source, package, digest: Sha256::new(), read: 0, held: Vec::new(), sent: 0 };
        pieces.held = pieces.fill()?;
        Ok(pieces)
    }

    fn fill(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = Vec::with_capacity(PIECE);
        self.source.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        self.digest.update(&piece);
        self.read += piece.len() as u64;
        Ok(piece)
    }

    fn next(&mut self) -> io::Result<Next> {
        if self.held.is_empty() {
            return Ok(Next::End);
        }
        let behind = self.fill()?;
        if behind.is_empty()
            && let Some((size, sha256)) = self.package
            && (self.read != size || <[u8; 32]>::from(self.digest.clone().finalize()) != sha256)
        {
            return Ok(Next::Changed);
        }
        Ok(Next::Piece(std::mem::replace(&mut self.held, behind)))
    }
}

/// Whether a file has its size and digest.
///
/// # Errors
/// When it cannot be read.
pub(super) fn verify(package: &Package<'_>) -> Result<Result<(), String>, Failure> {
    let mut source = (package.open)().context(package.name)?;
    let (mut digest, mut size) = (Sha256::new(), 0_u64);
    let mut piece = vec![0; PIECE];
    loop {
        match source.read(&mut piece).context(package.name)? {
            0 => break,
            read => {
                digest.update(&piece[..read]);
                size += read as u64;
            }
        }
    }
    Ok(match (size, <[u8; 32]>::from(digest.finalize()) == package.sha256) {
        (0, _) => Err(format!("{} is empty", package.name)),
        (size, true) if size == package.size => Ok(()),
        (size, true) => Err(format!("{} has {size} octets, not {}", package.name, package.size)),
        (_, false) => Err(format!("{} does not have the digest that it must have", package.name)),
    })
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

const PIECE: usize = 64 << 10;
const CONNECT: Duration = Duration::from_secs(15);
/// A device that writes its flash memory may take nothing for a while.
const STALLED: Duration = Duration::from_secs(180);
/// For an acknowledgement, or the end of the connection.
const ANSWER: Duration = Duration::from_secs(30);
/// Reads of at most 4 KiB each that are thrown away before we stop listening.
const MAX_ANSWERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread::JoinHandle;

    /// A device that takes one connection: gives it `answer` for the first octets and reads on to the end.
    fn device(answer: &'static [u8]) -> (u16, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.write_all(answer);
            let mut job = Vec::new();
            let _ = stream.read_to_end(&mut job);
            job
        });
        (port, taken)
    }

    fn sent(way: &Way, content: Content<'_>) -> Sent {
        send(Ipv4Addr::LOCALHOST.into(), way, "t", content, &mut |_| {}).unwrap()
    }

    #[test]
    fn the_device_gets_every_octet() {
        let (port, taken) = device(b"@PJL INFO STATUS\r\n");
        let job: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        assert_eq!(sent(&Way::Raw { port }, Content::Job(&job)), Sent::Whole(200_000));
        assert_eq!(taken.join().unwrap(), job);
    }

    #[test]
    fn a_closed_port_takes_nothing() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        for way in [Way::Raw { port }, Way::Lpr { port, queue: "lp".into() }] {
            assert!(matches!(sent(&way, Content::Job(b"x")), Sent::Nothing(_)));
        }
    }

    #[test]
    fn a_file_that_changed_since_it_was_verified_never_arrives_whole() {
        let octets: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        let sha256: [u8; 32] = Sha256::digest(&octets).into();
        let mut changed = octets.clone();
        changed[150_000] ^= 1;
        for (served, right) in [(octets.clone(), true), (changed, false), (octets[..9].to_vec(), false)] {
            let open = || Ok(Box::new(io::Cursor::new(served.clone())) as Box<dyn Read>);
            let package = Package { name: "f", size: 200_000, sha256, open: &open };
            assert_eq!(verify(&package).unwrap().is_ok(), right);
            let (port, taken) = device(b"");
            let sent = sent(&Way::Raw { port }, Content::Package(&package));
            let taken = taken.join().unwrap().len() as u64;
            if right {
                assert_eq!((sent, taken), (Sent::Whole(200_000), 200_000));
            } else {
                assert_eq!(sent, Sent::Changed(taken));
                assert!(taken < served.len() as u64, "the last piece is held back");
            }
        }
    }

    #[test]
    fn by_lpr_a_refusal_before_the_content_means_that_nothing_was_printed_and_one_after_it_does_not() {
        let refusing = |answer| {
            let (port, taken) = device(answer);
            (sent(&Way::Lpr { port, queue: "lp".into() }, Content::Job(b"hello")), taken.join().unwrap())
        };
        let (nothing, taken) = refusing(b"\x00\x00\x01");
        assert_eq!(nothing, Sent::Nothing("the daemon refused the control file with octet 01".into()));
        assert!(!taken.ends_with(b"hello\0"));
        let (broken, taken) = refusing(b"\x00\x00\x00\x00\x02");
        assert_eq!(broken, Sent::Broken(5, "the daemon refused the content with octet 02".into()));
        assert!(taken.ends_with(b"hello\0"));
        let (whole, _) = refusing(&[0; 5]);
        assert_eq!(whole, Sent::Whole(5));
    }
}
