//! The functions that scripts may call (those of Netscape's "Navigator Proxy Auto-Config File Format", as all know them).

use rquickjs::{Ctx, Function};
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs as _, UdpSocket};

/// What scripts may ask about the world outside.
pub trait Names: Clone + 'static {
    /// The first IPv4 address of a host, in dotted decimal.
    fn resolve(&self, host: &str) -> Option<String>;
    /// The address that this host has on its way to the internet, in dotted decimal.
    fn own_address(&self) -> String;
}

/// The operating system's answers.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Names for System {
    fn resolve(&self, host: &str) -> Option<String> {
        let addresses = (host, 0).to_socket_addrs().ok()?;
        addresses.map(|address| address.ip()).find(IpAddr::is_ipv4).map(|address| address.to_string())
    }

    /// Nothing is sent to find it.
    fn own_address(&self) -> String {
        let ours = UdpSocket::bind(("0.0.0.0", 0)).and_then(|socket| {
            socket.connect(("192.0.2.1", 9))?;
            socket.local_addr()
        });
        ours.map_or_else(|_| "127.0.0.1".to_owned(), |address| address.ip().to_string())
    }
}

/// The operating system's, but for names: for sites where none may be asked for in clear.
#[derive(Clone, Copy, Debug)]
pub struct WithoutNames;

impl Names for WithoutNames {
    /// Of an address nobody is asked.
    fn resolve(&self, host: &str) -> Option<String> {
        host.parse::<Ipv4Addr>().ok().map(|address| address.to_string())
    }

    fn own_address(&self) -> String {
        System.own_address()
    }
}

/// Defines them all.
pub(crate) fn define(ctx: &Ctx<'_>, names: impl Names) -> rquickjs::Result<()> {
    let globals = ctx.globals();
    let others = names.clone();
    globals.set("dnsResolve", Function::new(ctx.clone(), move |host: String| names.resolve(&host))?)?;
    globals.set("myIpAddress", Function::new(ctx.clone(), move || others.own_address())?)?;
    ctx.eval::<(), _>(include_str!("functions.js"))
}
