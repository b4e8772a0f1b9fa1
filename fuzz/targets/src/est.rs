//! What enrolment reads: certs-only messages in base64 and DER, certificates in PEM, names and times in them.

use remote_services_transport::{certs_only, enrol, pem, registration_key};

/// The first octet says what the others are.
pub(crate) fn run(data: &[u8]) {
    let [first, octets @ ..] = data else { return };
    match first % 4 {
        0 => {
            if let Ok(certificates) = certs_only::read(octets) {
                comes_back(certificates);
            }
        }
        1 => {
            if let Ok(certificates) = certs_only::read_der(octets) {
                comes_back(certificates);
            }
        }
        2 => {
            let text = String::from_utf8_lossy(octets);
            if let Some(found) = pem::certificates(&text) {
                assert!(!found.is_empty());
                let written: String = found.iter().map(|der| pem::certificate_to_pem(der)).collect();
                assert_eq!(pem::certificates(&written), Some(found));
            }
            assert!(pem::key_from_pem(&text).is_err() || text.contains("PRIVATE KEY"));
        }
        _ => of_certificate(octets),
    }
}

fn comes_back(mut certificates: Vec<Vec<u8>>) {
    assert!(certificates.len() <= certs_only::MAX_CERTIFICATES);
    let slices: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    let again = certs_only::read(certs_only::write(&slices).as_bytes());
    // A set is written in the order of its octets.
    certificates.sort_unstable();
    assert_eq!(again.as_ref(), Ok(&certificates));
    certificates.iter().for_each(|der| of_certificate(der));
}

fn of_certificate(der: &[u8]) {
    let _ = (enrol::client_name(der), registration_key::SpkiPin::of_certificate(der));
    if let Some((from, to)) = enrol::validity(der).filter(|(from, to)| from <= to) {
        for random in [0, u32::MAX] {
            let at = enrol::renew_at(from, to, random);
            assert!(from <= at && at <= to, "{at} is not between {from} and {to}");
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let chain = include_str!("../data/signer.pem");
    let authority = include_str!("../data/authority.pem");
    let both = format!("{chain}{authority}");
    let certificates = pem::certificates(&both).expect("two certificates");
    let slices: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    vec![
        [&[0], certs_only::write(&slices).as_bytes()].concat(),
        [&[1], &certs_only::write_der(&slices)[..]].concat(),
        [&[1], &certs_only::write_der(&slices[..1])[..]].concat(),
        [&[2], both.as_bytes()].concat(),
        [&[2], include_str!("../data/signer.key").as_bytes()].concat(),
        [&[3], slices[0]].concat(),
    ]
}
