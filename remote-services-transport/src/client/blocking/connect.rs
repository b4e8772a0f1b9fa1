//! From a host name to a TLS connection: resolve, connect, CONNECT if there is a proxy, shake hands.

use super::connection::{Connection, read_plain};
use super::network::own_network;
use super::stream::DeadlineStream;
use crate::client::addresses::Reached;
use crate::client::proxy::{Negotiation, Verdict};
use crate::client::{ClientConfig, ClientError, Phase, ProxySettings, Resolve, Route, TlsFault};
use crate::registration_key::ServerUrl;
use rustls::ClientConnection;
use rustls_pki_types::ServerName;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Opens a connection to the server, by the best way that leads there.
pub(super) fn open(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<Connection, ClientError> {
    let network = config.network.as_ref().map_or_else(own_network, |network| network());
    let mut search = config.search(network)?;
    loop {
        match open_by(config, tls, search.way()) {
            Ok((session, stream, reached)) => {
                return Ok(Connection::new(session, stream, reached, search.found()));
            }
            Err(error) => search.failed(error)?,
        }
    }
}

fn open_by(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
    route: &Route,
) -> Result<(ClientConnection, DeadlineStream, Reached), ClientError> {
    let server = &config.server;
    let ((stream, reached), proxy) = match route {
        Route::Direct => (tcp(config, server)?, None),
        Route::Proxy(proxy) => (through_proxy(config, proxy)?, Some(&**proxy)),
    };
    let shaken = shake_hands(config, tls, stream);
    match shaken {
        Ok((session, stream)) => Ok((session, stream, reached)),
        Err(error) => {
            config.address_memory.failed(&reached);
            Err(error.through(proxy))
        }
    }
}

fn shake_hands(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
    mut stream: DeadlineStream,
) -> Result<(ClientConnection, DeadlineStream), ClientError> {
    let server = &config.server;
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
            return Err(io_error(error, &peer, Phase::Tls));
        }
    }
    Ok((session, stream))
}

/// What an I/O error in a phase means.
pub(in crate::client) fn io_error(error: io::Error, peer: &str, phase: Phase) -> ClientError {
    let peer = peer.to_owned();
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return ClientError::Tls { peer, fault: TlsFault::from(error) };
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ClientError::TimedOut { peer, phase },
        // What rustls says of it is for who writes servers.
        io::ErrorKind::UnexpectedEof => {
            ClientError::Lost { peer, phase, source: io::Error::new(error.kind(), CUT) }
        }
        _ => ClientError::Lost { peer, phase, source: error },
    }
}

const CUT: &str = "it was closed at the other end, or cut in between";

/// Connects to one of the host's addresses, those last that failed after it.
fn tcp(config: &ClientConfig, host: &ServerUrl) -> Result<(DeadlineStream, Reached), ClientError> {
    let mut addresses = resolve(config.timeouts.resolve, &config.resolver, host)?;
    config.address_memory.sort(host, &mut addresses);
    let (tcp, address) = connect(config.timeouts.connect, host, &addresses)?;
    Ok((DeadlineStream::new(tcp), Reached { host: host.authority(), address }))
}

/// Connects to one of these addresses of the host, within this time.
pub(super) fn connect(
    time: Duration,
    host: &ServerUrl,
    addresses: &[SocketAddr],
) -> Result<(TcpStream, SocketAddr), ClientError> {
    let peer = host.authority();
    let until = Instant::now() + time;
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
                return Ok((tcp, *address));
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

/// The addresses of the host, if they come within this time.
pub(super) fn resolve(
    time: Duration,
    resolver: &Arc<dyn Resolve>,
    host: &ServerUrl,
) -> Result<Vec<SocketAddr>, ClientError> {
    if let Ok(address) = host.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, host.port())]);
    }
    let failed = |source| ClientError::Resolve { host: host.host().to_owned(), source };
    let (sender, receiver) = sync_channel(1);
    let (resolver, name, port) = (Arc::clone(resolver), host.host().to_owned(), host.port());
    // The system's resolver cannot be given a time-out, so it gets a thread that may be left behind.
    std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            let _ = sender.send(resolver.resolve(&name, port));
        })
        .map_err(failed)?;
    match receiver.recv_timeout(time) {
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

/// Talks with a proxy until it connects; a connection that it ends is replaced.
fn through_proxy(
    config: &ClientConfig,
    settings: &ProxySettings,
) -> Result<(DeadlineStream, Reached), ClientError> {
    let proxy_url = ServerUrl::new(&settings.host, settings.port).map_err(|_| {
        ClientError::Setup(format!("the proxy {}:{} is no host and port", settings.host, settings.port))
    })?;
    let (proxy, server) = (proxy_url.authority(), config.server.authority());
    let known = (&config.proxy_auth, &*config.proxy_memory);
    let mut negotiation = Negotiation::new(settings, proxy.clone(), &server, known);
    let mut connected = None;
    loop {
        let before = connected.take();
        let answered_before = before.is_some();
        let (mut stream, reached) = match before {
            Some(connected) => connected,
            None => tcp(config, &proxy_url)?,
        };
        let request = negotiation.request(config.random_octets()?).map_err(ClientError::Setup)?;
        stream.allow(config.timeouts.proxy);
        let sent = stream.write_all(&request).map_err(|error| io_error(error, &proxy, Phase::Proxy));
        let verdict = sent.and_then(|()| read_verdict(&mut negotiation, &mut stream, &proxy));
        let verdict = match verdict {
            Err(ClientError::Lost { .. }) if answered_before && !negotiation.has_begun() => {
                negotiation.closed()
            }
            verdict => verdict.inspect_err(|_| config.address_memory.failed(&reached))?,
        };
        match verdict {
            Verdict::Connected => return Ok((stream, reached)),
            Verdict::Again { same_connection } => connected = same_connection.then_some((stream, reached)),
            Verdict::Credentials(why) => return Err(ClientError::ProxyCredentials { proxy, why }),
            Verdict::Impostor(why) => return Err(ClientError::ProxyImpostor { proxy, why }),
            Verdict::Refused(status) => return Err(ClientError::ProxyRefused { proxy, server, status }),
        }
    }
}

fn read_verdict(
    negotiation: &mut Negotiation<'_>,
    stream: &mut DeadlineStream,
    proxy: &str,
) -> Result<Verdict, ClientError> {
    let http = |fault| ClientError::Http { peer: proxy.to_owned(), fault };
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).map_err(|error| io_error(error, proxy, Phase::Proxy))?;
        match read {
            0 if negotiation.has_begun() => return negotiation.end().map_err(http),
            0 => return Err(io_error(io::ErrorKind::UnexpectedEof.into(), proxy, Phase::Proxy)),
            read => {
                if let Some(verdict) = negotiation.feed(&piece[..read]).map_err(http)? {
                    return Ok(verdict);
                }
            }
        }
    }
}

/// Most addresses of one name that are tried.
pub(in crate::client) const MAX_ADDRESSES: usize = 8;
