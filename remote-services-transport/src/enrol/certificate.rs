//! What a client's certificate says.

use der::Decode as _;
use remote_services_core::time::Timestamp;
use uuid::Uuid;
use x509_cert::Certificate;

/// The client's name in a certificate: its common name, if that is a UUID.
#[must_use]
pub fn client_name(certificate: &[u8]) -> Option<Uuid> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let name = certificate.tbs_certificate().subject().common_name().ok()??;
    Uuid::try_parse(&name.value()).ok()
}

/// Start and end of a certificate's validity.
#[must_use]
pub fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let validity = certificate.tbs_certificate().validity();
    let moment = |time: &x509_cert::time::Time| Timestamp::default().plus(time.to_unix_duration());
    Some((moment(&validity.not_before), moment(&validity.not_after)))
}

/// When to renew: from two thirds of the lifetime, spread over the next ninth; `random` is a fresh random number.
#[must_use]
pub fn renew_at(not_before: Timestamp, not_after: Timestamp, random: u32) -> Timestamp {
    let lifetime = not_after.since(not_before);
    let spread = (lifetime / 9).mul_f64(f64::from(random) / f64::from(u32::MAX));
    not_before.plus(lifetime / 3 * 2).plus(spread)
}
