use super::Departures;

pub(super) const ROWS: Departures = Departures {
    kind: "detailedUsage",
    renamed: &[
        ("detailedUsage.5", "DetailedUsage/Power/Usage/State", "the members of a state stand together"),
        ("detailedUsage.6", "DetailedUsage/Power/Usage/Time", "the members of a state stand together"),
        ("detailedUsage.7", "DetailedUsage/Power/Usage/Transitions", "the members of a state stand together"),
    ],
    retyped: &[
        ("detailedUsage.17", "Bucket", "the two bounds have names"),
        ("detailedUsage.31", "Bucket", "the two bounds have names"),
        ("detailedUsage.33", "Bucket", "the two bounds have names"),
        ("detailedUsage.62", "Text", "the name of the log in the engineering kind, which carries it"),
    ],
    recounted: &[],
    left_out: &[],
};
