//! Which version a program says that it is.

use super::place::at;
use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Why a program says no version.
#[derive(Debug)]
pub(super) enum NoVersion {
    /// It is to blame, with one sentence.
    Program(String),
    /// This machine starts no programs there or now, such as a disk that is mounted `noexec`: nothing is known of the program.
    Machine(io::Error),
}

impl fmt::Display for NoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(why) => f.write_str(why),
            Self::Machine(error) => error.fmt(f),
        }
    }
}

/// The version that the program says that it is, or why it says none; an error where this machine did not let it be started.
pub(super) fn told_by(program: &Path) -> io::Result<Result<String, String>> {
    match version_of(program) {
        Ok(version) => Ok(Ok(version)),
        Err(NoVersion::Program(why)) => Ok(Err(why)),
        Err(NoVersion::Machine(error)) => Err(at(program)(error)),
    }
}

/// The last word of the first line of `PROGRAM --version`. The program and what it began are ended before this returns, but for
/// what left its process group: that is not waited for.
pub(super) fn version_of(program: &Path) -> Result<String, NoVersion> {
    let mut child = spawn(program)?;
    let said = listen(&mut child).map_err(NoVersion::Program)?;
    let version = said.lines().next().and_then(|line| line.split_whitespace().last());
    version.map(str::to_owned).ok_or_else(|| NoVersion::Program("it says no version".to_owned()))
}

fn spawn(program: &Path) -> Result<Child, NoVersion> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| match error.kind() {
        // Its interpreter or loader is not there; it is for another machine.
        io::ErrorKind::NotFound => NoVersion::Program(error.to_string()),
        _ if is_for_another(&error) || !is_executable(program) => NoVersion::Program(error.to_string()),
        // The disk is `noexec`, a policy of the host forbids it, or there is no room for a process.
        _ => NoVersion::Machine(error),
    })
}

/// ENOEXEC; elsewhere than on Unix the number is another one's.
fn is_for_another(error: &io::Error) -> bool {
    cfg!(not(unix)) || error.raw_os_error() == Some(8)
}

fn is_executable(program: &Path) -> bool {
    let Ok(found) = std::fs::metadata(program) else { return false };
    #[cfg(unix)]
    return std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o100 != 0;
    #[cfg(not(unix))]
    found.is_file()
}

/// What it says until it ends.
fn listen(child: &mut Child) -> Result<String, String> {
    let ended = wait(child, START);
    end(child);
    let status = child.wait().map_err(|error| error.to_string())?;
    ended?;
    if !status.success() {
        return Err("it ended with a failure".to_owned());
    }
    let output = child.stdout.take().ok_or_else(|| "it says nothing".to_owned())?;
    let said = said(output).map_err(|error| error.to_string())?;
    String::from_utf8(said).map_err(|error| error.to_string())
}

/// Returns when it ended, by itself and within this time.
fn wait(child: &mut Child, most: Duration) -> Result<(), String> {
    let until = Instant::now() + most;
    loop {
        match has_ended(child) {
            Ok(true) => return Ok(()),
            Ok(false) if Instant::now() < until => std::thread::sleep(Duration::from_millis(10)),
            Ok(false) => return Err(format!("it does not end within {} s", most.as_secs())),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Without taking its status: until that is done, nobody else gets the number of its group.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some())
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

/// Ends it and all of its group, if they have not ended.
fn end(child: &mut Child) {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    #[cfg(not(unix))]
    let _ = child.kill();
}

/// What it said before it ended, though another may still have the other end of the pipe.
#[cfg(unix)]
fn said(mut output: ChildStdout) -> io::Result<Vec<u8>> {
    rustix::io::ioctl_fionbio(&output, true)?;
    let mut said = [0; LONGEST];
    let mut length = 0;
    loop {
        match output.read(&mut said[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(said[..length].to_vec())
}

#[cfg(not(unix))]
fn said(output: ChildStdout) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    output.take(LONGEST as u64).read_to_end(&mut said)?;
    Ok(said)
}

/// How long a program may take to say its version.
const START: Duration = Duration::from_secs(30);
/// In octets.
const LONGEST: usize = 4096;
