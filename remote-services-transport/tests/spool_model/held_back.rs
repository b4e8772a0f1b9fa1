//! What another identity made, and what the server does not take.

use super::*;

fn dropped(story: &Story) -> usize {
    story.promises.iter().filter(|(_, promise)| matches!(promise, Promise::Dropped(_))).count()
}

/// Crashes everywhere; there must be at least so many states.
fn at_least(states: usize, script: &[Do]) -> Story {
    let story = run(script);
    let looked_at = crash_everywhere(&story, true);
    println!("{looked_at} states after a crash");
    assert!(looked_at > states, "only {looked_at} states");
    story
}

#[test]
fn what_another_identity_made_is_never_sent_nor_lost_untold_in_any_state_after_a_crash() {
    at_least(500, &[Do::Append(1, Class::Meter), Do::Withhold, Do::Append(2, Class::Log), Do::Done]);
    let story = at_least(
        1_000,
        &[
            Do::Append(1, Class::Report),
            Do::Withhold,
            Do::Append(2, Class::Log),
            Do::Append(3, Class::Log),
            Do::Done,
            Do::Withhold,
            Do::Days(1),
            Do::Days(4),
        ],
    );
    assert_eq!(dropped(&story), 2);
    let story = run(&[
        Do::Append(1, Class::Report),
        Do::Withhold,
        Do::Append(2, Class::Log),
        Do::Group(3, 2, Class::Log),
        Do::Withhold,
        Do::Days(1),
        Do::Days(4),
    ]);
    assert!(crash_everywhere(&story, false) > 500);
    assert_eq!(dropped(&story), 4);
}

#[test]
fn what_was_refused_before_is_withheld_and_goes_before_anything_that_waits_in_any_state_after_a_crash() {
    at_least(300, &[Do::Append(1, Class::Report), Do::SetAside, Do::Withhold, Do::Append(2, Class::Log)]);
    let story = at_least(
        500,
        &[
            Do::Append(1, Class::Report),
            Do::SetAside,
            Do::Append(2, Class::Meter),
            Do::Withhold,
            Do::Append(3, Class::Log),
            Do::Append(4, Class::Log),
            Do::Append(5, Class::Log),
            Do::Append(6, Class::Log),
        ],
    );
    assert_eq!(dropped(&story), 3);
}

#[test]
fn what_is_stuck_is_known_and_lost_in_no_state_after_a_crash() {
    at_least(
        500,
        &[
            Do::Append(1, Class::Report),
            Do::Append(2, Class::Log),
            Do::Stick,
            Do::GotThrough,
            Do::Done,
            Do::Stick,
            Do::Append(3, Class::Meter),
            Do::Stick,
            Do::SetAside,
            Do::Done,
        ],
    );
    at_least(
        300,
        &[
            Do::Append(1, Class::Log),
            Do::Stick,
            Do::Withhold,
            Do::Append(2, Class::Log),
            Do::Append(3, Class::Log),
            Do::Stick,
            Do::Append(4, Class::Meter),
            Do::Append(5, Class::Meter),
        ],
    );
}
