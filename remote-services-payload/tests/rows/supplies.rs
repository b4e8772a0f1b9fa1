use super::Departures;

pub(super) const ROWS: Departures =
    Departures { kind: "supplies", renamed: &[], retyped: &[], left_out: &[] };
