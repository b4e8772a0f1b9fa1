//! `cargo xtask bench GROUP`: how fast the crates are beside their peers, as a table that anybody can print again.
//!
//! Each [`Row`] measures one piece of work in one run, ours and the peers on the same machine, and says whether the
//! goal is reached. The programs that do the work are workspaces of their own under `benches/`, because the
//! peers are many crates. CI builds them without the peers and only compares instruction counts with
//! `benches/GROUP/instructions.tsv`.
mod baseline;
mod codec;
pub mod criterion;
mod fleet;
mod hostile;
mod instructions;
mod network;
mod programs;
mod report;
mod row;
mod seal;
mod table;
mod upload;
mod xml;

pub use programs::Programs;
pub use row::{Line, Row};
pub use table::Table;

use crate::step::{self, Outcome, heading};
use programs::{Group, InC};

const SNMP: Group = Group { name: "snmp", rounds: 200, in_c: &[] };
/// The same programs, of which a round is dear.
const HOSTILE: Group = Group { rounds: 10, ..SNMP };
const PAYLOAD: Group = Group {
    name: "payload",
    rounds: 10,
    in_c: &[InC { name: "libxml2", config: "xml2-config", package: "libxml2-dev" }],
};

/// The same programs, of which a round takes millions of instructions.
const HOSTILE_PAYLOAD: Group = Group { rounds: 2, ..PAYLOAD };

/// Measures the rows of a group; fails when its programs cannot be built or its peers cannot be had.
pub type Measure = fn() -> Result<Table, String>;

/// What `cargo xtask bench` measures, in this order, each by the word that asks for it alone.
pub const GROUPS: [(&str, Measure); 4] =
    [("snmp", snmp), ("payload", payload), ("fleet", fleet::table), ("upload", upload::table)];

/// Measures all groups, or one, and prints their tables and how many goals were reached. `report` also writes a page
/// with plots: `target/bench/report.html`.
///
/// # Errors
/// When there is no such group, or the programs of one cannot be built or its peers cannot be had; the others are measured
/// all the same. A goal that was missed is no error: it stands in the table.
pub fn measure(only: Option<&str>, report: bool) -> Outcome {
    let groups: Vec<_> = GROUPS.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    if groups.is_empty() {
        return Err("no such group".to_owned());
    }
    let (mut tables, mut failures) = (Vec::new(), Vec::new());
    for (name, table) in groups {
        match table() {
            Ok(table) => tables.push((*name, table)),
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    if report {
        let folder = step::target().join("bench");
        let page = folder.join("report.html");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&page, report::page(&tables)))
            .map_err(|error| format!("{}: {error}", page.display()))?;
        println!("written: {}", page.display());
    }
    for why in &failures {
        println!("not measured: {why}");
    }
    let (reached, count) = tables.iter().map(|(_, table)| table.reached()).fold((0, 0), add);
    println!("{reached} of {count} goals reached");
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

fn add(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    (one.0 + other.0, one.1 + other.1)
}

fn snmp() -> Result<Table, String> {
    table(&SNMP, &codec::rows().into_iter().chain(network::rows()).collect::<Vec<_>>())
}

fn payload() -> Result<Table, String> {
    table(&PAYLOAD, &xml::rows().into_iter().chain(seal::rows()).collect::<Vec<_>>())
}

/// Compares our instruction counts with the committed ones; `write` replaces them.
///
/// # Errors
/// When a count grew by more than 3 %, or a hostile message or document of twice the size costs more than twice the work.
pub fn instructions(write: bool) -> Outcome {
    for group in [&SNMP, &PAYLOAD] {
        heading(&format!("speed: instruction counts against benches/{}/instructions.tsv", group.name));
        baseline::compare(group, &Programs::build(group, false)?, write)?;
    }
    heading("speed: hostile messages and documents of one size and of twice that size");
    hostile::are_linear(&Programs::build(&HOSTILE, false)?, hostile::MESSAGES)?;
    hostile::are_linear(&Programs::build(&HOSTILE_PAYLOAD, false)?, hostile::DOCUMENTS)
}

/// The rows from top to bottom.
fn table(group: &Group, rows: &[Box<dyn Row>]) -> Result<Table, String> {
    heading("bench: ours and the peers, built with all optimisation");
    let programs = Programs::build(group, true)?;
    heading("bench: measuring, which takes minutes");
    Ok(Table::print(rows.iter().map(|row| (row.work().to_owned(), row.measure(&programs)))))
}
