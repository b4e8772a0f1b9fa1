//! The MIB of a virtual printer: objects that stay as they are, with the counts laid over them.

use crate::objects;
use crate::works::Works;
use remote_services_snmp::engine::responder::{GenErr, MibHandler, Request, SetFailure, SortedTable};
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::{Oid, Value, VarBind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// prtGeneralReset: any of powerCycleReset(4), resetToNVRAM(5), resetToFactoryDefaults(6).
const RESETS: std::ops::RangeInclusive<i64> = 4..=6;

/// Serves fixed objects and, when there are works behind them, the live counts.
pub struct PrinterMib {
    fixed: SortedTable,
    live: Option<Live>,
    context: Vec<u8>,
}

struct Live {
    works: Arc<Works>,
    up_time: Oid,
    life_count: Oid,
    power_on_count: Oid,
    reset: Oid,
}

impl PrinterMib {
    /// A printer that works: counts move, and prtGeneralReset can be set.
    #[must_use]
    pub fn living(objects: BTreeMap<Oid, Value>, works: Arc<Works>) -> Self {
        let live = Live {
            works,
            up_time: objects::system_up_time(),
            life_count: objects::life_count(),
            power_on_count: objects::power_on_count(),
            reset: objects::general_reset(),
        };
        Self { fixed: objects.into_iter().collect(), live: Some(live), context: Vec::new() }
    }

    /// A recording, to the letter, in the default context and in one of this name.
    #[must_use]
    pub fn recorded(objects: BTreeMap<Oid, Value>, context: &[u8]) -> Self {
        Self { fixed: objects.into_iter().collect(), live: None, context: context.to_vec() }
    }

    fn lay_over(&self, name: &Oid, value: Value) -> Value {
        match &self.live {
            Some(live) if *name == live.up_time => Value::TimeTicks(live.works.up_time()),
            Some(live) if *name == live.life_count => Value::Counter32(live.works.life_count()),
            Some(live) if *name == live.power_on_count => Value::Counter32(live.works.power_on_count()),
            _ => value,
        }
    }
}

impl MibHandler for PrinterMib {
    fn has_context(&self, name: &[u8]) -> bool {
        name.is_empty() || name == self.context
    }

    fn get(&mut self, request: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        let value = self.fixed.get(request, name)?;
        Ok(self.lay_over(name, value))
    }

    fn get_next(&mut self, request: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        let next = self.fixed.get_next(request, after)?;
        Ok(next.map(|VarBind { name, value }| {
            let value = self.lay_over(&name, value);
            VarBind::new(name, value)
        }))
    }

    fn test(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        for (index, varbind) in varbinds.iter().enumerate() {
            let status = match &self.live {
                Some(live) if varbind.name == live.reset => match varbind.value.as_i64() {
                    Some(number) if RESETS.contains(&number) => continue,
                    Some(_) => ErrorStatus::WrongValue,
                    None => ErrorStatus::WrongType,
                },
                _ => ErrorStatus::NotWritable,
            };
            return Err(SetFailure { status, index });
        }
        Ok(())
    }

    fn commit(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), usize> {
        if let Some(live) = &self.live {
            live.works.reset();
        }
        Ok(())
    }
}
