//! The test programs of the workspace, several at a time.
//!
//! `cargo test` runs them one after the other, and most of those in `interop` wait for other programs: two cores are
//! idle for two thirds of the time. Here one more runs than there are cores. What a program says is printed as a whole when it has ended.
use std::collections::VecDeque;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use serde_json::Value;

use crate::step::cargo;
use crate::tally::Tally;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The package's folder, in which it runs.
    folder: PathBuf,
    /// What a person calls it: `remote-services-snmp/tests/driver.rs`.
    name: String,
    executable: PathBuf,
}

/// What one of them came to.
struct Ended {
    name: String,
    executable: PathBuf,
    said: Vec<u8>,
    /// Why it cannot be called green; `None` when it can.
    fault: Option<String>,
}

/// Builds all, and says which there are, in cargo's order.
///
/// # Errors
/// When they cannot be built.
pub fn build(arguments: &[&str]) -> Result<Vec<Program>, String> {
    let words = [&["test", "--no-run", "--message-format=json-render-diagnostics"], arguments].concat();
    println!("-- cargo {}", words.join(" "));
    let output = cargo(&words)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo could not be run: {error}"))?;
    if !output.status.success() {
        return Err("the tests could not be built".to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(Program::from_message).collect())
}

impl Program {
    /// Reads one of cargo's messages; `None` when it is of something else.
    fn from_message(line: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message["profile"]["test"].as_bool()?;
        let folder = Path::new(message["manifest_path"].as_str()?).parent()?;
        let source = Path::new(message["target"]["src_path"].as_str()?);
        let executable = PathBuf::from(message["executable"].as_str().filter(|_| is_test)?);
        let package = folder.file_name()?.to_string_lossy();
        let source = source.strip_prefix(folder).unwrap_or(source);
        let name = format!("{package}/{}", source.display());
        Some(Self { folder: folder.to_path_buf(), name, executable })
    }

    /// Runs it, with both of its streams in one pipe, so that the order is kept.
    fn run(self, told: &str) -> Ended {
        let mut said = Vec::new();
        let fault = match self.status(told, &mut said) {
            Ok(status) if status.success() => None,
            Ok(status) => Some(status.to_string()),
            Err(error) => Some(error.to_string()),
        };
        Ended { name: self.name, executable: self.executable, said, fault }
    }

    fn status(&self, told: &str, said: &mut Vec<u8>) -> std::io::Result<std::process::ExitStatus> {
        let (mut reader, writer) = std::io::pipe()?;
        let mut command = Command::new(&self.executable);
        command.arg("--show-output").current_dir(&self.folder).env(told, "1");
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.spawn()?;
        // With it go our own ends of the pipe, so that reading ends when the program does.
        drop(command);
        reader.read_to_end(said)?;
        child.wait()
    }
}

/// Runs all of them with this variable set; gives the names of those that were not green, each with why.
#[must_use]
pub fn run(programs: Vec<Program>, told: &str, tally: &mut Tally) -> Vec<String> {
    let at_a_time = thread::available_parallelism().map_or(1, NonZero::get) + 1;
    let waiting = Mutex::new(VecDeque::from(programs));
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let (sender, receiver) = mpsc::channel();
    let mut faults = Vec::new();
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            let sender = sender.clone();
            scope.spawn(move || {
                while let Some(program) = next() {
                    if sender.send(program.run(told)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for ended in receiver {
            let heading = format!("     Running {} ({})", ended.name, ended.executable.display());
            let said = String::from_utf8_lossy(&ended.said);
            for line in std::iter::once(heading.as_str()).chain(said.lines()) {
                if tally.line(line) {
                    println!("{line}");
                }
            }
            faults.extend(ended.fault.map(|why| format!("{}: {why}", ended.name)));
        }
    });
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_program_is_told_from_all_else_that_cargo_builds() {
        let message = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/house/room/Cargo.toml","target":{{"src_path":
                "/house/room/tests/door.rs"}},"profile":{{"test":{test}}},"executable":{executable}}}"#
            )
        };
        let program = Program::from_message(&message(true, "\"/out/door-1\"")).unwrap();
        assert_eq!(program.name, "room/tests/door.rs");
        assert_eq!(program.folder, Path::new("/house/room"));
        assert_eq!(program.executable, Path::new("/out/door-1"));
        for other in [&message(false, "\"/out/door\""), &message(true, "null"), "{}", "warning"] {
            assert_eq!(Program::from_message(other), None, "{other}");
        }
    }

    fn shell(name: &str, script: &str) -> Program {
        let file = std::env::temp_dir().join(format!("xtask-programs-{}-{name}", std::process::id()));
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        let mut rights = std::fs::metadata(&file).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o700);
        std::fs::set_permissions(&file, rights).unwrap();
        Program { folder: std::env::temp_dir(), name: name.to_owned(), executable: file }
    }

    #[test]
    fn each_is_counted_once_and_one_that_dies_without_a_word_is_no_success() {
        let green = "echo 'test a ... ok'; echo 'test result: ok. 1 passed; 0 failed; 0 ignored'";
        let mut programs: Vec<Program> =
            (0..7).map(|number| shell(&format!("green{number}"), green)).collect();
        programs.push(shell("dead", "kill -9 $$"));
        programs.push(Program { executable: "/no/such/program".into(), ..shell("none", "") });
        let files: Vec<PathBuf> =
            programs.iter().map(|program| program.folder.join(&program.executable)).collect();
        let mut tally = Tally::default();
        let mut faults = run(programs, "XTASK_TESTS", &mut tally);
        faults.sort();
        assert_eq!(tally.counts(), (7, 0, 0));
        assert_eq!(tally.programs(), 7);
        assert!(
            matches!(&faults[..], [dead, none] if dead.starts_with("dead: signal") && none.starts_with("none: ")),
            "{faults:?}"
        );
        for file in files {
            let _absent = std::fs::remove_file(file);
        }
    }
}
