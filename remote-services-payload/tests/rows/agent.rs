use super::Departures;

pub(super) const ROWS: Departures =
    Departures { kind: "agent", renamed: &[], retyped: &[], recounted: &[], left_out: &[] };
