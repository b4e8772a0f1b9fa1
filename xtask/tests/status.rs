//! `docs/status.md` must be whole and true: a line for every requirement, and every test that it names exists.
use std::fs;

use xtask::named_tests::{exists, named_in};
use xtask::step::root;

/// The rows of the requirements: letter, and how many.
const ROWS: [(&str, usize); 10] =
    [("D", 5), ("C", 19), ("P", 7), ("T", 10), ("A", 12), ("S", 5), ("V", 8), ("N", 1), ("E", 7), ("O", 3)];

/// One line of the table.
struct Line {
    id: String,
    words: String,
    state: String,
}

#[test]
fn every_requirement_has_exactly_one_line_in_order() {
    let expected: Vec<String> =
        ROWS.iter().flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n}"))).collect();
    let found: Vec<String> = lines().into_iter().map(|line| line.id).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_line_is_shown_or_thin_or_not_yet() {
    for Line { id, words, state } in lines() {
        assert!(words.len() > 15, "{id} does not say what is asked");
        let named = named_in(&state).len();
        match state.split_once(": ").map_or(state.as_str(), |(form, _)| form) {
            "shown" => assert!(named > 0, "{id} is called shown, but no test is named"),
            "thin" => {
                assert!(state.contains("missing: "), "{id} does not say what is missing");
                assert!(named > 0, "{id} is called thin, but no test shows the thin part");
            }
            "not yet" => assert!(named == 0, "{id} is called not yet, but names a test"),
            other => panic!("{id} begins with {other:?}"),
        }
    }
}

#[test]
fn every_test_that_is_named_exists_and_is_run() {
    for Line { id, state, .. } in lines() {
        for (file, test) in named_in(&state) {
            exists(&root(), file, test).unwrap_or_else(|why| panic!("{id}: {why}"));
        }
    }
}

/// The rows whose first cell is an id.
fn lines() -> Vec<Line> {
    let text = fs::read_to_string(root().join("docs/status.md")).expect("the page is part of the project");
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
            let [id, words, state] = cells[..] else { panic!("not three cells: {line}") };
            id.ends_with(|last: char| last.is_ascii_digit()).then(|| Line {
                id: id.to_owned(),
                words: words.to_owned(),
                state: state.to_owned(),
            })
        })
        .collect()
}
