//! `cargo xtask bench criterion [GROUP]`: the groups of `benches/benches`, and the ratio of ours to what stands beside it.
//!
//! Criterion measures and keeps its figures and plots under `target/criterion`; it knows nothing of peers. In our groups
//! the names that begin with `ours` are ours, those with `limit` the work that nobody can leave out, the others peers.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::step::{self, Outcome, cargo, heading};

/// The groups, by what their names begin with.
pub const GROUPS: [&str; 10] =
    ["ber", "usm", "engine", "walk", "fleet", "xml", "zip", "seal", "spool", "upload"];

/// Nanoseconds by name, for each group.
type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// Measures all groups, or one, and prints each figure with its ratios.
///
/// # Errors
/// When a bench does not build or run, or a group has no figures.
pub fn run(only: Option<&str>) -> Outcome {
    heading("bench: criterion");
    let figures = step::target().join("criterion");
    let _ = fs::remove_dir_all(&figures);
    let mut bench = cargo(&["bench", "--package", "remote-services-benches", "--benches", "--"]);
    bench.args(["--noplot"]).args(only.map(|group| format!("^{group}/")));
    step::run(&mut bench)?;
    let mut found = Figures::new();
    read(&figures, &mut found)?;
    for line in lines(&found) {
        println!("{line}");
    }
    let wanted = GROUPS.iter().filter(|group| only.is_none_or(|only| only == **group));
    let missing: Vec<&str> =
        wanted.copied().filter(|group| !found.keys().any(|name| is_of(name, group))).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no figures of {}", missing.join(", "))) }
}

fn is_of(name: &str, group: &str) -> bool {
    name.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'))
}

/// Collects what is below a folder of criterion's: `…/new/benchmark.json` has the names, `estimates.json` the figures.
fn read(folder: &Path, found: &mut Figures) -> Outcome {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let names = path.join("benchmark.json");
        if path.ends_with("new") && names.is_file() {
            let (names, estimates) = (json(&names)?, json(&path.join("estimates.json"))?);
            let median = estimates["median"]["point_estimate"].as_f64();
            if let (Some(group), Some(name), Some(median)) =
                (names["group_id"].as_str(), names["function_id"].as_str(), median)
            {
                found.entry(group.to_owned()).or_default().insert(name.to_owned(), median);
            }
        } else {
            read(&path, found)?;
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Value, String> {
    let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| fail(&error))?;
    serde_json::from_str(&text).map_err(|error| fail(&error))
}

/// A line for each of ours, with what stands beside it.
fn lines(found: &Figures) -> Vec<String> {
    let of = |(group, figures): (&String, &BTreeMap<String, f64>)| {
        let (ours, others): (Vec<_>, Vec<_>) = figures
            .iter()
            .map(|(name, time)| (name.clone(), *time))
            .partition(|(name, _)| name.starts_with("ours"));
        let beside = |time: f64| -> String {
            others.iter().map(|(name, theirs)| format!("; {:.2} x {name}", time / theirs)).collect()
        };
        ours.iter()
            .map(|(name, time)| format!("{group}: {name}: {time:.0} ns{}", beside(*time)))
            .collect::<Vec<_>>()
    };
    found.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::root;

    #[test]
    fn each_of_ours_stands_beside_all_others_of_its_group() {
        let group = BTreeMap::from([
            ("ours, borrowed".to_owned(), 150.0),
            ("ours, owned".to_owned(), 600.0),
            ("snmp-parser".to_owned(), 300.0),
        ]);
        let found = Figures::from([("ber/decode".to_owned(), group)]);
        assert_eq!(
            lines(&found),
            [
                "ber/decode: ours, borrowed: 150 ns; 0.50 x snmp-parser",
                "ber/decode: ours, owned: 600 ns; 2.00 x snmp-parser"
            ]
        );
        assert!(is_of("ber/decode", "ber") && !is_of("berlin/decode", "ber"));
    }

    #[test]
    fn what_criterion_keeps_is_read_by_its_names() {
        let folder = std::env::temp_dir().join(format!("xtask-criterion-{}", std::process::id()));
        let new = folder.join("ber_decode/ours/new");
        fs::create_dir_all(&new).expect("a folder of our own");
        fs::write(new.join("benchmark.json"), r#"{"group_id":"ber/decode","function_id":"ours"}"#)
            .expect("it is there");
        fs::write(new.join("estimates.json"), r#"{"median":{"point_estimate":7.5}}"#).expect("it is there");
        let mut found = Figures::new();
        let read = read(&folder, &mut found);
        fs::remove_dir_all(&folder).expect("it was made");
        assert_eq!(read, Ok(()));
        assert_eq!(found["ber/decode"]["ours"].to_bits(), 7.5_f64.to_bits());
    }

    #[test]
    fn every_group_is_written_in_a_bench() {
        let folder = root().join("benches/benches");
        let files = fs::read_dir(folder).expect("the benches are part of the project");
        let text: String =
            files.flatten().map(|file| fs::read_to_string(file.path()).expect("text")).collect();
        for group in GROUPS {
            let named = text.contains(&format!("benchmark_group(\"{group}/"))
                || text.contains(&format!("benchmark_group(format!(\"{group}/"));
            assert!(named, "{group}");
        }
    }
}
