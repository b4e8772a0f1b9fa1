use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "properties",
    renamed: &[],
    retyped: &[("properties.40", "Count", "seconds, as IPP counts them")],
    recounted: &[],
    left_out: &[],
};
