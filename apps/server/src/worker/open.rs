//! From sealed octets to entries that are proven to come from that client, for us, in that upload.

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::Part;
use remote_services_payload::container::{self, Expected, Limits, SignerBinding, Unpacked};
use remote_services_payload::seal::{Certificate, PURPOSE_CLIENT, Recipient, SoftwareRecipient, Trust};
use std::fmt::Display;
use std::time::Duration;

use crate::ca::Authority;

/// Why a payload could not be opened.
pub(super) enum OpenFailure {
    /// Blame: the sender.
    Refused(String),
    /// Blame: our own keys.
    Ourselves(String),
}

/// Decrypts, verifies the signature up to our authority, and compares the manifest with the upload.
///
/// Trust is asked for as of when the upload was received, so that opening it again years later says the same.
pub(super) fn open(
    authority: &Authority,
    sealed: &[u8],
    client: Uuid,
    upload: Uuid,
    received_ms: i64,
) -> Result<Unpacked, OpenFailure> {
    let ourselves = |error: &dyn Display| OpenFailure::Ourselves(format!("own key or certificate: {error}"));
    let root = Certificate::from_der(authority.root()).map_err(|error| ourselves(&error))?;
    let credential = authority.encryption();
    let certificate = Certificate::from_der(credential.certificate()).map_err(|error| ourselves(&error))?;
    let key = SoftwareRecipient::from_pkcs8_der(credential.pkcs8()).map_err(|error| ourselves(&error))?;

    let trust = Trust::new(Timestamp::from_unix_millis(received_ms))
        .authority(root)
        .purpose(PURPOSE_CLIENT)
        .max_age(LONGEST_IN_SPOOL);
    let sender = client.to_string();
    let expected =
        Expected { sender: &sender, binding: SignerBinding::CommonName, transfer: upload, part: Part::WHOLE };
    let recipient = Recipient { certificate: &certificate, key: &key };
    container::unpack(sealed, &recipient, &trust, &expected, &Limits::default())
        .map_err(|error| OpenFailure::Refused(error.to_string()))
}

/// Payloads may wait in a client's spool for an outage's length; a client certificate's own validity at the
/// time of signing is checked in any case.
const LONGEST_IN_SPOOL: Duration = Duration::from_secs(366 * 24 * 60 * 60);
