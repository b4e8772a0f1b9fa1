//! The manual's pages on conformance and on past weaknesses must be whole and true: every test that they name exists.
use std::fs;

use xtask::named_tests::{exists, named_in};
use xtask::step::root;

/// How many requirements the page has rows for.
const ROWS: usize = 65;

#[test]
fn every_row_has_exactly_one_line_in_order() {
    let expected: Vec<String> = (1..=ROWS).map(|row| format!("R{row:02}")).collect();
    let found: Vec<String> = rows().into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_row_names_tests_that_exist_or_a_reason_why_there_is_none() {
    for (id, shown_by) in rows() {
        let named = named_in(&shown_by);
        if let Some(reason) = shown_by.strip_prefix("*not applicable*: ") {
            assert!(named.is_empty() && reason.len() > 20, "{id} gives no reason");
            continue;
        }
        assert!(!named.is_empty(), "{id} names no test");
        for (file, test) in named {
            exists(&root(), file, test).unwrap_or_else(|why| panic!("{id}: {why}"));
        }
    }
}

/// The page on weaknesses has three cells a row: what went wrong, what happens here, which tests show it.
#[test]
fn every_past_weakness_names_tests_that_exist() {
    let page = root().join("remote-services-snmp/src/manual/weaknesses.rs");
    let text = fs::read_to_string(page).expect("the page is part of the project");
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .filter(|row| !row.starts_with("what went wrong") && !row.starts_with("---"));
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [wrong, _, shown_by] = cells[..] else { panic!("not three cells: {row}") };
        let named = named_in(shown_by);
        assert!(!named.is_empty(), "{wrong}: no test");
        for (file, test) in named {
            exists(&root(), file, test).unwrap_or_else(|why| panic!("{wrong}: {why}"));
        }
        count += 1;
    }
    assert!(count > 25, "{count} rows");
}

/// Id and last cell of each line whose first cell is an id.
fn rows() -> Vec<(String, String)> {
    let page = root().join("remote-services-snmp/src/manual/conformance.rs");
    let text = fs::read_to_string(page).expect("the page is part of the project");
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("//! | R")?.strip_suffix(" |")?.split(" | ").collect();
            let [id, _, shown_by] = cells[..] else { panic!("not three cells: {line}") };
            Some((format!("R{id}"), shown_by.to_owned()))
        })
        .collect()
}
