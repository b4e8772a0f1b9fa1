use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "engineering",
    renamed: &[],
    retyped: &[],
    left_out: &[],
    not_yet: &[
        "engineering.1",
        "engineering.2",
        "engineering.3",
        "engineering.4",
        "engineering.5",
        "engineering.6",
        "engineering.7",
        "engineering.8",
        "engineering.9",
        "engineering.10",
        "engineering.11",
        "engineering.12",
        "engineering.13",
    ],
};
