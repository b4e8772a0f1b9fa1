//! What tests of proxies share: a server behind them, a question to it by either driver, and what proxies do with CONNECT.

use super::support::{Authority, Server, answer, server_tls};
use remote_services_transport::client::{ClientConfig, ClientError, blocking, tokio as on_tokio};
use remote_services_transport::exchange::{Method, Request};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Driver {
    Blocking,
    Tokio,
}

pub(crate) const DRIVERS: [Driver; 2] = [Driver::Blocking, Driver::Tokio];

pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) server: Server,
}

impl World {
    /// The server greets, but for `/lost`: there it hangs up.
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        let tls = server_tls(&authority, true, authority.server("localhost", |_| {}));
        let server = Server::start(tls, |seen, tls| {
            if seen.line.contains("/lost") { Ok(false) } else { answer(tls, 200, "", b"hello") }
        });
        Self { authority, server }
    }

    /// One question, by a client of its own.
    pub(crate) fn ask(&self, driver: Driver, config: &ClientConfig, path: &str) -> Result<u16, ClientError> {
        let (config, identity) = (config.clone(), self.authority.client());
        let request = Request::new(Method::Get, path);
        let answer = match driver {
            Driver::Blocking => {
                let client = blocking::Client::new(config, &identity).unwrap();
                client.exchange(&request, Duration::ZERO)
            }
            Driver::Tokio => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let client = on_tokio::Client::new(config, &identity).unwrap();
                runtime.block_on(client.exchange(&request, Duration::ZERO))
            }
        };
        answer.map(|answer| answer.status)
    }
}

/// Reads CONNECT: the port that it names, and the credentials that the proxy is shown.
pub(crate) fn connect(client: &mut BufReader<TcpStream>) -> io::Result<(u16, Option<String>)> {
    let (mut first, mut line, mut shown) = (String::new(), String::new(), None);
    client.read_line(&mut first)?;
    while client.read_line(&mut line)? > 2 {
        if let Some(value) = line.strip_prefix("proxy-authorization: ") {
            shown = Some(value.trim_end().to_owned());
        }
        line.clear();
    }
    let port = first.split([':', ' ']).nth(2).and_then(|port| port.parse().ok());
    Ok((port.ok_or(io::ErrorKind::UnexpectedEof)?, shown))
}

/// Connects a client to a port, up to so many octets of the answers.
pub(crate) fn tunnel(mut client: BufReader<TcpStream>, port: u16, octets: u64) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    client.get_mut().write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut back, from) = (client.get_ref().try_clone()?, server.try_clone()?);
    let returning = std::thread::spawn(move || {
        let _ = io::copy(&mut from.take(octets), &mut back);
        back.shutdown(Shutdown::Both)
    });
    let _ = io::copy(&mut client, &mut server);
    server.shutdown(Shutdown::Write)?;
    let _ = returning.join();
    Ok(())
}
