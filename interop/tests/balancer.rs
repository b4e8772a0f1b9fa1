//! haproxy in TCP mode in front of our server, as a balancer: to the server all clients come from one address.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]
#[path = "front/mod.rs"]
mod front;

use std::fs;
use std::io::Read as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use front::go_by;
use remote_services_interop::ours::agent_says;
use remote_services_interop::server::OurServer;
use remote_services_interop::terminators::Terminator;
use remote_services_interop::{Tool, require};

/// How a round of an agent ends while so many others hold a connection without having shown who they are.
fn round_beside(max_per_address: u32, others: usize) -> Option<i32> {
    let server = OurServer::with(|config| config.max_per_address = max_per_address);
    let data = server.folder().join("agent");
    let key = server.folder().join("key");
    fs::write(&key, server.registration_key(Duration::from_secs(3600))).unwrap();
    let (place, key) = (data.to_str().unwrap(), key.to_str().unwrap());
    assert_eq!(agent_says(&["register", "--data", place, "--key-file", key]).code, Some(0));
    let balancer = Terminator::haproxy_that_passes_on(server.running().device_address());
    go_by(&data, &format!("https://{}", balancer.address));

    let least = others.min(if max_per_address == 0 { 256 } else { max_per_address as usize });
    let deadline = Instant::now() + Duration::from_secs(180);
    loop {
        let mut held: Vec<TcpStream> =
            (0..others).map(|_| TcpStream::connect(balancer.address).unwrap()).collect();
        for stream in &held {
            stream.set_nonblocking(true).unwrap();
        }
        // Beyond the bound they are closed, and the rest have been heard of by then.
        let open = |held: &mut Vec<TcpStream>| {
            held.retain_mut(|stream| {
                stream.read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
            });
            held.len()
        };
        let patience = Instant::now() + Duration::from_secs(5);
        while open(&mut held) > least && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(10));
        }
        let said = agent_says(&["run", "--once", "--no-collect", "--data", place]);
        // Who says nothing for long enough is closed, and then proves nothing.
        if open(&mut held) >= least {
            return said.code;
        }
        assert!(Instant::now() < deadline, "they never stay for long enough: {}", said.all());
    }
}

#[test]
fn behind_a_balancer_there_is_room_for_as_many_strangers_as_was_set() {
    if !require(&[Tool::Haproxy]) {
        return;
    }
    assert_eq!(round_beside(4, 6), Some(3), "the bound is the one that was set");
    assert_eq!(round_beside(0, 260), Some(3), "the bound is the default");
    assert_eq!(round_beside(0, 6), Some(0));
    assert_eq!(round_beside(1_000, 260), Some(0), "there is room for more than the default");
}
