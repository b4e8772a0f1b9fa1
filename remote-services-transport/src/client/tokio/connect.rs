//! From a host name to a TLS connection: find the way, resolve, connect, CONNECT if there is a proxy, shake hands.

use super::connection::Connection;
use crate::client::addresses::Reached;
use crate::client::blocking::connect::{MAX_ADDRESSES, io_error};
use crate::client::blocking::network::own_network;
use crate::client::proxy::{Negotiation, Verdict};
use crate::client::{ClientConfig, ClientError, Phase, ProxySettings, Route, TlsFault};
use crate::registration_key::ServerUrl;
use rustls_pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Opens a connection to the server, by the best way that leads there.
pub(super) async fn open(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
) -> Result<Connection, ClientError> {
    let network = config.network.as_ref().map_or_else(own_network, |network| network());
    let asked = config.clone();
    let broken = |_| ClientError::Setup("the runtime is shutting down".to_owned());
    let mut search = spawn_blocking(move || asked.search(network)).await.map_err(broken)??;
    loop {
        match open_by(config, tls, search.way()).await {
            Ok((stream, reached)) => return Ok(Connection::new(stream, reached, search.found())),
            Err(error) => search.failed(error)?,
        }
    }
}

async fn open_by(
    config: &ClientConfig,
    tls: &Arc<rustls::ClientConfig>,
    route: &Route,
) -> Result<(TlsStream<TcpStream>, Reached), ClientError> {
    let server = &config.server;
    let ((stream, reached), proxy) = match route {
        Route::Direct => (tcp(config, server).await?, None),
        Route::Proxy(proxy) => (through_proxy(config, proxy).await?, Some(&**proxy)),
    };
    let peer = server.authority();
    let name = ServerName::try_from(server.host().to_owned()).map_err(|_| {
        ClientError::Setup(format!("{} is no name that a certificate can have", server.host()))
    })?;
    let shaken =
        timeout(config.timeouts.tls, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await;
    let error = match shaken {
        Ok(Ok(stream)) => return Ok((stream, reached)),
        Ok(Err(error)) => tls_error(error, &peer).through(proxy),
        Err(_) => ClientError::TimedOut { peer, phase: Phase::Tls },
    };
    config.address_memory.failed(&reached);
    Err(error)
}

/// An end without a word is a loss, though the TLS library may call it a fault.
fn tls_error(error: io::Error, peer: &str) -> ClientError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            ClientError::Lost { peer: peer.to_owned(), phase: Phase::Tls, source: error }
        }
        io::ErrorKind::Other if error.get_ref().is_none() => {
            ClientError::Tls { peer: peer.to_owned(), fault: TlsFault::Protocol(error.to_string()) }
        }
        _ => io_error(error, peer, Phase::Tls),
    }
}

/// Connects to one of the host's addresses, those last that failed after it.
async fn tcp(config: &ClientConfig, host: &ServerUrl) -> Result<(TcpStream, Reached), ClientError> {
    let peer = host.authority();
    let mut addresses = resolve(config, host).await?;
    config.address_memory.sort(host, &mut addresses);
    let until = Instant::now() + config.timeouts.connect;
    let mut last = None;
    for (at, address) in addresses.iter().enumerate() {
        // A dead first address must not eat the time of the others.
        let others = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let time = until.saturating_duration_since(Instant::now()) / others;
        match timeout(time, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                let _ = tcp.set_nodelay(true);
                return Ok((tcp, Reached { host: peer, address: *address }));
            }
            Ok(Err(error)) => last = Some(error),
            Err(_) => last = None,
        }
    }
    Err(match last {
        Some(source) if source.kind() == io::ErrorKind::ConnectionRefused => ClientError::Refused { peer },
        Some(source) if source.kind() != io::ErrorKind::TimedOut => ClientError::Connect { peer, source },
        _ => ClientError::TimedOut { peer, phase: Phase::Connect },
    })
}

async fn resolve(config: &ClientConfig, host: &ServerUrl) -> Result<Vec<SocketAddr>, ClientError> {
    if let Ok(address) = host.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, host.port())]);
    }
    let failed = |source| ClientError::Resolve { host: host.host().to_owned(), source };
    let (resolver, name, port) = (Arc::clone(&config.resolver), host.host().to_owned(), host.port());
    let resolving = spawn_blocking(move || resolver.resolve(&name, port));
    match timeout(config.timeouts.resolve, resolving).await {
        Ok(Ok(Ok(addresses))) if addresses.is_empty() => Err(failed(io::Error::other("it has no address"))),
        Ok(Ok(Ok(mut addresses))) => {
            addresses.truncate(MAX_ADDRESSES);
            Ok(addresses)
        }
        Ok(Ok(Err(error))) => Err(failed(error)),
        Ok(Err(_)) => Err(failed(io::Error::other("the resolver failed"))),
        Err(_) => Err(ClientError::TimedOut { peer: host.authority(), phase: Phase::Resolve }),
    }
}

/// Talks with a proxy until it connects; a connection that it ends is replaced.
async fn through_proxy(
    config: &ClientConfig,
    settings: &ProxySettings,
) -> Result<(TcpStream, Reached), ClientError> {
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
            None => tcp(config, &proxy_url).await?,
        };
        let request = negotiation.request(config.random_octets()?).map_err(ClientError::Setup)?;
        let deadline = Instant::now() + config.timeouts.proxy;
        let talk = async {
            let failed = |error| io_error(error, &proxy, Phase::Proxy);
            stream.write_all(&request).await.map_err(failed)?;
            read_verdict(&mut negotiation, &mut stream, &proxy).await
        };
        let late = |_| ClientError::TimedOut { peer: proxy.clone(), phase: Phase::Proxy };
        let verdict = timeout_at(deadline, talk).await.map_err(late).flatten();
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

async fn read_verdict(
    negotiation: &mut Negotiation<'_>,
    stream: &mut TcpStream,
    proxy: &str,
) -> Result<Verdict, ClientError> {
    let http = |fault| ClientError::Http { peer: proxy.to_owned(), fault };
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.map_err(|error| io_error(error, proxy, Phase::Proxy))?;
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
