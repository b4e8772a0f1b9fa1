//! Names of people and documents by their value: what stood in the places for them is looked for elsewhere.

use super::shape;
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
    /// Their digits.
    numbers: BTreeSet<String>,
    count: usize,
}

impl Names {
    /// Learns a name, a user name with or without its domain, or a phone number; and each of them where several stand in one
    /// text (`Grace Hopper, IT, +49 89 1234567`). Short ones are in everything.
    pub(super) fn add(&mut self, text: &str) {
        self.add_one(text);
        let mut numbers = Vec::new();
        shape::digit_runs(text, &mut numbers);
        numbers.retain(|number| shape::is_alone(text, number));
        for number in &numbers {
            let number = &text[number.clone()];
            self.add_one(number);
            for one in BETWEEN_NUMBERS.iter().flat_map(|between| number.split(between)) {
                self.add_one(one);
            }
        }
        let mut rest = 0;
        let numbers = numbers.into_iter().chain(core::iter::once(text.len()..text.len()));
        for number in numbers {
            for part in text[rest..number.start].split(BETWEEN_NAMES) {
                self.add_one(part);
            }
            rest = number.end;
        }
    }

    fn add_one(&mut self, text: &str) {
        let number = text.trim();
        let text = text.trim_matches(|letter: char| !letter.is_alphanumeric());
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        if self.count >= MOST {
            return;
        }
        if letters == 0 && digits >= LEAST_DIGITS {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            // abroad it is dialled without the zero
            let inland = digits.trim_start_matches('0');
            self.numbers.insert(if inland.len() < LEAST_DIGITS { digits } else { inland.to_owned() });
            self.count += 1;
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

    /// Where the text holds one of the phone numbers, however its digits are set apart.
    pub(super) fn find_numbers(&self, text: &str, found: &mut Vec<Range<usize>>) {
        if self.numbers.is_empty() {
            return;
        }
        let mut runs = Vec::new();
        shape::digit_runs(text, &mut runs);
        found.extend(runs.into_iter().filter(|run| {
            let digits: String = text[run.clone()].chars().filter(char::is_ascii_digit).collect();
            // at home it is dialled without the country, and with a zero
            let inland = digits.trim_start_matches('0');
            self.numbers.iter().any(|number| {
                digits.contains(number.as_str()) || inland.len() > LEAST_DIGITS && number.ends_with(inland)
            })
        }));
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
const LEAST_DIGITS: usize = shape::LEAST_DIGITS;
/// What stands between several numbers in one text.
const BETWEEN_NUMBERS: [&str; 3] = [" / ", " - ", "  "];
/// What stands between several names in one text.
const BETWEEN_NAMES: [char; 9] = [',', ';', '|', '<', '>', '(', ')', '\n', '\r'];

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
    fn several_in_one_text_are_each_found() {
        let contact = ["Grace Hopper, IT <grace>; (089) 123-4567 / +49 89 7654321"];
        let text = "Grace Hopper's office, for GRACE: 0891234567, 00 49 (89) 765 43 21 - IT";
        assert_eq!(found(&contact, text), ["Grace Hopper", "GRACE", "0891234567", "00 49 (89) 765 43 21"]);
        assert_eq!(
            found(&["Ada Lovelace 089-7654321"], "Ada Lovelace/089 7654321"),
            ["Ada Lovelace", "089 7654321"]
        );
        assert_eq!(found(&["089 1234567 / 0171 7654321"], "ask 01717654321"), ["01717654321"]);
        assert_eq!(
            found(&["+1-202-555-0143"], "Fon12025550143 or 202-555-0143x2"),
            ["12025550143", "202-555-0143"]
        );
        assert_eq!(found(&["+49 89 7654321"], "at home 089/765 43 21, not 321"), ["089/765 43 21"]);
        assert_eq!(found(&["Room 4.123"], "in room 4.123 and Room 5"), ["room 4.123"]);
    }

    #[test]
    fn short_ones_are_not_looked_for() {
        assert_eq!(found(&["it", "110", "", "-"], "it is 110 - or"), Vec::<String>::new());
    }
}
