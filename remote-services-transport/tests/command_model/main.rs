//! All interleavings of what can happen to a command, until nothing new can happen.
//!
//! From the beginning every event is tried in every state, and every state that was not seen before is looked at: no
//! second effect, none without consent, in lockdown, switched off or too late. From every state it must also end
//! well: when the client lives, the network works and time passes, the server knows what became of the command.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "test code of several files")]

mod world;

use remote_services_core::command::{ActionSetting, CommandState};
use std::collections::HashSet;
use world::{Luck, Server, World};

/// All that may happen next, with a name each.
fn events(world: &World) -> Vec<(String, World)> {
    let mut all = Vec::new();
    let mut after = |name: String, change: &dyn Fn(&mut World)| {
        let mut next = world.clone();
        change(&mut next);
        all.push((name, next));
    };
    for at in 0..world.entries.len() {
        after(format!("poll {at}"), &|world| world.poll(at));
        for luck in Luck::ALL {
            after(format!("turn {at} {luck:?}"), &|world| world.turn(at, luck, false));
            after(format!("turn away {at} {luck:?}"), &|world| {
                world.turn_while(at, luck, false, Server::Away);
            });
            after(format!("turn untrusted {at} {luck:?}"), &|world| {
                world.turn_while(at, luck, false, Server::Distrusts);
            });
        }
        for (arrives, answered) in [(true, true), (true, false)] {
            after(format!("report {at} {answered}"), &|world| world.report(at, arrives, answered));
        }
    }
    for at in 0..world.rows.len() {
        after(format!("cancel {at}"), &|world| world.cancel(at));
        after(format!("expire {at}"), &|world| world.expire(at));
    }
    after("crash".into(), &|world| world.alive = false);
    after("start".into(), &|world| world.alive = true);
    after("time passes".into(), &|world| world.late = true);
    after("the printer is switched off or on".into(), &|world| world.reachable = !world.reachable);
    after("lockdown".into(), &|world| world.lockdown = true);
    after("the action is switched off".into(), &|world| world.setting = ActionSetting::Off);
    if world.setting == ActionSetting::Ask {
        after("consent".into(), &|world| world.word = Some(true));
        after("no consent".into(), &|world| world.word = Some(false));
    }
    all
}

/// Nothing fails any more and time passes: where it ends.
fn settled(world: &World) -> World {
    let mut world = world.clone();
    (world.alive, world.late) = (true, true);
    for _ in 0..12 {
        for at in 0..world.rows.len() {
            world.poll(at);
            world.turn(at, Luck::Good, false);
            world.report(at, true, true);
            world.expire(at);
        }
    }
    world
}

fn check(world: &World, path: &dyn Fn() -> String) {
    assert!(world.pages <= 1 && world.begun <= 1, "a second effect: {}", path());
    let end = settled(world);
    assert!(end.pages <= 1, "a second effect in the end: {}", path());
    assert_eq!(end.pages, world.pages, "an effect after its time: {}", path());
    for (at, row) in end.rows.iter().enumerate() {
        assert!(row.state.is_closed(), "command {at} never ends: {:?}: {}", row, path());
        let Some(entry) = &end.entries[at] else { continue };
        assert!(entry.execution.state.is_closed(), "{:?}: {}", entry, path());
        if entry.execution.started_at.is_some() {
            assert_eq!(row.stored.as_ref(), Some(&entry.execution), "a lost result: {}", path());
        }
    }
    let stored = end.rows.iter().filter_map(|row| row.stored.as_ref());
    let succeeded = stored.filter(|execution| execution.state == CommandState::Succeeded).count();
    assert!(succeeded <= end.pages as usize, "a success without a page: {}", path());
    if end.pages == 1 && end.reachable && succeeded == 0 {
        // The page came out; only a look that met a printer without power may not have seen it.
        let unseen = end.rows.iter().filter_map(|row| row.stored.as_ref()).any(|execution| {
            execution.result.as_ref().is_some_and(|result| result.code.label() == "notReachable")
        });
        assert!(unseen, "a page that nobody tells of: {}", path());
    }
}

/// Tries everything everywhere; how many states there are.
fn explore(first: World) -> usize {
    let mut seen = HashSet::from([first.key()]);
    // Each state with the way that led there.
    let mut states: Vec<(World, usize, String)> = vec![(first, 0, "begin".into())];
    let mut at = 0;
    while at < states.len() {
        let world = states[at].0.clone();
        for (name, next) in events(&world) {
            if seen.insert(next.key()) {
                states.push((next, at, name));
                let path = || {
                    let (mut steps, mut back) = (Vec::new(), states.len() - 1);
                    while back != 0 {
                        steps.push(states[back].2.clone());
                        back = states[back].1;
                    }
                    steps.reverse();
                    steps.join(", ")
                };
                check(&states.last().unwrap().0, &path);
            }
        }
        at += 1;
        assert!(states.len() < 3_000_000, "it never ends");
    }
    states.len()
}

#[test]
fn a_command_that_is_on_has_one_effect_at_most_and_its_result_is_never_lost() {
    let states = explore(World::new(1, ActionSetting::On));
    println!("{states} states");
    assert!(states > 1_000, "{states}");
}

#[test]
fn a_command_that_needs_consent_has_no_effect_without_it() {
    let states = explore(World::new(1, ActionSetting::Ask));
    println!("{states} states");
    assert!(states > 1_000, "{states}");
}

#[test]
fn a_command_that_is_off_has_no_effect_and_is_refused() {
    let states = explore(World::new(1, ActionSetting::Off));
    println!("{states} states");
}

#[test]
fn a_replay_under_another_name_has_no_second_effect() {
    // Whichever of the two comes first. Fewer events, since there are two of all.
    let mut seen = HashSet::new();
    let mut states = vec![World::new(2, ActionSetting::On)];
    while let Some(world) = states.pop() {
        assert!(world.pages <= 1 && world.begun <= 1, "{world:?}");
        for (name, next) in events(&world) {
            let quiet = ["report", "cancel", "expire", "the printer", "lockdown", "the action"];
            if !quiet.iter().any(|word| name.starts_with(word)) && seen.insert(next.key()) {
                states.push(next);
            }
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
}

#[test]
fn two_copies_of_one_client_have_one_effect_while_the_server_is_there() {
    let mut seen = HashSet::new();
    let mut states = vec![World::of_copies()];
    while let Some(world) = states.pop() {
        // One that dies before it tells of its beginning has no effect.
        assert!(world.pages <= 1, "{world:?}");
        for (name, next) in events(&world) {
            let quiet = ["turn away", "the printer", "lockdown", "the action", "cancel"];
            if !quiet.iter().any(|word| name.starts_with(word)) && seen.insert(next.key()) {
                states.push(next);
            }
        }
    }
    println!("{} states", seen.len());
    assert!(seen.len() > 1_000, "{}", seen.len());
}
