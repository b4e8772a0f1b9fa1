//! Where the payload departs from the data dictionary, a file a kind, each departure with its reason.
//!
//! Every entry must be needed: one for a row that stands in its place makes the test fail.

mod agent;
mod counters;
mod detailed_usage;
mod engineering;
mod identity;
mod job_accounting;
mod network;
mod print_control;
mod properties;
mod status;
mod supplies;

/// The departures of one kind. Rows are named by their id: `identity.1`.
pub(crate) struct Departures {
    /// As in the ids and in the column `kind`.
    pub(crate) kind: &'static str,
    /// Rows that stand elsewhere: id, path below the root element's parent (`@` before attributes), why.
    pub(crate) renamed: &'static [(&'static str, &'static str, &'static str)],
    /// Rows of another type: id, name of the type in the XSD, why.
    pub(crate) retyped: &'static [(&'static str, &'static str, &'static str)],
    /// Rows that stand more or less often: id, why.
    pub(crate) recounted: &'static [(&'static str, &'static str)],
    /// Rows without an element: id, why.
    pub(crate) left_out: &'static [(&'static str, &'static str)],
}

pub(crate) const ALL: &[Departures] = &[
    identity::ROWS,
    network::ROWS,
    properties::ROWS,
    status::ROWS,
    counters::ROWS,
    supplies::ROWS,
    detailed_usage::ROWS,
    engineering::ROWS,
    job_accounting::ROWS,
    agent::ROWS,
    print_control::ROWS,
];
