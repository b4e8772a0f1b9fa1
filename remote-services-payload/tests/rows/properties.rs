use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "properties",
    renamed: &[],
    retyped: &[],
    left_out: &[],
    not_yet: &[
        "properties.13",
        "properties.15",
        "properties.20",
        "properties.21",
        "properties.22",
        "properties.26",
        "properties.27",
        "properties.38",
        "properties.39",
        "properties.40",
        "properties.41",
        "properties.42",
    ],
};
