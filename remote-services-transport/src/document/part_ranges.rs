use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Which parts of an upload there are, as `Remote-Services-Parts` carries it: a list of inner lists, first and last
/// part of each run, such as `(1 7), (9 9)` (RFC 9651 §3.1).
///
/// A value holds at most [`Self::MOST`] runs; what lies beyond is left out. Parts that are left out are sent
/// again, which is harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartRanges(BTreeSet<u32>);

/// Why a `Remote-Services-Parts` value is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a list of runs of parts such as (1 7), (9 9)")]
pub struct PartRangesError;

impl PartRanges {
    /// Most runs in one value.
    pub const MOST: usize = 64;
    /// The highest number of a part: as many as the sealed container can count.
    pub const LAST: u32 = 10_000;

    /// The parts from 1 to `last`.
    #[must_use]
    pub fn up_to(last: u32) -> Self {
        (1..=last).collect()
    }

    /// Whether this part is there.
    #[must_use]
    pub fn contains(&self, part: u32) -> bool {
        self.0.contains(&part)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The highest part, if there is one.
    #[must_use]
    pub fn last(&self) -> Option<u32> {
        self.0.last().copied()
    }

    /// Adds a part.
    pub fn insert(&mut self, part: u32) {
        if (1..=Self::LAST).contains(&part) {
            self.0.insert(part);
        }
    }

    fn runs(&self) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for part in &self.0 {
            let full = runs.len() == Self::MOST;
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *part => *last = *part,
                _ if full => break,
                _ => runs.push((*part, *part)),
            }
        }
        runs
    }
}

/// Numbers outside 1 to [`PartRanges::LAST`] are left out.
impl FromIterator<u32> for PartRanges {
    fn from_iter<I: IntoIterator<Item = u32>>(parts: I) -> Self {
        let mut all = Self::default();
        parts.into_iter().for_each(|part| all.insert(part));
        all
    }
}

impl fmt::Display for PartRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (first, last)) in self.runs().into_iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}({first} {last})")?;
        }
        Ok(())
    }
}

impl FromStr for PartRanges {
    type Err = PartRangesError;

    fn from_str(text: &str) -> Result<Self, PartRangesError> {
        let mut all = Self::default();
        if text.trim_matches(' ').is_empty() {
            return Ok(all);
        }
        for (position, run) in text.split(',').enumerate() {
            if position == Self::MOST {
                return Err(PartRangesError);
            }
            let inner = run.trim_matches([' ', '\t']).strip_prefix('(').and_then(|run| run.strip_suffix(')'));
            let (first, last) = inner.and_then(|run| run.split_once(' ')).ok_or(PartRangesError)?;
            let (first, last) = (number(first)?, number(last.trim_start_matches(' '))?);
            if first > last {
                return Err(PartRangesError);
            }
            all.0.extend(first..=last);
        }
        Ok(all)
    }
}

fn number(text: &str) -> Result<u32, PartRangesError> {
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PartRangesError);
    }
    text.parse().ok().filter(|part| (1..=PartRanges::LAST).contains(part)).ok_or(PartRangesError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_are_written_and_read() {
        let parts: PartRanges = [1, 2, 3, 7, 9, 10].into_iter().collect();
        assert_eq!(parts.to_string(), "(1 3), (7 7), (9 10)");
        assert_eq!("(1 3), (7 7),(9 10)".parse(), Ok(parts));
        assert_eq!("".parse(), Ok(PartRanges::default()));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in
            ["1-3", "(1)", "(3 1)", "(0 1)", "(1 10001)", "(1 2", "(1 2),", "(a b)", "(1 99999999999)"]
        {
            assert_eq!(text.parse::<PartRanges>(), Err(PartRangesError), "{text}");
        }
        assert!(vec!["(1 1)"; 65].join(",").parse::<PartRanges>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_names_no_part_that_is_not_there(parts in proptest::collection::btree_set(1_u32..400, 0..200)) {
            let all: PartRanges = parts.iter().copied().collect();
            let read: PartRanges = all.to_string().parse().unwrap();
            prop_assert!(read.0.is_subset(&all.0));
            prop_assert!(all.runs().len() == PartRanges::MOST || read == all);
        }
    }
}
