use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "printControl",
    renamed: &[],
    retyped: &[("printControl.10", "Amount", "no binary fractions; the currency is its attribute")],
    recounted: &[],
    left_out: &[],
};
