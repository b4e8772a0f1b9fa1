//! The objects that the engine itself is responsible for, laid over the handler's.
use super::{GenErr, MibHandler, Request, ResponderStats, steps};
use crate::oid;
use crate::pdu::{ErrorStatus, VarBind};
use crate::smi::{Oid, Value, ValueRef};
use crate::usm::{EngineId, EngineTime, UsmStat};

/// The engine's own state at the time of one request.
pub(super) struct EngineView {
    pub(super) engine_id: EngineId,
    pub(super) time: EngineTime,
    pub(super) max_message_size: u32,
    pub(super) stats: ResponderStats,
    pub(super) authentication_traps: bool,
}

type Read = for<'e> fn(&'e EngineView) -> ValueRef<'e>;

impl EngineView {
    fn value(&self, name: &Oid) -> Option<ValueRef<'_>> {
        let at = OBJECTS.binary_search_by(|(known, _)| known.cmp(name)).ok()?;
        Some(OBJECTS[at].1(self))
    }

    /// Whether a SET may do this to one of these objects; `None` when it is none of them. The value is what
    /// snmpEnableAuthenTraps is to be.
    pub(super) fn test(&self, varbind: &VarBind) -> Option<Result<bool, ErrorStatus>> {
        self.value(&varbind.name)?;
        Some(match varbind.value {
            _ if varbind.name != ENABLE_AUTHEN_TRAPS => Err(ErrorStatus::NotWritable),
            Value::Integer(1) => Ok(true),
            Value::Integer(2) => Ok(false),
            Value::Integer(_) => Err(ErrorStatus::WrongValue),
            _ => Err(ErrorStatus::WrongType),
        })
    }

    fn next(&self, after: &Oid) -> Option<(&'static Oid, ValueRef<'_>)> {
        let at = OBJECTS.partition_point(|(known, _)| known <= after);
        let (name, read) = OBJECTS.get(at)?;
        Some((name, read(self)))
    }
}

/// Shows the value of an instance, the engine's own before the handler's.
pub(super) fn get(
    engine: Option<&EngineView>,
    mib: &mut dyn MibHandler,
    request: &Request<'_>,
    name: &Oid,
    see: &mut dyn FnMut(ValueRef<'_>),
) -> Result<(), GenErr> {
    match engine.and_then(|engine| engine.value(name)) {
        Some(own) => {
            see(own);
            Ok(())
        }
        None => steps::value(mib, request, name, see),
    }
}

/// Shows the first instance of the two together at `name` or after it.
pub(super) fn first_from(
    engine: Option<&EngineView>,
    mib: &mut dyn MibHandler,
    request: &Request<'_>,
    name: &Oid,
    see: &mut dyn FnMut(&Oid, ValueRef<'_>),
) -> Result<(), GenErr> {
    let mut there = false;
    get(engine, mib, request, name, &mut |value| {
        if !value.is_exception() {
            there = true;
            see(name, value);
        }
    })?;
    if there { Ok(()) } else { get_next(engine, mib, request, name, see) }
}

/// Shows the next instance of the two together, if there is one.
pub(super) fn get_next(
    engine: Option<&EngineView>,
    mib: &mut dyn MibHandler,
    request: &Request<'_>,
    after: &Oid,
    see: &mut dyn FnMut(&Oid, ValueRef<'_>),
) -> Result<(), GenErr> {
    let mut own = engine.and_then(|engine| engine.next(after));
    steps::advance(mib, request, after, &mut |name, value| {
        if own.is_none_or(|(own, _)| name < own) {
            own = None;
            see(name, value);
        }
    })?;
    if let Some((name, value)) = own {
        see(name, value);
    }
    Ok(())
}

fn number(value: u32) -> ValueRef<'static> {
    ValueRef::Integer(i32::try_from(value).unwrap_or(i32::MAX))
}

/// In the order of their names.
static OBJECTS: [(Oid, Read); 23] = [
    (oid!("1.3.6.1.2.1.11.1.0"), |e| ValueRef::Counter32(e.stats.in_packets)),
    (oid!("1.3.6.1.2.1.11.3.0"), |e| ValueRef::Counter32(e.stats.bad_versions)),
    (oid!("1.3.6.1.2.1.11.4.0"), |e| ValueRef::Counter32(e.stats.bad_community_names)),
    (oid!("1.3.6.1.2.1.11.5.0"), |e| ValueRef::Counter32(e.stats.bad_community_uses)),
    (oid!("1.3.6.1.2.1.11.6.0"), |e| ValueRef::Counter32(e.stats.asn_parse_errors)),
    (ENABLE_AUTHEN_TRAPS, |e| ValueRef::Integer(if e.authentication_traps { 1 } else { 2 })),
    (oid!("1.3.6.1.2.1.11.31.0"), |e| ValueRef::Counter32(e.stats.silent_drops)),
    (oid!("1.3.6.1.2.1.11.32.0"), |_| ValueRef::Counter32(0)),
    (oid!("1.3.6.1.6.3.10.2.1.1.0"), |e| ValueRef::OctetString(e.engine_id.as_slice())),
    (oid!("1.3.6.1.6.3.10.2.1.2.0"), |e| number(e.time.boots)),
    (oid!("1.3.6.1.6.3.10.2.1.3.0"), |e| number(e.time.time)),
    (oid!("1.3.6.1.6.3.10.2.1.4.0"), |e| number(e.max_message_size)),
    (oid!("1.3.6.1.6.3.11.2.1.1.0"), |e| ValueRef::Counter32(e.stats.unknown_security_models)),
    (oid!("1.3.6.1.6.3.11.2.1.2.0"), |e| ValueRef::Counter32(e.stats.invalid_messages)),
    (UNKNOWN_PDU_HANDLERS, |e| ValueRef::Counter32(e.stats.unknown_pdu_handlers)),
    (oid!("1.3.6.1.6.3.12.1.4.0"), |_| ValueRef::Counter32(0)),
    (UNKNOWN_CONTEXTS, |e| ValueRef::Counter32(e.stats.unknown_contexts)),
    (oid!("1.3.6.1.6.3.15.1.1.1.0"), |e| ValueRef::Counter32(e.stats.usm.get(UsmStat::UnsupportedSecLevels))),
    (oid!("1.3.6.1.6.3.15.1.1.2.0"), |e| ValueRef::Counter32(e.stats.usm.get(UsmStat::NotInTimeWindows))),
    (oid!("1.3.6.1.6.3.15.1.1.3.0"), |e| ValueRef::Counter32(e.stats.usm.get(UsmStat::UnknownUserNames))),
    (oid!("1.3.6.1.6.3.15.1.1.4.0"), |e| ValueRef::Counter32(e.stats.usm.get(UsmStat::UnknownEngineIds))),
    (oid!("1.3.6.1.6.3.15.1.1.5.0"), |e| ValueRef::Counter32(e.stats.usm.get(UsmStat::WrongDigests))),
    (oid!("1.3.6.1.6.3.15.1.1.6.0"), |e| ValueRef::Counter32(e.stats.usm.get(UsmStat::DecryptionErrors))),
];

/// snmpEnableAuthenTraps.0: enabled(1) or disabled(2) (RFC 3418).
const ENABLE_AUTHEN_TRAPS: Oid = oid!("1.3.6.1.2.1.11.30.0");
/// snmpUnknownPDUHandlers.0 (RFC 3412 §5).
pub(super) const UNKNOWN_PDU_HANDLERS: Oid = oid!("1.3.6.1.6.3.11.2.1.3.0");
/// snmpUnknownContexts.0 (RFC 3413 §4.1.2).
pub(super) const UNKNOWN_CONTEXTS: Oid = oid!("1.3.6.1.6.3.12.1.5.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_objects_stand_in_their_order() {
        assert!(OBJECTS.is_sorted_by(|(a, _), (b, _)| a < b));
    }
}
