//! Which objects hold what tells who a device is and whose.

use super::secrets;
use crate::ReadContext;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Range;
use remote_services_snmp::{Oid, oid};

/// What an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    Serial,
    Name,
    Contact,
    Location,
    User,
    Mac,
    Engine,
    Secret,
}

impl Holds {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Serial => "serial number",
            Self::Name => "name",
            Self::Contact => "contact",
            Self::Location => "location",
            Self::User => "user",
            Self::Mac => "MAC address",
            Self::Engine => "engine ID",
            Self::Secret => "secret",
        }
    }
}

/// Columns and scalars of standard MIBs.
const STANDARD: [(Oid, Holds); 18] = [
    (oid!("1.3.6.1.2.1.1.4"), Holds::Contact),
    (oid!("1.3.6.1.2.1.1.5"), Holds::Name),
    (oid!("1.3.6.1.2.1.1.6"), Holds::Location),
    // ifPhysAddress; ifAlias is what an administrator calls an interface.
    (oid!("1.3.6.1.2.1.2.2.1.6"), Holds::Mac),
    (oid!("1.3.6.1.2.1.31.1.1.1.18"), Holds::Name),
    // dot1dBaseBridgeAddress
    (oid!("1.3.6.1.2.1.17.1.1"), Holds::Mac),
    // prtGeneralCurrentOperator, prtGeneralServicePerson, prtGeneralPrinterName, prtGeneralSerialNumber
    (oid!("1.3.6.1.2.1.43.5.1.1.4"), Holds::Contact),
    (oid!("1.3.6.1.2.1.43.5.1.1.5"), Holds::Contact),
    (oid!("1.3.6.1.2.1.43.5.1.1.17"), Holds::Serial),
    // prtInputSerialNumber, prtOutputSerialNumber
    (oid!("1.3.6.1.2.1.43.8.2.1.17"), Holds::Serial),
    (oid!("1.3.6.1.2.1.43.9.2.1.11"), Holds::Serial),
    // entPhysicalSerialNum, entPhysicalAlias, entPhysicalAssetID
    (oid!("1.3.6.1.2.1.47.1.1.1.1.11"), Holds::Serial),
    (oid!("1.3.6.1.2.1.47.1.1.1.1.14"), Holds::Name),
    (oid!("1.3.6.1.2.1.47.1.1.1.1.15"), Holds::Serial),
    // ppmPrinterName, ppmPortName
    (oid!("1.3.6.1.4.1.2699.1.2.1.2.1.1.2"), Holds::Name),
    (oid!("1.3.6.1.4.1.2699.1.2.1.3.1.1.3"), Holds::Name),
    // snmpEngineID
    (oid!("1.3.6.1.6.3.10.2.1.1"), Holds::Engine),
    // npSysName of JetDirect boards
    (oid!("1.3.6.1.4.1.11.2.4.3.5.1"), Holds::Name),
];

/// Subtrees with nothing but others' data: connections, neighbours, running programs, jobs, communities, users, views and
/// targets of SNMP.
const OTHERS: [Oid; 16] = [
    // atTable, ipNetToMediaTable, ipNetToPhysicalTable
    oid!("1.3.6.1.2.1.3"),
    oid!("1.3.6.1.2.1.4.22"),
    oid!("1.3.6.1.2.1.4.35"),
    // tcpConnTable, tcpConnectionTable, tcpListenerTable, udpTable, udpEndpointTable
    oid!("1.3.6.1.2.1.6.13"),
    oid!("1.3.6.1.2.1.6.19"),
    oid!("1.3.6.1.2.1.6.20"),
    oid!("1.3.6.1.2.1.7.5"),
    oid!("1.3.6.1.2.1.7.7"),
    // dot1dTpFdbTable
    oid!("1.3.6.1.2.1.17.4.3"),
    // hrSWRun
    oid!("1.3.6.1.2.1.25.4"),
    // SNMP-TARGET, -NOTIFICATION, USM users, VACM, communities
    oid!("1.3.6.1.6.3.12"),
    oid!("1.3.6.1.6.3.13"),
    oid!("1.3.6.1.6.3.15.1.2"),
    oid!("1.3.6.1.6.3.16"),
    oid!("1.3.6.1.6.3.18"),
    // Job-Monitoring-MIB
    oid!("1.3.6.1.4.1.2699.1.1"),
];

/// Tables of others in the makers' trees: jobs of Xerox.
const OTHERS_OF_MAKERS: [Oid; 2] = [oid!("1.3.6.1.4.1.253.8.59"), oid!("1.3.6.1.4.1.253.8.58")];

/// Tables whose index ends with an IPv4 address: ipAddrTable, ipRouteTable.
const V4_INDEXED: [Oid; 2] = [oid!("1.3.6.1.2.1.4.20.1"), oid!("1.3.6.1.2.1.4.21.1")];
/// ipAddressTable, ipAddressPrefixTable: type, length, address.
const INDEXED_BY_TYPE: [Oid; 2] = [oid!("1.3.6.1.2.1.4.34.1"), oid!("1.3.6.1.2.1.4.32.1")];

/// What an instance holds, by the standard MIBs and the profiles of makers.
pub(super) fn holds(name: &Oid, context: &ReadContext) -> Option<Holds> {
    let standard = STANDARD.iter().find(|(column, _)| name.starts_with(column)).map(|(_, holds)| *holds);
    standard.or_else(|| {
        let mut objects = context.profiles.iter().flat_map(|it| it.serial_number.iter().chain(&it.asset_tag));
        objects.any(|object| name.starts_with(&object.column)).then_some(Holds::Serial)
    })
}

/// Whether it is one of what is left out.
pub(super) fn is_others_data(name: &Oid) -> bool {
    secrets::is_secret(name)
        || OTHERS.iter().chain(&OTHERS_OF_MAKERS).any(|subtree| name.starts_with(subtree))
}

/// The address in the index of an instance.
pub(super) fn address_of_index(name: &Oid) -> Option<IpAddr> {
    let octets =
        |arcs: &[u32]| -> Option<Vec<u8>> { arcs.iter().map(|arc| u8::try_from(*arc).ok()).collect() };
    let arcs = |table: &Oid| -> Option<Vec<u32>> { Some(name.strip_prefix(table)?.skip(1).collect()) };
    if let Some(index) = V4_INDEXED.iter().find_map(arcs) {
        let four: [u8; 4] = octets(index.get(..4)?)?.try_into().ok()?;
        return Some(Ipv4Addr::from(four).into());
    }
    let index = INDEXED_BY_TYPE.iter().find_map(arcs)?;
    let at = index.iter().position(|arc| *arc == 4 || *arc == 16)?;
    let length = usize::try_from(index[at]).ok()?;
    match octets(index.get(at + 1..at + 1 + length)?)?.as_slice() {
        [a, b, c, d] => Some(Ipv4Addr::new(*a, *b, *c, *d).into()),
        sixteen => Some(Ipv6Addr::from(<[u8; 16]>::try_from(sixteen).ok()?).into()),
    }
}

/// Whether an address says where a device is: no mask, no loopback, not 0.0.0.0, no multicast.
pub(super) fn is_telling(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    let mask = bits.count_ones() == bits.leading_ones();
    !mask && !address.is_loopback() && !address.is_multicast()
}

/// What stands behind a word for a serial number in a text: `;SN,CRUM-1234`, `S/N: 5678`, `;SN901234;`.
pub(super) fn serials_in(text: &str) -> Vec<&str> {
    let telling = |word: &str| word.len() >= 5 && word.contains(|c: char| c.is_ascii_digit());
    let mut found = Vec::new();
    let mut announced = false;
    for word in
        text.split(|c: char| c.is_whitespace() || ",;:=#()".contains(c)).filter(|word| !word.is_empty())
    {
        let lower = word.to_ascii_lowercase();
        if SERIAL_WORDS.contains(&lower.as_str()) {
            announced = true;
        } else if announced && ["number", "no", "no."].contains(&lower.as_str()) {
            continue;
        } else {
            let attached = word.strip_prefix("SN").map(|rest| rest.trim_start_matches('-'));
            let attached = attached.filter(|rest| telling(rest));
            found.extend(attached.or(Some(word).filter(|word| announced && telling(word))));
            announced = false;
        }
    }
    found
}

/// Words for a serial number.
const SERIAL_WORDS: [&str; 12] = [
    "sn",
    "s/n",
    "sern",
    "serial",
    "serialnumber",
    "sn#",
    "serial-number",
    "serial_number",
    "serial-no",
    "serial-no.",
    "serialno",
    "serno",
];

/// What stands behind a word for a password in a text: `Password: hunter2`, `PIN=1234`.
pub(super) fn secrets_in(octets: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in 0..octets.len() {
        let begins = |word: &&&str| {
            let here = octets.get(at..at + word.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes()))
        };
        let Some(word) = SECRET_WORDS.iter().find(begins) else { continue };
        // Short words are parts of others.
        let inside = at > 0 && octets[at - 1].is_ascii_alphanumeric();
        if inside && word.len() <= LONGEST_SHORT_WORD {
            continue;
        }
        let skip = |from: usize, more: &[u8]| {
            from + octets[from..].iter().take_while(|octet| **octet == b' ' || more.contains(octet)).count()
        };
        let mark = skip(at + word.len(), b"\"'");
        if !octets.get(mark).is_some_and(|octet| b":=".contains(octet)) {
            continue;
        }
        let start = skip(mark + 1, b"\"'");
        let ends = |octet: &u8| {
            octet.is_ascii_whitespace() || octet.is_ascii_control() || b",;\"'|&)<>".contains(octet)
        };
        let end = octets[start..].iter().position(ends).map_or(octets.len(), |length| start + length);
        if end > start && found.last().is_none_or(|last| last.end <= start) {
            found.push(start..end);
        }
    }
    found
}

/// Words for a password; the longer ones also as the end of a word, such as `AdminPassword`.
const SECRET_WORDS: [&str; 16] = [
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "passcode",
    "kennwort",
    "mot de passe",
    "contraseña",
    "community",
    "secret",
    "wpa key",
    "wep key",
    "pass",
    "pwd",
    "psk",
    "pin",
];
const LONGEST_SHORT_WORD: usize = 4;

/// The queues that a text names: `queue=payroll`, and the last part of `lpr://host/payroll`.
pub(super) fn queues_in(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control() || ",;&<>\"'|".contains(c));
    let own = |queue: &&str| {
        queue.len() >= 3 && !USUAL_QUEUES.iter().any(|usual| queue.eq_ignore_ascii_case(usual))
    };
    words.filter_map(queue_of_word).filter(own).collect()
}

fn queue_of_word(word: &str) -> Option<&str> {
    if let Some((scheme, rest)) = word.split_once("://") {
        let scheme = scheme.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let prints = PRINT_SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
        let path = rest.split(['?', '#']).next().unwrap_or("").trim_end_matches('/');
        return path.rsplit_once('/').map(|(_, last)| last).filter(|_| prints);
    }
    let (key, value) = word.split_once('=')?;
    key.eq_ignore_ascii_case("queue").then_some(value)
}

const PRINT_SCHEMES: [&str; 5] = ["ipp", "ipps", "lpr", "lpd", "smb"];

/// Queues that makers name: they tell nothing, and the words stand elsewhere too.
const USUAL_QUEUES: [&str; 15] = [
    "auto", "binary", "default", "ipp", "lpd", "lpr", "lpt1", "port", "port1", "print", "printer",
    "printers", "queue", "raw", "text",
];

/// Whether a word is an e-mail address.
pub(super) fn is_mail(word: &str) -> bool {
    let Some((user, host)) = word.split_once('@') else { return false };
    let of_word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || more.contains(c))
    };
    of_word(user, "._%+-") && of_word(host, ".-") && host.contains('.')
}

/// The word of a domain that is its owner's name: the one before what many domains end with.
pub(super) fn organisation(domain: &str) -> Option<String> {
    let is_label = |c: char| c.is_alphanumeric() || c == '-';
    let mut labels: Vec<&str> = domain.trim_end_matches('.').split('.').collect();
    labels.pop();
    while labels.last().is_some_and(|label| SHARED_LABELS.iter().any(|it| label.eq_ignore_ascii_case(it))) {
        labels.pop();
    }
    let word = labels.pop()?;
    let telling = word.len() >= SHORTEST_ORGANISATION && word.chars().all(is_label);
    (telling && word.contains(char::is_alphabetic)).then(|| word.to_owned())
}

const SHORTEST_ORGANISATION: usize = 3;
/// Parts of domains before the last that are nobody's name.
const SHARED_LABELS: [&str; 20] = [
    "ac", "co", "com", "corp", "domain", "edu", "gob", "gov", "gouv", "home", "internal", "intranet", "lan",
    "local", "net", "office", "or", "org", "print", "printers",
];

/// Six octets with separators.
pub(super) fn octets_of_mac(text: &str) -> Option<[u8; 6]> {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    if parts.len() != 6 || parts.iter().any(|part| part.len() != 2) {
        return None;
    }
    let octets: Option<Vec<u8>> = parts.iter().map(|part| u8::from_str_radix(part, 16).ok()).collect();
    octets?.try_into().ok()
}
