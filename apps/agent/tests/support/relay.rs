//! A proxy that does something in the middle of what is sent through it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy by CONNECT that does `hook` once, when so many octets went through it in all, both ways; its URL.
pub fn start(after: usize, hook: impl FnOnce() + Send + 'static) -> String {
    let through = Mutex::new((0, Some(hook)));
    let count = Arc::new(move |octets| {
        let (passed, hook) = &mut *through.lock().unwrap();
        *passed += octets;
        if *passed >= after
            && let Some(hook) = hook.take()
        {
            hook();
        }
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let count = Arc::clone(&count);
            // A connection that ends is no failure of the test.
            thread::spawn(move || relay(client, &count));
        }
    });
    url
}

fn relay(mut client: TcpStream, count: &Arc<impl Fn(usize) + Send + Sync + 'static>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        client.read_exact(&mut octet)?;
        head.push(octet[0]);
    }
    let line = String::from_utf8(head).unwrap();
    let server = TcpStream::connect(line.split(' ').nth(1).unwrap())?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
    let (answers, asker, again) = (server.try_clone()?, client.try_clone()?, Arc::clone(count));
    thread::spawn(move || pass(answers, asker, &*again));
    pass(client, server, &**count)
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: &impl Fn(usize)) -> std::io::Result<()> {
    let mut piece = [0; 16_384];
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return to.shutdown(Shutdown::Write);
        }
        count(length);
        to.write_all(&piece[..length])?;
    }
}
