//! Children that die with their guard, ports nobody else has, and waiting with a deadline.
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a peer may take to start or to answer on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A child in a process group of its own; the whole group is killed on drop.
#[derive(Debug)]
pub struct Guard {
    child: Child,
    log: PathBuf,
}

impl Guard {
    /// Starts `command` with no input and both outputs in the file `log`.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).expect("a log file can be made in the test's own folder");
        let errors = file.try_clone().expect("an open file can be opened twice");
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log: log.to_path_buf() }
    }

    /// Waits until `ready` gives something.
    ///
    /// # Panics
    /// With the child's log, when it ended or the deadline passed.
    pub fn wait_until<T>(&mut self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = ready() {
                return found;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{what}: ended with {status}\n{}", self.log());
            }
            assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the child has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Kills the group as `kill -9` does and waits for the child.
    pub fn kill(&mut self) {
        // The shell's own `kill` is there on every Unix, and takes a group; std only kills the child itself.
        let group = format!("kill -9 -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &group]).stderr(Stdio::null()).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for the child to end by itself.
    ///
    /// # Panics
    /// When it has not ended before the deadline.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "did not end within {patience:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The child's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a short command to its end.
///
/// # Panics
/// When the program cannot be started.
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a short command that must succeed and gives what it printed.
///
/// # Panics
/// With all that it printed, when it fails.
pub fn run_ok(command: &mut Command) -> String {
    let output = run(command);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{printed}\n{errors}", output.status);
    printed
}

/// A UDP port on 127.0.0.1 that was free a moment ago.
#[must_use]
pub fn free_udp_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.local_addr().expect("a bound socket has an address").port()
}

/// A TCP port on 127.0.0.1 that was free a moment ago.
#[must_use]
pub fn free_tcp_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Whether this process is root's: some daemons then behave in another way.
#[must_use]
pub fn runs_as_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}

/// States of the TCP sockets of a process, as `/proc/net/tcp` numbers them: `01` established, `0A` listening.
#[must_use]
pub fn tcp_states(process: u32) -> BTreeSet<String> {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{process}/fd")) else { return BTreeSet::new() };
    let links = descriptors.flatten().filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
    let sockets: BTreeSet<String> = links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{process}/net/{table}")));
    let tables = tables.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let columns = tables.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let of_ours = columns.filter(|columns| columns.get(9).is_some_and(|inode| sockets.contains(*inode)));
    of_ours.map(|columns| columns[3].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_guard_takes_the_childs_children_along() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("grandchild");
        let script = format!("sleep 600 & echo $! > {}; wait", mark.display());
        let mut guard = Guard::start(Command::new("sh").args(["-c", &script]), &folder.path().join("log"));
        let grandchild = guard.wait_until("the grandchild's id", || {
            fs::read_to_string(&mark).ok().filter(|text| text.ends_with('\n'))
        });
        let alive = || Path::new("/proc").join(grandchild.trim()).join("exe").read_link().is_ok();
        assert!(alive());
        drop(guard);
        let deadline = Instant::now() + PATIENCE;
        while alive() {
            assert!(Instant::now() < deadline, "the grandchild lives on");
            std::thread::yield_now();
        }
    }

    #[test]
    #[should_panic(expected = "cannot open the shop")]
    fn a_child_that_ends_early_shows_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo cannot open the shop; exit 3";
        let mut guard = Guard::start(Command::new("sh").args(["-c", script]), &folder.path().join("log"));
        guard.wait_until("a shop", || None::<()>);
    }
}
