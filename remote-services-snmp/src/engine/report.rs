//! Reports: what an SNMPv3 engine says stood in the way (RFC 3414 §3.2, RFC 3412 §7.1).

use super::{ProtocolError, RequestError};
use crate::usm::UsmStat;
use crate::{Oid, oid};

/// What a Report does here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The peer's engine ID is known now, or is another one than before.
    EngineLearned,
    /// Somebody says that another engine is there than the one that has proven its key: that one is to prove it too.
    OtherEngine,
    /// An authentic report has set our notion of the peer's clock.
    TimeLearned,
    /// Somebody says that the request failed, and may be anybody: what to tell should no answer come.
    Unproven(RequestError),
    /// The request is over.
    Refused(RequestError),
}

/// The counter that a Report names. Some agents leave out the instance `.0`.
pub(crate) fn stat(name: &Oid) -> Option<UsmStat> {
    UsmStat::from_oid(name).or_else(|| UsmStat::from_oid(&name.child(0).ok()?))
}

/// The outcome of a request that was answered with a Report which nothing can mend.
pub(crate) fn error(stat: Option<UsmStat>, name: Option<&Oid>) -> RequestError {
    match stat {
        Some(UsmStat::UnsupportedSecLevels) => RequestError::UnsupportedSecurityLevel,
        Some(UsmStat::UnknownUserNames) => RequestError::UnknownUser,
        Some(UsmStat::WrongDigests) => RequestError::AuthenticationFailed,
        Some(UsmStat::DecryptionErrors) => RequestError::DecryptionFailed,
        Some(UsmStat::NotInTimeWindows) => RequestError::NotInTimeWindow,
        Some(UsmStat::UnknownEngineIds) => ProtocolError::EngineIdChanges.into(),
        None => match name {
            Some(name) if name.starts_with(&UNKNOWN_CONTEXTS) => RequestError::UnknownContext,
            Some(name) if name.starts_with(&UNAVAILABLE_CONTEXTS) => RequestError::UnavailableContext,
            Some(name) if name.starts_with(&UNKNOWN_PDU_HANDLERS) => ProtocolError::UnknownPduHandler.into(),
            _ => ProtocolError::UnknownReport.into(),
        },
    }
}

/// snmpUnknownPDUHandlers (RFC 3412 §5).
const UNKNOWN_PDU_HANDLERS: Oid = oid!("1.3.6.1.6.3.11.2.1.3");
/// snmpUnavailableContexts (RFC 3413 §4.1.2).
const UNAVAILABLE_CONTEXTS: Oid = oid!("1.3.6.1.6.3.12.1.4");
/// snmpUnknownContexts (RFC 3413 §4.1.2).
const UNKNOWN_CONTEXTS: Oid = oid!("1.3.6.1.6.3.12.1.5");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_known_with_and_without_their_instance() {
        assert_eq!(stat(&oid!("1.3.6.1.6.3.15.1.1.5.0")), Some(UsmStat::WrongDigests));
        assert_eq!(stat(&oid!("1.3.6.1.6.3.15.1.1.5")), Some(UsmStat::WrongDigests));
        assert_eq!(stat(&oid!("1.3.6.1.6.3.15.1.1.50.0")), None);
    }

    #[test]
    fn each_complaint_has_its_own_error() {
        assert_eq!(error(Some(UsmStat::WrongDigests), None), RequestError::AuthenticationFailed);
        let context = oid!("1.3.6.1.6.3.12.1.5.0");
        assert_eq!(error(None, Some(&context)), RequestError::UnknownContext);
        let named = |name: Oid| error(None, Some(&name));
        assert_eq!(named(oid!("1.3.6.1.6.3.12.1.4.0")), RequestError::UnavailableContext);
        assert_eq!(named(oid!("1.3.6.1.6.3.11.2.1.3.0")), ProtocolError::UnknownPduHandler.into());
        assert_eq!(error(None, None), RequestError::Protocol(ProtocolError::UnknownReport));
    }
}
