//! Which version a program says that it is.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The last word of the first line of `PROGRAM --version`. The program and what it began are ended before this returns, but for
/// what left its process group: that is not waited for.
pub(super) fn version_of(program: &Path) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let ended = wait(&mut child, START);
    end(&mut child);
    let status = child.wait().map_err(|error| error.to_string())?;
    ended?;
    if !status.success() {
        return Err("it ended with a failure".to_owned());
    }
    let output = child.stdout.take().ok_or_else(|| "it says nothing".to_owned())?;
    let said = said(output).map_err(|error| error.to_string())?;
    let said = String::from_utf8(said).map_err(|error| error.to_string())?;
    let version = said.lines().next().and_then(|line| line.split_whitespace().last());
    version.map(str::to_owned).ok_or_else(|| "it says no version".to_owned())
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
