//! Listeners and senders of notifications on real sockets.
#![cfg(all(feature = "blocking", feature = "tokio", feature = "rustcrypto"))]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "notify/mod.rs"]
mod notify;

use std::net::SocketAddr;
use std::time::Duration;

use notify::{at, device, event, notifier, receiver, v3};
use remote_services_snmp::driver::{Clock, blocking, tokio as tasks};
use remote_services_snmp::engine::Credentials;
use remote_services_snmp::engine::notify::{Notice, Target};

const PATIENCE: Duration = Duration::from_secs(60);

/// Informs of both versions to that address, all of which must be acknowledged.
fn inform(to: SocketAddr) {
    let mut notifier = notifier();
    for credentials in [Credentials::v2c("public"), v3()] {
        notifier.add_target(Target::inform(to, credentials).timeout(PATIENCE)).unwrap();
    }
    let mut sender = blocking::NotificationSender::bind_any(notifier, Clock::start()).unwrap();
    sender.notify(&mut device(9, 1, at(0)), &event()).unwrap();
    for _ in 0..2 {
        let notice = sender.next(PATIENCE).unwrap();
        assert!(matches!(notice, Some(Notice::Acknowledged { .. })), "{notice:?}");
    }
    assert!(sender.next(PATIENCE).unwrap().is_none(), "nothing is left to wait for");
}

/// R54: who sends an inform to one address does not take an acknowledgement from another.
#[cfg(all(target_os = "linux", not(portable_sockets)))]
#[test]
fn a_listener_at_all_addresses_acknowledges_from_the_one_that_was_told() {
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    let mut listener = blocking::NotificationListener::bind(any, receiver()).unwrap();
    let told = SocketAddr::from(([127, 0, 0, 2], listener.local_addr().unwrap().port()));
    std::thread::scope(|scope| {
        let sender = scope.spawn(move || inform(told));
        for _ in 0..2 {
            assert_eq!(listener.next(PATIENCE).unwrap().unwrap().notification, event());
        }
        sender.join().unwrap();
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut listener = tasks::NotificationListener::bind(any, receiver()).unwrap();
        let told = SocketAddr::from(([127, 0, 0, 2], listener.local_addr().unwrap().port()));
        let sender = tokio::task::spawn_blocking(move || inform(told));
        for _ in 0..2 {
            assert_eq!(listener.next().await.unwrap().notification, event());
        }
        sender.await.unwrap();
    });
}

#[test]
fn a_listener_gives_up_waiting_when_told_to() {
    let mut listener =
        blocking::NotificationListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), receiver()).unwrap();
    assert!(listener.next(Duration::from_millis(1)).unwrap().is_none());
}
