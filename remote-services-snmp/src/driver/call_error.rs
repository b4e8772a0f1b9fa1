//! Why a call through a driver has no answer.

use core::fmt;
use std::io;

use crate::VarBind;
use crate::engine::{ApiMisuse, Completed, RequestError};

/// Who kept a call from being answered: this machine, the caller, or the peer.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// The socket of this machine failed.
    Io(io::Error),
    /// The manager refused the request; nothing was sent.
    Misuse(ApiMisuse),
    /// The request failed.
    Request {
        /// Why.
        error: RequestError,
        /// What had been read before.
        partial: Vec<VarBind>,
    },
    /// The task that owns the socket has ended.
    Stopped,
}

/// What a call returns when its request is over.
pub(super) fn answer(outcome: Completed) -> Result<Vec<VarBind>, CallError> {
    let Completed { result, partial, .. } = outcome;
    result.map_err(|error| CallError::Request { error, partial })
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the network socket of this machine failed: {error}"),
            Self::Misuse(error) => write!(f, "the request was not sent: {error}"),
            Self::Request { error, .. } => fmt::Display::fmt(error, f),
            Self::Stopped => f.write_str("the SNMP manager was stopped"),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Misuse(error) => Some(error),
            Self::Request { error, .. } => Some(error),
            Self::Stopped => None,
        }
    }
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ApiMisuse> for CallError {
    fn from(error: ApiMisuse) -> Self {
        Self::Misuse(error)
    }
}
