//! From a host name to a TLS connection: resolve, connect, CONNECT if there is a proxy, shake hands.

use super::connection::{Connection, read_plain};
use super::stream::DeadlineStream;
use crate::client::proxy::{ProxyAnswer, connect_request, read_answer};
use crate::client::{ClientConfig, ClientError, Phase, TlsFault};
use crate::registration_key::ServerUrl;
use rustls::ClientConnection;
use rustls_pki_types::ServerName;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Instant;

/// Opens a connection to the server.
pub(super) fn open(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<Connection, ClientError> {
    let server = &config.server;
    let mut stream = match &config.proxy {
        None => DeadlineStream::new(tcp(config, server)?),
        Some(proxy) => {
            let proxy_url = ServerUrl::new(&proxy.host, proxy.port).map_err(|_| {
                ClientError::Setup(format!("the proxy {}:{} is no host and port", proxy.host, proxy.port))
            })?;
            let stream = DeadlineStream::new(tcp(config, &proxy_url)?);
            through_proxy(config, proxy, &proxy_url.authority(), stream)?
        }
    };
    let peer = server.authority();
    let name = ServerName::try_from(server.host().to_owned()).map_err(|_| {
        ClientError::Setup(format!("{} is no name that a certificate can have", server.host()))
    })?;
    let mut session = ClientConnection::new(Arc::clone(tls), name)
        .map_err(|error| ClientError::Tls { peer: peer.clone(), fault: TlsFault::from(&error) })?;
    stream.allow(config.timeouts.tls);
    while session.is_handshaking() {
        if let Err(mut error) = session.complete_io(&mut stream) {
            if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) {
                // The server left while we were sending; an alert that says why may have come before.
                let alert = read_plain(&mut session, &mut stream, &mut [0; 1]);
                error =
                    alert.err().filter(|alert| alert.kind() == io::ErrorKind::InvalidData).unwrap_or(error);
            }
            let error = io_error(error, &peer, Phase::Tls);
            return Err(error.through(config.proxy.as_deref()));
        }
    }
    Ok(Connection::new(session, stream))
}

/// What an I/O error in a phase means.
pub(super) fn io_error(error: io::Error, peer: &str, phase: Phase) -> ClientError {
    let peer = peer.to_owned();
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return ClientError::Tls { peer, fault: TlsFault::from(error) };
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ClientError::TimedOut { peer, phase },
        _ => ClientError::Lost { peer, phase, source: error },
    }
}

/// Connects to one of the host's addresses.
fn tcp(config: &ClientConfig, host: &ServerUrl) -> Result<TcpStream, ClientError> {
    let peer = host.authority();
    let addresses = resolve(config, host)?;
    let until = Instant::now() + config.timeouts.connect;
    let mut last = None;
    for (at, address) in addresses.iter().enumerate() {
        // A dead first address must not eat the time of the others.
        let others = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let time = until.saturating_duration_since(Instant::now()) / others;
        if time.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, time) {
            Ok(tcp) => {
                // Requests are written whole; waiting for more would only delay them.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(source) if source.kind() == io::ErrorKind::ConnectionRefused => ClientError::Refused { peer },
        Some(source) if source.kind() != io::ErrorKind::TimedOut => ClientError::Connect { peer, source },
        _ => ClientError::TimedOut { peer, phase: Phase::Connect },
    })
}

fn resolve(config: &ClientConfig, host: &ServerUrl) -> Result<Vec<SocketAddr>, ClientError> {
    if let Ok(address) = host.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, host.port())]);
    }
    let failed = |source| ClientError::Resolve { host: host.host().to_owned(), source };
    let (sender, receiver) = sync_channel(1);
    let (resolver, name, port) = (Arc::clone(&config.resolver), host.host().to_owned(), host.port());
    // The system's resolver cannot be given a time-out, so it gets a thread that may be left behind.
    std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            let _ = sender.send(resolver.resolve(&name, port));
        })
        .map_err(failed)?;
    match receiver.recv_timeout(config.timeouts.resolve) {
        Ok(Ok(addresses)) if addresses.is_empty() => Err(failed(io::Error::other("it has no address"))),
        Ok(Ok(mut addresses)) => {
            addresses.truncate(MAX_ADDRESSES);
            Ok(addresses)
        }
        Ok(Err(error)) => Err(failed(error)),
        Err(RecvTimeoutError::Timeout) => {
            Err(ClientError::TimedOut { peer: host.authority(), phase: Phase::Resolve })
        }
        Err(RecvTimeoutError::Disconnected) => Err(failed(io::Error::other("the resolver failed"))),
    }
}

fn through_proxy(
    config: &ClientConfig,
    settings: &crate::client::ProxySettings,
    proxy: &str,
    mut stream: DeadlineStream,
) -> Result<DeadlineStream, ClientError> {
    let server = config.server.authority();
    let request = connect_request(settings, &server).map_err(|why| ClientError::Setup(why.to_owned()))?;
    stream.allow(config.timeouts.proxy);
    stream.write_all(&request).map_err(|error| io_error(error, proxy, Phase::Proxy))?;
    let mut answer = Vec::with_capacity(1024);
    loop {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).map_err(|error| io_error(error, proxy, Phase::Proxy))?;
        if read == 0 {
            let closed = io::ErrorKind::UnexpectedEof.into();
            return Err(ClientError::Lost { peer: proxy.to_owned(), phase: Phase::Proxy, source: closed });
        }
        answer.extend_from_slice(&piece[..read]);
        match read_answer(&answer) {
            Ok(None) => {}
            Ok(Some(ProxyAnswer::Connected)) => return Ok(stream),
            Ok(Some(ProxyAnswer::Refused(407))) => {
                return Err(ClientError::ProxyCredentials { proxy: proxy.to_owned() });
            }
            Ok(Some(ProxyAnswer::Refused(status))) => {
                return Err(ClientError::ProxyRefused { proxy: proxy.to_owned(), server, status });
            }
            Err(fault) => return Err(ClientError::Http { peer: proxy.to_owned(), fault }),
        }
    }
}

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;
