//! `kill -9` of the agent and of the server at many moments: no report gets lost, none comes twice, no number is used again.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use remote_services_interop::ours::{Running, Said, SiteServer, VirtualPrinters, agent};
use serde_json::Value;
use tempfile::TempDir;

/// As many are read; of the fleet, the one that loses packets would only cost time here.
const PRINTERS: usize = 40;
const LOSES_PACKETS: usize = 8;

#[test]
fn an_agent_killed_at_many_moments_loses_no_report_and_sends_none_twice() {
    let mut site = Site::new();
    // While reading and sealing, when all waits, and while it is sent; payloads pile up from kill to kill.
    for moment in [
        Moment::Began,
        Moment::Kept(1),
        Moment::Kept(PRINTERS / 2),
        Moment::Kept(PRINTERS + 1),
        Moment::Sent(1),
        Moment::Sent(17),
    ] {
        site.killed(moment);
    }
    site.runs_to_its_end();
    for sent in [2, 5, 11, 23, 37, PRINTERS + 1] {
        site.killed(Moment::Sent(sent));
    }
    site.runs_to_its_end();
    assert!(site.kills >= 8, "only {} kills came in time", site.kills);
    site.has_everything_once();
}

#[test]
fn a_server_killed_in_the_middle_has_what_it_acknowledged_and_the_agent_brings_the_rest() {
    let mut site = Site::new();
    let mut running = site.run();
    site.wait_for(&mut running, Moment::Sent(10));
    site.server.kill();
    site.server.start_again();
    let said = site.end(&mut running);
    assert_eq!(said.code, Some(0), "it goes on by itself: {}", said.all());

    let mut running = site.run();
    site.wait_for(&mut running, Moment::Sent(25));
    site.server.kill();
    site.look();
    running.kill();
    site.server.start_again();
    site.runs_to_its_end();
    site.has_everything_once();
}

/// When to kill.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// The audit log or the memory was touched: the work has begun.
    Began,
    /// So many payloads were kept by this run.
    Kept(usize),
    /// So many payloads were acknowledged in this run.
    Sent(usize),
}

/// Forty printers, a server and an agent, and all names that the spool ever showed.
struct Site {
    printers: VirtualPrinters,
    server: SiteServer,
    agent: PathBuf,
    seen: BTreeSet<String>,
    kills: usize,
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let agent = folder.path().join("agent");
        let server = SiteServer::start(&folder.path().join("server"));
        server.register(&agent);
        let printers = VirtualPrinters::start(&["--fleet", &(PRINTERS + 1).to_string(), "--speaks", "2c"]);
        Self { printers, server, agent, seen: BTreeSet::new(), kills: 0, folder }
    }

    fn run(&self) -> Running {
        let (data, target) = (self.agent.display().to_string(), self.printers.target());
        let slow = self.printers.addresses[LOSES_PACKETS].to_string();
        let how = ["--snmp-version", "2c", "--community", "public", "--timeout", "0.3"];
        let words = [&["run", "--once", "--data", &data, &target, "--exclude", &slow], &how[..]].concat();
        Running::start(&mut agent(&words))
    }

    fn killed(&mut self, moment: Moment) {
        let mut running = self.run();
        self.wait_for(&mut running, moment);
        self.kills += usize::from(running.kill_and_see());
        self.look();
    }

    fn runs_to_its_end(&mut self) {
        let mut running = self.run();
        let said = self.end(&mut running);
        assert_eq!(said.code, Some(0), "{}", said.all());
        assert_eq!(self.waiting().len(), 0, "the spool is empty: {}", said.all());
    }

    fn end(&mut self, running: &mut Running) -> Said {
        while !running.has_ended() {
            self.look();
        }
        running.end()
    }

    /// Looks at the spool until the moment has come, or the agent was faster.
    fn wait_for(&mut self, running: &mut Running, moment: Moment) {
        let state = fs::read(self.agent.join("state/devices.json")).ok();
        let (seen, receipts) = (self.seen.len(), self.receipts().len());
        while !running.has_ended() {
            self.look();
            let has_come = match moment {
                Moment::Began => state != fs::read(self.agent.join("state/devices.json")).ok(),
                Moment::Kept(count) => self.seen.len() >= seen + count,
                Moment::Sent(count) => self.receipts().len() >= receipts + count,
            };
            if has_come {
                return;
            }
        }
    }

    /// Notes what waits in the spool, again and again.
    fn look(&mut self) {
        std::thread::sleep(Duration::from_millis(1));
        let waiting = self.waiting();
        self.seen.extend(waiting);
    }

    /// Names of the uploads that wait.
    fn waiting(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.agent.join("spool/pending")) else { return Vec::new() };
        let names = folder.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
        // CLASS-UUID7-SHA256.sealed
        let sealed = names.filter_map(|name| Some(name.strip_suffix(".sealed")?.to_owned()));
        sealed.map(|name| name.split_once('-').expect("a class comes first").1[..36].to_owned()).collect()
    }

    /// Names of the uploads that the agent has receipts for; a last line that is not whole does not count.
    fn receipts(&self) -> BTreeSet<String> {
        let text = fs::read_to_string(self.agent.join("spool/receipts.log")).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let receipts = whole.lines().map(|line| serde_json::from_str::<Value>(line).expect("a receipt"));
        receipts.map(|receipt| receipt["upload"].as_str().expect("it names one").to_owned()).collect()
    }

    /// Compares spool, receipts and server.
    fn has_everything_once(&self) {
        let uploads = self.server.operator.opened_uploads();
        let on_server: BTreeSet<String> = uploads
            .iter()
            .map(|upload| upload["upload"].as_str().expect("it has a name").to_owned())
            .collect();
        assert_eq!(on_server.len(), uploads.len(), "an upload stands twice in the list");
        let lost: Vec<_> = self.seen.difference(&on_server).collect();
        assert!(lost.is_empty(), "spooled and not on the server: {lost:?}");
        assert_eq!(self.receipts(), on_server, "receipts and uploads differ");
        let bad: Vec<_> = uploads.iter().filter(|upload| upload["state"] != "opened").collect();
        assert!(bad.is_empty(), "{bad:?}");
        let aside = fs::read_dir(self.agent.join("spool/quarantine")).map_or(0, Iterator::count);
        assert_eq!(aside, 0, "set aside by the agent");
        // No kill leaves what looks as if somebody had been at the audit log.
        let said =
            Running::start(&mut agent(&["audit", "verify", "--data", &self.agent.display().to_string()]))
                .end();
        assert_eq!(said.code, Some(0), "{}", said.all());

        let archived = files(&self.folder.path().join("server/archive/sha-256"));
        let digests: BTreeSet<String> = uploads.iter().map(|upload| upload["digest"].to_string()).collect();
        assert_eq!((digests.len(), archived), (uploads.len(), uploads.len()), "one file an upload");

        let devices = self.server.operator.devices();
        assert_eq!(devices.len(), PRINTERS, "{devices:?}");
        let mut moments = BTreeSet::new();
        let identities = self.readings("identity");
        for reading in &identities {
            let moment = (reading["device"].to_string(), reading["readAt"].to_string());
            assert!(moments.insert(moment), "one reading came as two uploads: {reading}");
        }
        // Nothing was printed, so a wrap, a reset or another epoch would be an invention.
        for reading in self.readings("counters") {
            let xml = reading["xml"].as_str().expect("it was asked for");
            assert!(!xml.contains("<Event") && xml.contains("<Epoch>0</Epoch>"), "{xml}");
        }
        let audit = self.server.operator.get("audit?limit=5000")["lines"].to_string();
        assert!(!audit.contains("sequenceRepeated"), "a number of the sequence was used twice: {audit}");
        let memory = fs::read(self.agent.join("state/devices.json")).expect("the agent keeps it");
        let memory: Value = serde_json::from_slice(&memory).expect("it is whole");
        assert!(memory["sequence"].as_u64() >= Some(uploads.len() as u64));
    }

    fn readings(&self, kind: &str) -> Vec<Value> {
        let readings = self.server.operator.get(&format!("readings?kind={kind}&limit=5000&xml=true"));
        readings.as_array().expect("a list").clone()
    }
}

fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("the server made it").flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}
