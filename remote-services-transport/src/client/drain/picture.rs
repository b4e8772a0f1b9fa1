//! The picture of a payload that is not taken, against the code.

use super::tests::{LOST, bare, id, judged, spool};
use super::*;
use crate::spool::memory::Memory;
use std::collections::{BTreeMap, VecDeque};

const MACHINES: &str = include_str!("../../../../docs/machines.md");

/// How a payload stands.
fn state(drain: &Drain<'_>, now: Timestamp) -> &'static str {
    let spool = drain.lock();
    let failures = spool.failures(id(1));
    let in_doubt = !drain.answered && failures.is_some_and(Failures::is_in_doubt);
    match failures {
        _ if !spool.pending().any(|entry| entry.id == id(1)) => "over",
        Some(failures) if failures.is_stuck() && !failures.wait(now).is_zero() => "stuck",
        _ if in_doubt => "inDoubt",
        Some(failures) if failures.is_stuck() => "due",
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
    // The shortest ways first, so that none is cut off that a longer one led to.
    let (mut seen, mut open) = (BTreeSet::new(), VecDeque::from([Vec::new()]));
    while let Some(way) = open.pop_front() {
        let steps = steps(&way);
        if let Some(Step { from, event, to, .. }) = steps.last()
            && !event.is_empty()
            && (to != from || ["not-taken", "silence"].contains(event))
        {
            coded.entry(((*from).to_owned(), (*to).to_owned())).or_default().insert((*event).to_owned());
        }
        let stand = steps.last().map(|step| (step.to, step.known.clone()));
        let is_over = stand.as_ref().is_some_and(|(to, _)| *to == "over");
        if !is_over && way.len() < 9 && seen.insert(stand) {
            open.extend(EVENTS.iter().map(|event| [&way[..], &[*event]].concat()));
        }
    }
    assert_eq!(drawn, coded);
}

const EVENTS: [&str; 9] = [
    "not-taken",
    "lost",
    "too-large",
    "stored",
    "server-says-wait",
    "another-stored",
    "time",
    "answer",
    "silence",
];

/// One step of a way.
struct Step {
    from: &'static str,
    /// Empty where it cannot happen.
    event: &'static str,
    to: &'static str,
    /// All that counts for what comes.
    known: String,
}

/// What happens to a payload on a way.
fn steps(way: &[&'static str]) -> Vec<Step> {
    let disk = Memory::default();
    let spool = spool(&disk, 1);
    let entry = *spool.lock().unwrap().pending().next().unwrap();
    let mut drain = Drain::new(&spool, Backoff::PROTOCOL, u32::MAX);
    let mut now = Timestamp::from_unix_seconds(0);
    let mut steps = Vec::new();
    for event in way {
        let from = state(&drain, now);
        let mut took = |status: u16| {
            // Nothing is sent of what waits for its time, and rarely of what waits for the server's word.
            drain.all_the_same = from == "inDoubt" && drain.lock().asked_in_vain() == VAIN;
            if drain.all_the_same {
                drain.lock().heard(true);
            }
            let is_sent = drain.all_the_same || ["inTurn", "due"].contains(&from);
            if is_sent {
                drain.took(entry, judged(id(1), status, &[]), (now, 0), &mut |_| {}).unwrap();
            }
            is_sent
        };
        let happens = match *event {
            "not-taken" => took(404),
            "lost" => took(LOST),
            "too-large" => took(413),
            "stored" => took(201),
            "server-says-wait" => took(503),
            "another-stored" => {
                spool.lock().unwrap().got_through(now);
                drain.answered = true;
                true
            }
            "time" => {
                now = now.plus(Duration::from_secs(3600));
                true
            }
            "answer" | "silence" if from != "inDoubt" => false,
            heard => {
                drain.heard(bare(if heard == "answer" { 304 } else { 502 }).as_ref(), 0, &mut |_| {});
                true
            }
        };
        let failures = spool.lock().unwrap().failures(id(1)).map(known);
        let known = format!("{failures:?} {} {}", drain.answered, spool.lock().unwrap().asked_in_vain());
        steps.push(Step { from, event: if happens { event } else { "" }, to: state(&drain, now), known });
    }
    steps
}

fn known(failures: &Failures) -> impl std::fmt::Debug + use<> {
    let counted = failures.count().min(4);
    (
        counted,
        failures.is_alone(),
        failures.is_in_doubt(),
        serde_json::to_value(failures).unwrap()["alone"].clone(),
    )
}
