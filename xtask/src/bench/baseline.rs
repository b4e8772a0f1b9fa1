//! Instruction counts that were reached once and are not given up by accident.
use std::fs;
use std::path::PathBuf;

use super::Programs;
use super::programs::Group;
use crate::step::{Outcome, root};

/// A count may grow by this part of itself: another compiler moves it a little.
const ALLOWED_GROWTH: f64 = 0.03;

pub(super) fn compare(group: &Group, programs: &Programs, write: bool) -> Outcome {
    let path = path(group);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut written = String::from("program\twork\tinstructions\n");
    let mut grown = Vec::new();
    for (program, work, before) in parse(&text)? {
        let now = programs.instructions(&program, &[&work, "ours"])?;
        println!("-- {program} {work}: {before} before, {now} now");
        written += &format!("{program}\t{work}\t{now}\n");
        if has_grown(before, now) {
            grown.push(format!("{program} {work} grew from {before} to {now} instructions"));
        }
    }
    if write {
        return fs::write(&path, written).map_err(|error| format!("{}: {error}", path.display()));
    }
    if grown.is_empty() { Ok(()) } else { Err(grown.join("; ")) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn has_grown(before: u64, now: u64) -> bool {
    now as f64 > before as f64 * (1.0 + ALLOWED_GROWTH)
}

fn parse(text: &str) -> Result<Vec<(String, String, u64)>, String> {
    text.lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [program, work, count] = columns[..] else {
                return Err(format!("not three columns: {line}"));
            };
            let count = count.parse().map_err(|_| format!("no number: {line}"))?;
            Ok((program.to_owned(), work.to_owned(), count))
        })
        .collect()
}

fn path(group: &Group) -> PathBuf {
    root().join("benches").join(group.name).join("instructions.tsv")
}

#[cfg(test)]
mod tests {
    use super::super::{PAYLOAD, SNMP};
    use super::*;

    #[test]
    fn three_percent_are_allowed_and_no_more() {
        assert!(!has_grown(1_000, 1_030));
        assert!(has_grown(1_000, 1_031));
        assert!(!has_grown(1_000, 10));
    }

    #[test]
    fn the_committed_counts_can_be_read() {
        for (group, program) in [(&SNMP, "codec"), (&PAYLOAD, "xml")] {
            let counts = parse(&fs::read_to_string(path(group)).unwrap()).unwrap();
            assert!(counts.iter().any(|(named, work, _)| named == program && work == "decode"));
        }
        assert!(parse("heading\nno columns").is_err());
    }
}
