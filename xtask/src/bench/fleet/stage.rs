//! What the rows of the fleet stand on: many printers made of recordings, an agent that is registered, and programs that are
//! measured while they run.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::peers;
use crate::step::{cargo, root, run, target};

/// The port that the printers answer on: above those that need rights.
pub(super) const PORT: &str = "16161";

/// The programs, built with all optimisation, and a folder for what they write.
#[derive(Debug)]
pub(super) struct Stage {
    agent: PathBuf,
    responder: PathBuf,
    recordings: PathBuf,
    folder: PathBuf,
    /// Data of an agent that is registered with a server that is away.
    data: PathBuf,
}

/// What a program took.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Seconds from its start to its end.
    pub(super) wall: f64,
    /// Seconds of CPU, its own and its children's.
    pub(super) cpu: f64,
    /// The most memory that it held, in MiB.
    pub(super) memory: f64,
    /// What it printed.
    pub(super) printed: String,
}

impl Stage {
    /// Builds the programs and registers an agent.
    ///
    /// # Errors
    /// When the tool that plays printers is not beside the project, or something does not build.
    pub(super) fn build() -> Result<Self, String> {
        let shared = root().join("../shared");
        let (tool, recordings) = (shared.join("tools/fleet-responder"), shared.join("data/printers"));
        if !tool.is_dir() || !recordings.is_dir() {
            return Err("without fleet-responder and recordings beside the project (shared/tools, shared/data) there \
                        is nobody to ask"
                .into());
        }
        let folder = target().join("bench-fleet");
        let built = target().join("peers/fleet-responder");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let manifest = tool.join("Cargo.toml").display().to_string();
        let mut build = cargo(&["build", "--release", "--manifest-path", &manifest]);
        run(build.arg("--target-dir").arg(&built))?;
        run(&mut cargo(&["build", "--release", "--locked", "--package", "remote-services-agent"]))?;
        peers::ensure("snmpbulkwalk", "snmp")?;
        let mut stage = Self {
            agent: target().join("release/remote-services-agent"),
            responder: built.join("release/fleet-responder"),
            recordings,
            data: PathBuf::new(),
            folder,
        };
        stage.register()?;
        Ok(stage)
    }

    /// A demonstration leaves an agent behind whose server is gone: what it reads stays in its spool.
    fn register(&mut self) -> Result<(), String> {
        let home = self.folder.join("demo");
        // Of an earlier run.
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        run(Command::new(&self.agent)
            .args(["demo", "--printers", "2"])
            .env("TMPDIR", &home)
            .stdout(Stdio::null()))?;
        self.data = find(&home, "devices.json")
            .and_then(|file| Some(file.parent()?.parent()?.to_owned()))
            .ok_or("the demonstration left no agent behind")?;
        // The peers read no detailed usage, so we do not either.
        let settings = self.data.join("agent.toml");
        let others = fs::read_to_string(&settings).unwrap_or_default();
        fs::write(&settings, format!("detailed-usage = \"off\"\n{others}"))
            .map_err(|error| format!("{}: {error}", settings.display()))
    }

    /// An agent with an empty memory and an empty spool.
    pub(super) fn agent_data(&self) -> Result<PathBuf, String> {
        let _ = fs::remove_dir_all(self.data.join("spool"));
        let _ = fs::remove_file(self.data.join("state/devices.json"));
        Ok(self.data.clone())
    }

    /// Where its sealed payloads wait.
    pub(super) fn spooled(&self) -> PathBuf {
        self.data.join("spool/pending")
    }

    /// The agent's program with these words.
    pub(super) fn agent(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.agent);
        command.args(words);
        command
    }

    /// Starts so many printers.
    ///
    /// # Errors
    /// When they do not start.
    pub(super) fn printers(&self, count: usize, words: &[&str]) -> Result<Printers, String> {
        let stats = self.folder.join("stats.jsonl");
        let _ = fs::remove_file(&stats);
        let mut command = Command::new(&self.responder);
        command.args(["--port", PORT, "--count", &count.to_string(), "--seconds", "3600"]).args(words);
        command.arg("--stats").arg(&stats).arg(&self.recordings).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("fleet-responder: {error}"))?;
        let printers = Printers { child, stats, lines: 0 };
        std::thread::sleep(Duration::from_secs(1));
        Ok(printers)
    }

    /// How many of these addresses answer.
    pub(super) fn alive(&self, count: usize, words: &[&str]) -> Result<usize, String> {
        let mut command = Command::new(&self.responder);
        command.args(["--list", "--count", &count.to_string()]).args(words).arg(&self.recordings);
        let output = command.output().map_err(|error| format!("fleet-responder: {error}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.ends_with("|alive")).count())
    }

    /// Runs a program to its end, whatever that is.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn measure(&self, command: &mut Command) -> Result<Measured, String> {
        self.measure_until(command, None)
    }

    /// The same, but interrupts it as soon as it has told this.
    ///
    /// # Errors
    /// As there.
    pub(super) fn measure_until(
        &self,
        command: &mut Command,
        told: Option<&str>,
    ) -> Result<Measured, String> {
        let (path, log) = (self.folder.join("printed"), self.folder.join("told"));
        let create =
            |path: &Path| fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()));
        let (file, errors) = (create(&path)?, create(&log)?);
        let (cpu, began) = (cpu_of_children(), Instant::now());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let mut memory = 0.0_f64;
        while child.try_wait().map_err(|error| error.to_string())?.is_none() {
            memory = memory.max(most_memory(child.id()).unwrap_or(0.0));
            let has_told = told.filter(|told| fs::read_to_string(&log).unwrap_or_default().contains(*told));
            if has_told.is_some() {
                // A second time does no harm.
                let _ = run_quietly(Command::new("kill").args(["-INT", &child.id().to_string()]));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let wall = began.elapsed().as_secs_f64();
        let printed = fs::read_to_string(&path).unwrap_or_default();
        Ok(Measured { wall, cpu: cpu_of_children() - cpu, memory, printed })
    }
}

/// Printers that run.
#[derive(Debug)]
pub(super) struct Printers {
    child: Child,
    stats: PathBuf,
    lines: usize,
}

/// What the printers have seen since the last time.
#[derive(Clone, Debug)]
pub(super) struct Seen(String);

impl Printers {
    /// Counts what came since the last time, and begins anew.
    ///
    /// # Errors
    /// When the printers do not say.
    pub(super) fn seen(&mut self) -> Result<Seen, String> {
        let pid = self.child.id().to_string();
        run_quietly(Command::new("kill").args(["-USR1", &pid]))?;
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            let text = fs::read_to_string(&self.stats).unwrap_or_default();
            if text.ends_with('\n')
                && let Some(line) = text.lines().nth(self.lines)
            {
                self.lines += 1;
                return Ok(Seen(line.to_owned()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("fleet-responder does not say what it has seen".into())
    }
}

impl Drop for Printers {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Seen {
    /// A number by its name.
    pub(super) fn number(&self, name: &str) -> f64 {
        number(&self.0, name).unwrap_or(f64::NAN)
    }
}

fn number(line: &str, name: &str) -> Option<f64> {
    let (_, rest) = line.split_once(&format!("\"{name}\":"))?;
    rest.split([',', '}']).next()?.parse().ok()
}

fn run_quietly(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// The first file of this name below a folder.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ if entry.file_name() == name => return Some(entry.path()),
                _ => {}
            }
        }
    }
    None
}

/// Seconds of CPU of children that were waited for; the system counts hundredths.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    ticks_of_children(&stat).map_or(f64::NAN, |ticks| ticks / 100.0)
}

/// cutime and cstime, the fields 16 and 17; the name in field 2 may hold anything.
fn ticks_of_children(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field = |at: usize| fields.get(at - 3)?.parse::<f64>().ok();
    Some(field(16)? + field(17)?)
}

/// VmHWM in MiB.
fn most_memory(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_and_the_printers_say_is_read() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 200 0 0 5 6 70 30 20 0 1 0 100 0 0";
        assert_eq!(ticks_of_children(stat), Some(100.0));
        assert!(cpu_of_children() >= 0.0);
        assert!(most_memory(std::process::id()).is_some_and(|mebibytes| mebibytes > 0.1));
        let line = "{\"window_s\":4.002,\"requests\":12,\"peak_100ms\":1}";
        assert_eq!((number(line, "requests"), number(line, "peak_100ms")), (Some(12.0), Some(1.0)));
        assert_eq!(number(line, "replies"), None);
    }
}
