use super::*;
use crate::client::Phase;
use crate::document::{ContentDigest, Receipt};
use crate::exchange::Answer;
use crate::spool::memory::Memory;
use crate::spool::{Class, SealedPayload};
use crate::upload::judge;

/// A sealed container as far as a spool looks into it.
pub(super) fn octets() -> Vec<u8> {
    crate::spool::tests::sealed(b"report")
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn spool(disk: &Memory, payloads: u128) -> Mutex<Spool> {
    let mut spool = disk.spool();
    let octets = octets();
    let payload = SealedPayload::new(&octets).unwrap();
    let group: Vec<_> = (1..=payloads).map(|number| (id(number), payload)).collect();
    spool.append_all(Class::Report, &group).unwrap();
    Mutex::new(spool)
}

/// Stands for no answer of a server that had the request.
pub(super) const LOST: u16 = 0;

pub(super) fn judged(upload: Uuid, status: u16, fields: &[(&str, &str)]) -> UploadOutcome {
    let digest = ContentDigest::of(&octets());
    let body = match status {
        201 => {
            let stored_at = Timestamp::from_unix_seconds(1);
            serde_json::to_vec(&Receipt { upload, digest, stored_at }).unwrap()
        }
        _ => Vec::new(),
    };
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    match status {
        LOST => no_answer(&lost(Phase::FirstByte)),
        _ => judge(upload, digest, &Answer { status, fields, body }),
    }
}

pub(super) fn lost(phase: Phase) -> ClientError {
    let source = std::io::ErrorKind::UnexpectedEof.into();
    ClientError::Lost { peer: "server:443".to_owned(), phase, source }
}

pub(super) fn bare(status: u16) -> Result<Answer, ClientError> {
    match status {
        LOST => Err(ClientError::Refused { peer: "server:443".to_owned() }),
        _ => Ok(Answer { status, ..Answer::default() }),
    }
}

/// A client that empties its spool once a minute, or later when the server is to be left alone, by a clock of its own.
pub(super) struct Client<'a> {
    pub(super) spool: &'a Mutex<Spool>,
    pub(super) now: Timestamp,
    /// What was sent, and when.
    pub(super) sent: Vec<(u64, u128)>,
    pub(super) ends: Vec<DrainEnd>,
    /// With which status the directory is answered, and how often it was not or not well.
    pub(super) directory: u16,
    pub(super) asked_in_vain: usize,
}

impl<'a> Client<'a> {
    pub(super) fn new(spool: &'a Mutex<Spool>) -> Self {
        let now = Timestamp::from_unix_seconds(0);
        Self { spool, now, sent: Vec::new(), ends: Vec::new(), directory: 304, asked_in_vain: 0 }
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    fn second(&self) -> u64 {
        u64::try_from(self.now.unix_seconds()).unwrap()
    }

    pub(super) fn drain(&mut self, server: &dyn Fn(Uuid) -> UploadOutcome) -> DrainReport {
        let mut drain = Drain::new(self.spool, Backoff::PROTOCOL, 3).with_longest(Duration::from_secs(60));
        let mut step = DrainStep::Next;
        loop {
            step = match step {
                DrainStep::Next => drain.next(self.now, &mut |_| {}).unwrap(),
                DrainStep::Send(entry, _) => {
                    self.sent.push((self.second(), entry.id.as_u128()));
                    drain.took(entry, server(entry.id), (self.now, 0), &mut |_| {}).unwrap()
                }
                DrainStep::Ask => {
                    let answer = bare(self.directory);
                    self.asked_in_vain += usize::from(self.directory >= 500 || self.directory == LOST);
                    drain.heard(answer.as_ref(), 0, &mut |_| {})
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

    pub(super) fn work_for(&mut self, time: Duration, server: &dyn Fn(Uuid) -> UploadOutcome) {
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

pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn one_payload_that_the_server_does_not_take_holds_up_no_other_and_is_tried_ever_more_rarely() {
    for status in [500, 502, LOST, 413, 200, 404, 400, 418] {
        let disk = Memory::default();
        let spool = spool(&disk, 20);
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
        let spool = Mutex::new(disk.spool());
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
    let requests = |payloads: u128, status: u16, directory: u16| {
        let disk = Memory::default();
        let spool = spool(&disk, payloads);
        let mut client = Client { directory, ..Client::new(&spool) };
        client.work_for(DAY / 8, &|upload| judged(upload, status, &[]));
        let asked = client.sent.len() + client.asked_in_vain;
        client.directory = 304;
        let before = client.sent.len();
        client.pass(Duration::from_secs(3600));
        while client.drain(&|upload| judged(upload, 201, &[])).end != DrainEnd::Empty {}
        assert_eq!(client.sent.len() - before, usize::try_from(payloads).unwrap());
        asked
    };
    // Of the server as a whole, whose answer changes nothing in what comes first.
    let usual = requests(1, 503, 304);
    assert_eq!(requests(40, 503, 304), usual);
    for (status, directory) in
        [(500, 304), (500, 502), (LOST, 304), (LOST, LOST), (404, 304), (413, 304), (200, 304), (418, 304)]
    {
        for payloads in [1, 2, 40] {
            let asked = requests(payloads, status, directory);
            assert!(asked <= usual, "{asked} of {usual}: {payloads} payloads, {status}, {directory}");
        }
    }
}

#[test]
fn many_that_are_not_taken_hold_up_none_of_the_others() {
    let disk = Memory::default();
    let spool = spool(&disk, 60);
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
        let disk = Memory::default();
        let spool = spool(&disk, 5);
        let mut client = Client::new(&spool);
        client.work_for(DAY / 24, &|upload| judged(upload, status, fields));
        assert!(client.sent.len() > 10);
        assert!(client.sent.iter().all(|(_, it)| *it == 1), "{status}");
    }
}

#[test]
fn what_was_passed_over_and_is_gone_meanwhile_ends_nothing() {
    let disk = Memory::default();
    let spool = spool(&disk, 1);
    let mut drain = Drain::new(&spool, Backoff::PROTOCOL, 3);
    let entry = *spool.lock().unwrap().pending().next().unwrap();
    drain.pass_over(entry, "it cannot be read".into(), &mut |_| {});
    spool.lock().unwrap().withhold_all("another made it").unwrap();
    assert!(matches!(drain.next(Timestamp::from_unix_seconds(0), &mut |_| {}), Ok(DrainStep::End(_))));
}
