//! GetRequest.
use remote_services_snmp::engine::responder::{Access, SortedTable};
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{ErrorStatus, PduKind};
use remote_services_snmp::{Value, VarBind, oid};

use crate::asked::Asked;

/// R39.
#[test]
fn rfc1157_4_1_2_one_bad_name_spoils_the_request_which_is_repeated() {
    let good = oid!("1.3.6.1.2.1.1.5.0");
    let table = SortedTable::from_iter([(good.clone(), Value::from("printer"))]);
    let mut asked =
        Asked::new(1, table, |config| config.community("public", Access::Read).serve_engine_objects(false));
    for (kind, bad) in [
        (PduKind::Get, oid!("1.3.6.1.2.1.1.5.1")),
        (PduKind::Get, oid!("1.3.9")),
        (PduKind::GetNext, good.clone()),
    ] {
        let before = if kind == PduKind::Get { good.clone() } else { oid!("1.3") };
        let names = [before.clone(), bad, before];
        let answer = asked.read(Version::V1, "public", kind, &names);
        assert_eq!(answer, (ErrorStatus::NoSuchName, 2, names.map(VarBind::unspecified).to_vec()));
    }
}
