//! SET (RFC 3416 §4.2.5, RFC 3584 §4.4).
use remote_services_snmp::Value;
use remote_services_snmp::message::Version;
use remote_services_snmp::pdu::{PduKind, VarBind};

use super::peer::unspecified;
use super::{Behaviour, NOWHERE, Peer, SYS_DESCR, SYS_LOCATION};

pub(super) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        name: "SET changes what may be changed",
        observe: |peer| {
            let said = both(peer, "private", &[VarBind::new(SYS_LOCATION, Value::from("room 2"))]);
            format!("{said}; {}", location(peer))
        },
        expected: "noError 0: value; noError 0: value; room 2",
    },
    Behaviour {
        name: "SET by who may only read has no access",
        observe: |peer| {
            let said = both(peer, "public", &[VarBind::new(SYS_LOCATION, Value::from("elsewhere"))]);
            format!("{said}; {}", location(peer) == "elsewhere")
        },
        expected: "noSuchName 1: value; noAccess 1: value; false",
    },
    Behaviour {
        name: "SET of what cannot be written is notWritable",
        observe: |peer| both(peer, "private", &[VarBind::new(SYS_DESCR, Value::from("other"))]),
        expected: "noSuchName 1: value; notWritable 1: value",
    },
    Behaviour {
        name: "SET of another type is wrongType",
        observe: |peer| both(peer, "private", &[VarBind::new(SYS_LOCATION, Value::Integer(7))]),
        expected: "badValue 1: value; wrongType 1: value",
    },
    Behaviour {
        name: "SET of NULL is wrongType",
        observe: |peer| both(peer, "private", &[VarBind::new(SYS_LOCATION, Value::Null)]),
        expected: "badValue 1: NULL; wrongType 1: NULL",
    },
    Behaviour {
        name: "SET of an object that is not there is notWritable",
        observe: |peer| both(peer, "private", &[VarBind::new(NOWHERE, Value::Integer(7))]),
        expected: "noSuchName 1: value; notWritable 1: value",
    },
    Behaviour {
        name: "SET of several is done as a whole or not at all",
        observe: |peer| {
            let before = location(peer);
            let list = [
                VarBind::new(SYS_LOCATION, Value::from("gone")),
                VarBind::new(SYS_DESCR, Value::from("other")),
            ];
            let said = both(peer, "private", &list);
            format!("{said}; {}", location(peer) == before)
        },
        expected: "noSuchName 2: value, value; notWritable 2: value, value; true",
    },
];

/// What SNMPv1 and SNMPv2c have to say.
fn both(peer: &mut Peer, community: &str, list: &[VarBind]) -> String {
    let mut ask = |version| peer.ask(version, community, PduKind::Set, list.to_vec());
    [Version::V1, Version::V2c].map(&mut ask).join("; ")
}

fn location(peer: &mut Peer) -> String {
    let pdu = peer.pdu(Version::V2c, "public", PduKind::Get, unspecified(&[SYS_LOCATION]));
    let value = pdu.expect("an answer").varbinds.swap_remove(0).value;
    String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned()
}
