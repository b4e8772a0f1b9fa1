//! Our side of the work, and the limits that no codec can pass.
use std::hint::black_box;

use payload_speed::Round;
use remote_services_core::device::DeviceReport;
use remote_services_payload::kind::{self, PayloadKind};
use remote_services_payload::xml::Limits;

pub(crate) const DOCUMENTS: [(PayloadKind, &str); 6] = [
    (PayloadKind::Identity, include_str!("../../../data/identity.xml")),
    (PayloadKind::Network, include_str!("../../../data/network.xml")),
    (PayloadKind::Properties, include_str!("../../../data/properties.xml")),
    (PayloadKind::Status, include_str!("../../../data/status.xml")),
    (PayloadKind::Counters, include_str!("../../../data/counters.xml")),
    (PayloadKind::Supplies, include_str!("../../../data/supplies.xml")),
];

/// `encode`: the report into new buffers. `decode`: all six documents into the model, under all limits.
pub(crate) fn find(what: &str, who: &str) -> Option<Round> {
    #[cfg(feature = "peers")]
    if let Some(round) = crate::peers::find(what, who) {
        return Some(round);
    }
    match (what, who) {
        ("encode", "ours") => {
            let report = report()?;
            Some(Box::new(move || {
                let files = kind::encode_report(black_box(&report)).unwrap_or_default();
                files.iter().map(|file| file.xml.len()).sum()
            }))
        }
        ("encode", "memcpy") => Some(Box::new(|| {
            DOCUMENTS.iter().map(|(_, text)| black_box(black_box(text).as_bytes().to_vec()).len()).sum()
        })),
        ("decode", "ours") => Some(Box::new(|| {
            let limits = Limits::default();
            let read = |(kind, text): &(_, &str)| kind::decode(*kind, black_box(text).as_bytes(), &limits);
            DOCUMENTS.iter().filter(|document| black_box(read(document)).is_ok()).count()
        })),
        ("decode", "scan") => {
            Some(Box::new(|| DOCUMENTS.iter().map(|(_, text)| brackets(black_box(text))).sum()))
        }
        ("decode", "allocate") => {
            let report = report()?;
            Some(Box::new(move || black_box(black_box(&report).clone()).supplies.supplies.len()))
        }
        _ => None,
    }
}

/// The model of the documents, once it is certain that they are what our writer makes of it.
pub(crate) fn report() -> Option<DeviceReport> {
    let mut report = DeviceReport::default();
    for (kind, text) in DOCUMENTS {
        let decoded = kind::decode(kind, text.as_bytes(), &Limits::default()).ok()?;
        decoded.document.place_in(&mut report);
    }
    let files = kind::encode_report(&report).ok()?;
    files.iter().zip(DOCUMENTS).all(|(file, (_, text))| file.xml == text.as_bytes()).then_some(report)
}

fn brackets(text: &str) -> usize {
    text.bytes().filter(|octet| matches!(octet, b'<' | b'>')).count()
}
