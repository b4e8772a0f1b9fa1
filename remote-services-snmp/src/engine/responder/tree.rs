//! Several handlers as one: each serves the subtree that it is mounted at.
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{GenErr, MibHandler, Request, SetFailure};
use crate::pdu::{ErrorStatus, VarBind};
use crate::smi::{Oid, Value};

/// A MIB made of handlers, each at its own prefix and in its own context.
///
/// Of several handlers whose subtrees hold a name, the one with the longest prefix serves it, as if the others had
/// a hole there. GETNEXT goes through all of them in the order of names. A SET that touches several handlers is
/// tested by all of them before the first one commits; when one fails to commit, all that have begun are undone,
/// the last one first.
#[derive(Default)]
pub struct MibTree {
    /// In the order of context and prefix.
    mounts: Vec<Mount>,
    /// The mounts that the SET under way has reached, with their bindings.
    begun: Vec<(usize, Vec<VarBind>)>,
}

struct Mount {
    context: Vec<u8>,
    prefix: Oid,
    handler: Box<dyn MibHandler + Send>,
}

impl MibTree {
    /// A tree without handlers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has a handler serve a subtree of the default context. What was mounted at the same prefix is given back.
    pub fn mount(
        &mut self,
        prefix: Oid,
        handler: Box<dyn MibHandler + Send>,
    ) -> Option<Box<dyn MibHandler + Send>> {
        self.mount_in(&[], prefix, handler)
    }

    /// The same in a context of this name, which exists from now on.
    pub fn mount_in(
        &mut self,
        context: &[u8],
        prefix: Oid,
        handler: Box<dyn MibHandler + Send>,
    ) -> Option<Box<dyn MibHandler + Send>> {
        let place = self.mounts.binary_search_by(|mount| {
            mount.context.as_slice().cmp(context).then_with(|| mount.prefix.cmp(&prefix))
        });
        match place {
            Ok(at) => Some(core::mem::replace(&mut self.mounts[at].handler, handler)),
            Err(at) => {
                self.mounts.insert(at, Mount { context: context.into(), prefix, handler });
                None
            }
        }
    }

    /// Takes a handler out.
    pub fn unmount(&mut self, context: &[u8], prefix: &Oid) -> Option<Box<dyn MibHandler + Send>> {
        let found =
            self.mounts.iter().position(|mount| mount.context == context && mount.prefix == *prefix)?;
        Some(self.mounts.remove(found).handler)
    }

    /// The mount that serves a name. Of all prefixes of a name, the greatest is the longest.
    fn owner(&self, context: &[u8], name: &Oid) -> Option<usize> {
        self.mounts.iter().rposition(|mount| mount.context == context && name.starts_with(&mount.prefix))
    }

    /// The first instance after `after` that this mount serves.
    fn next_in(&mut self, at: usize, request: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        let prefix = self.mounts[at].prefix.clone();
        let mut next = if *after < prefix {
            first_from(&mut *self.mounts[at].handler, request, &prefix)?
        } else {
            advance(&mut *self.mounts[at].handler, request, after)?
        };
        // Each turn leaves the subtree of another mount behind.
        while let Some(varbind) = next.take_if(|varbind| varbind.name.starts_with(&prefix)) {
            let owner = self.owner(request.context_name, &varbind.name);
            let Some(other) = owner.filter(|&owner| owner != at) else { return Ok(Some(varbind)) };
            let Some(behind) = self.mounts[other].prefix.subtree_end() else { return Ok(None) };
            next = first_from(&mut *self.mounts[at].handler, request, &behind)?;
        }
        Ok(None)
    }

    /// The bindings of each mount with their positions in the request.
    fn by_mount(&self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<Vec<Share>, SetFailure> {
        let mut shares: Vec<Share> = Vec::new();
        for (index, varbind) in varbinds.iter().enumerate() {
            let no_creation = SetFailure { status: ErrorStatus::NoCreation, index };
            let mount = self.owner(request.context_name, &varbind.name).ok_or(no_creation)?;
            let known = shares.iter().position(|share| share.mount == mount);
            let at = known.unwrap_or_else(|| {
                shares.push(Share { mount, varbinds: Vec::new(), positions: Vec::new() });
                shares.len() - 1
            });
            shares[at].varbinds.push(varbind.clone());
            shares[at].positions.push(index);
        }
        Ok(shares)
    }
}

/// What of a SET belongs to one mount.
struct Share {
    mount: usize,
    varbinds: Vec<VarBind>,
    positions: Vec<usize>,
}

impl Share {
    fn position(&self, index: usize) -> usize {
        self.positions.get(index).copied().unwrap_or_default()
    }
}

impl MibHandler for MibTree {
    fn has_context(&self, name: &[u8]) -> bool {
        name.is_empty() || self.mounts.iter().any(|mount| mount.context == name)
    }

    fn get(&mut self, request: &Request<'_>, name: &Oid) -> Result<Value, GenErr> {
        match self.owner(request.context_name, name) {
            Some(at) => self.mounts[at].handler.get(request, name),
            None => Ok(Value::NoSuchObject),
        }
    }

    fn get_next(&mut self, request: &Request<'_>, after: &Oid) -> Result<Option<VarBind>, GenErr> {
        let mut nearest: Option<VarBind> = None;
        for at in 0..self.mounts.len() {
            let Mount { context, prefix, .. } = &self.mounts[at];
            let passed = prefix < after && !after.starts_with(prefix);
            if context != request.context_name || passed {
                continue;
            }
            if nearest.as_ref().is_some_and(|nearest| nearest.name < *prefix) {
                break;
            }
            let next = self.next_in(at, request, after)?;
            nearest = match (nearest, next) {
                (Some(a), Some(b)) => Some(if a.name <= b.name { a } else { b }),
                (a, b) => a.or(b),
            };
        }
        Ok(nearest)
    }

    fn test(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), SetFailure> {
        for share in self.by_mount(request, varbinds)? {
            let tested = self.mounts[share.mount].handler.test(request, &share.varbinds);
            tested.map_err(|failed| SetFailure { index: share.position(failed.index), ..failed })?;
        }
        Ok(())
    }

    fn commit(&mut self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        self.begun.clear();
        for share in self.by_mount(request, varbinds).map_err(|failed| failed.index)? {
            let committed = self.mounts[share.mount].handler.commit(request, &share.varbinds);
            let failed = committed.map_err(|index| share.position(index));
            self.begun.push((share.mount, share.varbinds));
            failed?;
        }
        Ok(())
    }

    fn undo(&mut self, request: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        let mut outcome = Ok(());
        for (mount, varbinds) in core::mem::take(&mut self.begun).into_iter().rev() {
            outcome = self.mounts[mount].handler.undo(request, &varbinds).and(outcome);
        }
        outcome
    }
}

/// The first instance at `name` or after it.
pub(super) fn first_from(
    handler: &mut dyn MibHandler,
    request: &Request<'_>,
    name: &Oid,
) -> Result<Option<VarBind>, GenErr> {
    let value = handler.get(request, name)?;
    if value.is_exception() {
        advance(handler, request, name)
    } else {
        Ok(Some(VarBind::new(name.clone(), value)))
    }
}

/// A handler that does not advance would have its reader go round in circles.
pub(super) fn advance(
    handler: &mut dyn MibHandler,
    request: &Request<'_>,
    after: &Oid,
) -> Result<Option<VarBind>, GenErr> {
    let next = handler.get_next(request, after)?;
    if next.as_ref().is_some_and(|varbind| varbind.name <= *after) { Err(GenErr) } else { Ok(next) }
}
