//! §6: notification filtering; §3.3: the context that a notification comes from.
use remote_services_snmp::engine::Credentials;
use remote_services_snmp::engine::notify::{Notification, Sender, Target};
use remote_services_snmp::engine::responder::View;
use remote_services_snmp::{Oid, Value, oid};

use crate::notify::{at, carry, datagrams, device, engine_id, event, notifier, receiver, target, v3};

const PRINTER: Oid = oid!("1.3.6.1.2.1.43");
const ALERTS: Oid = oid!("1.3.6.1.2.1.43.18.1.1");

/// Whether a target with this filter is told by a trap and by an inform, which must be the same.
fn told(filter: View, notification: &Notification) -> bool {
    let mut notifier = notifier();
    let public = || Credentials::v2c("public");
    notifier.add_target(Target::trap(target(), public()).filter(filter.clone())).unwrap();
    notifier.add_target(Target::inform(target(), public()).filter(filter)).unwrap();
    notifier.notify(at(1), &mut device(9, 1, at(0)), notification).unwrap();
    let sent = datagrams(&mut notifier).len();
    assert!(sent == 0 || sent == 2, "{sent}");
    sent == 2
}

#[test]
fn rfc3413_6_the_name_of_the_notification_must_be_included() {
    assert!(told(View::everything(), &event()));
    assert!(told(View::nothing().include(PRINTER), &event()));
    assert!(told(View::nothing().include(event().trap_oid), &event()));
    assert!(!told(View::nothing(), &event()));
    assert!(!told(View::nothing().include(oid!("1.3.6.1.6.3")), &event()));
    assert!(!told(View::everything().exclude(event().trap_oid), &event()));
    // The longer subtree decides.
    assert!(told(
        View::nothing().exclude(oid!("1.3.6.1.2.1.43.18.2")).include(oid!("1.3.6.1.2.1.43.18.2.0")),
        &event()
    ));
}

#[test]
fn rfc3413_6_a_variable_that_is_excluded_by_name_keeps_all_of_it_back() {
    let name_only = View::nothing().include(oid!("1.3.6.1.2.1.43.18.2"));
    // The alert table is not mentioned, which is enough for a variable.
    assert!(told(name_only.clone(), &event()));
    assert!(!told(name_only.clone().exclude(ALERTS), &event()));
    // Only the rows of printer 2 are kept back: the mask leaves the column open.
    let printer = |printer| ALERTS.extend(&[0, printer]).unwrap();
    let mask = [0xff, 0xdf];
    assert!(told(name_only.clone().exclude_masked(printer(2), &mask), &event()));
    assert!(!told(name_only.exclude_masked(printer(1), &mask), &event()));
}

#[test]
fn a_target_may_be_told_in_the_name_of_an_engine_behind_this_one() {
    let behind = engine_id(77);
    let mut notifier = notifier();
    let mut receiver = receiver();
    notifier.add_target(Target::trap(target(), v3()).context_engine_id(behind)).unwrap();
    notifier.add_target(Target::inform(target(), v3()).context_engine_id(behind)).unwrap();
    let event =
        Notification::new(1, Notification::COLD_START).with(PRINTER.child(0).unwrap(), Value::Integer(1));
    notifier.notify(at(1), &mut device(9, 1, at(0)), &event).unwrap();
    let (handled, _) = carry(at(1), &mut notifier, &mut receiver);
    let senders: Vec<_> = handled.into_iter().filter_map(|handled| handled.received).collect();
    assert_eq!(senders.len(), 2);
    for received in senders {
        let Sender::User { context_engine_id, .. } = received.sender else { panic!("not by SNMPv3") };
        assert_eq!(context_engine_id, behind.as_slice());
    }
}
