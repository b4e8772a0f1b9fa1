//! The picture of this machine in `docs/machines.md`, against the code: all answers that a proxy may give, one after another.

use super::super::*;
use super::{Tokens, settings};
use std::collections::BTreeSet;
use std::sync::Arc;

const MACHINES: &str = include_str!("../../../../../docs/machines.md");
type Arrows = BTreeSet<(String, String)>;

fn drawn() -> Arrows {
    let section = MACHINES.lines().skip_while(|line| *line != "## Proxy negotiation");
    let picture = section.skip_while(|line| *line != "stateDiagram-v2").take_while(|line| *line != "```");
    let arrows = picture.filter_map(|line| line.trim().split_once(" --> "));
    arrows.filter(|(from, _)| *from != "[*]").map(|(from, to)| (from.to_owned(), to.to_owned())).collect()
}
