//! The device that embeds the crates stays small, and the README says how small.
use xtask::device::{CRATES, LINES, crates, crates_to_build, lines, stated};

#[test]
fn the_example_device_has_few_crates_and_few_lines_as_the_readme_says() {
    let crates = crates().unwrap();
    assert!(lines().unwrap() < LINES);
    let stated = stated().unwrap();
    assert_eq!(crates.len(), stated.crates, "{crates:#?}");
    let to_build = crates_to_build().unwrap();
    assert!(to_build.len() < CRATES, "{}: {to_build:#?}", to_build.len());
    assert_eq!(to_build.len(), stated.to_build, "{to_build:#?}");
    let names =
        to_build.iter().filter(|name| !crates.contains(name)).filter_map(|name| name.split(' ').next());
    assert_eq!(names.collect::<Vec<_>>(), ["cc", "find-msvc-tools", "shlex"], "as the README names them");
    assert!(stated.kib > 0);
    for runtime in ["tokio ", "hyper ", "mio "] {
        assert!(!crates.iter().any(|name| name.starts_with(runtime)), "{crates:#?}");
    }
}
