//! The rows of the network: walks and fleets over sockets of this machine, by client CPU.
use super::{Line, Programs, Row};
use crate::peers;

pub(super) fn rows() -> Vec<Box<dyn Row>> {
    vec![
        Box::new(Walk {
            work: "v2c bulk walk, all kept, client CPU per varbind",
            name: "walk-v2c",
            most: 0.92,
        }),
        Box::new(Walk {
            work: "v3 authPriv walk of snmpd, all kept, client CPU per varbind",
            name: "walk-v3",
            most: 0.85,
        }),
        Box::new(Fleet),
        Box::new(Sessions),
    ]
}

/// Runs by turns: a busy moment of the machine then meets both.
const TURNS: usize = 9;

/// A walk beside snmp2's blocking client, with the same repetitions.
struct Walk {
    work: &'static str,
    name: &'static str,
    most: f64,
}

impl Row for Walk {
    fn work(&self) -> &str {
        self.work
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        if self.name == "walk-v3" {
            peers::ensure("snmpd", "snmpd")?;
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            ours.push(programs.number("network", &[self.name, "ours"])?);
            theirs.push(programs.number("network", &[self.name, "snmp2"])?);
        }
        let ratio = least(&ours) / least(&theirs);
        Ok(Line {
            goal: format!("<= {} x snmp2", self.most),
            peers: format!("snmp2 {:.0} ns (median {:.0})", least(&theirs), median(&theirs)),
            ours: format!("{:.0} ns (median {:.0})", least(&ours), median(&ours)),
            ratio: format!("{ratio:.2}"),
            reached: ratio <= self.most,
        })
    }
}

/// A thousand devices by one thread.
struct Fleet;

impl Row for Fleet {
    fn work(&self) -> &str {
        "1,000 devices, one GET of 6 OIDs each, one thread: polls/s, client CPU per poll"
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        let run = |who: &str| -> Result<[f64; 3], String> {
            let printed = programs.output("network", &["fleet", who, "1000", "50"])?;
            let numbers: Vec<f64> = printed.lines().filter_map(|line| line.parse().ok()).collect();
            numbers.try_into().map_err(|_| format!("not three numbers: {printed}"))
        };
        let (mut ours, mut tasks, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            ours.push(run("ours")?);
            tasks.push(run("ours-tokio")?);
            theirs.push(run("snmp2")?);
        }
        let column = |runs: &[[f64; 3]], at: usize| -> Vec<f64> { runs.iter().map(|run| run[at]).collect() };
        let faster = median(&column(&ours, 0)) / median(&column(&theirs, 0));
        let cheaper = least(&column(&ours, 1)) / least(&column(&theirs, 1));
        let sent_again: f64 = column(&ours, 2).iter().sum();
        let words = |runs: &[[f64; 3]]| {
            format!("{:.0} k/s, {:.1} us", median(&column(runs, 0)) / 1e3, least(&column(runs, 1)) / 1e3)
        };
        Ok(Line {
            goal: ">= 1.7 x polls/s, <= 0.6 x CPU of snmp2, no stall".into(),
            peers: format!("snmp2 {}", words(&theirs)),
            ours: format!("{} (tokio {}), {sent_again} sent again", words(&ours), words(&tasks)),
            ratio: format!("{faster:.2}, {cheaper:.2}"),
            reached: faster >= 1.7 && cheaper <= 0.6 && sent_again == 0.0,
        })
    }
}

/// Ten thousand devices in one process, each with a request.
struct Sessions;

impl Row for Sessions {
    fn work(&self) -> &str {
        "10,000 devices in one process: memory a session, with a request waiting"
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        const DEVICES: &str = "10000";
        let printed = programs.output("network", &["sessions", DEVICES])?;
        let [octets, answered] = printed.lines().collect::<Vec<_>>()[..] else {
            return Err(format!("not two numbers: {printed}"));
        };
        let octets: u32 = octets.parse().map_err(|_| format!("no number: {octets}"))?;
        Ok(Line {
            goal: "works, <= 2048 octets".into(),
            peers: "-".into(),
            ours: format!("{octets} octets, {answered} answered"),
            ratio: "-".into(),
            reached: octets <= 2_048 && answered == DEVICES,
        })
    }
}

fn least(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_and_the_middle_of_the_figures_are_found() {
        assert_eq!(least(&[3.0, 1.0, 2.0]), 1.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
    }
}
