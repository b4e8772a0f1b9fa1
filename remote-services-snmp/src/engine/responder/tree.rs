//! Several handlers as one: each serves the subtree that it is mounted at.
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::held::Held;
use super::{GenErr, MibHandler, Request, SetFailure, objects, steps};
use crate::pdu::{ErrorStatus, VarBind};
use crate::smi::{Oid, Value, ValueRef};

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
    /// The first of the bindings that the mounts have shown so far, in a search for the next one.
    nearest: Held,
    /// What the mount that is asked at present has shown.
    shown: Held,
}

struct Mount {
    context: Vec<u8>,
    prefix: Oid,
    /// Where the subtree ends.
    end: Option<Oid>,
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
                let end = prefix.subtree_end();
                self.mounts.insert(at, Mount { context: context.into(), prefix, end, handler });
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

    /// Holds the first instance after `after` that this mount serves, or nothing.
    fn show_next_in(&mut self, at: usize, request: &Request<'_>, after: &Oid) -> Result<(), GenErr> {
        let mount = &mut self.mounts[at];
        self.shown.clear();
        let mut hold = |name: &Oid, value: ValueRef<'_>| self.shown.hold(name, value);
        if *after < mount.prefix {
            objects::first_from(None, &mut *mount.handler, request, &mount.prefix, &mut hold)?;
        } else {
            steps::advance(&mut *mount.handler, request, after, &mut hold)?;
        }
        // Each turn leaves the subtree of another mount behind.
        while let Some(name) = self.shown.name() {
            let owner = self.owner(request.context_name, name);
            if owner == Some(at) {
                return Ok(());
            }
            let inside = name.starts_with(&self.mounts[at].prefix);
            self.shown.clear();
            let hole = owner.filter(|_| inside).and_then(|other| self.mounts[other].end.clone());
            let Some(behind) = hole else { return Ok(()) };
            let mut hold = |name: &Oid, value: ValueRef<'_>| self.shown.hold(name, value);
            objects::first_from(None, &mut *self.mounts[at].handler, request, &behind, &mut hold)?;
        }
        Ok(())
    }

    /// The bindings of each mount with their positions in the request.
    fn by_mount(&self, request: &Request<'_>, varbinds: &[VarBind]) -> Result<Vec<Share>, SetFailure> {
        let mut shares: Vec<Share> = Vec::new();
        for (index, varbind) in varbinds.iter().enumerate() {
            let nobody = SetFailure { status: ErrorStatus::NotWritable, index };
            let mount = self.owner(request.context_name, &varbind.name).ok_or(nobody)?;
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
        let mut next = None;
        self.visit_next(request, after, &mut |name, value| {
            next = Some(VarBind::new(name.clone(), value.to_owned()));
        })?;
        Ok(next)
    }

    fn visit(
        &mut self,
        request: &Request<'_>,
        name: &Oid,
        see: &mut dyn FnMut(ValueRef<'_>),
    ) -> Result<(), GenErr> {
        match self.owner(request.context_name, name) {
            Some(at) => self.mounts[at].handler.visit(request, name, see)?,
            None => see(ValueRef::NoSuchObject),
        }
        Ok(())
    }

    fn visit_next(
        &mut self,
        request: &Request<'_>,
        after: &Oid,
        see: &mut dyn FnMut(&Oid, ValueRef<'_>),
    ) -> Result<(), GenErr> {
        self.nearest.clear();
        for at in 0..self.mounts.len() {
            let Mount { context, prefix, .. } = &self.mounts[at];
            let passed = prefix < after && !after.starts_with(prefix);
            if context != request.context_name || passed {
                continue;
            }
            if self.nearest.name().is_some_and(|nearest| nearest < prefix) {
                break;
            }
            self.show_next_in(at, request, after)?;
            let nearer = match (self.shown.name(), self.nearest.name()) {
                (Some(shown), Some(nearest)) => shown < nearest,
                (shown, _) => shown.is_some(),
            };
            if nearer {
                core::mem::swap(&mut self.nearest, &mut self.shown);
            }
        }
        self.nearest.show(see);
        Ok(())
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
