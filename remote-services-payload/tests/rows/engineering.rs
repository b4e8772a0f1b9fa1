use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "engineering",
    renamed: &[],
    retyped: &[
        ("engineering.6", "Sha256", "a digest has one spelling"),
        ("engineering.9", "Text", "the name of the entry with the octets"),
        ("engineering.13", "Text", "the name of the entry with the octets"),
    ],
    recounted: &[],
    left_out: &[],
};
