//! One command between a server, a client that dies at any moment, or two copies of it, and a printer that counts its pages.
//!
//! The decisions are the real ones: `next`, `Run`, `admit`, `begun_elsewhere` on the client, `rule` on the server. What is made up is what
//! lies around them: the journal's disk, the network, the clock and the printer.

use remote_services_core::command::{Action, ActionSetting, CommandState, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{Base64Bytes, Command, Execution, ExecutionResult};
use remote_services_transport::execution::{
    Asked, Journal, Ruling, Run, Site, Step, begun_elsewhere, next, rule,
};
use std::collections::BTreeMap;
use uuid::Uuid;

pub const EXPIRES: Timestamp = Timestamp::from_unix_seconds(100);

/// What the client keeps of one command.
#[derive(Clone, Debug)]
pub struct Entry {
    pub execution: Execution,
    pub reported: bool,
    pub etag: u32,
    pub decision: Option<bool>,
    /// The page counter before the effect.
    pub looked: Option<u32>,
}

/// What the server keeps of one command.
#[derive(Clone, Debug)]
pub struct Row {
    pub state: CommandState,
    pub version: u32,
    pub stored: Option<Execution>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub rows: Vec<Row>,
    /// One for each command, or for each copy of the client.
    pub entries: Vec<Option<Entry>>,
    pub copies: bool,
    pub alive: bool,
    pub late: bool,
    pub lockdown: bool,
    pub setting: ActionSetting,
    /// What a person said, not taken up yet.
    pub word: Option<bool>,
    /// Whether the printer answers.
    pub reachable: bool,
    pub pages: u32,
    pub begun: u32,
}

/// How the server is while a client does a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    There,
    Away,
    Distrusts,
}

/// How far a step comes before the client dies, or its disk says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    Good,
    DiskSaysNo,
    DiesAfterJournal,
    DiesAfterLook,
    DiesAfterEffect,
}

impl Luck {
    pub const ALL: [Self; 5] =
        [Self::Good, Self::DiskSaysNo, Self::DiesAfterJournal, Self::DiesAfterLook, Self::DiesAfterEffect];
}

/// The journal's disk.
struct Paper<'a> {
    entry: &'a mut Entry,
    works: bool,
}

impl Journal for Paper<'_> {
    type Error = &'static str;

    fn record(&mut self, _: Uuid, execution: &Execution) -> Result<(), &'static str> {
        if !self.works {
            return Err("the disk is full");
        }
        self.entry.execution = execution.clone();
        self.entry.reported = false;
        Ok(())
    }
}

impl World {
    /// As many commands with one nonce as asked for: all but the first are replays.
    pub fn new(commands: usize, setting: ActionSetting) -> Self {
        let row = Row { state: CommandState::Queued, version: 0, stored: None };
        Self {
            rows: vec![row; commands],
            entries: vec![None; commands],
            copies: false,
            alive: true,
            late: false,
            lockdown: false,
            setting,
            word: None,
            reachable: true,
            pages: 0,
            begun: 0,
        }
    }

    /// One command, and two clients with one name and key.
    pub fn of_copies() -> Self {
        Self { entries: vec![None; 2], copies: true, ..Self::new(1, ActionSetting::On) }
    }

    fn row(&self, at: usize) -> usize {
        if self.copies { 0 } else { at }
    }

    pub fn key(&self) -> String {
        format!("{self:?}")
    }

    /// The clocks of copies are never the same.
    fn now(&self, at: usize) -> Timestamp {
        let millis = i64::try_from(at).unwrap();
        Timestamp::from_unix_millis(if self.late { 200_000 } else { 50_000 } + millis)
    }

    fn id(at: usize) -> Uuid {
        Uuid::from_u128(at as u128 + 1)
    }

    fn command(at: usize) -> Command {
        Command {
            id: Self::id(at),
            client: Uuid::max(),
            device: None,
            action: Action::PrintTestPage,
            parameters: serde_json::Map::new(),
            issued_at: Timestamp::from_unix_seconds(0),
            not_before: None,
            expires_at: EXPIRES,
            run_deadline: None,
            window: None,
            max_attempts: None,
            consent: false,
            issuer: "operator".into(),
            reason: None,
            artifacts: Vec::new(),
            nonce: Base64Bytes(vec![7; 16]),
        }
    }

    /// The client asks for its commands and takes up one that it does not know.
    pub fn poll(&mut self, at: usize) {
        let row = self.row(at);
        if !self.alive || self.rows[row].state.is_closed() {
            return;
        }
        if self.rows[row].state == CommandState::Queued {
            self.rows[row].state = CommandState::Delivered;
        }
        // What has begun and is unknown here is left alone.
        let has_begun = matches!(self.rows[row].state, CommandState::Running | CommandState::Interrupted);
        if self.entries[at].is_none() && has_begun {
            return;
        }
        if self.entries[at].is_none() {
            self.entries[at] = Some(Entry {
                execution: Execution::in_state(CommandState::Delivered),
                reported: false,
                etag: 0,
                decision: None,
                looked: None,
            });
        } else if self.rows[row].state == CommandState::CancelRequested {
            self.turn(at, Luck::Good, true);
        }
    }

    /// The client does what is next with a command.
    pub fn turn(&mut self, at: usize, luck: Luck, cancel: bool) {
        self.turn_while(at, luck, cancel, Server::There);
    }

    /// The same while the server is there, away, or does not trust this client.
    pub fn turn_while(&mut self, at: usize, luck: Luck, cancel: bool, server: Server) {
        let Some(mut entry) = self.entries[at].clone() else { return };
        if !self.alive || entry.execution.state.is_closed() {
            return;
        }
        if let Some(word) = self.word.filter(|_| entry.execution.state == CommandState::AwaitingConsent) {
            entry.decision = Some(word);
            self.word = None;
        }
        let works = luck != Luck::DiskSaysNo;
        let step = self.step(at, &entry, cancel);
        let decision = entry.decision;
        let last = entry.execution.clone();
        let mut paper = Paper { entry: &mut entry, works };
        let row = self.row(at);
        let now = self.now(at);
        // Whatever was running when the client died is interrupted.
        let Ok(mut run) = Run::resume(Self::id(at), last, &mut paper) else { return };
        let step = if run.execution().state == CommandState::Interrupted { Step::Look } else { step };
        let result = |code| ExecutionResult { code, text: String::new() };
        let mut dies = luck == Luck::DiesAfterJournal;
        let done = match step {
            Step::Reject(reason) => run.reject(&mut paper, reason, now),
            Step::Accept => run.accept(&mut paper),
            Step::Hold(state) => run.hold(&mut paper, state),
            Step::GiveUp(code) => run.conclude(&mut paper, result(code), Vec::new(), now),
            Step::Close(state) => run.close(&mut paper, state, now),
            Step::Look => {
                let code = match paper.entry.looked {
                    None => ResultCode::Internal,
                    Some(_) if !self.reachable => ResultCode::NotReachable,
                    Some(before) if self.pages > before => ResultCode::Ok,
                    Some(_) => ResultCode::Internal,
                };
                run.conclude(&mut paper, result(code), Vec::new(), now)
            }
            Step::Begin => match run.begin(&mut paper, now) {
                Err(error) => Err(error),
                Ok(begun) => {
                    assert!(!self.lockdown, "an effect in lockdown");
                    assert!(!self.late, "an effect after its time");
                    assert_ne!(self.setting, ActionSetting::Off, "an effect that is switched off");
                    assert!(self.setting != ActionSetting::Ask || decision == Some(true), "without consent");
                    let heard = match server {
                        _ if luck == Luck::DiesAfterJournal => Heard::Nothing,
                        Server::There => begin_at(&mut self.rows[row], paper.entry),
                        Server::Away => Heard::Nothing,
                        Server::Distrusts => Heard::NotTrusted,
                    };
                    let mut finish = |paper: &mut Paper<'_>, begun, code| {
                        let command = Self::command(at);
                        run.finish(paper, begun, &command, result(code), Vec::new(), now)
                    };
                    match heard {
                        Heard::Unsettled => Ok(()),
                        Heard::NotTrusted => run.take_back(&mut paper, begun),
                        Heard::Left => {
                            let left = finish(&mut paper, begun, ResultCode::Internal);
                            paper.entry.reported |= left.is_ok();
                            left
                        }
                        Heard::Nothing | Heard::Taken => {
                            self.begun += 1;
                            dies |= matches!(luck, Luck::DiesAfterLook | Luck::DiesAfterEffect);
                            if luck != Luck::DiesAfterJournal && self.reachable {
                                paper.entry.looked = Some(self.pages);
                                if luck != Luck::DiesAfterLook {
                                    self.pages += 1;
                                }
                            }
                            match (dies, self.reachable) {
                                (true, _) => Ok(()),
                                (false, true) => finish(&mut paper, begun, ResultCode::Ok),
                                (false, false) => finish(&mut paper, begun, ResultCode::NotReachable),
                            }
                        }
                    }
                }
            },
            _ => Ok(()),
        };
        assert!(done.is_ok() || !works, "{done:?}");
        self.entries[at] = Some(entry);
        if dies {
            self.alive = false;
        }
    }

    fn step(&self, at: usize, entry: &Entry, cancel: bool) -> Step {
        let actions = BTreeMap::from([(Action::PrintTestPage, self.setting.clone())]);
        let mode = if self.lockdown { SecurityMode::Lockdown } else { SecurityMode::Normal };
        let others =
            !self.copies && (0..self.entries.len()).any(|other| other != at && self.entries[other].is_some());
        let site = Site {
            client: Uuid::max(),
            mode,
            actions: &actions,
            supported: &[Action::PrintTestPage],
            manages: &|_| true,
            seen: &|_| others,
        };
        let asked = Asked { consent: entry.decision, cancel, ..Asked::default() };
        next(&Self::command(self.row(at)), &entry.execution, asked, &site, self.now(at))
    }

    /// A report goes out; the request, or the answer to it, may be lost.
    pub fn report(&mut self, at: usize, arrives: bool, answered: bool) {
        let (alive, row) = (self.alive, self.row(at));
        let Some(entry) = self.entries[at].as_mut().filter(|entry| alive && !entry.reported) else { return };
        if !arrives {
            return;
        }
        let row = &mut self.rows[row];
        let report = &entry.execution;
        let ruling = take(row, report, entry.etag);
        if !answered {
            return;
        }
        match ruling {
            Ruling::Take | Ruling::Repeated => (entry.etag, entry.reported) = (row.version, true),
            Ruling::Stale => entry.etag = row.version,
            _ => {
                assert!(
                    self.copies || !(report.state.is_closed() && report.started_at.is_some()),
                    "the result {report:?} is lost: {ruling:?}"
                );
                entry.reported = true;
            }
        }
    }

    pub fn cancel(&mut self, at: usize) {
        let row = &mut self.rows[at];
        if row.state == CommandState::Queued {
            (row.state, row.version) = (CommandState::Cancelled, row.version + 1);
        } else if !row.state.is_closed() && row.state != CommandState::CancelRequested {
            (row.state, row.version) = (CommandState::CancelRequested, row.version + 1);
        }
    }

    /// The server gives up hope for what it believes not to have begun.
    pub fn expire(&mut self, at: usize) {
        use CommandState as S;
        let row = &mut self.rows[at];
        let waits = [S::Queued, S::Delivered, S::Accepted, S::AwaitingConsent, S::Scheduled];
        if self.late && waits.contains(&row.state) {
            (row.state, row.version) = (S::Expired, row.version + 1);
        }
    }
}

/// What a client hears of its server before an effect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// It is away.
    Nothing,
    Taken,
    /// Another has begun it, or it is closed.
    Left,
    /// This client is not trusted.
    NotTrusted,
    /// Neither.
    Unsettled,
}

/// The server takes a report, or not.
fn take(row: &mut Row, report: &Execution, etag: u32) -> Ruling {
    let first = row.version == 0 && etag == 0;
    let ruling = rule(&row.state, row.stored.as_ref(), report, first || etag == row.version);
    if ruling == Ruling::Take {
        row.state = report.state.clone();
        row.stored = Some(report.clone());
        row.version += 1;
    }
    ruling
}

/// The beginning is reported; another version is looked at and, if it is none of another's, overwritten.
fn begin_at(row: &mut Row, entry: &mut Entry) -> Heard {
    for _ in 0..2 {
        match take(row, &entry.execution, entry.etag) {
            Ruling::Take | Ruling::Repeated => {
                (entry.etag, entry.reported) = (row.version, true);
                return Heard::Taken;
            }
            Ruling::Closed(_) => return Heard::Left,
            _ => {
                let known = row.stored.clone().unwrap_or_else(|| Execution::in_state(row.state.clone()));
                if begun_elsewhere(&known, &entry.execution).is_some() {
                    return Heard::Left;
                }
                entry.etag = row.version;
            }
        }
    }
    Heard::Unsettled
}
