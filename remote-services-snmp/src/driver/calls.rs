//! Calls that a driver carries out for others, and whom their outcomes go to.

use std::collections::BTreeMap;

use crate::engine::{ApiMisuse, Completed, Instant, Manager, Operation, PeerId, RequestId};

/// What others want of a driver. `R` is where the outcome of a call goes.
pub(super) enum Command<R> {
    /// Ask. The caller has chosen the ticket, since it may give up before the manager has named the request.
    Call { ticket: u64, peer: PeerId, operation: Operation, reply: R },
    /// Nobody waits for the call with this ticket any more.
    Cancel(u64),
    /// Anything else.
    With(Box<dyn FnOnce(&mut Manager) + Send>),
}

/// The calls in progress.
pub(super) struct Calls<R> {
    replies: BTreeMap<RequestId, (u64, R)>,
    /// The request of each ticket. Every one stands in `replies` too.
    tickets: BTreeMap<u64, RequestId>,
}

impl<R> Calls<R> {
    pub(super) fn new() -> Self {
        Self { replies: BTreeMap::new(), tickets: BTreeMap::new() }
    }

    /// Does what somebody wants. A call that the manager refuses comes back with the reason.
    pub(super) fn obey(
        &mut self,
        manager: &mut Manager,
        now: Instant,
        command: Command<R>,
    ) -> Result<(), (R, ApiMisuse)> {
        match command {
            Command::Call { ticket, peer, operation, reply } => match manager.request(now, peer, operation) {
                Ok(id) => {
                    self.replies.insert(id, (ticket, reply));
                    self.tickets.insert(ticket, id);
                }
                Err(misuse) => return Err((reply, misuse)),
            },
            Command::Cancel(ticket) => {
                if let Some(id) = self.tickets.get(&ticket) {
                    manager.cancel(*id);
                }
            }
            Command::With(ask) => ask(manager),
        }
        Ok(())
    }

    /// A request is over. Says where its outcome goes.
    pub(super) fn end(&mut self, outcome: &Completed) -> Option<R> {
        let (ticket, reply) = self.replies.remove(&outcome.id)?;
        self.tickets.remove(&ticket);
        Some(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::CryptoProvider;
    use crate::engine::{Credentials, ManagerConfig, Output, PeerOptions, RequestError};
    use crate::oid;

    fn completed(manager: &mut Manager) -> Option<Completed> {
        core::iter::from_fn(|| manager.poll_output()).find_map(|output| match output {
            Output::Completed(outcome) => Some(outcome),
            Output::Transmit { .. } => None,
        })
    }

    #[test]
    fn each_outcome_goes_to_its_caller_once_and_a_cancelled_call_is_over() {
        let mut numbers = 1..;
        let random = move || numbers.next().unwrap_or(0);
        let mut manager = Manager::new(ManagerConfig::default(), CryptoProvider::none(), random).unwrap();
        let address = "192.0.2.1:161".parse().unwrap();
        let peer = manager.add_peer(address, Credentials::v2c("public"), PeerOptions::default()).unwrap();
        let get = |ticket, reply| {
            let operation = Operation::Get(vec![oid!("1.3.6.1.2.1.1.5.0")]);
            Command::Call { ticket, peer, operation, reply }
        };
        let mut calls = Calls::new();
        for ticket in 1..=2 {
            assert!(calls.obey(&mut manager, Instant::START, get(ticket, ticket * 10)).is_ok());
        }
        assert!(calls.obey(&mut manager, Instant::START, Command::Cancel(2)).is_ok());
        let outcome = completed(&mut manager).unwrap();
        assert_eq!(outcome.result, Err(RequestError::Cancelled));
        assert_eq!(calls.end(&outcome), Some(20));
        assert_eq!(calls.end(&outcome), None);
        assert!(calls.obey(&mut manager, Instant::START, Command::Cancel(2)).is_ok());
        assert_eq!(completed(&mut manager), None);
        let removes = Command::With(Box::new(move |manager: &mut Manager| manager.remove_peer(peer)));
        assert!(calls.obey(&mut manager, Instant::START, removes).is_ok());
        assert_eq!(calls.end(&completed(&mut manager).unwrap()), Some(10));
        let refused = calls.obey(&mut manager, Instant::START, get(3, 30));
        assert_eq!(refused, Err((30, ApiMisuse::UnknownPeer)));
        assert!(calls.replies.is_empty() && calls.tickets.is_empty());
    }
}
