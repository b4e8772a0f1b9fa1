use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "printControl",
    renamed: &[],
    retyped: &[],
    left_out: &[],
    not_yet: &[
        "printControl.1",
        "printControl.2",
        "printControl.3",
        "printControl.4",
        "printControl.5",
        "printControl.6",
        "printControl.7",
        "printControl.8",
        "printControl.9",
        "printControl.10",
        "printControl.11",
        "printControl.12",
        "printControl.13",
        "printControl.14",
        "printControl.15",
    ],
};
