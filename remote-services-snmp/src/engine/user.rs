//! SNMPv3 with one peer: whose engine it is, what time it is there, and what a message proves (RFC 3412 §7.2, RFC 3414 §4).
//!
//! ```text
//!  EngineUnknown ──probe──▶ TimeUnknown ──synchronise──▶ Ready ──┐ authentic notInTimeWindows: clock moved on
//!                           (not at noAuthNoPriv)          │ ▲ ◀─┘
//!                                 unknownEngineIDs: another engine? ──proof──▶ Ready with the other one
//! ```
//!
//! The probe's answer is not authentic, so nothing of it but the engine ID is used, and that only to find out whether
//! the engine can prove knowledge of the key. The time is taken from authentic messages alone. An engine that has proven
//! its key is left only for another one that has: whoever sees a msgID can say that there is another.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::key_ring::{Identity, KeyRing};
use super::peer::{Dropped, Heard, Kept, Numbers, Readiness, answer};
use super::pending::Purpose;
use super::report::{self, Report};
use super::{ApiMisuse, Credentials, EngineRecord, Instant, PeerOptions, ProtocolError, RequestError};
use crate::ber::{Limits, Quirks, Writer};
use crate::crypto::CryptoProvider;
use crate::message::{ScopedPdu, ScopedPduRef, V3Header, V3MessageRef};
use crate::pdu::{Pdu, PduKind, VarBindList};
use crate::usm::{
    self, EngineId, EngineTime, Envelope, LocalizedUser, Opened, RemoteClock, SecurityLevel, UsmError,
    UsmStat,
};

/// A user and the engine it talks to.
pub(crate) struct UserSession {
    identity: Arc<Identity>,
    /// The engine of the context, where it is not the one that is asked.
    context_engine_id: Option<EngineId>,
    /// The user's keys for the engine, once that is known.
    engine: Option<LocalizedUser>,
    clock: RemoteClock,
    /// Whether this engine has proven that it has the key, now or before it was restored.
    proven: bool,
    /// The engine that somebody says has taken its place, while that is to prove its key.
    candidate: Option<Box<Candidate>>,
    /// The engine ID, or its boots, became others since this was last asked.
    changed: bool,
    /// How often the engine ID was learnt since the last answer.
    changes: u8,
    /// Whether any request was ever answered.
    answered: bool,
    /// The largest message that the peer takes, as it last proved.
    peer_max_size: u32,
    /// What is taken in its scoped PDUs beyond the RFCs.
    quirks: Quirks,
}

/// An engine that has not proven anything yet.
struct Candidate {
    engine: LocalizedUser,
    clock: RemoteClock,
}

impl UserSession {
    pub(crate) fn new(
        credentials: &Arc<Credentials>,
        options: &PeerOptions,
        keys: &mut KeyRing,
        crypto: &CryptoProvider,
    ) -> Result<Self, ApiMisuse> {
        Ok(Self {
            identity: keys.identity(credentials, crypto)?,
            context_engine_id: options.context_engine_id,
            engine: None,
            clock: RemoteClock::default(),
            proven: false,
            candidate: None,
            changed: false,
            changes: 0,
            answered: false,
            peer_max_size: u32::MAX,
            quirks: options.quirks,
        })
    }

    fn has_keys(&self) -> bool {
        self.identity.user.level() > SecurityLevel::NoAuthNoPriv
    }

    pub(crate) fn readiness(&self, now: Instant) -> Readiness {
        if self.engine.is_none() {
            Readiness::EngineUnknown
        } else if self.has_keys() && self.clock.at(now.since_start()).is_none() {
            Readiness::TimeUnknown
        } else {
            Readiness::Ready
        }
    }

    #[inline(never)]
    pub(crate) fn write(
        &self,
        now: Instant,
        purpose: Purpose,
        pdu: Pdu<impl VarBindList>,
        numbers: Numbers,
        max_message_size: u32,
        memory: Vec<u8>,
    ) -> Result<Vec<u8>, RequestError> {
        let Numbers { message_id, salt, .. } = numbers;
        let time = match purpose {
            Purpose::Probe => return Ok(usm::discovery(message_id, pdu.request_id, max_message_size)),
            // RFC 3414 §4: zeros are outside every window, so the engine answers with its own time.
            Purpose::Synchronise | Purpose::Proof => EngineTime::default(),
            Purpose::Request(_) | Purpose::Trial => self.clock.at(now.since_start()).unwrap_or_default(),
        };
        let engine = match purpose {
            Purpose::Proof => self.candidate.as_ref().map(|candidate| &candidate.engine),
            _ => self.engine.as_ref(),
        };
        let engine = engine.ok_or(RequestError::Internal("a request before the discovery"))?;
        let context = self.context_engine_id.unwrap_or(engine.engine_id());
        let scoped = ScopedPdu {
            context_engine_id: context.as_slice(),
            context_name: self.identity.context_name.as_slice(),
            pdu,
        };
        let envelope = Envelope::for_user(engine, message_id, max_message_size, time, salt);
        let mut writer = Writer::reuse(memory);
        usm::seal_into(&mut writer, &envelope, &scoped).map_err(|error| match error {
            UsmError::Crypto(error) => RequestError::Crypto(error),
            _ => RequestError::Internal("a level without a key for it"),
        })?;
        let bytes = writer.into_vec();
        let fits = u32::try_from(bytes.len()).is_ok_and(|length| length <= self.peer_max_size);
        if fits { Ok(bytes) } else { Err(RequestError::TooLarge) }
    }

    #[inline(never)]
    pub(crate) fn read<'s, 'a: 's>(
        &mut self,
        now: Instant,
        purpose: Purpose,
        request_id: i32,
        message: &V3MessageRef<'a>,
        crypto: &CryptoProvider,
        kept: &'s mut Kept<'a>,
    ) -> Result<Heard<'s>, Dropped> {
        if message.header.security_model != V3Header::USM {
            return Err(Dropped::Mismatched);
        }
        let boots = self.clock.boots();
        let (user, clock) = match (purpose, self.candidate.as_deref_mut()) {
            (Purpose::Proof, None) => return Err(Dropped::Mismatched),
            (Purpose::Proof, Some(candidate)) => (Some(&candidate.engine), &mut candidate.clock),
            _ => (self.engine.as_ref(), &mut self.clock),
        };
        let result = usm::open_as_manager_in(
            message,
            user,
            clock,
            now.since_start(),
            core::mem::take(&mut kept.memory),
        );
        // The clock may have moved though the message is refused.
        self.changed |= boots != self.clock.boots() && self.clock.boots().is_some();
        let opened: &Opened<'a> = kept.opened.insert(result?);
        if opened.level > SecurityLevel::NoAuthNoPriv {
            self.prove(purpose);
        }
        let limits = Limits { quirks: self.quirks, ..Limits::default() };
        let scoped = opened.scoped_pdu(&limits).map_err(|error| match opened.level {
            // Authentic, so the peer sent it like this: the keys to decrypt with are not the same.
            SecurityLevel::AuthPriv => Dropped::Undecryptable,
            _ => Dropped::Malformed(error),
        })?;
        if scoped.pdu.kind == PduKind::Report {
            return Ok(Heard::Report(self.report(purpose, opened, &scoped, crypto)));
        }
        if purpose == Purpose::Probe || !self.is_ours(opened, &scoped) {
            return Err(Dropped::Mismatched);
        }
        let heard = answer(&scoped.pdu, request_id)?;
        self.changes = 0;
        self.answered = true;
        self.peer_max_size = opened.header.max_size;
        Ok(heard)
    }

    /// The engine has proven its key, yet requests stay without an answer.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        !self.answered && self.clock.at(now.since_start()).is_some()
    }

    pub(crate) fn forget_time(&mut self) {
        self.clock.forget();
    }

    /// Unless it has proven its key.
    pub(crate) fn forget_engine(&mut self) {
        self.changes = 0;
        if !self.proven {
            self.engine = None;
            self.clock.forget();
        }
    }

    pub(crate) fn has_candidate(&self) -> bool {
        self.candidate.is_some()
    }

    pub(crate) fn forget_candidate(&mut self) {
        self.candidate = None;
    }

    /// The engine that was asked for this purpose has sent something authentic.
    fn prove(&mut self, purpose: Purpose) {
        self.proven = true;
        if let Some(candidate) = self.candidate.take_if(|_| purpose == Purpose::Proof) {
            let Candidate { engine, clock } = *candidate;
            (self.engine, self.clock) = (Some(engine), clock);
            self.peer_max_size = u32::MAX;
            self.changed = true;
        }
    }

    pub(crate) fn take_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    pub(crate) fn record(&self, now: Instant) -> Option<EngineRecord> {
        let engine_id = self.engine.as_ref()?.engine_id();
        Some(EngineRecord { engine_id, time: self.clock.at(now.since_start()) })
    }

    pub(crate) fn restore(
        &mut self,
        now: Instant,
        record: &EngineRecord,
        crypto: &CryptoProvider,
    ) -> Result<(), ApiMisuse> {
        self.engine = Some(self.identity.user.localize(crypto, record.engine_id)?);
        self.candidate = None;
        self.proven = record.time.is_some() && self.has_keys();
        self.clock = record
            .time
            .map_or_else(RemoteClock::default, |time| RemoteClock::restored(time, now.since_start()));
        Ok(())
    }

    /// RFC 3412 §7.2 (12): data counts only from the engine, user, level and context that were asked.
    fn is_ours(&self, opened: &Opened<'_>, scoped: &ScopedPduRef<'_>) -> bool {
        let Some(engine) = &self.engine else { return false };
        let engine_id = engine.engine_id();
        opened.level == self.identity.user.level()
            && opened.parameters.engine_id == engine_id.as_slice()
            && opened.parameters.user_name == self.identity.user.name()
            && scoped.context_engine_id == self.context_engine_id.unwrap_or(engine_id).as_slice()
            && scoped.context_name == self.identity.context_name
    }

    /// What a Report does.
    #[cold]
    fn report(
        &mut self,
        purpose: Purpose,
        opened: &Opened<'_>,
        scoped: &ScopedPduRef<'_>,
        crypto: &CryptoProvider,
    ) -> Report {
        let name = scoped.pdu.varbinds.iter().next().map(|varbind| varbind.name.to_owned());
        let stat = name.as_ref().and_then(report::stat);
        let report = match stat {
            Some(UsmStat::UnknownEngineIds) if purpose == Purpose::Proof => {
                Report::Refused(ProtocolError::EngineIdChanges.into())
            }
            // Some engines answer the probe with another complaint; all that counts is their ID.
            _ if purpose == Purpose::Probe => self.learn(opened, crypto),
            Some(UsmStat::UnknownEngineIds) => self.learn(opened, crypto),
            Some(UsmStat::NotInTimeWindows) if opened.level > SecurityLevel::NoAuthNoPriv => {
                Report::TimeLearned
            }
            _ => Report::Refused(report::error(stat, name.as_ref())),
        };
        match report {
            Report::Refused(error) if !self.may_refuse(purpose, opened.level) => Report::Unproven(error),
            report => report,
        }
    }

    /// Whether a Report at this level ends what it refuses. One without authentication can be forged by whoever sees a
    /// msgID, so it ends only what was asked without: a probe, or the request of a user without keys.
    fn may_refuse(&self, purpose: Purpose, level: SecurityLevel) -> bool {
        let asked =
            if purpose == Purpose::Probe { SecurityLevel::NoAuthNoPriv } else { self.identity.user.level() };
        asked == SecurityLevel::NoAuthNoPriv || level > SecurityLevel::NoAuthNoPriv
    }

    /// Takes the engine ID from a report and makes the keys for it.
    #[cold]
    fn learn(&mut self, opened: &Opened<'_>, crypto: &CryptoProvider) -> Report {
        let Ok(engine_id) = EngineId::new(opened.parameters.engine_id) else {
            return Report::Refused(ProtocolError::EngineId.into());
        };
        let same = self.engine.as_ref().is_some_and(|engine| engine.engine_id() == engine_id);
        if same || self.changes == MAX_CHANGES || self.candidate.is_some() {
            return Report::Refused(ProtocolError::EngineIdChanges.into());
        }
        self.changes += 1;
        match self.identity.user.localize(crypto, engine_id) {
            Ok(engine) if self.proven => {
                self.candidate = Some(Box::new(Candidate { engine, clock: RemoteClock::default() }));
                Report::OtherEngine
            }
            Ok(engine) => {
                self.clock.forget();
                self.engine = Some(engine);
                // With keys, it is worth telling of once it has proven that it has them.
                self.changed |= !self.has_keys();
                Report::EngineLearned
            }
            Err(error) => Report::Refused(RequestError::Crypto(error)),
        }
    }
}

impl From<UsmError> for Dropped {
    fn from(error: UsmError) -> Self {
        match error {
            UsmError::Malformed(error) => Self::Malformed(error),
            UsmError::NotInTimeWindow => Self::NotInTime,
            UsmError::Decryption => Self::Undecryptable,
            UsmError::WrongDigest | UsmError::Crypto(_) => Self::NotAuthentic,
            _ => Self::Mismatched,
        }
    }
}

/// A device may be replaced while it is asked; an ID that changes with every message is a fault.
const MAX_CHANGES: u8 = 3;
