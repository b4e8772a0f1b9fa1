//! From sealed octets to entries that are proven to come from that client, for us, in that upload.

use remote_services_core::id::Uuid;
use remote_services_core::time::Timestamp;
use remote_services_payload::archive::Part;
use remote_services_payload::container::{
    self, Expected, ExpectedLog, Limits, PartList, PartsError, SignerBinding, Unpacked, Unpacker,
};
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
    let keys = Keys::of(authority, received_ms)?;
    let sender = client.to_string();
    let expected =
        Expected { sender: &sender, binding: SignerBinding::CommonName, transfer: upload, part: Part::WHOLE };
    container::unpack(sealed, &keys.recipient(), &keys.trust, &expected, &Limits::default())
        .map_err(|error| OpenFailure::Refused(error.to_string()))
}

/// A log whose parts were all opened and are those that its list names.
pub(super) struct OpenedLog {
    pub(super) list: PartList,
    /// The sender's count of its containers, for part 1.
    pub(super) sequence: u64,
}

/// Opens part after part and at last the list, holding one part at a time. `part` gives the sealed octets.
pub(super) fn open_log(
    authority: &Authority,
    list: Vec<u8>,
    of: u32,
    part: impl Fn(u32) -> Result<Vec<u8>, String>,
    client: Uuid,
    upload: Uuid,
    received_ms: i64,
) -> Result<OpenedLog, OpenFailure> {
    let refused = |error: PartsError| OpenFailure::Refused(error.to_string());
    let keys = Keys::of(authority, received_ms)?;
    let expected =
        ExpectedLog { sender: client.to_string(), binding: SignerBinding::CommonName, transfer: upload };
    let mut unpacker = Unpacker::new(expected, keys.recipient(), &keys.trust, Limits::default());
    let mut sequence = 0;
    for number in 1..=of {
        let octets = part(number).map_err(OpenFailure::Ourselves)?;
        let opened = unpacker.part(number, octets).map_err(refused)?;
        if number == 1 {
            sequence = opened.sequence;
        }
    }
    Ok(OpenedLog { list: unpacker.finish(list).map_err(refused)?, sequence })
}

/// Our own keys, and whom we trust.
struct Keys {
    certificate: Certificate,
    key: SoftwareRecipient,
    trust: Trust,
}

impl Keys {
    fn of(authority: &Authority, received_ms: i64) -> Result<Self, OpenFailure> {
        let ourselves =
            |error: &dyn Display| OpenFailure::Ourselves(format!("own key or certificate: {error}"));
        let root = Certificate::from_der(authority.root()).map_err(|error| ourselves(&error))?;
        let credential = authority.encryption();
        let certificate =
            Certificate::from_der(credential.certificate()).map_err(|error| ourselves(&error))?;
        let key = SoftwareRecipient::from_pkcs8_der(credential.pkcs8()).map_err(|error| ourselves(&error))?;
        let trust = Trust::new(Timestamp::from_unix_millis(received_ms))
            .authority(root)
            .purpose(PURPOSE_CLIENT)
            .max_age(LONGEST_IN_SPOOL);
        Ok(Self { certificate, key, trust })
    }

    fn recipient(&self) -> Recipient<'_> {
        Recipient { certificate: &self.certificate, key: &self.key }
    }
}

/// Payloads may wait in a client's spool for an outage's length; a client certificate's own validity at the
/// time of signing is checked in any case.
const LONGEST_IN_SPOOL: Duration = Duration::from_secs(366 * 24 * 60 * 60);
