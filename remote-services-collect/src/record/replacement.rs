//! What takes the place of what was found.

use std::net::Ipv4Addr;

/// As long as it was, with the number in its last letters and digits.
pub(super) fn pattern(original: &[u8], number: u32) -> Vec<u8> {
    let mut new: Vec<u8> = original
        .iter()
        .map(|octet| match octet {
            b'0'..=b'9' => b'0',
            b'a'..=b'z' => b'x',
            b'A'..=b'Z' => b'X',
            other if other.is_ascii() => *other,
            _ => b'X',
        })
        .collect();
    let digits = number.to_string().into_bytes();
    let mut places: Vec<&mut u8> = new.iter_mut().filter(|octet| octet.is_ascii_alphanumeric()).collect();
    if digits.len() <= places.len() {
        for (place, digit) in places.iter_mut().rev().zip(digits.iter().rev()) {
            **place = *digit;
        }
    }
    new
}

/// A serial number as some write it: without hyphens.
pub(super) fn without_hyphens(serial: &[u8]) -> Vec<u8> {
    serial.iter().copied().filter(|octet| *octet != b'-').collect()
}

/// With hyphens at the places where this form has them.
pub(super) fn hyphenated_like(form: &[u8], bare: &[u8]) -> Vec<u8> {
    let mut rest = bare.iter().copied();
    form.iter().filter_map(|octet| if *octet == b'-' { Some(b'-') } else { rest.next() }).collect()
}

pub(super) fn numbered_octets(original: &[u8], kept: usize, number: usize) -> Vec<u8> {
    let mut new = vec![0; original.len()];
    new[..kept].copy_from_slice(&original[..kept]);
    if let Some(last) = new.get_mut(kept..).and_then(<[u8]>::last_mut) {
        *last = u8::try_from(number).unwrap_or(u8::MAX);
    }
    new
}

/// The three networks of RFC 5737 one after the other, then 240.0.0.0/4.
pub(super) fn documentation(number: usize) -> Ipv4Addr {
    let at = u8::try_from(number % 254 + 1).unwrap_or(1);
    match number / 254 {
        0 => Ipv4Addr::new(192, 0, 2, at),
        1 => Ipv4Addr::new(198, 51, 100, at),
        2 => Ipv4Addr::new(203, 0, 113, at),
        _ => Ipv4Addr::from_bits(0xF000_0000 + u32::try_from(number).unwrap_or(0)),
    }
}

/// The addresses of RFC 9542 section 2.1.2, then ones of local administration. The maker's half would tell who
/// made the network card, and with the other half how old it is.
pub(super) fn documentation_mac(number: usize) -> [u8; 6] {
    match u8::try_from(number) {
        Ok(last) => [0x00, 0x00, 0x5E, 0x00, 0x53, last],
        Err(_) => {
            let [.., a, b, c] = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
            [0x02, 0x00, 0x5E, a, b, c]
        }
    }
}
