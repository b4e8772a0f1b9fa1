//! What a responder asks of the data that it serves.
use core::net::SocketAddr;

use crate::message::Version;
use crate::pdu::{ErrorStatus, VarBind};
use crate::smi::{Oid, Value, ValueRef};
use crate::usm::SecurityLevel;

/// Who asks. Their [`Rights`](super::Rights) were checked before a [`MibHandler`] is asked to SET, and hide what it gives to
/// those who may not read it.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The version of the message.
    pub version: Version,
    /// How the message was protected.
    pub level: SecurityLevel,
    /// The community or the user name. A community is a password: do not log it.
    pub principal: &'a [u8],
    /// The context; empty for the default one. SNMPv1 and SNMPv2c cannot name it: there it is the one that the
    /// [community stands for](super::ResponderConfig::community_in_context).
    pub context_name: &'a [u8],
    /// Where the message came from.
    pub from: SocketAddr,
}

/// The data behind a responder.
///
/// A SET comes as `test`, then `commit`, and `undo` if `commit` failed, each with the whole list of bindings, which
/// take effect together (RFC 3416 §4.2.5). A handler that implements none of the three is read-only.
pub trait MibHandler {
    /// Whether there is a context of this name. The default context has the empty name.
    fn has_context(&self, name: &[u8]) -> bool {
        name.is_empty()
    }

    /// The value of an instance; [`Value::NoSuchObject`] or [`Value::NoSuchInstance`] when there is none.
    ///
    /// # Errors
    /// The value is there but cannot be read.
    fn get(&mut self, request: &Request<'_>, name: &Oid) -> Result<Value, GenErr>;

    /// The first instance whose name is greater than `after`, or `None` at the end.
    ///
    /// # Errors
    /// A value is there but cannot be read.
    fn get_next(&mut self, request: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr>;

    /// Shows the value that [`get`](Self::get) would give to `see`, once. A handler that has its values in memory can
    /// spare copying them by implementing this as well.
    ///
    /// # Errors
    /// The value is there but cannot be read.
    fn visit(
        &mut self,
        request: &Request<'_>,
        name: &Oid,
        see: &mut dyn FnMut(ValueRef<'_>),
    ) -> Result<(), GenErr> {
        see(self.get(request, name)?.as_ref());
        Ok(())
    }

    /// Shows the instance that [`get_next`](Self::get_next) would give to `see`, once, or nothing at the end.
    ///
    /// # Errors
    /// A value is there but cannot be read.
    fn visit_next(
        &mut self,
        request: &Request<'_>,
        after: &Oid,
        see: &mut dyn FnMut(&Oid, ValueRef<'_>),
    ) -> Result<(), GenErr> {
        if let Some(VarBind { name, value }) = self.get_next(request, after)? {
            see(&name, value.as_ref());
        }
        Ok(())
    }

    /// Whether all of these bindings could be set now. Changes nothing that a reader can see.
    ///
    /// # Errors
    /// The first binding that stands in the way.
    fn test(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        let _ = (request, varbinds);
        Err(SetFailure { status: ErrorStatus::NotWritable, index: 0 })
    }

    /// Sets all of these bindings, which were tested just before.
    ///
    /// # Errors
    /// The position, from 0, of the binding that failed; the others may be set or not.
    fn commit(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        let _ = (request, varbinds);
        Err(0)
    }

    /// Takes back what a failed `commit` has set.
    ///
    /// # Errors
    /// Something stays changed.
    fn undo(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), GenErr> {
        let _ = (request, varbinds);
        Ok(())
    }
}

/// A value cannot be read, or a change not taken back, for a reason of the device's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenErr;

/// Why a SET cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetFailure {
    /// The reason, in the words of SNMPv2: noAccess to inconsistentName (RFC 3416 §4.2.5).
    pub status: ErrorStatus,
    /// The position of the binding in the list, from 0.
    pub index: usize,
}

impl SetFailure {
    /// The first of the bindings that has an obstacle, for [`MibHandler::test`].
    ///
    /// # Errors
    /// There is one.
    pub fn first(
        varbinds: &[VarBind],
        mut obstacle: impl FnMut(&VarBind) -> Option<ErrorStatus>,
    ) -> Result<(), Self> {
        let mut obstacles = varbinds.iter().map(&mut obstacle).enumerate();
        match obstacles.find_map(|(index, status)| Some(SetFailure { status: status?, index })) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}
