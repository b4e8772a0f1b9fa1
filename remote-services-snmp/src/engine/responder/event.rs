//! What happened beside answers.
use core::net::SocketAddr;

/// Something that the program around a responder may have to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponderEvent {
    /// A message was not authentic, and authentication traps are on: send authenticationFailure (RFC 3418).
    AuthenticationFailure {
        /// Where the message came from.
        from: SocketAddr,
    },
    /// snmpEngineTime has started anew at zero, and snmpEngineBoots has risen to this: store it (RFC 3414 §2.2.1).
    /// After 2^31 seconds, or 2^32 messages encrypted by DES.
    EngineBoots(u32),
}

/// At most one of each kind waits.
pub(super) struct Events {
    /// snmpEnableAuthenTraps.
    pub(super) authentication_traps: bool,
    failed_from: Option<SocketAddr>,
    boots: u32,
    boots_told: u32,
}

impl Events {
    pub(super) fn new(authentication_traps: bool, boots: u32) -> Self {
        Events { authentication_traps, failed_from: None, boots, boots_told: boots }
    }

    pub(super) fn authentication_failed(&mut self, from: SocketAddr) {
        if self.authentication_traps {
            self.failed_from = Some(from);
        }
    }

    pub(super) fn boots_are(&mut self, boots: u32) {
        self.boots = self.boots.max(boots);
    }

    pub(super) fn next(&mut self) -> Option<ResponderEvent> {
        if self.boots > self.boots_told {
            self.boots_told = self.boots;
            return Some(ResponderEvent::EngineBoots(self.boots));
        }
        self.failed_from.take().map(|from| ResponderEvent::AuthenticationFailure { from })
    }
}
