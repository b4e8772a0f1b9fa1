//! §4.1: a response has the request-id of its request.

use remote_services_snmp::crypto::CryptoProvider;
use remote_services_snmp::engine::{Credentials, ManagerConfig, Operation};
use remote_services_snmp::{Value, VarBind, oid};

use super::link::{AGENT, Link, bent};

/// R10.
#[test]
fn rfc3416_4_1_a_response_with_another_request_id_is_dropped_and_the_right_one_counts() {
    let name = oid!("1.3.6.1.2.1.1.5.0");
    for flipped in [1, 0x100, i32::MIN] {
        let mut link = Link::new(ManagerConfig::default(), CryptoProvider::none());
        let address = link.host(AGENT, move |_, bytes| {
            let forged = bent(bytes, |pdu| {
                pdu.request_id ^= flipped;
                pdu.varbinds[0].value = Value::from("forged");
            });
            vec![forged, bent(bytes, |_| ())]
        });
        let peer = link.peer(address, Credentials::v2c("public"));
        let read = link.read(peer, Operation::Get(vec![name.clone()]));
        assert_eq!(read, [VarBind::new(name.clone(), Value::Integer(1))]);
        assert_eq!(link.manager.stats().unmatched, 1);
    }
}
