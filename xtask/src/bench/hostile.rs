//! Messages and documents made to cost much: work may grow as their size does, and no faster.
use super::Programs;
use crate::step::Outcome;

/// What is done, and the size of the smaller message: variable bindings, or arcs. Both sizes stay below the limits.
pub(super) const MESSAGES: &[(&str, u32)] = &[
    ("long-names", 50),
    ("short-bindings", 2_000),
    ("long-lengths", 1_500),
    ("broken-at-the-end", 50),
    ("oid-text", 60),
    ("get", 500),
    ("get-next", 500),
    ("get-bulk", 500),
    ("set", 500),
    ("set-one-name", 500),
    ("inform", 1_000),
    ("walk-answer", 1_000),
];

/// The shapes of XML and of archives, and the octets or entries of the smaller one.
pub(super) const DOCUMENTS: &[(&str, u32)] = &[
    ("members", 1 << 16),
    ("records", 1 << 16),
    ("unknown", 1 << 15),
    ("unknown-attributes", 1 << 16),
    ("text", 1 << 16),
    ("references", 1 << 16),
    ("cdata", 1 << 16),
    ("comments", 1 << 16),
    ("blanks", 1 << 16),
    ("lines", 1 << 16),
    ("attributes", 1 << 16),
    ("namespaces", 1 << 16),
    ("depth", 1 << 16),
    ("open-comments", 1 << 16),
    ("open-tags", 1 << 16),
    ("ampersands", 1 << 16),
    ("open-cdata", 1 << 16),
    ("doctype", 1 << 16),
    ("long-name", 1 << 16),
    ("long-prefix", 1 << 16),
    ("returns", 1 << 16),
    ("brackets", 1 << 16),
    ("zip-entries", 500),
    ("zip-long-names", 500),
    ("zip-zeros", 1 << 18),
    ("zip-noise", 1 << 18),
];

/// Twice the size may cost so many times the work: a little more than two, since a search in a tree is not quite constant.
const ALLOWED: f64 = 2.2;

pub(super) fn are_linear(programs: &Programs, works: &[(&str, u32)]) -> Outcome {
    let mut grown = Vec::new();
    for (work, size) in works {
        let count = |size: u32| programs.instructions("hostile", &[work, &size.to_string()]);
        let (once, twice) = (count(*size)?, count(2 * size)?);
        println!("-- {work}: {once} of {size}, {twice} of {}", 2 * size);
        if is_more_than_twice(once, twice) {
            grown.push(format!("{work}: {once} instructions for {size}, {twice} for twice as many"));
        }
    }
    if grown.is_empty() { Ok(()) } else { Err(grown.join("; ")) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn is_more_than_twice(once: u64, twice: u64) -> bool {
    once == 0 || twice as f64 > once as f64 * ALLOWED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_work_is_allowed_and_no_more_and_none_at_all_is_a_broken_bench() {
        assert!(!is_more_than_twice(1_000, 2_000));
        assert!(!is_more_than_twice(1_000, 1_000));
        assert!(is_more_than_twice(1_000, 2_201));
        assert!(is_more_than_twice(0, 0));
    }
}
