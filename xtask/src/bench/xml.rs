//! The rows of the XML: one large device, 55,531 octets in six documents, as text and back.
use super::instructions::{Instructions, split};
use super::{Line, Programs, Row};

pub(super) fn rows() -> Vec<Box<dyn Row>> {
    vec![
        Box::new(Instructions {
            program: "xml",
            work: "encode a report of 55,531 bytes",
            name: "encode",
            peers: &["quick-xml", "quick-xml-serde", "libxml2/dump"],
            most: 550_000,
        }),
        Box::new(Time {
            work: "the same: time",
            name: "encode",
            peers: &["quick-xml", "quick-xml-serde", "libxml2/dump"],
            limits: &["memcpy"],
            most: 45.0,
        }),
        Box::new(Instructions {
            program: "xml",
            work: "decode it into the model, all limits checked",
            name: "decode",
            peers: &["quick-xml", "quick-xml-serde", "libxml2/sax", "libxml2/dom"],
            most: 2_300_000,
        }),
        Box::new(Time {
            work: "the same: time",
            name: "decode",
            peers: &["quick-xml", "quick-xml-serde", "libxml2/sax", "libxml2/dom"],
            limits: &["scan", "allocate"],
            most: 250.0,
        }),
    ]
}

/// The least microseconds of one round.
struct Time {
    work: &'static str,
    name: &'static str,
    peers: &'static [&'static str],
    /// Pieces of the work that nobody can leave out.
    limits: &'static [&'static str],
    most: f64,
}

impl Row for Time {
    fn work(&self) -> &str {
        self.work
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        let time = |who: &str| -> Result<f64, String> {
            let (program, who) = split("xml", who);
            Ok(programs.number(program, &["time", self.name, who])? / 1e3)
        };
        let mut ours = f64::INFINITY;
        let mut theirs: Vec<(&str, f64)> =
            self.peers.iter().chain(self.limits).map(|who| (*who, f64::INFINITY)).collect();
        // By turns, so that a busy moment of the machine meets all.
        for _ in 0..3 {
            ours = ours.min(time("ours")?);
            for (who, least) in &mut theirs {
                *least = least.min(time(who)?);
            }
        }
        let best =
            theirs.iter().take(self.peers.len()).map(|(_, least)| *least).fold(f64::INFINITY, f64::min);
        let words: Vec<String> = theirs.iter().map(|(who, least)| format!("{who} {least:.0}")).collect();
        Ok(Line {
            goal: format!("<= {} us", self.most),
            peers: format!("{} us", words.join(", ")),
            ours: format!("{ours:.1} us"),
            ratio: format!("{:.2}", ours / best),
            reached: ours <= self.most,
        })
    }
}
