//! What every kind starts with: when it was read, what is missing and why, where values came from.

use crate::xml::table::{Content, Type};
use crate::xml::{
    Place, Simple, Writer,
    macros::{collapsed, leaf, record},
    tokens,
};
use remote_services_core::digest::Sha256;
use remote_services_core::job::ColorMode;
use remote_services_core::money::{Amount, Currency, Money};
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
    Money { currency: "currency" } = value
}

tokens!(ColorMode, WithheldReason);

/// Gives types that print and parse the text of their schema type.
macro_rules! printed {
    ($($type:ident),+ $(,)?) => {$(
        impl Simple for $type {
            const TYPE: &'static Type = &Type { name: stringify!($type), content: Content::Text };

            fn write_text(&self, _: &'static str, _: Place, out: &mut Writer) {
                out.display(self);
            }

            fn parse(text: &str) -> Option<Self> {
                collapsed(text).parse().ok()
            }
        }
    )+};
}

printed!(Amount, Currency, Sha256);
