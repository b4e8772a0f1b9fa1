//! Documents that the server's authority had signed.
use crate::survey::now;
use remote_services_payload::seal::{
    Certificate, CryptoProvider, ObjectIdentifier, SealLimits, Trust, verify,
};
use remote_services_transport::document::names;

/// Checks that a document is signed by a certificate that the server's authority issued for signing such documents, and for
/// nothing else.
pub(crate) fn open_signed(
    anchors: &[Vec<u8>],
    role: ObjectIdentifier,
    module: &'static dyn CryptoProvider,
    media_type: &str,
    body: &[u8],
) -> Result<Vec<u8>, String> {
    if media_type != names::SIGNED {
        return Err(format!("what has the media type {media_type:?} is not signed"));
    }
    let mut trust = Trust::new(now()).role(role).provider(module);
    for anchor in anchors {
        trust = trust.authority(Certificate::from_der(anchor).map_err(|error| error.to_string())?);
    }
    let verified = verify(body, &trust, &SealLimits::default()).map_err(|error| error.to_string())?;
    Ok(verified.content.to_vec())
}
