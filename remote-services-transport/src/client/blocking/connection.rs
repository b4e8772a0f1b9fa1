//! One exchange on one connection.

use super::connect::io_error;
use super::stream::DeadlineStream;
use crate::client::addresses::Reached;
use crate::client::http1::{AnswerReader, HttpFault, request_head};
use crate::client::proxy::Taken;
use crate::client::{ClientConfig, ClientError, Phase};
use crate::exchange::{Answer, Request};
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A TLS connection to the server.
pub(super) struct Connection {
    tls: StreamOwned<ClientConnection, DeadlineStream>,
    reached: Reached,
    taken: Taken,
    /// When the last exchange on it ended; `None` before the first.
    idle_since: Option<Instant>,
}

/// An exchange that brought no answer.
pub(in crate::client) struct Failure {
    pub(in crate::client) error: ClientError,
    /// A server may close an idle connection at any time: then nothing of the answer was seen, and the request
    /// may be sent again on another connection.
    pub(in crate::client) stale: bool,
}

impl Connection {
    pub(super) fn new(
        session: ClientConnection,
        stream: DeadlineStream,
        reached: Reached,
        taken: Taken,
    ) -> Self {
        Self { tls: StreamOwned::new(session, stream), reached, taken, idle_since: None }
    }

    /// An exchange on it brought no answer: the next connection may have to be another.
    pub(super) fn ended(&self, config: &ClientConfig, error: &ClientError) {
        config.ended(&self.reached, &self.taken, error);
    }

    /// Whether it was idle for so long that the server has probably closed it.
    pub(super) fn is_old(&self) -> bool {
        self.idle_since.is_some_and(|since| since.elapsed() > LONGEST_IDLE)
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        self.tls.sock.tcp()
    }

    /// Sends a request and reads the answer; also says whether the connection may be used again.
    pub(super) fn exchange(
        &mut self,
        config: &ClientConfig,
        request: &Request<'_>,
        patience: Duration,
    ) -> Result<(Answer, bool), Failure> {
        let used_before = self.idle_since.is_some();
        let peer = config.server.authority();
        let mut reader = AnswerReader::new(request.method, config.limits);
        let mut whole = true;
        let read = match self.send(config, request, &peer) {
            Ok(()) => {
                let first = config.timeouts.first_byte.saturating_add(patience);
                self.receive(config, &mut reader, first, &peer)
            }
            // It may have refused a body that it did not want to read: its answer or alert says why.
            Err(loss @ ClientError::Lost { .. }) => {
                whole = false;
                let answer = self.receive(config, &mut reader, AFTER_LOSS, &peer);
                answer.map_err(|error| if matches!(error, ClientError::Tls { .. }) { error } else { loss })
            }
            Err(error) => Err(error),
        };
        match read {
            Ok(()) => {
                self.idle_since = Some(Instant::now());
                let (answer, reusable) = reader.finish();
                Ok((answer, reusable && whole))
            }
            Err(error) => {
                let lost = matches!(error, ClientError::Lost { .. });
                Err(Failure { stale: used_before && lost && !reader.has_begun(), error })
            }
        }
    }

    fn send(&mut self, config: &ClientConfig, request: &Request<'_>, peer: &str) -> Result<(), ClientError> {
        let head = request_head(request, &config.server.authority());
        let head = head.map_err(|why| ClientError::Setup(why.to_owned()))?;
        let mut put = |piece: &[u8]| {
            self.tls.sock.allow(config.timeouts.send);
            self.tls.write_all(piece).map_err(|error| io_error(error, peer, Phase::Send))
        };
        put(&head)?;
        let (mut sent, mut buffer) = (0, Vec::new());
        while let Some(body) = request.body.filter(|body| sent < body.length()) {
            let piece = body.window(sent, WINDOW, &mut buffer).map_err(ClientError::Source)?;
            put(piece)?;
            sent += piece.len() as u64;
        }
        self.tls.flush().map_err(|error| io_error(error, peer, Phase::Send))
    }

    fn receive(
        &mut self,
        config: &ClientConfig,
        reader: &mut AnswerReader,
        first: Duration,
        peer: &str,
    ) -> Result<(), ClientError> {
        let http = |fault| ClientError::Http { peer: peer.to_owned(), fault };
        let mut piece = [0; 16 << 10];
        let mut in_window = None;
        self.tls.sock.allow(first);
        loop {
            let phase = if in_window.is_some() { Phase::Body } else { Phase::FirstByte };
            let read = match read_plain(&mut self.tls.conn, &mut self.tls.sock, &mut piece) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Without close_notify the end may be somebody else's doing.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && reader.has_begun() => {
                    return Err(http(HttpFault::Truncated));
                }
                Err(error) => return Err(io_error(error, peer, phase)),
            };
            if read == 0 {
                if !reader.has_begun() {
                    return Err(io_error(io::ErrorKind::UnexpectedEof.into(), peer, phase));
                }
                return reader.end().map_err(http);
            }
            if reader.feed(&piece[..read]).map_err(http)? {
                return Ok(());
            }
            let window = in_window.unwrap_or(WINDOW) + read;
            in_window = Some(if window >= WINDOW {
                self.tls.sock.allow(config.timeouts.body);
                0
            } else {
                window
            });
        }
    }
}

/// Reads what the server says, also when nothing can be sent to it any more: the stream of rustls would first try
/// to send what is left, fail at that, and never see the answer or alert that explains the failure.
pub(super) fn read_plain(
    session: &mut ClientConnection,
    stream: &mut DeadlineStream,
    piece: &mut [u8],
) -> io::Result<usize> {
    loop {
        match session.reader().read(piece) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        session.read_tls(stream)?;
        session.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        if session.wants_write() {
            // A key update wants its answer. If that cannot be sent, the next read says why.
            let _ = session.write_tls(stream);
        }
    }
}

/// What has to get through within one time-out while sending or reading.
pub(in crate::client) const WINDOW: usize = 64 << 10;
/// How long to look for an answer after a request could not be sent to its end.
pub(in crate::client) const AFTER_LOSS: Duration = Duration::from_secs(2);
/// Servers close idle connections after a minute or so.
pub(in crate::client) const LONGEST_IDLE: Duration = Duration::from_secs(50);
