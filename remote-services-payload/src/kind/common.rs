//! What every kind starts with: when it was read, what is missing and why, where values came from.

use crate::xml::{
    macros::{leaf, record},
    tokens,
};
use remote_services_core::reading::{Header, Source, Withheld, WithheldReason};

record! {
    Header {
        read_at: "ReadAt",
        withheld: "Withheld",
        sources: "Source",
    }
}

leaf! {
    Withheld { element: "element", reason: "reason", detail: "detail" }
    Source { element: "element", object: "object", instance: "instance" }
}

tokens!(WithheldReason);
