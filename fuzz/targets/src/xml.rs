//! XML of every kind: what is taken is written and read again as the same, with what our version does not know.

use remote_services_payload::kind::{Decoded, PayloadKind, decode};
use remote_services_payload::xml::Limits;

/// The first octet says which kind.
pub(crate) fn run(data: &[u8]) {
    let [first, xml @ ..] = data else { return };
    let kind = PayloadKind::ALL[usize::from(*first) % PayloadKind::ALL.len()];
    let limits = Limits { octets: 64 << 10, elements: 2_000, text: 4_096, unknown: 50, ..Limits::default() };
    match decode(kind, xml, &limits) {
        Ok(decoded) => comes_back(&decoded),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn comes_back(decoded: &Decoded) {
    let kind = decoded.document.kind();
    // Redacted, which is without what is not known.
    let plain = decoded.document.encode().unwrap_or_else(|error| panic!("it was read: {error}"));
    let again =
        decode(kind, &plain.xml, &Limits::default()).unwrap_or_else(|error| panic!("we wrote it: {error}"));
    assert_eq!(again.document, decoded.document);
    assert_eq!(again.unknown_total(), 0);
    let mut streamed = Vec::new();
    decoded
        .document
        .encode_to(&mut streamed)
        .unwrap_or_else(|error| panic!("it was written before: {error}"));
    assert_eq!(streamed, plain.xml);
    // Passed on, with it.
    if let Ok(whole) = decoded.encode() {
        let again = decode(kind, &whole.xml, &Limits::default())
            .unwrap_or_else(|error| panic!("we wrote it: {error}"));
        assert_eq!(again.document, decoded.document);
        assert_eq!(again.schema_version, decoded.schema_version);
        assert_eq!(again.unknown_total(), decoded.unknown_total());
    }
}

macro_rules! samples {
    ($($label:literal)+) => {
        [$(($label, include_bytes!(concat!("../../../remote-services-payload/tests/data/", $label, ".xml")).as_slice())),+]
    };
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let samples = samples!(
        "agent" "counters" "detailedUsage" "engineering" "identity" "jobAccounting" "network" "printControl"
        "properties" "status" "supplies"
    );
    let position = |label: &str| PayloadKind::ALL.iter().position(|kind| kind.label() == label);
    samples
        .iter()
        .map(|(label, xml)| {
            let at = position(label).unwrap_or_else(|| panic!("{label} is a kind"));
            [&[u8::try_from(at).expect("there are few kinds")], *xml].concat()
        })
        .collect()
}
