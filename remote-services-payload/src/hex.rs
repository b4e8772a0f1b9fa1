//! SHA-256 values as 64 hexadecimal digits in lower case.

pub(crate) fn write(octets: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    octets
        .iter()
        .flat_map(|octet| [DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 0xF)]])
        .map(char::from)
        .collect()
}

pub(crate) fn read(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut octets = [0; 32];
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        *octet = (value(pair[0])? << 4) | value(pair[1])?;
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let octets = core::array::from_fn(|at| u8::try_from(at * 8).unwrap());
        let text = write(&octets);
        assert_eq!(text.len(), 64);
        assert_eq!(read(&text), Some(octets));
        for wrong in [&text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('8', "g")] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
