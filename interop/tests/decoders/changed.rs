//! Sound messages, and what becomes of them when octets change.
use remote_services_snmp::{Oid, Value, VarBind, oid};

pub(crate) const NAME: Oid = oid!("1.3.6.1.2.1.43.11.1.1.6.1.1");

/// A value of every type that SNMPv1 has, each under [`NAME`].
pub(crate) fn varbinds() -> Vec<VarBind> {
    let values = [
        Value::Integer(-129),
        Value::from("Black Cartridge"),
        Value::Null,
        Value::ObjectIdentifier(oid!("1.3.6.1.4.1.253.8.62")),
        Value::IpAddress([192, 0, 2, 1]),
        Value::Counter32(u32::MAX),
        Value::Gauge32(128),
        Value::TimeTicks(1),
        Value::Opaque(vec![0x9f, 0x78, 4, 0, 0, 0, 0]),
    ];
    values.into_iter().map(|value| VarBind::new(NAME, value)).collect()
}

/// The messages by turns with one to three octets changed, always in the same way. Each has a number of its own.
pub(crate) fn for_changed(messages: &[(u8, Vec<u8>)], times: usize, mut look: impl FnMut(u8, &[u8])) {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).expect("31 bits")
    };
    for round in 0..times {
        let (number, mut octets) = messages[round % messages.len()].clone();
        for _ in 0..=next() % 3 {
            let at = next() % octets.len();
            octets[at] = next().to_le_bytes()[0];
        }
        look(number, &octets);
    }
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
