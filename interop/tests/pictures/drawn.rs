//! How a picture is read: mermaid's state diagrams, with events as labels.
//!
//! ```text
//! from --> to: EVENTS, EVENTS              EVENTS = STATUS… VARIANT…  |  other VARIANT…  |  word
//! ```
//!
//! A status is one number or `301-303`, `other` is each status that no arrow from that state names with this variant. Variants say what
//! else an answer has, all of them where none is named. An arrow without a label is just an arrow.
use std::collections::{BTreeMap, BTreeSet};

/// From, event, to.
pub(crate) type Arrows = BTreeSet<(String, String, String)>;

const MACHINES: &str = include_str!("../../../docs/machines.md");
pub(crate) const STATUSES: std::ops::RangeInclusive<u16> = 100..=599;

/// The picture under a heading, as it is drawn. `variants` are those of the answers that each state hears.
pub(crate) fn drawn(heading: &str, variants: &BTreeMap<&str, &[&str]>) -> Arrows {
    let title = format!("## {heading}");
    let section = MACHINES.lines().skip_while(|line| *line != title).skip(1);
    let section = section.take_while(|line| !line.starts_with("## "));
    let picture = section.skip_while(|line| *line != "stateDiagram-v2").take_while(|line| *line != "```");
    let lines: Vec<(&str, &str, &str)> = picture
        .filter_map(|line| line.trim().split_once(" --> "))
        .map(|(from, rest)| {
            let (to, label) = rest.split_once(": ").unwrap_or((rest, ""));
            (from, to, label)
        })
        .filter(|(from, _, _)| *from != "[*]")
        .collect();
    assert!(!lines.is_empty(), "{heading}: no picture");
    let mut arrows = Arrows::new();
    for from in lines.iter().map(|(from, _, _)| *from).collect::<BTreeSet<_>>() {
        let variants = variants.get(from).copied().unwrap_or(&[""]);
        let mut named = BTreeSet::new();
        for rest in [false, true] {
            for (_, to, label) in lines.iter().filter(|(other, _, _)| *other == from) {
                for group in
                    label.split(", ").filter(|group| group.split(' ').any(|it| it == "other") == rest)
                {
                    for event in events(group, variants, &named) {
                        arrows.insert((from.to_owned(), event, (*to).to_owned()));
                    }
                }
            }
            named = arrows.iter().filter(|it| it.0 == from).map(|it| it.1.clone()).collect();
        }
    }
    arrows
}

fn events(group: &str, all: &[&str], named: &BTreeSet<String>) -> Vec<String> {
    let (mut statuses, mut variants, mut is_rest) = (Vec::new(), Vec::new(), false);
    for token in group.split(' ') {
        let (first, last) = token.split_once('-').unwrap_or((token, token));
        match (first.parse::<u16>(), last.parse::<u16>()) {
            (Ok(first), Ok(last)) => statuses.extend(first..=last),
            _ if token == "other" => is_rest = true,
            _ => variants.push(token),
        }
    }
    if statuses.is_empty() && !is_rest {
        return vec![group.to_owned()];
    }
    assert!(variants.iter().all(|variant| all.contains(variant)), "{group}: one of {all:?}");
    let variants = if variants.is_empty() { all } else { &variants };
    let statuses = if is_rest { STATUSES.collect() } else { statuses };
    let events = statuses.iter().flat_map(|status| variants.iter().map(|variant| event(*status, variant)));
    events.filter(|event| !is_rest || !named.contains(event)).collect()
}

/// An answer as an event.
pub(crate) fn event(status: u16, variant: &str) -> String {
    format!("{status} {variant}").trim_end().to_owned()
}

/// Fails unless both are the same, with the first arrows that only one of them has.
#[track_caller]
pub(crate) fn compare(heading: &str, drawn: &Arrows, coded: &Arrows) {
    let only = |one: &Arrows, other: &Arrows| {
        let mut ways = BTreeMap::<String, Vec<String>>::new();
        for (from, event, to) in one.difference(other) {
            ways.entry(format!("{from} --> {to}")).or_default().push(event.clone());
        }
        let shown = ways.iter().map(|(way, events)| {
            format!("    {way}: {} of {}", events[..events.len().min(12)].join(", "), events.len())
        });
        shown.collect::<Vec<_>>().join("\n")
    };
    assert!(
        drawn == coded,
        "{heading}\n  drawn only\n{}\n  in the code only\n{}",
        only(drawn, coded),
        only(coded, drawn)
    );
}

/// The arrows of a machine that hears answers: what `step` comes to in a state for each of them.
pub(crate) fn answered(
    variants: &BTreeMap<&str, &[&str]>,
    mut step: impl FnMut(&str, u16, &str) -> Option<String>,
) -> Arrows {
    let mut arrows = Arrows::new();
    for (from, variants) in variants {
        for status in STATUSES {
            for variant in *variants {
                if let Some(to) = step(from, status, variant) {
                    arrows.insert(((*from).to_owned(), event(status, variant), to));
                }
            }
        }
    }
    arrows
}

pub(crate) fn arrow(from: &str, event: &str, to: &str) -> (String, String, String) {
    (from.to_owned(), event.to_owned(), to.to_owned())
}

/// Each machine of the page has a picture that is looked at, and no picture is there that nobody looks at.
#[test]
fn each_picture_of_the_page_is_compared() {
    let headings = MACHINES.lines().filter_map(|line| line.strip_prefix("## "));
    let compared = [
        super::enrolment::COMPARED,
        super::uploads::COMPARED,
        super::commands::COMPARED,
        super::downloads::COMPARED,
    ];
    // These machines are no part of the public interface; their pictures are compared beside them.
    let beside = ["Proxy negotiation", "Payload that is not taken"];
    let all: BTreeSet<&str> = compared.concat().into_iter().chain(beside).collect();
    assert_eq!(headings.collect::<BTreeSet<_>>(), all);
}

#[test]
fn an_arrow_too_few_or_too_many_is_seen() {
    let variants: BTreeMap<&str, &[&str]> = BTreeMap::from([("a", &["x", "y"][..])]);
    let read = |label: &str| {
        events(label, variants["a"], &BTreeSet::from(["200 x".to_owned()])).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(read("200 201 x"), ["200 x", "201 x"]);
    assert_eq!(read("301-302"), ["301 x", "301 y", "302 x", "302 y"]);
    assert_eq!(read("no-answer"), ["no-answer"]);
    assert_eq!((read("other").len(), read("other x").len()), (999, 499));
    let full = drawn("Back-off", &BTreeMap::new());
    for gone in &full {
        let rest: Arrows = full.iter().filter(|it| *it != gone).cloned().collect();
        for (one, other) in [(&full, &rest), (&rest, &full)] {
            assert!(std::panic::catch_unwind(|| compare("Back-off", one, other)).is_err());
        }
    }
}
