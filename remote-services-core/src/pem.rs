//! PEM (RFC 7468): octets as text between two lines that say what they are.
//!
//! Private keys go through here too: the time that a character takes does not depend on which it is, and what is not
//! handed out is overwritten.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// Why a text is not one PEM block, and the octet of the text at which it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PemError {
    kind: PemErrorKind,
    offset: usize,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemErrorKind {
    /// No line begins with `-----BEGIN `.
    NoBegin,
    /// The label of the first line is empty, or not followed by `-----` and the end of the line.
    Label,
    /// No line ends the block, or the one that does has another label.
    NoEnd,
    /// A character that base64 does not have; a field such as `Proc-Type:` has one, too.
    Character,
    /// The number of characters, the padding, or bits that pad and are not zero (RFC 4648 §3.5).
    Padding,
    /// Something other than white space follows.
    Trailing,
}

/// The label and the octets of the one block of a text. Lines before it are passed over, as RFC 7468 §2 has it; lines
/// may be of any length.
///
/// # Errors
/// When there is no block, more than one, or it is broken.
pub fn decode(text: &str) -> Result<(&str, Zeroizing<Vec<u8>>), PemError> {
    let begin = line_that_begins_with(text, 0, BEGIN).ok_or(PemError::at(0, PemErrorKind::NoBegin))?;
    let label_at = begin + BEGIN.len();
    let line_end = text[label_at..].find('\n').map_or(text.len(), |length| label_at + length);
    let label = text[label_at..line_end].trim_end().strip_suffix(DASHES).filter(|label| is_label(label));
    let label = label.ok_or(PemError::at(label_at, PemErrorKind::Label))?;
    let no_end = |at| PemError::at(at, PemErrorKind::NoEnd);
    let end = line_that_begins_with(text, line_end, END).ok_or(no_end(text.len()))?;
    let rest = text[end + END.len()..].strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES));
    let rest = rest.ok_or(no_end(end))?;
    if let Some(at) = rest.find(|character: char| !character.is_ascii_whitespace()) {
        return Err(PemError::at(text.len() - rest.len() + at, PemErrorKind::Trailing));
    }
    let octets = from_base64(&text.as_bytes()[line_end..end], line_end)?;
    Ok((label, octets))
}

/// The octets as one block, in lines of 64 characters.
#[must_use]
pub fn encode(label: &str, octets: &[u8]) -> Zeroizing<String> {
    let characters = octets.len().div_ceil(3) * 4;
    // All of it at once: a text that grows leaves pieces of itself behind.
    let size = BEGIN.len() + END.len() + 2 * (label.len() + DASHES.len() + 1) + characters;
    let mut text = Zeroizing::new(String::with_capacity(size + characters.div_ceil(LINE)));
    for piece in [BEGIN, label, DASHES, "\n"] {
        text.push_str(piece);
    }
    for line in octets.chunks(LINE / 4 * 3) {
        for group in line.chunks(3) {
            let octet = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
            let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
            for at in 0..4 {
                let sextet = (bits >> (18 - 6 * at)) & 0x3F;
                text.push(if at > group.len() { '=' } else { character_of(sextet) });
            }
        }
        text.push('\n');
    }
    for piece in [END, label, DASHES, "\n"] {
        text.push_str(piece);
    }
    text
}

/// Where a line begins with `start`, at or after `from`.
fn line_that_begins_with(text: &str, from: usize, start: &str) -> Option<usize> {
    let found = text[from..].match_indices(start).map(|(at, _)| from + at);
    let mut at_line = found.filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n');
    at_line.next()
}

/// RFC 7468 §3: printable characters; of hyphens and spaces never two in a row, and none at either end.
fn is_label(label: &str) -> bool {
    let printable = |word: &str| !word.is_empty() && word.bytes().all(|octet| matches!(octet, 0x21..=0x7E));
    label.split([' ', '-']).all(printable)
}

/// `from` is where the octets stand in the whole text.
fn from_base64(body: &[u8], from: usize) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let mut octets = Zeroizing::new(Vec::with_capacity(body.len() / 4 * 3 + 3));
    let (mut bits, mut held, mut padding) = (0_u32, 0_u8, 0_u8);
    for (at, &character) in body.iter().enumerate() {
        match character {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'=' if held >= 2 => padding += 1,
            b'=' => return Err(PemError::at(from + at, PemErrorKind::Padding)),
            _ if padding > 0 => return Err(PemError::at(from + at, PemErrorKind::Padding)),
            _ => {
                let sextet = sextet_of(character).ok_or(PemError::at(from + at, PemErrorKind::Character))?;
                bits = bits << 6 | sextet;
                held += 1;
            }
        }
        if held == 4 {
            octets.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, held) = (0, 0);
        }
    }
    // What is left of a group of four: 2 characters hold 1 octet, 3 hold 2, and the bits beyond are zero.
    let unused = match (held, padding) {
        (0, 0) => return Ok(octets),
        (2, 2) => 4,
        (3, 1) => 2,
        _ => return Err(PemError::at(from + body.len(), PemErrorKind::Padding)),
    };
    if bits & ((1 << unused) - 1) != 0 {
        return Err(PemError::at(from + body.len(), PemErrorKind::Padding));
    }
    let whole = (bits >> unused).to_be_bytes();
    octets.extend_from_slice(&whole[whole.len() + 1 - usize::from(held)..]);
    Ok(octets)
}

/// All ones when `first <= value <= last`, otherwise 0; without a branch. All three are below 256.
fn within(value: u32, first: u32, last: u32) -> u32 {
    let (too_small, too_large) = (value.wrapping_sub(first) >> 31, last.wrapping_sub(value) >> 31);
    (too_small | too_large).wrapping_sub(1)
}

fn sextet_of(character: u8) -> Option<u32> {
    let it = u32::from(character);
    // One more than the value, so that 0 is left for all other characters.
    let found = within(it, 0x41, 0x5A) & it.wrapping_sub(0x40)
        | within(it, 0x61, 0x7A) & it.wrapping_sub(0x61 - 27)
        | within(it, 0x30, 0x39) & it.wrapping_add(53 - 0x30)
        | within(it, 0x2B, 0x2B) & 63
        | within(it, 0x2F, 0x2F) & 64;
    found.checked_sub(1)
}

fn character_of(sextet: u32) -> char {
    let octet = within(sextet, 0, 25) & (sextet + 0x41)
        | within(sextet, 26, 51) & (sextet + 0x61 - 26)
        | within(sextet, 52, 61) & sextet.wrapping_sub(52 - 0x30)
        | within(sextet, 62, 62) & 0x2B
        | within(sextet, 63, 63) & 0x2F;
    char::from(octet.to_be_bytes()[3])
}

impl PemError {
    const fn at(offset: usize, kind: PemErrorKind) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> PemErrorKind {
        self.kind
    }

    /// The octet of the text at which it shows, from 0.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            PemErrorKind::NoBegin => "no line begins with -----BEGIN",
            PemErrorKind::Label => "the first line's label is none",
            PemErrorKind::NoEnd => "no line ends what the first line begins",
            PemErrorKind::Character => "a character that base64 does not have",
            PemErrorKind::Padding => "base64 that is not padded as it should be",
            PemErrorKind::Trailing => "something follows the last line",
        };
        write!(f, "not PEM: {what}, at octet {}", self.offset)
    }
}

impl core::error::Error for PemError {}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// Characters of a full line (RFC 7468 §2).
const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString as _;

    /// RFC 4648 §10.
    const VECTORS: [(&str, &str); 7] = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];

    fn block(body: &str) -> String {
        format!("-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n")
    }

    fn refused(text: &str) -> (PemErrorKind, usize) {
        let error = decode(text).expect_err(text);
        (error.kind(), error.offset())
    }

    #[test]
    fn the_vectors_of_rfc_4648_read_and_write() {
        for (octets, body) in VECTORS {
            let text = block(body);
            let (label, read) = decode(&text).unwrap();
            assert_eq!((label, read.as_slice()), ("X509 CRL", octets.as_bytes()), "{body}");
            let lines = if body.is_empty() { text.replace("\n\n", "\n") } else { text };
            assert_eq!(*encode("X509 CRL", octets.as_bytes()), lines);
        }
    }

    #[test]
    fn every_octet_at_every_place_of_a_line_comes_back_in_lines_of_64_and_the_text_never_grew() {
        let octets: Vec<u8> = (0..=u8::MAX).collect();
        for length in 0..octets.len() {
            let text = encode("PRIVATE KEY", &octets[..length]);
            assert_eq!(decode(&text).unwrap().1.as_slice(), &octets[..length]);
            let lines: Vec<_> = text.lines().collect();
            assert!(lines.iter().all(|line| line.len() <= 64), "{text:?}");
            assert!(lines[1..lines.len() - 1].iter().rev().skip(1).all(|line| line.len() == 64));
            assert_eq!(text.len(), text.capacity(), "{length}");
        }
        let all: String = (0..64).map(character_of).collect();
        assert_eq!(all, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        for character in 0..=u8::MAX {
            let value = all.find(char::from(character)).filter(|_| character.is_ascii());
            assert_eq!(sextet_of(character).map(|it| it as usize), value, "{character}");
        }
    }

    #[test]
    fn words_before_it_long_lines_and_ends_of_lines_of_other_systems_are_read() {
        let text = format!("subject=CN = a -----BEGIN \n{}\n \r\n", block(&"Zm9v".repeat(40)));
        assert_eq!(*decode(&text).unwrap().1, b"foo".repeat(40));
        let text = block("Zm\r\n9v\r\nYg =\t=\r").replace("CRL-----\n", "CRL-----\r\n");
        assert_eq!(decode(&text).unwrap().1.as_slice(), b"foob");
    }

    #[test]
    fn what_is_broken_is_told_with_its_place() {
        let good = block("Zm9v");
        assert_eq!(refused(""), (PemErrorKind::NoBegin, 0));
        assert_eq!(refused(&format!(" {good}")), (PemErrorKind::NoBegin, 0));
        for label in ["", " A", "A ", "A--B", "A  B", "-", "\u{e9}", "A----"] {
            let text = format!("-----BEGIN {label}-----\n-----END {label}-----\n");
            assert_eq!(refused(&text), (PemErrorKind::Label, 11), "{label}");
        }
        assert_eq!(refused("-----BEGIN A\n-----END A-----"), (PemErrorKind::Label, 11));
        assert_eq!(refused(&good[..29]), (PemErrorKind::NoEnd, 29));
        assert_eq!(refused(&good.replace("END X509", "END X510")), (PemErrorKind::NoEnd, 30));
        assert_eq!(refused(&good[..good.len() - 3]), (PemErrorKind::NoEnd, 30));
        for (body, at) in [("Zm9*", 28), ("a: b\n\nZm9v", 26), ("\u{e9}m9v", 25)] {
            assert_eq!(refused(&block(body)), (PemErrorKind::Character, at), "{body}");
        }
        for body in ["Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "Zm9vY", "=", "Z===", "Zm9v=", "Zh==", "Zm9="]
        {
            assert_eq!(refused(&block(body)).0, PemErrorKind::Padding, "{body}");
        }
        assert_eq!(refused(&block("Zg==Zg==")), (PemErrorKind::Padding, 29));
        assert_eq!(refused(&format!("{good}{good}")), (PemErrorKind::Trailing, good.len()));
        let said = decode(&format!("{good} x")).unwrap_err().to_string();
        assert_eq!(said, format!("not PEM: something follows the last line, at octet {}", good.len() + 1));
    }

    #[test]
    fn what_is_cut_is_refused_and_what_is_changed_around_the_octets_gives_the_same_or_none() {
        let good = encode("PRIVATE KEY", b"a key of some octets, long enough for a second line of it");
        let octets = decode(&good).unwrap().1;
        for at in 0..good.len() - 1 {
            assert!(decode(&good[..at]).is_err(), "cut at {at}");
            for octet in [0, b'\n', b'-', b'=', b'A', b'~'] {
                let mut changed = good.as_bytes().to_vec();
                changed[at] = octet;
                let text = String::from_utf8(changed).unwrap();
                if let Ok((label, read)) = decode(&text) {
                    let in_body = (28..good.len() - 26).contains(&at);
                    assert!(in_body || (label != "PRIVATE KEY") || read == octets, "{at}: {text}");
                }
            }
        }
    }
}
