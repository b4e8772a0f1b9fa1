//! Octets as hexadecimal digits in lower case: digests, key names, engine IDs.

use alloc::string::String;

/// Two digits for each octet.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0xF)]);
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(*octet)]).collect()
}

/// `N` octets from exactly `2 * N` digits; `None` for any other text. Capitals are refused, so that each value has
/// one spelling.
#[must_use]
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut octets = [0; N];
    for (octet, [high, low]) in octets.iter_mut().zip(pairs) {
        *octet = value(*high)? << 4 | value(*low)?;
    }
    Some(octets)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_reads_back() {
        let octets: [u8; 256] = core::array::from_fn(|at| u8::try_from(at).unwrap());
        let text = encode(&octets);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
        assert_eq!(decode(&text), Some(octets));
    }

    #[test]
    fn other_lengths_capitals_and_other_characters_are_refused() {
        assert_eq!(decode("00ff"), Some([0, 0xff]));
        for wrong in ["", "0", "00f", "00ff0", "00ff00", "00FF", "00fg", "0x0f", " 0ff", "é0f"] {
            assert_eq!(decode::<2>(wrong), None, "{wrong}");
        }
    }
}
