//! One exchange on one connection.

use crate::client::addresses::Reached;
use crate::client::blocking::connect::io_error;
use crate::client::blocking::connection::{AFTER_LOSS, Failure, LONGEST_IDLE, WINDOW};
use crate::client::http1::{AnswerReader, HttpFault, request_head};
use crate::client::proxy::Taken;
use crate::client::{ClientConfig, ClientError, Phase};
use crate::exchange::{Answer, Request};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

/// A TLS connection to the server.
pub(super) struct Connection {
    tls: TlsStream<TcpStream>,
    reached: Reached,
    taken: Taken,
    idle_since: Option<Instant>,
}

impl Connection {
    pub(super) fn new(tls: TlsStream<TcpStream>, reached: Reached, taken: Taken) -> Self {
        Self { tls, reached, taken, idle_since: None }
    }

    /// An exchange on it brought no answer: the next connection may have to be another.
    pub(super) fn ended(&self, config: &ClientConfig, error: &ClientError) {
        config.ended(&self.reached, &self.taken, error);
    }

    pub(super) fn is_old(&self) -> bool {
        self.idle_since.is_some_and(|since| since.elapsed() > LONGEST_IDLE)
    }

    /// Sends a request and reads the answer; also says whether the connection may be used again.
    pub(super) async fn exchange(
        &mut self,
        config: &ClientConfig,
        request: &Request<'_>,
        patience: Duration,
    ) -> Result<(Answer, bool), Failure> {
        let used_before = self.idle_since.is_some();
        let peer = config.server.authority();
        let mut reader = AnswerReader::new(request.method, config.limits);
        let mut whole = true;
        let read = match self.send(config, request, &peer).await {
            Ok(()) => {
                let first = config.timeouts.first_byte.saturating_add(patience);
                self.receive(config, &mut reader, first, &peer).await
            }
            // It may have refused a body that it did not want to read: its answer or alert says why.
            Err(loss @ ClientError::Lost { .. }) => {
                whole = false;
                let answer = self.receive(config, &mut reader, AFTER_LOSS, &peer).await;
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

    async fn send(
        &mut self,
        config: &ClientConfig,
        request: &Request<'_>,
        peer: &str,
    ) -> Result<(), ClientError> {
        let failed = |error| io_error(error, peer, Phase::Send);
        let late = || ClientError::TimedOut { peer: peer.to_owned(), phase: Phase::Send };
        let head = request_head(request, &config.server.authority());
        let head = head.map_err(|why| ClientError::Setup(why.to_owned()))?;
        let put = timeout(config.timeouts.send, self.tls.write_all(&head)).await;
        put.map_err(|_| late())?.map_err(failed)?;
        let (mut sent, mut buffer) = (0, Vec::new());
        while let Some(body) = request.body.filter(|body| sent < body.length()) {
            let piece = body.window(sent, WINDOW, &mut buffer).map_err(ClientError::Source)?;
            let put = timeout(config.timeouts.send, self.tls.write_all(piece)).await;
            put.map_err(|_| late())?.map_err(failed)?;
            sent += piece.len() as u64;
        }
        let flushed = timeout(config.timeouts.send, self.tls.flush()).await;
        flushed.map_err(|_| late())?.map_err(failed)
    }

    async fn receive(
        &mut self,
        config: &ClientConfig,
        reader: &mut AnswerReader,
        first: Duration,
        peer: &str,
    ) -> Result<(), ClientError> {
        let http = |fault| ClientError::Http { peer: peer.to_owned(), fault };
        let mut piece = vec![0; 16 << 10];
        let mut in_window = None;
        let mut deadline = Instant::now() + first;
        loop {
            let phase = if in_window.is_some() { Phase::Body } else { Phase::FirstByte };
            let read = match timeout_at(deadline, self.tls.read(&mut piece)).await {
                Err(_) => return Err(ClientError::TimedOut { peer: peer.to_owned(), phase }),
                Ok(Ok(read)) => read,
                // Without close_notify the end may be somebody else's doing.
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof && reader.has_begun() => {
                    return Err(http(HttpFault::Truncated));
                }
                Ok(Err(error)) => return Err(io_error(error, peer, phase)),
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
                deadline = Instant::now() + config.timeouts.body;
                0
            } else {
                window
            });
        }
    }
}
