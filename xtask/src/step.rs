//! One step: say what comes, run it, say how it ended.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

/// What went wrong, in a sentence for the person at the terminal.
pub type Outcome = Result<(), String>;

/// The folder that holds the workspace's `Cargo.toml`.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace").to_path_buf()
}

/// Where cargo puts what it builds, and where the peers' virtual environment lives.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Prints a heading that stands out in a log, with the minutes and seconds since the first one.
pub fn heading(text: &str) {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let seconds = FIRST.get_or_init(Instant::now).elapsed().as_secs();
    println!("\n== {text} [{}:{:02}]", seconds / 60, seconds % 60);
}

/// A `cargo` command in the workspace's root, without input.
#[must_use]
pub fn cargo(words: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(words).current_dir(root()).stdin(Stdio::null());
    command
}

/// Prints the command, runs it and fails when it does.
///
/// # Errors
/// When the program cannot be started or ends with another code than 0.
pub fn run(command: &mut Command) -> Outcome {
    let words = spell(command);
    println!("-- {words}");
    let began = Instant::now();
    let status = command.status().map_err(|error| format!("`{words}` could not be started: {error}"))?;
    println!("-- {:.0} s", began.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("`{words}` ended with {status}")) }
}

/// The command as one would type it.
fn spell(command: &Command) -> String {
    let program =
        Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_spelt_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/printf");
        command.args(["%s", "two words"]);
        assert_eq!(spell(&command), "printf %s two words");
    }

    #[test]
    fn a_step_that_fails_says_which_command_it_was() {
        let error = run(&mut cargo(&["no-such-subcommand-of-cargo"])).expect_err("cargo knows no such word");
        assert!(error.contains("no-such-subcommand-of-cargo"), "{error}");
    }
}
