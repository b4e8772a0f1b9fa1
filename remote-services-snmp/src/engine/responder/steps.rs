//! Reading from a handler that may be wrong: whatever it does, its reader gets one binding, and one that is further on.
use super::{GenErr, MibHandler, Request};
use crate::smi::{Oid, ValueRef};

/// Shows the value of an instance. A handler that shows none fails.
pub(super) fn value(
    handler: &mut dyn MibHandler,
    request: &Request<'_>,
    name: &Oid,
    see: &mut dyn FnMut(ValueRef<'_>),
) -> Result<(), GenErr> {
    let mut shown = false;
    handler.visit(request, name, &mut |value| {
        if !shown {
            shown = true;
            see(value);
        }
    })?;
    if shown { Ok(()) } else { Err(GenErr) }
}

/// Shows the next instance, if there is one. A handler that does not advance would have its reader go round in circles.
pub(super) fn advance(
    handler: &mut dyn MibHandler,
    request: &Request<'_>,
    after: &Oid,
    see: &mut dyn FnMut(&Oid, ValueRef<'_>),
) -> Result<(), GenErr> {
    let mut shown = false;
    let mut advances = true;
    handler.visit_next(request, after, &mut |name, value| {
        if !shown {
            shown = true;
            advances = name > after;
            if advances {
                see(name, value);
            }
        }
    })?;
    if advances { Ok(()) } else { Err(GenErr) }
}
