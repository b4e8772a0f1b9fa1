#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use super::*;
use simple_dns::rdata::{A, PTR};
use simple_dns::{CLASS, ResourceRecord};

fn at(ms: u64) -> Instant {
    Instant::from_start(Duration::from_millis(ms))
}

fn printer(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn lookups() -> DeviceNames {
    let mut number = 0_u64;
    DeviceNames::new(Duration::from_secs(1), move || {
        number += 1;
        number << 48
    })
}

/// A zone where 192.0.2.1 has a name of its own and one that is another's, and 192.0.2.2 what is no name of a host.
fn answer(question: &[u8]) -> Vec<u8> {
    let asked = Packet::parse(question).unwrap();
    let mut reply = Packet::parse(question).unwrap().into_reply();
    let name = asked.questions[0].qname.clone();
    let pointer = |to: &'static str| RData::PTR(PTR(Name::new_unchecked(to)));
    let records = match name.to_string().as_str() {
        "1.2.0.192.in-addr.arpa" => {
            vec![pointer("stolen.example"), pointer("laser.example"), pointer("laser.example")]
        }
        "2.2.0.192.in-addr.arpa" => vec![pointer("a b.example")],
        "laser.example" => vec![RData::A(A { address: 0xC000_0201 })],
        "stolen.example" => vec![RData::A(A { address: 0xC000_0209 })],
        _ => {
            *reply.rcode_mut() = RCODE::NameError;
            Vec::new()
        }
    };
    for data in records {
        reply.answers.push(ResourceRecord::new(name.clone(), CLASS::IN, 60, data));
    }
    reply.questions = asked.questions;
    reply.build_bytes_vec().unwrap()
}

fn converse(lookups: &mut DeviceNames, now: Instant) -> usize {
    let mut sent = 0;
    while let Some(question) = lookups.poll_transmit(now) {
        sent += 1;
        // The question itself and noise are no answers.
        lookups.handle_datagram(&question);
        lookups.handle_datagram(b"noise");
        lookups.handle_datagram(&answer(&question));
    }
    sent
}

#[test]
fn a_name_is_told_when_it_leads_back_to_the_address() {
    let mut lookups = lookups();
    for last in 1..=3 {
        lookups.ask(printer(last), at(0));
        assert_eq!(lookups.found(printer(last)), None);
    }
    assert_eq!(converse(&mut lookups, at(0)), 3 + 2);
    assert_eq!(lookups.found(printer(1)), Some(Found::Names(vec!["laser.example".into()])));
    for nameless in [printer(2), printer(3)] {
        assert_eq!(lookups.found(nameless), Some(Found::Names(Vec::new())));
    }
    assert_eq!(lookups.found(printer(4)), None, "nobody asked");
}

#[test]
fn an_answer_to_another_question_is_none() {
    let mut lookups = lookups();
    lookups.ask(printer(1), at(0));
    let question = lookups.poll_transmit(at(0)).unwrap();
    let mut other = DeviceNames::new(Duration::from_secs(1), || 1 << 48);
    other.ask(printer(2), at(0));
    let same_number = other.poll_transmit(at(0)).unwrap();
    assert_eq!(question[..2], same_number[..2]);
    lookups.handle_datagram(&answer(&same_number));
    assert_eq!(lookups.found(printer(1)), None);
    lookups.handle_datagram(&answer(&question));
    converse(&mut lookups, at(0));
    assert_eq!(lookups.found(printer(1)), Some(Found::Names(vec!["laser.example".into()])));
}

#[test]
fn a_name_server_that_is_silent_is_given_up_within_two_tries_and_left_alone_for_a_while() {
    let mut lookups = lookups();
    for last in 0..100 {
        lookups.ask(printer(last), at(0));
    }
    let mut sent = 0;
    for second in 0..=2 {
        lookups.handle_deadline(at(second * 1_000));
        sent += std::iter::from_fn(|| lookups.poll_transmit(at(second * 1_000))).count();
    }
    lookups.handle_deadline(at(4_000));
    assert!(sent <= 3 * 32, "{sent}");
    assert!((0..100).all(|last| lookups.found(printer(last)) == Some(Found::NotAnswered)));

    lookups.ask(printer(1), at(5_000));
    assert_eq!(
        (lookups.poll_transmit(at(5_000)), lookups.found(printer(1))),
        (None, Some(Found::NotAnswered))
    );
    lookups.ask(printer(1), at(70_000));
    assert_eq!(converse(&mut lookups, at(70_000)), 3);
    assert_eq!(lookups.found(printer(1)), Some(Found::Names(vec!["laser.example".into()])));
}

#[test]
fn a_lost_question_is_asked_once_more_and_a_refusal_is_no_answer() {
    let mut lookups = lookups();
    lookups.ask(printer(1), at(0));
    assert!(lookups.poll_transmit(at(0)).is_some());
    lookups.handle_deadline(at(1_000));
    assert_eq!(converse(&mut lookups, at(1_000)), 3);
    assert_eq!(lookups.found(printer(1)), Some(Found::Names(vec!["laser.example".into()])));

    lookups.ask(printer(1), at(2_000));
    let question = lookups.poll_transmit(at(2_000)).unwrap();
    let mut refused = Packet::parse(&question).unwrap().into_reply();
    refused.questions = Packet::parse(&question).unwrap().questions;
    *refused.rcode_mut() = RCODE::Refused;
    lookups.handle_datagram(&refused.build_bytes_vec().unwrap());
    assert_eq!(lookups.found(printer(1)), Some(Found::NotAnswered));
}
