//! One command between a server, a client that dies at any moment, and a printer that counts its pages.
//!
//! The decisions are the real ones: `next`, `Run`, `admit` on the client, `rule` on the server. What is made up is what
//! lies around them: the journal's disk, the network, the clock and the printer.

use remote_services_core::command::{Action, ActionSetting, CommandState, ResultCode};
use remote_services_core::mode::SecurityMode;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{Base64Bytes, Command, Execution, ExecutionResult};
use remote_services_transport::execution::{Asked, Journal, Ruling, Run, Site, Step, next, rule};
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
    pub entries: Vec<Option<Entry>>,
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

    pub fn key(&self) -> String {
        format!("{self:?}")
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(if self.late { 200 } else { 50 })
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
        if !self.alive || self.rows[at].state.is_closed() {
            return;
        }
        if self.rows[at].state == CommandState::Queued {
            self.rows[at].state = CommandState::Delivered;
        }
        if self.entries[at].is_none() {
            self.entries[at] = Some(Entry {
                execution: Execution::in_state(CommandState::Delivered),
                reported: false,
                etag: 0,
                decision: None,
                looked: None,
            });
        } else if self.rows[at].state == CommandState::CancelRequested {
            self.turn(at, Luck::Good, true);
        }
    }

    /// The client does what is next with a command.
    pub fn turn(&mut self, at: usize, luck: Luck, cancel: bool) {
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
        let now = self.now();
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
                    self.begun += 1;
                    dies |= matches!(luck, Luck::DiesAfterLook | Luck::DiesAfterEffect);
                    if luck != Luck::DiesAfterJournal && self.reachable {
                        paper.entry.looked = Some(self.pages);
                        if luck != Luck::DiesAfterLook {
                            self.pages += 1;
                        }
                    }
                    if dies {
                        Ok(())
                    } else {
                        let code = if self.reachable { ResultCode::Ok } else { ResultCode::NotReachable };
                        run.finish(&mut paper, begun, &Self::command(at), result(code), Vec::new(), now)
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
        let others = (0..self.entries.len()).any(|other| other != at && self.entries[other].is_some());
        let site = Site {
            client: Uuid::max(),
            mode,
            actions: &actions,
            supported: &[Action::PrintTestPage],
            manages: &|_| true,
            seen: &|_| others,
        };
        let asked = Asked { consent: entry.decision, cancel, ..Asked::default() };
        next(&Self::command(at), &entry.execution, asked, &site, self.now())
    }

    /// A report goes out; the request, or the answer to it, may be lost.
    pub fn report(&mut self, at: usize, arrives: bool, answered: bool) {
        let alive = self.alive;
        let Some(entry) = self.entries[at].as_mut().filter(|entry| alive && !entry.reported) else { return };
        if !arrives {
            return;
        }
        let row = &mut self.rows[at];
        let report = &entry.execution;
        let first = row.version == 0 && entry.etag == 0;
        let ruling = rule(&row.state, row.stored.as_ref(), report, first || entry.etag == row.version);
        if ruling == Ruling::Take {
            row.state = report.state.clone();
            row.stored = Some(report.clone());
            row.version += 1;
        }
        if !answered {
            return;
        }
        match ruling {
            Ruling::Take | Ruling::Repeated => (entry.etag, entry.reported) = (row.version, true),
            Ruling::Stale => entry.etag = row.version,
            _ => {
                assert!(
                    !(report.state.is_closed() && report.started_at.is_some()),
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
