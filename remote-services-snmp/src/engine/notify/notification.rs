//! A notification in the form of SNMPv2 (RFC 3416 §4.2.6).

use alloc::vec::Vec;
use core::fmt;

use crate::pdu::{VarBindRef, VarBinds};
use crate::smi::ValueRef;
use crate::{Oid, Value, VarBind, oid};

/// What happened, when, and the values that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// sysUpTime.0 of the sender when it happened, in hundredths of a second.
    pub uptime: u32,
    /// snmpTrapOID.0: what happened.
    pub trap_oid: Oid,
    /// The other variable bindings.
    pub varbinds: Vec<VarBind>,
}

/// Why a list of variable bindings is no notification (RFC 3416 §4.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotificationError {
    /// The first binding is not sysUpTime.0 with a TimeTicks value.
    NoUptime,
    /// The second binding is not snmpTrapOID.0 with an OBJECT IDENTIFIER value.
    NoTrapOid,
    /// noSuchObject, noSuchInstance or endOfMibView in place of a value: RFC 3416 §3 has them in responses to retrieval
    /// requests only.
    NotAValue,
}

impl Notification {
    /// coldStart (RFC 3418): the sender has started and its configuration may have changed.
    pub const COLD_START: Oid = oid!("1.3.6.1.6.3.1.1.5.1");
    /// warmStart: the sender has started with the same configuration.
    pub const WARM_START: Oid = oid!("1.3.6.1.6.3.1.1.5.2");
    /// linkDown.
    pub const LINK_DOWN: Oid = oid!("1.3.6.1.6.3.1.1.5.3");
    /// linkUp.
    pub const LINK_UP: Oid = oid!("1.3.6.1.6.3.1.1.5.4");
    /// authenticationFailure: somebody asked with a wrong community.
    pub const AUTHENTICATION_FAILURE: Oid = oid!("1.3.6.1.6.3.1.1.5.5");

    /// A notification without further values.
    #[must_use]
    pub fn new(uptime: u32, trap_oid: Oid) -> Self {
        Self { uptime, trap_oid, varbinds: Vec::new() }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: Oid, value: Value) -> Self {
        self.varbinds.push(VarBind::new(name, value));
        self
    }

    /// Reads the variable bindings of an SNMPv2-Trap or InformRequest.
    ///
    /// # Errors
    /// See [`NotificationError`].
    pub fn from_varbinds(varbinds: &VarBinds<'_>) -> Result<Self, NotificationError> {
        let mut bindings = varbinds.iter();
        let uptime = match bindings.next() {
            Some(first) if first.name == SYS_UP_TIME => match first.value {
                ValueRef::TimeTicks(ticks) => ticks,
                _ => return Err(NotificationError::NoUptime),
            },
            _ => return Err(NotificationError::NoUptime),
        };
        let trap_oid = match bindings.next() {
            Some(second) if second.name == SNMP_TRAP_OID => match second.value {
                ValueRef::ObjectIdentifier(oid) => oid.to_owned(),
                _ => return Err(NotificationError::NoTrapOid),
            },
            _ => return Err(NotificationError::NoTrapOid),
        };
        if bindings.clone().any(|binding| binding.value.is_exception()) {
            return Err(NotificationError::NotAValue);
        }
        Ok(Self { uptime, trap_oid, varbinds: bindings.map(VarBindRef::to_owned).collect() })
    }

    /// The variable bindings as they are sent: sysUpTime.0, snmpTrapOID.0, then the others.
    #[must_use]
    pub fn into_varbinds(self) -> Vec<VarBind> {
        let mut varbinds = Vec::with_capacity(2 + self.varbinds.len());
        varbinds.push(VarBind::new(SYS_UP_TIME, Value::TimeTicks(self.uptime)));
        varbinds.push(VarBind::new(SNMP_TRAP_OID, Value::ObjectIdentifier(self.trap_oid)));
        varbinds.extend(self.varbinds);
        varbinds
    }

    /// The first value under this name.
    #[must_use]
    pub fn value(&self, name: &Oid) -> Option<&Value> {
        self.varbinds.iter().find(|varbind| varbind.name == *name).map(|varbind| &varbind.value)
    }
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoUptime => "a notification begins with sysUpTime.0 as TimeTicks",
            Self::NotAValue => "a notification has a value in each binding",
            Self::NoTrapOid => "the second value of a notification is snmpTrapOID.0, an object identifier",
        })
    }
}

impl core::error::Error for NotificationError {}

const SYS_UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
const SNMP_TRAP_OID: Oid = oid!("1.3.6.1.6.3.1.1.4.1.0");
