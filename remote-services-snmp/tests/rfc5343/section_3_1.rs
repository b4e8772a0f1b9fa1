//! §3.1: localEngineID, which every engine takes for itself.
use remote_services_snmp::engine::LOCAL_ENGINE_ID;
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::pdu::PduKind;
use remote_services_snmp::usm::SecurityLevel;
use remote_services_snmp::{Value, VarBind, oid};

use super::asked::{Asked, V3Question, engine_id, user};

/// R38.
#[test]
fn rfc5343_3_1_a_responder_tells_its_engine_id_in_the_context_of_the_local_engine() {
    let mut asked = Asked::new(1, SortedTable::new(), |config| {
        config.user(user("operator"), Access::Read, SecurityLevel::AuthPriv)
    });
    let name = oid!("1.3.6.1.6.3.10.2.1.1.0");
    let context_engine_id = LOCAL_ENGINE_ID.to_vec();
    let question = V3Question { context_engine_id, ..V3Question::get("operator", name.clone()) };
    let (_, answer) = asked.ask_v3(&question).unwrap();
    assert!(matches!(answer.kind, PduKind::Response { .. }));
    assert_eq!(answer.varbinds, [VarBind::new(name, Value::OctetString(engine_id().as_slice().to_vec()))]);
}
