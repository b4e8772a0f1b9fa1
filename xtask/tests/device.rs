//! The device that embeds the crates stays small, and the README says how small.
use xtask::device::{CRATES, LINES, crates, lines, stated};

#[test]
fn the_example_device_has_few_crates_and_few_lines_as_the_readme_says() {
    let crates = crates().unwrap();
    assert!(crates.len() < CRATES, "{}: {crates:#?}", crates.len());
    assert!(lines().unwrap() < LINES);
    let (stated_crates, stated_kib) = stated().unwrap();
    assert_eq!(crates.len(), stated_crates, "{crates:#?}");
    assert!(stated_kib > 0);
    for runtime in ["tokio ", "hyper ", "mio "] {
        assert!(!crates.iter().any(|name| name.starts_with(runtime)), "{crates:#?}");
    }
}
