//! `cargo xtask fuzz --seconds N [TARGET]`: the targets of `fuzz/targets` under libFuzzer, one after the other.
//!
//! With `--processor` the seconds are those of the processor, so that it comes to the same on a machine that has other work.
//! Needs a nightly toolchain and a C++ compiler; cargo-fuzz is installed under `target/tools` when it is not there. What
//! the fuzzer keeps stays in `target/fuzz/corpus` for the next time, and the committed corpus is its beginning.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{self, Outcome, cargo, heading, root};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Seconds for each target; at least 1.
    pub seconds: u32,
    /// Only this one.
    pub target: Option<String>,
    /// Whether the seconds are those of the processor and not of the clock.
    pub processor: bool,
    /// With AddressSanitizer, which finds faults of `unsafe` code in the crates that ours are made of, at a third of the speed.
    pub address: bool,
}

impl Wish {
    /// Reads the words behind `fuzz`; `None` when they are not understood.
    #[must_use]
    pub fn from_words(words: &[&str]) -> Option<Self> {
        let mut wish = Self { seconds: 0, target: None, processor: false, address: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seconds" => wish.seconds = words.next()?.parse().ok()?,
                "--processor" => wish.processor = true,
                "--address" => wish.address = true,
                name if !name.starts_with('-') && wish.target.is_none() => {
                    wish.target = Some(name.to_owned());
                }
                _ => return None,
            }
        }
        (wish.seconds > 0).then_some(wish)
    }
}

/// What became of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    executions: u64,
    /// Edges of the program that some input went over.
    edges: u64,
    /// Inputs that went where no other did before.
    kept: u64,
    /// Seconds that it took, of the kind that was asked for.
    seconds: u64,
    /// Why the fuzzer stopped before its time, and with which input.
    finding: Option<String>,
}

/// Runs the fuzzers and prints a table, which ends with one line of totals.
///
/// # Errors
/// When something was found: inputs are in `target/fuzz/findings`. And when there is no nightly toolchain, or no such
/// target.
pub fn run(wish: &Wish) -> Outcome {
    let targets = targets(wish.target.as_deref())?;
    let tool = install()?;
    heading("fuzz: building");
    let build = step::target().join("fuzz/build");
    let mut command = nightly(&tool);
    let sanitizer = if wish.address { "address" } else { "none" };
    command.args(["fuzz", "build", "--sanitizer", sanitizer, "--target-dir"]).arg(&build);
    if let [(only, _)] = &targets[..] {
        command.arg(only);
    }
    step::run(&mut command)?;
    let programs = build.join(host()?).join("release");
    let kind = if wish.processor { " of the processor" } else { "" };
    heading(&format!("fuzz: {} s{kind} for each target", wish.seconds));
    let mut rows = Vec::new();
    for (name, longest) in &targets {
        let tally = fuzz(&programs.join(name), name, *longest, wish)?;
        let Tally { executions, edges, kept, seconds, .. } = tally;
        let per_second = executions / seconds.max(1);
        println!(
            "{name}: {seconds} s, {executions} executions, {per_second} a second, {edges} edges, {kept} inputs kept"
        );
        if let Some(finding) = &tally.finding {
            println!("{finding}");
        }
        rows.push(tally);
    }
    total(&rows)
}

fn total(rows: &[Tally]) -> Outcome {
    let findings = rows.iter().filter(|row| row.finding.is_some()).count();
    let executions: u64 = rows.iter().map(|row| row.executions).sum();
    println!("fuzz: {} targets, {executions} executions, {findings} findings", rows.len());
    if findings == 0 { Ok(()) } else { Err(format!("{findings} findings, in target/fuzz/findings")) }
}

/// Names and longest inputs, as the crate of the targets tells them.
fn targets(only: Option<&str>) -> Result<Vec<(String, usize)>, String> {
    let mut command = cargo(&["run", "--quiet", "--package", "remote-services-fuzz-targets", "--", "list"]);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let all: Vec<(String, usize)> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, longest)| Some((name.to_owned(), longest.parse().ok()?)))
        .collect();
    let wanted: Vec<(String, usize)> =
        all.iter().filter(|(name, _)| only.is_none_or(|only| only == name)).cloned().collect();
    if wanted.is_empty() {
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        return Err(format!("no such target; there are {}", names.join(", ")));
    }
    Ok(wanted)
}

/// The folder with cargo-fuzz in it.
fn install() -> Result<PathBuf, String> {
    let tools = step::target().join("tools");
    let folder = tools.join("bin");
    if !folder.join("cargo-fuzz").is_file() {
        heading("fuzz: installing cargo-fuzz");
        let mut install = cargo(&["install", "--locked", "--version", CARGO_FUZZ, "--root"]);
        step::run(install.arg(&tools).arg("cargo-fuzz"))?;
    }
    Ok(folder)
}

/// A `cargo` of the nightly toolchain, which finds what is in `tool`.
fn nightly(tool: &Path) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tool.to_path_buf()).chain(std::env::split_paths(&path));
    let mut command = Command::new("cargo");
    command.current_dir(root().join("fuzz")).env("RUSTUP_TOOLCHAIN", "nightly").stdin(Stdio::null());
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    for inherited in ["CARGO", "RUSTC", "RUSTFLAGS", "CARGO_TARGET_DIR"] {
        command.env_remove(inherited);
    }
    command
}

/// What this machine is called: the folder that cargo-fuzz builds for.
fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// One fuzzer for its time. Everything that it says is kept in `target/fuzz/NAME.log`.
fn fuzz(program: &Path, name: &str, longest: usize, wish: &Wish) -> Result<Tally, String> {
    let ours = step::target().join("fuzz");
    let (corpus, findings) = (ours.join("corpus").join(name), ours.join("findings").join(name));
    for folder in [&corpus, &findings] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let fuzz = root().join("fuzz");
    let mut command = Command::new(program);
    command
        .arg(format!("-max_len={longest}"))
        .arg(format!("-dict={}", fuzz.join(format!("dictionaries/{name}.dict")).display()))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .args(["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1", "-use_value_profile=1"])
        .args([&corpus, &fuzz.join("corpus").join(name)]);
    if !wish.processor {
        command.arg(format!("-max_total_time={}", wish.seconds));
    }
    watch(&mut command, &ours.join(format!("{name}.log")), wish)
}

/// Runs a fuzzer until its time is over, and reads its last words.
fn watch(command: &mut Command, log: &Path, wish: &Wish) -> Result<Tally, String> {
    let file = fs::File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| format!("{program}: {error}");
    let began = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn().map_err(failed)?;
    let (mut seconds, mut asked) = (0, false);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        seconds = if wish.processor { processor_seconds(child.id())? } else { began.elapsed().as_secs() };
        // At this signal libFuzzer ends in good order and says what it did; of the clock's time it minds itself.
        if wish.processor && seconds >= wish.seconds.into() && !asked {
            asked = true;
            Command::new("kill").args(["-USR1", &child.id().to_string()]).status().map_err(failed)?;
        }
        std::thread::sleep(LOOKING);
    };
    let said = fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let said = String::from_utf8_lossy(&said);
    let finding = (!status.success()).then(|| {
        let telling = said.lines().filter(|line| TELLING.iter().any(|words| line.contains(words)));
        let telling: Vec<&str> = telling.take(12).collect();
        format!("{status}; all of it is in {}\n{}", log.display(), telling.join("\n"))
    });
    Ok(Tally { seconds, finding, ..last_words(&said) })
}

/// What a fuzzer counted, by its status lines (`#1024 REDUCE cov: 978 ft: 2000 corp: 2797/90Kb …`) and its last ones.
fn last_words(said: &str) -> Tally {
    let after = |label: &str| {
        let rest = said.rsplit_once(label).map(|(_, rest)| rest.trim_start())?;
        rest.split(|other: char| !other.is_ascii_digit()).next()?.parse().ok()
    };
    let number = |label: &str| after(label).unwrap_or(0);
    Tally {
        executions: number("stat::number_of_executed_units:"),
        edges: number(" cov: "),
        kept: number(" corp: "),
        ..Tally::default()
    }
}

/// Seconds of the processor that a process took so far, as Linux tells them in `/proc/PID/stat` (fields `utime` and `stime`,
/// in hundredths).
fn processor_seconds(id: u32) -> Result<u64, String> {
    let path = format!("/proc/{id}/stat");
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{path}: {error}; without it --processor cannot be had"))?;
    let fields = text.rsplit_once(") ").map(|(_, fields)| fields.split(' ').skip(11).take(2));
    let ticks = fields.into_iter().flatten().map(|field| field.parse::<u64>().unwrap_or(0)).sum::<u64>();
    Ok(ticks / 100)
}

const LOOKING: Duration = Duration::from_millis(200);
const CARGO_FUZZ: &str = "0.13.2";
/// What the lines have that tell what was found.
const TELLING: [&str; 5] = ["panicked at", "assertion", "ERROR: ", "SUMMARY: ", "Test unit written to"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_order_and_nonsense_is_not() {
        let wish = Wish { seconds: 5, target: Some("ber".into()), processor: false, address: false };
        assert_eq!(Wish::from_words(&["--seconds", "5", "ber"]), Some(wish.clone()));
        assert_eq!(Wish::from_words(&["ber", "--seconds", "5"]), Some(wish.clone()));
        let words = ["--address", "--seconds", "5", "--processor", "ber"];
        assert_eq!(Wish::from_words(&words), Some(Wish { address: true, processor: true, ..wish }));
        for words in
            [&[][..], &["ber"], &["--seconds"], &["--seconds", "0"], &["--seconds", "x"], &["--fast"]]
        {
            assert_eq!(Wish::from_words(words), None, "{words:?}");
        }
        assert_eq!(Wish::from_words(&["--seconds", "5", "ber", "text"]), None, "one target or all");
    }

    fn said(name: &str, script: &str, processor: bool) -> Tally {
        let log = std::env::temp_dir().join(format!("xtask-fuzz-{}-{name}", std::process::id()));
        let wish = Wish { seconds: 1, target: None, processor, address: false };
        let tally = watch(Command::new("sh").args(["-c", script]), &log, &wish).expect("there is a shell");
        fs::remove_file(log).expect("it was written");
        tally
    }

    #[test]
    fn the_last_words_of_a_fuzzer_are_counted_and_its_failure_is_a_finding() {
        let words = "echo '#1 INITED cov: 7 ft: 9 corp: 3/9b' >&2; echo '#8 DONE   cov: 978 ft: 2000 corp: 2797/90Kb' >&2; \
                     echo 'stat::number_of_executed_units: 1234' >&2";
        let fine = said("fine", words, false);
        let seconds = fine.seconds;
        assert_eq!(fine, Tally { executions: 1234, edges: 978, kept: 2797, seconds, finding: None });
        let found =
            said("found", &format!("echo \"thread 'x' panicked at y.rs:3\" >&2; {words}; exit 77"), false);
        assert_eq!(found.executions, 1234);
        assert!(found.finding.as_ref().is_some_and(|text| text.contains("panicked at y.rs:3")), "{found:?}");
        assert_eq!(total(&[fine.clone(), fine.clone()]), Ok(()));
        assert!(total(&[fine, found]).is_err_and(|error| error.starts_with("1 findings")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn by_the_processor_waiting_does_not_count_and_the_end_is_asked_for() {
        let began = Instant::now();
        let script =
            "trap 'echo stat::number_of_executed_units: 5 >&2; exit 0' USR1; sleep 1; while :; do :; done";
        let tally = said("processor", script, true);
        assert_eq!((tally.executions, &tally.finding), (5, &None));
        assert!(tally.seconds >= 1, "{tally:?}");
        assert!(began.elapsed() >= Duration::from_secs(2), "a second of waiting, and one of work");
    }

    #[test]
    fn a_fuzzer_that_does_not_start_is_no_finding() {
        let log = std::env::temp_dir().join(format!("xtask-fuzz-{}-none", std::process::id()));
        let wish = Wish { seconds: 1, target: None, processor: false, address: false };
        assert!(watch(&mut Command::new("/no/such/program"), &log, &wish).is_err());
        fs::remove_file(log).expect("it was made");
    }
}
