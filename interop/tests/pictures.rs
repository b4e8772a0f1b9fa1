//! Pictures of state machines that a machine can read, against the code.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

#[path = "pictures/commands.rs"]
mod commands;
#[path = "pictures/downloads.rs"]
mod downloads;
#[path = "pictures/drawn.rs"]
mod drawn;
#[path = "pictures/enrolment.rs"]
mod enrolment;
#[path = "pictures/uploads.rs"]
mod uploads;

use std::collections::{BTreeMap, BTreeSet};

use remote_services_core::command::CommandState;
use remote_services_core::time::Timestamp;
use remote_services_transport::document::{ContentDigest, SoftwareArtifact, SoftwareManifest, names};
use remote_services_transport::exchange::Answer;
use remote_services_transport::software::{
    Component, Offer, UpdateState, Updates, UpdatesStep, judge_software,
};

const PROTOCOL: &str = include_str!("../../docs/protocol.md");
const OFFER: &str = include_str!("../../remote-services-transport/src/software/offer.rs");

#[test]
fn the_picture_of_a_commands_states_has_every_step_of_the_code_and_no_other() {
    let drawn: BTreeSet<(String, String)> = PROTOCOL
        .lines()
        .skip_while(|line| *line != "stateDiagram-v2")
        .take_while(|line| *line != "```")
        .filter_map(|line| line.trim().split_once(" --> "))
        .filter(|(from, _)| *from != "[*]")
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .collect();
    let states = || CommandState::LISTED.iter().map(|(state, _, _)| state);
    let steps = states().flat_map(|from| states().map(move |to| (from, to)));
    // Saying the same again is no step.
    let coded: BTreeSet<(String, String)> = steps
        .filter(|(from, to)| from != to && from.may_become(to))
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    let only = |one: &BTreeSet<_>, other: &BTreeSet<_>| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!(
        (only(&drawn, &coded), only(&coded, &drawn)),
        (Vec::new(), Vec::new()),
        "drawn only, coded only"
    );
}

/// What is remembered of a component that is at version 1 or 2, and when and in which window it is looked at.
#[derive(Clone)]
struct Followed {
    state: UpdateState,
    running: &'static str,
    now: i64,
    window: bool,
}

/// When manifests may be followed, and when the first of them expires.
const NOT_BEFORE: i64 = 20;
const EXPIRES: i64 = 100;
const MOMENTS: [i64; 3] = [1, 50, 150];

fn manifest(version: &str, sequence: u64, expires: i64) -> SoftwareManifest {
    SoftwareManifest {
        document: SoftwareManifest::DOCUMENT.to_owned(),
        component: "agent".into(),
        version: version.into(),
        channel: None,
        from: Vec::new(),
        target: None,
        artifact: SoftwareArtifact { digest: ContentDigest::of(b""), size: 0, origins: Vec::new() },
        not_before: Some(Timestamp::from_unix_seconds(NOT_BEFORE)),
        expires: Timestamp::from_unix_seconds(expires),
        sequence,
        preconditions: serde_json::Map::new(),
    }
}

impl Followed {
    fn name(&self) -> &'static str {
        let updates = Updates { state: self.state.clone() };
        match updates.next(Timestamp::from_unix_seconds(self.now), self.window) {
            UpdatesStep::Nothing if updates.state.offered.is_none() => "current",
            UpdatesStep::Nothing => "lapsed",
            UpdatesStep::Fetch(_) => "offered",
            UpdatesStep::Wait => "waiting",
            UpdatesStep::Install(_) => "ready",
            UpdatesStep::Look(_) => "installing",
            step => panic!("{step:?} is in no picture"),
        }
    }

    /// Takes in an answer: a manifest, or none; the refusal by its name.
    fn hear(&self, manifest: Option<&SoftwareManifest>) -> (Self, Option<String>) {
        let component = Component { name: "agent".into(), channel: None, target: None };
        let mut after = self.clone();
        let answer = Answer {
            status: if manifest.is_some() { 200 } else { 304 },
            fields: vec![("content-type".into(), names::SIGNED.into())],
            body: manifest.map(|it| serde_json::to_vec(it).unwrap_or_default()).unwrap_or_default(),
        };
        let verifier = |_: &str, body: &[u8]| Ok::<_, String>(body.to_vec());
        let now = Timestamp::from_unix_seconds(self.now);
        match judge_software(&answer, &component, self.running, &mut after.state, &verifier, now) {
            Offer::Refused(refusal) => {
                let debug = format!("{refusal:?}");
                (after, debug.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned))
            }
            Offer::Later { why, .. } => panic!("{why}"),
            _ => (after, None),
        }
    }

    /// All that can happen to it next.
    fn steps(&self) -> Vec<(Self, Option<String>)> {
        let known = manifest("2", 2, EXPIRES);
        let answers = [
            known.clone(),
            manifest("2", 2, 1_000),
            manifest("3", 3, 1_000),
            manifest("1", 4, 1_000),
            manifest("2", 5, 1_000),
            SoftwareManifest { component: "firmware".into(), ..known.clone() },
            SoftwareManifest { document: "command".into(), ..known.clone() },
            SoftwareManifest { not_before: None, ..known.clone() },
            SoftwareManifest { from: vec!["0".into()], ..manifest("6", 6, 1_000) },
            manifest("2", 1, 1_000),
        ];
        let mut next: Vec<_> = answers.iter().map(Some).chain([None]).map(|it| self.hear(it)).collect();
        let mut also = |change: &dyn Fn(&mut Self, &mut Updates)| {
            let (mut after, mut updates) = (self.clone(), Updates { state: self.state.clone() });
            change(&mut after, &mut updates);
            next.push((Self { state: updates.state, ..after }, None));
        };
        also(&|after, _| after.window = !after.window);
        for moment in MOMENTS.into_iter().filter(|moment| *moment > self.now) {
            also(&|after, _| after.now = moment);
        }
        match self.name() {
            "offered" => also(&|_, updates| updates.fetched()),
            "ready" => also(&|_, updates| {
                let manifest = updates.state.offered.clone();
                manifest.iter().for_each(|manifest| updates.begin(manifest));
            }),
            "installing" => {
                also(&|after, updates| {
                    after.running = if updates.state.installing.as_deref() == Some("2") { "2" } else { "3" };
                    updates.looked(after.running);
                });
                also(&|_, updates| {
                    updates.looked("0");
                });
                also(&|after, updates| {
                    updates.interrupted(Timestamp::from_unix_seconds(after.now));
                    // How often it was is no state of its own.
                    updates.state.interrupted.clear();
                });
                also(&|after, updates| {
                    updates.obstructed(Timestamp::from_unix_seconds(after.now));
                    let since = Timestamp::from_unix_seconds(MOMENTS[0]);
                    updates.state.obstructed.iter_mut().for_each(|it| (it.times, it.at) = (1, since));
                });
            }
            _ => {}
        }
        next
    }
}

#[test]
fn the_picture_of_software_has_every_step_and_every_refusal_of_the_code_and_no_other() {
    let lines = PROTOCOL.lines().skip_while(|line| *line != "## Software");
    let picture = lines.skip_while(|line| *line != "stateDiagram-v2").take_while(|line| *line != "```");
    let all: Vec<_> = picture.filter_map(|line| line.trim().split_once(" --> ")).collect();
    let drawn: BTreeSet<_> =
        all.iter().copied().filter(|(from, _)| !["[*]", "manifest"].contains(from)).collect();
    let refusals: BTreeSet<&str> = all.iter().filter_map(|(_, to)| to.strip_prefix("refused: ")).collect();

    let start = Followed { state: UpdateState::default(), running: "1", now: MOMENTS[0], window: false };
    let key = |it: &Followed| {
        format!(
            "{} {} {} {}",
            // It never goes back here, so the latest time is the present one.
            serde_json::to_string(&UpdateState { clock: None, ..it.state.clone() }).unwrap_or_default(),
            it.running,
            it.now,
            it.window
        )
    };
    let (mut seen, mut open) = (BTreeMap::from([(key(&start), ())]), vec![start]);
    let (mut coded, mut provoked) = (BTreeSet::new(), BTreeSet::new());
    while let Some(from) = open.pop() {
        for (to, refusal) in from.steps() {
            if let Some(refusal) = refusal {
                let state = UpdateState { clock: from.state.clock, ..to.state.clone() };
                assert_eq!(state, from.state, "{refusal}: what is refused changes nothing but the clock");
                provoked.insert(refusal);
            } else if to.name() != from.name() {
                coded.insert((from.name(), to.name()));
            }
            if seen.insert(key(&to), ()).is_none() {
                open.push(to);
            }
        }
    }
    assert_eq!(
        (drawn.difference(&coded).collect::<Vec<_>>(), coded.difference(&drawn).collect::<Vec<_>>()),
        (Vec::new(), Vec::new()),
        "drawn only, coded only"
    );
    let body = OFFER.split_once("pub enum OfferRefusal {").map_or("", |(_, rest)| rest);
    let body = body.split_once("\n}").map_or("", |(body, _)| body);
    // A variant stands four columns in; what it holds and what is said of it do not begin with a capital there.
    let variants: BTreeSet<&str> = body
        .lines()
        .filter_map(|line| {
            line.strip_prefix("    ").filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        })
        .filter_map(|line| line.split(['(', ' ', ',']).next())
        .collect();
    assert_eq!(refusals, variants, "drawn, in the code");
    assert_eq!(refusals, provoked.iter().map(String::as_str).collect(), "drawn, seen to happen");
}
