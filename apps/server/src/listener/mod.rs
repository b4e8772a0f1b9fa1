//! Accepts connections, with or without TLS, and serves HTTP/1.1 on each: one task a connection, a bound on
//! how many in all and of each holder, time-outs on handshake, idleness and answers that nobody takes, an orderly end.

mod holders;
mod patient;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::edge::peer::Peer;
use holders::{Holder, Holders};
use patient::Patient;

/// Serves until `stop` says so, then lets open requests end. Those at one address who have shown no certificate, or none yet,
/// have `most_per_address` connections at most.
pub(crate) async fn serve(
    listener: TcpListener,
    most_per_address: usize,
    tls: Option<TlsAcceptor>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let holders = Holders::new(most_per_address);
    let mut connections = JoinSet::new();
    loop {
        // Waits for room before accepting, so that the rest queues in the kernel's backlog.
        let permit = tokio::select! {
            permit = Arc::clone(&room).acquire_owned() => permit,
            _ = stop.changed() => break,
        };
        let Ok(permit) = permit else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
                let holders = holders.clone();
                connections.spawn(async move {
                    connection(stream, address, tls, holders, router, stop).await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, say: give running connections a moment to free some.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(ORDERLY_END, all_ended).await.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    holders: Holders,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let Some(mut held) = holders.one_more(Holder::stranger(address.ip())) else {
        return tracing::debug!(%address, "too many connections from this address");
    };
    // Answers are small and written whole; waiting to fill segments only delays them.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return drive(stream, Peer::new(address.ip(), None), router, stop).await;
    };
    match timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let peer = Peer::new(address.ip(), shown.map(AsRef::as_ref));
            if let Some(certificate) = peer.certificate {
                let Some(of_client) = holders.one_more(Holder::Certificate(certificate)) else {
                    return tracing::debug!(%address, "too many connections with this certificate");
                };
                held = of_client;
            }
            drive(stream, peer, router, stop).await;
        }
        Ok(Err(error)) => tracing::debug!(%address, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%address, "TLS handshake took too long"),
    }
    drop(held);
}

async fn drive<S>(stream: S, peer: Peer, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        Box::pin(router.clone().oneshot(request.map(Body::new)))
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream, UNREAD)), service);
    let mut stopping = *stop.borrow();
    if stopping {
        Pin::new(&mut connection).graceful_shutdown();
    }
    loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection ended");
                }
                break;
            }
            _ = stop.changed(), if !stopping => {
                Pin::new(&mut connection).graceful_shutdown();
                stopping = true;
            }
        }
    }
    linger(connection.into_parts().io.into_inner()).await;
}

/// Says goodbye and reads what the other end is still sending, within bounds. Closing with unread octets
/// would reset the connection, and a client in the middle of a refused body would never see the answer.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let discard = async {
        stream.shutdown().await?;
        let (mut buffer, mut left) = ([0; 4096], LINGER_OCTETS);
        while left > 0 {
            match stream.read(&mut buffer).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        std::io::Result::Ok(())
    };
    // However it ends, there is nobody left to tell.
    let _ = timeout(LINGER, discard).await;
}

const MOST_CONNECTIONS: usize = 4096;
/// Every client is a stranger during its handshake, and behind one address there may be many: a proxy's, a balancer's.
pub(crate) const MOST_PER_ADDRESS: usize = 256;
const HANDSHAKE: Duration = Duration::from_secs(15);
/// Covers the time between two requests as well.
const IDLE: Duration = Duration::from_secs(75);
/// How long the other end may take nothing of what it is sent.
const UNREAD: Duration = Duration::from_secs(60);
const MAX_HEADERS: usize = 64;
const MAX_HEAD: usize = 64 << 10;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const ORDERLY_END: Duration = Duration::from_secs(5);
const LINGER: Duration = Duration::from_secs(2);
const LINGER_OCTETS: usize = 64 << 20;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "all of it is test code")]

    use super::*;
    use axum::routing::get;
    use std::net::Ipv4Addr;
    use tokio::io::duplex;
    use tokio::time::{Instant, sleep};

    const QUESTION: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";

    fn router() -> Router {
        Router::new().route("/", get(async || "an answer\n".repeat(1_000)))
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_and_never_reads_is_cut_off() {
        let (_going, stop) = watch::channel(false);
        let (ours, mut theirs) = duplex(1_000);
        let began = Instant::now();
        let asking = tokio::spawn(async move {
            theirs.write_all(QUESTION).await.unwrap();
            sleep(Duration::from_secs(3_600)).await;
            drop(theirs);
        });
        drive(ours, Peer::new(Ipv4Addr::LOCALHOST.into(), None), router(), stop).await;
        assert!(began.elapsed() <= UNREAD + LINGER, "{:?}", began.elapsed());
        asking.abort();
    }

    #[tokio::test]
    async fn one_address_does_not_hold_all_connections() {
        let (stop, stopped) = watch::channel(false);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve(listener, MOST_PER_ADDRESS, None, router(), stopped));
        let mut held = Vec::new();
        let closed = loop {
            assert!(held.len() <= 256, "nothing is closed");
            let mut stream = TcpStream::connect(address).await.unwrap();
            let patience = Duration::from_secs(if held.len() < 256 { 0 } else { 10 });
            match timeout(patience, stream.read_u8()).await {
                Ok(read) => break read,
                Err(_) => held.push(stream),
            }
        };
        assert!(closed.is_err());
        held.clear();
        let deadline = Instant::now() + Duration::from_secs(30);
        let answer = loop {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut start = [0; 15];
            // Those that are gone may still count, or this one was closed while it wrote.
            let asked = async { stream.write_all(QUESTION).await.and(stream.read_exact(&mut start).await) };
            if asked.await.is_ok() {
                break start;
            }
            assert!(Instant::now() < deadline, "nobody is answered any more");
            sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        stop.send(true).unwrap();
        serving.await.unwrap();
    }
}
