//! The fastest peer, used as its documentation does.
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use snmp2::v3::{Auth, AuthProtocol, Cipher, Security};
use snmp2::{AsyncSession, Oid, SyncSession};

use crate::agent::{COLUMN, POLLED, REPETITIONS, ROWS};
use crate::fleet::Run;
use crate::walk::{MIB_2, measure};

const TIME_OUT: Option<Duration> = Some(Duration::from_secs(2));

pub(crate) fn walk_version2(agent: SocketAddr, times: usize, keep: bool) {
    let mut session = SyncSession::new_v2c(agent, b"public", TIME_OUT, 1).expect("a session");
    let column = COLUMN.to_string();
    measure(times, || {
        let read = walk(&mut session, &column, keep);
        assert_eq!(read, ROWS as usize);
        read
    });
}

pub(crate) fn walk_version3(agent: SocketAddr, times: usize) {
    let security = Security::new(b"sha1aes", b"authpass12")
        .with_auth_protocol(AuthProtocol::Sha1)
        .with_auth(Auth::AuthPriv { cipher: Cipher::Aes128, privacy_password: b"privpass12".to_vec() });
    let mut session = SyncSession::new_v3(agent, TIME_OUT, 1, security).expect("a session");
    session.init().expect("discovery");
    let below = MIB_2.to_string();
    measure(times, || walk(&mut session, &below, true));
}

/// A name and a value that outlive the datagram, as our client gives them.
type Kept = (Oid<'static>, Owned);

/// The values of an agent, without those that are borrowed.
#[allow(dead_code, reason = "kept, never read")]
enum Owned {
    Number(i64),
    Unsigned(u32),
    Unsigned64(u64),
    Octets(Vec<u8>),
    Name(Oid<'static>),
    Nothing,
}

fn owned(value: snmp2::Value<'_>) -> Owned {
    match value {
        snmp2::Value::Integer(number) => Owned::Number(number),
        snmp2::Value::Counter32(number)
        | snmp2::Value::Unsigned32(number)
        | snmp2::Value::Timeticks(number) => Owned::Unsigned(number),
        snmp2::Value::Counter64(number) => Owned::Unsigned64(number),
        snmp2::Value::OctetString(octets) | snmp2::Value::Opaque(octets) => Owned::Octets(octets.to_vec()),
        snmp2::Value::IpAddress(octets) => Owned::Unsigned(u32::from_be_bytes(octets)),
        snmp2::Value::ObjectIdentifier(name) => Owned::Name(name.to_owned()),
        _ => Owned::Nothing,
    }
}

fn walk(session: &mut SyncSession, below: &str, keep: bool) -> usize {
    let root = Oid::from_str(below).expect("an OID");
    let mut from = root.to_owned();
    let mut read = 0;
    let mut kept: Vec<Kept> = Vec::new();
    loop {
        let answer = match session.getbulk(&[&from], 0, u32::from(REPETITIONS)) {
            Ok(answer) => answer,
            // Its word for a clock that it has just learnt.
            Err(snmp2::Error::AuthUpdated) => continue,
            Err(error) => panic!("{error}"),
        };
        let mut last = None;
        for (name, value) in answer.varbinds {
            if !name.starts_with(&root) || matches!(value, snmp2::Value::EndOfMibView) {
                std::hint::black_box(&kept);
                return read;
            }
            read += 1;
            if keep {
                kept.push((name.to_owned(), owned(value)));
            } else {
                std::hint::black_box(&value);
            }
            last = Some(name);
        }
        from = last.expect("an answer has bindings").to_owned();
    }
}

pub(crate) async fn fleet(agent: SocketAddr, devices: usize, polls: usize) {
    let mut sessions = Vec::new();
    for number in 0..devices {
        let first = i32::try_from(number).expect("few") * 100_000 % 1_000_000_000;
        sessions.push(AsyncSession::new_v2c(agent, b"public", first).await.expect("a session"));
    }
    let run = Run::start();
    let tasks: Vec<_> = sessions
        .into_iter()
        .map(|mut session| {
            tokio::spawn(async move {
                let names: Vec<Oid<'_>> =
                    POLLED.iter().map(|name| Oid::from_str(name).expect("an OID")).collect();
                let names: Vec<&Oid<'_>> = names.iter().collect();
                let mut sent_again = 0;
                for _ in 0..polls {
                    loop {
                        let answer =
                            tokio::time::timeout(Duration::from_secs(1), session.get_many(&names)).await;
                        if let Ok(answer) = answer {
                            assert_eq!(answer.expect("an answer").varbinds.count(), names.len());
                            break;
                        }
                        sent_again += 1;
                    }
                }
                sent_again
            })
        })
        .collect();
    let mut sent_again = 0;
    for task in tasks {
        sent_again += task.await.expect("no panic");
    }
    run.end(devices * polls, sent_again);
}
