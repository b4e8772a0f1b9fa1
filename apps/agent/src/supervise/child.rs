//! The agent as a process of the supervisor.

use crate::failure::{Context, ExitCode, Failure};
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// A running agent. It is ended in good order when it is not waited for any more.
pub(super) struct Agent(Child);

impl Agent {
    /// Starts `PROGRAM run --data DATA ARGUMENTS…`.
    pub(super) fn start(program: &Path, data: &Path, arguments: &[String]) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.arg("run").arg("--data").arg(data).args(arguments);
        command.spawn().map(Self).context(program.display())
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.0.try_wait().context("the agent cannot be watched")
    }

    /// Asks it to end, and ends it when it does not.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        if self.ended()?.is_some() {
            return Ok(());
        }
        // It is not waited for yet, so the number is still its own.
        let asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        let until = Instant::now() + if asked { GRACE } else { Duration::ZERO };
        while self.ended()?.is_none() {
            if Instant::now() >= until {
                let _ = self.0.kill();
                self.0.wait().context("the agent cannot be watched")?;
                break;
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Whoever ends without this leaves an agent that nobody watches.
        let _ = self.end();
    }
}

/// Whether it ended since it was refused what it has to show, such as the PIN of its token: no start is the cure of that.
pub(super) fn was_refused(status: ExitStatus) -> bool {
    status.code() == Some(i32::from(ExitCode::Refused as u8))
}

/// How an agent ended, in words.
pub(super) fn words(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// How long an agent may take to end what it is at.
const GRACE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);
