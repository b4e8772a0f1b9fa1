//! Names of people and documents by their value: what stood in the places for them is looked for elsewhere.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Names and numbers that were taken out.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By their first word in lower case: every word of every text is looked up once.
    names: BTreeMap<String, Vec<String>>,
    numbers: BTreeSet<String>,
    count: usize,
}

impl Names {
    /// Learns a name, a user name with or without its domain, or a phone number. Short ones are in everything.
    pub(super) fn add(&mut self, text: &str) {
        let number = text.trim();
        let text = text.trim_matches(|letter: char| !letter.is_alphanumeric());
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        if self.count >= MOST {
            return;
        }
        if letters == 0 && digits >= LEAST_DIGITS {
            self.numbers.insert(number.to_owned());
            self.numbers.insert(number.chars().filter(char::is_ascii_digit).collect());
            self.count += 2;
        } else if letters > 0 {
            self.add_name(text);
            self.add_name(text.rsplit(['\\', '/']).next().unwrap_or(""));
        }
    }

    fn add_name(&mut self, name: &str) {
        if name.chars().count() < LEAST_LETTERS {
            return;
        }
        let same = self.names.entry(first_word(name).to_lowercase()).or_default();
        if same.len() < MOST_ALIKE && !same.iter().any(|known| known == name) {
            same.push(name.to_owned());
            self.count += 1;
        }
    }

    /// Where the text holds one of the phone numbers.
    pub(super) fn find_numbers(&self, text: &str, found: &mut Vec<Range<usize>>) {
        if self.numbers.is_empty() || text.bytes().filter(u8::is_ascii_digit).count() < LEAST_DIGITS {
            return;
        }
        for number in &self.numbers {
            found.extend(text.match_indices(number.as_str()).map(|(at, hit)| at..at + hit.len()));
        }
    }

    /// Where the text holds one of the names, as words of their own.
    pub(super) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        if self.names.is_empty() {
            return;
        }
        let mut at = 0;
        while let Some(next) = text[at..].find(char::is_alphanumeric) {
            at += next;
            let word = first_word(&text[at..]);
            let named = self.names.get(&word.to_lowercase()).and_then(|names| {
                let ends = names.iter().map(|name| at + name.len());
                names.iter().zip(ends).find(|(name, end)| {
                    let here = text.as_bytes().get(at..*end);
                    here.is_some_and(|here| here.eq_ignore_ascii_case(name.as_bytes()))
                        && text.is_char_boundary(*end)
                        && !text[*end..].starts_with(char::is_alphanumeric)
                })
            });
            let end = named.map_or(at + word.len(), |(_, end)| end);
            if named.is_some() {
                // `<jdoe>` goes with its brackets: they were the name's
                let bracketed = text[..at].ends_with('<') && text[end..].starts_with('>');
                found.push(if bracketed { at - 1..end + 1 } else { at..end });
            }
            at = end;
        }
    }
}

fn first_word(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or(text)
}

/// The most that is looked for: a report with more names is no device's.
const MOST: usize = 65_536;
/// The most that begin with the same word.
const MOST_ALIKE: usize = 64;
const LEAST_LETTERS: usize = 4;
const LEAST_DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str], text: &str) -> Vec<String> {
        let mut known = Names::default();
        names.iter().for_each(|name| known.add(name));
        let mut spans = Vec::new();
        known.find(text, &mut spans);
        known.find_numbers(text, &mut spans);
        spans.into_iter().map(|span| text[span].to_owned()).collect()
    }

    #[test]
    fn finds_names_as_words_of_their_own() {
        assert_eq!(found(&["jdoe"], "job of JDOE, not of jdoes"), ["JDOE"]);
        assert_eq!(found(&["CORP\\müller"], "müller waits"), ["müller"]);
        assert_eq!(
            found(&["<private>"], "<private>, a<private>b, <private"),
            ["<private>", "<private>", "private"]
        );
        assert_eq!(found(&["Joe Doe"], "ask Joe Doe."), ["Joe Doe"]);
        assert_eq!(found(&["+43 1 2345678"], "call +43 1 2345678!"), ["+43 1 2345678"]);
        assert_eq!(found(&["+43 1 2345678"], "call 4312345678"), ["4312345678"]);
    }

    #[test]
    fn short_ones_are_not_looked_for() {
        assert_eq!(found(&["it", "110", "", "-"], "it is 110 - or"), Vec::<String>::new());
    }
}
