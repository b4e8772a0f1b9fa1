//! What is sealed only with a consent.

use remote_services_core::consent::{ConsentFault, ConsentRefusal, ConsentScope, Permit};

use crate::archive::{EntrySource, ManifestHead};
use crate::kind::PayloadKind;
use crate::xml::root_namespace;

/// As [`require_consent`], for the kind that the schema or the document itself tells of, of any major version, whatever
/// the label says.
pub(super) fn require_consent_of_document(
    head: &ManifestHead,
    entry: &EntrySource<'_>,
    permits: &[Permit<'_>],
) -> Result<(), ConsentRefusal> {
    let root = root_namespace_within(entry.octets);
    for namespace in entry.schema.into_iter().chain(root.as_deref()) {
        let is_of = |kind: &&PayloadKind| {
            namespace.starts_with(kind.namespace().trim_end_matches(|letter: char| letter.is_ascii_digit()))
        };
        for kind in PayloadKind::ALL.iter().filter(|kind| kind.needs_consent()).filter(is_of) {
            require_consent(head, kind.label(), permits)?;
        }
    }
    Ok(())
}

/// The namespace of the root element, also where a long comment stands before it; a log is not read to its end.
fn root_namespace_within(octets: &[u8]) -> Option<String> {
    let beginning = &octets[..octets.len().min(ROOT_WITHIN)];
    let text = beginning.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(beginning).trim_ascii_start();
    let may_be_xml = text.is_empty() || text.starts_with(b"<");
    root_namespace(beginning).or_else(|| may_be_xml.then(|| root_namespace(octets)).flatten())
}

/// The start tag of the root element of what our writer makes ends long before.
const ROOT_WITHIN: usize = 64 << 10;

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
