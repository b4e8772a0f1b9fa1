//! net-snmp's snmptrap, by every version, into our receiver, and from there to the devices that are to be read again.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use remote_services_agent::home::Home;
use remote_services_agent::listen::{Ear, Hearer};
use remote_services_agent::settings::{Settings, TrapSettings};
use remote_services_collect::profile::Profiles;
use remote_services_collect::refresh::{Groups, Pace, Refresh, Refresher, Verdict};
use remote_services_core::id::Uuid;
use remote_services_interop::process::PATIENCE;
use remote_services_interop::snmpd::{AUTH_PASSWORD, PRIVACY_PASSWORD};
use remote_services_interop::snmptrapd::{ENGINE_ID, USER};
use remote_services_interop::{Tool, net_snmp, require};
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::driver::{blocking, os_random};
use remote_services_snmp::engine::notify::{Received, Receiver, ReceiverConfig};
use remote_services_snmp::engine::{Credentials, Instant};
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

#[test]
fn the_agent_takes_traps_and_informs_of_the_users_that_its_devices_are_read_as() {
    if !require(&[Tool::Snmp]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    let credentials = Credentials::V3 {
        user: USER.to_owned(),
        auth: Some((AuthProtocol::HmacSha256, AUTH_PASSWORD.into())),
        privacy: Some((PrivProtocol::Aes128, PRIVACY_PASSWORD.into())),
        context_name: String::new(),
    };
    let client = Uuid::from_u128(7);
    let traps = TrapSettings { listen: Some(SocketAddr::from((HOME, 0))), communities: Vec::new() };
    let settings = Settings { traps, ..Settings::default() };
    let right =
        net_snmp::V3 { user: USER, auth: ("SHA-256", AUTH_PASSWORD), privacy: ("AES", PRIVACY_PASSWORD) };
    let wrong = net_snmp::V3 { auth: ("SHA-256", "wrongpass12"), ..right };
    let engine = words(&["-e", &format!("0x{ENGINE_ID}")]);
    let alert = ["7", "1.3.6.1.2.1.43.18.2.0.1"];
    // A second start goes on counting its boots, so that nothing of the first can be sent again.
    for boots in ["1\n", "2\n"] {
        let cases = [
            ("snmptrap", [engine.clone(), right.words()].concat(), true),
            ("snmpinform", right.words(), true),
            ("snmptrap", [engine.clone(), wrong.words()].concat(), false),
            ("snmpinform", wrong.words(), false),
            ("snmptrap", words(&["-v2c", "-c", "public"]), false),
        ];
        let hearer = || Hearer::new(&home, client, &[&credentials], rustcrypto());
        let mut ear = Ear::open(&settings, Profiles::builtin(), hearer).unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(home.state("trap-boots")).unwrap(), boots);
        for (program, way, is_heard) in cases {
            // Each case knows the device anew, so that its pace does not hold this one up.
            ear.know([]);
            ear.know([HOME]);
            let (content, said) = net_snmp::ask(
                net_snmp::command(program).args(&way).arg(ear.address().to_string()).args(alert),
            );
            assert!(content == is_heard || program == "snmptrap", "{program} {way:?}: {said}");
            let until = std::time::Instant::now() + if is_heard { PATIENCE } else { Duration::from_secs(4) };
            let mut due = Vec::new();
            while due.is_empty() && std::time::Instant::now() < until {
                std::thread::sleep(Duration::from_millis(50));
                due = ear.due();
            }
            assert_eq!(due == [HOME], is_heard, "{program} {way:?}: {said}");
        }
    }
}
