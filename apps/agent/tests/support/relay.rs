//! A proxy that does something in the middle of what is sent through it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

/// A proxy by CONNECT whose connections do `hook` once, when so many octets came from the client in all; its URL.
pub fn start(after: usize, hook: impl FnOnce() + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut hook, mut passed) = (Some(hook), 0);
        for client in listener.incoming().flatten() {
            // The agent has one connection at a time, and who is over is no failure of the test.
            let _ = relay(client, |octets| {
                passed += octets;
                if passed >= after
                    && let Some(hook) = hook.take()
                {
                    hook();
                }
            });
        }
    });
    url
}

fn relay(mut client: TcpStream, mut count: impl FnMut(usize)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        client.read_exact(&mut octet)?;
        head.push(octet[0]);
    }
    let line = String::from_utf8(head).unwrap();
    let mut server = TcpStream::connect(line.split(' ').nth(1).unwrap())?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (mut answers, mut asker) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut asker);
        asker.shutdown(std::net::Shutdown::Write)
    });
    let mut piece = [0; 16_384];
    loop {
        let length = client.read(&mut piece)?;
        if length == 0 {
            return server.shutdown(std::net::Shutdown::Write);
        }
        count(length);
        server.write_all(&piece[..length])?;
    }
}
