//! Where each attribute of the data dictionary gets its value: from objects of a device, from this side, or from whoever
//! embeds us; and that none is silently absent.
//!
//! `values/rows.tsv` has a line for each row of the dictionary: `filled` with the recording that shows it, `withheld` with
//! the element that says so, or `producer` with who gives it. A filled row is proven: when the objects that it comes from are
//! taken out of the recording, the value goes too.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "../../remote-services-payload/tests/rows/mod.rs"]
#[allow(dead_code, reason = "shared with the test of the payload, which needs all of it")]
mod rows;

use remote_services_collect::profile::Profiles;
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, jobs, usage};
use remote_services_core::job::JobAccounting;
use remote_services_core::reading::Header;
use remote_services_core::time::Timestamp;
use remote_services_interop::shared;
use remote_services_snmp::{Oid, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Values = BTreeMap<Oid, Value>;

/// A row of the dictionary: its place in the model, and the objects that it cites.
struct Row {
    id: String,
    place: Vec<String>,
    objects: Vec<Oid>,
}

fn dictionary() -> Option<Vec<Row>> {
    let text = std::fs::read_to_string(shared("DATA-DICTIONARY.tsv")?).unwrap();
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let (id, kind, element) = (columns[0], columns[2], columns[3]);
        let departures = rows::ALL.iter().find(|rows| rows.kind == kind).unwrap();
        let renamed = departures.renamed.iter().find(|(renamed, ..)| *renamed == id);
        let place = renamed.map_or(element, |(_, place, _)| place);
        Row {
            id: id.into(),
            place: place.split('/').map(|part| part.trim_start_matches('@').to_owned()).collect(),
            objects: columns[8..11].iter().flat_map(|sources| objects(sources)).collect(),
        }
    };
    Some(text.lines().skip(1).map(row).collect())
}

/// Object identifiers in a text, up to what stands for an instance.
fn objects(text: &str) -> Vec<Oid> {
    let word = |word: &str| {
        let digits: String = word.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        digits.starts_with("1.3.6.1.").then(|| digits.trim_end_matches('.').parse().ok())?
    };
    text.split([' ', ';', ',']).filter_map(word).collect()
}

/// One line of `values/rows.tsv`.
struct Line {
    how: String,
    what: String,
    /// Objects beside those of the dictionary.
    objects: Vec<Oid>,
}

fn lines() -> BTreeMap<String, Line> {
    let text = include_str!("values/rows.tsv");
    let line = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next().unwrap_or_default();
        let (id, how, what, more) = (next(), next(), next(), next());
        (id, Line { how, what, objects: objects(&more) })
    };
    let all: Vec<(String, Line)> = text.lines().skip(1).map(line).collect();
    let count = all.len();
    let lines = BTreeMap::from_iter(all);
    assert_eq!(lines.len(), count, "a row twice");
    lines
}

/// A recording of this test, or of the crate, by its name.
fn recording(name: &str) -> Values {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = here.join(format!("tests/values/{name}.snmprec"));
    let of_crate = here.join(format!("../remote-services-collect/recordings/{name}.snmprec"));
    let file = if own.exists() { own } else { of_crate };
    record::parse(
        &std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())),
        Mode::Strict,
    )
    .unwrap()
    .values
}

/// All that is made of these values: the documents of the device and its jobs, by their root elements.
fn documents(values: &Values) -> Json {
    let read_at = Timestamp::from_unix_seconds(1_800_000_000);
    let profiles = Profiles::builtin().with("site.toml", include_str!("values/site.toml")).unwrap();
    let context = ReadContext { read_at, profiles, ..ReadContext::default() };
    let store = ObjectStore::from(values.clone());
    let header = Header { read_at, ..Header::default() };
    let jobs = JobAccounting { header, jobs: jobs::build(&store, "device", read_at) };
    let mut report = build(&store, &context);
    report.usage = Some(usage::build(&store, &context, &report));
    let mut all = serde_json::to_value(report).unwrap();
    all["JobAccounting"] = serde_json::to_value(jobs).unwrap();
    all
}

/// What stands at a place, in all rows; empty where nothing does.
fn at(json: &Json, place: &[String]) -> Vec<String> {
    match (place, json) {
        (_, Json::Array(rows)) => rows.iter().flat_map(|row| at(row, place)).collect(),
        ([], Json::Null) => Vec::new(),
        ([], found) => vec![found.to_string()],
        ([first, rest @ ..], Json::Object(members)) => {
            members.get(first).map(|member| at(member, rest)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_row_of_the_dictionary_has_a_value_a_reason_or_a_producer() {
    let Some(dictionary) = dictionary() else { return };
    let lines = lines();
    let ids: BTreeSet<&str> = dictionary.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(
        lines.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        ids,
        "rows without a line, or the other way"
    );
    let mut read: BTreeMap<String, (Values, Json)> = BTreeMap::new();
    let mut wrong = Vec::new();
    let bare = documents(&recording("bare"));
    for row in &dictionary {
        let line = &lines[&row.id];
        match line.how.as_str() {
            "filled" => {
                let (values, whole) = read.entry(line.what.clone()).or_insert_with(|| {
                    let values = recording(&line.what);
                    let whole = documents(&values);
                    (values, whole)
                });
                let told = at(whole, &row.place);
                if told.is_empty() {
                    wrong.push(format!("{}: nothing at {} in {}", row.id, row.place.join("/"), line.what));
                    continue;
                }
                let of = |object: &&Oid| values.keys().any(|name| name.starts_with(object));
                let depends = |object: &Oid| {
                    let kept = |(name, _): &(&Oid, &Value)| !name.starts_with(object);
                    let less = values.iter().filter(kept).map(|(name, value)| (name.clone(), value.clone()));
                    at(&documents(&less.collect()), &row.place) != told
                };
                let mut known = row.objects.iter().chain(&line.objects).filter(of);
                if !known.any(depends) {
                    wrong.push(format!(
                        "{}: {} does not come from the objects that are cited",
                        row.id,
                        row.place.join("/")
                    ));
                }
            }
            "withheld" => {
                let withheld = &bare[&row.place[0]]["Header"]["Withheld"];
                let said = withheld
                    .as_array()
                    .is_some_and(|all| all.iter().any(|entry| entry["element"] == line.what.as_str()));
                if !said {
                    wrong.push(format!("{}: {} is silently absent", row.id, line.what));
                }
            }
            "producer" => {
                if !PRODUCERS.iter().any(|(name, _)| *name == line.what) {
                    wrong.push(format!("{}: nobody is called {:?}", row.id, line.what));
                }
            }
            other => wrong.push(format!("{}: what is {other:?}?", row.id)),
        }
    }
    let count = |how: &str| lines.values().filter(|line| line.how == how).count();
    println!(
        "{} rows: {} filled, {} withheld, {} by producers",
        lines.len(),
        count("filled"),
        count("withheld"),
        count("producer")
    );
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// Who gives what no object of a device tells, and where that is written.
const PRODUCERS: &[(&str, &str)] = &[
    ("reader", "remote-services-collect/src/build.rs"),
    ("ledger", "remote-services-collect/src/truth.rs"),
    ("host", "apps/agent/src/host.rs"),
    ("agent", "apps/agent/src/memory.rs"),
    ("page_log", "apps/agent/src/produce/page_log.rs"),
    ("accounting", "apps/agent/src/accounting.rs"),
    ("device jobs", "apps/agent/src/device_jobs.rs"),
    ("policy", "apps/agent/src/produce/policy.rs"),
    ("administrator", "apps/agent/src/produce/facts.rs"),
    ("usage log", "remote-services-collect/src/usage/log.rs"),
    ("distribution", "remote-services-collect/src/usage/distribution.rs"),
    ("logs", "apps/agent/src/produce/logs.rs"),
    ("embedder", "remote-services-core/src/embedder.rs"),
];

/// The manual has a reason for whatever no object of a device gives and nobody here does either.
#[test]
fn what_is_left_to_whoever_links_the_crates_stands_in_the_manual_with_its_reason() {
    let Some(dictionary) = dictionary() else { return };
    let manual = include_str!("../../docs/manual.md");
    let (_, section) = manual.split_once("### What a device does not tell by SNMP").unwrap();
    let (section, _) = section.split_once("\n### ").unwrap();
    let reasons: Vec<(&str, &str)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter(|(elements, why)| elements.starts_with('`') && why.len() > 10)
        .collect();
    let lines = lines();
    let is_left = |row: &&Row| {
        let line = &lines[&row.id];
        line.how == "withheld" || line.what == "embedder"
    };
    let mut named = BTreeSet::new();
    for row in dictionary.iter().filter(is_left) {
        let path = row.place.join("/");
        let is_named =
            |element: &str| path.contains(&format!("/{element}/")) || path.ends_with(&format!("/{element}"));
        let element = |elements: &str| {
            elements.split(", ").map(|it| it.trim_matches('`')).find(|it| is_named(it)).map(str::to_owned)
        };
        let found = reasons.iter().find_map(|(elements, _)| element(elements));
        named.insert(found.unwrap_or_else(|| panic!("{}: no reason for {path} in the manual", row.id)));
    }
    let all = reasons
        .iter()
        .flat_map(|(elements, _)| elements.split(", "))
        .map(|it| it.trim_matches('`').to_owned());
    assert_eq!(all.collect::<BTreeSet<_>>(), named, "a reason for what is not left");
}

#[test]
fn each_producer_is_where_it_is_said_to_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let lines = lines();
    for (name, file) in PRODUCERS {
        assert!(root.join(file).exists(), "{file}");
        assert!(
            lines.values().any(|line| line.how == "producer" && line.what == *name),
            "{name} gives nothing"
        );
    }
}
