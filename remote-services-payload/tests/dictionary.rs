//! The words of our enumerations are those of the shared list, which came from the MIBs.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use remote_services_payload::kind::PayloadKind;
use remote_services_payload::xml::table::{Content, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn tokens(of: &'static Type, found: &mut BTreeMap<&'static str, Vec<&'static str>>) {
    match &of.content {
        Content::Text => {}
        Content::Tokens { labels } => {
            found.insert(of.name, labels());
        }
        Content::Elements { fields } => fields.iter().for_each(|field| tokens(field.of, found)),
        Content::Attributes { attributes, .. } => {
            attributes.iter().for_each(|field| tokens(field.of, found));
        }
    }
}

#[test]
fn enumerations_have_the_words_of_the_shared_list() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/ENUMS.tsv");
    let Ok(list) = std::fs::read_to_string(file) else {
        println!("left out: needs ../shared/ENUMS.tsv");
        return;
    };
    let mut listed = BTreeMap::<&str, BTreeSet<&str>>::new();
    for row in list.lines().skip(1) {
        let columns: Vec<_> = row.split('\t').collect();
        listed.entry(columns[0]).or_default().insert(columns[2]);
    }
    let mut ours = BTreeMap::new();
    for kind in PayloadKind::ALL {
        tokens(kind.table(), &mut ours);
    }
    assert!(ours.len() > 30);
    for (name, labels) in ours {
        assert_eq!(labels.into_iter().collect::<BTreeSet<_>>(), listed[name], "{name}");
    }
}
