//! Inputs made without looking at what they do: pieces of seeds, words of the dictionary, octets of chance. A fuzzer with
//! coverage finds more; this one runs with any compiler, and the same number gives the same inputs.

use crate::Target;
use crate::bytes::dice;

/// An endless sequence of inputs for one target.
pub struct Blind {
    dice: Box<dyn FnMut() -> u64 + Send>,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    longest: usize,
}

impl Blind {
    /// Begins with the target's seeds, `more` of them, and the words of a dictionary as libFuzzer reads it.
    #[must_use]
    pub fn new(target: &Target, more: Vec<Vec<u8>>, dictionary: &str, number: u64) -> Self {
        let mut seeds = (target.seeds)();
        seeds.extend(more);
        let words = dictionary.lines().filter_map(word).collect();
        Self { dice: Box::new(dice(number)), seeds, words, longest: target.longest }
    }

    /// The next input: a seed with one to eight changes.
    pub fn input(&mut self) -> Vec<u8> {
        let mut octets = self.seed();
        for _ in 0..=self.below(8) {
            let at = self.below(octets.len() + 1);
            match self.below(8) {
                0 | 1 => {
                    if let Some(octet) = octets.get_mut(at) {
                        *octet = (self.dice)().to_be_bytes()[0];
                    }
                }
                2 => {
                    let bit = self.below(8);
                    if let Some(octet) = octets.get_mut(at) {
                        *octet ^= 1 << bit;
                    }
                }
                3 if !self.words.is_empty() => {
                    let which = self.below(self.words.len());
                    let word = self.words[which].clone();
                    let replaced = if self.below(2) == 0 { at } else { octets.len().min(at + word.len()) };
                    octets.splice(at..replaced, word);
                }
                4 => {
                    let other = self.seed();
                    let (from, to) = (self.below(other.len() + 1), self.below(other.len() + 1));
                    octets.splice(at..at, other[from.min(to)..from.max(to)].iter().copied());
                }
                5 => {
                    let to = self.below(octets.len() + 1);
                    octets.drain(at.min(to)..at.max(to).min(at.min(to) + 16));
                }
                6 => {
                    let few = octets[at..].iter().copied().take(24).collect::<Vec<u8>>();
                    octets.splice(at..at, few);
                }
                _ => octets.truncate(octets.len() - self.below(octets.len() / 8 + 1)),
            }
        }
        octets.truncate(self.longest);
        octets
    }

    fn seed(&mut self) -> Vec<u8> {
        let which = self.below(self.seeds.len());
        self.seeds[which].clone()
    }

    fn below(&mut self, count: usize) -> usize {
        let chance = (self.dice)() >> 33;
        usize::try_from(chance).expect("it has 31 bits") % count.max(1)
    }
}

/// The octets of a line such as `"PK\x03\x04"`.
fn word(line: &str) -> Option<Vec<u8>> {
    let mut rest = line.strip_prefix('"')?.strip_suffix('"')?.bytes();
    let mut octets = Vec::new();
    while let Some(octet) = rest.next() {
        let escaped = if octet == b'\\' { rest.next()? } else { octet };
        if octet == b'\\' && escaped == b'x' {
            let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            octets.push(digit(rest.next()?)? << 4 | digit(rest.next()?)?);
        } else {
            octets.push(escaped);
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_libfuzzer_reads_them() {
        assert_eq!(word(r#""PK\x03\x0a""#).as_deref(), Some(&b"PK\x03\x0a"[..]));
        assert_eq!(word(r#""a\"b\\n""#).as_deref(), Some(&b"a\"b\\n"[..]));
        assert_eq!(word("# a comment"), None);
        assert_eq!(word(r#""\xg0""#), None);
    }

    #[test]
    fn the_same_number_gives_the_same_inputs_and_another_gives_others() {
        let target = crate::target("text").expect("it is in the table");
        let inputs = |number| {
            let mut blind = Blind::new(target, vec![b"more".to_vec()], "\"word\"", number);
            (0..200).map(|_| blind.input()).collect::<Vec<_>>()
        };
        let first = inputs(1);
        assert_eq!(first, inputs(1));
        assert_ne!(first, inputs(2));
        assert!(first.iter().all(|input| input.len() <= target.longest));
        assert!(first.iter().any(|input| input.windows(4).any(|four| four == b"word")), "words are used");
    }
}
