//! The programs that do the work, and how their instructions are counted.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::peers;
use crate::step::{Outcome, cargo, root, run, target};

/// A workspace of programs under `benches/`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Its folder.
    pub(super) name: &'static str,
    /// Rounds that callgrind counts: many of short work.
    pub(super) rounds: u64,
    /// Peers written in C.
    pub(super) in_c: &'static [InC],
}

/// `c/NAME.c`, which becomes a program of that name beside ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct InC {
    pub(super) name: &'static str,
    /// The program that says how to build with the library, and its Debian package.
    pub(super) config: &'static str,
    pub(super) package: &'static str,
}

/// The built programs of a group.
#[derive(Debug)]
pub struct Programs {
    folder: PathBuf,
    rounds: u64,
}

impl Programs {
    /// Builds them, with the peers or without.
    ///
    /// # Errors
    /// When they do not build or valgrind is neither there nor to be had.
    pub(super) fn build(group: &Group, with_peers: bool) -> Result<Self, String> {
        peers::ensure("valgrind", "valgrind")?;
        let workspace = root().join("benches").join(group.name);
        let features = if with_peers { &[][..] } else { &["--no-default-features"][..] };
        let mut build = cargo(&["build", "--release", "--locked", "--bins"]);
        run(build.args(features).current_dir(&workspace).env_remove("CARGO_TARGET_DIR"))?;
        let folder = workspace.join("target/release");
        for peer in group.in_c.iter().filter(|_| with_peers) {
            peer.build(&workspace, &folder).unwrap_or_else(|why| println!("without {}: {why}", peer.name));
        }
        Ok(Programs { folder, rounds: group.rounds })
    }

    /// Builds the programs of a package of this workspace.
    ///
    /// # Errors
    /// When they do not build.
    pub(super) fn of_workspace(package: &str) -> Result<Self, String> {
        run(&mut cargo(&["build", "--release", "--locked", "--package", package, "--bins"]))?;
        Ok(Programs { folder: target().join("release"), rounds: 1 })
    }

    /// What a program prints.
    ///
    /// # Errors
    /// When it cannot be started or fails.
    pub fn output(&self, program: &str, words: &[&str]) -> Result<String, String> {
        self.finish(Command::new(self.folder.join(program)).args(words))
    }

    /// What a program prints that is a number and nothing else.
    ///
    /// # Errors
    /// As [`Programs::output`]; anything but a number.
    pub fn number(&self, program: &str, words: &[&str]) -> Result<f64, String> {
        let text = self.output(program, words)?;
        text.trim().parse().map_err(|_| format!("{program} printed no number: {text}"))
    }

    /// Instructions of one round of `program words… TIMES`: twice as many rounds less once as many, so that start and
    /// end of the program do not count.
    ///
    /// # Errors
    /// When valgrind fails or its file has no total.
    pub fn instructions(&self, program: &str, words: &[&str]) -> Result<u64, String> {
        let once = self.total(program, words, self.rounds)?;
        let twice = self.total(program, words, 2 * self.rounds)?;
        Ok(twice.saturating_sub(once) / self.rounds)
    }

    fn total(&self, program: &str, words: &[&str], rounds: u64) -> Result<u64, String> {
        let file = self.folder.join(format!("callgrind.{}.{program}.{rounds}", std::process::id()));
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(self.folder.join(program))
            .args(words)
            .arg(rounds.to_string());
        self.finish(&mut valgrind)?;
        let total = read_total(&file);
        // What is left behind is a file in a build folder.
        let _ = fs::remove_file(&file);
        total
    }

    fn finish(&self, command: &mut Command) -> Result<String, String> {
        let output = command
            .stdin(Stdio::null())
            .current_dir(&self.folder)
            .output()
            .map_err(|error| format!("{command:?} could not be started: {error}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
    }
}

impl InC {
    fn build(&self, workspace: &Path, folder: &Path) -> Outcome {
        peers::ensure(self.config, self.package)?;
        let flags = Command::new(self.config)
            .args(["--cflags", "--libs"])
            .output()
            .map_err(|error| format!("{}: {error}", self.config))?;
        let mut compile = Command::new("cc");
        compile
            .args(["-O2", "-o"])
            .arg(folder.join(self.name))
            .arg(workspace.join(format!("c/{}.c", self.name)))
            .args(String::from_utf8_lossy(&flags.stdout).split_whitespace());
        run(&mut compile)
    }
}

fn read_total(file: &Path) -> Result<u64, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    total_of(&text).ok_or_else(|| format!("{}: no line with the total", file.display()))
}

/// The number of instructions that callgrind counted.
fn total_of(text: &str) -> Option<u64> {
    let line = |start: &'static str| text.lines().find_map(move |line| line.strip_prefix(start));
    line("totals:").or_else(|| line("summary:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_from_callgrind_s_file() {
        assert_eq!(total_of("version: 1\nevents: Ir\nfn=(1)\n1 5\ntotals: 1234\n"), Some(1234));
        assert_eq!(total_of("summary: 7\n"), Some(7));
        assert_eq!(total_of("events: Ir\n"), None);
    }
}
