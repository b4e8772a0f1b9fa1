//! Pictures of state machines that a machine can read, against the code.
use std::collections::BTreeSet;

use remote_services_core::command::CommandState;

const PROTOCOL: &str = include_str!("../../docs/protocol.md");

#[test]
fn the_picture_of_a_commands_states_has_every_step_of_the_code_and_no_other() {
    let drawn: BTreeSet<(String, String)> = PROTOCOL
        .lines()
        .skip_while(|line| *line != "stateDiagram-v2")
        .take_while(|line| *line != "```")
        .filter_map(|line| line.trim().split_once(" --> "))
        .filter(|(from, _)| *from != "[*]")
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .collect();
    let states = || CommandState::LISTED.iter().map(|(state, _, _)| state);
    let steps = states().flat_map(|from| states().map(move |to| (from, to)));
    // Saying the same again is no step.
    let coded: BTreeSet<(String, String)> = steps
        .filter(|(from, to)| from != to && from.may_become(to))
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    let only = |one: &BTreeSet<_>, other: &BTreeSet<_>| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!(
        (only(&drawn, &coded), only(&coded, &drawn)),
        (Vec::new(), Vec::new()),
        "drawn only, coded only"
    );
}
