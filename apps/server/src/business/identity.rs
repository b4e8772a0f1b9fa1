//! When is it the same device? By manufacturer and serial number; where that says nothing, by MAC address;
//! last by the name that the client gave it. A device seen by an agent and by itself is one device.
//!
//! ```text
//! serial fits A ────────────────────────────▶ A      (the client's name moves to A; an unnamed twin is merged)
//! no serial fit, MAC fits A, keys agree ────▶ A
//! nothing fits, the client's name is known ─▶ that one, unless its serial is another
//! nothing fits ─────────────────────────────▶ a new device
//! ```

use uuid::Uuid;

/// A device that some evidence fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) device: Uuid,
    /// Its manufacturer and serial number, as [`match_key`] makes it.
    pub(crate) key: Option<String>,
    /// Milliseconds since 1970.
    pub(crate) last_seen: i64,
}

/// What to do with a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It speaks of this device.
    Same(Uuid),
    /// Two records turn out to be one device.
    Merge { from: Uuid, into: Uuid },
    /// It speaks of a device not known yet.
    New,
    /// It fits several, or contradicts what is known.
    Conflict(Vec<Uuid>),
}

/// Settles what evidence with match key `key` speaks of. With `strict`, contradictions are conflicts;
/// otherwise the stronger evidence wins, then the device seen last.
pub(crate) fn decide(
    key: Option<&str>,
    by_key: Option<Candidate>,
    by_mac: Vec<Candidate>,
    by_name: Option<Candidate>,
    strict: bool,
) -> Decision {
    let contradicts = |candidate: &Candidate| matches!((key, candidate.key.as_deref()), (Some(said), Some(known)) if said != known);
    // A MAC seen at a device of another serial number is a network card that moved.
    let mut by_mac: Vec<Candidate> = by_mac.into_iter().filter(|candidate| !contradicts(candidate)).collect();
    by_mac.sort_by_key(|candidate| std::cmp::Reverse(candidate.last_seen));

    let Some(found) = by_key.or_else(|| by_mac.first().cloned()) else {
        return match by_name {
            None => Decision::New,
            Some(named) if !contradicts(&named) => Decision::Same(named.device),
            Some(named) if strict => Decision::Conflict(vec![named.device]),
            Some(_) => Decision::New,
        };
    };
    if strict && found.key.is_none() && by_mac.len() > 1 {
        return Decision::Conflict(by_mac.iter().map(|candidate| candidate.device).collect());
    }
    match by_name {
        Some(named) if named.device != found.device => match (&named.key, &found.key) {
            (None, _) => Decision::Merge { from: named.device, into: found.device },
            (Some(_), None) => Decision::Merge { from: found.device, into: named.device },
            (Some(_), Some(_)) if strict => Decision::Conflict(vec![found.device, named.device]),
            (Some(_), Some(_)) => Decision::Same(found.device),
        },
        _ => Decision::Same(found.device),
    }
}

/// Manufacturer and serial number in one normal form, or nothing if they identify nothing.
pub(crate) fn match_key(manufacturer: Option<&str>, serial: Option<&str>) -> Option<String> {
    let serial: String = serial?.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_uppercase();
    let first = serial.chars().next()?;
    let says_nothing = !(MIN_SERIAL..=MAX_SERIAL).contains(&serial.chars().count())
        || serial.chars().all(|c| c == first)
        || FILLERS.contains(&serial.as_str());
    let maker = manufacturer?.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty())?;
    let maker = match maker.to_lowercase().as_str() {
        "hewlett" => "hp".to_owned(),
        other => other.to_owned(),
    };
    (!says_nothing).then(|| format!("{maker}/{serial}"))
}

/// A MAC address as twelve lower-case hexadecimal digits, or nothing if it is no device's own address.
pub(crate) fn usable_mac(mac: &str) -> Option<String> {
    let digits: String =
        mac.chars().filter(|c| !matches!(c, ':' | '-' | '.' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    let value = u64::from_str_radix(&digits, 16).ok()?;
    let group = value >> 40 & 1 == 1;
    (digits.len() == 12 && value != 0 && !group).then_some(digits)
}

/// Shorter serial numbers are defaults of unconfigured boards.
const MIN_SERIAL: usize = 4;
/// Longer than any serial number.
const MAX_SERIAL: usize = 128;
const FILLERS: &[&str] =
    &["UNKNOWN", "NONE", "DEFAULT", "NOTSET", "NOTAVAILABLE", "SERIALNUMBER", "0123456789"];

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: u128, key: Option<&str>) -> Candidate {
        Candidate { device: Uuid::from_u128(id), key: key.map(str::to_owned), last_seen: 0 }
    }

    #[test]
    fn spelling_of_maker_and_serial_makes_no_difference() {
        let key = match_key(Some("Xerox Corporation"), Some("abc-123 456"));
        assert_eq!(key, match_key(Some("XEROX"), Some("ABC123456")));
        assert_eq!(
            match_key(Some("HP"), Some("CNX1234")),
            match_key(Some("Hewlett-Packard"), Some("cnx1234"))
        );
        assert_ne!(match_key(Some("HP"), Some("CNX1234")), match_key(Some("Canon"), Some("CNX1234")));
    }

    #[test]
    fn fillers_identify_nothing() {
        for serial in ["", "0000000000", "XXXXXXX", "unknown", "N/A", "123", "Not set"] {
            assert_eq!(match_key(Some("HP"), Some(serial)), None, "{serial}");
        }
        assert_eq!(match_key(None, Some("CNX1234")), None);
    }

    #[test]
    fn only_a_device_own_mac_counts() {
        assert_eq!(usable_mac("00:9C-02.aB cd01").as_deref(), Some("009c02abcd01"));
        for mac in
            ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:9c:02", "zz:9c:02:ab:cd:01"]
        {
            assert_eq!(usable_mac(mac), None, "{mac}");
        }
    }

    #[test]
    fn a_serial_beats_a_mac_and_a_name() {
        let (a, b) = (device(1, Some("hp/A")), device(2, None));
        assert_eq!(
            decide(Some("hp/A"), Some(a.clone()), vec![b.clone()], None, true),
            Decision::Same(a.device)
        );
        assert_eq!(
            decide(Some("hp/A"), Some(a.clone()), vec![], Some(b.clone()), true),
            Decision::Merge { from: b.device, into: a.device }
        );
    }

    #[test]
    fn a_mac_that_moved_to_another_serial_makes_a_new_device() {
        let old = device(1, Some("hp/A"));
        assert_eq!(decide(Some("hp/B"), None, vec![old], None, true), Decision::New);
    }

    #[test]
    fn a_name_whose_device_has_another_serial_is_a_conflict_only_when_strict() {
        let old = device(1, Some("hp/A"));
        assert_eq!(
            decide(Some("hp/B"), None, vec![], Some(old.clone()), true),
            Decision::Conflict(vec![old.device])
        );
        assert_eq!(decide(Some("hp/B"), None, vec![], Some(old), false), Decision::New);
    }
}
