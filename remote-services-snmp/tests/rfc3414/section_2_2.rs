//! snmpEngineBoots and snmpEngineTime of the engine that answers.
use remote_services_snmp::engine::responder::{Access, ResponderEvent, SortedTable};
use remote_services_snmp::message::{ScopedPdu, Version};
use remote_services_snmp::pdu::{Pdu, PduKind};
use remote_services_snmp::usm::{EngineTime, Envelope, SecurityLevel, UsmStat, seal};
use remote_services_snmp::{Oid, Value, VarBind, oid};

use crate::asked::{Asked, V3Question, answer, at, engine_id, keys, user};

const NAME: Oid = oid!("1.3.6.1.2.1.1.5.0");
/// The first second of engine time that does not exist.
const WRAP: u64 = 1 << 31;
const LATCHED: u32 = 0x7fff_ffff;

fn asked(boots: u32) -> Asked<SortedTable> {
    Asked::new(boots, SortedTable::from_iter([(NAME, Value::from("printer"))]), |config| {
        let operator = user("operator");
        config.community("public", Access::Read).user(operator, Access::Read, SecurityLevel::AuthNoPriv)
    })
}

/// R28.
#[test]
fn rfc3414_2_2_1_when_the_time_is_over_boots_rise_and_are_to_be_stored() {
    let mut asked = asked(7);
    asked.now = at(WRAP - 1);
    assert_eq!(asked.time(), EngineTime { boots: 7, time: LATCHED });
    assert!(asked.ask_v3(&V3Question::get("operator", NAME)).is_some());
    assert_eq!(asked.responder.poll_event(), None);

    asked.now = at(WRAP);
    assert_eq!(asked.time(), EngineTime { boots: 8, time: 0 });
    let (_, pdu) = asked.ask_v3(&V3Question::get("operator", NAME)).unwrap();
    assert_eq!(answer(pdu).2[0].value, Value::from("printer"));
    assert_eq!(asked.responder.poll_event(), Some(ResponderEvent::EngineBoots(8)));
    assert_eq!(asked.responder.poll_event(), None);
    let names = [oid!("1.3.6.1.6.3.10.2.1.2.0"), oid!("1.3.6.1.6.3.10.2.1.3.0")];
    let (_, _, list) = asked.read(Version::V2c, "public", PduKind::Get, &names);
    assert_eq!([&list[0].value, &list[1].value], [&Value::Integer(8), &Value::Integer(0)]);
}

/// R27.
#[test]
fn rfc3414_2_2_1_boots_stick_at_the_end_and_nothing_is_timely_then() {
    let keys = keys("operator");
    for (boots, now) in
        [(LATCHED, at(5)), (u32::MAX, at(5)), (LATCHED - 1, at(WRAP)), (LATCHED, at(3 * WRAP))]
    {
        let mut asked = asked(boots);
        asked.now = now;
        assert_eq!(asked.time().boots, LATCHED);
        let envelope = Envelope::for_user(&keys, 1, 65_507, asked.time(), [7; 8]);
        let pdu = Pdu::request(PduKind::Get, 17, vec![VarBind::unspecified(NAME)]);
        let context_engine_id = engine_id().as_slice().to_vec();
        let scoped = ScopedPdu { context_engine_id, context_name: Vec::new(), pdu };
        assert!(asked.send(&seal(&envelope, &scoped).unwrap()).is_some(), "a Report");
        assert_eq!(asked.responder.stats().usm.get(UsmStat::NotInTimeWindows), 1);
    }
}
