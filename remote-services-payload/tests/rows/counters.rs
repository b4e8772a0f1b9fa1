use super::Departures;

/// One structure for all services, as in the PWG imaging counters.
const SERVICE: &str = "Type of the Service tells which: a path for each would keep new services out";

pub(super) const ROWS: Departures = Departures {
    kind: "counters",
    renamed: &[
        ("counters.19", "Counters/Service/Work/Impressions/Total", SERVICE),
        ("counters.20", "Counters/Service/Work/Impressions/Total", SERVICE),
        ("counters.21", "Counters/Service/Work/Impressions/Total", SERVICE),
        ("counters.22", "Counters/Service/Work/Images/Total", SERVICE),
        ("counters.23", "Counters/Service/Work/Images/Total", SERVICE),
    ],
    retyped: &[
        ("counters.26", "ColorCounts", "by colour inside, as the note of the row asks"),
        ("counters.28", "ColorCounts", "by colour inside, like every other count of impressions"),
    ],
    recounted: &[("counters.28", "Production as a whole can be absent")],
    left_out: &[],
};
