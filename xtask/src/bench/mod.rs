//! `cargo xtask bench GROUP`: how fast the crates are beside their peers, as a table that anybody can print again.
//!
//! Each [`Row`] measures one piece of work in one run, ours and the peers on the same machine, and says whether the
//! goal is reached. The programs that do the work are workspaces of their own under `benches/`, because the
//! peers are many crates. CI builds them without the peers and only compares instruction counts with
//! `benches/GROUP/instructions.tsv`.
mod baseline;
mod codec;
mod fleet;
mod hostile;
mod instructions;
mod network;
mod programs;
mod row;
mod seal;
mod upload;
mod xml;

pub use programs::Programs;
pub use row::{Line, Row};

use crate::step::{Outcome, heading};
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

/// Measures every row of the SNMP crate and prints the table.
///
/// # Errors
/// When the programs cannot be built. A goal that was missed is no error: it stands in the table.
pub fn snmp() -> Outcome {
    table(&SNMP, &codec::rows().into_iter().chain(network::rows()).collect::<Vec<_>>())
}

/// Measures every row of the payload crate and prints the table.
///
/// # Errors
/// As [`snmp`].
pub fn payload() -> Outcome {
    table(&PAYLOAD, &xml::rows().into_iter().chain(seal::rows()).collect::<Vec<_>>())
}

/// Measures discovery and collection of many printers and prints the table.
///
/// # Errors
/// As [`snmp`]; when the tool that plays the printers is not beside the project.
pub fn fleet() -> Outcome {
    fleet::table()
}

/// Measures our client beside curl and the spool beside the bare disk, and prints the table.
///
/// # Errors
/// As [`snmp`]; when nginx, curl or openssl is neither there nor to be had.
pub fn upload() -> Outcome {
    upload::table()
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
fn table(group: &Group, rows: &[Box<dyn Row>]) -> Outcome {
    heading("bench: ours and the peers, built with all optimisation");
    let programs = Programs::build(group, true)?;
    heading("bench: measuring, which takes minutes");
    print_table(rows.iter().map(|row| (row.work().to_owned(), row.measure(&programs))))
}

/// Each row as soon as it is measured, then all of them.
fn print_table(rows: impl Iterator<Item = (String, Result<Line, String>)>) -> Outcome {
    let (mut reached, mut count) = (0, 0);
    let mut table = vec![Line::HEADING.join(" | ")];
    for (work, measured) in rows {
        count += 1;
        let cells = match measured {
            Ok(line) => {
                reached += usize::from(line.reached);
                line.cells(&work)
            }
            Err(why) => [work, "-".into(), "-".into(), "-".into(), "-".into(), why],
        };
        println!("-- {}", cells.join(" | "));
        table.push(cells.join(" | "));
    }
    println!();
    for line in table {
        println!("{line}");
    }
    println!("{reached} of {count} goals reached");
    Ok(())
}
