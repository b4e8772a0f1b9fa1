//! Protocol data units: what is asked, what is answered, what is reported.
mod varbind;

pub use varbind::VarBind;
