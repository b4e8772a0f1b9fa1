//! `cargo xtask bench snmp`: how fast the SNMP crate is beside its peers, as a table that anybody can print again.
//!
//! Each [`Row`] measures one piece of work in one run, ours and the peers on the same machine, and says whether the
//! goal is reached. The programs that do the work are a workspace of their own under `benches/snmp/`, because the
//! peers are many crates. CI builds them without the peers and only compares instruction counts with
//! `benches/snmp/instructions.tsv`.
mod baseline;
mod codec;
mod network;
mod programs;
mod row;

pub use programs::Programs;
pub use row::{Line, Row};

use crate::step::{Outcome, heading};

/// Measures every row and prints the table.
///
/// # Errors
/// When the programs cannot be built. A goal that was missed is no error: it stands in the table.
pub fn snmp() -> Outcome {
    heading("bench: ours and the peers, built with all optimisation");
    let programs = Programs::build(true)?;
    heading("bench: measuring, which takes minutes");
    let rows = rows();
    let mut reached = 0;
    let mut table = vec![Line::HEADING.join(" | ")];
    for row in &rows {
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

/// Compares our instruction counts with the committed ones; `write` replaces them.
///
/// # Errors
/// When a count grew by more than 3 %.
pub fn instructions(write: bool) -> Outcome {
    heading("speed: instruction counts against benches/snmp/instructions.tsv");
    baseline::compare(&Programs::build(false)?, write)
}

/// The table, from top to bottom.
fn rows() -> Vec<Box<dyn Row>> {
    codec::rows().into_iter().chain(network::rows()).collect()
}
