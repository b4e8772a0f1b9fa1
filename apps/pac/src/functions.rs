//! The functions that scripts may call (those of Netscape's "Navigator Proxy Auto-Config File Format", as all know them).

use rquickjs::{Ctx, Function};
use std::net::{IpAddr, ToSocketAddrs as _, UdpSocket};

/// Defines them all.
pub(crate) fn define(ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    let globals = ctx.globals();
    globals.set("dnsResolve", Function::new(ctx.clone(), resolve)?)?;
    globals.set("myIpAddress", Function::new(ctx.clone(), own_address)?)?;
    ctx.eval::<(), _>(include_str!("functions.js"))
}

/// The first IPv4 address of a host.
#[allow(clippy::needless_pass_by_value, reason = "the engine hands values over")]
fn resolve(host: String) -> Option<String> {
    let addresses = (host.as_str(), 0).to_socket_addrs().ok()?;
    addresses.map(|address| address.ip()).find(IpAddr::is_ipv4).map(|address| address.to_string())
}

/// The address that this host has on its way to the internet; nothing is sent to find it.
fn own_address() -> String {
    let ours = UdpSocket::bind(("0.0.0.0", 0)).and_then(|socket| {
        socket.connect(("192.0.2.1", 9))?;
        socket.local_addr()
    });
    ours.map_or_else(|_| "127.0.0.1".to_owned(), |address| address.ip().to_string())
}
