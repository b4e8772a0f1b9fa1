use super::*;
use crate::document::ContentDigest;
use crate::exchange::Answer;
use crate::spool::{Class, SealedPayload, SpoolLimits};
use crate::upload::judge;
use std::collections::BTreeMap;
use std::path::Path;

const MACHINES: &str = include_str!("../../../../docs/machines.md");

/// A sealed container as far as a spool looks into it.
fn octets() -> Vec<u8> {
    crate::spool::tests::sealed(b"report")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn spool(folder: &Path, payloads: u128) -> Mutex<Spool> {
    let (mut spool, _) = Spool::open(folder, SpoolLimits::default()).unwrap();
    let octets = octets();
    let payload = SealedPayload::new(&octets).unwrap();
    let group: Vec<_> = (1..=payloads).map(|number| (id(number), payload)).collect();
    spool.append_all(Class::Report, &group).unwrap();
    Mutex::new(spool)
}

fn judged(upload: Uuid, status: u16, fields: &[(&str, &str)]) -> UploadOutcome {
    let digest = ContentDigest::of(&octets());
    let body = match status {
        201 => {
            let stored_at = Timestamp::from_unix_seconds(1);
            serde_json::to_vec(&Receipt { upload, digest, stored_at }).unwrap()
        }
        _ => Vec::new(),
    };
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    judge(upload, digest, &Answer { status, fields, body })
}

/// A client that empties its spool once a minute, or later when the server is to be left alone, by a clock of its own.
struct Client<'a> {
    spool: &'a Mutex<Spool>,
    now: Timestamp,
    /// What was sent, and when.
    sent: Vec<(u64, u128)>,
    ends: Vec<DrainEnd>,
}

impl<'a> Client<'a> {
    fn new(spool: &'a Mutex<Spool>) -> Self {
        Self { spool, now: Timestamp::from_unix_seconds(0), sent: Vec::new(), ends: Vec::new() }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    fn second(&self) -> u64 {
        u64::try_from(self.now.unix_seconds()).unwrap()
    }

    fn drain(&mut self, server: &dyn Fn(Uuid) -> UploadOutcome) -> DrainReport {
        let mut drain = Drain::new(self.spool, Backoff::PROTOCOL, 3).with_longest(Duration::from_secs(60));
        let mut step = DrainStep::Next;
        loop {
            step = match step {
                DrainStep::Next => drain.next(self.now, &mut |_| {}).unwrap(),
                DrainStep::Send(entry, _) => {
                    self.sent.push((self.second(), entry.id.as_u128()));
                    drain.took(entry, server(entry.id), (self.now, 0), &mut |_| {}).unwrap()
                }
                DrainStep::Wait(wait) => {
                    self.pass(wait);
                    DrainStep::Next
                }
                DrainStep::End(report) => {
                    self.ends.push(report.end.clone());
                    return report;
                }
            }
        }
    }

    fn work_for(&mut self, time: Duration, server: &dyn Fn(Uuid) -> UploadOutcome) {
        let until = self.now.plus(time);
        while self.now < until {
            let report = self.drain(server);
            self.pass(report.leave_alone.max(Duration::from_secs(60)));
        }
    }

    fn tries_of(&self, number: u128) -> Vec<u64> {
        self.sent.iter().filter(|(_, sent)| *sent == number).map(|(second, _)| *second).collect()
    }
}

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn one_payload_that_the_server_does_not_take_holds_up_no_other_and_is_tried_ever_more_rarely() {
    for status in [500, 502, 200, 404, 400, 418] {
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(folder.path(), 20);
        let server = |upload: Uuid| judged(upload, if upload == id(1) { status } else { 201 }, &[]);
        let mut client = Client::new(&spool);
        client.work_for(DAY, &server);
        assert_eq!(spool.lock().unwrap().pending().map(|entry| entry.id).collect::<Vec<_>>(), [id(1)]);
        let others: Vec<u128> = client.sent.iter().map(|(_, it)| *it).filter(|it| *it != 1).collect();
        assert_eq!(others, (2..=20).collect::<Vec<_>>(), "{status}: each once, in their order");
        let first_failures = if status == 418 { 4 * 3600 } else { 600 };
        assert!(client.sent.iter().all(|(second, it)| *it == 1 || *second < first_failures), "{status}");
        let tries = client.tries_of(1);
        assert!((20..60).contains(&tries.len()), "{status}: {tries:?}");
        let waits: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(waits[12..].iter().all(|wait| (1800..=3700).contains(wait)), "{status}: {waits:?}");
        let Some(DrainEnd::Stuck(why)) = client.ends.last() else { panic!("{:?}", client.ends.last()) };
        assert!(why.starts_with(&format!("payload {} waits: ", id(1))), "{why}");

        // What comes later goes at once, and a restart does not begin with the other one.
        drop(client);
        drop(spool);
        let spool = Mutex::new(Spool::open(folder.path(), SpoolLimits::default()).unwrap().0);
        let octets = octets();
        spool.lock().unwrap().append(Class::Log, id(99), SealedPayload::new(&octets).unwrap()).unwrap();
        let mut client = Client::new(&spool);
        client.pass(DAY);
        client.drain(&server);
        assert_eq!(client.sent[0].1, 99, "{status}");
        assert!(client.tries_of(1).len() <= 1, "{status}");
        // It is taken as soon as the server can.
        client.pass(Duration::from_secs(3600));
        let report = client.drain(&|upload| judged(upload, 201, &[]));
        assert_eq!((report.stored, report.end), (1, DrainEnd::Empty));
    }
}

#[test]
fn a_server_that_takes_nothing_is_asked_no_more_often_however_many_wait_and_gets_all_when_it_is_back() {
    let requests = |payloads: u128, status: u16| {
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(folder.path(), payloads);
        let mut client = Client::new(&spool);
        client.work_for(DAY / 8, &|upload| judged(upload, status, &[]));
        let asked = client.sent.len();
        let before = client.sent.len();
        client.pass(Duration::from_secs(3600));
        while client.drain(&|upload| judged(upload, 201, &[])).end != DrainEnd::Empty {}
        assert_eq!(client.sent.len() - before, usize::try_from(payloads).unwrap());
        asked
    };
    // Of the server as a whole, whose answer changes nothing in what comes first.
    let usual = requests(1, 503);
    assert_eq!(requests(40, 503), usual);
    for status in [500, 404, 200, 418] {
        for payloads in [1, 2, 40] {
            let asked = requests(payloads, status);
            assert!(asked <= usual, "{asked} of {usual}: {payloads} payloads, status {status}");
        }
    }
}

#[test]
fn many_that_are_not_taken_hold_up_none_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), 60);
    let server = |upload: Uuid| judged(upload, if upload.as_u128() <= 50 { 500 } else { 201 }, &[]);
    let mut client = Client::new(&spool);
    client.work_for(DAY, &server);
    assert_eq!(spool.lock().unwrap().pending().len(), 50, "the ten others are stored");
    // From now on, each that comes is stored at once.
    for number in 100..110 {
        let octets = octets();
        spool.lock().unwrap().append(Class::Log, id(number), SealedPayload::new(&octets).unwrap()).unwrap();
        let before = client.sent.len();
        client.drain(&server);
        assert_eq!(client.sent[before].1, number);
        client.pass(Duration::from_secs(60));
    }
}

#[test]
fn what_a_server_says_for_all_lets_nobody_pass() {
    let after: &[(&str, &str)] = &[("retry-after", "30")];
    for (status, fields) in [(503, &[][..]), (503, after), (429, after), (500, after)] {
        let folder = tempfile::tempdir().unwrap();
        let spool = spool(folder.path(), 5);
        let mut client = Client::new(&spool);
        client.work_for(DAY / 24, &|upload| judged(upload, status, fields));
        assert!(client.sent.len() > 10);
        assert!(client.sent.iter().all(|(_, it)| *it == 1), "{status}");
    }
}

#[test]
fn what_was_passed_over_and_is_gone_meanwhile_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), 1);
    let mut drain = Drain::new(&spool, Backoff::PROTOCOL, 3);
    let entry = *spool.lock().unwrap().pending().next().unwrap();
    drain.pass_over(entry, "it cannot be read".into(), &mut |_| {});
    spool.lock().unwrap().withhold_all("another made it").unwrap();
    assert!(matches!(drain.next(Timestamp::from_unix_seconds(0), &mut |_| {}), Ok(DrainStep::End(_))));
}

/// How a payload stands in its spool.
fn state(spool: &Mutex<Spool>, now: Timestamp) -> &'static str {
    let spool = spool.lock().unwrap();
    match spool.failures(id(1)) {
        _ if !spool.pending().any(|entry| entry.id == id(1)) => "over",
        Some(failures) if failures.is_stuck() && failures.wait(now).is_zero() => "due",
        Some(failures) if failures.is_stuck() => "stuck",
        _ => "inTurn",
    }
}

#[test]
fn the_picture_of_what_holds_up_others_has_every_step_of_the_code_and_no_other() {
    type Arrows = BTreeMap<(String, String), BTreeSet<String>>;
    let section = MACHINES.lines().skip_while(|line| *line != "## Payload that is not taken");
    let picture = section.skip_while(|line| *line != "stateDiagram-v2").take_while(|line| *line != "```");
    let mut drawn = Arrows::new();
    for (from, rest) in picture.filter_map(|line| line.trim().split_once(" --> ")) {
        if let Some((to, label)) = rest.split_once(": ") {
            let events = label.split(", ").map(str::to_owned).collect();
            drawn.insert((from.to_owned(), to.to_owned()), events);
        }
    }
    let mut coded = Arrows::new();
    let (mut seen, mut open) = (BTreeSet::new(), vec![Vec::new()]);
    while let Some(way) = open.pop() {
        let steps = steps(&way);
        if let Some((from, event, to, _)) = steps.last()
            && (to != from || *event == "not-taken")
        {
            coded.entry(((*from).to_owned(), (*to).to_owned())).or_default().insert((*event).to_owned());
        }
        let stand = steps.last().map(|(_, _, to, known)| (*to, known.clone()));
        let is_over = stand.as_ref().is_some_and(|(to, _)| *to == "over");
        if !is_over && way.len() < 7 && seen.insert(stand) {
            open.extend(EVENTS.iter().map(|event| [&way[..], &[*event]].concat()));
        }
    }
    assert_eq!(drawn, coded);
}

const EVENTS: [&str; 5] = ["not-taken", "stored", "server-says-wait", "another-stored", "time"];

/// What happens to a payload on a way: from, event, to, and how often it failed and whether alone.
fn steps(way: &[&'static str]) -> Vec<(&'static str, &'static str, &'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), 1);
    let mut now = Timestamp::from_unix_seconds(0);
    let mut steps = Vec::new();
    for event in way {
        let from = state(&spool, now);
        let status = match *event {
            "not-taken" => 500,
            "stored" => 201,
            _ => 503,
        };
        match *event {
            "time" => now = now.plus(Duration::from_secs(3600)),
            "another-stored" => spool.lock().unwrap().got_through(now),
            // Nothing is sent of what waits for its time.
            _ if from == "stuck" => {}
            _ => {
                let entry = spool.lock().unwrap().next().unwrap();
                let mut drain = Drain::new(&spool, Backoff::PROTOCOL, 3);
                drain.took(entry, judged(id(1), status, &[]), (now, 0), &mut |_| {}).unwrap();
            }
        }
        let known = spool.lock().unwrap().failures(id(1)).map(|known| (known.count, known.alone));
        let event = if from == "stuck" && !["time", "another-stored"].contains(event) { "" } else { event };
        steps.push((from, event, state(&spool, now), format!("{known:?}")));
    }
    steps
}
