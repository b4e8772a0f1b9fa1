//! Text forms of binary things: PEM and hexadecimal.

use remote_services_transport::certs_only::base64_lines;
use std::fmt::Write;

/// A certificate in PEM (RFC 7468).
pub(crate) fn certificate(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", base64_lines(der))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        let _ = write!(text, "{octet:02x}"); // writing to a String cannot fail
        text
    })
}
