//! Where notifications go, in the words of SNMP-TARGET-MIB (RFC 3413 §4.1).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::{Notification, NotifyError};
use crate::ber::Writer;
use crate::crypto::CryptoProvider;
use crate::engine::key_ring::user_of;
use crate::engine::responder::{Responder, View};
use crate::engine::{ApiMisuse, Credentials, Instant, PeerId};
use crate::message::{self, CommunityPdu, LARGEST_MESSAGE, MIN_MAX_SIZE, ScopedPdu, Version};
use crate::pdu::{Pdu, PduKind, VarBind};
use crate::usm::{EngineId, Envelope, KeyCache, LocalizedUser, User, seal};

/// The handle of a target. Never used twice by one notifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub(super) u64);

/// A receiver of notifications: where it is and how it wants them.
pub struct Target {
    pub(super) address: SocketAddr,
    pub(super) credentials: Arc<Credentials>,
    pub(super) confirmed: bool,
    pub(super) timeout: Duration,
    pub(super) retry_count: u8,
    pub(super) max_message_size: u32,
    pub(super) context_engine_id: Option<EngineId>,
    pub(super) filter: Option<View>,
}

impl Target {
    /// Is told by traps: once, without acknowledgement. In SNMPv3 by the engine of the
    /// [`Responder`] that sends them, so the receiver must know that engine's ID or learn it.
    #[must_use]
    pub fn trap(address: SocketAddr, credentials: impl Into<Arc<Credentials>>) -> Self {
        Self {
            address,
            credentials: credentials.into(),
            confirmed: false,
            timeout: Duration::from_secs(1),
            retry_count: 3,
            max_message_size: LARGEST_MESSAGE,
            context_engine_id: None,
            filter: None,
        }
    }

    /// Is told by informs: again and again until it acknowledges. In SNMPv3 its own engine counts. Not with SNMPv1.
    #[must_use]
    pub fn inform(address: SocketAddr, credentials: impl Into<Arc<Credentials>>) -> Self {
        Self { confirmed: true, ..Self::trap(address, credentials) }
    }

    /// snmpTargetAddrTimeout: how long to wait for the first acknowledgement. Default 1 s; each repetition waits
    /// twice as long as the one before.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// snmpTargetAddrRetryCount: repetitions of an inform. Default 3.
    #[must_use]
    pub fn retry_count(mut self, retries: u8) -> Self {
        self.retry_count = retries;
        self
    }

    /// snmpTargetAddrMMS: the largest trap that it takes, in octets; 484 to 65,507, which is the default.
    #[must_use]
    pub fn max_message_size(mut self, octets: u32) -> Self {
        self.max_message_size = octets.clamp(MIN_MAX_SIZE, LARGEST_MESSAGE);
        self
    }

    /// contextEngineID of what it is told by SNMPv3 (RFC 3412 §6.8): of the engine whose notification it is, when that is
    /// another one than sends, as behind a proxy. Default: of traps the sending engine, of informs the target's own.
    #[must_use]
    pub fn context_engine_id(mut self, engine_id: EngineId) -> Self {
        self.context_engine_id = Some(engine_id);
        self
    }

    /// Which notifications it is told of (RFC 3413 §6, snmpNotifyFilterTable): those whose snmpTrapOID is in `filter`,
    /// unless one of their variables is in a subtree that `filter` excludes by name. Subtrees and masks are those of a
    /// [`View`]. Default: all. Of what is filtered nothing is said, not even as a
    /// [`Notice::Failed`](super::Notice::Failed).
    #[must_use]
    pub fn filter(mut self, filter: View) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Whether the filter lets this through.
    pub(super) fn wants(&self, notification: &Notification) -> bool {
        let Some(filter) = &self.filter else { return true };
        let mut variables = notification.varbinds.iter();
        filter.contains(notification.trap_oid.as_ref())
            && variables.all(|varbind| filter.decides(varbind.name.as_ref()) != Some(false))
    }
}

/// A target with what sending to it needs.
pub(super) enum Way {
    /// Informs: a peer of the notifier's manager.
    Peer(PeerId),
    Community {
        version: Version,
        credentials: Arc<Credentials>,
    },
    User {
        user: User,
        context_name: Vec<u8>,
        localized: Option<LocalizedUser>,
    },
}

/// What every trap of a notifier has in common.
pub(super) struct Trap<'a> {
    pub(super) notification: &'a Notification,
    pub(super) varbinds: &'a [VarBind],
    pub(super) number: i32,
    /// Where it is not the sending engine.
    pub(super) context_engine_id: Option<EngineId>,
    /// agent-addr in SNMPv1.
    pub(super) agent_address: [u8; 4],
}

impl Way {
    /// For traps.
    pub(super) fn of_traps(
        credentials: &Arc<Credentials>,
        keys: &mut KeyCache,
        crypto: &CryptoProvider,
    ) -> Result<Self, ApiMisuse> {
        let credentials = Arc::clone(credentials);
        Ok(match &*credentials {
            Credentials::V1 { .. } => Self::Community { version: Version::V1, credentials },
            Credentials::V2c { .. } => Self::Community { version: Version::V2c, credentials },
            Credentials::V3 { .. } | Credentials::V3Localized { .. } => {
                let (user, context_name) = user_of(&credentials, keys, crypto)?;
                Self::User { user, context_name, localized: None }
            }
        })
    }

    /// The octets of a trap.
    pub(super) fn write(
        &mut self,
        now: Instant,
        trap: &Trap<'_>,
        engine: &mut Responder,
        crypto: &CryptoProvider,
    ) -> Result<Vec<u8>, NotifyError> {
        match self {
            Self::Peer(_) => Ok(Vec::new()),
            Self::Community { version, credentials } => {
                let mut writer = Writer::with_capacity(512);
                let pdu = match version {
                    Version::V1 => CommunityPdu::TrapV1(trap.notification.to_v1(trap.agent_address)?),
                    _ => CommunityPdu::Pdu(trap.pdu()),
                };
                let community = match &**credentials {
                    Credentials::V1 { community } | Credentials::V2c { community } => community.expose(),
                    Credentials::V3 { .. } | Credentials::V3Localized { .. } => &[],
                };
                message::encode_community(&mut writer, *version, community, &pdu);
                Ok(writer.into_vec())
            }
            Self::User { user, context_name, localized } => {
                let engine_id = engine.engine_id();
                let keys = match localized.take().filter(|keys| keys.engine_id() == engine_id) {
                    Some(keys) => keys,
                    None => user.localize(crypto, engine_id)?,
                };
                let keys = &*localized.insert(keys);
                // RFC 3414 §1.5.1: of a trap the sender is the authoritative engine. RFC 3412 §6.4: and wants no Report.
                let (time, salt) = engine.time_and_salt(now, keys).map_err(NotifyError::of_usm)?;
                let envelope = Envelope {
                    reportable: false,
                    ..Envelope::for_user(keys, trap.number, LARGEST_MESSAGE, time, salt)
                };
                let context_engine_id = trap.context_engine_id.as_ref().unwrap_or(&engine_id).as_slice();
                let context_name = context_name.as_slice();
                let scoped = ScopedPdu { context_engine_id, context_name, pdu: trap.pdu() };
                seal(&envelope, &scoped).map_err(NotifyError::of_usm)
            }
        }
    }
}

impl<'a> Trap<'a> {
    fn pdu(&self) -> Pdu<&'a [VarBind]> {
        Pdu { kind: PduKind::TrapV2, request_id: self.number, varbinds: self.varbinds }
    }
}
