//! The loop between a state machine and whatever sends requests. Written once for every kind of driver.
//!
//! ```text
//!   poll_request() ──▶ submit()          until nothing more may be sent
//!   handle()       ◀── next()            then one answer, and again
//! ```

use core::net::SocketAddr;
use remote_services_snmp::VarBind;
use remote_services_snmp::engine::{Operation, RequestError};
use std::collections::BTreeMap;

use crate::discover::{Contact, Discovery, Finding, Question, Target};
use crate::plan::Collection;

/// Sends requests and waits for answers, for instance an SNMP manager with its socket.
///
/// A `ManagerDriver` does it with a map of peers (`add_peer` once for an address and credential, `submit`, `next`).
pub trait Asker {
    /// The handle of a request.
    type Id: Ord;
    /// Why the caller's own side failed. What peers and the network do is part of an [`Answer`].
    type Error;

    /// Sends `operation`, now or when the pace allows it.
    ///
    /// # Errors
    /// When the request cannot be accepted.
    fn submit(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
    ) -> Result<Self::Id, Self::Error>;

    /// Asks a host that may be nobody: as [`submit`](Self::submit), but with little patience where [`Contact`] says that
    /// it never answered. By default as `submit`.
    ///
    /// # Errors
    /// As there.
    fn seek(
        &mut self,
        address: SocketAddr,
        credential: usize,
        operation: Operation,
        _contact: Contact,
    ) -> Result<Self::Id, Self::Error> {
        self.submit(address, credential, operation)
    }

    /// Gives a request up, whose answer would be ignored. By default it goes on.
    fn give_up(&mut self, _id: &Self::Id) {}

    /// Sends an ICMP echo, whose answer has no values and whose silence is a time-out. `None` when this asker cannot:
    /// discovery then does without.
    ///
    /// # Errors
    /// When the caller's own side fails.
    fn echo(&mut self, _address: SocketAddr) -> Result<Option<Self::Id>, Self::Error> {
        Ok(None)
    }

    /// Waits for the next outcome; `None` when no request is under way.
    ///
    /// # Errors
    /// When the socket or what stands for it fails.
    fn next(&mut self) -> Result<Option<Answer<Self::Id>>, Self::Error>;

    /// Waits for the next outcome, or for the first silence of a request that was [sought](Self::seek). By default, only
    /// for outcomes: then a host's credentials are tried one after the other.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    fn hear(&mut self) -> Result<Option<Heard<Self::Id>>, Self::Error> {
        Ok(self.next()?.map(Heard::Answer))
    }
}

/// What happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<I> {
    /// It is over.
    Answer(Answer<I>),
    /// Its first attempt was not answered in time. It was sent again and may be answered yet.
    Silence(I),
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<I> {
    /// The handle that [`Asker::submit`] gave.
    pub id: I,
    /// What came back.
    pub result: Result<Vec<VarBind>, RequestError>,
    /// What had been read before the request failed.
    pub partial: Vec<VarBind>,
}

/// Runs a discovery to its end; `found` is told of every target as soon as it is decided.
///
/// # Errors
/// The first error of the asker.
pub fn discover<T, A>(
    discovery: &mut Discovery<T>,
    asker: &mut A,
    mut found: impl FnMut(Finding, &Discovery<T>),
) -> Result<(), A::Error>
where
    T: Iterator,
    T::Item: Into<Target>,
    A: Asker,
{
    let mut keys = BTreeMap::new();
    while !discovery.is_done() {
        while let Some(probe) = discovery.poll_request() {
            let id = match probe.question {
                Question::Echo => asker.echo(probe.address)?,
                Question::Snmp { credential, operation, contact } => {
                    Some(asker.seek(probe.address, credential, operation, contact)?)
                }
            };
            match id {
                Some(id) => {
                    keys.insert(id, probe.key);
                }
                None => discovery.handle_no_echo(probe.key),
            }
        }
        if !discovery.is_done() {
            match asker.hear()? {
                Some(Heard::Answer(answer)) => {
                    if let Some(key) = keys.remove(&answer.id) {
                        discovery.handle(key, answer.result);
                    }
                }
                Some(Heard::Silence(id)) => {
                    if let Some(key) = keys.get(&id) {
                        discovery.handle_silence(*key);
                    }
                }
                None => break,
            }
        }
        while let Some(needless) = discovery.poll_needless() {
            keys.retain(|id, key| {
                let keep = *key != needless;
                if !keep {
                    asker.give_up(id);
                }
                keep
            });
        }
        while let Some(finding) = discovery.next_finding() {
            found(finding, discovery);
        }
    }
    Ok(())
}

/// Reads one device to the end.
///
/// # Errors
/// The first error of the asker.
pub fn collect<A: Asker>(
    collection: &mut Collection,
    address: SocketAddr,
    credential: usize,
    asker: &mut A,
) -> Result<(), A::Error> {
    let mut keys = BTreeMap::new();
    while !collection.is_done() {
        while let Some((key, operation)) = collection.poll_request() {
            keys.insert(asker.submit(address, credential, operation)?, key);
        }
        let Some(answer) = asker.next()? else { break };
        if let Some(key) = keys.remove(&answer.id) {
            collection.handle(key, answer.result, answer.partial);
        }
    }
    Ok(())
}
