//! What a manager wants done or has to tell.

use alloc::vec::Vec;
use core::net::SocketAddr;

use super::{PeerId, RequestError, RequestId};
use crate::VarBind;

/// The next thing for the caller to do, from [`Manager::poll_output`](super::Manager::poll_output).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Send this datagram.
    Transmit {
        /// To this address.
        to: SocketAddr,
        /// These octets.
        bytes: Vec<u8>,
    },
    /// A request is over.
    Completed(Completed),
}

/// The outcome of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completed {
    /// The handle that [`Manager::request`](super::Manager::request) gave.
    pub id: RequestId,
    /// The peer that was asked.
    pub peer: PeerId,
    /// What it answered, or why there is no (complete) answer.
    pub result: Result<Vec<VarBind>, RequestError>,
    /// The position of the credentials in use, from 0, in the peer's [`CredentialSet`](super::CredentialSet); after
    /// success, of those that worked. 0 for a peer that has no set.
    pub credentials: usize,
    /// What had been read before the request failed: the first part of a walk or of a long GET. Empty after success.
    pub partial: Vec<VarBind>,
}
