//! Virtual printer.
fn main() {}
