//! SNMPv3 messages past authentication, as the engine that answers and as the one that asked.

use std::time::Duration;

use remote_services_snmp::Value;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::message::V3MessageRef;
use remote_services_snmp::oid;
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind, VarBind};
use remote_services_snmp::usm::{
    AuthorityClock, EngineTime, Envelope, Opened, RemoteClock, SecurityLevel, TIME_WINDOW, UsmError,
    open_as_authority, open_as_manager, seal,
};

use crate::message;
use crate::no_security::{self, USER};

const BOOTS: u32 = 3;
const NOW: Duration = Duration::from_secs(500);

pub(crate) fn run(data: &[u8]) {
    let limits = Limits::default();
    let Ok(message) = V3MessageRef::decode(data, &limits) else { return };
    let engine_id = no_security::engine_id();
    let user = no_security::localized(engine_id);

    let clock = AuthorityClock::new(BOOTS, Duration::ZERO);
    let find = |name: &[u8]| (name == USER.as_bytes()).then_some(&user);
    if let Some(opened) = sound(open_as_authority(&message, &engine_id, find, &clock, NOW)) {
        assert_eq!(opened.parameters.engine_id, engine_id.as_slice());
        assert_eq!(opened.parameters.user_name, USER.as_bytes());
        if opened.level > SecurityLevel::NoAuthNoPriv {
            assert_eq!(opened.parameters.time.boots, BOOTS);
            assert!(opened.parameters.time.time.abs_diff(clock.at(NOW).time) <= TIME_WINDOW);
        }
        same_again(&opened, &message, &limits);
    }

    let known = EngineTime { boots: BOOTS, time: 500 };
    let mut clock = RemoteClock::restored(known, NOW);
    let before = clock.at(NOW);
    let opened = sound(open_as_manager(&message, Some(&user), &mut clock, NOW));
    let authentic = opened.as_ref().is_some_and(|opened| opened.level > SecurityLevel::NoAuthNoPriv);
    if let Some(opened) = &opened {
        same_again(opened, &message, &limits);
    }
    let after = clock.at(NOW);
    // What decrypts to nonsense was authentic all the same.
    let may_move = authentic || message.header.flags.auth;
    assert!(may_move || after == before, "a message without proof sets no clock");
    let told = |time: Option<EngineTime>| time.map(|EngineTime { boots, time }| (boots, time));
    assert!(told(after) >= told(before), "no message sets a clock back");
}

fn sound<'a>(outcome: Result<Opened<'a>, UsmError>) -> Option<Opened<'a>> {
    match outcome {
        Ok(opened) => Some(opened),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// The level is the one that the header claims, and what was opened is sealed and opened again as the same.
fn same_again(opened: &Opened<'_>, message: &V3MessageRef<'_>, limits: &Limits) {
    let flags = message.header.flags;
    let claimed = match (flags.auth, flags.privacy) {
        (_, true) => SecurityLevel::AuthPriv,
        (true, false) => SecurityLevel::AuthNoPriv,
        (false, false) => SecurityLevel::NoAuthNoPriv,
    };
    assert_eq!(opened.level, claimed);
    let Ok(scoped) = opened.scoped_pdu(limits).map(|scoped| scoped.to_owned()) else { return };
    let user = no_security::localized(no_security::engine_id());
    let mut envelope =
        Envelope::for_user(&user, opened.header.msg_id, 65_507, opened.parameters.time, [9; 8]);
    envelope.level = opened.level;
    let octets = seal(&envelope, &scoped).expect("the user has every key");
    let again = V3MessageRef::decode(&octets, limits).expect("we wrote it");
    let mut clock = RemoteClock::default();
    let opened =
        open_as_manager(&again, Some(&user), &mut clock, NOW).expect("it is in time for a new clock");
    assert_eq!(opened.scoped_pdu(limits).map(|scoped| scoped.to_owned()), Ok(scoped));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let name = oid!("1.3.6.1.2.1.1.3.0");
    let time = EngineTime { boots: BOOTS, time: 500 };
    let get = Pdu::request(PduKind::Get, 5, vec![VarBind::unspecified(name.clone())]);
    let answer = Pdu::response(5, ErrorStatus::NoError, 0, vec![VarBind::new(name, Value::TimeTicks(77))]);
    let mut seeds = message::sealed(&get, time);
    seeds.extend(message::sealed(&answer, EngineTime { boots: BOOTS, time: 520 }));
    seeds.extend(message::sealed(&answer, EngineTime { boots: BOOTS + 1, time: 2 }));
    seeds
}
