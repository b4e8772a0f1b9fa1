//! What devices and people write in plain octets: texts in any character set, device ids, lists of targets, and the
//! answers of a print server (IPP).

use remote_services_collect::discover::queues::cups;
use remote_services_collect::discover::targets::{MAX_TARGETS, TargetList};
use remote_services_collect::maker::DeviceId;
use remote_services_collect::text::{Charset, decode};

/// IANA's numbers (MIBenum) of the sets that are known, and one that is not.
const CHARSETS: [i64; 10] = [3, 5, 8, 12, 106, 1000, 1013, 1014, 2004, 0];

pub(crate) fn run(data: &[u8]) {
    let [first, rest @ ..] = data else { return };
    match first % 16 {
        at @ 0..=9 => {
            let text = decode(rest, Charset::from_number(CHARSETS[usize::from(at)]));
            assert!(text.chars().count() <= rest.len(), "no character has less than an octet");
            assert_eq!(text.trim(), text, "padding is taken away");
            // What was tidied once is tidy; of two marks of a byte order the second is a character.
            let unmarked = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
            assert_eq!(decode(text.as_bytes(), Charset::Utf8), unmarked);
            let id = DeviceId::parse(&text);
            let parts =
                [id.manufacturer(), id.model(), id.serial()].into_iter().flatten().chain(id.commands());
            for part in parts {
                assert!(!part.is_empty() && text.contains(part));
            }
        }
        10 | 11 => match cups::queues(rest) {
            Ok(queues) => assert!(queues.len() <= rest.len()),
            Err(cups::AnswerError::Malformed { offset, .. }) => assert!(offset <= rest.len()),
            Err(_) => {}
        },
        _ => targets(&String::from_utf8_lossy(rest)),
    }
}

/// The targets before the first `!`, the exclusions behind it.
fn targets(text: &str) {
    let (wanted, excluded) = text.split_once('!').unwrap_or((text, ""));
    let Ok(list) = TargetList::parse(wanted, excluded) else { return };
    assert!(list.len() <= MAX_TARGETS);
    let mut last = None;
    for address in list.addresses().take(300) {
        assert!(list.contains(address), "{address} is a target");
        assert!(!list.excludes(address), "{address} is excluded");
        assert_ne!(last.replace(address), Some(address), "nobody is asked twice");
    }
    assert_eq!(list.is_empty(), list.addresses().next().is_none() && list.names().is_empty());
    let mut rest = list.clone();
    rest.subtract(&list);
    assert!(rest.is_empty());
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = vec![
        b"\x04MFG:Brother;MDL:HL-L2350DW;CMD:PJL,PCL;SERN:X1;".to_vec(),
        b"\x00Dr\xfccker  \0".to_vec(),
        b"\x05\xfe\xff\0D\0r\0\xfc".to_vec(),
        b"\x07D\0r\0\xfc\0\x3d\xd8\0\xde".to_vec(),
        b"\x08\xcfrger".to_vec(),
        b"\x0c192.0.2.0/24, 198.51.100.1-9:1161 printer.example!192.0.2.0/25".to_vec(),
        b"\x0d2001:db8::1-2001:db8::ff, [2001:db8::5]:161-163!2001:db8::/120".to_vec(),
    ];
    // Attributes of one queue, as a CUPS server gives them.
    let mut answer = vec![10, 1, 1, 0, 0, 0, 0, 0, 1, 4];
    let mut attribute = |tag: u8, name: &str, value: &str| {
        answer.push(tag);
        for text in [name, value] {
            answer.extend(u16::try_from(text.len()).expect("short").to_be_bytes());
            answer.extend(text.as_bytes());
        }
    };
    attribute(0x42, "printer-name", "laser");
    attribute(0x45, "device-uri", "socket://192.0.2.7:9100");
    answer.push(3);
    seeds.push(answer);
    seeds
}
