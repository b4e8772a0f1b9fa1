use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a program may take for anything on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running program, which is killed on drop.
#[derive(Debug)]
pub struct Running {
    child: Child,
    folder: TempDir,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Running {
    /// Starts it without input; what it prints goes to files, so that nobody has to read along.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        Self::start_with(command, Stdio::null())
    }

    /// As [`Running::start`], with this as its standard input.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_with(command: &mut Command, input: Stdio) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = |name: &str| File::create(folder.path().join(name)).expect("the folder is ours");
        let child = command
            .stdin(input)
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, folder }
    }

    /// What it has printed on standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        read(self.folder.path().join("stdout"))
    }

    /// What it has printed on standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        read(self.folder.path().join("stderr"))
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    /// Asks `ready` again and again, with what was printed on standard output, until it gives something.
    ///
    /// # Panics
    /// When the program ends before, or it takes too long.
    pub fn wait_until<T>(&mut self, what: &str, mut ready: impl FnMut(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // In this order: what a program printed before it ended counts.
            let ended = self.status();
            if let Some(found) = ready(&self.stdout()) {
                return found;
            }
            if let Some(status) = ended {
                panic!("{what}: ended with {status}\n{}\n{}", self.stdout(), self.stderr());
            }
            assert!(Instant::now() < deadline, "{what}: too late\n{}\n{}", self.stdout(), self.stderr());
            pause();
        }
    }

    /// Sends a signal, such as `INT`.
    ///
    /// # Panics
    /// When it has ended already.
    pub fn signal(&self, name: &str) {
        let words = [format!("-{name}"), self.id().to_string()];
        let status = Command::new("kill").args(words).status().expect("there is a kill on every Unix");
        assert!(status.success(), "no process {} to send SIG{name} to", self.id());
    }

    /// Ends it as `kill -9` does. It may have ended already.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// When that takes too long.
    #[must_use]
    pub fn end(&mut self) -> Said {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.status() {
                return Said { code: status.code(), stdout: self.stdout(), stderr: self.stderr() };
            }
            assert!(Instant::now() < deadline, "does not end\n{}\n{}", self.stdout(), self.stderr());
            pause();
        }
    }

    /// Kills it and says whether SIGKILL is what ended it, or it had ended by itself before.
    pub fn kill_and_see(&mut self) -> bool {
        let _ = self.child.kill();
        let status = self.child.wait().expect("the child is ours");
        status.signal() == Some(9)
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the child is ours")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Said {
    /// The one sentence on standard error: exactly one line that begins with the program's name, without what a person
    /// should never see.
    ///
    /// # Panics
    /// When it is otherwise, or the exit code is not `code`.
    #[must_use]
    pub fn sentence(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        let mut sentences = self.stderr.lines().filter(|line| line.contains("remote-services-agent: "));
        let sentence = sentences.next().unwrap_or_else(|| panic!("no sentence: {:?}", self.stderr));
        assert_eq!(sentences.next(), None, "more than one sentence");
        assert!(self.stderr.ends_with(&format!("{sentence}\n")), "not the last line: {}", self.stderr);
        let sentence = sentence.trim_start_matches("remote-services-agent: ");
        for crooked in ["panicked", "Error {", "Error(", "Some(", "None", "kind:", "Os {", "\u{1b}"] {
            assert!(!sentence.contains(crooked), "{crooked:?} in {sentence:?}");
        }
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("backtrace"), "{}", self.stderr);
        assert!(!sentence.ends_with('.') && !sentence.trim().is_empty(), "{sentence:?}");
        sentence
    }

    /// As [`Said::sentence`], and nothing else was printed at all but that a secret stood on the command line, and the same in a
    /// document where JSON was asked for.
    ///
    /// # Panics
    /// When it is otherwise.
    #[must_use]
    pub fn only_sentence(&self, code: i32) -> &str {
        let sentence = self.sentence(code);
        let others = self.stderr.lines().filter(|line| !is_about_the_command_line(line)).count();
        assert_eq!(others, 1, "{}", self.all());
        if !self.stdout.is_empty() {
            let document: serde_json::Value = serde_json::from_str(&self.stdout).unwrap_or_default();
            let error = &document["error"];
            assert_eq!(
                (error["text"].as_str(), error["exitCode"].as_i64()),
                (Some(sentence), Some(code.into()))
            );
        }
        sentence
    }

    /// Both outputs together.
    #[must_use]
    pub fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

fn read(path: PathBuf) -> String {
    fs::read(path).map(|octets| String::from_utf8_lossy(&octets).into_owned()).unwrap_or_default()
}

/// Between two looks.
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

/// Whether this tells that a secret was given by an option in clear, as tests give them.
#[must_use]
pub fn is_about_the_command_line(line: &str) -> bool {
    line.starts_with("warning: --") && line.contains(" is on the command line, ")
}
