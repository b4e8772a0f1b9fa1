//! The parts of `xtask`, apart from the command line so that the tests can call them.
//!
//! Nothing here is clever: each step is a command that a developer could type, printed before it runs.
pub mod api;
pub mod bench;
pub mod ci;
pub mod copy;
pub mod coverage;
pub mod deny;
pub mod device;
pub mod expectations;
pub mod features;
pub mod fips;
pub mod fuzz;
pub mod manifest;
pub mod metadata;
pub mod minimal;
pub mod mutants;
pub mod named_tests;
pub mod package;
pub mod peers;
pub mod run_tests;
pub mod sbom;
pub mod schemas;
pub mod step;
pub mod tally;
pub mod targets;
pub mod test_programs;
pub mod tree;
