//! `cargo xtask ci`: everything that must hold before a change is taken, cheapest first.
use crate::step::{self, Outcome, cargo, heading, root};
use crate::{api, bench, deny, features, fips, manifest, run_tests};

/// Runs all steps; the first that fails ends it.
///
/// # Errors
/// The sentence of the step that failed.
pub fn run() -> Outcome {
    heading("form: rustfmt");
    step::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    deny::run()?;
    fips::validated()?;
    let [option, features] = features::arguments(true)?;
    heading("lints: clippy on everything");
    clippy(&["--workspace", "--all-targets", &option, &features])?;
    heading("documentation: rustdoc without a warning");
    let mut doc = cargo(&["doc", "--quiet", "--workspace", "--no-deps", &option, &features]);
    step::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    api::run(false)?;
    heading("features: each library with none, with each alone, with its default");
    features_one_by_one()?;
    portable_sockets()?;
    bench::instructions(false)?;
    run_tests::run(true)
}

/// The libraries that others link; the apps have no features to get wrong.
fn features_one_by_one() -> Outcome {
    for member in manifest::members(&root())?.iter().filter(|member| member.is_published_library()) {
        clippy(&["--package", &member.name, "--lib", "--no-default-features"])?;
        // By itself the FIPS module would be built a second time, for a minute or two of C. Its code is that of
        // `aws-lc-rs`, which is looked at by itself, and the step over everything has it too.
        for feature in member.features.iter().filter(|it| !["default", features::FIPS].contains(&it.as_str()))
        {
            clippy(&["--package", &member.name, "--lib", "--no-default-features", "--features", feature])?;
        }
        if member.features.iter().any(|feature| feature == "default") {
            clippy(&["--package", &member.name, "--lib"])?;
        }
    }
    Ok(())
}

/// The sockets of other systems than Linux, on Linux: one datagram a system call, and no word about hosts that are not
/// there. In a folder of its own, because another cfg makes everything anew.
fn portable_sockets() -> Outcome {
    heading("sockets of other systems than Linux: the drivers' tests");
    let folder = step::target().join("portable");
    let mut test =
        cargo(&["test", "--quiet", "--package", "remote-services-snmp", "--features", "blocking,tokio"]);
    test.args(DRIVER_TESTS.iter().flat_map(|name| ["--test", name]));
    step::run(test.env("RUSTFLAGS", "--cfg portable_sockets").env("CARGO_TARGET_DIR", folder))
}

const DRIVER_TESTS: [&str; 7] = [
    "driver",
    "driver_batches",
    "driver_calls",
    "driver_connect",
    "driver_pair",
    "driver_tcp",
    "serve_batches",
];

/// Lints are errors here, and only here, so that a developer can still run half-finished code.
fn clippy(words: &[&str]) -> Outcome {
    let words: Vec<&str> =
        ["clippy", "--quiet"].iter().chain(words).chain(&["--", "-D", "warnings"]).copied().collect();
    step::run(&mut cargo(&words))
}
