use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "status",
    renamed: &[],
    retyped: &[("status.38", "Count", "hundredths of a second, as sysUpTime counts: nothing is rounded")],
    recounted: &[],
    left_out: &[],
};
