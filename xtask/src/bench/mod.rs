//! `cargo xtask bench GROUP`: how fast the crates are beside their peers, as a table that anybody can print again.
//!
//! Each [`Row`] measures one piece of work in one run, ours and the peers on the same machine, and says whether the
//! goal is reached. The programs that do the work are workspaces of their own under `benches/`, because the
//! peers are many crates. CI builds them without the peers and only compares instruction counts with
//! `benches/GROUP/instructions.tsv`.
mod baseline;
mod codec;
mod hostile;
mod instructions;
mod network;
mod programs;
mod row;
mod seal;
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
    let mut reached = 0;
    let mut table = vec![Line::HEADING.join(" | ")];
    for row in rows {
        println!("-- {}", row.work());
        let cells = match row.measure(&programs) {
            Ok(line) => {
                reached += usize::from(line.reached);
                line.cells(row.work())
            }
            Err(why) => [row.work().to_owned(), "-".into(), "-".into(), "-".into(), "-".into(), why],
        };
        table.push(cells.join(" | "));
    }
    println!();
    for line in table {
        println!("{line}");
    }
    println!("{reached} of {} goals reached", rows.len());
    Ok(())
}
