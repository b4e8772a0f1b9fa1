use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "network",
    renamed: &[],
    retyped: &[("network.6", "PrefixLength", "a length of 0 to 32 bits, which a type of its own can say")],
    left_out: &[],
    not_yet: &["network.7", "network.15", "network.16", "network.17"],
};
