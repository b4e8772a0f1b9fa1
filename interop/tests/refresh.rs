//! net-snmp's snmptrap, by every version, into our receiver, and from there to the devices that are to be read again.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use remote_services_collect::profile::Profiles;
use remote_services_collect::refresh::{Groups, Pace, Refresh, Refresher, Verdict};
use remote_services_interop::process::PATIENCE;
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD};
use remote_services_interop::snmptrapd::{ENGINE_ID, USER};
use remote_services_interop::{Tool, net_snmp, require};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::{blocking, os_random};
use remote_services_snmp::engine::Instant;
use remote_services_snmp::engine::notify::{Received, Receiver, ReceiverConfig};
use remote_services_snmp::usm::{EngineId, KeyCache, SecurityLevel, User};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn listener() -> blocking::NotificationListener {
    let auth = Some((AuthProtocol::HmacSha256, AUTH_PASSWORD.as_bytes()));
    let privacy = Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.as_bytes()));
    let user = User::new(&rustcrypto(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap();
    let config = ReceiverConfig::new(EngineId::with_format(32_473, 4, b"refresh").unwrap(), 1)
        .community("public")
        .user(user, SecurityLevel::AuthPriv);
    let receiver = Receiver::new(config, rustcrypto(), Instant::START, os_random()).unwrap();
    blocking::NotificationListener::bind(SocketAddr::from((HOME, 0)), receiver).unwrap()
}

/// What arrives when `snmptrap` is called with these words.
fn trap(listener: &mut blocking::NotificationListener, way: &[String], event: &[&str]) -> Received {
    let address = listener.local_addr().unwrap().to_string();
    std::thread::scope(|scope| {
        let sent =
            scope.spawn(|| net_snmp::ask(net_snmp::command("snmptrap").args(way).arg(&address).args(event)));
        let received = listener.next(PATIENCE).unwrap().expect("the trap arrives");
        let (content, said) = sent.join().unwrap();
        assert!(content, "{said}");
        received
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn traps_of_every_version_say_what_to_read_again() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let mut listener = listener();
    let v3 =
        net_snmp::V3 { user: USER, auth: ("SHA-256", AUTH_PASSWORD), privacy: ("AES", PRIVACY_PASSWORD) };
    let v3 = [words(&["-e", &format!("0x{ENGINE_ID}")]), v3.words()].concat();
    let (v1, v2c) = (words(&["-v1", "-c", "public"]), words(&["-v2c", "-c", "public"]));
    let supplies = Groups { supplies: true, ..Groups::STATUS };
    let identity = Groups { identity: true, ..Groups::NONE };
    // prtAlertGroup 11 is markerSupplies, 13 mediaPath.
    let toner = ["1.3.6.1.2.1.43.18.1.1.4.1.5", "i", "11"];
    let jam = ["1.3.6.1.2.1.43.18.1.1.4.1.6", "i", "13"];
    let alert = |values: [&'static str; 3]| [&["7", "1.3.6.1.2.1.43.18.2.0.1"][..], &values].concat();
    let cases: Vec<(&[String], Vec<&str>, Verdict)> = vec![
        // printerV1Alert, specific trap 1
        (
            &v1,
            [&["1.3.6.1.2.1.43.18.2", "127.0.0.1", "6", "1", "7"][..], &toner].concat(),
            Verdict::Due(supplies),
        ),
        (&v1, vec!["1.3.6.1.4.1.253", "127.0.0.1", "0", "0", "7"], Verdict::Due(Groups::ALL)),
        (&v1, vec!["1.3.6.1.4.1.253.8.51", "127.0.0.1", "6", "5", "7"], Verdict::Due(Groups::STATUS)),
        (&v1, vec!["1.3.6.1.4.1.253", "127.0.0.1", "4", "0", "7"], Verdict::Nothing),
        (&v2c, alert(toner), Verdict::Due(supplies)),
        (&v2c, alert(jam), Verdict::Due(Groups::STATUS)),
        (&v2c, vec!["7", "1.3.6.1.6.3.1.1.5.4"], Verdict::Due(identity)),
        (&v2c, vec!["7", "1.3.6.1.4.1.9.9.41.2.0.1"], Verdict::Nothing),
        (&v3, alert(jam), Verdict::Due(Groups::STATUS)),
        (&v3, vec!["7", "1.3.6.1.6.3.1.1.5.1"], Verdict::Due(Groups::ALL)),
    ];
    for (way, event, expected) in cases {
        let received = trap(&mut listener, way, &event);
        let mut refresher = Refresher::new(Pace::default(), Profiles::builtin());
        assert_eq!(refresher.handle(Instant::START, &received), Verdict::Stranger);
        refresher.know([HOME]);
        assert_eq!(refresher.handle(Instant::START, &received), expected, "{way:?} {event:?}");
        let later = Instant::from_start(Duration::from_secs(120));
        let due = match expected {
            Verdict::Due(groups) => Some(Refresh { address: HOME, groups }),
            _ => None,
        };
        assert_eq!(refresher.poll(later), due);
    }
}

#[test]
fn a_proxy_that_passes_on_a_version_1_trap_stands_for_the_device_in_it() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let mut listener = listener();
    let event = ["1.3.6.1.4.1.253", "192.0.2.7", "0", "0", "7"];
    let received = trap(&mut listener, &words(&["-v1", "-c", "public"]), &event);
    let mut refresher = Refresher::new(Pace::default(), Profiles::builtin());
    let device = IpAddr::from([192, 0, 2, 7]);
    refresher.know([device]);
    assert_eq!(refresher.handle(Instant::START, &received), Verdict::Due(Groups::ALL));
    assert!(refresher.has_notified(device));
}
