//! One peer: how it is asked, what waits for it, and what its messages prove.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;

use subtle::ConstantTimeEq as _;

use super::credential_set::Trial;
use super::job::{Answer, Habits};
use super::key_ring::KeyRing;
use super::pending::{ExchangeId, Purpose};
use super::report::Report;
use super::seek::Seek;
use super::user::UserSession;
use super::{ApiMisuse, Credentials, EngineRecord, Instant, PeerOptions, RequestError, RequestId};
use crate::ber::{DecodeError, Writer};
use crate::crypto::CryptoProvider;
use crate::message::{self, CommunityPdu, LARGEST_MESSAGE, Message, Version};
use crate::pdu::{Pdu, PduKind, PduRef, VarBindList};
use crate::usm::Opened;

/// One address with its credentials.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// Mostly the same for many peers, so they share it.
    pub(crate) options: Arc<PeerOptions>,
    pub(crate) habits: Habits,
    /// Requests that wait for room in the window.
    pub(crate) queue: VecDeque<RequestId>,
    /// Exchanges that fill the window.
    pub(crate) open: Vec<ExchangeId>,
    /// Whether it stands in the manager's line of peers that may send.
    pub(crate) runnable: bool,
    /// Whether a probe or a synchronisation is open; nothing else starts meanwhile.
    pub(crate) discovering: bool,
    /// Whether it stands in the line of peers whose engine changed.
    pub(crate) engine_changed: bool,
    /// Until its first answer, if it is sought.
    pub(crate) seek: Option<Box<Seek>>,
    /// The other credentials, where there is a set of them.
    pub(crate) trial: Option<Box<Trial>>,
    session: Session,
}

enum Session {
    Community { version: Version, credentials: Arc<Credentials> },
    User(Box<UserSession>),
}

impl Session {
    fn new(
        credentials: Arc<Credentials>,
        options: &PeerOptions,
        keys: &mut KeyRing,
        crypto: &CryptoProvider,
    ) -> Result<Self, ApiMisuse> {
        Ok(match &*credentials {
            Credentials::V1 { .. } => Self::Community { version: Version::V1, credentials },
            Credentials::V2c { .. } => Self::Community { version: Version::V2c, credentials },
            Credentials::V3 { .. } | Credentials::V3Localized { .. } => {
                Self::User(Box::new(UserSession::new(&credentials, options, keys, crypto)?))
            }
        })
    }
}

/// What has to be asked before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    /// The credentials of the set in use were never answered.
    Untried,
    EngineUnknown,
    TimeUnknown,
}

/// What a peer's message says, once it is known to be the peer's.
pub(crate) enum Heard<'a> {
    Answer(Answer<'a>),
    Report(Report),
}

/// A message that security let through, while it is looked at.
#[derive(Default)]
pub(crate) struct Kept<'a> {
    /// Memory for what is decrypted, until it is used.
    pub(crate) memory: Vec<u8>,
    pub(crate) opened: Option<Opened<'a>>,
}

/// Why a message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// What security let through is no PDU.
    Malformed(DecodeError),
    /// Not about the question that has its msgID.
    Mismatched,
    /// The authentication code is wrong.
    NotAuthentic,
    /// Authentic, but outside the time window.
    NotInTime,
    /// Authentic and in time, but it cannot be decrypted.
    Undecryptable,
}

/// The numbers of one transmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) message_id: i32,
    pub(crate) request_id: i32,
    /// For encryption, never used before.
    pub(crate) salt: [u8; 8],
}

impl Peer {
    /// Checks the credentials and derives their keys.
    pub(crate) fn new(
        address: SocketAddr,
        credentials: Arc<Credentials>,
        options: Arc<PeerOptions>,
        keys: &mut KeyRing,
        crypto: &CryptoProvider,
    ) -> Result<Self, ApiMisuse> {
        let session = Session::new(credentials, &options, keys, crypto)?;
        Ok(Self {
            address,
            habits: Habits::new(&options),
            options,
            // Most peers are asked one thing at a time.
            queue: VecDeque::with_capacity(1),
            open: Vec::with_capacity(1),
            runnable: false,
            discovering: false,
            engine_changed: false,
            seek: None,
            trial: None,
            session,
        })
    }

    /// Goes on with other credentials. What is known of the engine's name stays.
    #[cold]
    pub(crate) fn use_credentials(
        &mut self,
        now: Instant,
        credentials: Arc<Credentials>,
        keys: &mut KeyRing,
        crypto: &CryptoProvider,
    ) -> Result<(), ApiMisuse> {
        let known = self.engine_record(now);
        self.session = Session::new(credentials, &self.options, keys, crypto)?;
        match known {
            Some(EngineRecord { engine_id, .. }) if matches!(self.session, Session::User(_)) => {
                self.restore_engine(now, &EngineRecord { engine_id, time: None }, crypto)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn speaks_version1(&self) -> bool {
        matches!(self.session, Session::Community { version: Version::V1, .. })
    }

    pub(crate) fn readiness(&self, now: Instant) -> Readiness {
        let ready = match &self.session {
            Session::Community { .. } => Readiness::Ready,
            Session::User(user) => user.readiness(now),
        };
        match &self.trial {
            Some(trial) if !trial.settled && ready == Readiness::Ready => Readiness::Untried,
            _ => ready,
        }
    }

    /// Whether it has something to ask an engine whose name is not known.
    pub(crate) fn wants_engine(&self, now: Instant) -> bool {
        !self.queue.is_empty() && self.readiness(now) == Readiness::EngineUnknown
    }

    /// Whether a request that was answered may ask on, without a look at what else is to be found out first.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.discovering && self.trial.as_ref().is_none_or(|trial| trial.settled)
    }

    /// Whether a message from there may be this peer's: from elsewhere only what will be proven, or is allowed.
    pub(crate) fn answers_from(&self, from: SocketAddr, message: &Message<'_>) -> bool {
        same_place(self.address, from)
            || match message {
                Message::Community(_) => self.options.accept_other_source,
                Message::V3(message) => message.header.flags.auth,
            }
    }

    /// The octets that ask this, and the number that their answer will be found by. `memory` is used for them.
    pub(crate) fn write(
        &self,
        now: Instant,
        purpose: Purpose,
        pdu: Pdu<impl VarBindList>,
        numbers: Numbers,
        max_message_size: u32,
        mut memory: Vec<u8>,
    ) -> Result<(i32, Vec<u8>), RequestError> {
        if memory.capacity() < TYPICAL_MESSAGE {
            memory.reserve_exact(TYPICAL_MESSAGE - memory.len());
        }
        let (key, bytes) = match &self.session {
            Session::Community { version, credentials } => {
                let mut writer = Writer::reuse(memory);
                message::encode_community(
                    &mut writer,
                    *version,
                    community(credentials),
                    &CommunityPdu::Pdu(pdu),
                );
                (numbers.request_id, writer.into_vec())
            }
            Session::User(user) => {
                (numbers.message_id, user.write(now, purpose, pdu, numbers, max_message_size, memory)?)
            }
        };
        if u32::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST_MESSAGE) {
            return Ok((key, bytes));
        }
        Err(RequestError::TooLarge)
    }

    /// Proves that a message is this peer's answer to the question with this request-id, and says what it means.
    /// `kept` is where the plaintext of an encrypted one is kept for that.
    pub(crate) fn read<'s, 'a: 's>(
        &mut self,
        now: Instant,
        purpose: Purpose,
        request_id: i32,
        message: &'s Message<'a>,
        crypto: &CryptoProvider,
        kept: &'s mut Kept<'a>,
    ) -> Result<Heard<'s>, Dropped> {
        match (&mut self.session, message) {
            (Session::Community { version, credentials }, Message::Community(message)) => {
                let ours = bool::from(message.community.ct_eq(community(credentials)));
                match &message.pdu {
                    CommunityPdu::Pdu(pdu) if message.version == *version && ours => answer(pdu, request_id),
                    _ => Err(Dropped::Mismatched),
                }
            }
            (Session::User(user), Message::V3(message)) => {
                user.read(now, purpose, request_id, message, crypto, kept)
            }
            _ => Err(Dropped::Mismatched),
        }
    }

    /// Whether an SNMPv3 engine is there that has never answered a request.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        matches!(&self.session, Session::User(user) if user.is_silent(now))
    }

    /// Nothing is believed any more about the peer's clock: the next request asks for it.
    pub(crate) fn forget_time(&mut self) {
        if let Session::User(user) = &mut self.session {
            user.forget_time();
        }
    }

    /// Requests and discoveries under way: all that is open but the proof of another engine.
    pub(crate) fn under_way(&self) -> usize {
        self.open.len() - usize::from(matches!(&self.session, Session::User(user) if user.has_candidate()))
    }

    /// The engine that was to prove its key did, or did not in time.
    pub(crate) fn forget_candidate(&mut self) {
        if let Session::User(user) = &mut self.session {
            user.forget_candidate();
        }
    }

    /// Nothing is believed any more about which engine the peer is, unless that has proven its key: the next request asks
    /// for its name.
    pub(crate) fn forget_engine(&mut self) {
        if let Session::User(user) = &mut self.session {
            user.forget_engine();
        }
    }

    /// Whether its engine ID or boots became others since this was last asked.
    pub(crate) fn take_engine_changed(&mut self) -> bool {
        match &mut self.session {
            Session::Community { .. } => false,
            Session::User(user) => user.take_changed(),
        }
    }

    pub(crate) fn engine_record(&self, now: Instant) -> Option<EngineRecord> {
        match &self.session {
            Session::Community { .. } => None,
            Session::User(user) => user.record(now),
        }
    }

    pub(crate) fn restore_engine(
        &mut self,
        now: Instant,
        record: &EngineRecord,
        crypto: &CryptoProvider,
    ) -> Result<(), ApiMisuse> {
        match &mut self.session {
            Session::Community { .. } => Err(ApiMisuse::NotVersion3),
            Session::User(user) => user.restore(now, record, crypto),
        }
    }
}

/// What a Response says, if it is one and has the right number.
pub(crate) fn answer<'a>(pdu: &PduRef<'a>, request_id: i32) -> Result<Heard<'a>, Dropped> {
    match pdu.kind {
        PduKind::Response { status, error_index } if pdu.request_id == request_id => {
            Ok(Heard::Answer(Answer { status, index: error_index, varbinds: pdu.varbinds }))
        }
        _ => Err(Dropped::Mismatched),
    }
}

fn community(credentials: &Credentials) -> &[u8] {
    match credentials {
        Credentials::V1 { community } | Credentials::V2c { community } => community.expose(),
        Credentials::V3 { .. } | Credentials::V3Localized { .. } => &[],
    }
}

/// Address and port; for a link-local address also the interface, where both name one. The flow label does not matter.
fn same_place(asked: SocketAddr, from: SocketAddr) -> bool {
    if asked.ip() != from.ip() || asked.port() != from.port() {
        return false;
    }
    match (asked, from) {
        (SocketAddr::V6(asked), SocketAddr::V6(from)) => {
            asked.scope_id() == from.scope_id() || asked.scope_id() == 0 || from.scope_id() == 0
        }
        _ => true,
    }
}

/// Most requests are smaller, so that one allocation does.
pub(crate) const TYPICAL_MESSAGE: usize = 512;
