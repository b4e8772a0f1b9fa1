//! The time window of the authoritative engine.
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::pdu::PduKind;
use remote_services_snmp::usm::{EngineTime, SecurityLevel, UsmStat};
use remote_services_snmp::{Value, oid};

use crate::asked::{Asked, V3Question, at, keys, user};

/// R24.
#[test]
fn rfc3414_3_2_7_a_requests_are_taken_150_seconds_to_either_side_and_reported_beyond() {
    let keys = keys("operator");
    let name = oid!("1.3.6.1.2.1.1.5.0");
    let mut asked =
        Asked::new(3, SortedTable::from_iter([(name.clone(), Value::from("printer"))]), |config| {
            config.user(user("operator"), Access::Read, SecurityLevel::AuthNoPriv)
        });
    asked.now = at(1_000);
    let mut refused = 0;
    for (boots, time, timely) in [
        (3, 1_000, true),
        (3, 851, true),
        (3, 850, true),
        (3, 849, false),
        (3, 1_149, true),
        (3, 1_150, true),
        (3, 1_151, false),
        (2, 1_000, false),
        (4, 1_000, false),
        (0, 0, false),
    ] {
        let time = Some(EngineTime { boots, time });
        let question = V3Question { time, ..V3Question::get("operator", name.clone()) };
        let (level, pdu) = asked.ask_v3_with(&keys, &question).unwrap();
        if timely {
            assert_eq!(level, SecurityLevel::AuthPriv);
            assert!(matches!(pdu.kind, PduKind::Response { .. }), "{time:?}");
        } else {
            refused += 1;
            assert_eq!((level, pdu.kind), (SecurityLevel::AuthNoPriv, PduKind::Report), "{time:?}");
            assert_eq!(pdu.varbinds[0].name, UsmStat::NotInTimeWindows.oid());
            assert_eq!(pdu.varbinds[0].value, Value::Counter32(refused));
        }
    }
}
