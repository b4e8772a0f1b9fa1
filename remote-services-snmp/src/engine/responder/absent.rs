//! What handlers that hold their instances in a sorted map say about those that they do not have.
use alloc::collections::BTreeMap;

use crate::pdu::ErrorStatus;
use crate::smi::{Oid, ValueRef};

/// noSuchInstance if there is an instance under the same parent, else noSuchObject.
pub(super) fn missing<T>(entries: &BTreeMap<Oid, T>, name: &Oid) -> ValueRef<'static> {
    let Some(parent) = name.parent() else { return ValueRef::NoSuchObject };
    let below = entries.range(&parent..).next();
    match below.is_some_and(|(sibling, _)| sibling.starts_with(&parent)) {
        true => ValueRef::NoSuchInstance,
        false => ValueRef::NoSuchObject,
    }
}

/// RFC 3416 §4.2.5: (7) is for objects that have instances which can be written, (2) for all others.
pub(super) fn obstacle_to_creation<T>(
    entries: &BTreeMap<Oid, T>,
    name: &Oid,
    writable: impl Fn(&T) -> bool,
) -> ErrorStatus {
    let creatable = name.parent().is_some_and(|parent| {
        let siblings = entries.range(&parent..).take_while(|(name, _)| name.starts_with(&parent));
        siblings.map(|(_, entry)| entry).any(writable)
    });
    if creatable { ErrorStatus::NoCreation } else { ErrorStatus::NotWritable }
}
