//! Brother's counters: one text of records, `id 01 04 value`, and 0xff at the end.

/// The ids and numbers of such a text. What is no record ends it.
pub(super) fn records(octets: &[u8]) -> impl Iterator<Item = (u8, u64)> {
    octets.chunks_exact(7).map_while(|record| match *record {
        [id, 0x01, 0x04, a, b, c, d] => Some((id, u64::from(u32::from_be_bytes([a, b, c, d])))),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_up_to_the_end_or_the_first_that_is_none() {
        let text = [0x00, 1, 4, 0, 0, 0xa7, 0xe0, 0x01, 1, 4, 0, 0, 0, 9, 0xff];
        assert_eq!(records(&text).collect::<Vec<_>>(), [(0, 42_976), (1, 9)]);
        assert_eq!(records(&text[..13]).count(), 1);
        assert_eq!(records(&[0xff; 70]).count(), 0);
        assert_eq!(records(&[]).count(), 0);
    }
}
