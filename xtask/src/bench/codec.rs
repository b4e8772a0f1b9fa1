//! The rows of the codec: instructions and time of decoding and encoding, and what corrupted replies do.
use super::instructions::Instructions;
use super::{Line, Programs, Row};

pub(super) fn rows() -> Vec<Box<dyn Row>> {
    vec![
        Box::new(Instructions {
            program: "codec",
            work: "decode 584-byte response, 20 varbinds, all validated",
            name: "decode",
            peers: &["snmp2", "snmp-parser", "rasn-snmp", "async-snmp", "rusnmp", "csnmp"],
            most: 2_300,
        }),
        Box::new(Time),
        Box::new(Instructions {
            program: "codec",
            work: "the same with owned OID arcs",
            name: "arcs",
            peers: &["rasn-snmp", "async-snmp", "rusnmp", "csnmp"],
            most: 8_000,
        }),
        Box::new(Instructions {
            program: "codec",
            work: "encode GETBULK, 3 OIDs, into a buffer",
            name: "encode",
            peers: &["snmp2", "rasn-snmp", "async-snmp", "csnmp"],
            most: 550,
        }),
        Box::new(Corrupted),
    ]
}

/// The least time that decoding takes, beside snmp2, which checks no binding.
struct Time;

impl Row for Time {
    fn work(&self) -> &str {
        "decode the same: time, beside snmp2 with every binding read"
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        let mut ours = f64::INFINITY;
        let mut theirs = f64::INFINITY;
        // By turns, so that a busy moment of the machine meets both.
        for _ in 0..3 {
            ours = ours.min(programs.number("codec", &["time", "decode", "ours"])?);
            theirs = theirs.min(programs.number("codec", &["time", "decode", "snmp2"])?);
        }
        let ratio = ours / theirs;
        Ok(Line {
            goal: "<= 0.6 x snmp2".into(),
            peers: format!("snmp2 {theirs:.0} ns"),
            ours: format!("{ours:.0} ns"),
            ratio: format!("{ratio:.2}"),
            reached: ratio <= 0.6,
        })
    }
}

/// Changed replies that are taken although bindings are missing.
struct Corrupted;

impl Row for Corrupted {
    fn work(&self) -> &str {
        "corrupted replies that come back Ok with varbinds missing"
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        let missing = |who: &str, times: &str| programs.number("codec", &["mutate", who, times]);
        let ours = missing("ours", "10000000")?;
        let mut peers = Vec::new();
        for who in ["snmp2", "snmp-parser", "rasn-snmp", "async-snmp", "rusnmp"] {
            peers.push(format!("{who} {} of 10^6", missing(who, "1000000")?));
        }
        // It takes some 30 microseconds a reply.
        peers.push(format!("csnmp {} of 10^5", missing("csnmp", "100000")?));
        Ok(Line {
            goal: "0 of 10^7".into(),
            peers: peers.join(", "),
            ours: format!("{ours}"),
            ratio: "-".into(),
            reached: ours == 0.0,
        })
    }
}
