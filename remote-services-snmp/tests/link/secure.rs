//! An SNMPv3 engine around an [`Agent`], with a clock of its own and a choice of misbehaviours.

use std::time::Duration;

use remote_services_snmp::Value;
use remote_services_snmp::VarBind;
use remote_services_snmp::ber::Limits;
use remote_services_snmp::crypto::{AuthProtocol, PrivProtocol, rustcrypto};
use remote_services_snmp::engine::{Credentials, Instant};
use remote_services_snmp::message::{ScopedPdu, V3MessageRef};
use remote_services_snmp::pdu::{ErrorStatus, Pdu, PduKind};
use remote_services_snmp::usm::{
    AuthorityClock, EngineId, EngineTime, Envelope, KeyCache, LocalizedUser, SaltCounter, SecurityLevel,
    User, UsmError, UsmStat, open_as_authority, seal,
};

use super::agent::Agent;

pub const USER: &str = "operator";
pub const AUTH: &str = "authentication";
pub const PRIVACY: &str = "privacypassword";

pub type Bend = Box<dyn FnMut(&mut Envelope<'_>, &mut ScopedPdu)>;

pub struct SecureAgent {
    pub agent: Agent,
    pub clock: AuthorityClock,
    pub context: Vec<u8>,
    /// notInTimeWindows is reported without authentication, as some devices do.
    pub reports_in_clear: bool,
    /// Bends what is sent back before it is signed.
    pub bend: Bend,
    boots: u32,
    user: User,
    localized: LocalizedUser,
    salts: SaltCounter,
}

/// The credentials of a user with these passwords, where there are any.
pub fn credentials(user: &str, auth: Option<&str>, privacy: Option<&str>) -> Credentials {
    Credentials::V3 {
        user: user.into(),
        auth: auth.map(|password| (AuthProtocol::HmacSha256, password.into())),
        privacy: privacy.map(|password| (PrivProtocol::Aes128, password.into())),
        context_name: String::new(),
    }
}

pub fn engine_id(last: u8) -> EngineId {
    EngineId::with_format(8072, 5, &[1, 2, 3, last]).unwrap()
}

impl SecureAgent {
    pub fn new(agent: Agent, auth: Option<&str>, privacy: Option<&str>) -> Self {
        let auth = auth.map(|password| (AuthProtocol::HmacSha256, password.as_bytes()));
        let privacy = privacy.map(|password| (PrivProtocol::Aes128, password.as_bytes()));
        let user = User::new(&rustcrypto(), &mut KeyCache::new(), USER.as_bytes(), auth, privacy).unwrap();
        Self {
            agent,
            clock: AuthorityClock::new(7, Duration::ZERO),
            context: Vec::new(),
            reports_in_clear: false,
            bend: Box::new(|_, _| ()),
            boots: 7,
            localized: user.localize(&rustcrypto(), engine_id(1)).unwrap(),
            user,
            salts: SaltCounter::new(99),
        }
    }

    pub fn reboot(&mut self, now: Instant) {
        self.boots += 1;
        self.clock = AuthorityClock::new(self.boots, now.since_start());
    }

    pub fn replace_engine(&mut self, id: EngineId) {
        self.localized = self.user.localize(&rustcrypto(), id).unwrap();
    }

    pub fn answer(&mut self, now: Instant, bytes: &[u8]) -> Vec<Vec<u8>> {
        let message = V3MessageRef::decode(bytes, &Limits::default()).expect("the manager sends SNMPv3");
        let user = &self.localized;
        let find = |name: &[u8]| (name == user.name()).then_some(user);
        let time = self.clock.at(now.since_start());
        let msg_id = message.header.msg_id;
        let (mut scoped, mut envelope) =
            match open_as_authority(&message, &user.engine_id(), find, &self.clock, now.since_start()) {
                Ok(opened) => {
                    let asked = opened
                        .scoped_pdu(&Limits::default())
                        .expect("the manager's keys are right")
                        .to_owned();
                    if asked.context_name == self.context {
                        let Some(pdu) = self.agent.respond(&asked.pdu, false) else { return Vec::new() };
                        let mut envelope =
                            Envelope::for_user(user, msg_id, 65_507, time, self.salts.next_salt());
                        envelope.level = opened.level;
                        (ScopedPdu { pdu, ..asked }, envelope)
                    } else {
                        let name = remote_services_snmp::oid!("1.3.6.1.6.3.12.1.5.0");
                        (report(user, name), in_clear(user, msg_id, time))
                    }
                }
                Err(UsmError::NotInTimeWindow) if !self.reports_in_clear => {
                    let mut envelope = Envelope::for_user(user, msg_id, 65_507, time, [0; 8]);
                    envelope.level = SecurityLevel::AuthNoPriv;
                    (report(user, UsmStat::NotInTimeWindows.oid()), envelope)
                }
                Err(error) => {
                    let name = error.stat().expect("the manager sends sound parameters").oid();
                    (report(user, name), in_clear(user, msg_id, time))
                }
            };
        envelope.reportable = false;
        (self.bend)(&mut envelope, &mut scoped);
        vec![seal(&envelope, &scoped).unwrap()]
    }
}

impl SecureAgent {
    /// An answer to whatever is asked, signed by this agent's key, whosever key the question has.
    pub fn forge(&mut self, now: Instant, bytes: &[u8]) -> Vec<Vec<u8>> {
        let message = V3MessageRef::decode(bytes, &Limits::default()).expect("the manager sends SNMPv3");
        let varbinds =
            self.agent.objects.iter().map(|(name, value)| VarBind::new(name.clone(), value.clone()));
        let scoped = ScopedPdu {
            context_engine_id: self.localized.engine_id().as_slice().to_vec(),
            context_name: Vec::new(),
            pdu: Pdu::response(1, ErrorStatus::NoError, 0, varbinds.collect()),
        };
        let time = self.clock.at(now.since_start());
        let salt = self.salts.next_salt();
        let mut envelope = Envelope::for_user(&self.localized, message.header.msg_id, 65_507, time, salt);
        envelope.reportable = false;
        vec![seal(&envelope, &scoped).unwrap()]
    }
}

fn in_clear(user: &LocalizedUser, msg_id: i32, time: EngineTime) -> Envelope<'_> {
    let mut envelope = Envelope::for_user(user, msg_id, 65_507, time, [0; 8]);
    envelope.level = SecurityLevel::NoAuthNoPriv;
    envelope
}

fn report(user: &LocalizedUser, name: remote_services_snmp::Oid) -> ScopedPdu {
    ScopedPdu {
        context_engine_id: user.engine_id().as_slice().to_vec(),
        context_name: Vec::new(),
        pdu: Pdu::request(PduKind::Report, 0, vec![VarBind::new(name, Value::Counter32(1))]),
    }
}
