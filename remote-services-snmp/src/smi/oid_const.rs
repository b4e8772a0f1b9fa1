//! Object identifiers that the compiler checks and encodes.
use super::wire::{base128_len, base128_octet};

/// An [`Oid`](crate::smi::Oid) from dotted text or from arcs, checked and encoded at compile time.
///
/// ```
/// use remote_services_snmp::{Oid, oid};
/// const SYS_DESCR: Oid = oid!("1.3.6.1.2.1.1.1.0");
/// assert_eq!(SYS_DESCR, oid!(1, 3, 6, 1, 2, 1, 1, 1, 0));
/// ```
/// What is no identifier does not compile:
/// ```compile_fail
/// let bad = remote_services_snmp::oid!("1.40.1"); // under 0 and 1 the second arc is at most 39
/// ```
/// ```compile_fail
/// let bad = remote_services_snmp::oid!("3.1"); // the first arc is 0, 1 or 2
/// ```
/// ```compile_fail
/// let bad = remote_services_snmp::oid!("1"); // too short
/// ```
/// ```compile_fail
/// let bad = remote_services_snmp::oid!("1.3.4294967296"); // above 2^32 - 1
/// ```
/// ```compile_fail
/// let bad = remote_services_snmp::oid!("1..3");
/// ```
/// ```compile_fail
/// let bad = remote_services_snmp::oid!("1.3.six");
/// ```
/// ```compile_fail
/// let bad = remote_services_snmp::oid!(1, 3, -6);
/// ```
#[macro_export]
macro_rules! oid {
    ($text:literal) => {{
        const ARCS: ([u32; $crate::smi::MAX_ARCS], usize) =
            $crate::smi::oid_const::parse($text);
        $crate::__oid_from_arcs!(ARCS.0, ARCS.1)
    }};
    ($($arc:expr),+ $(,)?) => {{
        const ARCS: &[u32] = &[$($arc),+];
        $crate::__oid_from_arcs!(*ARCS, ARCS.len())
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __oid_from_arcs {
    ($arcs:expr, $len:expr) => {{
        const LEN: usize = $crate::smi::oid_const::wire_len(&$arcs, $len);
        const WIRE: [u8; LEN] = $crate::smi::oid_const::wire(&$arcs, $len);
        const OID: $crate::smi::Oid = $crate::smi::Oid::__from_static_wire(&WIRE);
        OID
    }};
}

/// Reads dotted text at compile time.
#[must_use]
pub const fn parse(text: &str) -> ([u32; super::MAX_ARCS], usize) {
    let text = text.as_bytes();
    let mut arcs = [0; super::MAX_ARCS];
    let mut count = 0;
    let mut at = 0;
    loop {
        let mut arc = 0_u64;
        let first_digit = at;
        while at < text.len() && text[at].is_ascii_digit() {
            arc = arc * 10 + (text[at] - b'0') as u64;
            assert!(arc <= u32::MAX as u64, "an arc is above 4294967295");
            at += 1;
        }
        assert!(at > first_digit, "expected digits, with single dots between them");
        assert!(count < super::MAX_ARCS, "more than 128 arcs");
        #[expect(clippy::cast_possible_truncation, reason = "compared with u32::MAX above")]
        let arc = arc as u32;
        arcs[count] = arc;
        count += 1;
        if at == text.len() {
            return (arcs, count);
        }
        assert!(text[at] == b'.', "expected digits, with single dots between them");
        at += 1;
    }
}

/// Octets that the identifier takes on the wire.
#[must_use]
pub const fn wire_len(arcs: &[u32], count: usize) -> usize {
    assert!(count >= 2, "an object identifier needs at least two arcs");
    assert!(count <= super::MAX_ARCS, "more than 128 arcs");
    assert!(arcs[0] <= 2, "the first arc may be 0, 1 or 2 only");
    assert!(arcs[0] == 2 || arcs[1] <= 39, "under 0 and 1 the second arc is at most 39");
    let mut len = 0;
    let mut index = 1;
    while index < count {
        len += base128_len(number(arcs, index));
        index += 1;
    }
    len
}

/// The octets themselves.
#[must_use]
pub const fn wire<const LEN: usize>(arcs: &[u32], count: usize) -> [u8; LEN] {
    let mut octets = [0; LEN];
    let mut at = 0;
    let mut index = 1;
    while index < count {
        let value = number(arcs, index);
        let mut left = base128_len(value);
        while left > 0 {
            left -= 1;
            octets[at] = base128_octet(value, left);
            at += 1;
        }
        index += 1;
    }
    octets
}

/// The number that stands for the arc at `index`; the one at 1 carries the arc at 0 as well.
const fn number(arcs: &[u32], index: usize) -> u64 {
    if index == 1 { arcs[0] as u64 * 40 + arcs[1] as u64 } else { arcs[index] as u64 }
}

#[cfg(test)]
mod tests {
    use crate::smi::Oid;

    #[test]
    fn compile_time_identifiers_equal_parsed_ones() {
        assert_eq!(oid!("1.3.6.1.4.1.4294967295.128"), "1.3.6.1.4.1.4294967295.128".parse::<Oid>().unwrap());
        assert_eq!(oid!(2, 999, 3), Oid::from_arcs(&[2, 999, 3]).unwrap());
        assert_eq!(oid!("0.0"), Oid::default());
    }
}
