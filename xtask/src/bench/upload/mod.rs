//! `cargo xtask bench upload`: our client beside curl, sending to nginx over mutual TLS 1.3, and the spool beside the bare
//! calls that make a file durable.
//!
//! Ours is the blocking driver with ring under TLS. It hashes each body, which curl does not: of what was
//! sealed and kept the digest is known when it is sent, and that is what the goal is about; the figure beside it has the
//! digest taken first, with the file read twice.
mod nginx;

use super::row::Line;
use super::{Programs, Table};
use crate::peers;
use crate::step::{heading, target};
use nginx::Nginx;

/// Measures every row and prints the table.
///
/// # Errors
/// When the programs cannot be built, or nginx or openssl is neither there nor to be had. A goal that was missed is no
/// error: it stands in the table.
pub(super) fn table() -> Result<Table, String> {
    for (program, package) in [("nginx", "nginx-light"), ("openssl", "openssl"), ("curl", "curl")] {
        peers::ensure(program, package)?;
    }
    heading("bench: ours, built with all optimisation");
    let programs = Programs::of_workspace("remote-services-benches")?;
    let nginx = Nginx::start(&target().join("bench-upload"))?;
    heading("bench: measuring, which takes a minute");
    let stage = Stage { programs, nginx };
    let rows: &[(&str, Measure)] = &[
        ("CPU, 256 MiB streamed", streaming),
        ("memory, 256 MiB streamed", memory),
        ("CPU, 5 KB from the start of the process", one_shot),
        ("5 KB kept durably in the spool", append),
    ];
    Ok(Table::print(rows.iter().map(|(work, measure)| ((*work).to_owned(), measure(&stage)))))
}

type Measure = fn(&Stage) -> Result<Line, String>;

struct Stage {
    programs: Programs,
    nginx: Nginx,
}

/// What a program took: seconds of CPU, and the most memory in MiB.
#[derive(Clone, Copy, Debug)]
struct Took {
    cpu: f64,
    memory: f64,
}

const BIG: usize = 256 << 20;
const SMALL: usize = 5_000;
const STREAMS: usize = 5;
const SHOTS: usize = 50;
/// Payloads kept; the middle one counts.
const APPENDS: &str = "500";

impl Stage {
    fn took(&self, words: &[&str]) -> Result<Took, String> {
        let printed = self.programs.output("took", words)?;
        took(&printed).ok_or_else(|| format!("took printed no two numbers: {printed}"))
    }

    fn curl(&self, file: &str) -> Result<Took, String> {
        let url = format!("{}/curl", self.nginx.url());
        let file_of = |name| self.nginx.path(name);
        let (ca, certificate, key) = (file_of("ca.pem"), file_of("client.pem"), file_of("client.key"));
        let identity = ["--cacert", &*ca, "--cert", &certificate, "--key", &key];
        let words = [
            &["curl", "-q", "--noproxy", "*", "--silent", "--fail", "--tlsv1.3"],
            &identity[..],
            &["-T", file, &url],
        ]
        .concat();
        self.took(&words)
    }

    fn ours(&self, file: &str, digest: Option<&str>) -> Result<Took, String> {
        let (url, identity) = (self.nginx.url(), self.nginx.path("identity"));
        let words = ["./send", &url, &identity, file].into_iter().chain(digest).collect::<Vec<_>>();
        self.took(&words)
    }

    /// Of several runs, by turns, the least time and the most memory: ours with the digest known, as that of all that
    /// comes from the spool is, ours without, curl's.
    fn streams(&self) -> Result<[Took; 3], String> {
        let file = self.nginx.file("big", BIG)?;
        let digest = self.programs.output("send", &["digest", &file])?;
        let mut took = [Took { cpu: f64::INFINITY, memory: 0.0 }; 3];
        for _ in 0..STREAMS {
            let run = [self.ours(&file, Some(digest.trim()))?, self.ours(&file, None)?, self.curl(&file)?];
            for (took, run) in took.iter_mut().zip(run) {
                *took = Took { cpu: took.cpu.min(run.cpu), memory: took.memory.max(run.memory) };
            }
        }
        Ok(took)
    }
}

fn streaming(stage: &Stage) -> Result<Line, String> {
    let [known, hashed, curl] = stage.streams()?;
    Ok(line(
        "<= 0.8 x curl",
        format!("curl {:.3} s", curl.cpu),
        format!("{:.3} s ({:.3} s when the digest has to be taken first)", known.cpu, hashed.cpu),
        known.cpu / curl.cpu,
        0.8,
    ))
}

fn memory(stage: &Stage) -> Result<Line, String> {
    let [known, hashed, curl] = stage.streams()?;
    let ours = known.memory.max(hashed.memory);
    Ok(line(
        "<= 0.45 x curl",
        format!("curl {:.1} MiB", curl.memory),
        format!("{ours:.1} MiB"),
        ours / curl.memory,
        0.45,
    ))
}

fn one_shot(stage: &Stage) -> Result<Line, String> {
    let file = stage.nginx.file("small", SMALL)?;
    let (mut ours, mut curl) = (Vec::new(), Vec::new());
    for _ in 0..SHOTS {
        ours.push(stage.ours(&file, None)?.cpu);
        curl.push(stage.curl(&file)?.cpu);
    }
    let (ours, curl) = (middle(ours), middle(curl));
    let milliseconds = |seconds: f64| format!("{:.2} ms", seconds * 1e3);
    Ok(line("<= 0.4 x curl", format!("curl {}", milliseconds(curl)), milliseconds(ours), ours / curl, 0.4))
}

fn append(stage: &Stage) -> Result<Line, String> {
    let printed = stage.programs.output("append", &[&stage.nginx.path("spool"), APPENDS])?;
    let (ours, bare) =
        two_numbers(&printed).ok_or_else(|| format!("append printed no two numbers: {printed}"))?;
    Ok(line(
        "<= 1.3 x the bare calls",
        format!("write, fsync, rename, fsync of the folder {bare:.0} us"),
        format!("{ours:.0} us"),
        ours / bare,
        1.3,
    ))
}

fn line(goal: &str, peers: String, ours: String, ratio: f64, most: f64) -> Line {
    Line { goal: goal.into(), peers, ours, ratio: format!("{ratio:.2}"), reached: ratio <= most }
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn took(printed: &str) -> Option<Took> {
    let (cpu, memory) = two_numbers(printed)?;
    Some(Took { cpu, memory })
}

fn two_numbers(printed: &str) -> Option<(f64, f64)> {
    let (one, other) = printed.trim().split_once(' ')?;
    Some((one.parse().ok()?, other.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_programs_print_is_read_and_a_goal_is_a_limit() {
        assert_eq!(two_numbers("0.147616 4.07\n"), Some((0.147_616, 4.07)));
        assert_eq!(two_numbers("0.1"), None);
        assert!(middle(vec![3.0, 1.0, 2.0]) == 2.0 && middle(Vec::new()).is_nan());
        let reached = |ratio| line("", String::new(), String::new(), ratio, 0.8).reached;
        assert!(reached(0.8) && !reached(0.81) && !reached(f64::NAN));
    }
}
