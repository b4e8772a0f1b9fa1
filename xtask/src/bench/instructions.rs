//! The row that counts instructions of ours and of the peers.
use super::{Line, Programs, Row};

/// Instructions of one round, which must not pass `most`.
pub(super) struct Instructions {
    /// The program that has ours, and those peers that are no program of their own.
    pub(super) program: &'static str,
    pub(super) work: &'static str,
    pub(super) name: &'static str,
    /// By name; one that is a program of its own as [`split`] has it.
    pub(super) peers: &'static [&'static str],
    pub(super) most: u64,
}

impl Row for Instructions {
    fn work(&self) -> &str {
        self.work
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        let count = |peer: &str| {
            let (program, who) = split(self.program, peer);
            programs.instructions(program, &[self.name, who])
        };
        let ours = count("ours")?;
        let mut peers = Vec::new();
        for who in self.peers {
            peers.push((who, count(who)?));
        }
        let best = peers.iter().map(|(_, count)| *count).min().ok_or("no peer does this")?;
        let peers: Vec<String> = peers.iter().map(|(who, count)| format!("{who} {count}")).collect();
        Ok(Line {
            goal: format!("<= {} Ir", self.most),
            peers: peers.join(", "),
            ours: format!("{ours} Ir"),
            ratio: format!("{:.2}", ours as f64 / best as f64),
            reached: ours <= self.most,
        })
    }
}

/// The program and the name that it knows: `PROGRAM/NAME` of another program, `NAME` of this one.
pub(super) fn split<'a>(program: &'a str, peer: &'a str) -> (&'a str, &'a str) {
    peer.split_once('/').unwrap_or((program, peer))
}
