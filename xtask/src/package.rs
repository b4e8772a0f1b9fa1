//! `cargo xtask package`: each library as it would be published, and built from nothing but that.
use crate::manifest::{Member, members};
use crate::step::{self, Outcome, cargo, heading, root};

/// Packs the libraries and builds each from its archive; those of ours that it needs come from their archives too.
///
/// # Errors
/// When a file that is needed is not in the archive, or the manifest lacks what publishing asks.
pub fn run() -> Outcome {
    heading("packages: each library builds from its archive");
    let libraries: Vec<Member> = members(&root())?.into_iter().filter(Member::is_published_library).collect();
    let mut command = cargo(&["package", "--locked"]);
    command.args(libraries.iter().flat_map(|library| ["--package", &library.name]));
    step::run(&mut command)
}
