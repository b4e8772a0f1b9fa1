use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "supplies",
    renamed: &[],
    retyped: &[],
    left_out: &[],
    not_yet: &[
        "supplies.16",
        "supplies.17",
        "supplies.19",
        "supplies.20",
        "supplies.22",
        "supplies.23",
        "supplies.24",
    ],
};
