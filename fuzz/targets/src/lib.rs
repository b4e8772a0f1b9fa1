//! What is fuzzed. A target is a function over arbitrary octets that panics when something does not hold which must,
//! whatever the octets are, and the seeds that a fuzzer begins with, made by our own encoders.
//!
//! `fuzz/` runs them under libFuzzer; the tests here replay `fuzz/corpus`, the seeds and damaged seeds with any
//! compiler. [`ALL`] is the list of both.

mod archive;
mod audit;
#[path = "../../../remote-services-snmp/tests/believed/mod.rs"]
mod believed;
mod ber;
pub mod blind;
mod bulk_walk;
mod bytes;
mod container;
mod documents;
mod est;
mod http;
mod manager;
mod message;
#[path = "../../../remote-services-transport/tests/spool_model/disk.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "it is a test's, which also makes it crash"
)]
mod model_disk;
mod no_security;
mod notifications;
mod pac;
mod profile;
mod recording;
mod registration_key;
mod responder;
mod spool;
mod text;
mod usm;
mod xml;

/// One thing that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of its program in `fuzz/fuzz_targets`, of its folder in `fuzz/corpus`, of its dictionary.
    pub name: &'static str,
    /// Panics when something does not hold.
    pub run: fn(&[u8]),
    /// Sound inputs, and some that are nearly so.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The longest input that is worth trying, in octets.
    pub longest: usize,
}

/// Every target there is.
pub const ALL: &[Target] = &[
    Target { name: "ber", run: ber::run, seeds: ber::seeds, longest: 1_024 },
    Target { name: "snmp_message", run: message::run, seeds: message::seeds, longest: 2_048 },
    Target { name: "usm", run: usm::run, seeds: usm::seeds, longest: 1_024 },
    Target { name: "notifications", run: notifications::run, seeds: notifications::seeds, longest: 2_048 },
    Target { name: "bulk_walk", run: bulk_walk::run, seeds: bulk_walk::seeds, longest: 1_024 },
    Target { name: "manager", run: manager::run, seeds: manager::seeds, longest: 1_024 },
    Target { name: "responder", run: responder::run, seeds: responder::seeds, longest: 1_024 },
    Target { name: "recording", run: recording::run, seeds: recording::seeds, longest: 4_096 },
    Target { name: "profile", run: profile::run, seeds: profile::seeds, longest: 4_096 },
    Target { name: "text", run: text::run, seeds: text::seeds, longest: 512 },
    Target { name: "xml", run: xml::run, seeds: xml::seeds, longest: 4_096 },
    Target { name: "archive", run: archive::run, seeds: archive::seeds, longest: 2_048 },
    Target { name: "manifest", run: archive::manifest::run, seeds: archive::manifest::seeds, longest: 2_048 },
    Target { name: "container", run: container::run, seeds: container::seeds, longest: 3_072 },
    Target { name: "documents", run: documents::run, seeds: documents::seeds, longest: 1_024 },
    Target { name: "http", run: http::run, seeds: http::seeds, longest: 4_096 },
    Target { name: "est", run: est::run, seeds: est::seeds, longest: 3_072 },
    Target {
        name: "registration_key",
        run: registration_key::run,
        seeds: registration_key::seeds,
        longest: 256,
    },
    Target { name: "pac", run: pac::run, seeds: pac::seeds, longest: 512 },
    Target { name: "spool", run: spool::run, seeds: spool::seeds, longest: 1_024 },
    Target { name: "audit", run: audit::run, seeds: audit::seeds, longest: 1_024 },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

/// Runs the target of this name: what the programs in `fuzz/fuzz_targets` do.
///
/// # Panics
/// When there is none, or when something does not hold.
pub fn run(name: &str, data: &[u8]) {
    (target(name).expect("the table has a target of this name").run)(data);
}
