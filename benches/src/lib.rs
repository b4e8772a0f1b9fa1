//! Nothing to link: what is measured, and against which peers, stands in `benches/`, one file a subject; `src/bin` has the
//! programs of `cargo xtask bench upload`.
