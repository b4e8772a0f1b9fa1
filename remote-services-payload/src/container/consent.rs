//! What is sealed only with a consent.

use remote_services_core::consent::{ConsentFault, ConsentRefusal, ConsentScope, Permit};

use crate::archive::{EntrySource, ManifestHead};
use crate::kind::PayloadKind;

/// As [`require_consent`], for the kind that the schema or the document itself tells of, of any major version, whatever
/// the label says.
pub(super) fn require_consent_of_document(
    head: &ManifestHead,
    entry: &EntrySource<'_>,
    permits: &[Permit<'_>],
) -> Result<(), ConsentRefusal> {
    let of_schema = entry.schema.and_then(PayloadKind::of_namespace);
    let kinds = of_schema.into_iter().chain(PayloadKind::of_document(entry.octets));
    for kind in kinds.filter(|kind| kind.needs_consent()) {
        require_consent(head, kind.label(), permits)?;
    }
    Ok(())
}

/// Whether an entry of this kind may be sealed under this head: its kind needs no consent, or one of the permits
/// covers it. What was redacted for lockdown holds no kind that needs consent, whatever the permits say.
///
/// # Errors
/// What is missing; a kind that is not known is refused.
pub fn require_consent(
    head: &ManifestHead,
    kind: &str,
    permits: &[Permit<'_>],
) -> Result<(), ConsentRefusal> {
    let Some(scope) = ConsentScope::of_kind(kind)? else { return Ok(()) };
    let refusal = |fault| ConsentRefusal { kind: kind.to_owned(), fault };
    if head.redaction.ends_with("lockdown") {
        return Err(refusal(ConsentFault::Lockdown));
    }
    let mut fault = ConsentFault::NotRecorded;
    for permit in permits.iter().filter(|permit| *permit.scope() == scope) {
        match permit.check(head.device.as_deref(), head.created_at) {
            Ok(()) => return Ok(()),
            Err(missing) => fault = missing.fault,
        }
    }
    Err(refusal(fault))
}
