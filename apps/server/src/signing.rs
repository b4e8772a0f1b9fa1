//! Documents that clients act on, each signed by the key of its role.

use remote_services_core::time::Timestamp;
use remote_services_payload::seal::{self, Certificate, Signer, SoftwareSigner};
use remote_services_transport::document::ProblemKind;

use crate::ca::Credential;
use crate::edge::Refusal;

/// Signs a document (CMS SignedData).
pub(crate) fn sign(credential: &Credential, document: &str, now: Timestamp) -> Result<Vec<u8>, Refusal> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a document cannot be signed");
        Refusal::new(ProblemKind::Internal, "the document could not be signed")
    };
    let certificate = Certificate::from_der(credential.certificate()).map_err(|error| failed(&error))?;
    let key = SoftwareSigner::from_pkcs8_der(credential.pkcs8()).map_err(|error| failed(&error))?;
    let signer = Signer::new(&certificate, &key);
    seal::sign(document.as_bytes(), &signer, now).map_err(|error| failed(&error))
}
