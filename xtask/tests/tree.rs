//! Each library says in its README how many crates it brings along.
use std::fs;

use xtask::manifest::members;
use xtask::step::root;
use xtask::tree::{crates, stated};

#[test]
fn every_library_states_the_size_of_its_tree_and_it_is_true() {
    let root = root();
    let mut checked = 0;
    for member in members(&root).unwrap().iter().filter(|member| member.is_published_library()) {
        let path = root.join(&member.folder).join("README.md");
        let readme = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for row in stated(&readme).unwrap_or_else(|why| panic!("{}: {why}", path.display())) {
            let found = crates(&member.name, &row.words).unwrap();
            assert_eq!(found.len(), row.crates, "{} with {}: {found:#?}", member.name, row.label);
            checked += 1;
        }
    }
    assert!(checked >= 12, "{checked}");
}
