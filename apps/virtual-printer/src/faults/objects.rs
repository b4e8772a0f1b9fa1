//! Objects that cannot be read, have another type, or lie.

use super::Faults;
use remote_services_snmp::engine::responder::{GenErr, MibHandler, Request, SetFailure};
use remote_services_snmp::smi::ValueRef;
use remote_services_snmp::{Oid, Value, VarBind};

/// A handler whose values go through [`Faults`].
pub struct Faulty<'a> {
    inner: &'a mut dyn MibHandler,
    faults: &'a Faults,
}

impl<'a> Faulty<'a> {
    /// What `inner` says, with these faults.
    #[must_use]
    pub fn new(inner: &'a mut dyn MibHandler, faults: &'a Faults) -> Self {
        Self { inner, faults }
    }

    /// The value to show in place of this one.
    fn changed(&self, name: &Oid, value: Value) -> Result<Value, GenErr> {
        if value.is_exception() {
            Ok(value)
        } else if self.faults.gen_err.contain(name) {
            Err(GenErr)
        } else if self.faults.wrong_types.contain(name) {
            Ok(of_another_type(value))
        } else if self.faults.lies.contain(name) {
            Ok(lie(value))
        } else {
            Ok(value)
        }
    }
}

fn of_another_type(value: Value) -> Value {
    match value {
        Value::Integer(number) => Value::OctetString(number.to_string().into_bytes()),
        Value::OctetString(octets) => Value::Integer(i32::try_from(octets.len()).unwrap_or(0)),
        Value::Counter32(number) | Value::Gauge32(number) | Value::TimeTicks(number) => {
            Value::Integer(i32::from_ne_bytes(number.to_ne_bytes()))
        }
        Value::ObjectIdentifier(name) => Value::OctetString(name.to_string().into_bytes()),
        _ => Value::Null,
    }
}

fn lie(value: Value) -> Value {
    match value {
        Value::Integer(_) => Value::Integer(i32::MAX),
        Value::Counter32(number) => Value::Counter32(number / 2),
        Value::Gauge32(number) => Value::Gauge32(number / 2),
        Value::Counter64(number) => Value::Counter64(number / 2),
        Value::TimeTicks(_) => Value::TimeTicks(0),
        Value::OctetString(octets) => {
            // An escape sequence, octets that are no UTF-8, and text that wants to be markup.
            let mut lie = b"\x1b[31m\xff\xfe<b>\0".to_vec();
            lie.extend_from_slice(&octets);
            Value::OctetString(lie)
        }
        other => other,
    }
}

impl MibHandler for Faulty<'_> {
    fn has_context(&self, name: &[u8]) -> bool {
        self.inner.has_context(name)
    }

    fn get(&mut self, request: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        let value = self.inner.get(request, name)?;
        self.changed(name, value)
    }

    fn get_next(&mut self, request: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        match self.inner.get_next(request, after)? {
            Some(VarBind { name, value }) => {
                let value = self.changed(&name, value)?;
                Ok(Some(VarBind::new(name, value)))
            }
            None => Ok(None),
        }
    }

    fn visit(
        &mut self,
        request: &Request<'_>,
        name: &Oid,
        see: &mut dyn FnMut(ValueRef<'_>),
    ) -> Result<(), GenErr> {
        see(self.get(request, name)?.as_ref());
        Ok(())
    }

    fn test(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        self.inner.test(request, varbinds)
    }

    fn commit(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        self.inner.commit(request, varbinds)
    }

    fn undo(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), GenErr> {
        self.inner.undo(request, varbinds)
    }
}
