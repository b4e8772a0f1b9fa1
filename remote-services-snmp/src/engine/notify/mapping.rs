//! Notifications of SNMPv1 and SNMPv2 in each other's form (RFC 3584 §3).

use alloc::vec::Vec;
use core::fmt;

use super::Notification;
use crate::pdu::{GenericTrap, TrapV1};
use crate::{Oid, Value, VarBind, oid};

/// The fields that only a Trap of SNMPv1 has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrapHeader {
    /// enterprise: the kind of device, or the MIB that defines the trap.
    pub enterprise: Oid,
    /// agent-addr: the IPv4 address that the sender believes to have.
    pub agent_addr: [u8; 4],
    /// generic-trap.
    pub generic_trap: GenericTrap,
    /// specific-trap.
    pub specific_trap: i32,
}

/// Why a notification does not exist in the other form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unmappable {
    /// A Counter64, or an exception in place of a value: SNMPv1 has no type for it (RFC 3584 §3.2 (6)).
    Value,
    /// The snmpTrapOID has too few arcs, or its last one does not fit an INTEGER.
    TrapOid,
    /// A generic-trap that RFC 1157 does not name, a negative specific-trap, or an enterprise with too many arcs.
    Trap,
}

impl TrapHeader {
    /// The fields of this trap.
    #[must_use]
    pub fn of<V>(trap: &TrapV1<V>) -> Self {
        let TrapV1 { enterprise, agent_addr, generic_trap, specific_trap, .. } = trap;
        Self {
            enterprise: enterprise.clone(),
            agent_addr: *agent_addr,
            generic_trap: *generic_trap,
            specific_trap: *specific_trap,
        }
    }

    /// The snmpTrapOID that says the same (RFC 3584 §3.1 (2)).
    ///
    /// # Errors
    /// [`Unmappable::Trap`].
    pub fn trap_oid(&self) -> Result<Oid, Unmappable> {
        let arc = |number: i32| u32::try_from(number).map_err(|_| Unmappable::Trap);
        let built = match self.generic_trap {
            GenericTrap::EnterpriseSpecific => self.enterprise.extend(&[0, arc(self.specific_trap)?]),
            GenericTrap::Other(_) => return Err(Unmappable::Trap),
            standard => SNMP_TRAPS.child(arc(standard.to_wire())? + 1),
        };
        built.map_err(|_| Unmappable::Trap)
    }
}

impl Notification {
    /// What a Trap of SNMPv1 says, as its sender would say it in SNMPv2 (RFC 3584 §3.1). Its address and enterprise
    /// are left out; [`forwarded`](Self::forwarded) adds them.
    ///
    /// # Errors
    /// [`Unmappable::Trap`].
    pub fn from_v1(trap: TrapV1) -> Result<Self, Unmappable> {
        let trap_oid = TrapHeader::of(&trap).trap_oid()?;
        Ok(Self { uptime: trap.time_stamp, trap_oid, varbinds: trap.varbinds })
    }

    /// As a proxy passes on what it got by SNMPv1 (RFC 3584 §3.1 (3)): snmpTrapAddress.0, snmpTrapCommunity.0 and
    /// snmpTrapEnterprise.0 follow the other values, unless they are there already.
    #[must_use]
    pub fn forwarded(mut self, trap: &TrapHeader, community: &[u8]) -> Self {
        let additional = [
            (SNMP_TRAP_ADDRESS, Value::IpAddress(trap.agent_addr)),
            (SNMP_TRAP_COMMUNITY, Value::OctetString(community.into())),
            (SNMP_TRAP_ENTERPRISE, Value::ObjectIdentifier(trap.enterprise.clone())),
        ];
        for (name, value) in additional {
            if self.value(&name).is_none() {
                self.varbinds.push(VarBind::new(name, value));
            }
        }
        self
    }

    /// The Trap of SNMPv1 that says the same (RFC 3584 §3.2). `own_address` is that of the sender; who passes on what
    /// others sent names 0.0.0.0, and the snmpTrapAddress.0 in the notification counts instead.
    ///
    /// # Errors
    /// See [`Unmappable`]; such a notification is not sent by SNMPv1 at all.
    pub fn to_v1(&self, own_address: [u8; 4]) -> Result<TrapV1<&[VarBind]>, Unmappable> {
        let foreign = |value: &Value| value.is_exception() || matches!(value, Value::Counter64(_));
        if self.varbinds.iter().any(|varbind| foreign(&varbind.value)) {
            return Err(Unmappable::Value);
        }
        let (enterprise, generic_trap, specific_trap) = match self.standard_trap() {
            Some(generic) => {
                let named = self.value(&SNMP_TRAP_ENTERPRISE).and_then(Value::as_oid);
                (named.cloned().unwrap_or(SNMP_TRAPS), generic, 0)
            }
            None => {
                let (enterprise, specific) = enterprise_and_specific(&self.trap_oid)?;
                (enterprise, GenericTrap::EnterpriseSpecific, specific)
            }
        };
        let agent_addr = match self.value(&SNMP_TRAP_ADDRESS) {
            Some(Value::IpAddress(address)) if own_address == [0; 4] => *address,
            _ => own_address,
        };
        let (time_stamp, varbinds) = (self.uptime, self.varbinds.as_slice());
        Ok(TrapV1 { enterprise, agent_addr, generic_trap, specific_trap, time_stamp, varbinds })
    }

    /// Which of the six standard traps this is.
    fn standard_trap(&self) -> Option<GenericTrap> {
        let mut arcs = self.trap_oid.strip_prefix(&SNMP_TRAPS)?;
        match (arcs.next(), arcs.next()) {
            (Some(arc @ 1..=6), None) => Some(GenericTrap::from_wire(i32::try_from(arc).ok()? - 1)),
            _ => None,
        }
    }
}

impl TrapV1<&[VarBind]> {
    /// A copy that owns its values.
    #[must_use]
    pub fn to_owned_trap(&self) -> TrapV1 {
        let TrapV1 { enterprise, agent_addr, generic_trap, specific_trap, time_stamp, varbinds } = self;
        TrapV1 {
            enterprise: enterprise.clone(),
            agent_addr: *agent_addr,
            generic_trap: *generic_trap,
            specific_trap: *specific_trap,
            time_stamp: *time_stamp,
            varbinds: Vec::from(*varbinds),
        }
    }
}

/// RFC 3584 §3.2 (1) and (4): the last arc is the specific-trap, and a zero before it is not part of the enterprise.
fn enterprise_and_specific(trap_oid: &Oid) -> Result<(Oid, i32), Unmappable> {
    let specific = trap_oid.arcs().last().and_then(|arc| i32::try_from(arc).ok());
    let above = trap_oid.parent().ok_or(Unmappable::TrapOid)?;
    let enterprise = match above.arcs().last() {
        Some(0) => above.parent().ok_or(Unmappable::TrapOid)?,
        _ => above,
    };
    Ok((enterprise, specific.ok_or(Unmappable::TrapOid)?))
}

impl fmt::Display for Unmappable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "SNMPv1 has no type for one of the values",
            Self::TrapOid => "SNMPv1 has no form for this snmpTrapOID",
            Self::Trap => "the trap names no event",
        })
    }
}

impl core::error::Error for Unmappable {}

const SNMP_TRAPS: Oid = oid!("1.3.6.1.6.3.1.1.5");
const SNMP_TRAP_ENTERPRISE: Oid = oid!("1.3.6.1.6.3.1.1.4.3.0");
const SNMP_TRAP_ADDRESS: Oid = oid!("1.3.6.1.6.3.18.1.3.0");
const SNMP_TRAP_COMMUNITY: Oid = oid!("1.3.6.1.6.3.18.1.4.0");
