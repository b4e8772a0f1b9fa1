//! Payloads that bring the server down, or are too large for somebody in front of it.

use super::tests::{Client, DAY, LOST, id, judged, lost, spool};
use super::*;
use crate::client::Phase;
use crate::spool::memory::Memory;
use crate::spool::{Class, SealedPayload};

#[test]
fn a_server_that_is_down_makes_no_payload_stuck_and_all_go_in_their_order_when_it_is_back() {
    // It is away, or somebody in front answers for it; what had the request when it went down was lost once.
    for (first, then) in [(LOST, LOST), (502, 502), (LOST, 504), (500, 500), (520, 520)] {
        let disk = Memory::default();
        let spool = spool(&disk, 5);
        let mut client = Client { directory: then, ..Client::new(&spool) };
        client.work_for(DAY, &|upload| judged(upload, first, &[]));
        assert_eq!(client.sent[0].1, 1);
        // One more is sent every third time, in case that only the directory is not to be had.
        assert!(client.sent[1..].iter().all(|(_, it)| *it == 2), "{first}: {:?}", client.sent);
        assert!(client.asked_in_vain > 20, "{first}");
        assert!(client.sent.len() <= 2 + client.asked_in_vain / 2, "{first}: {}", client.sent.len());
        let counts = |spool: &Mutex<Spool>| {
            let spool = spool.lock().unwrap();
            (1..=5).map(|it| spool.failures(id(it)).map_or(0, Failures::count)).collect::<Vec<_>>()
        };
        assert_eq!(counts(&spool), [1, 0, 0, 0, 0], "{first}: no payload is blamed");
        assert!(matches!(client.ends.last(), Some(DrainEnd::GaveUp(_))), "{first}: {:?}", client.ends.last());
        // Nor after a restart in between.
        drop(client);
        drop(spool);
        let spool = Mutex::new(disk.spool());
        let mut client = Client { directory: then, ..Client::new(&spool) };
        client.work_for(DAY, &|upload| judged(upload, first, &[]));
        assert!(client.sent.iter().all(|(_, it)| *it == 2), "{first}: {:?}", client.sent);
        assert_eq!(counts(&spool), [1, 0, 0, 0, 0], "{first}");
        client.sent.clear();
        client.directory = 200;
        assert_eq!(client.drain(&|upload| judged(upload, 201, &[])).end, DrainEnd::Empty);
        let mut sent: Vec<u128> = client.sent.iter().map(|(_, it)| *it).collect();
        if sent[0] == 2 {
            sent.swap(0, 1);
        }
        assert_eq!(sent, [1, 2, 3, 4, 5], "{first}");
    }
}

#[test]
fn a_server_that_gives_no_directory_and_takes_payloads_gets_all_of_them_after_one_was_lost_once() {
    for (directory, payloads) in [(500, 1), (429, 1), (202, 4), (502, 5), (LOST, 5)] {
        let disk = Memory::default();
        let spool = spool(&disk, payloads);
        let mut client = Client { directory, ..Client::new(&spool) };
        let tries = std::cell::Cell::new(0);
        client.work_for(DAY / 24, &|upload| {
            tries.set(tries.get() + 1);
            judged(upload, if tries.get() == 1 { LOST } else { 201 }, &[])
        });
        assert_eq!(spool.lock().unwrap().pending().len(), 0, "{directory}: {:?}", client.ends);
        assert_eq!(client.sent.len(), 1 + usize::try_from(payloads).unwrap(), "{directory}");
    }
}

#[test]
fn a_payload_that_brings_down_a_server_without_a_directory_holds_up_no_other() {
    let disk = Memory::default();
    let spool = spool(&disk, 5);
    let mut client = Client { directory: 500, ..Client::new(&spool) };
    client.work_for(DAY, &|upload| judged(upload, if upload == id(1) { LOST } else { 201 }, &[]));
    assert_eq!(spool.lock().unwrap().pending().map(|entry| entry.id).collect::<Vec<_>>(), [id(1)]);
}

#[test]
fn a_server_that_one_payload_brings_down_for_a_while_gets_the_others_after_the_third_time() {
    use std::cell::Cell;
    let disk = Memory::default();
    let spool = spool(&disk, 5);
    let mut client = Client::new(&spool);
    let (downs, is_down) = (Cell::new(0), Cell::new(false));
    let stored = std::cell::RefCell::new(Vec::new());
    for _ in 0..200 {
        let before = downs.get();
        client.drain(&|upload| match upload == id(1) {
            _ if is_down.get() => no_answer(&ClientError::Refused { peer: "server:443".to_owned() }),
            true => {
                downs.set(downs.get() + 1);
                is_down.set(true);
                judged(upload, LOST, &[])
            }
            false => {
                stored.borrow_mut().push((upload.as_u128(), downs.get()));
                judged(upload, 201, &[])
            }
        });
        // It is down for the rest of this time, and back for the next but one.
        is_down.set(downs.get() > before);
        client.directory = if is_down.get() { LOST } else { 304 };
        client.pass(Duration::from_secs(60));
    }
    assert_eq!(spool.lock().unwrap().pending().map(|entry| entry.id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(*stored.borrow(), [(2, 3), (3, 3), (4, 3), (5, 3)], "in their order, after the third time");
    assert!(matches!(client.ends.last(), Some(DrainEnd::Stuck(_) | DrainEnd::GaveUp(_))));
}

#[test]
fn what_never_reached_the_server_is_not_counted() {
    for (error, is_counted) in [
        (lost(Phase::Send), true),
        (lost(Phase::FirstByte), true),
        (lost(Phase::Body), true),
        (ClientError::TimedOut { peer: String::new(), phase: Phase::FirstByte }, true),
        (ClientError::Digest { peer: String::new() }, true),
        (lost(Phase::Tls), false),
        (lost(Phase::Proxy), false),
        (ClientError::TimedOut { peer: String::new(), phase: Phase::Connect }, false),
        (ClientError::Refused { peer: String::new() }, false),
    ] {
        let disk = Memory::default();
        let spool = spool(&disk, 1);
        let mut drain = Drain::new(&spool, Backoff::PROTOCOL, 3);
        let entry = *spool.lock().unwrap().pending().next().unwrap();
        let moment = (Timestamp::from_unix_seconds(0), 0);
        drain.took(entry, no_answer(&error), moment, &mut |_| {}).unwrap();
        assert_eq!(spool.lock().unwrap().failures(id(1)).is_some(), is_counted, "{error}");
    }
}

/// A spool of payloads of these sizes, in their order.
fn of_sizes(disk: &Memory, sizes: &[usize]) -> Mutex<Spool> {
    let mut spool = disk.spool();
    for (number, size) in (1..).zip(sizes) {
        let octets = crate::spool::tests::sealed(&vec![0; *size]);
        spool.append(Class::Report, id(number), SealedPayload::new(&octets).unwrap()).unwrap();
    }
    Mutex::new(spool)
}

#[test]
fn what_is_too_large_for_somebody_in_front_is_stuck_at_once_and_smaller_ones_go_first() {
    let disk = Memory::default();
    let sizes = [&[2_000; 20][..], &[100, 900, 3_000, 200]].concat();
    let spool = of_sizes(&disk, &sizes);
    let limit = std::cell::Cell::new(1_000);
    let server = |upload: Uuid| {
        let size = sizes[usize::try_from(upload.as_u128() - 1).unwrap()];
        judged(upload, if size > limit.get() { 413 } else { 201 }, &[])
    };
    let mut client = Client::new(&spool);
    let report = client.drain(&server);
    let sent: Vec<u128> = client.sent.iter().map(|(_, it)| *it).collect();
    assert_eq!((&sent[..5], report.stored, report.set_aside), (&[1, 21, 22, 24, 2][..], 3, 0));
    let DrainEnd::Stuck(why) = report.end else { panic!("{:?}", report.end) };
    assert!(why.contains("it has 2019 octets: the server answered with status 413"), "{why}");
    assert!(why.contains("probably larger than a limit"), "{why}");
    // Few tries in a day, and all get through once the limit is another.
    client.work_for(DAY, &server);
    assert!(client.sent.len() < 21 * 60, "{}", client.sent.len());
    assert!(client.ends.iter().all(|end| matches!(end, DrainEnd::Stuck(_) | DrainEnd::GaveUp(_))));
    limit.set(10_000);
    client.work_for(DAY / 12, &server);
    assert_eq!(spool.lock().unwrap().pending().len(), 0);
}

#[test]
fn after_one_that_is_too_large_a_smaller_one_is_tried_however_late_in_the_back_off() {
    for failures in 0..=2 {
        let disk = Memory::default();
        let spool = of_sizes(&disk, &[2_000, 3_000, 100]);
        let tries = std::cell::Cell::new(0);
        let server = |upload: Uuid| {
            tries.set(tries.get() + 1);
            let first = if tries.get() <= failures { 500 } else { 413 };
            judged(upload, if upload == id(3) { 201 } else { first }, &[])
        };
        let mut client = Client::new(&spool);
        // By then there were as many failures in a row as it is patient with.
        let report = client.drain(&server);
        assert_eq!(report.stored, 1, "{failures}: {:?}", client.sent);
        let (first, smaller) = (client.sent[failures], client.sent[failures + 1]);
        assert_eq!((first.1, smaller.1), (1, 3), "{failures}: {:?}", client.sent);
        assert_eq!(smaller.0 - first.0, 5 << failures, "not before the back-off is over");
    }
}

#[test]
fn one_that_is_too_large_keeps_nothing_else_from_being_done() {
    let disk = Memory::default();
    let spool = spool(&disk, 1);
    let mut client = Client::new(&spool);
    for _ in 0..50 {
        let report = client.drain(&|upload| judged(upload, 413, &[]));
        assert!(matches!(report.end, DrainEnd::Stuck(_)), "{:?}", report.end);
        client.pass(Duration::from_secs(60));
    }
    assert!((2..12).contains(&client.sent.len()), "{:?}", client.sent);
}
