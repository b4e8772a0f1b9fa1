//! Passes over octets that know nothing of elements.

/// The encoding that the first octets give away, when it is none that we read (XML 1.0, appendix F).
pub(crate) fn foreign_encoding(octets: &[u8]) -> Option<&'static str> {
    const LEADS: &[(&[u8], &str)] = &[
        (&[0x00, 0x00, 0xFE, 0xFF], "UTF-32"),
        (&[0xFF, 0xFE, 0x00, 0x00], "UTF-32"),
        (&[0x00, 0x00, 0x00, 0x3C], "UTF-32"),
        (&[0x3C, 0x00, 0x00, 0x00], "UTF-32"),
        (&[0xFE, 0xFF], "UTF-16"),
        (&[0xFF, 0xFE], "UTF-16"),
        (&[0x00, 0x3C], "UTF-16"),
        (&[0x3C, 0x00], "UTF-16"),
        (&[0x4C, 0x6F, 0xA7, 0x94], "EBCDIC"),
    ];
    LEADS.iter().find(|(lead, _)| octets.starts_with(lead)).map(|(_, name)| *name)
}

/// How many octets stand before the first `<` or `&`.
#[inline]
pub(crate) fn run_of_text(octets: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, _) = octets.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let (tag, reference) = (word ^ (ONES * 0x3C), word ^ (ONES * 0x26));
        // the lowest high bit that is set stands in the first octet that is zero
        let zero = (tag.wrapping_sub(ONES) & !tag | reference.wrapping_sub(ONES) & !reference) & HIGHS;
        if zero != 0 {
            return number * 8 + zero.trailing_zeros() as usize / 8;
        }
    }
    let rest = words.len() * 8;
    let tail = octets[rest..].iter().position(|octet| matches!(octet, b'<' | b'&'));
    tail.map_or(octets.len(), |at| rest + at)
}

/// XML 1.0, production 2 (surrogates are no `char`).
pub(crate) fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

/// What need not be looked for in every text when the document has none of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features {
    /// Octets that may belong to a character that XML does not allow.
    pub(crate) suspicious: bool,
    /// Carriage returns.
    pub(crate) returns: bool,
    /// `]]`, which may close what is not open.
    pub(crate) brackets: bool,
}

impl Features {
    pub(crate) fn of(text: &str) -> Self {
        Self {
            // few documents hold U+F000 to U+FFFF, which begin with 0xEF
            suspicious: holds(text, |octet| {
                (octet < 0x20) & (octet != b'\t') & (octet != b'\n') & (octet != b'\r') | (octet == 0xEF)
            }),
            returns: holds(text, |octet| octet == b'\r'),
            brackets: holds_pair(text, b']'),
        }
    }
}

/// Without branches and short cuts, so that it becomes a loop over whole registers.
fn holds(text: &str, test: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, octet| found | test(octet))
}

/// Whether an octet stands twice in a row.
fn holds_pair(text: &str, octet: u8) -> bool {
    let next = text.as_bytes().iter().skip(1);
    text.bytes().zip(next).fold(false, |found, (first, second)| found | (first == octet) & (*second == octet))
}

/// The first character that XML does not allow.
pub(crate) fn forbidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| !is_allowed(*character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_text_ends_before_the_first_tag_or_reference_wherever_it_stands() {
        for length in 0..40 {
            for end in ["", "<", "&", "<&", "&<", "<\u{3D}", "&'"] {
                let text = format!(
                    "{}{end}{}",
                    "\u{1}=%;'é"[..1 + length % 5].repeat(length),
                    "x".repeat(length % 9)
                );
                let expected = text.find(['<', '&']).unwrap_or(text.len());
                assert_eq!(run_of_text(text.as_bytes()), expected, "{text:?}");
            }
        }
    }
}
