//! A name with its value.
use crate::smi::{Oid, Value};

/// A variable binding (RFC 3416 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VarBind {
    /// The full name of an object instance, or in GETNEXT and GETBULK the name to go on from.
    pub name: Oid,
    /// Its value; [`Value::Null`] in requests that read.
    pub value: Value,
}

impl VarBind {
    /// A name with its value.
    #[must_use]
    pub fn new(name: Oid, value: Value) -> Self {
        VarBind { name, value }
    }

    /// A name to be read: its value is [`Value::Null`].
    #[must_use]
    pub fn unspecified(name: Oid) -> Self {
        VarBind { name, value: Value::Null }
    }
}
