use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "network",
    renamed: &[],
    retyped: &[("network.6", "PrefixLength", "a length of 0 to 32 bits, which a type of its own can say")],
    recounted: &[],
    left_out: &[],
};
