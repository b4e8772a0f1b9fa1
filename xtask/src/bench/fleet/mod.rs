//! `cargo xtask bench fleet`: discovering and collecting many printers, beside what Debian has for it.
//!
//! The printers are recordings on addresses of loopback, each with a service time and one request at a time, as real ones
//! have. Ours is the agent's program from its start to its end, at 2,000 packets a second; it reads into the spool of an
//! agent whose server is away. The other programs read the same printers at their usual pace.
mod stage;

use std::process::{Command, Stdio};

use super::Table;
use super::row::Line;
use crate::peers;
use crate::step::heading;
use stage::{Measured, PORT, Printers, Seen, Stage};

/// Measures every row and prints the table.
///
/// # Errors
/// When the programs cannot be built. A goal that was missed is no error: it stands in the table.
pub(super) fn table() -> Result<Table, String> {
    heading("bench: ours, built with all optimisation");
    let stage = Stage::build()?;
    heading("bench: measuring, which takes minutes");
    let rows: &[(&str, Measure)] = &[
        ("discovery, 254 alive", discovery),
        ("discovery, 254 addresses half silent", half_silent),
        ("discovery, 254 addresses all silent, v2c and v1", all_silent),
        ("discovery, 5 % of the requests lost", lossy),
        ("full collection of 254 into the spool", |stage| collection(stage, "5", true)),
        ("the same at 50 ms service time", |stage| collection(stage, "50", false)),
        ("requests a printer, first collection", first_requests),
        ("requests a printer, refresh", refresh_requests),
        ("CPU a printer, to a sealed payload in the spool", cpu),
        ("1,000 printers, full collection", thousand),
        ("memory with 1,000 printers", memory),
        ("in flight a device, most in 100 ms", politeness),
    ];
    Ok(Table::print(rows.iter().map(|(work, measure)| ((*work).to_owned(), measure(&stage)))))
}

type Measure = fn(&Stage) -> Result<Line, String>;

const COUNT: usize = 254;
const RANGE: &str = "127.1.0.1-254";
/// What the agent tells when all is in its spool; then it would wait for its server.
const READ: &str = "to send";
/// Runs of ours; the middle one counts.
const TURNS: usize = 5;
/// As real printers have it.
const SERVICE: [&str; 3] = ["--serial-agent", "--latency-ms", "5"];

fn line(goal: &str, peers: String, ours: String, ratio: String, reached: bool) -> Line {
    Line { goal: goal.into(), peers, ours, ratio, reached }
}

fn targets(range: &str) -> String {
    format!("{range}:{PORT}")
}

/// The middle one of some discoveries by wall time, how many were found in the worst, and the requests of all.
fn discover(stage: &Stage, printers: &mut Printers) -> Result<(Measured, usize, f64), String> {
    let (mut runs, mut found, mut requests) = (Vec::new(), usize::MAX, 0.0);
    printers.seen()?;
    for _ in 0..TURNS {
        let words = ["discover", &targets(RANGE), "--packet-rate", "2000", "--format", "json"];
        let run = stage.measure(&mut stage.agent(&words))?;
        found = found.min(run.printed.matches("\"Outcome\": \"printer").count());
        requests += printers.seen()?.number("requests");
        runs.push(run);
    }
    runs.sort_by(|one, other| one.wall.total_cmp(&other.wall));
    Ok((runs.swap_remove(TURNS / 2), found, requests / TURNS as f64))
}

fn discovery(stage: &Stage) -> Result<Line, String> {
    let mut printers = stage.printers(COUNT, &SERVICE)?;
    let (run, found, _) = discover(stage, &mut printers)?;
    let rate = COUNT as f64 / run.wall;
    peers::ensure("fusioninventory-netdiscovery", "fusioninventory-agent-task-network")?;
    // A quarter of them: it takes its time.
    let mut peer = Command::new("fusioninventory-netdiscovery");
    peer.args(["--first", "127.1.0.1", "--last", "127.1.0.64", "--port", PORT, "--threads", "10"]);
    let theirs = stage.measure(&mut peer)?;
    let their_rate = 64.0 / theirs.wall;
    Ok(line(
        ">= 500/s and >= 30 x fusioninventory, all found",
        format!("fusioninventory-netdiscovery {their_rate:.1}/s"),
        format!("{rate:.0}/s, {found} found"),
        format!("{:.0}", rate / their_rate),
        rate >= 500.0 && rate >= 30.0 * their_rate && found == COUNT,
    ))
}

fn half_silent(stage: &Stage) -> Result<Line, String> {
    let words = [&SERVICE[..], &["--alive", "0.5"]].concat();
    let alive = stage.alive(COUNT, &words)?;
    let (run, found, _) = discover(stage, &mut stage.printers(COUNT, &words)?)?;
    Ok(line(
        "<= 3 s, all found",
        "-".into(),
        format!("{:.2} s, {found} of {alive} found", run.wall),
        "-".into(),
        run.wall <= 3.0 && found == alive,
    ))
}

fn all_silent(stage: &Stage) -> Result<Line, String> {
    let words = [&SERVICE[..], &["--alive", "0"]].concat();
    let (run, found, _) = discover(stage, &mut stage.printers(COUNT, &words)?)?;
    let ours = format!("{:.2} s, {found} found", run.wall);
    Ok(line("<= 3 s, none found", "-".into(), ours, "-".into(), run.wall <= 3.0 && found == 0))
}

fn lossy(stage: &Stage) -> Result<Line, String> {
    let words = [&SERVICE[..], &["--loss", "0.05"]].concat();
    let (run, found, requests) = discover(stage, &mut stage.printers(COUNT, &words)?)?;
    let again = 100.0 * (requests / COUNT as f64 - 1.0);
    Ok(line(
        "254 of 254, <= 3 s, <= 15 % sent again",
        "-".into(),
        format!("{found} found, {:.2} s, {again:.0} % sent again", run.wall),
        "-".into(),
        found == COUNT && run.wall <= 3.0 && again <= 15.0,
    ))
}

/// One full collection, from the start of the agent until all is in its spool.
struct Collected {
    took: Measured,
    /// What the printers saw.
    seen: Seen,
    /// Devices in the spool. Some recordings say the same serial number at each address: the agent reads them everywhere and
    /// reports them once.
    devices: f64,
}

fn collect(stage: &Stage, printers: &mut Printers, range: &str) -> Result<Collected, String> {
    let data = stage.agent_data()?.display().to_string();
    printers.seen()?;
    let targets: Vec<String> = range.split(' ').map(targets).collect();
    let mut words = vec!["run", "--once", "--data", &data, "--packet-rate", "2000"];
    words.extend(targets.iter().map(String::as_str));
    let took = stage.measure_until(&mut stage.agent(&words), Some(READ))?;
    let seen = printers.seen()?;
    let devices = spooled_devices(stage);
    if devices == 0 {
        return Err("nothing was spooled".into());
    }
    Ok(Collected { took, seen, devices: devices as f64 })
}

/// The payloads in the spool but the one about the agent itself.
fn spooled_devices(stage: &Stage) -> usize {
    let is_payload = |file: &std::fs::DirEntry| file.path().extension().is_some_and(|it| it == "sealed");
    let spooled =
        std::fs::read_dir(stage.spooled()).map_or(0, |folder| folder.flatten().filter(is_payload).count());
    spooled.saturating_sub(1)
}

fn collection(stage: &Stage, latency: &str, with_peers: bool) -> Result<Line, String> {
    let mut printers = stage.printers(COUNT, &["--serial-agent", "--latency-ms", latency])?;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = collect(stage, &mut printers, RANGE)?;
        runs.push((run.took.wall, run.seen.number("devices_asked"), run.devices));
    }
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (seconds, asked, devices) = runs[1];
    // What counts is what was stored: the peers store nothing, and read at every address.
    let rate = devices / seconds;
    let ours = format!(
        "{rate:.0}/s into the spool, {:.0}/s read: {devices} devices at {asked} addresses",
        asked / seconds
    );
    if !with_peers {
        return Ok(line(">= 150/s", "-".into(), ours, "-".into(), rate >= 150.0));
    }
    let shell = COUNT as f64 / shell(stage)?.wall;
    let inventory = 32.0 / inventory(stage)?.wall;
    Ok(line(
        ">= 150/s, >= 20 x fusioninventory, >= 4 x shell",
        format!("fusioninventory-netinventory {inventory:.1}/s, snmpbulkwalk {shell:.0}/s"),
        ours,
        format!("{:.0}, {:.1}", rate / inventory, rate / shell),
        rate >= 150.0 && rate >= 20.0 * inventory && rate >= 4.0 * shell,
    ))
}

/// Five walks of each printer, eight at a time.
fn shell(stage: &Stage) -> Result<Measured, String> {
    let walks = "for tree in 1.3.6.1.2.1.1 1.3.6.1.2.1.25.3 1.3.6.1.2.1.43.5 1.3.6.1.2.1.43.11 1.3.6.1.2.1.43.18; do \
                 snmpbulkwalk -v2c -cpublic -On 127.1.0.$0:PORT $tree; done";
    let script = format!("seq 1 {COUNT} | xargs -P 8 -n 1 sh -c '{}'", walks.replace("PORT", PORT));
    stage.measure(Command::new("sh").args(["-c", &script]))
}

/// Thirty-two of the printers, ten at a time.
fn inventory(stage: &Stage) -> Result<Measured, String> {
    peers::ensure("fusioninventory-netinventory", "fusioninventory-agent-task-network")?;
    let script = format!(
        "seq 1 32 | xargs -P 10 -I N fusioninventory-netinventory --host 127.1.0.N --port {PORT} --type PRINTER"
    );
    stage.measure(Command::new("sh").args(["-c", &script]))
}

fn first_requests(stage: &Stage) -> Result<Line, String> {
    let mut printers = stage.printers(COUNT, &SERVICE)?;
    let Collected { seen, .. } = collect(stage, &mut printers, RANGE)?;
    let requests = seen.number("requests") / COUNT as f64;
    Ok(line(
        "<= 8, with the one that found it",
        "-".into(),
        format!("{requests:.1}"),
        "-".into(),
        requests <= 8.0,
    ))
}

fn refresh_requests(stage: &Stage) -> Result<Line, String> {
    let mut printers = stage.printers(COUNT, &SERVICE)?;
    let data = stage.agent_data()?.display().to_string();
    let mut agent =
        stage.agent(&["run", "--data", &data, &targets(RANGE), "--packet-rate", "2000", "--every", "10"]);
    let mut agent =
        agent.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    // The devices that are known are asked again: of those that are the same at several addresses, one.
    let mut devices = f64::NAN;
    // The first reading, a rest, and a further one; what comes within seconds of another is one reading.
    let mut readings = Vec::new();
    let mut current = 0.0;
    for _ in 0..120 {
        std::thread::sleep(std::time::Duration::from_secs(1));
        let requests = printers.seen()?.number("requests");
        if requests > 0.0 {
            current += requests;
        } else if current > 0.0 {
            readings.push(std::mem::take(&mut current));
            if readings.len() == 1 {
                devices = spooled_devices(stage) as f64;
            }
        }
        if readings.len() >= 2 {
            break;
        }
    }
    // It is ours, and waits for its server.
    let _ = agent.kill();
    let _ = agent.wait();
    let requests = readings.get(1).ok_or("there was no second reading")? / devices;
    Ok(line("<= 3", "-".into(), format!("{requests:.1}"), "-".into(), requests <= 3.0))
}

fn cpu(stage: &Stage) -> Result<Line, String> {
    let mut printers = stage.printers(COUNT, &SERVICE)?;
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        let run = collect(stage, &mut printers, RANGE)?;
        least = least.min(run.took.cpu / run.devices);
    }
    let (ours, shell) = (1e3 * least, 1e3 * shell(stage)?.cpu / COUNT as f64);
    Ok(line(
        "<= 1.5 ms",
        format!("snmpbulkwalk {shell:.1} ms, stores nothing"),
        format!("{ours:.2} ms a device in the spool"),
        format!("{:.2}", ours / shell),
        ours <= 1.5,
    ))
}

const THOUSAND: &str = "127.1.0.1-254 127.1.1.1-254 127.1.2.1-254 127.1.3.1-238";

/// A thousand printers, once.
fn all_thousand(stage: &Stage) -> Result<Collected, String> {
    let run = collect(stage, &mut stage.printers(1_000, &SERVICE)?, THOUSAND)?;
    match run.seen.number("devices_asked") {
        asked if asked >= 1_000.0 => Ok(run),
        asked => Err(format!("{asked} of 1,000 were asked")),
    }
}

fn thousand(stage: &Stage) -> Result<Line, String> {
    let Collected { took, devices, .. } = all_thousand(stage)?;
    let seconds = took.wall;
    let ours = format!("{seconds:.1} s, {devices} devices in the spool");
    Ok(line("<= 7 s", "-".into(), ours, "-".into(), seconds <= 7.0))
}

fn memory(stage: &Stage) -> Result<Line, String> {
    let Measured { memory, .. } = all_thousand(stage)?.took;
    Ok(line("<= 40 MiB", "-".into(), format!("{memory:.0} MiB"), "-".into(), memory <= 40.0))
}

fn politeness(stage: &Stage) -> Result<Line, String> {
    let mut printers = stage.printers(COUNT, &SERVICE)?;
    let Collected { seen, .. } = collect(stage, &mut printers, RANGE)?;
    let (device, peak) = (seen.number("max_inflight_device"), seen.number("peak_100ms"));
    Ok(line(
        "<= 2, <= 220",
        "-".into(),
        format!("{device:.0}, {peak:.0}"),
        "-".into(),
        device <= 2.0 && peak <= 220.0,
    ))
}
