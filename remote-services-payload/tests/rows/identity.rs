use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "identity",
    renamed: &[],
    retyped: &[],
    left_out: &[],
    not_yet: &[
        "identity.10",
        "identity.18",
        "identity.20",
        "identity.22",
        "identity.23",
        "identity.24",
        "identity.25",
        "identity.26",
    ],
};
